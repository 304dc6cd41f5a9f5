"""The explorer in the browser: what it shows is what the project's own engine says, whatever the reader does."""

from __future__ import annotations

import re

import numpy as np
import pytest

from derive.terms.definitions import forward
from derive.verify.tensors import TensorArithmetic, leaf
from tests.explaining.documents import CASES as EVERY
from tests.explaining.documents import document, evidence, name

CASES = (
    ("linear-scalar", {}, {}),
    ("linear-scalar", {}, {"n": 12}),
    ("linear", {"arrangement": "columns", "reduction": "sum", "factor": "1/2"}, {}),
    ("logistic", {"arrangement": "example", "reduction": "mean", "factor": "1"}, {}),
    ("mlp", {}, {}),
    ("mlp", {"layers": "6", "hidden": "tanh"}, {}),
    ("mlp", {"arrangement": "columns", "hidden": "sigmoid"}, {"n": 3, "d": 2, "h": 3, "k": 2}),
    ("linear", {}, {"n": 30, "d": 12}),
)
KINKED = next(case for case in EVERY if case[1].get("relu-at-zero") == "1/2")
AT_ZERO = {"0": 0.0, "1/2": 0.5, "1": 1.0}


def truth(case, changed=None) -> tuple[float, dict]:
    """The loss and the gradients by the engine, with some values changed."""
    known = evidence(*case)
    model, point = known.model, known.document.point
    values = {key: np.array(value, dtype=float) for key, value in point.floats().items()} | (changed or {})
    start = {key: leaf(value) for key, value in values.items()}
    found = forward(model.definitions, start, point.sizes, TensorArithmetic(AT_ZERO[model.at_kink]))
    found[model.loss.key].backward()
    gradients = {key: np.atleast_2d(tensor.grad) for key, tensor in found.items() if tensor.grad is not None}
    return found[model.loss.key].item(), gradients


def by_entries(case) -> bool:
    return "term_1" in document(*case).explorer["symbols"]


def same(found, expected, times=1.0) -> None:
    found, expected = np.array(found), times * np.atleast_2d(expected)
    assert found.shape == expected.shape
    assert np.all(abs(found - expected) <= 1e-9 * max(abs(expected).max(), 1e-12))


def parameters(case) -> list[str]:
    return [symbol.key for symbol in evidence(*case).model.parameters]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_both_modes_end_with_the_gradients_of_the_evidence(opened, case):
    page = opened(*case)
    _autograd_fills_in_all(page, case)
    _the_live_graph_shows_what_the_printed_one_does(page.page)
    page.press("reset")
    page.page.check('[value="manual"]')
    _steps_by_keyboard_alone(page, case)
    # an excerpt of what is large
    assert page.page.locator("[data-field]").count() <= 60 and page.page.locator("#explorer .node").count() <= 30


def _autograd_fills_in_all(page, case) -> None:
    loss, gradients = truth(case)
    assert page.numbers()["gradients"] == {}
    page.autograd()
    page.press("backward")
    shown = page.numbers()
    assert abs(shown["loss"] - loss) <= 1e-9 * abs(loss)
    said = evidence(*case).document.readings["rule"].values
    for key in parameters(case):
        same(shown["gradients"][key], gradients[key])
        same(shown["gradients"][key], said[key])
    if not by_entries(case):
        for definition in evidence(*case).model.definitions:
            same(shown["gradients"][definition.symbol.key], gradients[definition.symbol.key])


def _the_live_graph_shows_what_the_printed_one_does(page) -> None:
    drawn = page.evaluate(
        """() => ["#graph svg", "#explorer svg.graph"].map((where) => Array.from(
            document.querySelectorAll(`${where} [data-value], ${where} [data-gradient], ${where} [data-part]`),
            (element) => element.textContent))"""
    )
    assert drawn[0] == drawn[1] and len(drawn[0]) > 10 and "·" not in drawn[0]


