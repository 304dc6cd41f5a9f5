"""Networks on `Value`, code in micrograd's manner on `Value`, and XOR."""

import random

import pytest

from derive.engine import MLP, SGD, Value, bce_with_logits, train_xor
from derive.engine.nn import Layer, Neuron


class ForeignNeuron:
    """A neuron as micrograd's users write them: a running sum of products, ReLU at the end."""

    def __init__(self, count, linear):
        self.weights = [Value(random.uniform(-1, 1)) for _ in range(count)]
        self.bias = Value(0)
        self.linear = linear

    def __call__(self, inputs):
        total = sum((w * v for w, v in zip(self.weights, inputs, strict=True)), self.bias)
        return total if self.linear else total.relu()


def test_a_network_in_micrograds_manner_learns_and_agrees_with_ours():
    random.seed(3)
    foreign = [[ForeignNeuron(2, False) for _ in range(4)], [ForeignNeuron(4, True)]]
    random.seed(3)
    ours = MLP(2, [4, 1])
    examples = [([0.5, -1.0], 1.0), ([-0.25, 2.0], -1.0), ([1.5, 0.75], -1.0)]
    parameters = [p for layer in foreign for neuron in layer for p in [*neuron.weights, neuron.bias]]
    losses = []
    for _ in range(20):
        total = Value(0)
        for inputs, target in examples:
            signals = [Value(v) for v in inputs]
            for layer in foreign:
                signals = [neuron(signals) for neuron in layer]
            total += (signals[0] + -target) ** 2
        for p in parameters:
            p.grad = 0
        total.backward()
        assert total.grad == 1

        ours.zero_grad()
        our_loss = sum((ours(inputs) - target) ** 2 for inputs, target in examples)
        our_loss.backward()
        assert our_loss.data == pytest.approx(total.data)
        assert [p.grad for p in ours.parameters()] == pytest.approx([p.grad for p in parameters])

        for p in parameters:
            p.data -= 0.02 * p.grad
        SGD(ours.parameters(), 0.02).step()
        losses.append(total.data)
    assert losses[-1] < 0.5 * losses[0]


def test_graph_drawing_through_prev_and_op():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    loss = (a * b + 1).tanh()
    nodes, edges, stack = set(), set(), [loss]
    while stack:
        node = stack.pop()
        nodes.add((node._op, node.label, node.data))
        for child in node._prev:
            edges.add((child._op or child.data, node._op))
            stack.append(child)
    assert {op for op, _, _ in nodes} == {"tanh", "+", "*", ""}
    assert {label for _, label, _ in nodes} == {"a", "b", ""}
    assert edges == {("+", "tanh"), ("*", "+"), (1.0, "+"), (2.0, "*"), (-3.0, "*")}


def test_shapes_parameters_and_names():
    network = MLP(3, [4, 4, 2], seed=0)
    assert len(network.parameters()) == 4 * 4 + 4 * 5 + 2 * 5
    out = network([1.0, 2.0, 3.0])
    assert len(out) == 2
    assert isinstance(MLP(3, [1], seed=0)([1, 2, 3]), Value)
    assert repr(Layer(2, 1)) == "layer of [relu neuron of 2 inputs]"
    assert [n.nonlin for layer in network.layers for n in layer.neurons] == [True] * 8 + [False] * 2
    assert isinstance(MLP(2, [1, 1], seed=0)([1, 2]), Value)


def test_seed():
    def weights(seed):
        return [p.data for p in MLP(2, [3, 1], seed=seed).parameters()]

    assert weights(1) == weights(1)
    assert weights(1) != weights(2)


@pytest.mark.parametrize(
    ("activation", "expected"), [("relu", 0.0), ("tanh", -0.7615941559557649), ("sigmoid", 0.2689414213699951)]
)
def test_activations(activation, expected):
    neuron = Neuron(1, activation=activation)
    neuron.w[0].data = -1.0
    assert neuron([1.0]).data == pytest.approx(expected)


def test_unknown_activation():
    with pytest.raises(ValueError, match="'gelu'; choose one of relu, tanh, sigmoid"):
        Neuron(1, activation="gelu")


def test_wrong_number_of_inputs():
    with pytest.raises(ValueError, match="2 weights with 3 inputs"):
        MLP(2, [1])([1, 2, 3])


def test_xor_trains():
    steps = []
    result = train_xor(progress=lambda step, loss: steps.append((step, loss)))
    assert len(result.losses) == 501
    assert result.losses[0] > 0.5
    assert result.losses[-1] < 0.01
    assert [round(p) for p in result.predictions] == [0, 1, 1, 0]
    assert steps == list(enumerate(result.losses))[1:]
    table = [((0, 1), 1), ((1, 1), 0), ((0, 0), 0), ((1, 0), 1)]
    loss = sum(bce_with_logits(result.network(x), y) for x, y in table) / 4
    assert loss.data == pytest.approx(result.losses[-1])


@pytest.mark.parametrize("seed", range(1, 6))
def test_xor_does_not_depend_on_a_lucky_seed(seed):
    assert train_xor(seed=seed).losses[-1] < 0.01


def test_xor_is_reproducible():
    assert train_xor(seed=4, steps=5).losses == train_xor(seed=4, steps=5).losses
    assert train_xor(seed=4, steps=5).losses != train_xor(seed=5, steps=5).losses


def test_xor_refuses_nonsense():
    with pytest.raises(ValueError, match="steps >= 0"):
        train_xor(steps=-1)
