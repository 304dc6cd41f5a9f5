"""The commands and their arguments. Each command is one file with `run(options) -> exit status`."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module

from derive import __version__
from derive.cli.errors import UsageError
from derive.cli.terminal import complain
from derive.explaining.artifacts import ARTIFACTS, USUAL
from derive.explaining.details import DETAILS
from derive.models.options import OPTIONS, did_you_mean

COMMANDS = ("check", "rule", "models", "explain", "build", "init", "train")

EXAMPLES = """\
examples:
  derive check notes.md
  derive models
  derive explain mlp --out notes
  derive explain linear --data points.csv --out notes
  derive init course
  derive build
  derive train xor

exit status: 0 done, 1 a check failed, 2 the command cannot be carried out
"""

CHECK_EXAMPLES = """\
examples:
  derive check notes.md
  derive check notes/ --strict --format concise
  derive check --select D2,D4 --ignore D401 notes.md
  derive check - < notes.md
  derive check notes.md --explain 12

exit status: 0 nothing is wrong, 1 something is or nothing was decided,
2 a document or an option cannot be used
"""

EXPLAIN_EXAMPLES = """\
`derive models` lists the models, and which options each of them has.

examples:
  derive explain mlp --out notes
  derive explain mlp --arrangement rows --dims n=4,d=3,h=2 --out notes
  derive explain logistic --data points.csv --params weights.json --out notes
  derive explain linear-scalar --reduction sum --format json
"""

BUILD_EXAMPLES = """\
[tool.derive.build] in pyproject.toml, or [build] in a derive.toml, lists what
is built; `derive init` writes an example. The keys of an artifact are the
options of `derive explain`; notes are checked as `derive check` does it.

  [tool.derive.build]
  out = "explainers"
  notes = ["notes/"]

  [[tool.derive.build.artifacts]]
  model = "mlp"
  arrangement = "rows"
  data = "data/xor.csv"

examples:
  derive build
  derive build mlp -j 1
  derive build --check --json

exit status: 0 all is true and up to date, 1 something is false, or, with
--check, out of date, 2 the settings, data or a document cannot be used
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    try:
        status = _run(sys.argv[1:] if arguments is None else list(arguments))
        if sys.stdout is not None:
            sys.stdout.flush()  # here, so that a pipe that has gone is met here too
        return status
    except UsageError as error:
        complain(f"derive: error: {error}")
        return 2
    except KeyboardInterrupt:
        complain("derive: interrupted")
        return 130
    except BrokenPipeError:
        # The reader of a pipe has gone, as in `derive models | head -1`; nothing more can be said to it.
        _silence()
        return 0
    except OSError as error:  # files have been dealt with where they are read and written
        _silence()
        complain(f"derive: error: cannot write to {error.filename or 'standard output'}: {error.strerror or error}")
        return 2


