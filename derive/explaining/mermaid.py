"""A graph as Mermaid: forward values in blue boxes, and on every arrow, in red, the gradient that flows back along it.

Labels are plain text; every class sets its own text colour, so that the picture reads on a light and a dark page.
"""

from __future__ import annotations

import numpy as np

from derive.explaining.graph import DATA, GAP, LOSS, PARAMETER, RESULT, Graph, Matrix, Node
from derive.explaining.numbers import grid, is_whole, plain

ROWS = COLUMNS = 4
# Between entries; HTML would draw several plain spaces as one.
EN_SPACE = "\u2002"
STYLES = {
    DATA: "fill:#ddf4ff,stroke:#57606a,color:#0a3069",
    PARAMETER: "fill:#b6e3ff,stroke:#0969da,stroke-width:2px,color:#0a3069",
    RESULT: "fill:#ddf4ff,stroke:#0969da,color:#0a3069",
    LOSS: "fill:#54aeff,stroke:#0a3069,stroke-width:2px,color:#051d4d",
    GAP: "fill:#eaeef2,stroke:#57606a,color:#24292f",
    "gradient": "fill:#ffebe9,stroke:#cf222e,color:#a40e26",
}
SHAPES = {DATA: ("[", "]"), PARAMETER: ("[", "]"), RESULT: ("(", ")"), LOSS: ("([", "])"), GAP: ("[", "]")}


def mermaid(graph: Graph) -> str:
    """The source of a Mermaid flowchart, top to bottom."""
    names = {node.key: f"v{place}" for place, node in enumerate(graph.nodes, 1)}
    lines = ["flowchart TB"]
    for node in graph.nodes:
        opening, closing = SHAPES[node.role]
        lines.append(f'  {names[node.key]}{opening}"{_label(node)}"{closing}:::{node.role}')
    for place, arrow in enumerate(graph.arrows, 1):
        source, target = names[arrow.source], names[arrow.target]
        if arrow.gradient is None:
            lines.append(f"  {source} --> {target}")
        else:
            named = _gradient_name(graph, arrow.source)
            lines.append(f'  {source} --- g{place}["{named}{_value(arrow.gradient)}"]:::gradient')
            lines.append(f"  g{place} --> {target}")
    if graph.merges:
        for node in graph.nodes:
            if node.role == PARAMETER and node.gradient is not None:
                name, label = names[node.key], f"{_escaped(node.gradient_plain)} = {_value(node.gradient)}"
                lines.append(f'  s{name}["{label}"]:::gradient')
                lines.append(f"  s{name} -.- {name}")
    used = {node.role for node in graph.nodes} | {"gradient"}
    lines += [f"  classDef {name} {style}" for name, style in STYLES.items() if name in used]
    return "\n".join(lines)


def _gradient_name(graph: Graph, source: str) -> str:
    """What the gradient on an arrow is called: the adjoint of its source, unless several arrows share in it."""
    node = graph[source]
    if node.gradient is None or sum(arrow.source == source for arrow in graph.arrows) > 1:
        return ""
    equals = " = " if np.size(node.gradient) == 1 else " =<br/>"
    return _escaped(node.gradient_plain) + equals


def _label(node: Node) -> str:
    title = _escaped(node.plain + (f" = {node.formula}" if node.formula and node.role != GAP else ""))
    if node.role == GAP:
        return f"{title}<br/>{_escaped(node.formula)}"
    return f"{title}<br/>{_value(node.value)}"


def _value(entries: Matrix) -> str:
    """All entries of a small matrix, row by row; the size of a larger one."""
    value = np.asarray(entries, dtype=object)
    if value.size == 1:
        return plain(value.item())
    if not is_whole(value, ROWS, COLUMNS):
        return f"{value.shape[0]} × {value.shape[1]}"
    return "<br/>".join("[ " + EN_SPACE.join(line) + " ]" for line in grid(value, plain, ROWS, COLUMNS))


def _escaped(text: str) -> str:
    """Mermaid reads entities, and quotes end a label."""
    return text.replace("&", "&amp;").replace('"', "#quot;").replace("<", "&lt;").replace(">", "&gt;")
