"""Tokens and macros: every token points into the source, through every macro."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.reading.errors import Bounded, Unread
from derive.reading.macros import expand, take_definitions
from derive.reading.tokens import Kind, tokenize


def texts(latex: str, **options) -> list[str]:
    return [str(token) for token in tokenize(latex, **options)]


def expanded(latex: str) -> list[str]:
    macros, rest = take_definitions(tokenize(latex))
    return [str(token) for token in expand(rest, macros)]


@pytest.mark.parametrize(
    ("latex", "tokens"),
    [
        (r"W_1 x", ["W", "_", "1", "x"]),
        (r"\delta*x", [r"\delta", "*", "x"]),
        (r"1.5 .5", ["1.5", ".5"]),
        (r"f''", ["f", "'", "'"]),
        (r"x~y", ["x", "y"]),
        ("α ∂ ≠ · ‖", [r"\alpha", r"\partial", r"\neq", r"\cdot", r"\|"]),
        ("x²ᵀ", ["x", "^", "2", "^", "T"]),
        ("a − b", ["a", "-", "b"]),
        (r"50\%", ["50", r"\%"]),
    ],
)
def test_tokens(latex, tokens):
    assert texts(latex) == tokens


def test_percent_is_a_comment_in_latex_files_only():
    assert texts("a % b\n c", comments=True) == ["a", "c"]
    assert texts("a % b") == ["a", "%", "b"]


def test_the_marks_of_a_block_quote_are_no_relations():
    assert texts("a\n> = b\n> > c", quoted=True) == ["a", "=", "b", "c"]
    assert texts("a > b", quoted=True) == ["a", ">", "b"]


@given(st.text(max_size=60))
def test_every_token_points_at_its_text(text):
    place = 0
    for token in tokenize(text):
        assert place <= token.span[0] < token.span[1] <= len(text)
        place = token.span[0]
        if token.kind in (Kind.LETTER, Kind.NUMBER):
            assert len(text[slice(*token.span)]) == len(token.text)


@pytest.mark.parametrize(
    ("latex", "tokens"),
    [
        (r"\newcommand{\v}{x} \v", ["x"]),
        (r"\newcommand\v{x} \v", ["x"]),
        (r"\newcommand{\d}[2]{#1 / #2} \d{a}{b}", ["a", "/", "b"]),
        (r"\newcommand{\d}[2][z]{#1 #2} \d{a} \d[y]{b}", ["z", "a", "y", "b"]),
        (r"\def\s#1{#1^2} \s x", ["x", "^", "2"]),
        (r"\DeclareMathOperator{\tr}{tr} \tr", [r"\operatorname", "{", "t", "r", "}"]),
        (r"\newcommand{\a}{\b} \newcommand{\b}{x} \a", ["x"]),
        (r"\renewcommand{\vec}[1]{\mathbf{#1}} \vec x", [r"\mathbf", "{", "x", "}"]),
    ],
)
def test_macros(latex, tokens):
    assert expanded(latex) == tokens


def test_tokens_of_a_body_stand_where_the_macro_was_called_and_arguments_where_they_are():
    latex = r"\newcommand{\n}[1]{|#1|} y = \n{x}"
    macros, rest = take_definitions(tokenize(latex))
    for token in expand(rest, macros):
        shown = latex[slice(*token.span)]
        assert shown == (r"\n{x}" if token.text == "|" else token.text)


RECURSIVE = [r"\def\a{\a\a}\a", r"\def\a#1{\a{#1#1}}\a x", r"\newcommand{\a}{\b}\newcommand{\b}{\a}\a"]


@pytest.mark.parametrize("latex", RECURSIVE)
def test_a_recursive_macro_ends(latex):
    with pytest.raises(Bounded, match="without end"):
        expanded(latex)


@pytest.mark.parametrize("latex", [r"\newcommand{\a}[1]{#1} \a", r"\newcommand{x}{y}", r"\def", r"\newcommand{\a}{"])
def test_incomplete_macros_say_so(latex):
    with pytest.raises(Unread):
        expanded(latex)


def test_a_number_of_a_thousand_digits_is_refused():
    with pytest.raises(Bounded):
        tokenize("9" * 1000)


def test_a_macro_that_sets_its_argument_in_a_box_means_its_argument():
    box = r"\newcommand{\fit}[1]{\sbox{\formula}{$\displaystyle #1$}\resizebox{\linewidth}{!}{\usebox{\formula}}}"
    assert expanded(box + r"\fit{a = b}") == ["a", "=", "b"]
    # What stands between the dollars is the argument, whatever else the box is made of.
    assert expanded(r"\newcommand{\fit}[1]{\hbox{$1$}}\fit{a}")[:2] == [r"\hbox", "{"]
