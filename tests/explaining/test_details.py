"""Three depths of one derivation: what each tells, and that what it tells is true."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from derive.cli import main
from derive.explaining.details import DETAILS
from derive.explaining.document import Document, explain
from derive.explaining.elements import Boxed, Display
from derive.explaining.indices import indices
from derive.explaining.render import FORMATS, render
from derive.explaining.worked import numbers_of
from derive.models.catalogue import build
from derive.symbolic.by_entries import by_entries
from derive.symbolic.derivation import differentiate
from derive.terms.evaluate import evaluate
from derive.terms.indices import Index
from derive.terms.walk import at_indices
from tests.explaining.documents import ASK, CASES, SOURCES, evidence, name

GOLDEN = Path(__file__).parent / "golden"


def told(detail: str, *case) -> Document:
    return explain(evidence(*case), SOURCES, ASK, detail)


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_left_out_leaves_nothing_behind(detail, kind):
    made = told(detail, "mlp", {})
    text = render(made, kind)
    for part in ("graph", "backward", "indices", "intuition", "descent"):
        section = vars(made)[part]
        assert bool(section.elements) == (part not in DETAILS[detail])
        start, end = {"md": ("## ", "\n"), "tex": ("\\section{", "}"), "html": (">", "</h2>")}.get(kind, ("## ", "\n"))
        told_here = bool(section.elements) and not (kind == "ipynb" and part == "graph")  # Jupyter draws no graph
        assert (start + section.title + end in text) == told_here
    assert len([e for e in made.results.elements if isinstance(e, Boxed)]) == 4


def test_brief_holds_what_the_results_need():
    brief, full = (render(told(detail, "mlp", {}), "md") for detail in ("brief", "full"))
    assert len(brief) < 0.45 * len(full)
    assert "Four witnesses compute every gradient" in brief and "Given are the data" in brief
    assert "step by step" not in brief and "Dimensions match" not in brief


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_sum_over_indices_is_the_gradient_entry_by_entry(case):
    """For every parameter and not only the one that is told, at the first drawn point."""
    found = evidence(*case)
    point = found.drawn[0]
    gradients = point.readings["rule"].values
    values = {**point.values, **{step.adjoint.key: gradients[step.symbol.key] for step in found.derivation.steps}}
    for parameter in found.model.parameters:
        (edge,) = found.derivation[parameter.key].edges
        derived = by_entries(edge)
        used = {index.name for _, index in derived.entry.parts() if isinstance(index, Index)}
        for (row, column), wanted in np.ndenumerate(gradients[parameter.key]):
            places = {"i": Index("", row + 1), "j": Index("", column + 1)}
            at = {letter: place for letter, place in places.items() if letter in used}
            value = np.asarray(evaluate(at_indices(derived.collapsed, at), values, point.point.sizes)).item()
            assert value == pytest.approx(wanted, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_every_index_ends_in_the_closed_form(case):
    found = evidence(*case)
    elements = indices(found, numbers_of(found.model, found.derivation, found.document))
    parameter = next((p for p in found.model.parameters if not p.is_scalar), found.model.parameters[0])
    last = [e for e in elements if isinstance(e, Display)][-1]
    assert last.rows[-1].endswith(f"= {found.derivation[parameter.key].expression.latex}")


def test_a_sum_that_is_not_the_gradient_is_not_printed():
    found = evidence("mlp", {})
    wrong = build("mlp", {"hidden": "tanh"})
    other = differentiate(wrong.definitions, wrong.loss, wrong.parameters, dict(wrong.signals))
    steps = tuple(
        replace(step, edges=other["W_2"].edges) if step.symbol.key == "W_1" else step for step in found.derivation.steps
    )
    planted = replace(found, derivation=replace(found.derivation, steps=steps))
    with pytest.raises((ArithmeticError, IndexError)):
        indices(planted, numbers_of(found.model, found.derivation, found.document))


@pytest.mark.parametrize("detail", ["brief", "every-index"])
def test_golden(detail):
    """To look at a change on purpose: delete the file, run this test twice, and read the difference."""
    file = GOLDEN / f"mlp-columns.{detail}.md"
    case = ("mlp", {"arrangement": "columns", "hidden": "sigmoid"}, {"n": 3, "d": 2, "h": 3, "k": 2})
    text = render(told(detail, *case), "md")
    if not file.exists():
        file.write_text(text, encoding="utf-8")
        pytest.fail(f"{file.name} is written anew: read it and commit it")
    assert text == file.read_text(encoding="utf-8")


def test_the_command(tmp_path, capsys):
    assert main(["explain", "linear", "--detail", "brief", "--format", "md", "--out", str(tmp_path)]) == 0
    assert "derive explain linear --detail brief --out DIR" in (tmp_path / "linear.md").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["explain", "linear", "--detail", "ful", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said == "derive: error: --detail takes brief, full, every-index, found 'ful'; did you mean full?\n"
