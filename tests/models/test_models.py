"""Models as values: options and the words of their errors, every combination, and what a model refuses."""

import pytest

from derive.models.catalogue import MODELS, build
from derive.models.model import Model, symbol
from derive.models.options import OPTIONS, ModelError
from derive.terms import nodes
from derive.terms.definitions import Definition
from derive.terms.nodes import Symbol
from derive.terms.shapes import ShapeError
from tests.models.every_model import ALL, COMBINATIONS


@pytest.mark.parametrize("name", MODELS)
def test_every_combination_of_options_builds(name):
    built = [model for model in ALL.values() if model.name == name]
    refused = sum(o.get("loss") == "bce" and o.get("output") == "identity" for o in COMBINATIONS[name])
    assert len(built) == len(COMBINATIONS[name]) - refused
    for model in built:
        assert model.loss == model.definitions[-1].symbol
        assert set(model.dimensions) == set(model.sizes)
        assert len({s.key for s in model.symbols}) == len(model.symbols)
        assert {s for s, _ in model.signals} <= set(model.intermediates)
        assert [c.name for c in model.conventions] == list(dict.fromkeys(c.name for c in model.conventions))
        for chosen in ("reduction", "factor"):
            assert next(c.value for c in model.conventions if c.name == chosen) == model.options[chosen]


def test_defaults():
    model = build("mlp")
    assert [d.latex for d in model.definitions] == [
        "z_1 = W_1 x + b_1",
        r"a_1 = \mathrm{ReLU}(z_1)",
        "z_2 = W_2 a_1 + b_2",
        r"\hat{y} = \sigma(z_2)",
        r"L = -\sum_j \left[y \odot \log(\hat{y}) + (1 - y) \odot \log(1 - \hat{y})\right]_j",
    ]
    assert {s.key: str(s.shape) for s in model.parameters} == {"W_1": "h x d", "b_1": "h", "W_2": "k x h", "b_2": "k"}
    assert [s.key for s in model.intermediates] == ["z_1", "a_1", "z_2", "yhat"]
    assert model.options == MODELS["mlp"].defaults
    assert [node.latex for _, node in model.kinked] == [r"\mathrm{ReLU}(z_1)"]


@pytest.mark.parametrize(
    ("name", "options", "first", "last"),
    [
        ("linear-scalar", {}, r"\hat{y}_i = w x_i + b", r"L = \frac{1}{n}\, \sum_{i=1}^{n} (\hat{y}_i - y_i)^2"),
        ("linear", {}, r"\hat{y} = X w + b \mathbf{1}", r"L = \frac{1}{n}\, \lVert \hat{y} - y \rVert^2"),
        (
            "linear",
            {"arrangement": "columns", "reduction": "sum", "factor": "1/2"},
            r"\hat{y} = w^\top X + b \mathbf{1}^\top",
            r"L = \frac{1}{2}\, \lVert \hat{y} - y \rVert^2",
        ),
        (
            "mlp",
            {"arrangement": "rows", "loss": "mse", "factor": "1/2"},
            r"Z_1 = X W_1 + \mathbf{1} b_1^\top",
            r"L = \frac{1}{2 n}\, \lVert \hat{Y} - Y \rVert_F^2",
        ),
        (
            "mlp",
            {"arrangement": "columns", "loss": "mse", "output": "identity"},
            r"Z_1 = W_1 X + b_1 \mathbf{1}^\top",
            r"L = \frac{1}{n}\, \lVert \hat{Y} - Y \rVert_F^2",
        ),
    ],
)
def test_how_models_are_written(name, options, first, last):
    definitions = build(name, options).definitions
    assert definitions[0].latex == first
    assert definitions[-1].latex == last


