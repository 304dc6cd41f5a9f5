"""True claims with a mistake planted never hold, and true claims written differently are never false.

`benchmarks/soundness.py` plants all mistakes and makes all rewrites; this is a sample by seed, of the corpus and of the
models, and the tests of what plants them.
"""

import random
from dataclasses import replace
from functools import cache

import pytest

from derive.checking.codes import CODES
from derive.checking.document import read_document
from derive.checking.verdicts import Verdict
from tests.checking import planting
from tests.checking.claims import ALGEBRA, LAYERS, NETWORK, REGRESSION, SOFTMAX, document
from tests.checking.mistakes import MISTAKES
from tests.checking.planting import DIFFERS, EQUAL, MISSHAPEN, Planted, judged, mistaken, rewritten
from tests.checking.rewrites import REWRITES
from tests.checking.sheets import Sheet, Text, sheets, texts

SAMPLE, PER_DOCUMENT = 6, 3  # documents, and texts of each
CLAIMS = {
    "network.md": (NETWORK, r"\frac{\partial L}{\partial z_1} = (W_2^\top (z_2 - y)) \odot \sigma'(z_1)",
                   r"\frac{\partial L}{\partial W_2} = (z_2 - y) a_1^\top"),
    "regression.md": (REGRESSION, r"\frac{\partial L}{\partial w} = \frac{2}{n} X^\top (\hat{y} - y)",
                      r"\frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^n (\hat{y}_i - y_i)",
                      r"\frac{\partial L}{\partial b} = \frac{2}{n} \sum (\hat{y} - y)"),
    "algebra.md": (ALGEBRA, r"\nabla_x (x^\top A x) = (A + A^\top) x", r"\frac{\partial}{\partial c} c^3 = 3 c^2",
                   r"A B x - c \cdot x = A (B x) - c x"),
    "layers.md": (LAYERS, r"\frac{\partial L}{\partial z^{[l]}} = \frac{\partial L}{\partial a^{[l]}} \odot a^{[l]} "
                  r"\odot (1 - a^{[l]})", r"\frac{\partial L}{\partial z^{[l]}_i} = \frac{\partial L}{\partial "
                  r"a^{[l]}_i} \sigma'(z^{[l]}_i)"),
    "softmax.md": (SOFTMAX, r"\frac{\partial p_i}{\partial z_j} = p_i (\delta_{ij} - p_j)"),
    "neuron.md": ("shapes: {X: n x d, w: d, y: n}\nfunctions: {\\sigma: sigmoid}\nloss: L",
                  r"z = X w", r"a = \sigma(z)", r"L = \sum_i (a_i - y_i)^2",
                  r"\frac{\partial L}{\partial w} = 2 X^\top ((a - y) \odot a \odot (1 - \sigma(z)))"),
}  # fmt: skip


@cache
def own() -> list[Sheet]:
    documents = [Text(name, document(front, *claims)) for name, (front, *claims) in CLAIMS.items()]
    return [sheet for text in documents for sheet in sheets(text)]


def sampled(plant, seed: int) -> list[tuple[Sheet, Planted]]:
    generator = random.Random(seed)
    found = []
    for text in generator.sample(texts(), SAMPLE):
        pairs = [(sheet, planted) for sheet in sheets(text) for planted in plant(sheet)]
        found += generator.sample(pairs, min(PER_DOCUMENT, len(pairs)))
    return found


def test_the_claims_are_true():
    definitions = 3
    assert len(own()) == sum(len(claims) - 1 for claims in CLAIMS.values()) - definitions


def test_a_sample_of_mistakes():
    found = [judged(*pair) for pair in sampled(mistaken, 1)]
    false = [outcome for outcome in found if outcome.is_false and outcome.verdict is not None]
    assert len(false) > len(found) / 2 > SAMPLE
    assert not [str(outcome) for outcome in false if outcome.verdict.verdict == "holds"]


def test_a_sample_of_rewrites():
    found = [judged(*pair) for pair in sampled(rewritten, 2)]
    same = [outcome for outcome in found if outcome.worth == EQUAL and outcome.verdict is not None]
    assert len(same) > 0.8 * len(found) > SAMPLE
    assert not [str(outcome) for outcome in same if outcome.verdict.verdict in ("wrong", "ill-shaped")]


# ---------------------------------------------------------------- what plants and what compares


def made(row, texts: str, wanted: tuple[str, ...]) -> planting.Outcome:
    """What came of the first text that a row makes of a claim of ours and that is worth what is wanted."""
    pairs = ((sheet, right) for sheet in own() for right in getattr(row, texts)(sheet))
    return next(
        judged(sheet, Planted(row.name, getattr(row, "codes", ()), sheet.with_right(right), right))
        for sheet, right in pairs
        if worth(sheet, right) in wanted
    )


def worth(sheet: Sheet, right: str) -> str:
    theory = read_document(sheet.name, sheet.with_right(right)).theory
    link = next(reading.link for reading in theory.readings if reading.link.left.span == sheet.link.left.span)
    return planting.value_of(sheet, link.right)


@pytest.mark.parametrize("row", MISTAKES, ids=lambda row: row.name)
def test_every_mistake_can_be_planted_and_is_found(row):
    assert set(row.codes) <= set(CODES)
    outcome = made(row, "plant", (DIFFERS, MISSHAPEN))
    assert outcome.verdict.verdict in ("wrong", "ill-shaped", "ambiguous"), outcome


@pytest.mark.parametrize("row", REWRITES, ids=lambda row: row.name)
def test_every_rewrite_can_be_made_and_says_the_same(row):
    outcome = made(row, "write", (EQUAL,))
    assert outcome.verdict.verdict == "holds", outcome


def test_a_symbol_is_renamed_throughout():
    text = next(each.text for sheet in own() for each in rewritten(sheet) if each.kind == planting.RENAMED)
    assert text != own()[0].text and len(text) == len(own()[0].text)


def test_a_judge_that_is_too_kind_is_found_out(monkeypatch):
    sheet = own()[0]
    planted = next(each for each in mistaken(sheet) if each.kind == "negated")
    monkeypatch.setattr("derive.checking.compare.DIFFERENT", 10.0)
    monkeypatch.setattr("derive.checking.compare.TIGHT", 5.0)
    outcome = judged(sheet, planted)
    assert outcome.is_false and outcome.verdict.verdict == "holds"


def test_what_is_planted_is_named():
    sheet = own()[0]
    outcome = judged(sheet, next(each for each in mistaken(sheet) if each.kind == "negated"))
    assert outcome.is_named
    assert not replace(outcome, verdict=Verdict("wrong", "D300")).is_named
