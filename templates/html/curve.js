/* The loss curve: one point per step of gradient descent. */

const SVG = "http://www.w3.org/2000/svg";

function svgElement(name, attributes, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  return element;
}

/** @param {number[]} losses before the first step, and after each */
function drawCurve(container, losses) {
  const width = 320;
  const height = 130;
  const [left, right, top, bottom] = [14, width - 14, 24, height - 24];
  const finite = losses.filter(Number.isFinite);
  const highest = Math.max(...finite);
  const lowest = Math.min(0, ...finite);
  const x = (k) => left + ((right - left) * k) / Math.max(losses.length - 1, 8);
  const y = (loss) => bottom - ((bottom - top) * (loss - lowest)) / (highest - lowest || 1);
  const points = losses.map((loss, k) => [x(k), y(loss)]).filter(([, at]) => Number.isFinite(at));
  const count = losses.length - 1;
  const now = plainNumber(losses[count], GRAPH_DIGITS);
  const said = `Loss after ${count} step${count === 1 ? "" : "s"}: ${now}; before the first: ${plainNumber(losses[0], GRAPH_DIGITS)}`;
  const svg = svgElement("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": said, class: "curve" });
  svg.append(
    svgElement("path", { d: `M${left} ${bottom}H${right}`, class: "axis" }),
    svgElement("path", { d: points.map(([a, b], k) => `${k ? "L" : "M"}${a.toFixed(1)} ${b.toFixed(1)}`).join(""), class: "line" }),
    ...points.map(([a, b], k) => svgElement("circle", { cx: a.toFixed(1), cy: b.toFixed(1), r: k === points.length - 1 ? 4.5 : 2, class: "dot" })),
    svgElement("text", { x: left, y: 14, class: "label" }, `loss ${now}`),
    svgElement("text", { x: right, y: height - 8, class: "label", "text-anchor": "end" }, `${count} step${count === 1 ? "" : "s"}`),
    svgElement("text", { x: left, y: height - 8, class: "label" }, "0"),
  );
  container.replaceChildren(svg);
}
