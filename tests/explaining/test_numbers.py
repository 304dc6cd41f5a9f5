"""Numbers in the document: how they are printed, and that they are the ones that NumPy finds by itself."""

import re

import numpy as np
import pytest

from derive.explaining.elements import Display, Heading, Paragraph, Table
from derive.explaining.numbers import bound, matrix, number, plain, summed
from derive.explaining.plain import plain_math
from tests.explaining.documents import CASES, document, evidence, name

# ---------------------------------------------------------------- printing


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (-2.5, "-2.5"), (0.30000000000000004, "0.3"), (1 / 3, "0.33333"),
        (123456.7, r"1.2346 \times 10^{5}"), (12345.67, "12346"), (0.00012345678, "0.00012346"),
        (1.5e-7, r"1.5 \times 10^{-7}"),
        (99999.9, r"1 \times 10^{5}"), (-1e30, r"-1 \times 10^{30}"), (float("inf"), r"\infty"), (0.999999, "1"),
    ],
)  # fmt: skip
def test_a_number_has_few_digits_and_no_trailing_zeros(value, printed):
    assert number(value) == printed


def test_plain_numbers_have_a_minus_and_raised_digits():
    assert plain(-1.5e-7) == "−1.5·10⁻⁷"


def test_differences_are_bounds():
    assert [bound(value) for value in (0.0, 3e-16, 5e-10, 1e-7, 0.04)] == [
        "< 10^{-12}", "< 10^{-12}", "< 10^{-9}", "< 10^{-6}", "0.04",
    ]  # fmt: skip


def test_a_large_matrix_shows_its_corners_and_its_size():
    text = matrix(np.arange(200.0).reshape(10, 20))
    assert text == (
        r"\begin{bmatrix} 0 & 1 & \cdots & 19 \\ 20 & 21 & \cdots & 39 \\ \vdots & \vdots & \ddots & \vdots \\"
        r" 180 & 181 & \cdots & 199 \end{bmatrix}_{10 \times 20}"
    )
    assert matrix(np.array([[0.5]])) == "0.5"


def test_a_long_sum_is_shortened():
    assert summed([1, -2, 3]) == "1 + (-2) + 3"
    assert summed(range(9)) == r"0 + 1 + \cdots + 8"


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{\partial L}{\partial W_1}", "∂L/∂W₁"), (r"\hat{y} = \sigma(z_{10})", "ŷ = σ(z₁₀)"),
        (r"\frac{1}{n}\, \lVert \hat{Y} - Y \rVert_F^2", "1/n · ‖Ŷ − Y‖²"),
        (r"X W_1 + \mathbf{1} b_1^\top", "X W₁ + 1 b₁ᵀ"),
        (r"\frac{\partial L}{\partial \hat{y}_1}", "∂L/∂ŷ₁"),
    ],
)  # fmt: skip
def test_mathematics_as_plain_text(latex, text):
    assert plain_math(latex) == text


# ---------------------------------------------------------------- the worked example, recomputed


def _parsed(text: str) -> np.ndarray:
    """A matrix or a number as it is printed."""
    text = re.sub(r"\\textcolor\{\w+\}", "", text)
    found = re.search(r"\\begin\{bmatrix\}(.*?)\\end\{bmatrix\}", text)
    if found:
        return np.array([[float(x) for x in row.split("&")] for row in found[1].split(r"\\")])
    return np.array([[float(re.sub(r"[{}()\s]", "", text))]])


def _value(text: str) -> float:
    return float(re.sub(r" \\times 10\^\{(-?\d+)\}", r"e\1", text))


def _last_values(elements) -> dict[str, np.ndarray]:
    """Left side -> value, for every display that ends in a number or a matrix."""
    found = {}
    for element in elements:
        if isinstance(element, Display):
            rows = " ".join(element.rows)
            left, _, rest = rows.replace("&=", "=").partition(" = ")
            found[left.strip()] = _parsed(rest.rsplit(" = ", 1)[-1])
    return found


