"""Code blocks of a Markdown document: found, run, and their output compared with what the document says.

    bash      commands; each block has to succeed
    console   commands behind `$ `, each followed by its output, which is compared; a command may fail only where the
              next one is `echo $?`; a trailing backslash continues a command on the next line
    python    a program that stands alone, or, where it starts with `>>>`, a doctest
    text      straight after a bash or python block (blank lines at most between them): its output, which is compared

In an expected output, a line `...` stands for any lines, and `...` within a line for anything.
A block after `<!-- not run: REASON -->` is left out. A block that installs derive (`pip install`) sets the machine up:
it is run by `.ci/run` in a fresh clone, not by the tests, which run where derive is installed already.

As a script, which needs nothing but Python: `blocks.py FILE WORD` runs the one set-up block that has WORD in it, here.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RUNNABLE = ("bash", "console", "python")
FENCE = re.compile(r"^(?P<indent> {0,3})(?P<ticks>`{3,}|~{3,})(?P<info>[^`]*)$")
NOT_RUN = re.compile(r"<!--\s*not run:\s*(?P<reason>.+?)\s*-->")


@dataclass(frozen=True)
class Block:
    path: Path
    line: int                # of the opening fence, from 1
    language: str
    text: str
    expected: str | None     # of the `text` block that follows it
    not_run: str | None      # the reason

    @property
    def sets_up(self) -> bool:
        return self.language in ("bash", "console") and "pip install" in self.text

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line}"


def fences(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Every fenced block as (first line, last line, language, content); lines from 1, the fences among them."""
    opened = None
    for number, line in enumerate(text.splitlines(), 1):
        match = FENCE.match(line)
        if opened is None:
            if match:
                opened, content = (number, match), []
        elif match and match["ticks"].startswith(opened[1]["ticks"]) and not match["info"].strip():
            info = opened[1]["info"].split()
            yield opened[0], number, info[0] if info else "", "".join(part + "\n" for part in content)
            opened = None
        else:
            content.append(line.removeprefix(opened[1]["indent"]))
    if opened is not None:
        raise ValueError(f"line {opened[0]}: this block is never closed")


def blocks(path: Path) -> list[Block]:
    """The runnable blocks of a document, in order."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    found, everything = [], list(fences(text))
    for index, (first, last, language, content) in enumerate(everything):
        if language not in RUNNABLE:
            continue
        expected = None
        if language != "console" and index + 1 < len(everything):
            after, _, after_language, after_content = everything[index + 1]
            if after_language == "text" and not "".join(lines[last : after - 1]).strip():
                expected = after_content
        before = next((line for line in reversed(lines[: first - 1]) if line.strip()), "")
        marked = NOT_RUN.search(before)
        found.append(Block(path, first, language, content, expected, marked["reason"] if marked else None))
    return found


def commands(text: str) -> list[tuple[str, str]]:
    """A console block as (command, expected output)."""
    found: list[tuple[str, str]] = []
    continued = False
    for line in text.splitlines():
        if continued:
            found[-1] = (found[-1][0] + "\n" + line.removeprefix("> "), "")
        elif line.startswith("$ "):
            found.append((line[2:], ""))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + line + "\n")
        elif line.strip():
            raise ValueError(f"a console block starts with a command, `$ ...`, and not with {line!r}")
        continued = (continued or line.startswith("$ ")) and line.endswith("\\")
    return found


def same(expected: str, actual: str) -> bool:
    """Whether the output is the expected one; spaces at line ends and blank lines at both ends do not count."""
    pattern = ""
    for line in expected.strip().splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in line.rstrip().split("...")) + r"\n"
    lines = [line.rstrip() for line in actual.strip().splitlines()]
    return re.fullmatch(pattern, "".join(line + "\n" for line in lines)) is not None


class BlockFailed(AssertionError):
    """A block did not do what its document says; the message shows both."""


def compare(block: Block, what: str, expected: str, actual: str) -> None:
    if not same(expected, actual):
        raise BlockFailed(f"{block}: the output of `{what}` is not what the document says\n"
                          f"--- the document\n{expected.strip()}\n--- the output\n{actual.strip()}")


def shell(block: Block, steps: list[tuple[str, str | None]], directory: Path, env: dict[str, str], echo: bool) -> None:
    """Run commands in one shell, so that `cd`, variables and `$?` carry over, and check each one."""
    mark = "--- end of command"
    # (exit n) puts the status back, for a following `echo $?`
    report = f"status_=$?\nprintf '\\n{mark} %d\\n' $status_\n(exit $status_)\n"
    script = "".join(f"{{ {command}\n}}\n{report}" for command, _ in steps)
    process = subprocess.Popen(["bash", "-c", script], cwd=directory, env=env, stdin=subprocess.DEVNULL, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
    outputs: list[tuple[str, int]] = []
    current = ""
    with process, process.stdout:
        for line in process.stdout:
            if line.startswith(mark):
                outputs.append((current.removesuffix("\n"), int(line.removeprefix(mark))))
                current = ""
                continue
            current += line
            if echo:
                print(line, end="", flush=True)
    if len(outputs) < len(steps):
        raise BlockFailed(f"{block}: the shell ended in `{steps[len(outputs)][0]}`\n{current}")
    for index, ((command, expected), (output, status)) in enumerate(zip(steps, outputs, strict=True)):
        excused = index + 1 < len(steps) and steps[index + 1][0].strip() == "echo $?"
        if status and not excused:
            raise BlockFailed(f"{block}: `{command}` ended with exit status {status}\n{output.strip()}")
        if expected is not None:
            compare(block, command, expected, output)


def run(block: Block, directory: Path, *, echo: bool = False) -> None:
    """Run one block in `directory`; raises BlockFailed."""
    env = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "FORCE_COLOR")}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])
    if block.language == "bash":
        shell(block, [("set -e\n" + block.text, block.expected)], directory, env, echo)
    elif block.language == "console":
        shell(block, list(commands(block.text)), directory, env, echo)
    elif block.text.startswith(">>>"):
        test = doctest.DocTestParser().get_doctest(block.text, {"__name__": "__main__"}, str(block), None, block.line)
        said: list[str] = []
        runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        if runner.run(test, out=said.append).failed:
            raise BlockFailed(f"{block}\n{''.join(said)}")
    else:
        done = subprocess.run([sys.executable, "-c", block.text], cwd=directory, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
        if done.returncode:
            raise BlockFailed(f"{block}: exit status {done.returncode}\n{done.stdout}")
        if block.expected is not None:
            compare(block, "python", block.expected, done.stdout)


def main(path: str, word: str) -> None:
    chosen = [block for block in blocks(Path(path)) if block.sets_up and word in block.text]
    if len(chosen) != 1:
        sys.exit(f"{path} has {len(chosen)} set-up blocks with {word!r} in them, and should have one")
    print(chosen[0].text.rstrip(), flush=True)
    try:
        run(chosen[0], Path.cwd(), echo=True)
    except BlockFailed as failure:
        sys.exit(f"\n{failure}")


if __name__ == "__main__":
    main(*sys.argv[1:])
