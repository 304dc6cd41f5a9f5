"""Neural networks on `Value`: neurons, layers and multilayer perceptrons.

The constructors are micrograd's (`MLP(2, [16, 16, 1])`), so its training loops run here. A neuron is one `dot` and one
activation. This module never trains anything: `derive.engine.optimisers` does, and `derive.engine.xor` is a complete
training run.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from derive.engine.initialisation import INITIALISATIONS
from derive.engine.value import Value, dot

ACTIVATIONS = {"relu": Value.relu, "tanh": Value.tanh, "sigmoid": Value.sigmoid}


class Module:
    """Whatever has parameters."""

    def parameters(self) -> list[Value]:
        return []

    def zero_grad(self) -> None:
        for p in self.parameters():
            p.grad = 0.0


class Neuron(Module):
    """w . x + b, and an activation of it unless `nonlin` is False.

    Weights are drawn by `initialisation`, a row of `INITIALISATIONS`: by default uniformly from [-1, 1]. The bias
    starts at `bias`. `fan_out` is the number of neurons in the layer, which some rows ask for. `rng` makes the draw
    reproducible; without it the global generator of `random` is used. Raises ValueError for an unknown activation or
    initialisation.
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        activation: str = "relu",
        rng: random.Random | None = None,
        *,
        initialisation: str = "uniform",
        bias: float = 0.0,
        fan_out: int = 1,
    ) -> None:
        if activation not in ACTIVATIONS:
            raise ValueError(f"unknown activation {activation!r}; choose one of {', '.join(ACTIVATIONS)}")
        if initialisation not in INITIALISATIONS:
            raise ValueError(f"unknown initialisation {initialisation!r}; choose one of {', '.join(INITIALISATIONS)}")
        draw = INITIALISATIONS[initialisation]
        self.w = [Value(draw(rng or random, nin, fan_out)) for _ in range(nin)]
        self.b = Value(bias)
        self.nonlin = nonlin
        self.activation = activation

    def __call__(self, x: Sequence[Value | float]) -> Value:
        z = dot(self.w, x, self.b)
        return ACTIVATIONS[self.activation](z) if self.nonlin else z

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{self.activation if self.nonlin else 'linear'} neuron of {len(self.w)} inputs"


class Layer(Module):
    """`nout` neurons on the same `nin` inputs. Called with one output, it returns the Value itself and not a list."""

    def __init__(self, nin: int, nout: int, **neuron: object) -> None:
        self.neurons = [Neuron(nin, fan_out=nout, **neuron) for _ in range(nout)]

    def __call__(self, x: Sequence[Value | float]) -> Value | list[Value]:
        x = [v if isinstance(v, Value) else Value(v, requires_grad=False) for v in x]  # once, not once per neuron
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def __repr__(self) -> str:
        return f"layer of [{', '.join(map(repr, self.neurons))}]"


class MLP(Module):
    """A multilayer perceptron with `nin` inputs and layers of `nouts` neurons; the last layer is linear.

    Called with a sequence of `nin` numbers or Values, it returns one Value (last layer of one neuron) or a list. `seed`
    makes the initial weights reproducible; without it they come from the global generator of `random`. `initialisation`
    and `bias` are those of `Neuron`.
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: str = "relu",
        initialisation: str = "uniform",
        bias: float = 0.0,
        seed: int | None = None,
    ) -> None:
        neuron = {
            "activation": activation,
            "initialisation": initialisation,
            "bias": bias,
            "rng": None if seed is None else random.Random(seed),
        }
        sizes = [nin, *nouts]
        self.layers = [
            Layer(sizes[i], sizes[i + 1], nonlin=i != len(nouts) - 1, **neuron) for i in range(len(nouts))
        ]

    def __call__(self, x: Sequence[Value | float]) -> Value | list[Value]:
        for layer in self.layers:
            x = layer(x if isinstance(x, Sequence) else [x])
        return x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"
