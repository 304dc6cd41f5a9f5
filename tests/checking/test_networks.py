"""Networks and recurrences as authors write them: layers in components, steps in time, products of Jacobians."""

import pytest

from derive.checking.judge import judge
from derive.reading.theory import Theory
from tests.checking.claims import document, readings, theory_of, verdict

COMPONENTS = r"""
functions:
  \sigma: sigmoid
shapes:
  w^l: n_l x n_{l-1}
  b^l: n_l
  a^0: n_0
  y: n_L
given:
  - z^l_j = \sum_k w^l_{jk} a^{l-1}_k + b^l_j
  - a^l_j = \sigma(z^l_j)
  - C = \frac{1}{2} \sum_j (y_j - a^L_j)^2
loss: C
layers: 3
"""
RECURRENT = r"""
shapes:
  W: n x n
  U: n x d
  h_0: n
  x_t: d
given:
  - h_t = \tanh(W h_{t-1} + U x_t)
layers: {index: t, from: 1, to: 3}
layout: jacobian
"""
BATCH = r"""
functions:
  g: sigmoid
shapes:
  X: n_0 x m
  Y: n_L x m
  W^{[l]}: n_l x n_{l-1}
  b^{[l]}: n_l
given:
  - A^{[0]} = X
  - Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}
  - A^{[l]} = g(Z^{[l]})
  - J = \frac{1}{2m} \|A^{[L]} - Y\|^2
  - dZ^{[l]} = m \frac{\partial J}{\partial Z^{[l]}}
loss: J
layers: 3
"""
LINEAR = r"""
shapes:
  X: N x D
  W: D x M
  G: N x M
given:
  - Y = X W
  - L = \sum_{i,j} G_{ij} Y_{ij}
loss: L
"""


def by_formula(theory: Theory) -> dict[str, str]:
    """What is said of every formula of a document."""
    said = {}
    for reading in theory.readings:
        link = reading.link
        text = link.source.text[slice(*link.span)]
        said[text] = judge(theory, link).verdict if reading.kind == "claim" else reading.kind
    return said


# ---------------------------------------------------------------- layers in components


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\delta^l_j = \sum_k w^{l+1}_{kj} \delta^{l+1}_k \sigma'(z^l_j)", "holds"),
        (r"\frac{\partial C}{\partial b^l_j} = \delta^l_j", "holds"),
        (r"\frac{\partial z^{l+1}_k}{\partial z^l_j} = w^{l+1}_{kj} \sigma'(z^l_j)", "holds"),
        (r"\delta^l_j = \sum_k w^{l+1}_{jk} \delta^{l+1}_k \sigma'(z^l_j)", "ill-shaped"),
        (r"\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_j \delta^l_k", "ill-shaped"),
        (r"\delta^l_j = \sum_k w^{l+1}_{kj} \delta^{l+1}_k", "wrong"),
    ],
)
def test_a_forward_pass_in_components_keeps_the_widths_of_layers_apart(claim, expected):
    assert verdict(COMPONENTS, claim).verdict == expected


def test_the_next_layer_in_components_is_a_claim_where_the_layer_is_defined():
    """It defined the layer a second time, and made the widths of all layers one."""
    text = r"""z^l = w^l a^{l-1} + b^l$, $a^l = \sigma(z^l)$ and $C = \frac{1}{2} \|y - a^L\|^2"""
    front = "\n".join(line for line in COMPONENTS.splitlines() if " - " not in line and "given" not in line)
    wrong = r"z^{l+1}_k = \sum_j w^{l+1}_{jk} a^l_j + b^{l+1}_k"
    right = r"z^{l+1}_k = \sum_j w^{l+1}_{kj} a^l_j + b^{l+1}_k"
    for claim, expected in ((right, "holds"), (wrong, "ill-shaped")):
        said = by_formula(theory_of(document(front, text.replace("$", "$$"), claim)))
        assert said[claim] == expected, claim


def test_an_index_that_stands_for_two_dimensions_is_named():
    found = verdict(LINEAR, r"\frac{\partial L}{\partial X_{ij}} = \sum_k \frac{\partial L}{\partial Y_{ik}} W_{kj}")
    assert found.verdict == "ill-shaped"
    assert found.message == "the index k runs to M, and stands for one up to D in W_{kj}"
    right = r"\frac{\partial L}{\partial X_{ij}} = \sum_k \frac{\partial L}{\partial Y_{ik}} W_{jk}"
    assert verdict(LINEAR, right).verdict == "holds"


