"""Closed forms: what a wrong line should have been, where no edit repairs it; right, readable, and never unverified."""

import pytest

from derive.checking import closed
from derive.checking.derivations import NotDerived, derived
from derive.checking.judge import Judge
from derive.symbolic import rules
from derive.symbolic.rules import Rule
from derive.terms import nodes
from derive.terms.written import Derivative
from tests.checking.claims import ALGEBRA, LAYERS, NETWORK, REGRESSION, RELU, SOFTMAX, readings, verdict

BATCH = r"""
shapes:
  X: n x d
  W: d x K
  b: 1 x K
  Y: n x K one-hot
given:
  - Z = X W + b
  - P = \mathrm{softmax}(Z)
  - L = -\frac{1}{n} \sum_{i=1}^n \sum_{k=1}^K Y_{ik} \log P_{ik}
loss: L
"""
EXAMPLES = r"""
shapes:
  w: d
  x^{(i)}: d
  y^{(i)}: scalar
  b: scalar
given:
  - z^{(i)} = w^\top x^{(i)} + b
  - L = \frac{1}{m} \sum_{i=1}^m (z^{(i)} - y^{(i)})^2
loss: L
"""

ALIAS = r"""
shapes:
  X: n x d
  w: d
  y: n
given:
  - \hat{y} = X w
  - \hat{y}^{(i)} = \hat{y}_i
  - y^{(i)} = y_i
  - L = \frac{1}{n} \sum_{i=1}^n (\hat{y}^{(i)} - y^{(i)})^2
loss: L
"""

# A document, a gradient in it, and its closed form.
FORMS = [
    (NETWORK, r"\frac{\partial L}{\partial z_2}", r"z_2 - y"),
    (NETWORK, r"\frac{\partial L}{\partial W_2}", r"(z_2 - y) a_1^\top"),
    (RELU, r"\frac{\partial L}{\partial z_1}", r"\bigl(W_2^\top (z_2 - y)\bigr) \odot \mathrm{ReLU}'(z_1)"),
    (REGRESSION, r"\frac{\partial L}{\partial w}", r"\frac{2}{n}\, X^\top (\hat{y} - y)"),
    (REGRESSION, r"\frac{\partial L}{\partial b}", r"\frac{2}{n}\, \sum_j \left[\hat{y} - y\right]_j"),
    (SOFTMAX, r"\frac{\partial L}{\partial z}", r"p - y"),
    (SOFTMAX, r"\frac{\partial L}{\partial z_i}", r"[p - y]_i"),
    (SOFTMAX, r"\frac{\partial p}{\partial z}", r"\mathrm{diag}(p) - p p^\top"),
    (SOFTMAX.replace(" one-hot", ""), r"\frac{\partial L}{\partial z}", r"\left(\sum_j \left[y\right]_j\right) p - y"),
    (BATCH, r"\frac{\partial L}{\partial W}", r"\frac{1}{n}\, X^\top (P - Y)"),
    (BATCH, r"\frac{\partial L}{\partial b}", r"\frac{1}{n}\, \mathbf{1}^\top (P - Y)"),
    (EXAMPLES, r"\frac{\partial L}{\partial w}", r"\frac{2}{m}\, \sum_{i=1}^{m} \bigl(z^{(i)} - y^{(i)}\bigr) x^{(i)}"),
    (EXAMPLES, r"\frac{\partial L}{\partial z^{(i)}}", r"\frac{2}{m}\, \bigl(z^{(i)} - y^{(i)}\bigr)"),
    (ALIAS, r"\frac{\partial L}{\partial w}", r"\frac{2}{n}\, X^\top (\hat{y} - y)"),
    (ALGEBRA, r"\nabla_x (x^\top A x)", r"A x + A^\top x"),
    (ALGEBRA, r"\frac{\partial (A x)}{\partial x}", r"A^\top"),
    (ALGEBRA, r"\frac{\partial (A x + B x)}{\partial x}", r"A^\top + B^\top"),
    (ALGEBRA + "layout: jacobian", r"\frac{\partial (A x)}{\partial x}", r"A"),
    (ALGEBRA + "layout: jacobian", r"\frac{\partial (v^\top A x)}{\partial x}", r"v^\top A"),
    (ALGEBRA, r"\frac{\partial^2 (x^\top A x)}{\partial x \partial x^\top}", r"A + A^\top"),
    (LAYERS, r"\frac{\partial L}{\partial W^{[3]}}",
     r"\bigl((a^{[3]} - y) \odot \sigma'(z^{[3]})\bigr) {a^{[2]}}^\top"),
]  # fmt: skip


def closed_form(front, gradient):
    theory, (reading,) = readings(front, f"{gradient} = 7")
    judge = Judge(theory)
    (instance,), _ = judge.read(reading.link)
    assert isinstance(instance.lefts[0].term, Derivative)
    return derived(theory, instance.lefts[0].term, judge.comparing(instance.ranges))


