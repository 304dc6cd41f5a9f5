r"""Sums over training examples, `\sum_x`: every example has an x, a y and a z of its own."""

import pytest

from derive.checking.judge import judge
from tests.checking.claims import document, readings, theory_of, verdict

NEURON = r"""
functions:
  \sigma: sigmoid
shapes:
  x: d
  w: d
  b: scalar
  y: scalar
given:
  - z = w \cdot x + b
  - a = \sigma(z)
  - C = -\frac{1}{n} \sum_x \left[ y \ln a + (1-y) \ln (1-a) \right]
loss: C
"""
LAYERS = r"""
functions:
  \sigma: sigmoid
shapes:
  w^l: n_l x n_{l-1}
  x: n_0
  y: n_L
given:
  - a^0 = x
  - z^l = w^l a^{l-1}
  - a^l = \sigma(z^l)
  - C = \frac{1}{2n} \sum_x \|y(x) - a^L(x)\|^2
loss: C
layers: 2
"""
BY = r"\frac{\partial C}{\partial w_j} ="


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (rf"{BY} \frac{{1}}{{n}} \sum_x x_j (\sigma(z) - y)", "holds"),
        (rf"{BY} \frac{{1}}{{n}} \sum_x \frac{{\sigma'(z) x_j}}{{\sigma(z) (1 - \sigma(z))}} (\sigma(z) - y)", "holds"),
        (rf"{BY} -\frac1n \sum_x (\frac ya - \frac{{1-y}}{{1-a}}) \frac{{\partial \sigma}}{{\partial w_j}}", "holds"),
        (r"\frac{\partial C}{\partial b} = \frac{1}{n} \sum_x (a - y)", "holds"),
        (r"\frac{\partial C}{\partial b} = \sum_x (a - y)", "wrong"),
        (rf"{BY} \frac{{1}}{{n}} \sum_x x_j (\sigma(z) - y) \sigma'(z)", "wrong"),
        (rf"{BY} \frac{{1}}{{n}} \sum_x x_j \sum_x (\sigma(z) - y)", "wrong"),
        (r"\sigma'(z) = a (1 - a)", "holds"),
        (r"\sigma'(z) = a (1 + a)", "wrong"),
    ],
)
def test_a_neuron(claim, expected):
    assert verdict(NEURON, claim).verdict == expected


def test_the_sum_is_said():
    found = verdict(NEURON, r"\frac{\partial C}{\partial b} = \frac{1}{n} \sum_x (a - y)")
    assert found.assumptions == ("the sum runs over n examples, each with its own data",)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial C}{\partial w^L_{jk}} = \frac{1}{n} \sum_x a^{L-1}_k (a^L_j - y_j) \sigma'(z^L_j)", "holds"),
        (r"\frac{\partial C}{\partial w^L_{jk}} = \frac{1}{n} \sum_x a^{L-1}_k (a^L_j - y_j)", "wrong"),
    ],
)
def test_layers(claim, expected):
    assert verdict(LAYERS, claim).verdict == expected


@pytest.mark.parametrize("claim", [rf"{BY} (a - y) x_j", r"\frac{\partial C}{\partial a} = a - y"])
def test_one_example_beside_the_sum_over_all_of_them_is_not_judged(claim):
    theory = theory_of(document(NEURON, claim))
    (reading,) = theory.readings
    assert reading.kind == "unread"
    assert reading.message == "it speaks of one example, and C sums over all of them"


def test_a_sum_over_parameters_is_no_sum_over_examples():
    theory, found = readings(NEURON, r"\frac{\partial C}{\partial w_j} = 0", r"C = \sum_w w^2")
    assert judge(theory, found[1].link).verdict == "unread"
    assert not any("example" in str(definition.symbol.name) for definition in theory.definitions)


def test_an_index_of_a_declared_vector_is_no_example():
    """Here t is the name of a vector, and of an index."""
    front = "shapes:\n  x: n\n  t: n\n"
    assert verdict(front, r"\sum_t x_t t_t = x^\top t").verdict == "holds"


MEMBERS = r"""
shapes:
  x^{(i)}: d
  y^{(i)}: scalar
  w: d
given:
  - z^{(i)} = w^\top x^{(i)}
  - a^{(i)} = \sigma(z^{(i)})
  - J = -\frac{1}{m} \sum_{i=1}^m (y^{(i)} \log a^{(i)} + (1 - y^{(i)}) \log(1 - a^{(i)}))
functions:
  \sigma: sigmoid
loss: J
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"dz^{(i)} = a^{(i)} - y^{(i)}", "ambiguous"),
        (r"dw = \frac{1}{m} \sum_{i=1}^m x^{(i)} dz^{(i)}", "ambiguous"),
        (r"dw = \sum_{i=1}^m x^{(i)} dz^{(i)}", "holds"),
        (r"dz^{(i)} = y^{(i)} - a^{(i)}", "wrong"),
        (r"\frac{\partial J}{\partial z^{(i)}} = a^{(i)} - y^{(i)}", "wrong"),  # says itself what it is
        (r"dw = \sum_{i=1}^m x^{(i)} (a^{(i)} - y^{(i)})", "wrong"),
    ],
)
def test_the_gradient_for_one_example_may_be_that_of_its_own_loss(claim, expected):
    assert verdict(MEMBERS, claim).verdict == expected
