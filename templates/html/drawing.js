/* The live graph: a copy of the drawing above it whose numbers follow the explorer. */

/** A copy of the page's graph, for the explorer. */
function copyGraph() {
  const copy = document.querySelector("#graph svg.graph").cloneNode(true);
  copy.setAttribute("aria-label", "Computation graph with the explorer's numbers");
  return copy;
}

/** What is wider than its place shows its middle first: there the path from the data to the loss runs. */
function showMiddle(container) {
  container.scrollLeft = (container.scrollWidth - container.clientWidth) / 2;
}

function write(element, text) {
  if (element.textContent === text) return;
  element.textContent = text;
  if (text.length > 8 && !element.matches(".part")) {
    element.setAttribute("textLength", "56");
    element.setAttribute("lengthAdjust", "spacingAndGlyphs");
  } else element.removeAttribute("textLength");
}

function writeEntries(group, kind, value, missing) {
  for (const element of group.querySelectorAll(`[data-${kind}]`)) {
    const [i, j] = element.dataset[kind].split(",").map(Number);
    write(element, value ? plainNumber(at(value, i, j), GRAPH_DIGITS) : missing);
  }
}

/**
 * Puts the explorer's numbers into the drawing.
 * @param {SVGElement} svg
 * @param {object} model
 * @param {object} shown {values, gradients, parts: by key; state: key -> "active" | "known" | "partial" | "cut" | "";
 *   passed: Set of "from>to" over which a gradient has come back; detached: key or null}
 */
function drawNumbers(svg, model, shown) {
  for (const group of svg.querySelectorAll("[data-node]")) {
    const key = group.dataset.node;
    const symbol = model.symbols[key];
    const hidden = model.hidden;
    const state = symbol ? shown.state[key] || "" : hidden.some((k) => shown.state[k] === "active") ? "active" : "";
    for (const name of ["active", "known", "partial", "cut"]) group.classList.toggle(name, state === name);
    if (!symbol) continue;
    const value = shown.values[key];
    const gradient = shown.gradients[key];
    const missing = state === "cut" ? "none" : "·";
    writeEntries(group, "value", value, "·");
    writeEntries(group, "gradient", gradient, missing);
    const word = { data: "data", parameter: "parameter", result: "operation", loss: "loss" }[symbol.role];
    const said = gradient ? spoken(gradient) : state === "cut" ? "none, cut off by detach" : "not known yet";
    const back = symbol.role === "data" || symbol.role === "loss" ? "" : ` Gradient ${symbol.gradientPlain}: ${said}.`;
    group.setAttribute("aria-label", `${word} ${symbol.plain}. Value ${spoken(value)}.${back}`);
  }
  for (const arrow of svg.querySelectorAll("[data-from]")) {
    const { from, to } = arrow.dataset;
    arrow.classList.toggle("passed", shown.passed.has(`${from}>${to}`));
    arrow.classList.toggle("cut", from === shown.detached);
  }
  for (const element of svg.querySelectorAll("[data-part]")) {
    const part = shown.parts[element.dataset.part];
    write(element, part && shown.passed.has(element.dataset.part) ? plainNumber(part.data[0], GRAPH_DIGITS) : "");
  }
}

/** Scrolls the graph, and nothing else, until a node is seen. */
function bringIntoSight(container, svg, key) {
  const group = svg.querySelector(`[data-node="${CSS.escape(key)}"]`) || svg.querySelector('[data-node="gap"]');
  if (!group) return;
  const node = group.getBoundingClientRect();
  const around = container.getBoundingClientRect();
  container.scrollTo({
    left: container.scrollLeft + node.left + node.width / 2 - around.left - around.width / 2,
    top: container.scrollTop + node.top + node.height / 2 - around.top - around.height / 2,
  });
}