@pytest.mark.parametrize("front, gradient, form", FORMS)
def test_a_gradient_has_its_closed_form(front, gradient, form):
    found = closed_form(front, gradient)
    assert found.closed.latex == form
    said = verdict(front, f"{gradient} = {found.closed.latex}")
    assert said.verdict == "holds", said


@pytest.mark.parametrize(
    "front, claim, why",
    [
        (ALGEBRA, r"\frac{\partial (A B)}{\partial B} = 1", "more than two axes"),
        (ALGEBRA, r"\frac{\partial (A x)_1}{\partial x} = 1", "the single entry"),
        (ALGEBRA, r"\frac{\partial (v^\top x)}{\partial A} = 1", "does not depend"),
        (ALGEBRA, r"\frac{\partial (x v)}{\partial x} = 1", "do not conform"),
        (ALGEBRA, r"\frac{\partial}{\partial c} \|\begin{bmatrix} c \\ u \end{bmatrix}\|^2 = 1", "no rule"),
    ],
)
def test_what_has_no_rule_is_not_derived(front, claim, why):
    theory, (reading,) = readings(front, claim)
    judge = Judge(theory)
    (instance,), _ = judge.read(reading.link)
    with pytest.raises(NotDerived, match=why):
        derived(theory, instance.lefts[0].term, judge.comparing(instance.ranges))


def test_what_a_wrong_rule_gives_is_not_believed(monkeypatch):
    right = rules.RULES[nodes.SquaredNorm]
    wrong = Rule(right.name, right.mathematics, lambda t, g, k: nodes.term(3) @ right.vjp(t, g, k))
    monkeypatch.setitem(rules.RULES, nodes.SquaredNorm, wrong)
    with pytest.raises(NotDerived, match="is not what the points say"):
        closed_form(NETWORK, r"\frac{\partial L}{\partial W_2}")
    found = verdict(NETWORK, r"\frac{\partial L}{\partial W_2} = \exp(W_2)", repairs=True)
    assert (found.verdict, found.closed_form, found.suggestion) == ("wrong", None, None)


def test_a_wrong_gradient_without_a_repair_gets_its_closed_form():
    found = verdict(REGRESSION, r"\frac{\partial L}{\partial w} = X^\top X X^\top X X^\top y", repairs=True)
    assert (found.verdict, found.code) == ("wrong", "D300")
    assert found.closed_form.latex == r"\frac{2}{n}\, X^\top (\hat{y} - y)" and found.closed_form.shape == "d"
    assert found.suggestion == r"\frac{\partial L}{\partial w} = \frac{2}{n}\, X^\top (\hat{y} - y)"
    assert verdict(REGRESSION, found.suggestion).verdict == "holds"


def test_a_closed_form_that_is_not_read_back_as_true_is_no_suggestion(monkeypatch):
    claim = r"\frac{\partial L}{\partial w} = X^\top X X^\top X X^\top y"
    parsed = closed.parsed
    for other in (None, "2 y"):
        monkeypatch.setattr(closed, "parsed", lambda theory, text, other=other: other and parsed(theory, other))
        found = verdict(REGRESSION, claim, repairs=True)
        assert found.suggestion is None and found.closed_form is not None


def test_a_generic_claim_gets_the_form_of_the_layer_that_fails():
    # What comes before the last pre-activation is another form than before the others: none holds for every layer.
    found = verdict(LAYERS, r"\frac{\partial L}{\partial a^{[l]}} = \exp(\exp(a^{[l]})) \odot a^{[l]}", repairs=True)
    assert found.suggestion is None
    assert dict(found.closed_form.instance) == {"l": 0} and found.closed_form.shape == "n_0"


def test_a_form_that_holds_for_every_layer_is_suggested():
    left = r"\frac{\partial L}{\partial W^{[l]}}"
    found = verdict(LAYERS, rf"{left} = \exp(\exp(W^{{[l]}})) \odot W^{{[l]}}", repairs=True)
    assert found.suggestion == rf"{left} = \frac{{\partial L}}{{\partial z^{{[l]}}}}\, {{a^{{[l-1]}}}}^\top"
    assert dict(found.closed_form.instance) == {"l": 1} and found.closed_form.shape == "n_1 x n_0"
    assert verdict(LAYERS, found.suggestion).verdict == "holds"


def test_functions_have_the_letters_of_the_document():
    front = NETWORK.replace(r"\sigma", "g")
    found = verdict(front, r"\frac{\partial L}{\partial z_1} = \exp(\exp(z_1)) \odot z_1", repairs=True)
    assert found.closed_form.latex == r"\bigl(W_2^\top (z_2 - y)\bigr) \odot g'(z_1)"
    assert verdict(front, found.suggestion).verdict == "holds"


def test_what_is_too_large_is_not_derived():
    terms = " + ".join(rf"\exp({k} c)" for k in range(1, 120))
    with pytest.raises(NotDerived, match="too large"):
        closed_form(ALGEBRA, rf"\frac{{\partial}}{{\partial c}} ({terms})")
