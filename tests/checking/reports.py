"""Two small documents, one right and one wrong, and what a check finds in them, written by hand.

The formats are tested on these values, so that their tests do not change with the words of the judge.
"""

from derive.checking.report import FileReport, Note, Region, Report, Statement
from derive.checking.verdicts import Counterexample, Evidence
from derive.reading.source import Source

RIGHT = r"""# A linear layer

With $x \in \mathbb{R}^d$ and $W \in \mathbb{R}^{k \times d}$, let $z = W x$ and $L = \frac12 z^\top z$. Then

$$\frac{\partial L}{\partial W} = z x^\top$$
"""

WRONG = r"""---
derive: {shapes: {x: d, W: k x d}}
---
Let $z = W x$ and $L = \frac12 z^\top z$.

$$\frac{\partial L}{\partial x} = W z$$

Die Größe 数学 $\frac{\partial L}{\partial W} = 2 z x^\top$, and this is long: it goes on for more than eighty columns.

$$\frac{\partial L}{\partial z} = \mathop{?} z$$
"""

SHAPES = ((("d", 2), ("k", 3)), (("d", 5), ("k", 2)))
HOLDS = Evidence(0, 4, SHAPES, 3e-16)
DIFFERS = Evidence(0, 4, SHAPES, None, Counterexample(SHAPES[0], 0, 0, "[3, 1]", 0.70710678118, -1.4142135623730951))


def place(text: str, piece: str) -> Region:
    """Where a piece stands that occurs once."""
    assert text.count(piece) == 1
    start = text.index(piece)
    return Region.of(Source("", text), start, start + len(piece))


def stated(text: str, number: int, latex: str, **more) -> Statement:
    """An entry for a link that stands in the text as it is."""
    left, _, right = latex.partition(" = ")
    values = {"kind": "claim", "left": left, "right": place(text, right)} | vars(place(text, latex)) | more
    return Statement(number, 0, latex=latex, **values)


def right() -> FileReport:
    kept = {"kind": "definition", "verdict": "stated"}
    return FileReport(
        "notes/right.md",
        (
            stated(RIGHT, 1, r"z = W x", **kept),
            stated(RIGHT, 2, r"L = \frac12 z^\top z", **kept),
            stated(
                RIGHT, 3, r"\frac{\partial L}{\partial W} = z x^\top", verdict="holds", proof="numeric", evidence=HOLDS
            ),
        ),
        sources=(Source("notes/right.md", RIGHT),),
    )


def wrong() -> FileReport:
    return FileReport(
        "notes/wrong.md",
        (
            stated(
                WRONG, 1, r"\frac{\partial L}{\partial x} = W z", verdict="ill-shaped", code="D201",
                message="inner dimensions differ in W z: (k x d) times (k)", span=place(WRONG, "W z"),
                suggestion=r"\frac{\partial L}{\partial x} = W^\top z", evidence=Evidence(0, 4, SHAPES),
            ),
            stated(
                WRONG, 2, r"\frac{\partial L}{\partial W} = 2 z x^\top", verdict="wrong", code="D302",
                message="the factor `2` has no place here", span=place(WRONG, r"2 z x^\top"),
                suggestion=r"\frac{\partial L}{\partial W} = z x^\top", evidence=DIFFERS, follows_from=1,
                assumptions=("z is defined in words that are long enough that they have to be broken at the margin",),
            ),
            stated(
                WRONG, 3, r"\frac{\partial L}{\partial z} = \mathop{?} z", verdict="unread", code="D101",
                message=r"`\mathop` has no place here", span=place(WRONG, r"\mathop"),
            ),
        ),
        (Note("no judged claim gives a gradient for b"), Note("nothing here has the code D301", "D604", 6, 1)),
        skipped=1,
        sources=(Source("notes/wrong.md", WRONG),),
    )  # fmt: skip


REPORTS = {"right": Report((right(),)), "wrong": Report((wrong(),))}
