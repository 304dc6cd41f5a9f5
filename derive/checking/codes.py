"""The catalogue of codes: one object that findings, `derive rule` and the tests share.

Every code has documents that get it, and the same documents put right, which hold. A code is never reused for
something else; families are D1 reading, D2 shapes and readings, D3 algebra, D4 calculus, D5 numerics, D6 structure,
D9 limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

FAMILIES = {
    "D1": "reading",
    "D2": "shapes, transposes and readings of a sign",
    "D3": "algebra",
    "D4": "calculus",
    "D5": "numerics and domain",
    "D6": "structure",
    "D9": "limits of the tool",
}


@dataclass(frozen=True)
class Code:
    """A kind of finding.

    Args:
        title: what it is, in a few words.
        message: the sentence of a finding, with what varies in braces.
        explanation: why it happens and how it is put right.
        wrong, right: small complete documents; each of `wrong` gets this code, every claim of `right` holds.
    """

    code: str
    title: str
    message: str
    explanation: str
    wrong: tuple[str, ...] = ()
    right: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        return FAMILIES[self.code[:2]]


def _document(front: str, *claims: str) -> str:
    lines = "\n".join(f"  {line}" for line in front.strip("\n").splitlines())
    return f"---\nderive:\n{lines}\n---\n\n" + "\n\n".join(f"$${claim}$$" for claim in claims) + "\n"


_NETWORK = r"""
functions:
  \sigma: sigmoid
shapes:
  x: d
  W_1: h x d
  b_1: h
  W_2: k x h
  b_2: k
  y: k
given:
  - z_1 = W_1 x + b_1
  - a_1 = \sigma(z_1)
  - z_2 = W_2 a_1 + b_2
  - L = \frac{1}{2} \|z_2 - y\|^2
loss: L
"""
_REGRESSION = r"""
shapes:
  X: n x d
  w: d
  b: scalar
  y: n
given:
  - \hat{y} = X w + b
  - L = \frac{1}{n} \|\hat{y} - y\|^2
loss: L
"""
_SOFTMAX = r"""
shapes:
  z: K
  y: K one-hot
given:
  - p = \mathrm{softmax}(z)
  - L = -\sum_k y_k \log p_k
loss: L
"""
_ALGEBRA = r"""
shapes:
  A: d x d
  B: d x d
  x: d
  v: d
  c: scalar
