"""The page's engine against `derive.engine`, on random programs of every operation that a model may use."""

from __future__ import annotations

import random

import numpy as np

from derive.explaining.trees import tree
from derive.terms import nodes
from derive.terms.definitions import Definition, forward
from derive.terms.indices import Index
from derive.terms.nodes import Apply, Component, Hadamard, Power, Sum, Symbol, Total, ones
from derive.terms.shapes import Shape
from derive.terms.walk import symbols
from derive.verify.tensors import TensorArithmetic, leaf

PROGRAMS = 200
DIMS = ("p", "q", "r")


class RandomProgram:
    """Definitions over a few given symbols; every new symbol may use any earlier one, so that gradients fan out."""

    def __init__(self, seed: int):
        self.draw = random.Random(seed)
        self.sizes = {name: self.draw.randint(1, 4) for name in DIMS}
        self.at_zero = self.draw.choice((0.0, 0.5, 1.0))
        self.values: dict[str, np.ndarray] = {}
        self.known: list[Symbol] = []
        self.parameters: set[str] = set()
        for k in range(self.draw.randint(3, 5)):
            self.given(f"g_{k}")
        self.definitions: list[Definition] = []
        for k in range(self.draw.randint(3, 9)):
            self.define(f"s_{k}")
        last = self.definitions[-3:]
        terms = [Total((d.symbol,)) if not d.symbol.is_scalar else d.symbol for d in last]
        self.definitions.append(Definition(Symbol(name="L"), nodes.add(tuple(terms))))

    def given(self, key: str) -> None:
        shape = self.draw.choice(("scalar", "p", "q x r", "p x q", "r x q", "1 x q"))
        symbol = Symbol(name=key, declared=Shape.of(shape))
        rows, columns = symbol.shape.sizes(self.sizes)
        entries = [0.0 if self.draw.random() < 0.1 else self.draw.uniform(-2, 2) for _ in range(rows * columns)]
        self.values[key] = np.array(entries).reshape(rows, columns)
        self.known.append(symbol)
        if self.draw.random() < 0.7 or key == "g_0":
            self.parameters.add(key)

    def define(self, key: str) -> None:
        a = self.draw.choice(self.known)
        vectors = [s for s in self.known if s.shape.is_vector and not s.is_scalar]
        if vectors and self.draw.random() < 0.2:
            v = self.draw.choice(vectors)
            entry = Component((v,), Index("i"))
            if self.draw.random() < 0.5:
                expression = Sum((entry**2 + 1,), "i", 1, v.shape.rows)
                self.definitions.append(Definition(Symbol(name=key), expression))
            else:
                symbol = Symbol(name=key, declared=v.shape)
                self.definitions.append(Definition(symbol, entry @ entry - 1, "i"))
            self.known.append(self.definitions[-1].symbol)
            return
        expression = self.draw.choice(self.operations(a))()
        self.definitions.append(Definition(Symbol(name=key, declared=expression.shape), expression))
        self.known.append(self.definitions[-1].symbol)

    def operations(self, a: Symbol) -> list:
        alike = [s for s in self.known if s.shape == a.shape]
        b = self.draw.choice(alike)
        scalar = self.draw.choice([s for s in self.known if s.is_scalar] or [nodes.term(2)])
        positive = 1 + Power((b,), 2)
        p = Apply((a,), "sigmoid")
        found = [
            lambda: a - b + scalar, lambda: -a, lambda: Hadamard((a, b)), lambda: a / positive, lambda: Power((a,), 3),
            lambda: Power((positive,), -1), lambda: Apply((a,), "relu"), lambda: Apply((a,), "tanh"), lambda: p,
            lambda: Apply((Apply((a,), "tanh"),), "exp"), lambda: Apply((positive,), "log"),
            lambda: Apply((p,), "log"), lambda: Apply((1 - p,), "log") + 0, lambda: scalar @ a,
            lambda: nodes.SquaredNorm((a,)) if not a.is_scalar else a @ a,
        ]  # fmt: skip
        for c in self.known:
            if not a.is_scalar and not c.is_scalar and a.shape.cols == c.shape.rows:
                found += [lambda c=c: a @ c] * 2
        if not a.is_scalar:  # of a number, these are the number itself and no node of the engine's own
            found += [lambda: a.T, lambda: Total((a,)), lambda: a @ ones(Shape(a.shape.cols, a.shape.rows)) @ a]
        return found

    def data(self) -> dict:
        every = [*(s for s in self.known if s.key in self.values), *(d.symbol for d in self.definitions)]
        return {
            "loss": "L",
            "reluAtZero": self.at_zero,
            "symbols": {s.key: {"role": self.role(s.key), "rows": s.shape.rows.size(self.sizes)} for s in every},
            "values": {key: value.tolist() for key, value in self.values.items()},
            "definitions": [
                {"symbol": d.symbol.key, "index": d.index, "tree": tree(d.expression, self.sizes)}
                for d in self.definitions
            ],
        }

    def role(self, key: str) -> str:
        return "parameter" if key in self.parameters else "data"

    def expected(self) -> tuple[dict, dict]:
        """Values and gradients by the project's own engine."""
        start = {k: leaf(v) if k in self.parameters else _constant(v) for k, v in self.values.items()}
        found = forward(self.definitions, start, self.sizes, TensorArithmetic(self.at_zero))
        found["L"].backward()
        return {k: v.data for k, v in found.items()}, {k: v.grad for k, v in found.items() if v.grad is not None}


