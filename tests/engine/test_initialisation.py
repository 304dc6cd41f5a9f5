"""Where weights start: the variances of the papers, exactly and in draws, and what depth makes of them."""

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.engine import MLP, Value
from derive.engine.initialisation import INITIALISATIONS
from derive.engine.nn import Layer, Neuron

# scheme -> variance of a weight with i inputs and o neurons in the layer
VARIANCES = {
    "uniform": lambda i, o: 1 / 3,
    "xavier_uniform": lambda i, o: 2 / (i + o),
    "xavier_normal": lambda i, o: 2 / (i + o),
    "he_uniform": lambda i, o: 2 / i,
    "he_normal": lambda i, o: 2 / i,
}
fans = st.integers(1, 500)


class Recorder(random.Random):
    """A generator that says what was asked of it: the variance of the distribution, not of the draws."""

    def uniform(self, low, high):
        assert low == -high
        return high**2 / 3

    def gauss(self, mean, deviation):
        assert mean == 0.0
        return deviation**2


def test_every_scheme_is_checked():
    assert list(VARIANCES) == list(INITIALISATIONS)


@pytest.mark.parametrize("scheme", VARIANCES)
@given(i=fans, o=fans)
def test_the_variance_of_a_weight_is_the_papers(scheme, i, o):
    assert INITIALISATIONS[scheme](Recorder(), i, o) == pytest.approx(VARIANCES[scheme](i, o))


@pytest.mark.parametrize("scheme", VARIANCES)
def test_the_weights_of_a_layer_have_that_variance_and_the_biases_are_one_number(scheme):
    layer = Layer(40, 60, initialisation=scheme, bias=0.25, rng=random.Random(0))
    weights = [w.data for neuron in layer.neurons for w in neuron.w]
    # 2400 draws: a standard error of the variance of at most 2.9 %
    assert statistics.variance(weights) == pytest.approx(VARIANCES[scheme](40, 60), rel=0.1)
    assert abs(statistics.fmean(weights)) < 4 * math.sqrt(VARIANCES[scheme](40, 60) / 2400)
    assert {neuron.b.data for neuron in layer.neurons} == {0.25}


@pytest.mark.parametrize("scheme", INITIALISATIONS)
def test_a_network_is_drawn_layer_by_layer_from_its_seed(scheme):
    def weights(seed):
        return [p.data for p in MLP(3, [5, 2], initialisation=scheme, seed=seed).parameters()]

    rng = random.Random(7)
    expected = []
    for i, o in ((3, 5), (5, 2)):
        for _ in range(o):
            expected += [INITIALISATIONS[scheme](rng, i, o) for _ in range(i)] + [0.0]
    assert weights(7) == expected
    assert weights(7) != weights(8)


def test_without_a_seed_the_global_generator_draws():
    random.seed(5)
    ours = [w.data for w in Neuron(4, initialisation="he_normal").w]
    random.seed(5)
    assert ours == [random.gauss(0.0, math.sqrt(0.5)) for _ in range(4)]


def test_unknown_initialisation():
    with pytest.raises(ValueError, match="'lecun'; choose one of uniform, xavier_uniform"):
        MLP(2, [1], initialisation="lecun")


@pytest.mark.parametrize(("activation", "right", "low", "high"), [
    ("relu", "he_normal", 0.2, 5), ("relu", "xavier_normal", 0, 0.005), ("tanh", "xavier_normal", 0.02, 5),
])
def test_he_keeps_the_size_of_signals_through_relu_and_xavier_does_not(activation, right, low, high):
    rng = random.Random(1)
    x = [Value(rng.gauss(0, 1), requires_grad=False) for _ in range(40)]
    network = MLP(40, [40] * 12, activation=activation, initialisation=right, seed=2)
    before = statistics.fmean(v.data**2 for v in x)
    for layer in network.layers[:-1]:
        x = layer(x)
    after = statistics.fmean(v.data**2 for v in x)
    assert low <= after / before <= high
