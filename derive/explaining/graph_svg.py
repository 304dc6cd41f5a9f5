"""A graph as inline SVG: a box per symbol, forward values in blue, gradients in red, arrows in forward direction.

What a node is shows in its shape and in a word, not in its colour alone. Every node can be reached by keyboard and says
what it holds. The entries that stand in a box are named by their places (`data-value="1,2"`), so that a page can put
other numbers there. Colours are the style sheet's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from derive.explaining.graph import DATA, GAP, LOSS, PARAMETER, RESULT, Arrow, Graph, Matrix, Node
from derive.explaining.numbers import plain, shortened

# Entries of a matrix that a box shows, and the digits of each.
ROWS, COLUMNS, DIGITS = 4, 3, 4
# In units of the drawing, at 1:1 CSS pixels: widths of a letter of a title and of a number, heights of lines, spaces;
# below a row from which gradients fan out there is room for their numbers.
LETTER, NUMBER, LINE, TITLE, PAD, GUTTER, GUTTER_BELOW, FAN = 7.8, 62, 19, 20, 14, 34, 46, 96
# A wider drawing does not fit beside a text; none is drawn smaller than this part of its size, but scrolls.
WIDE, SMALLEST = 720, 0.8
# A number of more letters is squeezed into its place.
LONGEST = 8
WORDS = {DATA: "data", PARAMETER: "parameter", RESULT: "operation", LOSS: "loss", GAP: ""}
# Where the numbers of a fan-out stand on their arrows, from its source: by turns, so that neighbours do not meet.
PLACES = (0.42, 0.74)
# How far an index stands below the line; the letters of a line of mathematics (`plain.py`), by how they are set.
LOWERED = 3
_MATH = re.compile(
    r"(?P<index>[₀-₉ᵢⱼₖₗₘₙ]+|(?<=[Σ\]])\[\w(?:[,=]\w)*\](?:\^\w)?)"
    r"|(?P<upright>[A-Za-z]{2,}|\[|[^A-Za-zα-ωŷŶℓ∂₀-₉ᵢⱼₖₗₘₙ\[]+)|."
)
_INDICES = str.maketrans("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙ", "0123456789ijklmn")


@dataclass(frozen=True)
class Box:
    """A node with its place: centre and size."""

    node: Node
    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


def graph_svg(graph: Graph) -> str:
    """The drawing as one `<svg>` element."""
    boxes = _placed(graph)
    width = max(box.right for box in boxes.values()) + PAD
    height = max(box.bottom for box in boxes.values()) + PAD
    fans = _fans(graph)
    parts = [
        f'<svg class="graph{" wide" if width > max(WIDE, height) else ""}" xmlns="http://www.w3.org/2000/svg"'
        f' viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}"'
        f' style="min-width:{_n(SMALLEST * width)}px" role="group" aria-label="Computation graph">',
        *(_arrow(arrow, boxes, graph.merges) for arrow in graph.arrows),
        *(_label(arrow, boxes, place) for arrow, place in fans),
        *(_box(box) for box in boxes.values()),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


# ---------------------------------------------------------------- places


def _placed(graph: Graph) -> dict[str, Box]:
    """Columns as narrow as the boxes beside each other allow, rows as low as their highest box.

    The row of the loss, whose box is wide, has columns of its own.
    """
    sizes = {node.key: _size(node) for node in graph.nodes}
    rows: dict[int, list[Node]] = {}
    for node in sorted(graph.nodes, key=lambda node: (node.row, node.column)):
        rows.setdefault(node.row, []).append(node)
    last = max(rows)
    unit = max((_apart(sizes, row) for place, row in rows.items() if place != last), default=0.0)
    units = {place: max(unit, _apart(sizes, row)) if place == last else unit for place, row in rows.items()}
    fanned = {arrow.source for arrow, _ in _fans(graph)}
    left = min(node.column * units[node.row] - sizes[node.key][0] / 2 for node in graph.nodes)
    boxes: dict[str, Box] = {}
    top = PAD
    for place, row in rows.items():
        height = max(sizes[node.key][1] for node in row)
        for node in row:
            x = node.column * units[place] - left + PAD
            boxes[node.key] = Box(node, x, top + height / 2, *sizes[node.key])
        top += height + (FAN if fanned & {node.key for node in row} else GUTTER_BELOW)
    return {node.key: boxes[node.key] for node in graph.nodes}


def _apart(sizes: dict[str, tuple[float, float]], row: Sequence[Node]) -> float:
    """The unit of columns at which no two neighbours of a row meet."""
    return max(
        (
            ((sizes[a.key][0] + sizes[b.key][0]) / 2 + GUTTER) / (b.column - a.column)
            for a, b in pairwise(row)
        ),
        default=0.0,
    )


def _size(node: Node) -> tuple[float, float]:
    if node.role == GAP:
        return LETTER * len(node.formula) + 2 * PAD, TITLE + LINE + 6
    tall, wide = _shown(node.value)
    title = LETTER * max(len(_title(node)), len(WORDS[node.role]) + 2)
    lines = tall * (2 if node.gradient is not None else 1) + (node.gradient is not None)
    numbers = wide * NUMBER + (12 if _is_matrix(node.value) else 0)
    note = LINE if _note(node.value) else 0
    return max(title, numbers, LETTER * len(node.gradient_plain)) + 2 * PAD, TITLE + 14 + lines * LINE + 10 + note


def _shown(value: Matrix) -> tuple[int, int]:
    return min(len(value), ROWS), min(len(value[0]), COLUMNS)


def _is_matrix(value: Matrix) -> bool:
    return len(value) * len(value[0]) > 1


def _note(value: Matrix) -> str:
    """The size of a matrix of which a part is shown."""
    rows, columns = len(value), len(value[0])
    return f"{rows} × {columns}" if rows > ROWS or columns > COLUMNS else ""


def _title(node: Node) -> str:
    return node.plain + (f" = {node.formula}" if node.formula else "")


# ---------------------------------------------------------------- boxes


def _box(box: Box) -> str:
    node = box.node
    key, role = escape(node.key), node.role
    lines = [f'<g class="node {role}" data-node="{key}" tabindex="0" role="img" aria-label="{_spoken(node)}">']
    lines += _shape(box)
    if role == GAP:
        lines.append(_text("title", box.x, box.top + TITLE, node.plain))
        lines.append(_text("word", box.x, box.top + TITLE + LINE, node.formula))
        return "\n".join([*lines, "</g>"])
    lines.append(_text("word", box.x, box.top + 15, WORDS[role]))
    y = box.top + TITLE + 13
    lines.append(_math("title", box.x, y - 2, _title(node)))
    lines += _entries("value", node.value, box.x, y)
    y += LINE * _shown(node.value)[0]
    if node.gradient is not None:
        lines.append(_math("name", box.x, y + LINE - 1, node.gradient_plain))
        lines += _entries("gradient", node.gradient, box.x, y + LINE)
    if note := _note(node.value):
        lines.append(_text("word", box.x, box.bottom - 9, note))
    return "\n".join([*lines, "</g>"])


def _shape(box: Box) -> Iterator[str]:
    """Data: a dashed box. Parameters: a box with a bar at its left. Operations: round. The loss: a double line."""
    radius = {RESULT: 18, LOSS: 18}.get(box.node.role, 3)
    yield _rectangle("frame", box.left, box.top, box.width, box.height, radius)
    if box.node.role == PARAMETER:
        yield _rectangle("bar", box.left, box.top, 6, box.height, 3)
    if box.node.role == LOSS:
        yield _rectangle("inner", box.left + 4, box.top + 4, box.width - 8, box.height - 8, radius - 4)


def _rectangle(name: str, x: float, y: float, width: float, height: float, radius: float) -> str:
    size = f'width="{_n(width)}" height="{_n(height)}" rx="{_n(radius)}"'
    return f'<rect class="{name}" x="{_n(x)}" y="{_n(y)}" {size}/>'


def _text(name: str, x: float, y: float, text: str, more: str = "") -> str:
    return f'<text class="{name}" x="{_n(x)}" y="{_n(y)}"{more}>{escape(text)}</text>'


def _math(name: str, x: float, y: float, text: str) -> str:
    """A line of mathematics: single letters slanted, words and signs upright, indices lowered."""
    parts, lowered = [], 0
    for kind in _MATH.finditer(text):
        shift = (LOWERED if kind["index"] else 0) - lowered
        lowered += shift
        style = "index" if kind["index"] else "up" if kind["upright"] else ""
        letters = kind[0].translate(_INDICES).replace("]^", "…").strip("[]") if kind["index"] else kind[0]
        attributes = (f' class="{style}"' if style else "") + (f' dy="{shift}"' if shift else "")
        parts.append(f"<tspan{attributes}>{escape(letters)}</tspan>" if attributes else escape(letters))
    return f'<text class="{name}" x="{_n(x)}" y="{_n(y)}">{"".join(parts)}</text>'


def _entries(kind: str, value: Matrix, x: float, above: float) -> Iterator[str]:
    """The entries of a matrix, centred below a line, between brackets."""
    tall, wide = _shown(value)
    if _is_matrix(value):
        half, top, bottom = wide * NUMBER / 2 + 4, above + 5, above + 5 + LINE * tall
        for side, way in ((x - half, 5), (x + half, -5)):
            yield (
                f'<path class="bracket {kind}" d="M{_n(side + way)} {_n(top)}H{_n(side)}V{_n(bottom)}'
                f'H{_n(side + way)}"/>'
            )
    for line, i in enumerate(_places(len(value), ROWS)):
        for place, j in enumerate(_places(len(value[0]), COLUMNS)):
            at = x + (place - (wide - 1) / 2) * NUMBER
            y = above + LINE * (line + 1)
            if i is None or j is None:
                yield _text("dots", at, y, "⋱" if i is None and j is None else "⋮" if i is None else "⋯")
            else:
                text = plain(value[i][j], DIGITS)
                yield _text(kind, at, y, text, f' data-{kind}="{i},{j}"{_squeezed(text)}')


def _places(count: int, limit: int) -> list[int | None]:
    return [None if place == "" else place for place in shortened(range(count), limit, "", (limit - 2, 1))]


def _squeezed(text: str) -> str:
    return f' textLength="{NUMBER - 6}" lengthAdjust="spacingAndGlyphs"' if len(text) > LONGEST else ""


def _spoken(node: Node) -> str:
    """What a screen reader says of a node."""
    if node.role == GAP:
        return escape(node.formula)
    said = f"{WORDS[node.role]} {_title(node)}. Value {_read(node.value)}."
    if node.gradient is not None:
        said += f" Gradient {node.gradient_plain}: {_read(node.gradient)}."
    return escape(said)


def _read(value: Matrix) -> str:
    if not _is_matrix(value):
        return plain(value[0][0], DIGITS)
    if _note(value):
        return f"a matrix of {_note(value)} numbers"
    return "; ".join(", ".join(plain(entry, DIGITS) for entry in row) for row in value)


# ---------------------------------------------------------------- arrows


def _ends(source: Box, target: Box) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where an arrow starts and ends: sideways between neighbours of a row, else downwards."""
    if source.node.row == target.node.row:
        to_the_right = source.x < target.x
        return (
            (source.right if to_the_right else source.left, source.y),
            ((target.left - 5 if to_the_right else target.right + 5), target.y),
        )
    # Arrows that come in from both sides keep apart where they arrive.
    lean = max(-0.3, min(0.3, (source.x - target.x) / 600)) * target.width
    return (source.x, source.bottom), (target.x + lean, target.top - 5)


