"""`derive models`: the built-in models with their options, values and defaults."""

from __future__ import annotations

import argparse

from rich.table import Table

from derive.cli.terminal import console
from derive.models.catalogue import MODELS, BuiltIn
from derive.models.options import OPTIONS


def run(options: argparse.Namespace) -> int:
    screen = console(soft_wrap=False)
    for model in MODELS.values():
        screen.print(f"{model.name}: {model.summary}", style="bold")
        screen.print(_options(model))
    screen.print("Sizes, data, parameters and seed of the worked example: derive explain --help")
    return 0


def _options(model: BuiltIn) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    table.add_column("option", no_wrap=True)
    table.add_column("values", no_wrap=True)
    table.add_column("default", no_wrap=True)
    table.add_column("meaning")
    for name, default in model.defaults.items():
        option = OPTIONS[name]
        table.add_row(option.flag, " | ".join(option.values or ("1 to 100",)), default, option.help)
    table.add_row()
    return table
