"""`derive models`: the built-in models with their options, values and defaults."""

from __future__ import annotations

import argparse
from textwrap import fill, indent
from typing import TYPE_CHECKING

from derive.cli.terminal import console
from derive.models.catalogue import MODELS
from derive.models.options import MOST_LAYERS, OPTIONS

if TYPE_CHECKING:
    from rich.text import Text

WIDTH, FLAG, VALUES = 80, 16, 28  # widths of the columns; help has the rest

CLOSING = """\
The first value of an option is its default.
Data, parameters, sizes and seed of the worked example: derive explain --help

  derive explain mlp --out notes
  derive explain linear --arrangement columns --reduction sum --out notes
"""


def run(options: argparse.Namespace) -> int:
    from rich.text import Text

    screen = console()
    for model in MODELS.values():
        screen.print(Text(model.name, "bold"))
        screen.print(indent(fill(model.summary, WIDTH - 2), "  "))
        for name, default in model.defaults.items():
            screen.print(_row(name, default))
        screen.print()
    screen.print(CLOSING, end="")
    return 0


def _row(name: str, default: str) -> Text:
    """`--hidden   relu | sigmoid | tanh   activation of the hidden layers`, the default first."""
    from rich.text import Text

    option = OPTIONS[name]
    if option.values:
        others = "".join(f" | {value}" for value in option.values if value != default)
    else:
        others = f", from 1 to {MOST_LAYERS}"
    values = Text(default, "bold") + Text(others)
    values.pad_right(VALUES - len(values))
    return Text(f"  {option.flag:{FLAG}}") + values + Text(option.help, "dim")
