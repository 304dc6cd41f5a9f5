"""Worked examples where float64 or a first glance would mislead: saturation, kinks, zeros, huge and tiny numbers."""

import re
import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from derive.explaining.document import Document, explain
from derive.explaining.elements import Bullets, Display, Item, Paragraph, Table
from derive.explaining.numbers import number, plain
from derive.explaining.render import FORMATS, render
from derive.models.catalogue import build
from derive.verify.evidence import gather
from derive.verify.points import Point
from tests.explaining.documents import ASK, SOURCES, document, elements


def at(model: str, options: dict[str, str], sizes: dict[str, int], values: dict) -> Document:
    """The document of a model at these numbers; a warning is an error."""
    built = build(model, options)
    fractions = {key: np.atleast_2d(np.vectorize(_fraction, otypes=[object])(value)) for key, value in values.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all="ignore"):  # as the command does
            found = gather(built, Point("document", sizes, fractions), seed=0)
        made = explain(found, SOURCES, ASK)
        for kind in FORMATS:
            text = re.sub(r"<(script|style)>.*?</\1>", "", render(made, kind), flags=re.DOTALL)
            assert re.findall(r"undefined|\\infty", text) == []
    return made


def _fraction(value) -> Fraction:
    return Fraction(str(value))


def logistic(x, y, w, b=0.0, arrangement="rows") -> Document:
    x = np.atleast_2d(x)
    if arrangement == "example":
        return at("logistic", {"arrangement": "example"}, {"d": x.size}, {"x": x.T, "y": y, "w": np.c_[w], "b": b})
    values = {"X": x, "y": np.c_[y], "w": np.c_[w], "b": b}
    return at("logistic", {}, {"n": len(x), "d": x.shape[1]}, values)


def linear(x, y, w, b=0.0) -> Document:
    x = np.atleast_2d(x)
    return at("linear", {}, {"n": len(x), "d": x.shape[1]}, {"X": x, "y": np.c_[y], "w": np.c_[w], "b": b})


def network(parameters: dict, x, y, **options: str) -> Document:
    sizes = {"n": len(x), "d": 2, "h": 2, "k": 1}
    return at("mlp", {"arrangement": "rows", **options}, sizes, {"X": x, "Y": np.c_[y], **parameters})


def texts(elements) -> str:
    items = [item.text for e in elements if isinstance(e, Bullets) for item in e.items]
    return "\n".join([e.text for e in elements if isinstance(e, Paragraph)] + items)


def printed(made: Document) -> str:
    return "\n".join(row for e in made.example.elements if isinstance(e, Display) for row in e.rows)


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("value", "latex", "text"),
    [
        ("2.86123e400", r"2.8612 \times 10^{400}", "2.8612·10⁴⁰⁰"),
        ("-1e-400", r"-1 \times 10^{-400}", "−1·10⁻⁴⁰⁰"),
        ("0.25", "0.25", "0.25"), ("0", "0", "0"), ("9.99999e305", r"1 \times 10^{306}", "1·10³⁰⁶"),
        ("inf", r"\infty", "∞"), ("nan", r"\text{undefined}", "undefined"),
    ],
)  # fmt: skip
def test_a_number_of_any_magnitude_is_printed_as_what_it_is(value, latex, text):
    assert number(mpmath.mpf(value)) == latex and plain(mpmath.mpf(value)) == text


AGES = ([[45, 170], [60, 182], [23, 158]], [1, 0, 0], [-0.72, 1.13], -0.84)


