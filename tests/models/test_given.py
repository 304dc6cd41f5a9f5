"""Numbers for a model: sizes and values from files and options, and every conflict between them in words."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.models.catalogue import MODELS, build
from derive.models.given import read_given
from derive.models.options import OPTIONS, ModelError
from derive.models.text_files import FileError

TABLE = "x_1,x_2,y_1\n1,2,1\n0.5,-1,0\n"
PARAMETERS = '{"W_1": [[0.1, 0.2], [0.3, 0.4]],\n "b_1": [0, 0],\n "W_2": [[0.5, 0.6]],\n "b_2": [0.1]}'
KEYS = "expected W_1, b_1, W_2, b_2"


def files(folder: Path, data: str | None, params: str | None) -> dict[str, Path]:
    found = {}
    for name, text in (("data", data), ("params", params)):
        if text is not None:
            found[name] = folder / name
            found[name].write_text(text, encoding="utf-8")
    return found


# model, its options, data, parameters, other arguments, message ({data}, {params} stand for the paths)
ONE = "and --arrangement example derives one: choose --arrangement rows or columns for all of them, or one of them"
FAULTY = [
    ("mlp", {}, TABLE, None, {}, "{data}:3:1: has 2 examples, " + ONE + " with --row N"),
    ("mlp", {}, TABLE, None, {"row": 3}, "--row: expected a row from 1 to 2, as {data} has, found 3"),
    ("mlp", {}, None, None, {"row": 1}, "--row chooses an example of a file: give it with --data"),
    (
        *("mlp", {}, TABLE.replace("2,1", "2,0.9999999"), None, {"row": 1}),
        "{data}:2:5: expected a label 0 or 1 for binary cross-entropy, found 0.9999999",
    ),
    (
        *("logistic", {}, TABLE.replace("-1,0", "-1,2"), None, {}),
        "{data}:3:8: expected a label 0 or 1 for binary cross-entropy, found 2",
    ),
    ("linear-scalar", {}, TABLE, None, {}, "{data}:1:5: expected one column x, as x of linear-scalar is (n), found 2"),
    ("linear", {}, "y_2,x,y_1\n1,1,1\n", None, {}, "{data}:1:1: expected one column y, as y of linear is (n), found 2"),
    ("linear", {}, TABLE, None, {"dims": {"n": 3}}, "{data}:2:1: gives n = 2, but n = 3 in --dims"),
    ("linear", {}, "y,x_1,x_2\n1,1,1\n", None, {"dims": {"d": 3}}, "{data}:1:3: gives d = 2, but d = 3 in --dims"),
    ("mlp", {}, None, "{}", {}, "{params}:1:1: the parameter W_1 is missing; " + KEYS),
    (
        *("mlp", {}, None, PARAMETERS.replace("b_2", "b2"), {}),
        "{params}:4:2: mlp has no parameter b2; " + KEYS + "; did you mean b_2?",
    ),
    (
        *("mlp", {}, None, PARAMETERS.replace("[[0.5, 0.6]]", "[0.5, 0.6]"), {}),
        "{params}:3:9: expected a list of rows such as [[0.1, 0.2]] for W_2 (k x h), found a list of numbers",
    ),
    (
        *("mlp", {}, None, PARAMETERS.replace("[0.1]", "0.1"), {}),
        "{params}:4:9: expected a list of numbers such as [0.1, 0.2] for b_2 (k), found a number",
    ),
    (
        *("linear", {}, None, '{"w": [1], "b": [1]}', {}),
        "{params}:1:17: expected a number for b (scalar), found a list of numbers",
    ),
    (
        *("mlp", {}, None, PARAMETERS.replace("[0.1]", "[]"), {}),
        "{params}:4:9: expected a list of numbers such as [0.1, 0.2] for b_2 (k), found an empty list",
    ),
    (
        *("mlp", {}, None, PARAMETERS.replace("[[0.5, 0.6]]", "[[]]"), {}),
        "{params}:3:9: expected a list of rows such as [[0.1, 0.2]] for W_2 (k x h), found an empty row",
    ),
    (
        *("mlp", {}, None, PARAMETERS.replace("0.6", "[0.6]"), {}),
        "{params}:3:9: expected a list of rows such as [[0.1, 0.2]] for W_2 (k x h), found lists of different depth",
    ),
    (
        *("mlp", {}, None, PARAMETERS.replace(", 0.4]", "]"), {}),
        "{params}:1:22: expected 2 numbers in row 2 of W_1, found 1",
    ),
    (
        *("mlp", {}, None, PARAMETERS.replace("[0, 0]", "[0, 0, 0]"), {}),
        "{params}:2:9: b_1 (h) has 3 entries, so h = 3, but h = 2 in W_1 of {params}",
    ),
    (
        *("mlp", {}, "x,y\n1,1\n", PARAMETERS, {}),
        "{params}:1:9: W_1 (h x d) has 2 x 2 entries, so d = 2, but d = 1 in {data}",
    ),
    (
        *("mlp", {}, None, PARAMETERS, {"dims": {"k": 2}}),
        "{params}:3:9: W_2 (k x h) has 1 x 2 entries, so k = 1, but k = 2 in --dims",
    ),
    ("linear-scalar", {}, None, None, {"dims": {"d": 3}}, "--dims: linear-scalar has no dimension d; it has n"),
    ("mlp", {}, None, None, {"dims": {"hh": 3}}, "--dims: mlp has no dimension hh; it has d, h, k; did you mean h?"),
    ("mlp", {"layers": "1"}, None, None, {"dims": {"h": 3}}, "--dims: mlp has no dimension h; it has d, k"),
    ("mlp", {"layers": "3"}, None, None, {"dims": {"h_1": 3, "h": 4}}, "--dims gives h_1 twice, once by h"),
    ("linear", {}, None, None, {"dims": {"n": 3, "N": 3}}, "--dims gives n twice, once by N"),
    ("linear", {}, None, None, {"dims": {"n": 0}}, "--dims: expected a whole number of at least 1 for n, found 0"),
    (
        *("mlp", {}, None, None, {"dims": {"h": 10**9}}),
        "nobody can follow a worked example of this size (d = 2, k = 1, h = 1000000000: 4000000002 products in the"
        " forward pass, and at most 100000 will do): take fewer examples or smaller layers",
    ),
]


@pytest.mark.parametrize(("model", "options", "data", "params", "arguments", "message"), FAULTY)
def test_what_does_not_fit(tmp_path, model, options, data, params, arguments, message):
    paths = files(tmp_path, data, params)
    with pytest.raises((FileError, ModelError)) as caught:
        read_given(build(model, options), **paths, **arguments)
    shown = message
    for name, path in paths.items():
        shown = shown.replace("{" + name + "}", str(path))
    assert str(caught.value) == shown


def test_examples_lie_as_the_model_has_them(tmp_path):
    paths = files(tmp_path, TABLE, None)
    rows = [[Fraction(1), Fraction(2)], [Fraction(1, 2), Fraction(-1)]]
    in_rows = read_given(build("mlp", {"arrangement": "rows"}), **paths)
    in_columns = read_given(build("mlp", {"arrangement": "columns"}), **paths)
    one = read_given(build("mlp"), row=2, **paths)
    assert in_rows.values["X"].tolist() == rows
    assert in_columns.values["X"].T.tolist() == rows
    assert in_columns.values["Y"].tolist() == [[1, 0]]
    assert one.values["x"].ravel().tolist() == rows[1]
    assert (in_rows.sizes["n"], in_rows.sizes["d"], in_rows.sizes["k"]) == (2, 2, 1)
    assert one.notes == ()


def test_a_size_without_effect_is_noted():
    for name in ("n", "N"):
        found = read_given(build("mlp"), dims={name: 4, "h": 3})
        assert found.notes == (f"{name} = 4 in --dims has no effect: mlp is derived for one example here",)
        assert found.sizes == {"d": 2, "h": 3, "k": 1}
    for name in ("n", "N"):
        found = read_given(build("linear-scalar"), dims={name: 5})
        assert (found.sizes, found.notes) == ({"n": 5}, ())


def test_h_means_every_hidden_layer():
    assert read_given(build("mlp", {"layers": "4"}), dims={"h": 3}).sizes == {
        **{"d": 2, "k": 1},
        **dict.fromkeys(["h_1", "h_2", "h_3"], 3),
    }


@pytest.mark.parametrize("value", ["0", "101", "-1", "1.5", "\N{ARABIC-INDIC DIGIT TWO}", "", "9" * 5000, " 2"])
def test_a_number_of_layers_that_is_none(value):
    with pytest.raises(ModelError, match=r"^--layers takes a whole number from 1 to 30, found "):
        build("mlp", {"layers": value})


def test_options_name_the_nearest_value():
    for model, options, message in (
        ("mlp", {"hidden": "Relu"}, "--hidden takes relu or sigmoid or tanh, found 'Relu'; did you mean relu?"),
        ("mlp", {"factor": "0.5"}, "--factor takes 1 or 1/2, found '0.5'"),
        (
            *("linear", {"layers": "2"}),
            "the model linear has no option --layers; it has --arrangement, --reduction, --factor",
        ),
    ):
        with pytest.raises(ModelError) as caught:
            build(model, options)
        assert str(caught.value) == message
    assert build("mlp", {"layers": "002"}).options["layers"] == "2"


CELLS = st.sampled_from(["0", "1", "-2.5", "1e3", "", "nan", "x", "0.1", '"1"'])
NESTED = st.sampled_from(["0.5", "[0.1]", "[0.1, 2]", "[[1, 2], [3, 4]]", "[[1], [2, 3]]", "[]", "null", "{}"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@given(st.sampled_from(list(MODELS)), st.data())
def test_whatever_is_given_fits_or_is_refused(folder, name, data):
    """Options, sizes and files at random: values of the model's own shapes, or one of the two errors."""
    chosen = {
        option: data.draw(st.sampled_from(OPTIONS[option].values or ("1", "2", "3")))
        for option in MODELS[name].defaults
        if data.draw(st.booleans())
    }
    columns = data.draw(st.sampled_from([["x", "y"], ["x_1", "x_2", "y"], ["y_1", "x_1"], ["x", "y_1", "y_2"]]))
    rows = data.draw(st.lists(st.lists(CELLS, min_size=len(columns), max_size=len(columns)), max_size=3))
    table = "\n".join(map(",".join, [columns, *rows]))
    names = ("w", "b", "W_1", "b_1", "W_2", "b_2")
    parameters = data.draw(st.dictionaries(st.sampled_from(names), NESTED))
    text = "{" + ", ".join(f'"{key}": {value}' for key, value in parameters.items()) + "}"
    paths = files(folder, *(data.draw(st.sampled_from([None, each])) for each in (table, text)))
    dims = data.draw(st.dictionaries(st.sampled_from(["n", "N", "d", "h", "k", "h_1", "q"]), st.integers(0, 3)))
    try:
        model = build(name, chosen)
        found = read_given(model, dims=dims, row=data.draw(st.sampled_from([None, 1, 2])), **paths)
    except (FileError, ModelError):
        return
    for symbol in model.given:
        if symbol.key in found.values:
            assert found.values[symbol.key].shape == symbol.shape.sizes(found.sizes)
            assert all(isinstance(value, Fraction) for value in found.values[symbol.key].flat)
    assert set(found.sizes) == set(model.dimensions)
