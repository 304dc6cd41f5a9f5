"""Last layers: one with an activation of its own, one whose number nobody states, members of recurrences."""

import pytest

from tests.checking.said import verdicts

# ---------------------------------------------------------------- a last layer that is not like the others

NETWORK = r"""---
derive:
  shapes: {x: n_0, 'W^{[l]}': 'n_l x n_{l-1}', y: n_3}
  layers: 3
  loss: E
---
Let $a^{[0]} = x$ and $z^{[l]} = W^{[l]} a^{[l-1]}$. For $l < L$ we have $a^{[l]} = \mathrm{ReLU}(z^{[l]})$, and
$a^{[L]} = SIGN(z^{[L]})$. $$E = \frac12 \|a^{[L]} - y\|^2$$

"""


@pytest.mark.parametrize(
    ("sign", "claim", "verdict"),
    [
        (r"\tanh", r"\frac{\partial E}{\partial z^{[L]}} = (a^{[L]} - y) \odot (1 - (a^{[L]})^2)", "holds"),
        (r"\tanh", r"\frac{\partial E}{\partial z^{[L]}} = (a^{[L]} - y) \odot \mathbf{1}[z^{[L]} > 0]", "wrong"),
        (
            r"\tanh",
            r"\frac{\partial E}{\partial z^{[2]}} = W^{[3]\top} \frac{\partial E}{\partial z^{[3]}} \odot "
            r"\mathbf{1}[z^{[2]} > 0]",
            "holds",
        ),
        (
            r"\mathrm{ReLU}",
            r"\frac{\partial E}{\partial z^{[L]}} = (a^{[L]} - y) \odot \mathbf{1}[z^{[L]} > 0]",
            "holds",
        ),
    ],
)
def test_the_last_activation_is_its_own(sign, claim, verdict):
    found = verdicts(NETWORK.replace("SIGN", sign) + f"$${claim}$$")
    assert found[-1] == verdict
    assert "unread" not in found


def test_the_last_layer_is_linear():
    text = "---\nderive:\n  shapes: {x: n_0, W_l: 'n_l x n_{l-1}', y: n_3}\n  layers: 3\n  loss: E\n---\n"
    text += r"$$h_0 = x$$ $$h_l = \tanh(W_l h_{l-1}), \quad l = 1, \dots, L-1$$ $$h_L = W_L h_{L-1}$$ "
    text += r"$$E = \frac12 \|h_L - y\|^2$$ "
    assert verdicts(text + r"$$\frac{\partial E}{\partial W_L} = (h_L - y) h_{L-1}^\top$$")[-1] == "holds"
    assert verdicts(text + r"$$\frac{\partial E}{\partial W_L} = (h_L - y) h_L^\top$$")[-1] != "holds"


# ---------------------------------------------------------------- a number that nobody states


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial C}{\partial W_L} = \frac{\partial C}{\partial z_L} a_{L-1}^T", "holds"),
        (r"\frac{\partial C}{\partial W_L} = \frac{\partial C}{\partial z_L} a_2^T", "wrong"),
    ],
)
@pytest.mark.parametrize("stated", ["", "  layers: 3\n"])
def test_what_holds_for_one_number_of_layers_is_wrong_where_none_is_stated(claim, verdict, stated):
    front = f"---\nderive:\n  shapes: {{x: n, y: n, W_l: n x n}}\n{stated}  loss: C\n---\n"
    text = r"$a_0 = x$, $z_l = W_l a_{l-1}$, $a_l = \sigma(z_l)$, $C = \frac{1}{2}\|a_L - y\|^2$. "
    assert verdicts(f"{front}{text}$${claim}$$")[-1] == ("holds" if stated else verdict)


@pytest.mark.parametrize(("power", "verdict"), [("w^T", "holds"), ("w^3", "wrong"), ("w^{T-1}", "wrong")])
def test_a_power_of_the_last_step(power, verdict):
    text = "---\nderive:\n  shapes: {w: scalar, x: scalar}\n---\n" + r"$h_0 = x$, $h_t = \tanh(w h_{t-1})$. "
    claim = rf"\frac{{\partial h_T}}{{\partial x}} = {power} \prod_{{t=1}}^{{T}} (1 - h_t^2)"
    assert verdicts(f"{text}$${claim}$$")[-1] == verdict


# ---------------------------------------------------------------- members of a recurrence


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"s_T = \sum_{t=1}^{T} w^{T-t} x_t", "holds"),
        (r"s_T = \sum_{t=1}^{T} w^{T-t+1} x_t", "wrong"),
        (r"s_2 = w x_1 + x_2", "holds"),
        (r"s_2 = w x_2 + x_1", "wrong"),
        (r"\frac{\partial s_T}{\partial x_t} = w^{T-t}", "holds"),
        (r"\frac{\partial s_t}{\partial w} = s_{t-1} + w \frac{\partial s_{t-1}}{\partial w}", "holds"),
    ],
)
def test_a_member_of_a_recurrence_is_no_definition(claim, verdict):
    text = "---\nderive:\n  shapes: {x_t: scalar, w: scalar}\n---\n" + r"$s_0 = 0$ and $s_t = w s_{t-1} + x_t$. "
    assert verdicts(f"{text}$${claim}$$")[-1] == verdict


@pytest.mark.parametrize(("power", "verdict"), [("k", "holds"), ("{k-1}", "wrong"), ("{k+1}", "wrong")])
def test_a_power_of_a_matrix(power, verdict):
    text = "---\nderive:\n  shapes: {A: n x n, x_0: n}\n---\n$x_k = A x_{k-1}$. "
    assert verdicts(f"{text}$$x_k = A^{power} x_0$$")[-1] == verdict


def test_time_is_time_in_every_slot():
    shapes = "---\nderive:\n  shapes: {x_t: d, y_t: d, W: d x d, U: d x d, V: d x d, h_t: d}\n  loss: L\n---\n"
    text = shapes + r"$a_t = W h_{t-1} + U x_t$, $h_t = \tanh(a_t)$, $o_t = V h_t$, $h_0 = 0$, "
    text += r"$L = \frac{1}{2}\sum_{t=1}^{T} \|o_t - y_t\|^2$. "
    assert verdicts(text + r"$$\frac{\partial L}{\partial o_t} = o_t - y_t$$")[-1] == "holds"
    assert verdicts(text + r"$$\frac{\partial L}{\partial V} = \sum_t (o_t - y_t) h_t^\top$$")[-1] == "holds"
    assert verdicts(text + r"$$\frac{\partial L}{\partial h_t} = V^\top (o_t - y_t)$$")[-1] == "wrong"


def test_a_bias_with_the_number_0_beside_the_weights():
    text = "---\nderive:\n  shapes: {x_i: scalar, w_i: scalar, w_0: scalar}\n---\n"
    text += r"$\hat{y} = w_0 + \sum_{i=1}^n w_i x_i$. "
    assert verdicts(text + r"$$\frac{\partial \hat{y}}{\partial w_i} = x_i$$")[-1] == "holds"
    assert verdicts(text + r"$$\frac{\partial \hat{y}}{\partial w_0} = 1$$")[-1] == "holds"
    assert verdicts(text + r"$$\frac{\partial \hat{y}}{\partial w_i} = w_i$$")[-1] == "wrong"
