"""Documents as theories: what is defined from what, what letters run over, what is inferred, what every link is."""

import pytest

from derive.reading.explanation import explain
from tests.reading.reader import kinds, messages, read, theory


def shapes(text: str, **declarations) -> dict[str, str]:
    found = theory(text, **declarations)
    return {definition.symbol.key: str(definition.symbol.shape) for definition in found.definitions}


def test_definitions_in_any_order():
    text = "$L = \\|z\\|^2$ $z = W x$ with $x \\in \\mathbb{R}^n$, $W \\in \\mathbb{R}^{m \\times n}$"
    assert shapes(text) == {"z": "m", "L": "scalar"}
    assert kinds(text) == ["definition", "definition", "declaration", "declaration"]


def test_a_chain_defines_from_its_end():
    text = "$x \\in \\mathbb{R}^n$ $y = z = 2 x$"
    assert shapes(text) == {"z": "n", "y": "n"}


def test_the_second_statement_about_a_name_is_a_claim():
    assert kinds("$x \\in \\mathbb{R}^n$ $z = 2x$ $z = x + x$") == ["declaration", "definition", "claim"]


def test_a_definition_by_entries_makes_a_vector():
    found = theory("$p_k = \\frac{e^{z_k}}{\\sum_j e^{z_j}}$", shapes={"z": "K"})
    (definition,) = found.definitions
    assert (str(definition.symbol.shape), definition.components) == ("K", ("k",))


def test_a_family_over_layers_has_a_definition_for_each():
    text = "$z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}$ $a^{[l]} = \\tanh(z^{[l]})$"
    declared = {"x": "d", "W^{[1]}": "n_1 x d", "W^{[l]}": "n_l x n_{l-1}", "b^{[l]}": "n_l"}
    found = shapes(text, shapes=declared, given=["a^{[0]} = x"], layers=2)
    assert found == {"a^[]_0": "d", "z^[]_1": "n_1", "a^[]_1": "n_1", "z^[]_2": "n_2", "a^[]_2": "n_2"}


@pytest.mark.parametrize(
    "layer", ["W^{[%s]}", "W^{(%s)}", "W_{%s}", "W^{%s}"], ids=["brackets", "parentheses", "index", "exponent"]
)
def test_layers_in_every_place(layer):
    name = {k: layer % k for k in ("l", "1", "2")}
    a = {k: (layer % k).replace("W", "a") for k in ("l", "l-1", "0")}
    text = f"${a['l']} = \\tanh({name['l']} {a['l-1']})$"
    found = theory(text, shapes={name["l"]: "n_l x n_{l-1}", a["0"]: "n_0"}, layers=2)
    assert [str(definition.symbol.shape) for definition in found.definitions] == ["n_1", "n_2"]


def test_an_index_under_a_sum_runs_over_examples():
    text = "$\\hat y^{(i)} = w^T x^{(i)}$ $L = \\sum_{i=1}^m (\\hat y^{(i)} - y^{(i)})^2$"
    found = theory(text, shapes={"x^{(i)}": "d", "w": "d", "y^{(i)}": "scalar"})
    assert found.letters.kind(("x", "sup()")) == "sample"
    assert [definition.symbol.key for definition in found.definitions] == ["\\hat{y}^()_i", "L"]


def test_a_recurrence_starts_from_an_input():
    found = theory("$h_t = \\tanh(W h_{t-1} + x_t)$", shapes={"h_t": "n", "W": "n x n", "x_t": "n"})
    assert len(found.definitions) == 3
    assert found.bases == {"h_"}


def test_the_upper_bound_of_a_sum_over_steps_is_the_last_one():
    text = "$h^{(t)} = \\tanh(W h^{(t-1)})$ $L = \\sum_{t=1}^{\\tau} \\|h^{(t)}\\|^2$"
    found = theory(text, shapes={"h^{(0)}": "n", "W": "n x n"}, given=["\\tau = 2"])
    assert found.layers.last == 2 and "tau" in found.last_names
    assert found.definitions[-1].expression.latex.count("lVert") == 2