def test_deeper_networks_have_a_dimension_per_layer():
    model = build("mlp", {"layers": "12"})
    assert model.dimensions == ("d", "k", *(f"h_{l}" for l in range(1, 12)))
    assert dict(model.signals)[symbol("z_10", "h_10")].latex == r"\delta_{10}"


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("cnn", {}, "no model is called 'cnn'; there are linear-scalar, linear, logistic, mlp"),
        (
            "linear",
            {"layers": "2"},
            "the model linear has no option --layers; it has --arrangement, --reduction, --factor",
        ),
        ("mlp", {"hidden": "gelu"}, "--hidden takes relu or sigmoid or tanh, found 'gelu'; did you mean relu?"),
        ("mlp", {"layers": "0"}, "--layers takes a whole number from 1 to 30, found '0'"),
        ("mlp", {"layers": "two"}, "--layers takes a whole number from 1 to 30, found 'two'"),
        ("mlp", {"layers": "101"}, "--layers takes a whole number from 1 to 30, found '101'"),
        (
            "mlp",
            {"output": "identity"},
            "binary cross-entropy needs probabilities: choose --output sigmoid, or --loss mse for an identity output",
        ),
    ],
)
def test_what_cannot_be_built_says_what_to_choose(name, options, message):
    with pytest.raises(ModelError) as refused:
        build(name, options)
    assert str(refused.value) == message


def test_every_option_is_taken_by_a_model():
    assert set(OPTIONS) == {option for row in MODELS.values() for option in row.defaults}


# ---------------------------------------------------------------- models that are refused

x, y, w, W = symbol("x", "d"), symbol("y", "n"), symbol("w", "d"), symbol("W", "n x d")
z, L = symbol("z", "n"), symbol("L", "scalar")


def model(*definitions, loss=L, parameters=(w, W)):
    return Model("m", "A model", definitions, loss, parameters, inputs=x, targets=y)


def squared(t):
    return Definition(L, nodes.SquaredNorm((t,)))


def test_a_model_that_conforms():
    assert model(Definition(z, W @ x), squared(z - y)).intermediates == (z,)


X, W_1, b_1 = symbol("X", "n x d"), symbol("W_1", "d x h"), symbol("b_1", "1 x h")


@pytest.mark.parametrize(
    ("definitions", "message"),
    [
        (
            (Definition(z, W @ y), squared(z)),
            "in the definition of z: inner dimensions differ: W is n x d, y is n x 1",
        ),
        (
            (Definition(z, W @ x + w), squared(z)),
            "in the definition of z: a sum needs equal shapes: W x is n x 1, w is d x 1",
        ),
        (
            (Definition(z, w), squared(z)),
            "in the definition of z: the two sides differ in shape: z is n x 1, w is d x 1",
        ),
        ((Definition(L, W @ x),), "in the definition of L: the two sides differ in shape: L is 1 x 1, W x is n x 1"),
    ],
)
def test_an_ill_shaped_model_is_refused_with_both_shapes(definitions, message):
    with pytest.raises(ShapeError) as refused:
        model(*definitions)
    assert str(refused.value) == message


def test_a_row_added_to_a_batch_is_refused():
    definition = Definition(symbol("Z_1", "n x h"), X @ W_1 + b_1)
    with pytest.raises(ShapeError, match="a sum needs equal shapes: X W_1 is n x h, b_1 is 1 x h"):
        Model("m", "A model", (definition, squared(b_1)), L, (W_1, b_1), inputs=X, targets=y)


@pytest.mark.parametrize(
    ("definitions", "message"),
    [
        ((squared(z),), "z is used in the definition of L before it is known"),
        ((Definition(z, W @ x), Definition(z, W @ w), squared(z)), "z is defined twice"),
        ((Definition(y, W @ x), squared(y)), "y is defined twice"),
        ((squared(y), Definition(z, W @ x)), "the definitions of m end in z, not in its loss"),
        ((), "the definitions of m end in None, not in its loss"),
    ],
)
def test_a_model_out_of_order_is_refused(definitions, message):
    with pytest.raises(ValueError) as refused:
        model(*definitions)
    assert message in str(refused.value)


def test_a_loss_that_is_no_scalar_is_refused():
    with pytest.raises(ShapeError) as refused:
        model(Definition(z, W @ x), loss=z)
    assert str(refused.value) == "a loss is a scalar: z is n x 1"


def test_symbols_of_several_letters_get_braces():
    assert symbol("W_12", "d").latex == "W_{12}"
    assert symbol("W_1", "d").latex == "W_1"
    assert symbol("yhat", "d", r"\hat{y}").latex == r"\hat{y}"
    assert isinstance(symbol("w", "d"), Symbol)
