"""`pytest --derive notes/`: one test for each claim of the documents, with file and line. Silent when not asked for.

Nothing of derive is imported before a document is collected: the plugin is loaded in every run of pytest.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

SUFFIXES = (".md", ".markdown", ".qmd", ".rmd", ".tex", ".ipynb")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("derive", "checking derivations")
    group.addoption("--derive", action="store_true", help="collect the claims of documents as tests")
    group.addoption("--derive-strict", action="store_true", help="fail what is ambiguous, undecided or unread as well")


def pytest_collect_file(file_path, parent) -> pytest.Collector | None:
    if parent.config.getoption("derive") and file_path.suffix.lower() in SUFFIXES:
        return Derivation.from_parent(parent, path=file_path)
    return None


class Derivation(pytest.File):
    """A document; its items are its claims."""

    def collect(self) -> Iterator[pytest.Item]:
        from derive.checking.check import check_document
        from derive.checking.document import read_document, read_text
        from derive.models.text_files import FileError

        self.policy, seed = _settings(self.config)
        name = self.nodeid
        try:
            self.report = check_document(read_document(name, read_text(self.path)), seed=seed)
        except FileError as error:
            raise self.CollectError(str(error)) from None
        for statement in self.report.statements:
            if statement.kind == "claim":
                cell = f"cell {statement.cell}:" if statement.cell is not None else ""
                yield Claim.from_parent(self, name=f"{cell}{statement.line}:{statement.column}", statement=statement)
        if self.report.without_verdict:
            yield Decided.from_parent(self, name="decided")


def _settings(config: pytest.Config):
    """(what counts, the seed), as [tool.derive] of the project says; the options of pytest overrule it."""
    from argparse import Namespace

    from derive.cli.counts import policy_and_seed
    from derive.cli.errors import UsageError
    from derive.cli.settings import KEYS, fill, project

    options = Namespace(**dict.fromkeys(KEYS))
    options.strict = config.getoption("derive_strict")
    try:
        fill(options, project(config.rootpath))
        return policy_and_seed(options)
    except UsageError as error:
        raise pytest.UsageError(f"derive: {error}") from None


class Claim(pytest.Item):
    """One link of a document."""

    def __init__(self, *, statement, **settings) -> None:
        super().__init__(**settings)
        self.statement = statement

    def runtest(self) -> None:
        """Fails where the claim is refuted; what was not decided is skipped, as that is no success."""
        severity = self.parent.policy.severity(self.statement)
        if severity == "error":
            raise Refuted(severity)
        if self.statement.verdict != "holds":
            from derive.checking.findings import said

            accepted = self.statement.accepted
            pytest.skip(f"accepted: {accepted}" if accepted else f"{self.statement.verdict}: {said(self.statement)}")

    def reportinfo(self):
        return self.path, self.statement.line - 1, self.name

    def repr_failure(self, excinfo, style=None):
        if not isinstance(excinfo.value, Refuted):
            return super().repr_failure(excinfo, style)
        from derive.checking.formats.full import finding

        return finding(self.parent.report, self.statement, str(excinfo.value))


class Decided(pytest.Item):
    """Fails: the document makes claims, and none of them was decided."""

    def runtest(self) -> None:
        raise Refuted("the document makes claims, and none of them was decided")

    def reportinfo(self):
        return self.path, 0, self.name

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value)


class Refuted(Exception):
    """A claim is not true."""
