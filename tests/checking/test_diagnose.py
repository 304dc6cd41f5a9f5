"""Repairs: what was planted is found, the repair is printed in the author's notation, and it is true when put back."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.checking.diagnose import MOST_PAIRS, MOST_SINGLE, PAIRED
from derive.checking.edits import edited, inside, rendered
from derive.checking.judge import Judge
from derive.checking.repairs import edits
from derive.checking.vocabulary import Written
from derive.reading.errors import Unread
from derive.reading.readings import Missing, elaborate
from tests.checking.claims import (
    ALGEBRA,
    LAYERS,
    NETWORK,
    REGRESSION,
    RELU,
    SOFTMAX,
    document,
    readings,
    theory_of,
    verdict,
    verdicts,
)  # fmt: skip

# A planted mistake, its code, and the right side that is printed.
PLANTED = [
    (NETWORK, r"\frac{\partial L}{\partial z_2} = y - z_2", "D301", r"z_2 - y"),
    (NETWORK, r"\frac{\partial L}{\partial z_2} = -(z_2 - y)", "D301", r"(z_2 - y)"),
    (NETWORK, r"\frac{\partial L}{\partial W_2} = (z_2 - y) a_1", "D201", r"(z_2 - y) a_1^\top"),
    (NETWORK, r"\frac{\partial L}{\partial W_2} = a_1 (z_2 - y)", "D203", r"(z_2 - y) a_1^\top"),
    (NETWORK, r"\frac{\partial L}{\partial a_1} = W_2 (z_2 - y)", "D201", r"W_2^\top (z_2 - y)"),
    (NETWORK, r"\frac{\partial L}{\partial z_1} = W_2^\top (z_2 - y)",
     "D401", r"W_2^\top (z_2 - y) \odot \sigma'(z_1)"),
    (RELU, r"\frac{\partial L}{\partial z_1} = W_2^\top (z_2 - y)",
     "D401", r"W_2^\top (z_2 - y) \odot \mathrm{ReLU}'(z_1)"),
    (NETWORK, r"\frac{\partial L}{\partial z_1} = W_2^\top (z_2 - y) \odot \sigma'(z_2)", "D402", None),
    (NETWORK, r"\frac{\partial L}{\partial z_1} = W_2^\top (z_2 - y) \odot \sigma(z_1)", "D402", None),
    (NETWORK, r"\frac{\partial L}{\partial W_1} = (W_2^\top (z_2 - y)) \odot \sigma'(z_1) x^\top", "D306", None),
    (NETWORK, r"\frac{\partial L}{\partial z_2} = z_2 - y - b_2", "D303", r"z_2 - y"),
    (REGRESSION, r"\frac{\partial L}{\partial w} = \frac{1}{n} X^\top (\hat{y} - y)",
     "D302", r"\frac{2}{n} X^\top (\hat{y} - y)"),
    (REGRESSION, r"\frac{\partial L}{\partial w} = 2 X^\top (\hat{y} - y)",
     "D405", r"\frac{2}{n} X^\top (\hat{y} - y)"),
    (REGRESSION, r"\frac{\partial L}{\partial w} = X^\top (\hat{y} - y)", "D405", r"\frac{2}{n} X^\top (\hat{y} - y)"),
    (REGRESSION, r"\frac{\partial L}{\partial w} = \frac{2}{n} X (\hat{y} - y)",
     "D201", r"\frac{2}{n} X^\top (\hat{y} - y)"),
    (REGRESSION, r"\frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^d (\hat{y}_i - y_i)", "D603", None),
    (SOFTMAX, r"\frac{\partial p_i}{\partial z_j} = p_j (\delta_{ij} - p_j)", "D602", None),
    (SOFTMAX, r"\frac{\partial L}{\partial z} = p - 1", "D307", r"p - y"),
    (ALGEBRA, r"\nabla_x (v^\top A x) = A v", "D202", r"A^\top v"),
    (ALGEBRA, r"\nabla_x (c x^\top v) = v", "D304", None),
    (ALGEBRA, r"\frac{\partial}{\partial c} \frac{1}{1 + c^2} = -\frac{2 c}{1 + c^2}",
     "D305", r"-\frac{2 c}{(1 + c^2)^2}"),
    (LAYERS, r"\frac{\partial L}{\partial W^{[l]}} = \frac{\partial L}{\partial z^{[l]}} a^{[l]\top}", "D602", None),
    (LAYERS, r"\frac{\partial L}{\partial z^{[l]}} = \frac{\partial L}{\partial a^{[l]}}", "D401", None),
    (ALGEBRA, r"\nabla_x (x^\top A x) = A + A^\top x", "D306", r"\left(A + A^\top\right) x"),
    (REGRESSION, r"\frac{\partial L}{\partial w} = \frac{2}{n} X^\top \hat{y} - X^\top y",
     None, r"\frac{2}{n} \left(X^\top \hat{y} - X^\top y\right)"),
    (NETWORK, r"\sigma'(z_1) = 1 - a_1 \odot a_1", "D306", r"\left(1 - a_1\right) \odot a_1"),
    (REGRESSION, r"\frac{\partial L}{\partial w} = \frac{2}{b} X^\top (\hat{y} - y)",
     "D405", r"\frac{2}{n} X^\top (\hat{y} - y)"),
    # what was lost inside
    (NETWORK, r"\frac{\partial L}{\partial z_1} = W_2^\top (- y) \odot \sigma'(z_1)",
     "D303", r"W_2^\top (z_2 - y) \odot \sigma'(z_1)"),
    (NETWORK, r"\sigma'(z_1) = \sigma(z_1) \odot (1)", "D303", r"\sigma(z_1) \odot (1 - a_1)"),
    (ALGEBRA, r"\nabla_x (x^\top x + v^\top x) = v + x", "D302", r"v + 2 x"),
    (ALGEBRA, r"\nabla_x (c x^\top v + x^\top x) = v + 2 x", "D304", r"c v + 2 x"),
    (ALGEBRA, r"\nabla_x (x^\top A B x) = A B x + B^\top x", "D304", r"A B x + B^\top A^\top x"),
    (ALGEBRA, r"\frac{\partial}{\partial u} (u^2 + \frac{u}{c}) = 2 u + 1", "D304", r"2 u + \frac{1}{c}"),
    (LAYERS, r"\frac{\partial L}{\partial a^{[l]}} = W^{[l+1]\top} \frac{\partial L}{\partial z^{[l]}}",
     "D602", r"W^{[l+1]\top} \frac{\partial L}{\partial z^{[l+1]}}"),
    # two mistakes in one line
    (NETWORK, r"\frac{\partial L}{\partial a_1} = W_2 (y - z_2)", None, r"W_2^\top (z_2 - y)"),
    (REGRESSION, r"\frac{\partial L}{\partial w} = \frac{1}{n} X^\top (y - \hat{y})",
     None, r"\frac{2}{n} X^\top (\hat{y} - y)"),
]  # fmt: skip


def put_back(front: str, claim: str, suggestion: str) -> str:
    """The verdict on a repaired claim, read as text."""
    return verdict(front, suggestion).verdict


@pytest.mark.parametrize("front, claim, code, right", PLANTED)
def test_a_planted_mistake_is_found_and_repaired(front, claim, code, right):
    found = verdict(front, claim, repairs=True)
    assert found.verdict in ("wrong", "ill-shaped")
    assert code in (None, found.code), found
    assert found.suggestion is not None
    left = claim.split(" = ")[0]
    assert found.suggestion.startswith(f"{left} = ")
    if right is not None:
        assert found.suggestion == f"{left} = {right}"
    assert put_back(front, claim, found.suggestion) == "holds"


@pytest.mark.parametrize("front, claim, code, right", [case for case in PLANTED if case[2] in ("D301", "D303", "D602")])
def test_the_faulty_span_lies_on_the_right_side(front, claim, code, right):
    theory, (reading,) = readings(front, claim)
    found = Judge(theory).judge(reading.link)
    start, end = found.span
    assert reading.link.right.span[0] <= start < end <= reading.link.right.span[1]


def test_a_repair_says_something_about_the_other_side():
    # `\frac{\partial L}{\partial z_2}` itself would be true, and no repair.
    found = verdict(NETWORK, r"\frac{\partial L}{\partial z_2} = \frac{\partial L}{\partial a_1}", repairs=True)
    assert found.suggestion is None or found.suggestion.count(r"\frac{\partial L}{\partial z_2}") == 1


def test_nothing_found_still_has_a_counterexample():
    found = verdict(ALGEBRA, r"\mathrm{tr}(A B) = \mathrm{tr}(A)^3 + \mathrm{tr}(B)^5", repairs=True)
    assert (found.verdict, found.code, found.suggestion) == ("wrong", "D300", None)
    assert found.evidence.counterexample is not None


# ---------------------------------------------------------------- the only repair, or one of several


@pytest.mark.parametrize(
    "front, claim, others",
    [
        (ALGEBRA, r"4 = 1 + 2", [r"4 = 1 + 3"]),  # which number is wrong?
        (ALGEBRA, r"6 = 2 \cdot 2", []),  # 3 times 2 is 2 times 3
        (ALGEBRA, r"\nabla_x (x^\top A x) = A^\top x + A^\top x", []),  # either transpose gives the same sum
        (NETWORK, r"\frac{\partial L}{\partial z_2} = y - z_2", []),  # turned or negated
        (NETWORK, r"\frac{\partial L}{\partial W_2} = (z_2 - y) a_1", []),
        (REGRESSION, r"\frac{\partial L}{\partial w} = \frac{2}{n} X (\hat{y} - y)", []),
    ],
)
def test_another_repair_as_small_is_named(front, claim, others):
    found = verdict(front, claim, repairs=True)
    assert found.suggestion is not None
    assert len(found.alternatives) == len(others), found
    for other, part in zip(found.alternatives, others, strict=True):
        assert part in other and other != found.suggestion
        assert put_back(front, claim, other) == "holds"


def test_a_name_and_what_it_is_defined_to_be_are_two_repairs():
    theory, found = readings(NETWORK, r"v = z_2", r"\frac{\partial L}{\partial z_2} = b_2 - y")
    said = Judge(theory).judge(found[-1].link)
    assert {each.split(" = ")[1] for each in (said.suggestion, *said.alternatives)} == {"z_2 - y", "v - y"}


def test_two_names_of_one_value_are_two_repairs():
    front = "shapes: {G: n x h, B: n x k, V: k x h}\ngiven:\n  - C = B V\n  - L = \\sum_{i,j} G_{ij} C_{ij}\nloss: L"
    claims = r"\frac{\partial L}{\partial C} = G", r"\frac{\partial L}{\partial B} = C V^T"
    _, found = verdicts(front, *claims, repairs=True)
    both = found.suggestion, *found.alternatives
    assert {each.split(" = ")[1] for each in both} == {r"G V^T", r"\frac{\partial L}{\partial C} V^T"}


def test_the_search_is_bounded_by_counts(monkeypatch):
    theory, (reading,) = readings(
        ALGEBRA, r"\mathrm{tr}(A B) = \mathrm{tr}(A)^3 + \mathrm{tr}(B)^5 + x^\top A x + v^\top B x"
    )
    calls = []
    honest = Judge._is_true
    monkeypatch.setattr(Judge, "_is_true", lambda self, *args: calls.append(1) or honest(self, *args))
    Judge(theory).judge(reading.link)
    assert len(calls) <= MOST_SINGLE + MOST_PAIRS <= MOST_SINGLE + PAIRED**2


# ---------------------------------------------------------------- an edit is the same as a tree and as text


TRUE = [
    (NETWORK, r"\frac{\partial L}{\partial z_1} = W_2^\top (z_2 - y) \odot \sigma'(z_1)"),
    (NETWORK, r"\frac{\partial L}{\partial W_2} = (z_2 - y) a_1^\top"),
    (REGRESSION, r"\frac{\partial L}{\partial w} = \frac{2}{n} X^\top (\hat{y} - y)"),
    (SOFTMAX, r"\frac{\partial p_i}{\partial z_j} = p_i (\delta_{ij} - p_j)"),
    (ALGEBRA, r"\nabla_x (x^\top A x) = A x + A^\top x"),
    (LAYERS, r"\frac{\partial L}{\partial W^{[l]}} = \frac{\partial L}{\partial z^{[l]}} a^{[l-1]\top}"),
]


def pages():
    from derive.checking.diagnose import _page

    for front, claim in TRUE:
        theory, (reading,) = readings(front, claim)
        judge = Judge(theory)
        found, _ = judge.read(reading.link)
        yield front, claim, judge, reading.link, found, _page(theory, reading.link, found[0], Written.of(theory))


PAGES = list(pages())


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_a_tree_that_is_true_prints_as_text_that_is_true(data):
    """What was judged as a tree is what the reader makes of the printed text: the two never say different things."""
    front, claim, judge, link, found, page = data.draw(st.sampled_from(PAGES))
    edit = data.draw(st.sampled_from(edits(page)))
    text = rendered(page.text, page.span(link.right), edit.changes)
    as_tree = judge.truth(link, found)(edited(link.right, edit.changes))
    theory = theory_of(document(front, f"{claim.split(' = ')[0]} = {text}"))
    (reading,) = theory.readings
    if reading.kind != "claim":
        assert not as_tree, text
        return
    as_text = Judge(theory).judge(reading.link, repairs=False)
    if as_tree:
        assert as_text.verdict == "holds", text
    else:
        # A repair that only restates the left side is true, and refused; so is one with nothing to say.
        assert as_text.verdict != "holds" or claim.split(" = ")[0] in text, text


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_sign_or_a_factor_never_passes(data):
    """Mutants whose value certainly differs: a flipped sign of the whole, a factor of 2."""
    _, _, judge, link, found, page = data.draw(st.sampled_from(PAGES))
    sure = [e for e in edits(page) if (e.code == "D302" and e.cost <= 1.0) or e.reason == "the sign is wrong"]
    edit = data.draw(st.sampled_from(sure))
    assert not judge.truth(link, found)(edited(link.right, edit.changes))


def test_what_is_read_for_good_is_what_is_read_anew():
    """A settled scope keeps what it has read: over all edits of a claim it says the same as one that keeps nothing."""
    for _, _, _, link, _, page in PAGES:
        assert page.scope.settled
        anew = replace(page.scope, settled=False)
        for edit in edits(page):
            version = edited(link.right, edit.changes)
            assert _read(version, page.scope) == _read(version, anew)
        assert page.scope.known
        assert not anew.known


def _read(node, scope):
    try:
        return [(each.term, each.term.span, each.level, each.notes) for each in elaborate(node, scope)]
    except (Missing, Unread) as unread:
        return str(unread)


def test_edits_do_not_reach_into_indices():
    page = PAGES[-1][-1]
    assert not any(node for node in inside(page.root) if getattr(node, "base", "") == "l")
