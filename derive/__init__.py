"""derive: a derivation checker for machine learning.

The public door. Names are loaded when they are first used, so that `import derive` costs nothing:

    check(text_or_path)                  judge every equation of a derivation, as `derive check` does
    check_gradient(loss, gradient, at)   compare a gradient that you wrote in NumPy with its loss, entry by entry
    build(name, options)                 a built-in model, as a value
    gather(model, seed=0)                derive its gradients and ask four independent witnesses about them

The engine has a door of its own, `derive.engine`. Everything else may change.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "check": "derive.checking.check",
    "check_gradient": "derive.verify.gradient",
    "build": "derive.models.catalogue",
    "gather": "derive.verify.evidence",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