"""


def _network(*claims: str) -> tuple[str, ...]:
    return tuple(_document(_NETWORK, claim) for claim in claims)


def _regression(*claims: str) -> tuple[str, ...]:
    return tuple(_document(_REGRESSION, claim) for claim in claims)


def _softmax(*claims: str) -> tuple[str, ...]:
    return tuple(_document(_SOFTMAX, claim) for claim in claims)


def _algebra(*claims: str) -> tuple[str, ...]:
    return tuple(_document(_ALGEBRA, claim) for claim in claims)


CODES: dict[str, Code] = {
    row.code: row
    for row in (
        # ------------------------------------------------------------ D1 reading
        Code(
            "D101", "not understood", "{what stopped the reader}",
            "The reader met notation that it does not know, or a name that the document neither declares nor defines. "
            "Nothing is judged there. Declare the name under `shapes` or `given`, or write the formula in other words.",
            wrong=_algebra(r"2 c + c = \oint c"),
            right=_algebra(r"2 c + c = 3 c"),
        ),
        # ------------------------------------------------------------ D2 shapes, transposes, readings
        Code(
            "D201", "shapes do not conform", "{the two operands, with their shapes}",
            "No reading of the claim has conforming shapes. Mostly a transpose is missing or one too many: the "
            "product of (r x m) and (m x c) is the only one that exists.",
            wrong=_network(
                r"\frac{\partial L}{\partial a_1} = W_2 (z_2 - y)",
                r"\frac{\partial L}{\partial W_2} = (z_2 - y) a_1",
            ),
            right=_network(
                r"\frac{\partial L}{\partial a_1} = W_2^\top (z_2 - y)",
                r"\frac{\partial L}{\partial W_2} = (z_2 - y) a_1^\top",
            ),
        ),
        Code(
            "D202", "transpose", "the transpose of {factor} is missing, or one too many",
            "The shapes conform, but a factor has to be transposed, or must not be: with square matrices, shapes "
            "alone do not show it.",
            wrong=_algebra(r"\nabla_x (v^\top A x) = A v"),
            right=_algebra(r"\nabla_x (v^\top A x) = A^\top v"),
        ),
        Code(
            "D203", "order of factors", "the order of the factors in {product} is wrong",
            "The matrix product does not commute: in the gradient by a weight matrix, the adjoint comes first and "
            "the input, transposed, second.",
            wrong=_network(r"\frac{\partial L}{\partial W_2} = a_1 (z_2 - y)"),
            right=_network(r"\frac{\partial L}{\partial W_2} = (z_2 - y) a_1^\top"),
        ),
        Code(
            "D205", "ambiguous sign", "true if {reading}",
            "A sign can be read in several ways, and the claim is true in one of them only: juxtaposition is the "
            r"matrix product, an elementwise product is written `\odot`. Write the sign that is meant, or declare "
            "it under `operators`.",
            wrong=_network(r"\frac{\partial L}{\partial z_1} = (W_2^\top (z_2 - y)) \sigma'(z_1)"),
            right=_network(r"\frac{\partial L}{\partial z_1} = (W_2^\top (z_2 - y)) \odot \sigma'(z_1)"),
        ),
        Code(
            "D206", "convention not stated", "true if {convention}",
            "Authors lay out derivatives differently, leave the mean out of `dZ`, or do not say that a matrix is "
            "symmetric or a gradient set to zero. The claim is true in a convention that the document does not state: "
            "say it with `layout`, or declare the shape or the name in the front matter.",
            wrong=_algebra(r"\frac{\partial (A x)}{\partial x} = A", r"\nabla_x x^\top A x = 2 A x"),
            right=tuple(
                _document(_ALGEBRA + "layout: jacobian", claim) for claim in (r"\frac{\partial (A x)}{\partial x} = A",)
            ),
        ),
        # ------------------------------------------------------------ D3 algebra
        Code(
            "D300", "the sides differ", "the sides differ by {difference} where they are up to {size}",
            "The two sides were evaluated at drawn points and differ; no small edit was found that makes them "
            "equal. The counterexample names the sizes, the seed, the entry and both numbers.",
            wrong=_algebra(r"\mathrm{tr}(A B) = \mathrm{tr}(A)^3 + \mathrm{tr}(B)^5"),
            right=_algebra(r"\mathrm{tr}(A B) = \mathrm{tr}(B A)"),
        ),
        Code(
            "D301", "sign", "the sign of {term} is wrong",
            "A minus is missing or one too many. Often the difference of prediction and target is the wrong way round.",
            wrong=_network(r"\frac{\partial L}{\partial z_2} = y - z_2")
            + _softmax(r"\frac{\partial L}{\partial z} = y - p"),
            right=_network(r"\frac{\partial L}{\partial z_2} = z_2 - y")
            + _softmax(r"\frac{\partial L}{\partial z} = p - y"),
        ),
        Code(
            "D302", "constant factor", "the factor {number} is missing, or wrong",
            "A constant is lost, mostly the 2 of a square, or kept where one half cancels it.",
            wrong=_regression(r"\frac{\partial L}{\partial w} = \frac{1}{n} X^\top (\hat{y} - y)")
            + _network(r"\frac{\partial L}{\partial z_2} = 2 (z_2 - y)"),
            right=_regression(r"\frac{\partial L}{\partial w} = \frac{2}{n} X^\top (\hat{y} - y)"),
        ),
        Code(
            "D303", "term", "the term {term} is missing, or one too many",
            "A summand is lost or does not belong there.",
            wrong=_network(r"\frac{\partial L}{\partial z_2} = z_2 - y + b_2"),
            right=_network(r"\frac{\partial L}{\partial z_2} = z_2 - y"),
        ),
        Code(
            "D304", "factor", "the factor {factor} is missing, or one too many",
            "A factor is lost, or does not belong there: the input in the gradient by a weight, a weight in the "
            "gradient by what it multiplies.",
            wrong=_algebra(r"\nabla_x (c x^\top v) = v", r"\nabla_x (v^\top A x) = c A^\top v"),
            right=_algebra(r"\nabla_x (c x^\top v) = c v", r"\nabla_x (v^\top A x) = A^\top v"),
        ),
        Code(
            "D305", "power", "the exponent of {base} is wrong, or its square is missing",
            "A square is lost, or an exponent was not lowered by the derivative.",
            wrong=_algebra(r"\frac{\partial}{\partial c} \frac{1}{1 + c^2} = -\frac{2 c}{1 + c^2}"),
            right=_algebra(r"\frac{\partial}{\partial c} \frac{1}{1 + c^2} = -\frac{2 c}{(1 + c^2)^2}"),
        ),
        Code(
            "D306", "brackets", "brackets around {factors} are missing",
            "What belongs together is not in brackets, so that the signs bind differently than meant.",
            wrong=_network(r"\frac{\partial L}{\partial W_1} = (W_2^\top (z_2 - y)) \odot \sigma'(z_1) x^\top")
            + _algebra(r"A x + A v = A x + v"),
            right=_network(r"\frac{\partial L}{\partial W_1} = ((W_2^\top (z_2 - y)) \odot \sigma'(z_1)) x^\top")
            + _algebra(r"A x + A v = A (x + v)"),
        ),
        Code(
            "D307", "wrong symbol", "{symbol} stands where {other} belongs",
            "Another symbol of the document belongs there: the gradient by the next layer, the target for a constant.",
            wrong=_softmax(r"\frac{\partial L}{\partial z} = z - y", r"\frac{\partial L}{\partial z} = p - 1"),
            right=_softmax(r"\frac{\partial L}{\partial z} = p - y"),
        ),
        Code(
            "D308", "number", "the number is wrong",
            "What is computed from the stated numbers is another number, to the digits that are printed. A decimal "
            "with four digits or more is taken for a rounded one; shorter ones are exact.",
            wrong=_algebra(r"0.5 \cdot 1.1 = 0.56", r"\sqrt{2} \approx 1.412"),
            right=_algebra(r"0.5 \cdot 1.1 = 0.55", r"\sqrt{2} \approx 1.414"),
        ),
        # ------------------------------------------------------------ D4 calculus
        Code(
            "D401", "activation derivative missing", "the derivative of the activation, {slope}, is missing",
            "The chain rule passes through the activation: its derivative at the pre-activation is a factor, entry by "
            "entry.",
            wrong=_network(r"\frac{\partial L}{\partial z_1} = W_2^\top (z_2 - y)"),
            right=_network(r"\frac{\partial L}{\partial z_1} = W_2^\top (z_2 - y) \odot \sigma'(z_1)"),
        ),
        Code(
            "D402", "activation derivative at the wrong place", "{slope} is not the derivative that belongs there",
            "The derivative of the activation is taken at the wrong layer or argument, is one too many, or the "
            "function stands where its derivative belongs.",
            wrong=_network(
                r"\frac{\partial L}{\partial z_1} = W_2^\top (z_2 - y) \odot \sigma(z_1)",
                r"\frac{\partial L}{\partial a_1} = W_2^\top (z_2 - y) \odot \sigma'(z_1)",
            ),
            right=_network(
                r"\frac{\partial L}{\partial z_1} = W_2^\top (z_2 - y) \odot \sigma'(z_1)",
                r"\frac{\partial L}{\partial a_1} = W_2^\top (z_2 - y)",
            ),
        ),
        Code(
            "D403", "elementwise or matrix product", "{product} is the other kind of product",
            "The derivative of an activation acts entry by entry; a weight matrix does not.",
            wrong=_network(r"\frac{\partial L}{\partial a_1} = W_2^\top \odot (z_2 - y)"),
            right=_network(r"\frac{\partial L}{\partial a_1} = W_2^\top (z_2 - y)"),
        ),
        Code(
            "D404", "sum over the examples", "the sum over {count} is missing, or one too many",
            "A bias is used by every example of a batch: its gradient is the sum of theirs.",
            wrong=_regression(r"\frac{\partial L}{\partial b} = \frac{2}{n} (\hat{y} - y)"),
            right=_regression(r"\frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^n (\hat{y} - y)_i"),
        ),
        Code(
            "D405", "mean or sum", "the factor 1/{count} of the mean is missing, or one too many",
            "The loss is a mean over the examples and the gradient is not, or the other way round.",
            wrong=_regression(
                r"\frac{\partial L}{\partial w} = 2 X^\top (\hat{y} - y)",
                r"\frac{\partial L}{\partial w} = \frac{2}{d} X^\top (\hat{y} - y)",
            ),
            right=_regression(r"\frac{\partial L}{\partial w} = \frac{2}{n} X^\top (\hat{y} - y)"),
        ),
        Code(
            "D406", "diagonal Jacobian", "the Jacobian of an elementwise function is diagonal",
            "The derivative of a vector by a vector is a matrix; for an elementwise function its entries stand on the "
            "diagonal.",
            wrong=_network(r"\frac{\partial a_1}{\partial z_1} = \sigma'(z_1)"),
            right=_network(r"\frac{\partial a_1}{\partial z_1} = \mathrm{diag}(\sigma'(z_1))"),
        ),
        Code(
            "D407", "Jacobian of a softmax", "the Jacobian of a softmax has entries beside its diagonal",
            "Every output of a softmax depends on every input: dp_i/dz_j = p_i (1[i = j] - p_j).",
            wrong=_softmax(r"\frac{\partial p}{\partial z} = p (1 - p)"),
            right=_softmax(
                r"\frac{\partial p}{\partial z} = \mathrm{diag}(p) - p p^\top",
                r"\frac{\partial p_i}{\partial z_j} = p_i (\delta_{ij} - p_j)",
            ),
        ),
        # ------------------------------------------------------------ D5 numerics
        Code(
            "D501", "not decided", "{why}",
            "The claim is well-formed, but the drawn points did not decide it: a value does not exist there, a "
            "convention such as ReLU'(0) is asked for, the difference is too small to be told from rounding, or "
            "both sides are zero throughout, which is no evidence.",
            wrong=_algebra(r"x - x = v - v", r"\mathrm{ReLU}'(0) = 0", r"c = c + 10^{-8}"),
            right=_algebra(r"x + v = v + x"),
        ),
        # ------------------------------------------------------------ D6 structure
        Code(
            "D602", "index", "the index of {symbol} is wrong",
            "An index is off by one, belongs to another layer, or differs between the two sides.",
            wrong=_algebra(r"\frac{\partial (x^\top v)}{\partial x_j} = v_k")
            + _network(r"\frac{\partial L}{\partial b_2} = z_1 - y"),
            right=_algebra(r"\frac{\partial (x^\top v)}{\partial x_j} = v_j"),
        ),
        Code(
            "D603", "bounds of a sum", "the sum starts or ends at the wrong index",
            "A sum runs over another dimension than its terms, or leaves out the first or the last of them.",
            wrong=_regression(
                r"\frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^d (\hat{y}_i - y_i)",
                r"\frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=2}^n (\hat{y}_i - y_i)",
            ),
            right=_regression(r"\frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^n (\hat{y}_i - y_i)"),
        ),
        Code(
            "D604", "stale remark", "the remark `derive: ignore[{code}]` accepts nothing",
            "The statement behind a remark that accepts a code does not have that code any more: remove the remark.",
        ),
        Code(
            "D605", "no instance", "no layer has all the symbols of this claim",
            "A generic index stands for every layer for which all symbols of the claim exist, and here there is "
            "none. Say how far it runs with `layers`.",
        ),
        Code(
            "D606", "definition that nothing uses", "{name} is defined behind the loss, and no judged claim uses it",
            "A name that is new on the left side is a definition, and a definition cannot be false. Where the line is "
            "meant as a gradient, declare the name under `gradients`, and it is judged.",
        ),
        Code(
            "D607", "demand", "{why}",
            "An equation with 0 that is not true everywhere, such as a gradient set to zero, says what is to be found. "
            "It is not judged itself. A later line is judged where the gradient of the document does vanish: the point "
            "is found numerically. What no such point decides stays undecided.",
            wrong=_regression(r"\frac{\partial L}{\partial b} = 0"),
            right=_regression(r"\frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^n (\hat{y}_i - y_i)"),
        ),
        Code(
            "D608", "update", "{why}",
            "`w := w - \\eta \\nabla_w L` gives w a new value, and is no equation between numbers. It is judged by its "
            "step: that must be a number, on which the loss does not depend, times the negative gradient of the loss. "
            "Any other step may be meant, and is not decided.",
            wrong=_regression(r"b := b - L \frac{1}{n} \sum_{i=1}^n (\hat{y}_i - y_i)"),
            right=tuple(
                _document(_REGRESSION.replace("given:", "  c: scalar\ngiven:"), claim)
                for claim in (r"b := b - c \frac{2}{n} \sum_{i=1}^n (\hat{y}_i - y_i)",)
            ),
        ),
        Code(
            "D609", "another value", "{symbol} is {value} above, and later lines are judged with that",
            "A symbol that was given a number is given another one. That may be the next example or a slip; it is not "
            "judged, and what follows is judged with the first number.",
            wrong=_algebra(r"\eta = 0.1, \quad \eta = 0.2"),
            right=_algebra(r"\eta = 0.1, \quad 2 \eta = 0.2"),
        ),
        # ------------------------------------------------------------ D9 limits
        Code(
            "D901", "beyond the limits", "{which limit}",
            "Nesting, sizes, exponents and work are bounded, so that no document can keep the tool busy for ever; "
            "beyond a bound nothing is decided.",
        ),
    )
}


def nearest(text: str) -> str | None:
    """The code that a misspelled one may mean."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(text.upper(), CODES, 1, 0.5)), None)


def examples() -> Iterator[tuple[Code, str, bool]]:
    """Every example of the catalogue: its code, the document, and whether it is a right one."""
    for code in CODES.values():
        yield from ((code, document, False) for document in code.wrong)
        yield from ((code, document, True) for document in code.right)
