"""`derive rule CODE`: what a code of `derive check` means, with a wrong example and the same put right."""

from __future__ import annotations

import argparse
import textwrap

from derive.checking.codes import CODES, FAMILIES, Code
from derive.cli.errors import UsageError
from derive.cli.terminal import say
from derive.models.options import did_you_mean

WIDTH = 80


def run(options: argparse.Namespace) -> int:
    asked = (options.code or "").upper()
    say(_list(asked) if not asked or asked in FAMILIES else _explained(_code(options.code)))
    return 0


def _code(text: str) -> Code:
    code = CODES.get(text.upper())
    if code is None:
        raise UsageError(f"no code is called {text!r}{did_you_mean(text, CODES) or '; derive rule lists them'}")
    return code


def check_prefix(flag: str, prefix: str) -> str:
    """The prefix of a code, such as D2, where there is one that begins so. Raises UsageError."""
    if not prefix or not any(code.startswith(prefix) for code in CODES):
        hint = did_you_mean(prefix, [*CODES, *FAMILIES]) if prefix else ""
        raise UsageError(f"{flag}: no code begins with {prefix!r}{hint or '; derive rule lists them'}")
    return prefix


def _list(asked: str) -> str:
    """The codes of all families, or of one."""
    sections = []
    for family, title in FAMILIES.items():
        if family.startswith(asked):
            codes = [f"  {code.code}  {code.title}" for code in CODES.values() if code.code.startswith(family)]
            sections.append("\n".join([f"{family}: {title}", *codes]))
    return "\n\n".join([*sections, "derive rule D201 explains one of them."])


def _explained(code: Code) -> str:
    title = f"{code.code}: {code.title} ({code.family})"
    sections = [*textwrap.wrap(title, WIDTH), "", *textwrap.wrap(code.explanation, WIDTH)]
    for word, documents in (("wrong", code.wrong[:1]), ("right", code.right[:1])):
        for document in documents:
            sections += ["", f"{word}:", "", *(f"    {line}".rstrip() for line in document.strip().splitlines())]
    return "\n".join(sections)