def test_a_bound_that_no_shape_has_says_nothing_of_the_axis():
    claim = r"\frac{\partial L}{\partial X_{ij}} = \sum_{k=1}^{K} \frac{\partial L}{\partial Y_{ik}} W_{jk}"
    assert verdict(LINEAR, claim).verdict in ("undecided", "unread")


# ---------------------------------------------------------------- names that run with their layer


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}", "holds"),
        (r"dW^{[l]} = dZ^{[l]} A^{[l-1]T}", "wrong"),
        (r"dZ^{[l]} = W^{[l+1]T} dZ^{[l+1]} \odot g'(Z^{[l]})", "holds"),
        (r"dZ^{[l]} = W^{[l+1]T} dZ^{[l+1]}", "wrong"),
    ],
)
def test_a_given_differential_runs_over_layers_as_its_symbol(claim, expected):
    assert verdict(BATCH, claim).verdict == expected


# ---------------------------------------------------------------- products of Jacobians


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial h_t}{\partial h_k} = \prod_{j=k+1}^{t} \frac{\partial h_j}{\partial h_{j-1}}", "holds"),
        (r"\frac{\partial h_t}{\partial h_k} = \prod_{j=k+1}^{t} \mathrm{diag}(1 - h_j^2) W", "holds"),
        (r"\prod_{j=k+1}^t \frac{\partial h_j}{\partial h_{j-1}} = \prod_{j=k+1}^t \text{diag}(1 - h_j^2) W", "holds"),
        (r"\frac{\partial h_3}{\partial h_1} = \prod_{j=2}^{3} \frac{\partial h_j}{\partial h_{j-1}}", "holds"),
        (r"\frac{\partial h_t}{\partial h_k} = \prod_{j=k+1}^{t} W \mathrm{diag}(1 - h_j^2)", "wrong"),
        (r"\frac{\partial h_t}{\partial h_k} = \prod_{j=k}^{t} \frac{\partial h_j}{\partial h_{j-1}}", "wrong"),
    ],
)
def test_products_of_jacobians_between_two_steps(claim, expected):
    assert verdict(RECURRENT, claim).verdict == expected


def test_an_order_of_factors_that_the_layout_does_not_suggest_is_ambiguous():
    claim = r"\frac{\partial h_3}{\partial h_1}^\top = \prod_{j=2}^{3} W^\top \mathrm{diag}(1 - h_j^2)"
    found = verdict(RECURRENT, claim)
    assert (found.verdict, found.code) == ("ambiguous", "D205")
    assert "starts with the first factor" in found.message


# ---------------------------------------------------------------- points outside of a domain


def test_a_point_outside_of_the_domain_says_nothing_about_a_derivative():
    """The variance with a negative epsilon has no root: that point was taken for a disagreement of the witnesses."""
    front = r"""
shapes:
  x: D
  \gamma: D
  \epsilon: scalar
  c: D
given:
  - \mu = \frac{1}{D} \sum_i x_i
  - \sigma = \sqrt{\frac{1}{D} \sum_i (x_i - \mu)^2 + \epsilon}
  - \hat{x} = \frac{x - \mu}{\sigma}
  - y = \gamma \odot \hat{x}
  - L = c^\top y
loss: L
"""
    definition = r"g = \frac{\partial L}{\partial \hat{x}}"
    claims = [definition, r"\frac{\partial L}{\partial \hat{x}} = \gamma \odot \frac{\partial L}{\partial y}", r"g = y"]
    theory, found = readings(front, *claims)
    assert [reading.kind for reading in found] == ["definition", "claim", "claim"]
    assert [judge(theory, reading.link).verdict for reading in found[1:]] == ["holds", "wrong"]


# ---------------------------------------------------------------- names of gradients

PRML = r"""
functions:
  h: tanh
shapes:
  x: D
  w: M x D
  v: K x M
  t: K
given:
  - a_j = \sum_i w_{ji} x_i
  - z_j = h(a_j)
  - y_k = \sum_j v_{kj} z_j
  - E = \frac{1}{2} \sum_k (y_k - t_k)^2
loss: E
gradients:
  \delta_k: y_k
  \delta_j: a_j
"""


