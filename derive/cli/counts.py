"""What counts when documents are checked, from options that were filled: which codes, how strictly, what is known."""

from __future__ import annotations

import argparse
from pathlib import Path

from derive.checking.baseline import Known, read_baseline
from derive.checking.findings import Policy
from derive.cli.errors import UsageError, whole_number
from derive.cli.rule import check_prefix
from derive.models.options import did_you_mean
from derive.models.text_files import FileError, read_text

LARGEST_BASELINE = 8 * 1024 * 1024  # bytes


def policy_and_seed(options: argparse.Namespace) -> tuple[Policy, int]:
    """What counts, and the seed, of options that were filled. Raises UsageError."""
    named = options.named
    select, ignore = _codes(named["select"], options.select), _codes(named["ignore"], options.ignore)
    return Policy(bool(options.strict), select, ignore), whole_number(named["seed"], options.seed or "0", least=0)


def one_of(flag: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        hint = did_you_mean(value, known)
        raise UsageError(f"{flag} takes {', '.join(known[:-1])} or {known[-1]}, found {value!r}{hint}")
    return value


def _codes(flag: str, given: list[str] | None) -> tuple[str, ...]:
    """The prefixes in `--select D2,D401`."""
    return tuple(check_prefix(flag, prefix.strip()) for text in given or () for prefix in text.split(","))


def baseline(name: str | None) -> Known:
    if name is None:
        return Known()
    try:
        return read_baseline(read_text(Path(name), LARGEST_BASELINE))
    except FileError as error:
        raise UsageError(str(error)) from None
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from None