def test_a_saturated_example_is_what_many_digits_find():
    made = logistic(*AGES)
    with mpmath.workdps(300):
        X, w = mpmath.matrix(AGES[0]), mpmath.matrix([mpmath.mpf("-0.72"), mpmath.mpf("1.13")])
        y, b = AGES[1], mpmath.mpf("-0.84")
        p = [1 / (1 + mpmath.exp(-(z + b))) for z in X * w]
        dp = [(-t / q + (1 - t) / (1 - q)) / 3 for t, q in zip(y, p, strict=True)]
        dz = mpmath.matrix([(q - t) / 3 for t, q in zip(y, p, strict=True)])
        loss = -sum(mpmath.log(q if t else 1 - q) for t, q in zip(y, p, strict=True)) / 3
        columns = [dp, [q * (1 - q) for q in p], dz, X.T * dz]
        for column in columns:
            body = r" \\ ".join(map(number, column))
            assert rf"\begin{{bmatrix}} {body} \end{{bmatrix}}" in printed(made)
        assert rf"= \textcolor{{royalblue}}{{{number(loss)}}}" in printed(made)
        assert f"not 0 there but ${number(max(1 - q for q in p))}$ or less" in texts(made.example.elements)


def _step(made: Document) -> tuple[float, float, float]:
    """(rate, loss before, loss after) as printed."""
    lead, closing = (e.text for e in made.descent.elements if isinstance(e, Paragraph))
    value = r"(-?[\d.]+(?: \\times 10\^\{-?\d+\})?)"
    (rate,) = re.findall(rf"\\eta = {value}\$:", lead)
    ends = re.search(rf"falls from \${value}\$ to \${value}\$", closing).groups()
    return tuple(float(re.sub(r" \\times 10\^\{(-?\d+)\}", r"e\1", text)) for text in (rate, *ends))


def _logistic_after(x, y, w, b, rate):
    """The loss after a step, in many digits."""
    with mpmath.workdps(600):
        def probabilities(w, b):
            return [1 / (1 + mpmath.exp(-(sum(map(lambda a, c: a * c, row, w)) + b))) for row in x]

        w, b, n = [mpmath.mpf(str(v)) for v in w], mpmath.mpf(str(b)), len(x)
        r = [p - t for p, t in zip(probabilities(w, b), y, strict=True)]
        rate = mpmath.mpf(str(rate))
        w = [v - rate * sum(e * row[j] for e, row in zip(r, x, strict=True)) / n for j, v in enumerate(w)]
        b -= rate * sum(r) / n
        after = probabilities(w, b)
        return float(-sum(mpmath.log(p if t else 1 - p) for t, p in zip(y, after, strict=True)) / n)


STEPS = (AGES, ([[1]], [0], [40], 0), ([[1]], [1], [-700], 0), ([[-3], [2]], [1, 0], [55], 1))


@pytest.mark.parametrize("example", STEPS)
def test_the_loss_after_a_step_is_what_many_digits_find(example):
    rate, before, after = _step(logistic(*example))
    assert before == pytest.approx(_logistic_after(*example, 0), rel=6e-5)
    assert after == pytest.approx(_logistic_after(*example, rate), rel=6e-5) and after < before


def test_large_features_get_a_small_rate_and_no_minimum():
    X, y, w, b = np.array([[1e6], [1.2e6], [9e5]]), np.array([1, 2, 5]), np.array([0.65]), 1.17
    made = linear([[1000000], [1200000], [900000]], y, w, b)
    rate, before, after = _step(made)
    r = X @ w + b - y
    moved = X @ (w - rate * 2 / 3 * X.T @ r) + b - rate * 2 / 3 * r.sum() - y
    np.testing.assert_allclose([before, after], [np.mean(r**2), np.mean(moved**2)], rtol=6e-5)
    assert "minimum" not in texts(made.descent.elements)


def test_a_minimum_is_one():
    text = texts(linear([[1], [2], [3]], [2, 4, 6], [2]).descent.elements)
    assert "The gradient by every parameter is zero" in text and "this is a minimum." in text
    (text,) = (e.text for e in logistic([[1]], [1], [400]).descent.elements)
    assert "a minimum, or nearly" in text


def test_a_point_without_slope_is_no_minimum_of_a_network():
    dead = {"W_1": [[0, 0], [0, 0]], "b_1": [[-1], [-1]], "W_2": [[1], [1]], "b_2": 0}
    (text,) = (e.text for e in network(dead, [[1, 2], [3, 4]], [0, 0], output="identity", loss="mse").descent.elements)
    assert "every parameter is zero" in text and "minimum" not in text


