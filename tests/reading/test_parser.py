"""Formulas to notation: statements, positions, bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.reading import syntax
from derive.reading.errors import Bounded, Unread
from derive.reading.parser import parse_all
from derive.reading.tokens import tokenize
from tests.reading.reader import expression, statements


def split(latex: str) -> list[list[str]]:
    """The sides of every statement, as they stand in the text."""
    return [[latex[slice(*side.span)] for side in chain.sides] for chain in statements(latex)]


@pytest.mark.parametrize(
    ("latex", "sides"),
    [
        (r"a = b = c", [["a", "b", "c"]]),
        (r"a := b", [["a", "b"]]),
        (r"a = b, \quad c = d", [["a", "b"], ["c", "d"]]),
        (r"a = b \quad c = d", [["a", "b"], ["c", "d"]]),
        (r"a = b \text{ and } c = d", [["a", "b"], ["c", "d"]]),
        (r"a = b \implies c = d", [["a", "b"], ["c", "d"]]),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", [["a", "b"], ["c", "d"]]),
        (r"\begin{align} a &= b \\ &= c \end{align}", [["a", "b"], ["b", "c"]]),
        (r"a &= b \\ & + c", [["a", r"b \\ & + c"]]),
        (r"a &= b \\ & \cdot c", [["a", r"b \\ & \cdot c"]]),
        (r"a = b \tag{1}", [["a", "b"]]),
        (r"a = b.", [["a", "b"]]),
        (r"a = b \quad \forall i", [["a", "b"], ["i"]]),
        (r"x, y \in \mathbb{R}^n", [["x"], ["y", r"\mathbb{R}^n"]]),
    ],
)
def test_statements(latex, sides):
    assert split(latex) == sides


def test_a_row_that_cannot_be_read_costs_only_itself():
    chains, problems = parse_all(tokenize(r"a &= b \\ c &= ! \\ d &= e"))
    assert [len(chain.sides) for chain in chains] == [2, 2]
    assert [problem.message for problem in problems] == ["expected an expression before `!`"] or len(problems) == 1


def test_a_row_that_goes_on_in_an_unknown_way_leaves_its_statement_unread():
    chains, problems = parse_all(tokenize(r"a &= b \\ & (c)"))
    assert not chains
    assert "goes on" in problems[0].message


@pytest.mark.parametrize("latex", [r"a } ( \\ \text{ 1 x", r"\mathbf +", r"x \\ \tag", r"\text{", r"\begin"])
def test_broken_formulas_end(latex):
    _, problems = parse_all(tokenize(latex))
    assert all(problem.span[1] <= len(latex) for problem in problems)


def test_rows_of_cases_do_not_run_into_each_other():
    cases = expression(r"\begin{cases} x & i = j \\ -y & i \neq j \end{cases}")
    assert [len(row) for row in cases.rows] == [2, 2]


@pytest.mark.parametrize(
    ("latex", "kind"),
    [
        (r"\frac{\partial L}{\partial W}", syntax.Derivative),
        (r"\frac{dL}{dW}", syntax.Derivative),
        (r"\frac{\mathrm{d} L}{\mathrm{d} W}", syntax.Derivative),
        (r"\dfrac{\partial^2 L}{\partial w \partial w^T}", syntax.Derivative),
        (r"\frac{d}{dx}", syntax.Derivative),
        (r"\frac{d}{2}", syntax.Fraction_),
        (r"\frac{a}{b}", syntax.Fraction_),
        (r"\nabla^2", syntax.Nabla),
        (r"|x|", syntax.Group),
        (r"\sum_{i=1}^n x_i", syntax.Big),
    ],
)
def test_kinds_of_notation(latex, kind):
    assert isinstance(expression(latex), kind)


def test_a_superscript_in_brackets_and_primes_are_kept_apart():
    name = expression(r"W^{[l-1]\prime}_{jk}")
    assert (name.base, name.sup.text, name.sub.text, name.primes) == ("W", "[l-1]", "jk", 1)


@pytest.mark.parametrize(
    "latex",
    ["{" * 1000, "(" * 1000, r"\frac" * 1000, r"\sqrt" * 1000, r"\hat" * 1000, r"\mathbf" * 1000, "x_{" * 500,
     r"\sum_i" * 500, "-" * 1000, r"\left(" * 500, r"\begin{pmatrix}" * 200, r"\frac{d" * 300, "x" * 5000],
)  # fmt: skip
def test_depth_and_length_are_bounded(latex):
    with pytest.raises(Unread):
        statements(latex)


def test_a_bound_is_told_from_an_error():
    with pytest.raises(Bounded):
        statements("(" * 1000)


SIGNS = (
    r"\frac { } ( ) [ ] | \| \sum _ ^ x y W L = + - * \cdot \odot \partial \nabla \left \right 1 2 ' , & \\ \text{if}"
    r" \begin{cases} \end{cases} \hat \mathbf \quad \in \mathbb{R} \log \max T \underbrace \neq \implies"
)
PIECES = st.sampled_from(sorted(set(SIGNS.split())))


@given(st.lists(PIECES, max_size=40))
def test_any_run_of_signs_is_parsed_or_refused_with_a_place(pieces):
    latex = " ".join(pieces)
    try:
        chains, problems = parse_all(tokenize(latex))
    except Unread as unread:
        chains, problems = (), (unread,)
    for problem in problems:
        assert 0 <= problem.span[0] <= problem.span[1] <= len(latex)
    for node in (node for chain in chains for node in syntax.walk(chain)):
        assert 0 <= node.span[0] <= node.span[1] <= len(latex)
