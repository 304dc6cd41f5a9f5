"""Evidence and documents for the tests, each built once."""

from __future__ import annotations

from functools import cache
from itertools import product

from derive.explaining.document import Document, explain
from derive.explaining.elements import Element, Fold
from derive.models.catalogue import build
from derive.verify.evidence import Evidence, gather
from derive.verify.points import draw

SOURCES = ("Data and parameters were drawn with seed 0, with two decimals.",)
ASK = "derive explain mlp --out DIR"

# (model, options, sizes of the worked example where they are not the model's own)
CASES = (
    *(("linear-scalar", {"reduction": r, "factor": f}, {}) for r, f in product(("sum", "mean"), ("1", "1/2"))),
    ("linear-scalar", {}, {"n": 12}),
    ("linear-scalar", {}, {"n": 1}),
    *(
        (model, {"arrangement": a, "reduction": r, "factor": f}, {})
        for model in ("linear", "logistic")
        for a, r, f in (("example", "mean", "1"), ("columns", "sum", "1/2"), ("rows", "mean", "1"))
    ),
    ("linear", {}, {"n": 30, "d": 12}),
    ("mlp", {}, {}),
    ("mlp", {"layers": "1"}, {}),
    ("mlp", {"layers": "6", "hidden": "tanh"}, {}),
    ("mlp", {"hidden": "sigmoid", "loss": "mse"}, {}),
    ("mlp", {"hidden": "tanh", "layers": "3"}, {}),
    ("mlp", {"arrangement": "columns", "hidden": "sigmoid"}, {"n": 3, "d": 2, "h": 3, "k": 2}),
    ("mlp", {"arrangement": "rows"}, {}),
    (
        "mlp",
        {"arrangement": "rows", "output": "identity", "loss": "mse"}
        | {"reduction": "sum", "factor": "1/2", "relu-at-zero": "1/2"},
        {},
    ),
)


def name(case: tuple[str, dict[str, str], dict[str, int]]) -> str:
    model, options, sizes = case
    return "-".join([model, *options.values(), *(f"{key}{value}" for key, value in sizes.items())]).replace("/", "")


def evidence(model: str, options: dict[str, str] | None = None, sizes: dict[str, int] | None = None) -> Evidence:
    return _evidence(model, tuple((options or {}).items()), tuple((sizes or {}).items()))


@cache
def _evidence(name: str, options: tuple, sizes: tuple) -> Evidence:
    model = build(name, dict(options))
    point = draw(model, {**model.sizes, **dict(sizes)}, [0], "document", labels=True) if sizes else None
    return gather(model, point, seed=0)


def document(model: str, options: dict[str, str] | None = None, sizes: dict[str, int] | None = None) -> Document:
    return explain(evidence(model, options, sizes), SOURCES, ASK)


def elements(document: Document) -> list[Element]:
    """Every element of a document, also those that are folded away."""
    found = []
    for section in vars(document).values():
        for element in getattr(section, "elements", ()):
            found += [element, *(element.elements if isinstance(element, Fold) else ())]
    return found
