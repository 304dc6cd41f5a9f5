"""The pictures: what they show is what the model does, and what draws them draws them the same everywhere."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from derive.explaining.elements import Paragraph, Picture
from derive.explaining.float64 import Float64
from derive.explaining.pgfplots import pgfplots
from derive.explaining.pictures import pictures
from derive.explaining.pictures_descent import run
from derive.explaining.pictures_difference import LEAST, _parabola
from derive.explaining.pictures_gates import gates
from derive.explaining.plot_svg import plot_svg
from derive.explaining.plots import Area, Axis, Curve, Dots, Plot
from derive.explaining.prose.facts import facts
from derive.models.catalogue import build
from derive.models.given import read_given
from derive.verify.evidence import gather
from derive.verify.points import draw
from tests.explaining.documents import CASES, document, evidence, name

ROOT = Path(__file__).parents[2]
XOR = "x_1,x_2,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"


def drawn(*case) -> dict[str, Picture]:
    return {e.name: e for e in document(*case).pictures.elements if isinstance(e, Picture)}


@pytest.fixture(params=CASES, ids=name)
def case(request):
    return request.param


def test_every_model_has_its_loss_curve_and_its_gradient_check(case):
    found = drawn(*case)
    assert {"loss", "differences"} <= set(found)
    relu = case[0] == "mlp" and facts(evidence(*case).model).hidden == "relu" and facts(evidence(*case).model).deep
    assert ("gates" in found) == relu
    for picture in found.values():
        assert picture.description.endswith(".") and "$" not in picture.description
        assert picture.caption.count("$") % 2 == 0
        assert len(pgfplots(picture.plot)) < 60_000
        for shape in picture.plot.drawn:
            rings = shape.rings if isinstance(shape, Area) else (shape.points,)
            assert np.isfinite(np.concatenate([np.array(ring) for ring in rings])).all()


def test_the_loss_ends_lower_than_it_starts_and_starts_where_the_document_is(case):
    picture = drawn(*case)["loss"]
    values = np.array([y for _, y in picture.plot.drawn[0].points])
    assert values[-1] < values[0]
    if (np.diff(values) > 1e-3 * values[:-1]).any():
        assert "On the way it rises now and then" in picture.caption
    assert values[0] == pytest.approx(evidence(*case).document.readings["rule"].loss, rel=1e-3)


def test_the_check_of_the_gradient_is_a_v(case):
    plot = drawn(*case)["differences"].plot
    forward, central = [dict(s.points) for s in plot.drawn if isinstance(s, Curve) and not s.dashed]
    (best,) = next(s.points for s in plot.drawn if isinstance(s, Dots))
    assert best[1] == min(central.values())
    assert 1e-10 < min(forward, key=forward.get) < 1e-6  # eps^(1/2) = 1.5e-8
    if _parabola(facts(evidence(*case).model)):
        assert best[0] > 1e-3
    else:
        assert 1e-6 < best[0] < 1e-3  # eps^(1/3) = 6e-6
        assert best[1] < min(forward.values())
    assert min(central.values()) >= float(f"{LEAST:.3g}") and central[1e-14] > 1e3 * best[1]


def test_this_float64_is_float64_and_its_gradients_are_those_of_the_witnesses(case):
    found = evidence(*case)
    model = Float64(found.model, found.derivation, found.document.point.sizes)
    start = {key: value.astype(object) for key, value in found.document.point.floats().items()}
    loss, gradients = model.gradients(start)
    engine = found.document.readings["engine"]
    assert type(loss) is float and loss == pytest.approx(engine.loss, rel=1e-12)
    for key, gradient in gradients.items():
        assert {type(entry) for entry in gradient.ravel()} <= {float, int}
        np.testing.assert_allclose(gradient.astype(float), engine.values[key], rtol=1e-9, atol=1e-12)


def _xor(tmp_path):
    (tmp_path / "xor.csv").write_text(XOR)
    model = build("mlp", {"arrangement": "rows", "hidden": "tanh"})
    given = read_given(model, dims={"h": 3}, data=tmp_path / "xor.csv")
    return gather(model, draw(model, given.sizes, [1], "document", given=given.values), seed=0)


def test_the_decision_surface_of_xor_says_of_every_example_on_which_side_it_lies(tmp_path):
    found = _xor(tmp_path)
    surface = next(e for e in pictures(found) if isinstance(e, Picture) and e.name == "surface")
    hollow = {shape.filled: set(shape.points) for shape in surface.plot.drawn if isinstance(shape, Dots)}
    assert hollow == {True: {(0, 1), (1, 0)}, False: {(0, 0), (1, 1)}}
    model = Float64(found.model, found.derivation, found.document.point.sizes)
    start = {key: value.astype(object) for key, value in found.document.point.floats().items()}
    ended = run(model, start)
    known = model._run(found.model.definitions, ended.values)
    right = int(((known["Yhat"].astype(float) > 0.5) == (start["Y"] > 0.5)).sum())
    assert f"For {right} of 4 examples this is the right label." in surface.caption
    assert "The data are XOR: no straight line parts the labels." in surface.caption


@pytest.mark.parametrize(
    ("model", "options", "sizes"),
    [
        ("mlp", {}, {}),  # one example has no surface
        ("mlp", {"arrangement": "rows"}, {"n": 3, "d": 3, "h": 2, "k": 1}),
        ("mlp", {"arrangement": "rows"}, {"n": 3, "d": 2, "h": 2, "k": 2}),
        ("mlp", {"arrangement": "rows", "output": "identity", "loss": "mse"}, {}),
        ("linear", {}, {}),
    ],
)
def test_no_surface_where_there_is_no_decision_in_a_plane(model, options, sizes):
    assert "surface" not in drawn(model, options, sizes)


def test_a_cell_is_full_where_the_unit_is_open():
    found = evidence("mlp", {"arrangement": "rows"})
    arguments = np.random.default_rng(0).normal(size=(14, 50))  # as if there were so many units and examples
    picture = gates(replace(found, document=replace(found.document, values={"Z_1": arguments.T})))
    corners = {cell.rings[0][0]: cell.tint for cell in picture.plot.drawn}
    cells = {(round(x + 0.42), round(y + 0.42)): tint for (x, y), tint in corners.items()}
    assert len(cells) == 12 * 40
    for (example, row), tint in cells.items():
        assert (tint > 0) == (arguments[-row, example] > 0)
    assert "the first 40 of 50 examples" in picture.caption


def test_on_a_kink_nothing_is_said_to_converge():
    model = build("mlp", {})
    point = draw(model, model.sizes, [0], "document", labels=True)
    values = {**point.values, "W_1": 0 * point.values["W_1"], "b_1": 0 * point.values["b_1"]}
    found = gather(model, replace(point, values=values), seed=0)
    texts = [e.text for e in pictures(found) if isinstance(e, Paragraph)]
    assert any("lies on a kink" in text for text in texts)


# ---------------------------------------------------------------- drawn


@pytest.mark.parametrize(
    "case", [("linear-scalar", {}, {"n": 12}), ("mlp", {"arrangement": "rows"}, {}), ("mlp", {"layers": "3"}, {})]
)
def test_svg_is_an_element_that_can_share_a_page(case):
    text = "".join(picture.svg for picture in drawn(*case).values())
    page = ET.fromstring(f"<div>{text}</div>")
    ids = [node.get("id") for node in page.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    used = re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', text)
    assert {a or b for a, b in used} <= set(ids)
    assert {node.get("role") for node in page} == {"img"} and all(node.get("aria-label") for node in page)
    colors = set(re.findall(r"(?:fill|stroke): ([^;\"]*)", text)) - {"none"}
    assert colors <= {"currentColor", "var(--forward, #3b7ddd)", "var(--gradient, #d6455d)"}
    assert not re.search(r"<style|<script|<!|<\?|matplotlib|http://(?!www\.w3\.org/2000/svg)", text)


def test_words_in_a_plot_are_letters():
    """Labels are our own prose; should one ever hold text from outside, it still is no markup."""
    axis = Axis('</text><script>"&', 0, 1)
    plot = Plot(axis, axis, (Curve(((0, 0), (1, 1)), "plain", "a_b & <i>"),))
    text = plot_svg(plot, "x", 'a "quoted" <description>')
    assert "<script>" not in text and "<i>" not in text
    assert ET.fromstring(text).get("aria-label") == 'a "quoted" <description>'
    drawn = pgfplots(Plot(axis, axis, (Curve(((0, 0), (1, 1)), "plain", r"50% of a_b & \input{x}"),)))
    assert r"\input" not in drawn and r"50\% of a\_b \& " in drawn


SAME = """
from derive.explaining.request import Request, answer
for picture in answer(Request("mlp", {"arrangement": "rows"})).document.pictures.elements:
    print(picture.svg, picture.caption)
"""


def test_the_same_bytes_everywhere(tmp_path):
    """Whatever the settings of matplotlib, the locale, the order of sets and the number of threads."""
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 9\nfont.size: 30\naxes.grid: True\nsvg.fonttype: path\n")
    said = []
    for extra in (
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo", "MATPLOTLIBRC": str(tmp_path)}
        | {"HOME": "/nowhere", "OMP_NUM_THREADS": "1", "MPLCONFIGDIR": str(tmp_path)},
    ):
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | extra
        done = subprocess.run([sys.executable, "-c", SAME], env=environment, capture_output=True, timeout=120)
        assert done.returncode == 0 and done.stderr == b"", done.stderr
        said.append(done.stdout)
    assert said[0] == said[1] and len(said[0]) > 10_000