def _given(elements) -> dict[str, np.ndarray]:
    found = {}
    for element in elements:
        if isinstance(element, Heading):
            break
        if isinstance(element, Display):
            for part in element.rows[0].split(r",\qquad "):
                left, _, value = part.partition(" = ")
                found[left] = _parsed(value)
    return found


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def test_the_example_of_the_network_is_what_numpy_finds():
    made = document("mlp", {"arrangement": "rows"})
    given, printed = _given(made.example.elements), _last_values(made.example.elements)
    X, Y, W1, b1, W2, b2 = (given[key] for key in ("X", "Y", "W_1", "b_1", "W_2", "b_2"))

    def loss(W1, b1, W2, b2):
        p = _sigmoid(np.maximum(X @ W1 + b1.T, 0) @ W2 + b2.T)
        return -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))

    Z1 = X @ W1 + b1.T
    A1 = np.maximum(Z1, 0)
    P = _sigmoid(A1 @ W2 + b2.T)
    D2 = (P - Y) / len(X)
    D1 = D2 @ W2.T * (Z1 > 0)
    expected = {
        "Z_1": Z1, "A_1": A1, r"\hat{Y}": P, "L": loss(W1, b1, W2, b2), r"\Delta_2": D2, r"\Delta_1": D1,
        r"\frac{\partial L}{\partial W_1}": X.T @ D1, r"\frac{\partial L}{\partial b_1}": D1.sum(0)[:, None],
        r"\frac{\partial L}{\partial W_2}": A1.T @ D2, r"\frac{\partial L}{\partial b_2}": D2.sum(0)[:, None],
    }  # fmt: skip
    for left, value in expected.items():
        np.testing.assert_allclose(printed[left], np.atleast_2d(value), rtol=6e-5, err_msg=left)

    lead, *steps, closing = made.descent.elements
    rate = float(re.search(r"\\eta = ([\d.]+)", lead.text)[1])
    before, after = map(float, re.findall(r"\$([\d.]+)\$", closing.text)[:2])
    moved = [p - rate * expected[rf"\frac{{\partial L}}{{\partial {key}}}"] for key, p in
             (("W_1", W1), ("b_1", b1), ("W_2", W2), ("b_2", b2))]  # fmt: skip
    np.testing.assert_allclose(before, loss(W1, b1, W2, b2), rtol=6e-5)
    np.testing.assert_allclose(after, loss(*moved), rtol=6e-5)
    new = [_parsed(step.rows[0].rsplit(" = ", 1)[1]) for step in steps if isinstance(step, Display)]
    for printed_value, value in zip(new, moved, strict=True):
        np.testing.assert_allclose(printed_value, value, rtol=6e-5)


def test_the_example_of_the_scalar_model_merges_in_its_sums():
    made = document("linear-scalar")
    given = _given(made.example.elements)
    x, y, w, b = (given[key].ravel() for key in ("x", "y", "w", "b"))
    tables = [e for e in made.example.elements if isinstance(e, Table)]
    pull = 2 / len(x) * (w * x + b - y)
    for table, local in zip(tables[1:], (pull, x, np.ones_like(x)), strict=True):
        *rows, last = table.rows
        rows = table.rows if last[0] != "sum" else rows
        incoming = np.ones_like(x) if local is pull else pull
        expected = np.column_stack([incoming, local, incoming * local])
        shown = np.array([[float(cell.strip("$")) for cell in row[1:]] for row in rows])
        np.testing.assert_allclose(shown, expected, rtol=6e-5)
    totals = [float(re.search(r"= (-?[\d.]+)\$", table.rows[-1][-1])[1]) for table in tables[2:]]
    np.testing.assert_allclose(totals, [pull @ x, pull.sum()], rtol=6e-5)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_incoming_times_local_is_outgoing_as_printed(case):
    """The products are recomputed from the printed factors, to the digits that are printed."""
    checked = 0
    for element in document(*case).example.elements:
        if not isinstance(element, Display) or len(element.rows) < 2 or "_{30" in " ".join(element.rows):
            continue
        right = " = ".join(row.removeprefix("&= ") for row in element.rows[1:])
        factors, _, value = right.rpartition(" = ")
        name_of = r"(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*"
        named = re.findall(r"\\underbrace\{(\\textcolor\{\w+\}\{.*?\})\}_\{", factors)
        factor = rf"\{{\\underbrace\{{\\textcolor\{{\w+\}}\{{.*?\}}\}}_\{{{name_of}\}}\}}(?:\\,)?"
        between = re.sub(factor, "·", factors)
        if between.strip() == "· ·" and "dots" not in factors:
            left, right_factor = map(_parsed, named)
            scalar = 1 in (left.size, right_factor.size)
            product = left * right_factor if scalar else left @ right_factor
            np.testing.assert_allclose(_parsed(value), product, rtol=3e-4, atol=2e-4)
            checked += 1
        elif between.strip() == r"· \odot ·" and "dots" not in factors:
            np.testing.assert_allclose(_parsed(value), np.multiply(*map(_parsed, named)), rtol=3e-4, atol=2e-5)
            checked += 1
    assert checked or case[0] != "mlp"


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_step_of_gradient_descent_brings_the_loss_down(case):
    closing = document(*case).descent.elements[-1]
    before, after = map(_value, re.findall(r"\$([^$]+)\$", closing.text)[:2])
    assert after < before


def test_a_unit_that_is_off_is_shown_with_its_numbers():
    found = evidence("mlp")
    z = found.document.values["z_1"]
    text = " ".join(e.text for e in document("mlp").checks.elements if isinstance(e, Paragraph))
    shown = re.search(r"unit (\d) of .*?\$z = (-[\d.]+)\$", text)
    assert float(shown[2]) == pytest.approx(z[int(shown[1]) - 1, 0], rel=1e-4) and z[int(shown[1]) - 1, 0] < 0
    assert r"\cdot 0 = 0$" in text


def test_the_spot_check_has_one_column_per_witness():
    tables = [e for e in document("mlp").checks.elements if isinstance(e, Table)]
    spot = tables[-1]
    assert spot.header == ("Entry", "rule", "component", "engine", "difference")
    assert all(len(set(row[1:])) == 1 for row in spot.rows)
    keys = "".join(row[0] for row in spot.rows)
    assert all(parameter in keys for parameter in ("L", "W_1", "b_1", "W_2", "b_2"))