@pytest.mark.parametrize("front", [PRML, PRML.replace("y_k\n  \\delta_j: a_j", "y\n  \\delta_j: a")])
@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\delta_k = y_k - t_k", "holds"),
        (r"\delta_j = h'(a_j) \sum_k v_{kj} \delta_k", "holds"),
        (r"\frac{\partial E}{\partial w_{ji}} = \delta_j x_i", "holds"),
        (r"\frac{\partial E}{\partial v_{kj}} = \delta_k z_j", "holds"),
        (r"\delta_j = \sum_k v_{kj} \delta_k", "wrong"),
        (r"\frac{\partial E}{\partial v_{kj}} = \delta_j z_k", "ill-shaped"),
    ],
)
def test_the_letter_of_an_error_signal_says_which_layer_it_is_of(front, claim, expected):
    assert verdict(front, claim).verdict == expected


def test_one_error_signal_takes_any_letter():
    front = PRML.replace("  \\delta_j: a_j\n", "")
    assert verdict(front, r"\frac{\partial E}{\partial v_{ij}} = \delta_i z_j").verdict == "holds"


ROWS = r"""
functions:
  \sigma: sigmoid
shapes:
  x: 1 x d
  W_1: d x m
  W_2: m x k
  y: 1 x k
given:
  - z_1 = x W_1
  - a = \sigma(z_1)
  - z_2 = a W_2
  - J = \frac{1}{2} \|z_2 - y\|^2
loss: J
"""
NUMBERED = [
    r"\delta_1 = \frac{\partial J}{\partial z_2}",
    r"\delta_2 = \frac{\partial J}{\partial a}",
    r"\delta_3 = \frac{\partial J}{\partial z_1}",
]


def test_error_signals_that_the_text_numbers_its_own_way():
    """delta_1 would be the gradient by z_1, of another shape than that by z_2."""
    claims = [r"\delta_2 = \delta_1 W_2^\top", r"\delta_3 = \delta_2 \odot \sigma'(z_1)", r"\delta_3 = \delta_2"]
    said = by_formula(theory_of(document(ROWS, *NUMBERED, *claims)))
    assert [said[claim] for claim in (*NUMBERED, *claims)] == ["holds"] * 5 + ["wrong"]


def test_an_error_signal_of_no_layer_is_what_the_text_says():
    front = ROWS.replace("z_1", "u").replace("z_2", "v")
    gradients = [r"\frac{\partial J}{\partial W_2} = a^\top \delta", r"\frac{\partial J}{\partial a} = \delta"]
    claims = [r"\delta = v - y", *gradients]
    said = by_formula(theory_of(document(front, *claims)))
    assert [said[claim] for claim in claims] == ["definition", "holds", "ill-shaped"]


def test_the_last_layer_may_have_an_index_of_its_own():
    front = COMPONENTS.replace("n_L", "s_3").replace("n_", "s_") + "\n"
    front = front.replace("given:", "given:\n  - n_l = 3")
    assert verdict(front, r"\delta^{n_l}_i = (a^{n_l}_i - y_i) \sigma'(z^{n_l}_i)").verdict == "holds"
    assert verdict(front, r"\delta^{n_l}_i = (a^{n_l}_i - y_i)").verdict == "wrong"


# ---------------------------------------------------------------- attention

ATTENTION = r"""
shapes:
  Q: n x d
  K: m x d
  V: m x v
  G: n x v
given:
  - S = \frac{Q K^\top}{\sqrt{d}}
  - P = \mathrm{softmax}(S)
  - L = \sum_{i,j} G_{ij} (P V)_{ij}
loss: L
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\sum_j P_{ij} = 1", "holds"),
        (r"dP = G V^\top", "holds"),
        (r"dS_{ij} = P_{ij} (dP_{ij} - \sum_l P_{il} dP_{il})", "holds"),
        (r"dQ = \frac{1}{\sqrt{d}} dS K", "holds"),
        (r"dQ = dS K", "wrong"),
        (r"\sum_i P_{ij} = 1", "wrong"),
    ],
)
def test_a_softmax_of_scores_is_taken_query_by_query(claim, expected):
    assert verdict(ATTENTION, claim).verdict == expected


def test_a_softmax_of_a_linear_layer_of_transposed_data_has_no_known_axis():
    front = ATTENTION.replace("K: m", "X: m").replace("K^", "X^")
    theory = theory_of(document(front, r"\sum_j P_{ij} = 1"))
    assert judge(theory, theory.readings[0].link).verdict == "unread"


# ---------------------------------------------------------------- a loss and its parts, steps, enumerations

PARTS = r"""
shapes:
  x_n: D
  t_n: scalar
  w: D
