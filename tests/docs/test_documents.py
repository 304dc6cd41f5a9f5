"""Every code block of the README and of the notes runs, and prints what the document says it prints."""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import Block, BlockFailed, blocks, commands, fences, run, same

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "notes").rglob("*.md"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_block_of_the_document_does_what_it_says(path, tmp_path):
    # One directory for the whole document: what one block writes, a later one may read. The document's own
    # `.venv/bin/derive` is the environment that the tests run in.
    (tmp_path / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    for block in blocks(path):
        if not block.sets_up and not block.not_run:
            run(block, tmp_path)


def prose(path: Path) -> list[str]:
    """The lines outside of fenced blocks."""
    text = path.read_text(encoding="utf-8")
    inside = {number for first, last, _, _ in fences(text) for number in range(first, last + 1)}
    return [line for number, line in enumerate(text.splitlines(), 1) if number not in inside]


def anchors(path: Path) -> set[str]:
    """The names by which GitHub links to the headings of a document."""
    headings = [line.lstrip("#").strip().lower() for line in prose(path) if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_of_the_document_lead_somewhere(path):
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", "\n".join(prose(path))):
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readme_has_one_command_for_the_main_job_and_one_for_the_tests():
    setup = [block for block in blocks(ROOT / "README.md") if block.sets_up]
    assert len(setup) == 2
    assert sum("derive explain" in block.text for block in setup) == 1
    assert sum("pytest" in block.text for block in setup) == 1


# --- the tool itself: what has to fail fails -------------------------------------------------------------------------

DOCUMENT = """\
# A document

```bash
echo one
```

```text
one
```

<!-- not run: it would take a day -->
```python
forever()
```

- a list

  ```console
  $ false
  $ echo $?
  1
  ```

````markdown
```bash
false
```
````
"""


def test_blocks_are_found_with_language_line_and_expected_output(tmp_path):
    path = tmp_path / "document.md"
    path.write_text(DOCUMENT)
    found = [(block.line, block.language, block.text, block.expected, block.not_run) for block in blocks(path)]
    assert found == [
        (3, "bash", "echo one\n", "one\n", None),
        (12, "python", "forever()\n", None, "it would take a day"),
        (18, "console", "$ false\n$ echo $?\n1\n", None, None),
    ]
    assert [language for _, _, language, _ in fences(DOCUMENT)][-1] == "markdown"


def test_a_block_that_is_never_closed_is_an_error():
    with pytest.raises(ValueError, match="line 2: this block is never closed"):
        list(fences("text\n```bash\necho one\n"))


def test_a_console_block_is_commands_with_their_outputs():
    assert commands("$ echo a \\\n> b\na b\n$ true\n") == [("echo a \\\nb", "a b\n"), ("true", "")]
    with pytest.raises(ValueError, match="starts with a command"):
        commands("echo a\n")


@pytest.mark.parametrize(("expected", "actual", "fits"), [
    ("a\nb", "a\nb\n", True),
    ("a\nb", "a  \nb\n\n", True),
    ("a\nb", "a\nb\nc\n", False),
    ("a\n...\nd", "a\nb\nc\nd\n", True),
    ("a\n...\nd", "a\nd\n", True),
    ("a\n...\nd", "a\nb\n", False),
    ("in ... seconds", "in 3.2 seconds", True),
    ("in ... seconds", "in 3.2\nseconds", False),
    ("a.c", "abc", False),
    ("", "", True),
    ("", "a", False),
])
def test_outputs_are_compared_line_by_line_and_dots_elide(expected, actual, fits):
    assert same(expected, actual) is fits


def block(language: str, text: str, expected: str | None = None) -> Block:
    return Block(Path("document.md"), 1, language, text, expected, None)


@pytest.mark.parametrize("good", [
    block("bash", "x=1\necho $x\n", "1\n"),
    block("console", "$ mkdir d && cd d\n$ basename $PWD\nd\n$ (exit 3)\n$ echo $?\n3\n"),
    block("console", "$ printf 'no newline'\nno newline\n$ echo to stderr >&2\nto stderr\n"),
    block("python", "print(1 + 1)\n", "2\n"),
    block("python", ">>> 1 + 1\n2\n>>> list(range(99))\n[0, 1, ..., 98]\n"),
], ids=lambda block: block.language)
def test_right_blocks_pass(good, tmp_path):
    run(good, tmp_path)


@pytest.mark.parametrize(("bad", "message"), [
    (block("bash", "false\necho still here\n"), "the shell ended in"),
    (block("bash", "echo 1\n", "2\n"), "is not what the document says"),
    (block("console", "$ false\n$ echo on\non\n"), "`false` ended with exit status 1"),
    (block("console", "$ echo 1\n2\n"), "is not what the document says"),
    (block("console", "$ exit 3\n$ echo on\non\n"), "the shell ended in `exit 3`"),
    (block("python", "1 / 0\n"), "ZeroDivisionError"),
    (block("python", "print(1)\n", "2\n"), "is not what the document says"),
    (block("python", ">>> 1 + 1\n3\n"), "Expected"),
], ids=lambda value: value.text.splitlines()[0] if isinstance(value, Block) else "")
def test_wrong_blocks_fail_and_say_why(bad, message, tmp_path):
    with pytest.raises(BlockFailed, match=message):
        run(bad, tmp_path)


def test_blocks_find_the_installed_derive_first(tmp_path):
    first = os.path.dirname(sys.executable)
    run(block("bash", "echo $PATH | cut -d: -f1\n", first + "\n"), tmp_path)
