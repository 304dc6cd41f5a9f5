r"""A plot as LaTeX, by pgfplots: the body of an axis, with the fonts of the document around it.

pgfplots is in the same package as TikZ. The colours `forward` and `gradient` are the template's.
"""

from __future__ import annotations

from collections.abc import Callable

from derive.explaining.escaping import latex_prose
from derive.explaining.plots import Area, Axis, Curve, Dots, Plot, Points

# Millimetres: an axis, and a unit of a plot with square ones, which is smaller where there are many.
WIDTH, HEIGHT, CELL, WIDEST = 105, 62, 6.0, 110
_COLORS = {"plain": "black!85", "forward": "forward", "gradient": "gradient"}


def pgfplots(plot: Plot) -> str:
    """A tikzpicture with one axis."""
    options = [*_axis("x", plot.x), *_axis("y", plot.y), *LOOK, *_size(plot)]
    lines = [r"\begin{tikzpicture}", rf"\begin{{axis}}[{', '.join(options)}]"]
    lines += [_DRAWN[type(shape)](shape) for shape in plot.drawn]
    return "\n".join([*lines, r"\end{axis}", r"\end{tikzpicture}"])


LOOK = (
    "scale only axis", "axis lines=left", "axis line style={-}", "axis on top", "tick align=outside",
    "every axis/.append style={font=\\small}",
    "legend style={draw=none, at={(0.5,1.03)}, anchor=south, legend columns=2, column sep=4pt, font=\\small}",
    "legend cell align=left",
)  # fmt: skip


def _size(plot: Plot) -> tuple[str, ...]:
    if not plot.square:
        return f"width={WIDTH}mm", f"height={HEIGHT}mm"
    across, up = plot.x.high - plot.x.low, plot.y.high - plot.y.low
    cell = min(CELL, WIDEST / across)
    size = (f"width={_number(cell * across)}mm", f"height={_number(cell * up)}mm")
    return *size, "axis line style={draw=none}", "tick style={draw=none}"


def _axis(kind: str, axis: Axis) -> list[str]:
    options = [f"{kind}min={_number(axis.low)}", f"{kind}max={_number(axis.high)}"]
    options += [f"{kind}mode=log"] if axis.log else []
    options += [f"{kind}label={{{latex_prose(axis.label)}}}"] if axis.label else []
    if axis.ticks is not None:
        options.append(f"{kind}tick={{{','.join(_number(at) for at, _ in axis.ticks)}}}")
        options.append(f"{kind}ticklabels={{{','.join(f'{{{latex_prose(text)}}}' for _, text in axis.ticks)}}}")
    return options


def _curve(shape: Curve) -> str:
    style = "densely dashed, semithick" if shape.dashed else "thick"
    return _plotted(shape.points, f"no marks, {_COLORS[shape.role]}, {style}", shape.label)


def _dots(shape: Dots) -> str:
    filled = "" if shape.filled else ", fill=none"
    mark = f"only marks, mark={'*' if shape.filled else 'o'}, {_COLORS[shape.role]}"
    return _plotted(shape.points, f"{mark}, mark options={{semithick{filled}}}, clip marker paths=false", shape.label)


def _plotted(points: Points, style: str, label: str) -> str:
    style += "" if label else ", forget plot"
    drawn = rf"\addplot[{style}] coordinates {{{' '.join(f'({_number(x)},{_number(y)})' for x, y in points)}}};"
    return drawn + (rf" \addlegendentry{{{latex_prose(label)}}}" if label else "")


def _area(shape: Area) -> str:
    paths = " ".join(
        " -- ".join(f"(axis cs:{_number(x)},{_number(y)})" for x, y in ring) + " -- cycle" for ring in shape.rings
    )
    color = _COLORS[shape.role]
    outlined = rf"draw={color}, " if shape.outlined else ""
    return rf"\path[{outlined}fill={color}!{round(100 * shape.tint)}!white, even odd rule] {paths};"


_DRAWN: dict[type, Callable[..., str]] = {Curve: _curve, Dots: _dots, Area: _area}


def _number(value: float) -> str:
    return f"{value:.6g}"