given:
  - E = \frac{1}{N} \sum_{n=1}^N E_n
  - E_n = \frac{1}{2} (y_n - t_n)^2
  - y_n = w^\top x_n
loss: E
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial E_n}{\partial w} = (y_n - t_n) x_n", "holds"),
        (r"\frac{\partial E_n}{\partial w_i} = (y_n - t_n) x_{ni}", "holds"),
        (r"\frac{\partial E}{\partial w} = \frac{1}{N} \sum_{n=1}^N (y_n - t_n) x_n", "holds"),
        (r"\frac{\partial E}{\partial w} = \sum_{n=1}^N \frac{\partial E_n}{\partial w}", "wrong"),
    ],
)
def test_a_loss_and_the_loss_of_one_example_share_a_letter(claim, expected):
    """E_n was an entry of a vector E, and so the gradient of E a matrix."""
    assert verdict(PARTS, claim).verdict == expected


STEP = r"""
functions:
  \sigma: sigmoid
shapes:
  x_t: d
  h_{t-1}: n
  W: n x d
  U: n x n
  g: n
given:
  - a_t = W x_t + U h_{t-1}
  - h_t = \tanh(a_t)
  - L = g^\top h_t
loss: L
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial L}{\partial a_t} = g \odot (1 - h_t^2)", "holds"),
        (r"\frac{\partial L}{\partial U} = \frac{\partial L}{\partial a_t} h_{t-1}^\top", "holds"),
        (r"\frac{\partial L}{\partial h_{t-1}} = U^\top \frac{\partial L}{\partial a_t}", "holds"),
        (r"\frac{\partial L}{\partial U} = \frac{\partial L}{\partial a_t} h_t^\top", "wrong"),
    ],
)
def test_one_step_with_its_predecessor_as_an_input(claim, expected):
    """The loss of one step was that of another one, and all its derivatives were zero."""
    assert verdict(STEP, claim).verdict == expected


@pytest.mark.parametrize(
    "condition",
    [
        r"\quad l = L-1, \ldots, 1",
        r"\qquad \text{for } l = L-1, L-2, \dots, 1.",
        r"\quad l=2,3,...,L",
        r"\forall l = 1, \ldots, L",
    ],
)
def test_the_layers_that_a_recursion_runs_over_are_no_claim(condition):
    theory = theory_of(document(LAYERED, r"\delta^{l} = (w^{l+1})^\top \delta^{l+1} \odot \sigma'(z^l)," + condition))
    (reading,) = theory.readings
    assert (reading.kind, judge(theory, reading.link).verdict) == ("claim", "holds")


LAYERED = r"""
functions:
  \sigma: sigmoid
shapes:
  w^l: n_l x n_{l-1}
  a^0: n_0
  y: n_L
given:
  - z^l = w^l a^{l-1}
  - a^l = \sigma(z^l)
  - C = \frac{1}{2} \|a^L - y\|^2
loss: C
layers: 3
"""


def test_an_enumeration_in_a_sentence_states_nothing():
    assert theory_of(document(LAYERED, r"l = L-1, \ldots, 1", r"i = 1, 2, \dots, n", "l=2,3,...,L")).readings == []


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{\partial C}{\partial a^l_k} = \sum_{j=1}^{n_{l+1}} w^{l+1}_{jk} \delta^{l+1}_j", "holds"),
        (r"\frac{\partial C}{\partial a^l_k} = \sum_{j=0}^{n_{l+1}-1} w^{l+1}_{jk} \delta^{l+1}_j", "holds"),
        (r"\frac{\partial C}{\partial a^l_k} = \sum_{j=1}^{n_{l+1}-1} w^{l+1}_{jk} \delta^{l+1}_j", "wrong"),
    ],
)
def test_bounds_with_an_index_of_their_own(claim, expected):
    assert verdict(LAYERED, claim).verdict == expected


GLUED = r"""
shapes:
  x_{Si}: scalar
  W_{Si}: scalar
  b_{St}: scalar
given:
  - f_t = \sum_i W_{Si} x_{Si} + b_{St}
  - g_t = \tanh(f_t)