def _steps_by_keyboard_alone(page, case) -> None:
    keys = page.page.keyboard
    page.page.focus('[value="manual"]')
    keys.press("Tab")
    assert page.page.evaluate("document.activeElement.dataset.partOf") == "back"
    outline = page.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "the focus has to be seen"
    said = set()
    for step in range(1, 200):
        keys.press("Enter")
        status, active, errors, ended = page.page.evaluate(
            """() => [
                document.querySelector('[data-part-of="status"]').textContent,
                document.querySelectorAll(".explore-graph .node.active").length,
                document.querySelectorAll("[data-error]").length,
                document.querySelector('[data-part-of="back"]').disabled,
            ]"""
        )
        said.add(status)
        assert len(said) == step, "every step is announced"
        assert (active, errors) == (1, 0)
        if ended:
            break
    assert "Every gradient is known" in page.text("status")
    shown, (_, gradients) = page.numbers()["gradients"], truth(case)
    for key in parameters(case):
        same(shown[key], gradients[key])
    assert step == len(document(*case).explorer["definitions"])
    page.press("undo")
    assert page.text("progress") == f"{step - 1} of {step} steps"


def test_the_explorer_is_reached_by_keyboard(opened):
    page = opened("linear-scalar").page
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.partOf") == "back":
            return
    pytest.fail("the button is not on the way of the Tab key")


def test_every_product_on_the_way_back_is_true(opened):
    case = ("linear-scalar", {}, {})
    page = opened(*case)
    count = 0
    while page.page.is_enabled('[data-part-of="back"]'):
        page.press("back")
        for line in page.page.locator(".product").all_inner_texts():
            incoming, local, outgoing = (float(word.replace("−", "-")) for word in line.split() if word[-1].isdigit())
            assert abs(incoming * local - outgoing) <= 1e-4 * max(abs(outgoing), 1e-9)
            count += 1
    assert count == 12  # each of three terms of the loss, its prediction, and both parameters


def test_a_fan_out_is_shown_as_a_sum(opened):
    page = opened("linear-scalar")
    for _ in range(5):
        page.press("back")
    assert "1\xa0of\xa03\xa0parts" in page.page.locator(".edge").first.inner_text()
    for _ in range(2):
        page.press("back")
    source = page.page.locator(".edge").first.locator("annotation").last.text_content()
    terms, total = source.split("=")[1:]
    numbers = [float(word) for word in re.findall(r"-?[\d.]+", terms)]
    (_, gradients) = truth(("linear-scalar", {}, {}))
    assert len(numbers) == 3 and np.isclose(sum(numbers), gradients["w"].item(), rtol=1e-4)
    assert np.isclose(float(re.search(r"-?[\d.]+", total)[0]), gradients["w"].item(), rtol=1e-4)


def test_a_second_backward_doubles_and_says_so(opened):
    case = ("mlp", {}, {})
    page = opened(*case)
    _, gradients = truth(case)
    page.autograd()
    page.press("backward")
    page.press("backward")
    for key in parameters(case):
        same(page.numbers()["gradients"][key], gradients[key], times=2)
    assert "every gradient is doubled" in page.text("status")
    page.press("zero")
    assert page.numbers()["gradients"] == {} and "none" in page.page.locator("[data-grad]").first.inner_text()
    page.press("backward")
    same(page.numbers()["gradients"]["W_1"], gradients["W_1"])


def test_a_step_moves_parameters_and_the_curve_and_leaves_the_gradients(opened):
    case = ("linear", {}, {})
    page = opened(*case)
    loss, gradients = truth(case)
    page.autograd()
    page.press("descend")
    assert "press backward() first" in page.text("status")
    page.page.fill('[data-part-of="rate"]', "0.05")
    page.press("backward")
    page.press("descend")
    values = evidence(*case).document.point.floats()
    moved = {key: values[key] - 0.05 * gradients[key] for key in ("w", "b")}
    after, fresh = truth(case, moved)
    shown = page.numbers()
    assert after < loss and abs(shown["loss"] - after) < 1e-9
    same(shown["gradients"]["w"], gradients["w"])  # still those from before the step
    page.press("backward")
    same(page.numbers()["gradients"]["w"], gradients["w"] + fresh["w"])  # the trap: they add up
    assert page.page.locator(".curve circle").count() == 2
    page.press("zero")
    page.press("train")
    assert page.page.locator(".curve circle").count() == 12 and page.numbers()["loss"] < after
    page.press("reset")
    assert abs(page.numbers()["loss"] - loss) < 1e-12 and page.page.locator(".curve circle").count() == 1


