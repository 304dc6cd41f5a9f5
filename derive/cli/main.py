"""The commands and their arguments. Each command is one file with `run(options) -> exit status`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from derive import __version__
from derive.cli.errors import UsageError
from derive.models.options import OPTIONS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    try:
        options = _parser().parse_args(arguments)
        return import_module(f"derive.cli.{options.command}").run(options)
    except UsageError as error:
        print(f"derive: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("derive: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of a pipe has gone, as in `derive models | head -1`; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):
        raise UsageError(f"{message} (see {self.prog} --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="derive",
        description="Derive the gradients of a model, confirm them by four independent witnesses, explain them.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"derive {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    _add_models(commands)
    _add_explain(commands)
    _add_train(commands)
    return parser


def _add_models(commands) -> None:
    commands.add_parser("models", help="list the models and their options", allow_abbrev=False)


def _add_explain(commands) -> None:
    explain = commands.add_parser(
        "explain",
        help="derive a model's gradients and write an explainer",
        description="Derive a model's gradients, have four independent witnesses confirm them, and write an explainer.",
        epilog="`derive models` lists the models, and which options each of them has.",
        allow_abbrev=False,
    )
    explain.add_argument("model", metavar="MODEL", help="such as mlp, linear, logistic, linear-scalar")
    chosen = explain.add_argument_group("the model and its conventions")
    for option in OPTIONS.values():
        values = " | ".join(option.values) if option.values else "N"
        chosen.add_argument(option.flag, metavar="X", help=f"{option.help}: {values}")
    numbers = explain.add_argument_group("the worked example")
    numbers.add_argument("--data", metavar="FILE.csv", help="examples, header x_1,...,x_d,y_1,...,y_k")
    numbers.add_argument("--params", metavar="FILE.json", help='parameters, {"W_1": [[...]], "b_1": [...]}')
    numbers.add_argument("--row", metavar="N", help="the example to take from the data, for one example")
    numbers.add_argument("--dims", metavar="n=4,d=2", help="sizes of the worked example")
    numbers.add_argument("--seed", metavar="N", default="0", help="of everything that is drawn (default 0)")
    output = explain.add_argument_group("output")
    output.add_argument("--out", metavar="DIR", help="where to write MODEL.md, MODEL.tex and MODEL.json")
    output.add_argument("--format", metavar="X", help="json: print the evidence instead")


def _add_train(commands) -> None:
    train = commands.add_parser("train", help="train a small network with derive's own engine", allow_abbrev=False)
    train.add_argument("problem", metavar="PROBLEM", help="xor")
    train.add_argument("--steps", metavar="N", default="500", help="gradient descent steps (default 500)")
    train.add_argument("--seed", metavar="N", default="0", help="of the initial parameters (default 0)")
