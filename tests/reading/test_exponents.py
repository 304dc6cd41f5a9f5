"""An exponent is never dropped: on a function of the document, on the loss with its arguments, in an index."""

import pytest

import derive

SETTING = "---\nderive:\n  shapes: {x: scalar, c: scalar, z: K}\n---\n$h(x) = c x$ and $L(c) = c^2$.\n\n"


def verdict(claim: str) -> str:
    return derive.check(f"{SETTING}$${claim}$$\n").files[0].statements[-1].verdict


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"h^2(x) = c x", "wrong"),
        (r"h^2(x) = c^2 x^2", "holds"),
        (r"\frac{dL^2(c)}{dc} = 2 c", "wrong"),
        (r"\frac{dL^2(c)}{dc} = 4 c^3", "holds"),
        (r"\frac{dL(c)}{dc} = 2 c", "holds"),
        (r"\sum_{j^2 \ne i} z_j = z_i", "unread"),
    ],
)
def test_an_exponent_counts(claim, expected):
    assert verdict(claim) == expected


@pytest.mark.parametrize("claim", [r"\frac{d}{d{}-} = 1", r"x = [][()][()]", r"x = ()"])
def test_empty_brackets_are_unread_and_no_fault_of_ours(claim):
    assert verdict(claim) == "unread"


def test_a_control_character_in_the_front_matter_is_one_message():
    with pytest.raises(ValueError, match="control character"):
        derive.check("---\nderive:\n  shapes:\n    x: d\x01\n---\n$x = 1$\n")
