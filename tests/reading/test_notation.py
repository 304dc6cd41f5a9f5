r"""The ladder of notation: what is written, and the term that it is read as. A new notation is a new row here."""

import pytest

from derive.reading.errors import Unread
from tests.reading.reader import alternatives

DECLARED = {
    "shapes": {
        "A": "n x n", "B": "n x n", "X": "m x n", "x": "n", "y": "n", "b": "m", "c": "scalar", "s": "scalar",
        "W^{[l]}": "n_l x n_{l-1}", "M": "m x k", "t": "index n",
    },
    "functions": {r"\sigma": "sigmoid", "g^{[l]}": "tanh", "R": "relu", "f": r"\max(0, z)", "q": r"z^2"},
    "given": [r"B' = B^T"],
}  # fmt: skip

# written, read as, shape
READ = [
    # products
    (r"A x", r"A x", "n"),
    (r"A \cdot x", r"A x", "n"),
    (r"A \times B", r"A B", "n x n"),
    (r"c x", r"c x", "n"),
    (r"x^T A x", r"x^\top A x", "scalar"),
    (r"x \cdot y", r"x^\top y", "scalar"),
    (r"x * y", r"x \odot y", "n"),
    (r"A * x", r"A x", "n"),
    (r"x .* y", r"x \odot y", "n"),
    (r"x \circ y", r"x \odot y", "n"),
    # transposes
    (r"x^{\mathsf T} y", r"x^\top y", "scalar"),
    (r"x^{\intercal} y", r"x^\top y", "scalar"),
    (r"xᵀ y", r"x^\top y", "scalar"),
    (r"A.T x", r"A^\top x", "n"),
    (r"A^{-T}", r"(A^{-1})^\top", "n x n"),
    (r"B' x", r"B^\top x", "n"),
    # powers, fractions, roots
    (r"A^{-1}", r"A^{-1}", "n x n"),
    (r"A^2", r"A A", "n x n"),
    (r"x^2", r"x^{\odot 2}", "n"),
    (r"c^{-1/2}", r"c^{-1/2}", "scalar"),
    (r"\frac12 c", r"\frac{1}{2}\, c", "scalar"),
    (r"1/2c", r"\frac{1}{2 c}", "scalar"),
    (r"c/s x", r"\frac{c}{s}\, x", "n"),
    (r"\sqrt{c}", r"\sqrt{c}", "scalar"),
    (r"e^{-x}", r"\exp(-x)", "n"),
    # norms, determinants, traces
    (r"\|x\|^2", r"\lVert x \rVert^2", "scalar"),
    (r"||x||_2^2", r"\lVert x \rVert^2", "scalar"),
    (r"\left\lVert A x \right\rVert", r"\lVert A x \rVert", "scalar"),
    (r"|c|", r"\left|c\right|", "scalar"),
    (r"|A|", r"\det(A)", "scalar"),
    (r"\log\det A", r"\log\bigl(\left|\det(A)\right|\bigr)", "scalar"),
    (r"\operatorname{Tr} A B", r"\mathrm{tr}(A B)", "scalar"),
    (r"\mathrm{diag}(x)", r"\mathrm{diag}(x)", "n x n"),
    # functions
    (r"\sigma'(x)", r"\sigma'(x)", "n"),
    (r"\sigma^\prime(x)", r"\sigma'(x)", "n"),
    (r"\sigma^2(c)", r"\bigl(\sigma(c)\bigr)^2", "scalar"),
    (r"\sigma(c)^2", r"\bigl(\sigma(c)\bigr)^2", "scalar"),
    (r"\log^2 c", r"\bigl(\log(c)\bigr)^2", "scalar"),
    (r"\sigma(A x)_i", r"[\sigma(A x)]_i", "scalar"),
    (r"g^{[1]}(x)", r"\tanh(x)", "n"),
    (r"\sin 2 c", r"\sin(2 c)", "scalar"),
    (r"\exp\{-c\}", r"\exp(-c)", "scalar"),
    (r"\log[c]", r"\log(c)", "scalar"),
    (r"R'(x)", r"\mathrm{ReLU}'(x)", "n"),
    (r"f(x)", r"\mathrm{ReLU}(x)", "n"),
    (r"q(c)", r"\mathrm{square}(c)", "scalar"),
    (r"\max(0, x)", r"\mathrm{ReLU}(x)", "n"),
    (r"\max\{x, y\}", r"x + \mathrm{ReLU}(y - x)", "n"),
    (r"\min(c, s)", r"c - \mathrm{ReLU}(c - s)", "scalar"),
    (r"\text{softmax}(x)", r"\mathrm{softmax}(x)", "n"),
    (r"np.dot(A, x)", r"A x", "n"),
    (r"np.sum(A, axis=1, keepdims=True)", r"A \mathbf{1}", "n"),
    (r"np.exp(x)", r"\exp(x)", "n"),
    # sums and products over an index
    (r"\sum_i x_i", r"\sum_{i=1}^{n} x_i", "scalar"),
    (r"\sum\limits_{i=1}^n x_i y_i", r"\sum_{i=1}^{n} x_i y_i", "scalar"),
    (r"\sum_{i,j} A_{ij}", r"\sum_{i=1}^{n} \sum_{j=1}^{n} A_{ij}", "scalar"),
    (r"\sum_{k \neq i} x_k", r"\sum_{k=1}^{n} \mathbf{1}[k \neq i] x_k", "scalar"),
    (r"\prod_{i=1}^3 c", r"\prod_{i=1}^{3} c", "scalar"),
    (r"\sum_{l=1}^{2} \|W^{[l]}\|_F^2", r"\lVert W^{[1]} \rVert_F^2 + \lVert W^{[2]} \rVert_F^2", "scalar"),
    # derivatives
    (r"\frac{\partial (x^T A x)}{\partial x}", r"\frac{\partial (x^\top A x)}{\partial x}", "n"),
    (r"\frac{d}{dc} c x", r"\frac{\partial (c x)}{\partial c}", "n"),
    (r"\nabla_x (x^T y)", r"\frac{\partial (x^\top y)}{\partial x}", "n"),
    (r"\frac{\mathrm{d} c}{\mathrm{d} x^\top}", r"\frac{\partial c}{\partial x}", "1 x n"),
    (r"\partial (x^T y) / \partial x", r"\frac{\partial (x^\top y)}{\partial x}", "n"),
    # indicators, cases, arrays
    (r"\mathbf 1[x > 0]", r"\mathbf{1}[x > 0]", "n"),
    (r"\mathbb{1}_{i = j}", r"\mathbf{1}[i = j]", "scalar"),
    (r"\mathbb{I}\{i = j\}", r"\mathbf{1}[i = j]", "scalar"),
    (r"\delta_{ij}", r"\mathbf{1}[i = j]", "scalar"),
    (r"I_{ij}", r"\mathbf{1}[i = j]", "scalar"),
    (r"x_t", r"t^\top x", "scalar"),
    (r"\begin{bmatrix} c \\ s \end{bmatrix}", r"\begin{bmatrix} c \\ s \end{bmatrix}", "2"),
    (
        r"\begin{cases} c & c > 0 \\ s & \text{otherwise} \end{cases}",
        r"\mathbf{1}[c > 0] c + (1 - \mathbf{1}[c > 0]) s",
        "scalar",
    ),
    (r"\mathbf{1}_n", r"\mathbf{1}", "n"),
    (r"\mathbf{1}^T x", r"\mathbf{1}^\top x", "scalar"),
    (r"\mathbf{1}_{\text{rows}(X),1}", r"\mathbf{1}", "m"),
    (r"I x", r"I_n x", "n"),
    # entries
    (r"A_{ij}", r"A_{ij}", "scalar"),
    (r"A_{i,:}", r"A_{i,:}", "1 x n"),
    (r"(A x)_i", r"[A x]_i", "scalar"),
    # what says nothing
    (r"\underbrace{A x}_{z}", r"A x", "n"),
    (r"\boxed{A x}", r"A x", "n"),
    (r"\color{red}{A} x", r"A x", "n"),
    (r"\left( A \right) \! \Big( x \Big)", r"A x", "n"),
]

