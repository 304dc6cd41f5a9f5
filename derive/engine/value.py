"""Reverse-mode automatic differentiation of one number at a time, with every local derivative in plain sight.

A `Value` is a node: a number, the nodes it was computed from, and the derivative of the number by each of them.
`RULES` says how each operation computes both; `Value.backward` multiplies and adds them up in reverse order. Code
written for micrograd's `Value` runs on this one. This module never imports NumPy, never recurses, and its nodes never
refer to their results: a graph is freed the moment its last result is, without the cyclic garbage collector.

Mathematics: A. Griewank and A. Walther, Evaluating Derivatives (2nd ed., SIAM 2008), section 3.2: the adjoint of a node
is the sum, over the nodes computed from it, of their adjoint times their local derivative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from numbers import Real
from operator import mul

from derive.engine import recording
from derive.engine.recording import no_grad

__all__ = ["RULES", "Value", "bce", "bce_with_logits", "dot", "mse", "no_grad"]

# Beyond this logit, 1/sigmoid(z) comes near the largest float64 (exp(709.7)), so dlog(p)/dp cannot be written down.
LARGEST_LOGIT = 700.0


def _sigmoid(a: float) -> float:
    t = math.exp(-abs(a))  # never overflows, and keeps the small tail that 1 - 1/(1 + t) would round to 0
    return 1.0 / (1.0 + t) if a >= 0.0 else t / (1.0 + t)


def _softplus(a: float) -> float:
    return max(a, 0.0) + math.log1p(math.exp(-abs(a)))


def _power(a: float, n: float) -> float:
    if a < 0.0 and not float(n).is_integer():
        raise ValueError("a negative number to a fractional power is not real")
    return a**n


# fmt: off
# operation -> (result, its derivative by each operand ...), from the operands' numbers
RULES: dict[str, Callable[..., tuple[float, ...]]] = {
    "+":       lambda a, b: (a + b, 1.0, 1.0),                      # d(a + b) = da + db
    "-":       lambda a, b: (a - b, 1.0, -1.0),                     # d(a - b) = da - db
    "*":       lambda a, b: (a * b, b, a),                          # d(a b) = b da + a db
    "/":       lambda a, b: (y := a / b, 1.0 / b, -y / b),          # d(a / b) = da / b - (a / b) db / b
    "**":      lambda a, b: (y := _power(a, b),                     # d(a^b) = b a^(b-1) da + a^b ln a db
                             b * _power(a, b - 1.0), y and y * math.log(a)),
    "**n":     lambda a, n: (_power(a, n), n and n * _power(a, n - 1.0)),  # d(a^n) = n a^(n-1) da, n a plain number
    "neg":     lambda a: (-a, -1.0),                                # d(-a) = -da
    "exp":     lambda a: (y := math.exp(a), y),                     # d(e^a) = e^a da
    "log":     lambda a: (math.log(a), 1.0 / a),                    # d(ln a) = da / a
    "tanh":    lambda a: (y := math.tanh(a), 1.0 - y * y),          # d(tanh a) = (1 - tanh^2 a) da
    "sigmoid": lambda a: (y := _sigmoid(a), y * _sigmoid(-a)),      # d(s(a)) = s(a) s(-a) da, as 1 - s(a) = s(-a)
    "square":  lambda a: (a * a, 2.0 * a),                          # d(a^2) = 2 a da
    "ReLU":    lambda a, at_zero: (0.0 if a <= 0.0 else a,          # d(max(0, a)) = [a > 0] da, at 0 by convention
                                   1.0 if a > 0.0 else at_zero if a == 0.0 else 0.0),
    # of p = s(z), where p may have rounded to 1
    "log of sigmoid": lambda p, z: (-_softplus(-z), 1.0 / p),       # d(ln p) = dp / p, and ln s(z) = -ln(1 + e^-z)
    "log sigmoid":    lambda z: (-_softplus(-z), _sigmoid(-z)),     # d(ln s(z)) = s(-z) dz
    "1 - sigmoid":    lambda p, z: (_sigmoid(-z), -1.0),            # d(1 - p) = -dp, and 1 - s(z) = s(-z)
    # -v ln s(z) - (1-v) ln s(-z), by z and by v: no term cancels, no exponential overflows
    "bce":     lambda z, v: (v * _softplus(-z) + (1.0 - v) * _softplus(z),
                             (1.0 - v) * _sigmoid(z) - v * _sigmoid(-z), -z),
}
# fmt: on


def _node(op: str, parents: tuple[Value, ...], data: float, *local: float) -> Value:
    """A result. Bypasses `__init__`, which costs as much as all the rest of an operation."""
    out = _new(Value)
    out.data = data
    out.grad = 0.0
    out.label = ""
    out.requires_grad = recording.enabled and any([parent.requires_grad for parent in parents])
    out._op = op
    out._first, out._by_first = (parents, local) if out.requires_grad else ((), ())
    out._second = out._own = out._seen = None
    return out


def _evaluate(op: str, *numbers: float) -> tuple[float, ...]:
    """The row of `RULES`, with an error that names the operation and its operands."""
    try:
        return RULES[op](*numbers)
    except (ArithmeticError, ValueError) as error:
        raise type(error)(f"{op} of {', '.join(map(repr, numbers))}: {error}") from None


def _lift(number: object) -> Value:
    """A number as a constant node; `NotImplemented` for what is none, so that Python tries the other operand."""
    if isinstance(number, Value):
        return number
    return Value(number, requires_grad=False) if isinstance(number, Real) else NotImplemented


def _binary(op: str) -> Callable[[Value, Value | float], Value]:
    def method(self: Value, other: Value | float) -> Value:
        if other.__class__ is not Value and (other := _lift(other)) is NotImplemented:
            return NotImplemented
        try:
            data, by_self, by_other = RULES[op](self.data, other.data)
        except (ArithmeticError, ValueError):
            _evaluate(op, self.data, other.data)
        if not (recording.enabled and (self.requires_grad or other.requires_grad)):
            return _node(op, (), data)
        out = _new(Value)  # `_node` spelled out: without its two tuples, a pass takes a quarter less time
        out.data = data
        out.grad = 0.0
        out.label = ""
        out.requires_grad = True
        out._op = op
        out._first = self
        out._second = other
        out._by_first = by_self
        out._by_second = by_other
        out._seen = None
        return out

    return method


def _reflected(op: str) -> Callable[[Value, float], Value]:
    forward = _binary(op)

    def method(self: Value, other: float) -> Value:
        return NotImplemented if (lifted := _lift(other)) is NotImplemented else forward(lifted, self)

    return method


def _unary(op: str) -> Callable[[Value], Value]:
    def method(self: Value) -> Value:
        return _node(op, (self,), *_evaluate(op, self.data))

    return method


class Value:
    """One number, and the way it was computed.

    `Value(3.0)` is a leaf. `data` may be changed in place between passes, `grad` may be set; both are plain numbers.
    `_prev` are the parents in written order, `_op` the name of the operation, `label` is free for the user. With
    `requires_grad=False` a leaf is a constant: nothing is added to its `grad`.

    A node of one's own: `out = Value(number, (a, b), "name")`, then set `out._backward` to a function of no arguments
    that does `a.grad += dout_da * out.grad` and likewise for b. During `backward` it sees fresh adjoints in `.grad`.

    Raises TypeError if `data` is not a real number.
    """

    __slots__ = (  # noqa: RUF023 (public ones first)
        "data",
        "grad",
        "label",
        "requires_grad",
        "_op",
        "_first",  # of two parents the first; of any other number, the tuple of them all
        "_second",  # of two parents the second, else None
        "_by_first",  # d self / d _first; a tuple where _first is one, () for nodes with an own _backward
        "_by_second",  # d self / d _second, unset where that is None
        "_own",  # the _backward that a user assigned; unset on results of RULES, which never read it
        "_logit",  # on a sigmoid's result: the node that it is the sigmoid of; unset elsewhere
        "_seen",  # the backward pass that visited this node last
    )

    def __init__(
        self,
        data: float,
        _children: Iterable[Value] = (),
        _op: str = "",
        label: str = "",
        *,
        requires_grad: bool | None = None,
    ) -> None:
        if not isinstance(data, Real):
            raise TypeError(f"a Value holds one real number, not {type(data).__name__} {data!r}")
        parents = tuple(_children)
        if parents and not (recording.enabled and any(parent.requires_grad for parent in parents)):
            parents, requires_grad = (), False
        self.data = float(data)
        self.grad = 0.0
        self.label = label
        self.requires_grad = True if requires_grad is None else requires_grad
        self._op = _op
        self._first = parents
        self._by_first = ()
        self._second = self._own = self._seen = None

    __add__ = _binary("+")
    __radd__ = _reflected("+")
    __sub__ = _binary("-")
    __mul__ = _binary("*")
    __rmul__ = _reflected("*")
    __truediv__ = _binary("/")
    __rtruediv__ = _reflected("/")
    __neg__ = _unary("neg")
    __rpow__ = _reflected("**")
    exp = _unary("exp")
    tanh = _unary("tanh")
    square = _unary("square")

    def __pow__(self, exponent: Value | float) -> Value:
        if isinstance(exponent, Value):
            return _power_of_values(self, exponent)
        if not isinstance(exponent, Real):
            return NotImplemented
        return _node(f"**{exponent}", (self,), *_evaluate("**n", self.data, exponent))

    def __rsub__(self, other: float) -> Value:
        """`other - self`; `1 - sigmoid(z)` is `sigmoid(-z)`, so that it does not cancel."""
        logit = getattr(self, "_logit", None)
        if logit is None or other != 1:
            return _minus_reflected(self, other)
        out = _node("1 - sigmoid", (self,), *_evaluate("1 - sigmoid", self.data, logit.data))
        out._logit = -logit
        return out

    def relu(self, at_zero: float = 0.0) -> Value:
        """max(0, self); `at_zero` in [0, 1] is the convention for its derivative at 0."""
        if not 0.0 <= at_zero <= 1.0:
            raise ValueError(f"the derivative of ReLU at 0 is a number in [0, 1] by convention, not {at_zero!r}")
        return _node("ReLU", (self,), *_evaluate("ReLU", self.data, at_zero))

    def sigmoid(self) -> Value:
        """1 / (1 + exp(-self)). The result remembers its logit, for `log` and `1 -`."""
        out = _node("sigmoid", (self,), *_evaluate("sigmoid", self.data))
        out._logit = self
        return out

    def log(self) -> Value:
        """The natural logarithm; of a sigmoid's result, computed from its logit.

        The value is then right at every logit. The gradient passes through the sigmoid, and below a logit of
        -700, where d log(p) / dp = 1/p is no float64, straight to the logit. Raises ValueError for a number <= 0.
        """
        logit = getattr(self, "_logit", None)
        if logit is None:
            return _node("log", (self,), *_evaluate("log", self.data))
        if logit.data > -LARGEST_LOGIT:
            return _node("log", (self,), *_evaluate("log of sigmoid", self.data, logit.data))
        return _node("log", (logit,), *_evaluate("log sigmoid", logit.data))

    @property
    def _prev(self) -> tuple[Value, ...]:
        return self._first if self._second is None else (self._first, self._second)

    @property
    def _local(self) -> tuple[float, ...]:
        return self._by_first if self._second is None else (self._by_first, self._by_second)

    @property
    def is_leaf(self) -> bool:
        return not self._first

    def detach(self) -> Value:
        """The same number as a constant: what is computed from it passes no gradient back."""
        return Value(self.data, requires_grad=False)

    def edges(self) -> Iterator[tuple[Value, float]]:
        """Each parent with the derivative of this node by it, in written order; x * x yields x twice.

        On every edge, `self.grad * local` is what this node adds to the parent's gradient. For a node with an own
        `_backward`, the derivatives are what that adds to its parents' gradients for a gradient of 1; each parent
        comes once then.
        """
        if self._prev and not self._local:
            return self._probe()
        return zip(self._prev, self._local, strict=True)

    def _probe(self) -> Iterator[tuple[Value, float]]:
        nodes = (self, *dict.fromkeys(self._prev))
        before = [node.grad for node in nodes]
        for node in nodes:
            node.grad = 0.0
        self.grad = 1.0
        try:
            self._backward()
            return iter([(parent, parent.grad) for parent in nodes[1:]])
        finally:
            for node, grad in zip(nodes, before, strict=True):
                node.grad = grad

    @property
    def _backward(self) -> Callable[[], None]:
        """One step of the chain rule: adds `self.grad * local` to each parent's `grad`. Can be assigned."""
        return self._step if self._local or self._own is None else self._own

    @_backward.setter
    def _backward(self, own: Callable[[], None]) -> None:
        self._first, self._second, self._by_first = self._prev, None, ()
        self._own = own

    def _step(self) -> None:
        if self._prev and not self._local:
            raise RuntimeError(f"{self!r} has parents ({self._op!r}) but no derivative: assign its _backward")
        for parent, local in zip(self._prev, self._local, strict=True):
            parent.grad += self.grad * local

    def zero_grad(self) -> None:
        """Sets `grad` to 0 on this node and on everything that it was computed from."""
        seen, stack = {self}, [self]
        while stack:
            node = stack.pop()
            node.grad = 0.0
            fresh = set(node._prev) - seen
            seen |= fresh
            stack += fresh

    def backward(self) -> None:
        """Adds d self / d node to the `grad` of every node that this one was computed from, itself included (+1).

        Every call computes fresh adjoints first, so two calls double the gradients, also those of results.
        Raises RuntimeError if this node does not require a gradient, or if one on the way has parents but no derivative
        (then no gradient has changed).
        """
        if not self.requires_grad:
            raise RuntimeError(f"{self!r} requires no gradient: it is a constant, detached, or made under no_grad()")
        this_pass = object()
        order: list[Value] = []  # results, parents first
        earlier: list[tuple[Value, float]] = []  # gradients of earlier passes; meanwhile .grad holds the fresh adjoint
        constants: list[Value] = []
        stack: list[Value | None] = [self]  # None: the node below it has all its parents in `order`
        pop, push = stack.pop, stack.append
        try:
            while stack:
                node = pop()
                if node is None:
                    order.append(pop())
                elif node._seen is not this_pass:
                    node._seen = this_pass
                    if node.grad:
                        earlier.append((node, node.grad))
                    node.grad = 0.0
                    second = node._second
                    if second is not None:
                        push(node)
                        push(None)
                        push(second)
                        push(node._first)
                    elif node._first:
                        if not node._by_first and node._own is None:
                            node._step()
                        push(node)
                        push(None)
                        stack += node._first
                    elif not node.requires_grad:
                        constants.append(node)
                    elif node._own is not None:
                        order.append(node)
            self.grad = 1.0
            for node in reversed(order):
                second = node._second
                if second is not None:
                    adjoint = node.grad
                    node._first.grad += adjoint * node._by_first
                    second.grad += adjoint * node._by_second
                elif node._by_first:
                    adjoint = node.grad
                    for parent, local in zip(node._first, node._by_first):  # noqa: B905 (equal by construction)
                        parent.grad += adjoint * local
                else:
                    node._own()
        finally:
            for node in constants:
                node.grad = 0.0
            for node, grad in earlier:
                node.grad += grad

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"


