"""Numbers as they are printed: lines of worked examples, with what rounding may do and no more."""

import pytest

from derive.checking import check
from tests.checking.claims import verdict
from tests.reading.reader import kinds

NUMBERS = "shapes:\n  x: scalar\ngiven:\n  - z = 0.5\n  - t = 0.01\n  - o = 0.75136507\n"


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{1}{1 + e^{-0.5}} = 0.6225",
        r"\frac{1}{1 + e^{-z}} \approx 0.6225",
        r"\sigma(z) \approx 0.6224",  # cut off instead of rounded
        r"0.6225 \times 0.3775 = 0.235",
        r"\sigma(z) (1 - \sigma(z)) = 0.6225 \times 0.3775",  # from rounded numbers
        r"\frac{1}{2} (0.01 - 0.75136507)^2 = 0.274811083",
        r"0.74136507 * 0.186815602 * 0.593269992 = 0.082167041",
        r"0.5 \cdot 1.1 = 0.55",
    ],
)
def test_a_line_is_true_as_far_as_it_is_printed(line):
    assert verdict(NUMBERS, line).verdict == "holds"


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{1}{1 + e^{-0.5}} = 0.6227",
        r"\sigma(z) \approx 0.6223",
        r"0.6225 \times 0.3775 = 0.236",
        r"0.5 \cdot 1.1 = 0.56",  # numbers with few digits are what they are
        r"0.5 \cdot 1.1 = 0.6 \cdot 0.9",
        r"\sigma(z) (1 - \sigma(z)) = 0.6225 \times 0.3785",
        r"-(0.01 - 0.75136507) = 0.74135507",
        r"0.74136507 * 0.186815602 * 0.593269992 = 0.082167141",
    ],
)
def test_a_line_is_not_true_beyond_what_is_printed(line):
    assert verdict(NUMBERS, line).verdict == "wrong"


def test_an_approximation_of_anything_but_a_number_is_not_judged():
    assert kinds(r"$x \approx y$", shapes={"x": "n", "y": "n"}) == ["unread"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (r"\ln 2 \approx 0.6", "holds"),  # cut off
        (r"-\ln 2 \approx -0.6", "holds"),
        (r"\ln 2 \approx 0.8", "wrong"),  # cutting off makes no number larger
        (r"0.8 \approx \ln 2", "wrong"),
        (r"-\ln 2 \approx -0.8", "wrong"),
        (r"\frac{1}{2} \approx 0.4", "wrong"),  # nor one smaller by a whole unit
        (r"0.04 \approx 0.1", "wrong"),
        (r"3.6 \approx 3", "wrong"),
        (r"3.6 \approx 4", "holds"),
        (r"-0.02 \approx 0.02", "wrong"),
        (r"-0.02 \approx 0.0", "holds"),
    ],
)
def test_digits_are_rounded_or_cut_off_and_no_more(line, expected):
    assert verdict(NUMBERS, line).verdict == expected


LOGISTIC = r"""
$$p = \sigma(w x), \quad L = -\log p$$
For $w = 1$, $x = 2$: $p %s 0.88$, and

$$%s$$
"""


@pytest.mark.parametrize(
    ("relation", "line", "expected"),
    [
        (r"\approx", r"L = -\log(0.88) \approx 0.13", ["holds", "holds"]),
        (r"\approx", r"\frac{\partial L}{\partial w} = (0.88 - 1) \cdot 2 = -0.24", ["holds", "holds"]),
        (r"\approx", r"\frac{\partial L}{\partial w} = (0.88 - 1) = -0.12", ["wrong", "holds"]),
        (r"\approx", r"L = -\log(0.87) \approx 0.14", ["wrong", "holds"]),  # another number
    ],
)
def test_what_is_said_to_be_about_right_is_a_rounded_number(relation, line, expected):
    claims = [s.verdict for s in check.check(LOGISTIC % (relation, line)).statements if s.kind == "claim"]
    assert claims == ["holds", *expected]
