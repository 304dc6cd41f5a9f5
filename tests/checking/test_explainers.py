"""What `derive explain` writes is a document like any other: `derive check` finds nothing false in it."""

import pytest

from derive.checking.check import check
from derive.explaining.render import render
from tests.explaining.documents import document

# (model, options, claims that hold at least): formulas with shapes under braces, then a worked example in numbers.
CASES = [
    ("linear-scalar", {"reduction": "mean", "factor": "1"}, 25),
    ("linear", {"arrangement": "columns", "reduction": "sum", "factor": "1/2"}, 30),
    ("linear", {"arrangement": "rows", "reduction": "mean", "factor": "1"}, 30),
    ("logistic", {"arrangement": "columns", "reduction": "sum", "factor": "1/2"}, 40),
    ("mlp", {}, 80),
    ("mlp", {"hidden": "tanh", "layers": "3"}, 120),
    ("mlp", {"arrangement": "rows"}, 75),
]


@pytest.mark.parametrize(("model", "options", "least"), CASES)
@pytest.mark.parametrize("form", ["md", "tex"])
def test_an_explainer_is_true(model, options, least, form):
    statements = check(render(document(model, options), form)).statements
    bad = [(s.line, s.latex, s.message) for s in statements if s.verdict in ("wrong", "ill-shaped")]
    assert bad == []
    assert sum(statement.verdict == "holds" for statement in statements) >= least