_new = object.__new__
_power_of_values = _binary("**")
_minus_reflected = _reflected("-")


def dot(weights: Sequence[Value | float], inputs: Sequence[Value | float], bias: Value | float = 0.0) -> Value:
    """sum_j weights_j inputs_j + bias as one node; its parents are the weights, the inputs and the bias, in this order.

    Raises ValueError if the lengths differ. d(w . x + b) = x . dw + w . dx + db.
    """
    w = [v if v.__class__ is Value else _operand(v) for v in weights]
    x = [v if v.__class__ is Value else _operand(v) for v in inputs]
    if len(w) != len(x):
        raise ValueError(f"dot of {len(w)} weights with {len(x)} inputs")
    b = _operand(bias)
    by_x = [v.data for v in w]
    by_w = [v.data for v in x]
    return _node("dot", (*w, *x, b), sum(map(mul, by_x, by_w), b.data), *by_w, *by_x, 1.0)


def _operand(number: object) -> Value:
    if (lifted := _lift(number)) is NotImplemented:
        raise TypeError(f"expected a Value or a real number, not {type(number).__name__} {number!r}")
    return lifted


def mse(prediction: Value, target: Value | float) -> Value:
    """(prediction - target)^2."""
    return (prediction - target).square()


def bce_with_logits(logit: Value | float, target: Value | float) -> Value:
    """-y ln s(z) - (1 - y) ln(1 - s(z)) of a logit z and a target y in [0, 1], at any z; s is the sigmoid.

    Raises ValueError for a target outside [0, 1].
    """
    z, y = _operand(logit), _target(target)
    return _node("bce", (z, y), *_evaluate("bce", z.data, y.data))


def bce(probability: Value | float, target: Value | float) -> Value:
    """-y ln p - (1 - y) ln(1 - p) of a probability p and a target y in [0, 1], with 0 ln 0 = 0.

    Of a sigmoid's result the loss is right at any logit, as `log` and `1 -` use the logit. So is the gradient: through
    p for logits up to 700 in magnitude, beyond that straight to the logit, because dL/dp is no float64 there.
    Raises ValueError for a target outside [0, 1], and where the loss is infinite.
    """
    p, y = _operand(probability), _target(target)
    terms = [-(weight * q.log()) for weight, q in ((y, p), (1 - y, 1 - p)) if weight.data or weight.requires_grad]
    return terms[0] if len(terms) == 1 else terms[0] + terms[1]


def _target(target: Value | float) -> Value:
    y = _operand(target)
    if not 0.0 <= y.data <= 1.0:
        raise ValueError(f"the target of a binary cross-entropy is a number in [0, 1], not {y.data!r}")
    return y