def test_a_class_number_is_a_one_hot_vector():
    text = "$p = \\text{softmax}(f)$ $L_i = -\\log p_{y_i}$"
    found = theory(text, shapes={"f": "K"}, loss="L_i")
    assert found.loss is not None
    assert found.assumptions["class of y"] == {"one-hot"}


# ---------------------------------------------------------------- inference


def inferred(text: str, **declarations) -> dict[str, str]:
    return {item.written: str(item.shape) for item in theory(text, **declarations).learned if item.how == "inferred"}


def test_a_layer_without_declarations():
    assert inferred("$x \\in \\mathbb{R}^d$ $z_1 = W_1 x + b_1$") == {"W_1": "h' x d", "b_1": "h'"}


def test_every_fresh_dimension_is_another_one():
    found = inferred("$x \\in \\mathbb{R}^d$ $h = W x$ $z = U h$")
    assert found == {"W": "h' x d", "U": "h'' x h'"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$z = w^T x + b$", {"w": "d", "b": "scalar"}),
        ("$z = x^T w$", {"w": "d"}),
        ("$L = \\|x - t\\|^2$", {"t": "d"}),
        ("$z = x \\odot m$", {"m": "d"}),
        ("$z = \\lambda x$", {"\\lambda": "scalar"}),
        ("$z = \\tanh(W x)$", {"W": "h' x d"}),
        ("$z = u$", {}),
        ("$z = u v$", {}),
        ("$z = a b^T c$", {}),
    ],
)
def test_what_notation_settles_and_what_it_leaves_open(text, found):
    assert inferred("$x \\in \\mathbb{R}^d$ " + text) == found


def test_two_dimensions_become_one_where_a_definition_needs_it():
    text = "$z = A x$"
    assert shapes(text, shapes={"A": "m x n", "x": "k"}) == {"z": "m"}


# ---------------------------------------------------------------- declarations in the text


@pytest.mark.parametrize(
    ("declaration", "shape"),
    [
        (r"x \in \mathbb{R}", "scalar"),
        (r"x \in \mathbb{R}^d", "d"),
        (r"x \in \mathbb{R}^{d+1}", "d+1"),
        (r"x \in \mathbb R^{h \times d}", "h x d"),
        (r"x \in \mathbb{R}^{n_1 \times 1}", "n_1"),
        (r"x \in ℝ^{3 \times 4}", "3 x 4"),
        (r"x \in \mathbb{R}_+^d", "d"),
        (r"x \in \{0, 1\}^K", "K"),
        (r"x \in \{0, 1\}", "scalar"),
        (r"x \in (0, 1)", "scalar"),
        (r"w, x \in \mathbb{R}^d", "d"),
    ],
)
def test_shapes_from_sets(declaration, shape):
    found = theory(f"${declaration}$")
    assert str(found.names.families["x"][0].shape) == shape


def test_a_class_number_from_its_set():
    assert str(theory(r"$y \in \{1, \dots, K\}$").class_numbers["y"]) == "K"


def test_what_is_no_shape_declares_nothing():
    assert "S" not in theory(r"$S \in \mathcal{H}$").names.families


# ---------------------------------------------------------------- conditions


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (r"$\frac{\partial p_i}{\partial z_j} = -p_i p_j, \quad i \neq j$", ["claim"]),
        (r"$\frac{\partial p_i}{\partial z_j} = p_i (1 - p_i) \quad \text{for } i = j$", ["claim"]),
        (r"$\frac{\partial p_i}{\partial z_i} = p_i (1 - p_i), \quad i = 1, \dots, n$", ["claim"]),
        (r"$p_i = z_i, \quad z > 0$", ["unread"]),
        (r"$p_i = z_i, \quad i = 1$", ["unread"]),
    ],
)
def test_conditions_behind_a_statement(text, kind):
    declared = {"shapes": {"z": "n"}, "given": [r"p = \text{softmax}(z)"]}
    assert kinds(text, **declared) == kind