# written, part of the message, the text that the message points at
STOPPED = [
    (r"x!", "`!`", "!"),
    (r"\hat{x}", "not declared", r"\hat{x}"),
    (r"\sigma", "no argument", r"\sigma"),
    (r"\int x", "integrals", None),
    (r"\log_2 c", "not declared", r"\log_2"),
    (r"A^{s}", "exponent `s`", "{s}"),
    (r"c^{65}", "beyond", None),
    (r"x'", "no function", "x'"),
    (r"\sigma'''(c)", "derivative", None),
    (r"\mathrm{tr}'(A)", "derivative", None),
    (r"\sigma^{-1}(c)", "exponent `-1`", None),
    (r"x_{ijk}", "not declared", None),
    (r"\left( x", "opened and not closed", None),
    (r"A ^", "expected an index", "^"),
    (r"\sqrt[3]{c}", "square roots", None),
    (r"\|x\|_3", "norm", "3"),
    (r"\sum_{k=1}^{q} x_k", "how large", None),
    (r"\sum_{k=i-1}^{n} x_k", "lower bound", None),
    (r"\prod x", "needs an index", None),
    (r"c \pm s", "two values", None),
    (r"\frac{c}{s}_a", "no entries", None),
]


@pytest.mark.parametrize(("latex", "term", "shape"), READ)
def test_what_is_read(latex, term, shape):
    first = alternatives(latex, **DECLARED)[0]
    assert (first.term.latex, str(first.term.shape)) == (term, shape)
    assert first.level == 0


