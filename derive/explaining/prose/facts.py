"""What sentences depend on: the few facts about a model that decide which of them are true of it."""

from __future__ import annotations

from dataclasses import dataclass

from derive.models.model import Model


@dataclass(frozen=True)
class Facts:
    """A model as its options describe it; empty where the model has no such option."""

    model: str
    arrangement: str
    hidden: str
    output: str
    loss: str
    layers: int
    reduction: str
    factor: str = "1"
    at_kink: str = "0"

    @property
    def batch(self) -> bool:
        return self.arrangement != "example"

    @property
    def network(self) -> bool:
        return self.layers > 0

    @property
    def deep(self) -> bool:
        """With a hidden layer."""
        return self.layers > 1

    @property
    def convex(self) -> bool:
        """The loss is a convex function of the parameters: a point without slope is a minimum."""
        return bool(self.loss) and not self.deep and not (self.loss == "mse" and self.output == "sigmoid")

    @property
    def scalar_prediction(self) -> bool:
        """The prediction is a number, or is written entry by entry."""
        return not self.network and not (self.batch and self.arrangement != "entries")

    @property
    def divided(self) -> bool:
        """The loss is divided by n."""
        return self.batch and self.reduction == "mean"


# What a model is known to be where its options do not say it.
_IMPLIED = {
    "linear-scalar": {"arrangement": "entries", "output": "identity", "loss": "mse"},
    "linear": {"output": "identity", "loss": "mse"},
    "logistic": {"output": "sigmoid", "loss": "bce"},
}


def facts(model: Model) -> Facts:
    """The facts of a built-in model, read from its options."""
    known = {**_IMPLIED.get(model.name, {}), **model.options}
    return Facts(
        model=model.name,
        arrangement=known.get("arrangement", ""),
        hidden=known.get("hidden", ""),
        output=known.get("output", ""),
        loss=known.get("loss", ""),
        layers=int(known.get("layers", 0)),
        reduction=known.get("reduction", ""),
        factor=known.get("factor", "1"),
        at_kink=model.at_kink,
    )
