"""A plot as SVG, by matplotlib: an element that stands in a page of any colour, with its text as text.

Axes and text take the colour of the text around them. Blue and red are the variables `--forward` and `--gradient` of
the page, with values that are readable on light and dark where the page has none.
"""

from __future__ import annotations

import html
import io
import logging
import re

from derive.explaining.plain import plain_math
from derive.explaining.plots import Area, Axis, Curve, Dots, Plot

# Inches; a point of matplotlib is a pixel of the picture, near enough.
WIDTH, HEIGHT = 6.4, 3.8
# A unit of a plot with square ones is at most so many inches long; room for labels beside and below.
CELL, BESIDE, BELOW = 0.34, 1.6, 0.9
# Colours by which the roles are found in matplotlib's output; they stand in no plot.
_ROLES = {
    "plain": ("#010203", "currentColor"),
    "forward": ("#010204", "var(--forward, #3b7ddd)"),
    "gradient": ("#010205", "var(--gradient, #d6455d)"),
}
_SETTINGS = {
    "svg.fonttype": "none",  # text stays text: it can be selected, searched and read aloud
    "font.family": "DejaVu Sans",  # matplotlib brings it, so that its metrics are those of every machine
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "axes.formatter.useoffset": False,
    "axes.formatter.use_locale": False,
    "axes.formatter.use_mathtext": False,
    "axes.unicode_minus": True,
    "path.simplify": False,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), "#010203"),
}


def plot_svg(plot: Plot, name: str, description: str) -> str:
    """The `<svg>` element.

    Args:
        name: stands before every id in it, so that several pictures can share a page.
        description: what it is called for those who do not see it.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # a font cache that cannot be kept is nobody's concern
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**matplotlib.rcParamsDefault, **_SETTINGS, "svg.hashsalt": f"derive {name}"}):
        figure = Figure(figsize=_size(plot), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        _draw(axes, plot)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _element(out.getvalue(), name, description)


def _size(plot: Plot) -> tuple[float, float]:
    if not plot.square:
        return WIDTH, HEIGHT
    across, up = plot.x.high - plot.x.low, plot.y.high - plot.y.low
    cell = min(CELL, (WIDTH - BESIDE) / across)
    return cell * across + BESIDE, cell * up + BELOW


def _draw(axes, plot: Plot) -> None:
    for kind, axis in (("x", plot.x), ("y", plot.y)):
        _axis(axes, kind, axis)
    for order, shape in enumerate(plot.drawn, 1):
        color = _ROLES[shape.role][0]
        match shape:
            case Area():
                _area(axes, shape, color, order)
            case Curve():
                x, y = zip(*shape.points, strict=True)
                width = 1.2 if shape.dashed else None
                axes.plot(x, y, color=color, linestyle="--" if shape.dashed else "-", linewidth=width, zorder=order,
                          label=_text(shape.label) or None)  # fmt: skip
            case Dots():
                x, y = zip(*shape.points, strict=True)
                axes.plot(x, y, "o", color=color, fillstyle="full" if shape.filled else "none", markersize=7,
                          markeredgewidth=1.5, clip_on=False, zorder=order,
                          label=_text(shape.label) or None)  # fmt: skip
    if plot.square:
        axes.set_aspect("equal")
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
    if any(getattr(shape, "label", "") for shape in plot.drawn):
        axes.figure.legend(loc="outside upper center", ncols=2)


def _axis(axes, kind: str, axis: Axis) -> None:
    getattr(axes, f"set_{kind}label")(_text(axis.label))
    if axis.log:
        getattr(axes, f"set_{kind}scale")("log")
    getattr(axes, f"set_{kind}lim")(axis.low, axis.high)
    if axis.ticks is not None:
        getattr(axes, f"set_{kind}ticks")([at for at, _ in axis.ticks], [_text(label) for _, label in axis.ticks])


def _area(axes, shape: Area, color: str, order: int) -> None:
    from matplotlib.colors import to_rgba
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    vertices, codes = [], []
    for ring in shape.rings:
        vertices += [*ring, ring[0]]
        codes += [Path.MOVETO, *[Path.LINETO] * (len(ring) - 1), Path.CLOSEPOLY]
    axes.add_patch(
        PathPatch(
            Path(vertices, codes),
            facecolor=to_rgba(color, shape.tint),
            edgecolor=color if shape.outlined else "none",
            linewidth=0.8,
            zorder=order,
        )
    )


def _text(prose: str) -> str:
    """Prose as one line of Unicode."""
    parts = prose.split("$")
    return "".join(plain_math(part) if place % 2 else part for place, part in enumerate(parts))


# ---------------------------------------------------------------- what matplotlib wrote, as an element of a page

# What is no part of the picture: the prolog, who made it, a style for the whole page, names of groups.
_SUPERFLUOUS = re.compile(
    r"\A.*?(?=<svg )|<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>|<!--.*?-->|(?<=<g) id=\"[^\"]*\"",
    re.DOTALL,
)
_TAG, _DECIMAL, _OPENING = re.compile(r"<[^>]*>"), re.compile(r"-?\d+\.\d{3,}"), re.compile(r"<svg [^>]*>")
_ID = re.compile(r'(?<=\sid=")|(?<=="#)|(?<=url\(#)')
# Digits after the point of a coordinate, in pixels.
_DIGITS = 2


def _element(text: str, name: str, description: str) -> str:
    text = _SUPERFLUOUS.sub("", text)
    width, height = re.search(r'viewBox="0 0 (\S+) (\S+)"', text).groups()
    text = _TAG.sub(lambda tag: _tidied(tag[0], name), text)
    for found, role in _ROLES.values():
        text = text.replace(found, role)
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-label="{html.escape(description)}"'
        ' style="max-width: 100%; height: auto; stroke-linejoin: round">'
    )
    return re.sub(r">\s+<", ">\n<", _OPENING.sub(lambda _: start, text)).strip() + "\n"


def _tidied(tag: str, name: str) -> str:
    tag = tag.replace("xlink:href", "href").replace("font-family: 'DejaVu Sans'", "font-family: inherit")
    tag = re.sub(r"\s+", " ", tag).replace(" transform=\"rotate(-0", " transform=\"rotate(0")
    return _ID.sub(f"{name}-", _DECIMAL.sub(lambda found: _shortened(found[0]), tag))


def _shortened(decimal: str) -> str:
    return f"{float(decimal):.{_DIGITS}f}".rstrip("0").rstrip(".").replace("-0", "0") if float(decimal) else "0"
