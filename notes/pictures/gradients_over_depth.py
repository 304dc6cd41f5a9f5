"""Draws gradients_over_depth.svg from the program in multilayer-backprop.md whose output it illustrates.

Run from the top of the repository: `python -m notes.pictures.gradients_over_depth`. A test draws it again and compares.
"""

import contextlib
import io
from pathlib import Path

from tests.docs.blocks import blocks

NOTE = Path(__file__).parents[1] / "multilayer-backprop.md"
FILE = Path(__file__).with_suffix(".svg")

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 704, 16, 352  # of the field between the axes
LOW, HIGH = -14, 6  # powers of ten at its bottom and top
# Where the name of a curve stands: at this layer, so many pixels below the curve.
NAMES = {"e": (4, -12), "h": (4, -12), "x": (4, 24), "s": (7, 24)}
STYLE = """
  text { font: 13px sans-serif; fill: #24292f }
  line { stroke: #d0d7de }
  polyline { fill: none; stroke-width: 2.5 }
  .e { stroke: #cf222e } .h { stroke: #1a7f37 } .x { stroke: #0969da; stroke-dasharray: 7 4 }
  .s { stroke: #8250df; stroke-dasharray: 2 4 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } line { stroke: #3d444d }
    .e { stroke: #ff7b72 } .h { stroke: #3fb950 } .x { stroke: #58a6ff } .s { stroke: #d2a8ff }
  }"""
DESCRIPTION = (
    "Size of the signal in each of 20 layers, on a logarithmic scale. From the loss behind layer 20 back to layer 1 it "
    "grows to more than ten thousand for ReLU with weights from -1 to 1, stays near a tenth for ReLU with those of He, "
    "falls to some ten-thousandths for ReLU with those of Xavier, and vanishes for the sigmoid: 10 to the power -13."
)


def curves() -> dict[str, tuple[str, list[float]]]:
    """Letter -> (name, power of ten in each layer), as the note's own program computes them."""
    [block] = [block for block in blocks(NOTE) if "powers_of_ten" in block.text]
    program: dict = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(block.text, str(block), "exec"), program)
    return {
        letter: (name, program["powers_of_ten"](activation, initialisation))
        for letter, (activation, initialisation, name) in program["CURVES"].items()
    }


def draw() -> str:
    found = curves()
    depth = len(next(iter(found.values()))[1])

    def across(layer: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (layer - 1) / (depth - 1), 1)

    def down(power: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (power - LOW) / (HIGH - LOW), 1)

    lines = []
    for power in range(LOW, HIGH + 1, 2):
        lines.append(f'<line x1="{LEFT}" x2="{RIGHT}" y1="{down(power)}" y2="{down(power)}"/>')
        name = "1" if power == 0 else f'10<tspan dy="-5" font-size="10">{str(power).replace("-", "−")}</tspan>'
        lines.append(f'<text x="{LEFT - 8}" y="{down(power) + 4}" text-anchor="end">{name}</text>')
    for layer in (1, *range(5, depth + 1, 5)):
        lines.append(f'<text x="{across(layer)}" y="{BOTTOM + 20}" text-anchor="middle">{layer}</text>')
    lines.append(f'<text x="{LEFT}" y="{BOTTOM + 42}">layer (the loss is behind the last one)</text>')
    for letter, (name, powers) in found.items():
        places = " ".join(f"{across(layer)},{down(power)}" for layer, power in enumerate(powers, 1))
        lines.append(f'<polyline class="{letter}" points="{places}"/>')
        layer, below = NAMES[letter]
        lines.append(f'<text x="{across(layer)}" y="{round(down(powers[layer - 1]) + below, 1)}">{name}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="d">'
    return "\n".join([head, f'<desc id="d">{DESCRIPTION}</desc>', f"<style>{STYLE}\n</style>", *lines, "</svg>", ""])


if __name__ == "__main__":
    FILE.write_text(draw(), encoding="utf-8")
