"""Parts of definitions that have a name of their own."""

from tests.checking.claims import verdict, verdicts
from tests.reading.reader import theory

GATES = "shapes:\n  x: scalar\n  y: scalar\n  z: scalar\ngiven:\n  - f = (x + y) z\n  - q = x + y\n"


def test_a_function_depends_on_its_named_parts():
    good, bad, chain = verdicts(
        GATES,
        r"\frac{\partial f}{\partial q} = z",
        r"\frac{\partial f}{\partial q} = q",
        r"\frac{\partial f}{\partial x} = \frac{\partial f}{\partial q} \frac{\partial q}{\partial x}",
    )
    assert (good.verdict, bad.verdict, chain.verdict) == ("holds", "wrong", "holds")


def test_other_derivatives_stay_what_they_are():
    assert verdict(GATES, r"\frac{\partial f}{\partial x} = z").verdict == "holds"


def test_parts_that_nothing_is_differentiated_by_are_left_alone():
    text = "$$f = (x + y) z$$ $$q = x + y$$ $$\\frac{\\partial f}{\\partial x} = z$$"
    found = theory(text, shapes={"x": "scalar", "y": "scalar", "z": "scalar"})
    assert "q" not in {node.name for node in found.definitions[0].expression.walk() if hasattr(node, "name")}
