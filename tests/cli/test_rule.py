"""`derive rule`: every code of the catalogue is listed and explained; a code that is not known is refused."""

import pytest

from derive.checking.codes import CODES, FAMILIES
from derive.cli import main


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    status = main(["rule", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(capsys, code):
    status, out, err = run(capsys, code.lower())
    assert (status, err) == (0, "")
    assert out.startswith(f"{code}: {CODES[code].title}")
    assert all(len(line) <= 80 for line in out.split("wrong:")[0].splitlines())
    for document in (*CODES[code].wrong[:1], *CODES[code].right[:1]):
        assert all(f"    {line}".rstrip() in out.splitlines() for line in document.strip().splitlines())


def test_all_codes_are_listed_and_those_of_a_family(capsys):
    everything, family = (run(capsys, *arguments)[1] for arguments in ([], ["D3"]))
    assert all(f"  {code}  " in everything for code in CODES)
    assert all((f"  {code}  " in family) == code.startswith("D3") for code in CODES)
    assert all(title in everything for title in FAMILIES.values())
    assert all(len(line) <= 80 for line in everything.splitlines())


@pytest.mark.parametrize(("code", "hint"), [("D4O4", "; did you mean D404?"), ("x", "; derive rule lists them")])
def test_what_is_no_code_is_refused(capsys, code, hint):
    assert run(capsys, code) == (2, "", f"derive: error: no code is called {code!r}{hint}\n")
