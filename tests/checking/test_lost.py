r"""What was lost is named as an author would write it: `\sigma(2 x)` and not `\sigma(x + x)`, no `\frac{2}{2}`."""

import pytest

from derive.checking.check import check_document
from derive.checking.document import read_document


@pytest.mark.parametrize(
    ("shapes", "definitions", "claim", "code", "repaired"),
    [
        (
            "X: n x d, w: d, y: n",
            r"$J = \frac{1}{2} \sum_{i=1}^n (X_{i,:} w - y_i)^2$.",
            r"\frac{\partial J}{\partial w_j} = \frac{1}{2} \sum_{i=1}^n (X_{i,:} w - y_i) X_{ij}",
            "D302",
            r"\sum_{i=1}^n (X_{i,:} w - y_i) X_{ij}",
        ),
        ("x: scalar", "", r"\tanh(x) = 2 \sigma(x) - 1", "D302", r"2 \sigma(2 x) - 1"),
        (
            "x: scalar",
            r"$h(x) = x \sigma(1.702 x)$.",
            r"h'(x) = \sigma(1.702 x) + x \sigma(1.702 x) (1 - \sigma(1.702 x))",
            "D302",
            r"\sigma(1.702 x) + 1.702 x \sigma(1.702 x) (1 - \sigma(1.702 x))",
        ),
        (
            "W: d x d, x: d, t: d",
            r"$z = W x$, $y = x + \tanh(z)$, $E = \frac{1}{2} \|y - t\|^2$.",
            r"\frac{\partial E}{\partial x} = W^\top (\frac{\partial E}{\partial y} \odot (1 - \tanh^2(z)))",
            "D303",
            r"W^\top (\frac{\partial E}{\partial y} \odot (1 - \tanh^2(z))) + \frac{\partial E}{\partial y}",
        ),
        (
            "H: n, D: n, c: n, p: scalar",
            r"$A = H \odot D / p$, $J = c^\top A$.",
            r"\frac{\partial J}{\partial H} = c \odot D",
            "D304",
            r"\frac{c \odot D}{p}",
        ),
    ],
)
def test_what_was_lost(shapes, definitions, claim, code, repaired):
    front = f"---\nderive:\n  shapes: {{{shapes}}}\n  functions: {{'\\sigma': sigmoid}}\n---\n"
    statement = check_document(read_document("note.md", f"{front}{definitions}\n\n$${claim}$$")).statements[-1]
    left = claim.partition(" = ")[0]
    assert (statement.verdict, statement.code, statement.suggestion) == ("wrong", code, f"{left} = {repaired}")