def test_where_it_is_flat_a_bold_rate_is_taken_or_the_fall_is_named():
    def flat(b):
        sizes = {"n": 1, "d": 1, "k": 1}
        options = {"layers": "1", "loss": "mse", "arrangement": "rows"}
        return at("mlp", options, sizes, {"X": [[1]], "Y": [[0]], "W_1": [[0]], "b_1": b})

    rate, before, after = _step(flat(8))
    assert rate > 1 and after < before
    text = texts(flat(20).descent.elements)
    assert re.search(r"falls by only \$[\d.]+ \\times 10\^\{-\d+\}\$ from \$1\$, which its printed digits do not", text)
    with mpmath.workdps(50):
        gradient = 2 * mpmath.exp(-60)  # of 1 and of x = 1, each twice sigma'
        assert f"no more than ${number(2 * gradient**2, 3)[:3]}" in texts(flat(60).descent.elements)


# ---------------------------------------------------------------- beyond float64


@pytest.mark.parametrize("arrangement", ["rows", "example"])
@pytest.mark.parametrize("w", [-700, -1000])
def test_a_gradient_beyond_float64_is_printed_and_not_compared(w, arrangement):
    made = logistic([[1]], [1], [w], arrangement=arrangement)
    with mpmath.workdps(50):
        assert number(-1 - mpmath.exp(-w)) in printed(made)
    text = texts(made.checks.elements)
    assert r"$\partial L/\partial \hat{y}$ is too large for float64, so the witnesses are not compared there." in text
    assert "every gradient of the worked example that float64 can hold" in text


def test_a_parameter_beyond_float64_has_dashes_and_still_makes_its_step():
    sizes = {"d": 1, "h": 1, "k": 1}
    values = {"x": "1e99", "y": 1, "W_1": "1e-50", "b_1": 0, "W_2": "1e99", "b_2": 0}
    made = at("mlp", {"output": "identity", "loss": "mse"}, sizes, values)
    spot = [e for e in made.checks.elements if isinstance(e, Table)][-1]
    assert next(row for row in spot.rows if "W_1" in row[0])[1:] == ("–",) * 4
    assert "not compared there, and a dash stands in the table." in texts(made.checks.elements)
    rate, before, after = _step(made)  # the unit is off after it, and b_2 alone is left
    assert (before, after) == pytest.approx((1e296, (rate * 2e148) ** 2), rel=1e-4)


# ---------------------------------------------------------------- kinks, and zeros with their reasons

PARAMETERS = {"W_1": [[1, 2], [3, 4]], "b_1": [[0], [-1]], "W_2": [[1], [0.5]], "b_2": 0.1}


@pytest.mark.parametrize("convention", ["0", "1/2", "1"])
def test_a_unit_at_the_kink_is_named_with_what_the_convention_passes(convention):
    made = network(PARAMETERS, [[0, 0], [1, 1]], [1, 0], **{"relu-at-zero": convention})
    text = texts(made.checks.elements)
    unit = r"row 1 and column 1 of \$A_1\$ is exactly at the kink"
    found = re.search(unit + r".*?passes on .*? = (\S+) \\cdot (\S+) = (\S+)\$", text)
    arrived, gate, left = (float(part.strip("()")) for part in found.groups())
    assert gate == Fraction(convention) and left == pytest.approx(arrived * gate, rel=1e-4) and arrived
    assert "Of the four witnesses, three (rule, component and engine) compute every gradient" in text
    assert "$[Z_1]_{11} = 0$" in text and "a convention, not a fact" in text
    assert rf"for a unit at exactly 0 it is ${convention}$" in str(made.intuition)
    dashes = [row for table in elements(made) if isinstance(table, Table) for row in table.rows if "–" in row]
    assert dashes and all(row.index("–") == len(row) - 1 for row in dashes)