@pytest.mark.parametrize(("latex", "message", "pointed"), STOPPED)
def test_where_reading_stops(latex, message, pointed):
    with pytest.raises(Unread) as stopped:
        alternatives(latex, **DECLARED)
    assert message in stopped.value.message
    start, end = stopped.value.span
    assert 0 <= start <= end <= len(latex)
    if pointed is not None:
        assert latex[start:end] == pointed


# ---------------------------------------------------------------- signs with several readings


def readings(latex: str) -> list[tuple[str, int]]:
    found = alternatives(latex, **DECLARED)
    return [(a.term.latex, a.level) for a in found if not hasattr(a.term.shape, "problem")]


def test_a_star_between_square_matrices_is_either_product():
    assert readings("A * B") == [("A B", 0), (r"A \odot B", 0)]


def test_juxtaposition_is_the_matrix_product_and_only_then_elementwise():
    assert readings("A B") == [("A B", 0), (r"A \odot B", 1)]
    (found,) = [a for a in alternatives(r"x y", **DECLARED) if a.level == 1]
    assert found.notes == {"juxtaposition read as the elementwise product"}


def test_a_dot_between_vectors_is_the_dot_product_and_only_then_elementwise():
    assert readings(r"x \cdot y") == [(r"x^\top y", 0), (r"x \odot y", 1)]


def test_hadamard_binds_less_than_juxtaposition():
    assert readings(r"A x \odot y")[0] == (r"(A x) \odot y", 0)


def test_an_ill_shaped_product_is_kept_so_that_it_can_be_pointed_at():
    first = alternatives(r"x X", **DECLARED)[0]
    assert "inner dimensions differ" in str(first.term.shape)


def test_a_declared_operator_has_that_reading_only():
    declared = {**DECLARED, "operators": {r"\otimes": "outer"}}
    (found,) = alternatives(r"x \otimes b", **declared)
    assert (found.term.latex, str(found.term.shape)) == (r"x b^\top", "n x m")


def test_a_sum_reaches_over_terms_that_hold_its_index():
    (found,) = alternatives(r"\sum_k x_k + y_k", **DECLARED)
    assert found.term.latex == r"\sum_{k=1}^{n} (x_k + y_k)"
    assert found.notes == {"the sum reaches over the terms behind it"}


def test_more_readings_than_are_followed_are_no_reading():
    with pytest.raises(Unread, match="more than"):
        alternatives(" + ".join(["A * B"] * 8), **DECLARED)
