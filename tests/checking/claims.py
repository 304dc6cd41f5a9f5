"""Small documents for the tests of the judge: declarations in front, then one formula per claim."""

from __future__ import annotations

from derive.checking.judge import Verdict, judge
from derive.reading.formulas import markdown_formulas
from derive.reading.frontmatter import markdown_declarations
from derive.reading.source import Source
from derive.reading.theory import Reading, Theory, build

NETWORK = r"""
functions:
  \sigma: sigmoid
shapes:
  x: d
  W_1: h x d
  b_1: h
  W_2: k x h
  b_2: k
  y: k
given:
  - z_1 = W_1 x + b_1
  - a_1 = \sigma(z_1)
  - z_2 = W_2 a_1 + b_2
  - L = \frac{1}{2} \|z_2 - y\|^2
loss: L
"""
RELU = NETWORK.replace(r"\sigma(z_1)", r"\mathrm{ReLU}(z_1)")
REGRESSION = r"""
shapes:
  X: n x d
  w: d
  b: scalar
  y: n
given:
  - \hat{y} = X w + b
  - L = \frac{1}{n} \|\hat{y} - y\|^2
loss: L
"""
SOFTMAX = r"""
shapes:
  z: K
  y: K one-hot
given:
  - p = \mathrm{softmax}(z)
  - L = -\sum_k y_k \log p_k
loss: L
"""
ALGEBRA = r"""
shapes:
  A: d x d
  B: d x d
  S: d x d symmetric
  x: d
  v: d
  c: scalar
  u: scalar
"""
LAYERS = r"""
functions:
  \sigma: sigmoid
shapes:
  x: n_0
  W^{[l]}: n_l x n_{l-1}
  b^{[l]}: n_l
  y: n_3
given:
  - a^{[0]} = x
  - z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}
  - a^{[l]} = \sigma(z^{[l]})
  - L = \frac{1}{2} \|a^{[3]} - y\|^2
loss: L
layers: 3
"""


def document(front: str, *claims: str) -> str:
    lines = "\n".join(f"  {line}" for line in front.strip("\n").splitlines())
    return f"---\nderive:\n{lines}\n---\n\n" + "\n\n".join(f"$${claim}$$" for claim in claims) + "\n"


def theory_of(text: str) -> Theory:
    source = Source("test.md", text)
    declared, offset = markdown_declarations(source)
    return build(declared, list(markdown_formulas(source, offset)))


def readings(front: str, *claims: str) -> tuple[Theory, list[Reading]]:
    theory = theory_of(document(front, *claims))
    return theory, list(theory.readings)


def verdicts(front: str, *claims: str, seed: int = 0, repairs: bool = False) -> list[Verdict]:
    """The verdict of every link that is a claim."""
    theory, found = readings(front, *claims)
    assert all(reading.kind == "claim" for reading in found), [(reading.kind, reading.message) for reading in found]
    return [judge(theory, reading.link, seed=seed, repairs=repairs) for reading in found]


def verdict(front: str, claim: str, **options) -> Verdict:
    (found,) = verdicts(front, claim, **options)
    return found