def _constant(value):
    from derive.engine.tensor import Tensor

    return Tensor(value)


RUN = """(programs) => programs.map((model) => {
    const { forward, backward, fromRows, toRows } = window.derive;
    const values = Object.fromEntries(Object.entries(model.values).map(([key, rows]) => [key, fromRows(rows)]));
    const run = forward(model, values);
    const { gradients } = backward(model, run);
    const named = (entries, value) => Object.fromEntries(
        Object.entries(entries).map(([key, entry]) => [key, toRows(value(entry))]));
    return [named(run.nodes, (node) => node.value), named(gradients, (gradient) => gradient)];
})"""


def test_random_programs_have_the_values_and_gradients_of_the_engine(opened):
    programs = [p for p in map(RandomProgram, range(PROGRAMS)) if _depends(p)]
    assert len(programs) > PROGRAMS * 0.8
    used = {type(node) for p in programs for d in p.definitions for node in d.expression.walk()}
    assert used >= {nodes.Product, Hadamard, nodes.Quotient, Power, Apply, nodes.Transpose, nodes.Ones}
    assert used >= {Sum, Component, Total, nodes.SquaredNorm, nodes.Neg}
    found = opened("linear-scalar").page.evaluate(RUN, [program.data() for program in programs])
    for program, (values, gradients) in zip(programs, found, strict=True):
        true_values, true_gradients = program.expected()
        _same(values, true_values)
        _same(gradients, true_gradients)


def _depends(program: RandomProgram) -> bool:
    """Whether the loss depends on a parameter at all."""
    needed = {"L"}
    for definition in reversed(program.definitions):
        if definition.symbol.key in needed:
            needed |= {symbol.key for symbol in symbols(definition.expression)}
    return bool(needed & program.parameters)


def _same(found: dict, expected: dict) -> None:
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        given = np.array([[np.nan if entry is None else entry for entry in row] for row in found[key]])
        value = np.atleast_2d(value)
        assert given.shape == value.shape, key
        assert np.all(abs(given - value) <= 1e-9 * max(1e-300, abs(value).max())), key


def test_saturated_probabilities_keep_their_loss_and_gradient(opened):
    """log(1 - sigmoid(z)) at z = 40 and 800, where the sigmoid is 1 to a double."""
    z, y, loss = Symbol(name="z", declared=Shape.of("n")), Symbol(name="y", declared=Shape.of("n")), Symbol(name="L")
    p = Symbol(name="p", declared=Shape.of("n"))
    definitions = [
        Definition(p, Apply((z,), "sigmoid")),
        Definition(loss, -Total((Hadamard((y, Apply((p,), "log"))) + Hadamard((1 - y, Apply((1 - p,), "log"))),))),
    ]
    values = {"z": [[40.0], [-40.0], [800.0], [-800.0]], "y": [[0.0], [1.0], [0.0], [1.0]]}
    model = {
        "loss": "L", "reluAtZero": 0, "values": values,
        "symbols": {"z": {"role": "parameter"}, "y": {"role": "data"}},
        "definitions": [
            {"symbol": d.symbol.key, "index": None, "tree": tree(d.expression, {"n": 4})} for d in definitions
        ],
    }  # fmt: skip
    ((found, gradients),) = opened("linear-scalar").page.evaluate(RUN, [model])
    assert np.isclose(found["L"][0][0], 1680) and np.allclose(np.ravel(gradients["z"]), [1, -1, 1, -1])
