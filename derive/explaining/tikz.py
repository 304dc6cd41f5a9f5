r"""A graph as TikZ: boxes in layers, forward values in blue and gradients in red within the box of their symbol.

Rows are as high as their tallest matrix asks for; the template scales what is wider than the page.
"""

from __future__ import annotations

import numpy as np

from derive.explaining.graph import GAP, PARAMETER, Arrow, Graph, Matrix, Node
from derive.explaining.numbers import grid, is_whole, number

ROWS, COLUMNS = 4, 4
# Centimetres: a line of text, an entry of a matrix, the space between rows, and the width of a column.
LINE, ENTRY, BETWEEN, WIDTH = 0.5, 0.33, 0.55, 2.2
# A letter of a number, and the space from box to box in a row.
LETTER, ASIDE = 0.135, 0.9
# Where gradients merge, the arrows are long enough to carry a number each.
MERGING = 1.3


def tikz(graph: Graph) -> str:
    """The body of a tikzpicture. Styles `data`, `parameter`, `result`, `loss`, `gap` and `flow` are the template's."""
    heights = {row: max(_height(n) for n in graph.nodes if n.row == row) for row in {n.row for n in graph.nodes}}
    at: dict[int, float] = {}
    y = 0.0
    for row in sorted(heights):
        y -= heights[row] / 2
        at[row] = y
        y -= heights[row] / 2 + (MERGING if graph.merges else BETWEEN)
    across = _columns(graph) if graph.merges else _beside(graph)
    names = {node.key: f"v{place}" for place, node in enumerate(graph.nodes, 1)}
    lines = []
    for node in graph.nodes:
        place = f"({across[node.key]:.2f},{at[node.row]:.2f})"
        lines.append(rf"\node[{node.role}] ({names[node.key]}) at {place} {{{_label(node)}}};")
    for arrow in graph.arrows:
        label = _share(graph, arrow)
        lines.append(rf"\draw[flow] ({names[arrow.source]}) -- {label}({names[arrow.target]});")
    return "\n".join(lines)


def _columns(graph: Graph) -> dict[str, float]:
    """Where paths run side by side: every column as wide as the widest node asks for."""
    width = max(WIDTH, max(map(_width, graph.nodes)) + ASIDE)
    return {node.key: node.column * width for node in graph.nodes}


def _beside(graph: Graph) -> dict[str, float]:
    """Where one path runs down the middle: parameters to its left and right, as near as the boxes allow."""
    across: dict[str, float] = {}
    for row in sorted({node.row for node in graph.nodes}):
        here = sorted((node for node in graph.nodes if node.row == row), key=lambda node: abs(node.column))
        reach = {-1: 0.0, 1: 0.0}
        for node in here:
            side = -1 if node.column < 0 else 1
            if node.column == 0:
                across[node.key] = 0.0
                reach = dict.fromkeys(reach, _width(node) / 2)
            else:
                across[node.key] = side * (reach[side] + ASIDE + _width(node) / 2)
                reach[side] += ASIDE + _width(node)
    return across


def _share(graph: Graph, arrow: Arrow) -> str:
    """What this arrow brings back to a parameter in which several arrows merge; two parameters at two heights."""
    if not graph.merges or graph[arrow.source].role != PARAMETER or arrow.gradient is None:
        return ""
    parameters = [node.key for node in graph.nodes if node.role == PARAMETER]
    place = 0.3 + 0.3 * (parameters.index(arrow.source) % 2)
    return rf"node[share, pos={place:.1f}] {{\scriptsize ${_small(arrow.gradient)}$}} "


def _label(node: Node) -> str:
    if node.role == GAP:
        return rf"${node.latex}$\\\footnotesize {node.formula}"
    colors = ("forward", "gradient")
    values = [rf"\textcolor{{{c}}}{{${_small(v)}$}}" for c, v in zip(colors, _values(node), strict=False)]
    if _is_tall(node):
        values = [r"\,".join(values)]
    return r"\\[2pt]".join([f"${node.latex}$", *(rf"\scriptsize{value}" for value in values)])


def _values(node: Node) -> list[Matrix]:
    return [value for value in (node.value, node.gradient) if value is not None]


def _is_tall(node: Node) -> bool:
    """Whether value and gradient go beside each other: a batch in rows would make the graph too high for a page."""
    rows, columns = _shown(node.value)
    return rows > max(columns, 2)


def _small(entries: Matrix) -> str:
    value = np.asarray(entries, dtype=object)
    if value.size == 1:
        return number(value.item())
    if not is_whole(value, ROWS, COLUMNS):
        return rf"{value.shape[0]} \times {value.shape[1]}"
    body = r" \\ ".join(" & ".join(line) for line in grid(value, rows=ROWS, columns=COLUMNS))
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def _height(node: Node) -> float:
    if node.role == GAP:
        return 2 * LINE
    heights = [max(0.4, ENTRY * _shown(value)[0] + 0.1) for value in _values(node)]
    return LINE + 0.2 + (max(heights) if _is_tall(node) else sum(heights))


def _width(node: Node) -> float:
    if node.role == GAP:
        return 1.0
    widths = [_matrix_width(np.asarray(value, dtype=object)) for value in _values(node)]
    return max(1.0, sum(widths) + 0.1 if _is_tall(node) else max(widths)) + 0.35


def _matrix_width(value: np.ndarray) -> float:
    if not is_whole(value, ROWS, COLUMNS):
        return 1.5
    return sum(0.3 + LETTER * max(map(len, column)) for column in zip(*grid(value), strict=True))


def _shown(entries: Matrix) -> tuple[int, int]:
    """(rows, columns) as they are printed."""
    value = np.asarray(entries, dtype=object)
    return value.shape if is_whole(value, ROWS, COLUMNS) else (1, 1)
