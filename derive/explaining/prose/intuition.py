r"""What the formulas mean, in sentences that are true of some models and not of others: one row each.

The first rows that apply are printed, at most `MOST` of them, so the rows stand in the order of what matters most.
`<L>` is the last layer, `<outer>` its gradient by the weights; `<d>`, `<a>`, `<z>`, `<y>` are upper case for a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.explaining.prose.facts import Facts

MOST = 4


@dataclass(frozen=True)
class Insight:
    """A sentence or two with a first word, and when it may be said."""

    label: str
    when: Callable[[Facts], bool]
    text: str


INSIGHTS = (
    # -------------------------------------------------------------- one feature
    Insight(
        "Every example pulls",
        lambda f: f.model == "linear-scalar",
        r"The loss adds up one term per example, and the derivative of a sum is the sum of the derivatives. So each"
        r" example pulls on $w$ and $b$ with its own residual $\hat{y}_i - y_i$, knowing nothing of the others, and"
        r" the pulls add up.",
    ),
    Insight(
        "Why $x_i$ appears for $w$ only",
        lambda f: f.model == "linear-scalar",
        r"Moving $w$ by a little moves the prediction $\hat{y}_i$ by $x_i$ times as much: an example with $x_i = 0$"
        r" says nothing about the slope. Moving $b$ moves every prediction by the same amount, as if $b$ were the"
        r" weight of an input that is always 1.",
    ),
    Insight(
        "Where it stops",
        lambda f: f.model == "linear-scalar",
        r"Both gradients vanish when the residuals add up to zero, plain and weighted with $x_i$. That is the"
        r" least-squares line: what is left of $y$ has no trend in $x$.",
    ),
    Insight(
        "What $1/n$ does",
        lambda f: f.model == "linear-scalar" and f.reduction == "mean",
        r"Dividing by $n$ leaves the direction of the gradient and keeps its length from growing with the number of"
        r" examples. So the learning rate need not shrink just because data are added.",
    ),
    Insight(
        "What the plain sum does",
        lambda f: f.model == "linear-scalar" and f.reduction == "sum",
        r"Without $1/n$ the gradient grows with the number of examples, so the learning rate has to shrink as data are"
        r" added. The direction is that of the mean.",
    ),
    # -------------------------------------------------------------- one linear layer
    Insight(
        "Residuals against features",
        lambda f: f.model == "linear" and f.arrangement == "rows",
        r"$X^\top(\hat{y} - y)$ holds one number per feature: how far the residuals go along with it over all examples."
        r" A feature that still explains part of the error gets a gradient; at the least-squares solution the residuals"
        r" are orthogonal to every feature.",
    ),
    Insight(
        "Residuals against features",
        lambda f: f.model == "linear" and f.arrangement == "columns",
        r"$X(\hat{y} - y)^\top$ holds one number per feature: how far the residuals go along with it over all examples."
        r" A feature that still explains part of the error gets a gradient; at the least-squares solution the residuals"
        r" are orthogonal to every feature.",
    ),
    Insight(
        "Along the input",
        lambda f: f.model in ("linear", "logistic") and not f.batch,
        r"The gradient by $w$ is a multiple of $x$: one example can move $w$ only along $x$. The factor in front is"
        r" a multiple of the error, so an example that is predicted well hardly pulls at all.",
    ),
    Insight(
        "Large errors dominate",
        lambda f: f.model == "linear",
        r"The squared loss grows with the square of a residual and its gradient with the residual itself: an example"
        r" that is off by ten times as much pulls ten times as hard. One outlier can outweigh many good points.",
    ),
    # -------------------------------------------------------------- sigmoid and loss, one layer or many
    Insight(
        "Sigmoid and cross-entropy fit each other",
        lambda f: f.loss == "bce",
        r"$\partial L/\partial \hat{<y>}$ has $\hat{<y>} <.>(1 - \hat{<y>})$ below the bar, and $\sigma'$ is exactly"
        r" that product: it cancels, and <left> is left. A confident mistake keeps a signal of nearly full size,"
        r" although the sigmoid is flat there.",
    ),
    Insight(
        "A flat sigmoid mutes the error",
        lambda f: f.loss == "mse" and f.output == "sigmoid",
        r"The factor $\sigma'(<z>_<L>) = \hat{<y>} \odot (1 - \hat{<y>})$ stays in front of the residual. It is at most"
        r" $1/4$, and near 0 for a confident output, right or wrong: a confident mistake learns slowly. Cross-entropy"
        r" would cancel this factor.",
    ),
    Insight(
        "The signal follows the residual",
        lambda f: f.network and f.loss == "mse" and f.output == "identity",
        r"With an identity output nothing stands between prediction and pre-activation, so what starts the way back,"
        r" $<d>_<L>$, is proportional to the residual $\hat{<y>} - <y>$: the further off, the louder.",
    ),
    Insight(
        "The same form as for linear regression",
        lambda f: f.model == "logistic",
        r"Written over $\hat{y}$, the gradients are those of linear regression under the same conventions, but for the"
        r" factor 2 that the square brings there. The residual now lies between $-1$ and $1$, so what an example adds"
        r" to the gradient by $w$ is never longer than its features, however wrong the prediction.",
    ),
    # -------------------------------------------------------------- networks
    Insight(
        "What $<d>_l$ means",
        lambda f: f.deep and f.layers == 2,
        r"$<d>_l = \partial L/\partial <z>_l$ says how fast the loss rises when a pre-activation of layer $l$ is"
        r" raised: the blame that reaches each unit. The same weights that carried $<a>_1$ forward carry the blame"
        r" back, transposed; the gradients by weights and biases are read off $<d>_l$ and nothing further back depends"
        r" on them.",
    ),
    Insight(
        "One line, repeated",
        lambda f: f.layers > 2,
        r"$<d>_l = \partial L/\partial <z>_l$ is the blame that reaches each unit of layer $l$. Every layer but the"
        r" last makes it from the next one in the same way: back through the transposed weights, then through the"
        r" activation's derivative. A deeper network repeats this line and needs no new one.",
    ),
    Insight(
        "Blame times input",
        lambda f: f.network and not f.batch,
        r"In <outer>, the entry in row $i$ and column $j$ is the blame of unit $i$ times the input $j$ that came in"
        r" over that very weight. A weight whose input was 0 had no part in the error and gets no gradient.",
    ),
    Insight(
        "Blame times input, summed",
        lambda f: f.network and f.batch,
        r"Each entry of <outer> is the blame of one unit times what came in over one weight, summed over the examples:"
        r" the matrix product does the sum. A weight whose input was 0 for an example gets nothing from that example.",
    ),
    Insight(
        "ReLU is a gate",
        lambda f: f.deep and f.hidden == "relu",
        r"$\mathrm{ReLU}'$ is 1 for an open unit and 0 for a closed one; for a unit at exactly 0 it is <kink>, by"
        r" convention. An open unit passes its signal on at full strength, however deep the network; a closed one"
        r" stops it, and the weights into that unit learn nothing from the example at hand. A unit that is"
        r" closed for every example is dead.",
    ),
    Insight(
        "Why sigmoids make the signal fade",
        lambda f: f.deep and f.hidden == "sigmoid",
        r"$\sigma' = a(1-a)$ is at most $1/4$, so every hidden layer cuts the signal to a quarter or less before the"
        r" weights have their say. Through ten such layers less than a millionth is left: the vanishing gradient.",
    ),
    Insight(
        "Saturated units stop learning",
        lambda f: f.deep and f.hidden == "tanh",
        r"$\tanh' = 1 - a^2$ is 1 for a unit at rest and falls to 0 as $a$ nears $\pm 1$. A saturated unit lets hardly"
        r" any signal through; that is why weights are started small.",
    ),
    Insight(
        "A bias is a weight whose input is 1",
        lambda f: f.network and not f.batch,
        r"Its gradient is therefore the signal itself.",
    ),
    Insight(
        "A bias is a weight whose input is 1",
        lambda f: f.network and f.batch,
        r"Every example uses the same bias, so its gradient is the sum of the signals over the examples.",
    ),
    Insight(
        "The bias is a weight whose input is 1",
        lambda f: f.model in ("linear", "logistic") and not f.batch,
        r"Put 1 in the place of $x$ in the gradient by $w$, and it is the gradient by $b$.",
    ),
    Insight(
        "The bias is a weight whose input is 1",
        lambda f: f.model in ("linear", "logistic") and f.batch,
        r"Put ones in the place of a feature, which is a <line> of $X$, and the gradient by its weight is the gradient"
        r" by $b$.",
    ),
)


def insights(known: Facts) -> tuple[tuple[str, str], ...]:
    """(label, text) of the rows that apply, at most `MOST`."""
    chosen = [row for row in INSIGHTS if row.when(known)][:MOST]
    return tuple((_filled(row.label, known), _filled(row.text, known)) for row in chosen)


def _filled(text: str, known: Facts) -> str:
    upper = known.arrangement in ("rows", "columns") and known.network
    last, index = known.layers, {True: str, False: "{{{}}}".format}
    below = (("A" if upper else "a") + f"_{index[last < 11](last - 1)}") if last > 1 else ("X" if upper else "x")
    signal = (r"\Delta" if upper else r"\delta") + f"_{index[last < 10](last)}"
    outer = rf"{below}^\top {signal}" if known.arrangement == "rows" else rf"{signal} {below}^\top"
    scale = {(False, "1"): "", (True, "1"): "n", (False, "1/2"): "2", (True, "1/2"): "(2n)"}
    divisor = scale[known.divided, known.factor]
    residual = r"\hat{<y>} - <y>"
    left = f"over ${divisor.strip('()')}$, $({residual})/{divisor}$" if divisor else f"itself, ${residual}$"
    names = {
        "<left>": f"prediction minus truth {left},",
        "<.>": "" if known.scalar_prediction else r"\odot ",
        "<line>": "row" if known.arrangement == "columns" else "column",
        "<kink>": f"${known.at_kink}$",
        "<d>": r"\Delta" if upper else r"\delta",
        "<z>": "Z" if upper else "z",
        "<a>": "A" if upper else "a",
        "<y>": "Y" if upper else "y",
        "<L>": index[last < 10](last),
        "<outer>": f"${outer}$",
    }
    for name, value in names.items():
        text = text.replace(name, value)
    return text