def test_a_descent_that_diverges_is_told_as_such(opened):
    page = opened("linear")
    page.autograd()
    page.page.fill('[data-part-of="rate"]', "1e40")
    page.press("train")
    page.press("backward")
    assert "undefined" in page.text("status") + page.text("loss-now") and page.page.locator("[data-error]").count() == 0
    page.press("reset")
    assert np.isfinite(page.numbers()["loss"])


def test_detach_cuts_what_lies_behind(opened):
    case = ("mlp", {}, {})
    page = opened(*case)
    _, gradients = truth(case)
    page.autograd()
    page.press("backward")
    page.page.select_option('[data-part-of="detach"]', "a_1")
    shown = page.numbers()["gradients"]
    assert set(shown) == {"L", "yhat", "z_2", "W_2", "b_2"}
    same(shown["W_2"], gradients["W_2"])
    assert "No gradient reaches W₁, b₁" in page.text("status")
    assert page.page.locator(".explore-graph .arrow.cut").count() == 1
    assert "cut off by detach" in page.page.get_attribute('.explore-graph [data-node="W_1"]', "aria-label")
    page.page.check('[value="manual"]')
    for _ in range(3):
        page.press("back")
    assert page.page.is_disabled('[data-part-of="back"]') and "is detached" in page.page.inner_text(".step")


def test_where_every_parameter_is_cut_off_nothing_is_said_to_be_filled_in(opened):
    page = opened("mlp")
    page.autograd()
    page.page.select_option('[data-part-of="detach"]', "yhat")
    page.press("backward")
    assert "cuts off every parameter" in page.text("status") and "filled in" not in page.text("status")


COVERED = """() => [...document.querySelectorAll('[data-field]')].filter((field) => {
  field.scrollIntoView({ block: 'center', behavior: 'instant' });
  const box = field.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return !(top && field.contains(top));
}).length"""


@pytest.mark.parametrize("model", ["mlp", "linear-scalar"])
@pytest.mark.parametrize("width", [390, 1000, 1280])
def test_no_field_lies_under_the_graph(opened, model, width):
    page = opened(model)
    page.page.set_viewport_size({"width": width, "height": 800})
    assert page.page.locator("[data-field]").count() > 5
    assert page.page.evaluate(COVERED) == 0


@pytest.mark.parametrize(("field", "key", "place"), [("W_1:1,0", "W_1", (1, 0)), ("x:0,0", "x", (0, 0))])
def test_a_number_that_is_typed_changes_everything(opened, field, key, place):
    case = ("mlp", {}, {})
    page = opened(*case)
    page.autograd()
    page.press("backward")
    page.page.fill(f'[data-field="{field}"]', "1.25")
    value = evidence(*case).document.point.floats()[key].copy()
    value[place] = 1.25
    loss, gradients = truth(case, {key: value})
    shown = page.numbers()
    assert abs(shown["loss"] - loss) < 1e-9
    for parameter in parameters(case):
        same(shown["gradients"][parameter], gradients[parameter])
    page.page.fill(f'[data-field="{field}"]', "")
    assert page.page.get_attribute(f'[data-field="{field}"]', "aria-invalid") == "true"
    assert abs(page.numbers()["loss"] - loss) < 1e-9


def test_a_slider_moves_the_number_that_was_touched_last(opened):
    page = opened("mlp")
    page.page.focus('[data-field="b_1:1,0"]')
    page.page.keyboard.press("Tab")
    before = page.numbers()
    page.page.keyboard.press("ArrowRight")
    after = page.numbers()
    (first, moved), (same_first, start) = after["values"]["b_1"], before["values"]["b_1"]
    assert moved[0] > start[0] and first == same_first
    assert after["loss"] != before["loss"]


def test_a_relu_at_its_kink_follows_the_convention(opened):
    """With X = 0 and b = 0 every pre-activation is 0, and half of the gradient passes."""
    page = opened(*KINKED)
    page.page.evaluate(
        """() => document.querySelectorAll('[data-field^="X:"], [data-field^="b_1:"]').forEach((field) => {
            field.value = 0;
            field.dispatchEvent(new Event("input"));
        })"""
    )
    page.autograd()
    page.press("backward")
    values = evidence(*KINKED).document.point.floats()
    _, gradients = truth(KINKED, {key: np.zeros_like(values[key]) for key in ("X", "b_1")})
    assert np.any(gradients["b_1"])
    same(page.numbers()["gradients"]["b_1"], gradients["b_1"])
