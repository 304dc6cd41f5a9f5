"""What the explorer is given, for every model under every pair of options: complete, and true where it is run here."""

from __future__ import annotations

import json
import re
from fractions import Fraction

import numpy as np
import pytest

from derive.explaining.escaping import html_json
from derive.explaining.explorer import explorer, program
from derive.explaining.graph import Graph, graph
from derive.explaining.graph_svg import graph_svg
from derive.explaining.trees import ROWS, NoTree, tree
from derive.explaining.worked import numbers_of
from derive.symbolic.derivation import differentiate
from derive.terms import nodes
from derive.terms.definitions import forward
from derive.terms.nodes import Apply, Symbol
from derive.verify.points import draw
from tests.explaining.documents import evidence
from tests.models.every_model import MODELS


@pytest.fixture(params=MODELS)
def made(request):
    model = MODELS[request.param]
    point = draw(model, model.sizes, [0], "document", labels=True)
    derivation = differentiate(model.definitions, model.loss, model.parameters, dict(model.signals))
    return program(model, derivation, point)


def test_every_model_becomes_data(made):
    given = explorer(made, Graph((), ()), 0.5)
    assert json.loads(html_json(given)) == json.loads(json.dumps(given))
    keys = set(given["symbols"])
    for definition in given["definitions"]:
        assert {definition["symbol"], *definition["uses"]} <= keys
        for edge in definition["edges"]:
            assert edge["to"] in definition["uses"]
    reached = {edge["to"] for definition in given["definitions"] for edge in definition["edges"]}
    assert reached == {key for key, symbol in given["symbols"].items() if symbol["role"] in ("parameter", "result")}
    assert set(given["values"]) == {key for key, s in given["symbols"].items() if s["role"] in ("data", "parameter")}


def test_definitions_written_out_have_the_loss_of_the_model(made):
    values = {key: np.array(value) for key, value in made.values.items()}
    found = forward(made.definitions, values, made.sizes)[made.model.loss.key]
    if made.model.name == "linear-scalar":
        assert all(definition.index is None for definition in made.definitions)
        whole = {key: values[key] for key in ("w", "b")}
        for key in ("x", "y"):
            whole[key] = np.array([[values[f"{key}_{i}"].item()] for i in range(1, made.sizes["n"] + 1)])
        expected = forward(made.model.definitions, whole, made.sizes)[made.model.loss.key]
        assert np.isclose(np.asarray(found).item(), np.asarray(expected).item(), rtol=1e-12)
    assert np.isfinite(np.asarray(found, dtype=float)).all()


def test_a_node_that_no_row_writes_is_named():
    a = Symbol(name="a", declared=nodes.Shape.of("n x n"))
    with pytest.raises(NoTree, match="Inverse"):
        tree(nodes.Inverse((a,)), {"n": 2})
    assert tree(nodes.term(Fraction(1, 2)) @ a + 1, {"n": 2}) == [
        "add", ["times", ["number", 0.5], ["symbol", "a"]], ["number", 1.0],
    ]  # fmt: skip
    assert all(issubclass(kind, nodes.Term) for kind in ROWS)
    assert tree(Apply((a,), "tanh", 1), {}) == ["apply", ["symbol", "a"], "tanh", 1]


@pytest.mark.parametrize(
    ("model", "options", "sizes"),
    [("linear-scalar", {}, {}), ("mlp", {}, {}), ("mlp", {"layers": "6", "hidden": "tanh"}, {}),
     ("linear", {}, {"n": 30, "d": 12})],
)  # fmt: skip
def test_boxes_of_a_drawing_do_not_meet(model, options, sizes):
    known = evidence(model, options, sizes)
    numbers = numbers_of(known.model, known.derivation, known.document)
    drawn = graph_svg(graph(known.model, known.derivation, numbers))
    frames = [
        tuple(float(number) for number in found)
        for found in re.findall(
            r'class="frame" x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"', drawn
        )
    ]
    width, height = (float(size) for size in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn).groups())
    assert len(frames) == drawn.count('tabindex="0"') >= 5
    for place, (x, y, w, h) in enumerate(frames):
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
        for a, b, c, d in frames[place + 1 :]:
            assert x + w <= a or a + c <= x or y + h <= b or b + d <= y