"""


def test_a_letter_that_counts_may_stand_behind_one_that_does_not():
    assert verdict(GLUED, r"\frac{d g_t}{d b_{St}} = 1 - g_t^2").verdict == "holds"
    assert verdict(GLUED, r"\frac{d f_t}{d W_{Si}} = x_{Si}").verdict == "holds"
    assert verdict(GLUED, r"\frac{d f_t}{d W_{Si}} = W_{Si}").verdict == "wrong"


# ---------------------------------------------------------------- examples of a batch, bars


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"db^{[l]} = \frac{1}{m} \sum_{i=1}^m dZ^{[l](i)}", "holds"),
        (r"db^{[l]} = \frac{1}{m} \sum_{i=1}^m dZ^{[l] (i)}", "holds"),
        (r"db^{[l]} = \sum_{i=1}^m dZ^{[l](i)}", "wrong"),
        (r"a^{[l](i)} = g(z^{[l](i)})", "holds"),
        (r"z^{[l](i)} = W^{[l]} a^{[l](i)} + b^{[l]}", "ill-shaped"),
    ],
)
def test_an_example_of_a_batch_is_its_column(claim, expected):
    assert verdict(BATCH, claim).verdict == expected


BARS = r"""
functions:
  \sigma: sigmoid
shapes:
  \mathbf{x}: d
  \mathbf{W}: k x d
  \mathbf{t}: k
given:
  - \mathbf{z} = \mathbf{W} \mathbf{x}
  - \mathbf{y} = \sigma(\mathbf{z})
  - \mathcal{L} = \frac{1}{2} \|\mathbf{y} - \mathbf{t}\|^2
loss: \mathcal{L}
"""


def test_bars_are_gradients_where_the_loss_has_one():
    claims = {
        r"\overline{\mathbf{y}} = \overline{\mathcal{L}} (\mathbf{y} - \mathbf{t})": "holds",
        r"\overline{\mathbf{z}} = \overline{\mathbf{y}} \odot \sigma'(\mathbf{z})": "holds",
        r"\overline{w_{ij}} = \overline{z_i} x_j": "holds",
        r"\overline{x_j} = \sum_i \overline{z_i} w_{ij}": "holds",
        r"\overline{\mathbf{W}} = \overline{\mathbf{y}} \mathbf{x}^\top": "wrong",
    }
    assert by_formula(theory_of(document(BARS, *claims))) == claims


def test_bars_are_names_where_the_loss_has_none_or_a_mean():
    assert by_formula(theory_of(document(BARS, r"\bar{x} = \sum_i x_i"))) == {r"\bar{x} = \sum_i x_i": "definition"}
    mean = r"\overline{\mathcal{L}} = \frac{1}{2} \mathcal{L}"
    said = by_formula(theory_of(document(BARS, mean, r"\bar{x} = \sum_i x_i")))
    assert set(said.values()) == {"definition"}


def test_dimensions_that_a_later_definition_makes_one_have_one_size():
    """The first definition guessed a new dimension for u, and was evaluated with its own size."""
    front = "shapes:\n  W: k x d\n  x: d\n  s: k\n"
    claims = [r"u = A s", r"v = W^\top u", r"v = x"]
    assert by_formula(theory_of(document(front, *claims)))[r"v = x"] == "wrong"


PRML_LAYERS = r"""
functions:
  h: tanh
shapes:
  x: D
  w^{(1)}: M x D
  w^{(2)}: K x M
  t: K
given:
  - a_j = \sum_i w_{ji}^{(1)} x_i
  - z_j = h(a_j)
  - a_k = \sum_j w_{kj}^{(2)} z_j
  - E = \frac{1}{2} \sum_k (a_k - t_k)^2
loss: E
gradients:
  \delta_k: a_k
  \delta_j: a_j
"""


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\delta_k = a_k - t_k", "holds"),
        (r"\delta_j = h'(a_j) \sum_k w_{kj}^{(2)} \delta_k", "holds"),
        (r"\frac{\partial a_k}{\partial a_j} = w_{kj}^{(2)} h'(a_j)", "holds"),
        (r"\frac{\partial E}{\partial w_{ji}^{(1)}} = \delta_j x_i", "holds"),
        (r"\frac{\partial E}{\partial w_{ji}^{(1)}} = z_j x_i", "wrong"),
    ],
)
def test_the_letter_of_an_activation_says_which_layer_it_is_of(claim, expected):
    """a_k was judged against a_j, the first to be defined."""
    assert verdict(PRML_LAYERS, claim).verdict == expected


def test_one_vector_may_have_two_letters():
    front = "shapes:\n  x: D\n  w: M x D\ngiven:\n  - a_j = \\sum_i w_{ji} x_i\n  - z_m = \\tanh(a_m)\n"
    assert verdict(front, r"\frac{\partial z_j}{\partial a_j} = 1 - z_j^2").verdict == "holds"


# ---------------------------------------------------------------- what stands in an index


def test_a_name_in_an_index_is_no_part_of_a_definition():
    """The Q of W_Q and the L of h^{(L)} made Q and L depend on themselves, and defined nothing."""
    front = r"""
