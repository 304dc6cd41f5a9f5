r"""What a letter in an index is: a number of a layer, one that counts, or a part of the name, the h of `W_h`."""

import pytest

from tests.checking.said import verdicts


def document(shapes: dict[str, str], definitions: str, *claims: str, loss: str = "E") -> str:
    rows = "\n".join(f"    '{name}': {shape}" for name, shape in shapes.items())
    front = f"---\nderive:\n  shapes:\n{rows}\n  loss: {loss}\n---\n"
    return front + "\n\n".join([definitions, *(f"$${claim}$$" for claim in claims)])


# ---------------------------------------------------------------- labels beside numbers


@pytest.mark.parametrize("stated", ["front matter", "text"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("W_1", "W_H"), ("W_1", "W_h"), ("W_1", "W_k"), ("W_1", "W_n"), ("W_1", "W_{out}"), ("W_1", "W_L"),
        ("W_1", "W_2"), ("W^1", "W^o"), ("W^{(1)}", "W^{(h)}"), ("W^{[1]}", "W^{[o]}"), (r"\theta_1", r"\theta_q"),
        (r"\mathbf W_1", r"\mathbf W_h"), ("W_1", r"W_{\text{h}}"),
    ],
)  # fmt: skip
def test_a_letter_that_is_declared_beside_a_number_is_another_symbol(one, other, stated):
    claims = (
        rf"\frac{{\partial E}}{{\partial y}} = {other}^\top o",
        rf"\frac{{\partial E}}{{\partial y}} = {one}^\top o",
        rf"\frac{{\partial E}}{{\partial {one}}} = ({other}^\top o) x^\top",
    )
    definitions = rf"$y = {one} x$, $o = {other} y$, $E = \frac12 \|o\|^2$."
    text = document({"x": "d", one: "d x d", other: "d x d"}, definitions, *claims)
    if stated == "text":
        said = ", ".join(rf"${name} \in \mathbb{{R}}^{{d \times d}}$" for name in (one, other))
        text = rf"Let $x \in \mathbb{{R}}^d$, {said}. " + text.partition("---\n")[2].partition("---\n")[2]
    assert verdicts(text)[-3:] == ["holds", "wrong", "holds"]


def test_a_label_beside_layers_that_run():
    shapes = {"x": "n_0", "W_l": "n_l x n_{l-1}", "W_H": "n_3 x n_3"}
    definitions = r"$a_0 = x$, $a_l = \tanh(W_l a_{l-1})$, $h = W_H a_3$, $E = \frac12 \|h\|^2$."
    claims = [
        r"\frac{\partial E}{\partial a_3} = W_H^\top h",
        r"\frac{\partial E}{\partial a_{l-1}} = W_l^\top \left((1 - a_l \odot a_l) \odot"
        r" \frac{\partial E}{\partial a_l}\right)",
        r"\frac{\partial E}{\partial a_2} = W_H^\top h",
    ]
    assert verdicts(document(shapes, definitions, *claims))[-3:] == ["holds", "holds", "ill-shaped"]


# ---------------------------------------------------------------- numbers with letters


@pytest.mark.parametrize("limits", [("_{i=1}^n", "_{j=1}^m"), ("_i", "_j")])
def test_numbers_with_two_indices_are_the_entries_of_a_matrix(limits):
    shapes = {"x_i": "scalar", "w_{ij}": "scalar", "v_j": "scalar", "t": "scalar"}
    definitions = (
        rf"$z_j = \sum{limits[0]} w_{{ij}} x_i$, $h_j = \tanh(z_j)$, $y = \sum{limits[1]} v_j h_j$, "
        r"$E = \frac12 (y - t)^2$."
    )
    claims = [
        r"\frac{\partial E}{\partial v_j} = (y - t) h_j",
        r"\frac{\partial E}{\partial z_j} = (y - t) v_j (1 - h_j^2)",
        r"\frac{\partial E}{\partial z_j} = (y - t) \sum_k v_k (1 - h_k^2)",
        r"\frac{\partial E}{\partial w_{ij}} = (y - t) v_j (1 - h_j^2) x_i",
        r"\frac{\partial E}{\partial x_i} = (y - t) \sum_j v_j (1 - h_j^2) w_{ij}",
        r"\frac{\partial E}{\partial x_i} = (y - t) v_j (1 - h_j^2) w_{ij}",
    ]
    found = verdicts(document(shapes, definitions, *claims))[-6:]
    assert [verdict == "holds" for verdict in found] == [True, True, False, True, True, False]


@pytest.mark.parametrize("sums", [r"\sum_i \sum_j", r"\sum_{i,j}", r"\sum_{i=1}^n \sum_{j=1}^n"])
def test_letters_in_one_slot_run_equally_far(sums):
    claims = [
        r"\frac{\partial E}{\partial x_i} = -\frac12 \sum_j (w_{ij} + w_{ji}) x_j",
        r"\frac{\partial E}{\partial x_i} = - \sum_j w_{ij} x_j",
        r"\frac{\partial E}{\partial w_{ij}} = -\frac12 x_i x_j",
    ]
    shapes = {"x_i": "scalar", "w_{ij}": "scalar"}
    definitions = rf"$E = -\frac12 {sums} w_{{ij}} x_i x_j$."
    assert verdicts(document(shapes, definitions, *claims))[-3:] == ["holds", "wrong", "holds"]


def test_a_sum_without_limits_reaches_the_numbers_below():
    shapes = {"v_j": "scalar", "t_j": "scalar"}
    definitions = r"$a_j = v_j^2$, $o_j = a_j^2$ and $E = \sum_j (t_j - o_j)^2$."
    claims = [
        r"\frac{\partial E}{\partial a_j} = -4 (t_j - o_j) a_j",
        r"\frac{\partial E}{\partial a_j} = \sum_j -4 (t_j - o_j) a_j",
        r"\frac{\partial E}{\partial v_j} = -8 (t_j - o_j) a_j v_j",
    ]
    assert verdicts(document(shapes, definitions, *claims))[-3:] == ["holds", "wrong", "holds"]


@pytest.mark.parametrize("name", ["c_{neg_i}", r"c_{\text{neg}_i}", "c_{neg,i}"])
def test_an_index_behind_a_word_counts(name):
    definitions = rf"$E = \sum_{{i=1}}^k \sigma({name} \cdot w)$, with $\sigma$ the logistic function."
    slope = rf"\sigma({name} \cdot w) (1 - \sigma({name} \cdot w)) w"
    claims = [rf"\frac{{\partial E}}{{\partial {name}}} = {factor}{slope}" for factor in ("", "k ")]
    assert verdicts(document({"w": "d", name: "d"}, definitions, *claims))[-2:] == ["holds", "wrong"]


def test_a_number_of_a_family_before_brackets_is_a_factor():
    definitions = r"$E = \sum_{i=1}^V \sum_{j=1}^V f_{ij} (u_i - 1)^2$."
    claims = [rf"\frac{{\partial E}}{{\partial u_i}} = 2 \sum_{{j=1}}^V {f} (u_i - 1)" for f in ("f_{ij}", "f_{ji}")]
    assert verdicts(document({"u_i": "scalar", "f_{ij}": "scalar"}, definitions, *claims))[-2:] == ["holds", "wrong"]