def _silence() -> None:
    """Let what is still buffered for stdout go nowhere, or Python would try again, and fail again, at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    command = next((word for word in arguments if not word.startswith("-")), None)
    if command is not None and command not in COMMANDS:
        hint = did_you_mean(command, COMMANDS)
        raise UsageError(f"no command is called {command!r}; there are {', '.join(COMMANDS)}{hint}")
    parser, commands = _parser()
    try:
        options, unknown = parser.parse_known_args(arguments)
    except SystemExit as done:  # --help, --version
        return int(done.code or 0)
    if unknown:
        name, flag = options.command, unknown[0].partition("=")[0]
        if flag.startswith("-"):
            known = re.findall(r"--[a-z][\w-]+", parser.format_help() + commands[name].format_help())
            hint = did_you_mean(flag, known)
            raise UsageError(f"derive {name} has no option {flag}{hint} (see derive {name} --help)")
        raise UsageError(f"{unknown[0]!r} is one argument too many (see derive {name} --help)")
    return import_module(f"derive.cli.{options.command}").run(options)


class _Parser(argparse.ArgumentParser):
    """Complains by raising; formats help for 80 columns at most."""

    def __init__(self, **settings) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_formatter, **settings)

    def error(self, message: str):
        raise UsageError(f"{message} (see {self.prog} --help)")


def _formatter(prog: str) -> argparse.HelpFormatter:
    width = min(80, int(os.environ.get("COLUMNS", "")) if os.environ.get("COLUMNS", "").isdecimal() else 80)
    return argparse.RawDescriptionHelpFormatter(prog, width=max(width, 40))


def _parser() -> tuple[_Parser, dict[str, _Parser]]:
    """The parser, and that of each command."""
    parser = _Parser(
        prog="derive",
        usage="derive COMMAND ...",
        description="Check derivations, equation by equation. Derive the gradients of a model,\n"
        "confirm them by four independent witnesses, and explain them.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--version", action="version", version=f"derive {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands", prog="derive")
    return parser, {
        "check": _add_check(commands),
        "rule": _add_rule(commands),
        "models": _add_models(commands),
        "explain": _add_explain(commands),
        "build": _add_build(commands),
        "init": _add_init(commands),
        "train": _add_train(commands),
    }


def _add_check(commands) -> _Parser:
    check = commands.add_parser(
        "check",
        usage="derive check FILES... [options]",
        help="check the derivations in documents, equation by equation",
        description="Check the derivations in Markdown, LaTeX and notebooks: say of every equation\n"
        "whether it holds, and where it does not, what is at fault and what would make\n"
        "it true.",
        epilog=CHECK_EXAMPLES,
    )
    check.add_argument("files", metavar="FILES", nargs="+", help="documents, folders of them, or - for standard input")
    output = check.add_argument_group("output")
    output.add_argument("--format", metavar="F", default=None, help="full | concise | json | github | sarif | junit")
    output.add_argument("--explain", metavar="LINE", help="show why the claims of this line hold or not; CELL:LINE")
    output.add_argument("--explain-parse", action="store_true", help="print what was read, with every shape, and stop")
    output.add_argument("--fix", action="store_true", help="write the repairs into the documents")
    output.add_argument("--diff", action="store_true", help="print the repairs as a diff; write nothing")
    output.add_argument("--reveal", metavar="WHAT", default=None, help="place | reason | repair: how much is told")
    chosen = check.add_argument_group("what counts")
    chosen.add_argument("--strict", action="store_true", help="fail as well on what is ambiguous, undecided or unread")
    chosen.add_argument("--select", metavar="CODES", action="append", help="count only these codes: D3,D401")
    chosen.add_argument("--ignore", metavar="CODES", action="append", help="do not count these codes")
    chosen.add_argument("--baseline", metavar="FILE", help="let be what an earlier --format json has found")
    running = check.add_argument_group("how it runs")
    running.add_argument("--seed", metavar="N", help="of the points that are drawn (default 0)")
    running.add_argument("-j", "--jobs", metavar="N", help="documents at a time (default 1)")
    return check


def _add_rule(commands) -> _Parser:
    rule = commands.add_parser(
        "rule",
        usage="derive rule [CODE]",
        help="explain a code that derive check reports",
        description="Explain a code that derive check reports, with a wrong and a right example;\n"
        "without a code, list them.",
    )
    rule.add_argument("code", metavar="CODE", nargs="?", help="such as D201")
    return rule


def _add_models(commands) -> _Parser:
    return commands.add_parser(
        "models",
        help="list the models and their options",
        description="List the models, with the options of each, their values and defaults.",
    )


def _add_explain(commands) -> _Parser:
    explain = commands.add_parser(
        "explain",
        usage="derive explain MODEL [options] (--out DIR | --format json)",
        help="derive a model's gradients and write an explainer",
        description="Derive the gradients of a model, have four independent witnesses confirm them,\n"
        "and write an explainer.",
        epilog=EXPLAIN_EXAMPLES,
    )
    explain.add_argument("model", metavar="MODEL", help="linear-scalar | linear | logistic | mlp")
    chosen = explain.add_argument_group("the model and its conventions")
    for option in OPTIONS.values():
        values = " | ".join(option.values) if option.values else "1, 2, 3, ..."
        chosen.add_argument(option.flag, metavar="X", help=f"{option.help}: {values}")
    numbers = explain.add_argument_group("the worked example")
    numbers.add_argument("--data", metavar="FILE", help="examples, as CSV with the header x_1,...,x_d,y_1,...,y_k")
    numbers.add_argument("--params", metavar="FILE", help='parameters, as JSON: {"W_1": [[0.1, 0.2]], "b_1": [0.3]}')
    numbers.add_argument("--row", metavar="N", help="the example to take from --data, where one is derived")
    numbers.add_argument("--dims", metavar="SIZES", help="sizes of what is drawn, such as n=4,d=2,h=2,k=1")
    numbers.add_argument("--seed", metavar="N", default="0", help="of everything that is drawn (default 0)")
    output = explain.add_argument_group("output")
    output.add_argument("--out", metavar="DIR", help="write MODEL.md and the like into this folder")
    kinds = f"any of {', '.join(ARTIFACTS)} (default {','.join(USUAL)}); json without --out prints the evidence"
    output.add_argument("--format", metavar="KINDS", help=kinds)
    detail = f"how much is told: {' | '.join(DETAILS)} (default full)"
    output.add_argument("--detail", metavar="HOW", default="full", help=detail)
    output.add_argument("--template", metavar="DIR", help="templates that come before derive's own, block by block")
    return explain


def _add_build(commands) -> _Parser:
    build = commands.add_parser(
        "build",
        usage="derive build [NAME...] [options]",
        help="bring the explainers of a project up to date and check its notes",
        description="Build what is out of date among the explainers that a project lists, and check\nits notes.",
        epilog=BUILD_EXAMPLES,
    )
    build.add_argument("names", metavar="NAME", nargs="*", help="build only these artifacts, and check no notes")
    build.add_argument("--check", action="store_true", help="write nothing; fail where a file is not up to date")
    build.add_argument("--json", action="store_true", help="print the report as JSON")
    build.add_argument("-j", "--jobs", metavar="N", help="processes at a time (default: one for each core)")
    return build


def _add_init(commands) -> _Parser:
    init = commands.add_parser(
        "init",
        usage="derive init [DIR]",
        help="write a small example project",
        description="Write a small project to start from: settings, a note with a wrong line to find,\n"
        "data, a workflow for CI, and a README that says what to do next. No file that is\n"
        "there already is touched.",
        epilog="examples:\n  derive init\n  derive init course\n",
    )
    init.add_argument("folder", metavar="DIR", nargs="?", default=".", help="where (default: here)")
    return init


def _add_train(commands) -> _Parser:
    train = commands.add_parser(
        "train",
        usage="derive train xor [options]",
        help="train a small network with derive's own engine",
        description="Train a small network with derive's own engine; print its loss curve and its\npredictions.",
    )
    train.add_argument("problem", metavar="PROBLEM", help="xor")
    train.add_argument("--steps", metavar="N", default="500", help="gradient descent steps (default 500)")
    train.add_argument("--seed", metavar="N", default="0", help="of the initial parameters (default 0)")
    return train