shapes:
  X: n x d
  W_Q: d x k
  G: n x k
given:
  - Q = X W_Q
  - L = \sum_{i,j} G_{ij} Q_{ij}
loss: L
"""
    assert verdict(front, r"\frac{\partial L}{\partial W_Q} = X^\top G").verdict == "holds"
    deep = LAYERED.replace("C = ", "L = ").replace("loss: C", "loss: L")
    assert verdict(deep, r"\delta^{L} = (a^L - y) \odot \sigma'(z^L)").verdict == "holds"


ANGLES = r"""
shapes:
  x^{\langle t \rangle}: d
  a^{\langle 0 \rangle}: n
  W_{aa}: n x n
  W_{ax}: n x d
  c: n
given:
  - a^{\langle t \rangle} = \tanh(W_{aa} a^{\langle t-1 \rangle} + W_{ax} x^{\langle t \rangle})
  - L = c^\top a^{\langle 3 \rangle}
loss: L
layers: {index: t, from: 1, to: 3}
"""


@pytest.mark.parametrize("style", [(r"\langle", r"\rangle"), ("<", ">")])
@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"da^{(t-1)} = W_{aa}^\top ((1 - (a^{(t)})^2) \odot da^{(t)})", "holds"),
        (r"da^{(t-1)} = W_{aa} ((1 - (a^{(t)})^2) \odot da^{(t)})", "wrong"),
    ],
)
def test_steps_in_angle_brackets(style, claim, expected):
    opening, closing = style
    written = claim.replace("^{(", f"^{{{opening} ").replace(")}", f" {closing}}}")
    assert verdict(ANGLES, written).verdict == expected


# ---------------------------------------------------------------- backpropagation through time

THROUGH_TIME = RECURRENT.replace("  W: n x n", "  W: n x n\n  c: n")
THROUGH_TIME = THROUGH_TIME.replace("layers:", "  - L_t = c^\\top h_t\nlayers:")
LOSS = r"\frac{\partial L_t}{\partial W} ="


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (rf"{LOSS} \frac{{\partial L_t}}{{\partial h_t}} \frac{{\partial h_t}}{{\partial W}}", "holds"),
        (
            rf"{LOSS} \sum_{{k=1}}^t \frac{{\partial L_t}}{{\partial h_t}} \frac{{\partial h_t}}{{\partial h_k}}"
            r" \frac{\partial h_k}{\partial W}",
            "ambiguous",
        ),
        (
            rf"{LOSS} \sum_{{k=1}}^t \frac{{\partial L_t}}{{\partial h_t}}"
            r" \left( \prod_{j=k+1}^t \frac{\partial h_j}{\partial h_{j-1}} \right) \frac{\partial h_k}{\partial W}",
            "ambiguous",
        ),
        (
            rf"{LOSS} \sum_{{k=2}}^t \frac{{\partial L_t}}{{\partial h_t}} \frac{{\partial h_t}}{{\partial h_k}}"
            r" \frac{\partial h_k}{\partial W}",
            "wrong",
        ),
        (r"\frac{\partial h_t}{\partial h_k} = \prod_{j=k+1}^{t} \frac{\partial h_j}{\partial h_{j-1}}", "holds"),
    ],
)
def test_sums_over_steps_hold_the_earlier_steps_fixed(claim, expected):
    found = verdict(THROUGH_TIME, claim)
    assert found.verdict == expected
    if expected == "ambiguous":
        assert (found.code, "hold the steps before it fixed" in found.message) == ("D206", True)


@pytest.mark.parametrize("columns", ["d", "n"])
def test_a_chain_through_a_matrix_keeps_the_stated_layout(columns):
    front = f"shapes:\n  x: {columns}\n  U: n x {columns}\n  c: n\ngiven:\n  - h = \\tanh(U x)\n  - L = c^\\top h\n"
    claim = r"\frac{\partial L}{\partial U} = \frac{\partial L}{\partial h} \frac{\partial h}{\partial U}"
    for layout in ("jacobian", "gradient", "{vectors: jacobian, matrices: gradient}"):
        assert verdict(f"{front}loss: L\nlayout: {layout}\n", claim).verdict == "holds", layout
