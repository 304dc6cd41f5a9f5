"""Where training starts: the numbers that the weights of a neuron are drawn from.

Biases are not drawn: different weights are enough to make the neurons of a layer different, so all may start at one
number, which is `bias` in `derive.engine.nn`. This module never sees a `Value`.

Mathematics: X. Glorot and Y. Bengio, Understanding the difficulty of training deep feedforward neural networks
(AISTATS 2010), for layers that are nearly linear around 0 (tanh); K. He, X. Zhang, S. Ren and J. Sun, Delving deep into
rectifiers (ICCV 2015), for ReLU, which stops half of what arrives. A uniform draw from [-c, c] has the variance c^2/3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

# fmt: off
# scheme -> one weight of a neuron with i inputs in a layer of o neurons, drawn by the generator r; its variance beside
INITIALISATIONS: dict[str, Callable[[Random, int, int], float]] = {
    "uniform":        lambda r, i, o: r.uniform(-1.0, 1.0),                               # 1/3: micrograd
    "xavier_uniform": lambda r, i, o: r.uniform(-(c := math.sqrt(6.0 / (i + o))), c),     # 2/(i + o): Glorot (16)
    "xavier_normal":  lambda r, i, o: r.gauss(0.0, math.sqrt(2.0 / (i + o))),             # 2/(i + o): Glorot (12)
    "he_uniform":     lambda r, i, o: r.uniform(-(c := math.sqrt(6.0 / i)), c),           # 2/i: He (10)
    "he_normal":      lambda r, i, o: r.gauss(0.0, math.sqrt(2.0 / i)),                   # 2/i: He (10)
}
# fmt: on
