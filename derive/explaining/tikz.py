r"""A graph as TikZ: boxes in layers, forward values in blue and gradients in red within the box of their symbol.

Rows are as high as their tallest matrix asks for; the template scales what is wider than the page.
"""

from __future__ import annotations

import numpy as np

from derive.explaining.graph import GAP, Graph, Matrix, Node
from derive.explaining.numbers import grid, is_whole, number

ROWS, COLUMNS = 4, 4
# Centimetres: a line of text, an entry of a matrix, the space between rows, and the width of a column.
LINE, ENTRY, BETWEEN, WIDTH = 0.55, 0.34, 0.75, 2.2


def tikz(graph: Graph) -> str:
    """The body of a tikzpicture. Styles `data`, `parameter`, `result`, `loss`, `gap` and `flow` are the template's."""
    heights = {row: max(_height(n) for n in graph.nodes if n.row == row) for row in {n.row for n in graph.nodes}}
    widths = max(_width(node) for node in graph.nodes)
    at: dict[int, float] = {}
    y = 0.0
    for row in sorted(heights):
        y -= heights[row] / 2
        at[row] = y
        y -= heights[row] / 2 + BETWEEN
    names = {node.key: f"v{place}" for place, node in enumerate(graph.nodes, 1)}
    lines = []
    for node in graph.nodes:
        x = node.column * max(WIDTH, widths + 0.9)
        lines.append(rf"\node[{node.role}] ({names[node.key]}) at ({x:.2f},{at[node.row]:.2f}) {{{_label(node)}}};")
    for arrow in graph.arrows:
        lines.append(rf"\draw[flow] ({names[arrow.source]}) -- ({names[arrow.target]});")
    return "\n".join(lines)


def _label(node: Node) -> str:
    if node.role == GAP:
        return rf"${node.latex}$\\\footnotesize {node.formula}"
    lines = [f"${node.latex}$", rf"\textcolor{{forward}}{{${_small(node.value)}$}}"]
    if node.gradient is not None:
        lines.append(rf"\textcolor{{gradient}}{{${_small(node.gradient)}$}}")
    return r"\\".join(lines)


def _small(entries: Matrix) -> str:
    value = np.asarray(entries)
    if value.size == 1:
        return number(float(value.item()))
    if not is_whole(value, ROWS, COLUMNS):
        return rf"{value.shape[0]} \times {value.shape[1]}"
    body = r" \\ ".join(" & ".join(line) for line in grid(value, rows=ROWS, columns=COLUMNS))
    return rf"\left[\begin{{smallmatrix}} {body} \end{{smallmatrix}}\right]"


def _height(node: Node) -> float:
    values = [value for value in (node.value, node.gradient) if value is not None]
    return LINE + 0.2 + sum(max(LINE, ENTRY * _shown(value)[0] + 0.15) for value in values)


def _width(node: Node) -> float:
    values = [value for value in (node.value, node.gradient) if value is not None]
    return max((0.25 + 0.95 * _shown(value)[1] for value in values), default=1.0)


def _shown(entries: Matrix) -> tuple[int, int]:
    """(rows, columns) as they are printed."""
    value = np.asarray(entries)
    return value.shape if is_whole(value, ROWS, COLUMNS) else (1, 1)