def _arrow(arrow: Arrow, boxes: dict[str, Box], merges: bool) -> str:
    (x, y), (to_x, to_y) = _ends(boxes[arrow.source], boxes[arrow.target])
    names = f'data-from="{escape(arrow.source)}" data-to="{escape(arrow.target)}"'
    same_row = boxes[arrow.source].node.row == boxes[arrow.target].node.row
    if same_row or merges or x == to_x:
        line, angle = f"M{_n(x)} {_n(y)}L{_n(to_x)} {_n(to_y)}", (to_x - x, to_y - y)
    else:
        middle = (y + to_y) / 2
        line, angle = f"M{_n(x)} {_n(y)}C{_n(x)} {_n(middle)} {_n(to_x)} {_n(middle)} {_n(to_x)} {_n(to_y)}", (0, 1)
    return f'<g class="arrow" {names}><path class="line" d="{line}"/>{_head(to_x, to_y, angle)}</g>'


def _head(x: float, y: float, along: tuple[float, float]) -> str:
    length = (along[0] ** 2 + along[1] ** 2) ** 0.5 or 1.0
    dx, dy = along[0] / length, along[1] / length
    tip = (x + 5 * dx, y + 5 * dy)
    back = (x - 5 * dx, y - 5 * dy)
    points = (tip, (back[0] - 4.5 * dy, back[1] + 4.5 * dx), (back[0] + 4.5 * dy, back[1] - 4.5 * dx))
    return f'<path class="head" d="M{"L".join(f"{_n(a)} {_n(b)}" for a, b in points)}Z"/>'


def _fans(graph: Graph) -> Iterator[tuple[Arrow, float]]:
    """The arrows over which one node gets several parts of its gradient, each with the place of its number."""
    back = [arrow for arrow in graph.arrows if arrow.gradient is not None]
    sources = [arrow.source for arrow in back]
    fanned = list(dict.fromkeys(source for source in sources if sources.count(source) > 1))
    for arrow in back:
        if arrow.source in fanned:
            yield arrow, PLACES[fanned.index(arrow.source) % len(PLACES)]


def _label(arrow: Arrow, boxes: dict[str, Box], place: float) -> str:
    (x, y), (to_x, to_y) = _ends(boxes[arrow.source], boxes[arrow.target])
    value = plain(arrow.gradient[0][0], DIGITS) if not _is_matrix(arrow.gradient) else ""
    names = f' data-part="{escape(arrow.source)}>{escape(arrow.target)}"'
    return _text("part", x + place * (to_x - x), y + place * (to_y - y) + 4, value, names)
