"""The engine: reverse-mode automatic differentiation on numbers (`Value`) and on NumPy arrays (`Tensor`).

Its gradients come from local derivatives written by hand; it never imports SymPy or another room of derive, because it
is a witness against them. Names are loaded on first use: whoever needs only `Value` does not import NumPy. The
functions of Tensors are in `derive.engine.tensor`, the losses of Values in `derive.engine.value`.
"""

from importlib import import_module

_HOMES = {
    "value": ("Value", "dot"),
    "recording": ("no_grad",),
    "nn": ("MLP", "Layer", "Module", "Neuron"),
    "optimisers": ("SGD", "Adam"),
    "schedules": ("cosine_decay", "exponential_decay", "step_decay"),
    "xor": ("Training", "train_xor"),
    "tensor": ("Tensor",),
    "derivatives": ("grad", "hessian", "jacobian"),
    "losses": ("bce", "bce_with_logits", "mse"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