def test_equal_indices_are_one_index():
    declared = {"shapes": {"z": "n"}, "given": [r"p = \text{softmax}(z)"]}
    found = theory(r"$\frac{\partial p_i}{\partial z_j} = p_i(1-p_j), \quad i = j$", **declared)
    (reading,) = found.readings
    assert reading.link.left.of.sub.text == reading.link.left.by[0].sub.text


# ---------------------------------------------------------------- what cannot be read


def test_an_undeclared_symbol_leaves_its_definition_unread():
    unknown = ["u is not declared and not defined", "z is not declared and not defined"]
    assert messages("$z = u v$ and $y = 2 z$") == unknown


def test_a_formula_that_cannot_be_parsed_keeps_its_place_among_the_others():
    assert kinds("$x \\in \\mathbb{R}^n$ $y = x!$ $z = x$") == ["declaration", "unread", "definition"]


def test_a_relation_without_a_truth_value_is_unread():
    assert messages("$x \\approx y$") == ["the relation approx is not judged"]


def test_bounds_are_marked_as_such():
    (reading,) = theory("$" + "(" * 500 + "$").readings
    assert reading.kind == "unread" and reading.bounded


def test_too_many_definitions_are_not_tried():
    text = " ".join(f"$a_{{{k}}} = x$" for k in range(1100)) + " $x \\in \\mathbb{R}$"
    assert any("at most" in message for message in messages(text))


# ---------------------------------------------------------------- functions of the document


def test_a_function_of_the_text_is_no_symbol():
    text = r"$\sigma(z) = \frac{1}{1 + e^{-z}}$ $\sigma'(z) = \sigma(z)(1 - \sigma(z))$"
    assert kinds(text) == ["definition", "claim"]


def test_a_hypothesis_is_applied():
    text = r"$h_\theta(x) = \theta^T x$ $J(\theta) = \frac12 (h_\theta(x) - y)^2$"
    found = theory(text, shapes={r"\theta": "d", "x": "d", "y": "scalar"})
    assert found.loss is not None and found.loss.name == "J"


# ---------------------------------------------------------------- explained


def test_everything_is_explained():
    text = "With $x \\in \\mathbb{R}^d$ and $q$: $z = W x$, $z = 2!$\n\n<!-- derive: skip -->\n$a = b$"
    document, found = read(text, functions={"g": "tanh"})
    explanation = explain(document, found)
    learned = {symbol.written: (symbol.shape, symbol.learned) for symbol in explanation.symbols}
    assert learned == {"x": ("d", "text"), "W": ("h' x d", "inferred"), "z": ("h'", "definition")}
    assert [link.kind for link in explanation.links] == ["declaration", "definition", "unread"]
    assert {(skipped.latex, skipped.reason) for skipped in explanation.skipped} >= {
        ("q", "it states nothing"),
        ("a = b", "the author left it out"),
    }
    assert explanation.functions == (("g", "tanh"),)


def test_a_summand_is_a_number_where_its_gradient_is_one():
    sets = r"$X \in \mathbb{R}^{n \times d}$ $w \in \mathbb{R}^d$ $y \in \mathbb{R}^n$"
    model = sets + r"$$p = X w + b, L = \|p - y\|^2$$"
    scalar = r"$$\frac{\partial L}{\partial b} = 2 \sum_{i=1}^n (p_i - y_i)$$"
    vector = r"$$\frac{\partial L}{\partial b} = 2 (p - y)$$"
    found = [inferred(model + claims)["b"] for claims in (scalar, vector, vector + scalar)]
    assert found == ["scalar", "n", "n"]  # where lines say different things, the sum decides
