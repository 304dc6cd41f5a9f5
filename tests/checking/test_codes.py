"""The catalogue proves itself: each wrong example gets its code, each right one holds, each repair is true when put
back.
"""

import re
from importlib.resources import files

import pytest

from derive.checking.codes import CODES, FAMILIES, examples, nearest
from derive.checking.judge import judge
from tests.checking.claims import theory_of

EXAMPLES = [
    pytest.param(code, text, right, id=f"{code.code}-{'right' if right else 'wrong'}-{number}")
    for number, (code, text, right) in enumerate(examples())
]
# Codes that no statement has by itself: remarks, and limits that no small document reaches.
WITHOUT_EXAMPLES = {"D604", "D605", "D606", "D901"}


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.code)
def test_an_entry_is_whole(code):
    assert code.code[:2] in FAMILIES and code.family
    assert code.title and code.message and code.explanation.endswith(".")
    assert bool(code.wrong and code.right) != (code.code in WITHOUT_EXAMPLES)


@pytest.mark.parametrize("code, text, right", EXAMPLES)
def test_an_example(code, text, right):
    theory = theory_of(text)
    *_, reading = theory.readings  # what an example is about is its last line
    if reading.kind == "unread":
        assert not right and code.code == "D101"
        return
    verdict = judge(theory, reading.link)
    if right:
        assert (verdict.verdict, verdict.code) == ("holds", None), verdict
        return
    assert verdict.code == code.code, verdict
    assert verdict.verdict != "holds"
    if verdict.suggestion is not None:
        start, end = reading.link.span
        repaired = theory_of(text[:start] + verdict.suggestion + text[end:])
        (again,) = repaired.readings
        assert judge(repaired, again.link, repairs=False).verdict == "holds", verdict.suggestion


def test_every_code_that_the_room_gives_out_is_in_the_catalogue():
    for path in files("derive.checking").iterdir():
        if path.name.endswith(".py"):
            assert set(re.findall(r'"(D\d{3})"', path.read_text(encoding="utf-8"))) <= set(CODES), path.name


def test_a_misspelled_code_has_a_nearest_one():
    assert nearest("d301") == "D301"
    assert nearest("D31") in CODES
    assert nearest("hello") is None