def test_a_gradient_of_zeros_has_its_own_reason():
    zero_input = texts(network(PARAMETERS, [[0, 0], [0, 0]], [1, 0]).checks.elements)
    assert r"In $\partial L/\partial W_1 = X^\top \Delta_1$ the factor $X^\top$ is 0." in zero_input
    off = texts(network({**PARAMETERS, "b_1": [[-9], [-9]]}, [[0, 1], [1, 0]], [1, 0]).checks.elements)
    assert r"the factor $\Delta_1$ is 0; in" in off and r"the factor $\mathrm{ReLU}'(Z_1)$ is 0." in off
    assert r"X^\top$ is 0" not in off
    assert "a factor says why" not in texts(document("mlp").checks.elements)


def test_a_sum_that_cancels_gets_no_reason():
    made = linear([[1], [1]], [1, -1], [0])
    assert "a factor says why" not in texts(made.checks.elements)


# ---------------------------------------------------------------- words that have to fit the conventions


def test_a_feature_is_a_row_or_a_column():
    for arrangement, line in (("rows", "column"), ("columns", "row")):
        assert f"which is a {line} of $X$" in str(document("linear", {"arrangement": arrangement}).intuition)


@pytest.mark.parametrize(
    ("reduction", "factor", "left"),
    [
        ("mean", "1", r"over $n$, $(\hat{y} - y)/n$"), ("sum", "1", r"itself, $\hat{y} - y$"),
        ("mean", "1/2", r"over $2n$, $(\hat{y} - y)/(2n)$"), ("sum", "1/2", r"over $2$, $(\hat{y} - y)/2$"),
    ],
)  # fmt: skip
def test_what_is_left_of_the_sigmoid_has_the_factors_of_the_convention(reduction, factor, left):
    made = document("logistic", {"reduction": reduction, "factor": factor})
    bullet = next(item for item in made.intuition.elements[0].items if "prediction minus truth" in item.text)
    assert left in bullet.text


def test_a_jacobian_has_a_name_of_its_own_and_ones_have_a_shape():
    made = document("mlp", {"arrangement": "rows"})
    cells = str([e for e in elements(made) if isinstance(e, Table)])
    assert r"\mathbf{1}_{n \\times k}" in cells
    items = [item for e in document("linear").backward.elements if isinstance(e, Bullets) for item in e.items]
    assert Item(r"$\partial \hat{y}/\partial w = X$.", "Local Jacobian:") in items
    assert any(r"$(\partial L/\partial \hat{y})^\top" in item.text and "transposed" in item.text for item in items)


def test_where_all_is_numbers_nothing_is_said_of_entries():
    made = document("logistic", {"arrangement": "example"})
    assert r"\odot" not in str(made) and "each entry" not in str(made.forward)
    assert r"\langle" not in str(document("linear-scalar").backward)


def test_every_parameter_has_its_line_among_the_dimensions():
    for model in ("linear", "mlp"):
        made = document(model, {"arrangement": "example"})
        table = next(e for e in made.checks.elements if isinstance(e, Table))
        lines = {row[0]: row[-1] for row in table.rows}
        assert lines[r"$\partial L/\partial b$" if model == "linear" else r"$\partial L/\partial b_2$"]
    assert lines[r"$\partial L/\partial b_2$"] == r"$k \times 1$"
    made = document("linear", {"arrangement": "example"})
    assert next(e for e in made.checks.elements if isinstance(e, Table)).rows[-1][-1] == "scalar"


def test_points_near_a_kink_are_named_by_the_argument():
    text = texts(network(PARAMETERS, [[0, 1], [1, 1]], [1, 0]).checks.elements)
    assert "at the kink, at" not in text and not re.search(r"argument of relu", text)
    assert re.search(r"within 0\.02 of a kink, so .* drawn again: \$\[Z_1\]_\{\d\d\}\$ at \$-?0\.0\d+\$", text)
