/* Manual mode: what one step back through one definition says. "incoming x local = outgoing", with the numbers of now. */

/** The LaTeX of a formula with holes, filled with the values that `scope` gives. */
function fillHoles(pieces, scope) {
  const values = (hole) => {
    if (!hole.index) return Array.from(evaluate(hole.tree, scope).value.data);
    return Array.from({ length: hole.upper }, (_, i) =>
      evaluate(hole.tree, { ...scope, indices: { [hole.index]: i + 1 } }).value.data[0]);
  };
  const factor = (value) => (isNumber(value) ? signed(value.data[0]) : latexMatrix(value));
  return pieces
    .map((piece) => {
      if (typeof piece === "string") return piece;
      if (piece.as === "sum") return latexSum(values(piece));
      if (piece.as === "squares") return latexSum(values(piece), (value) => `${signed(value)}^2`);
      return factor(evaluate(piece.tree, scope).value);
    })
    .join("");
}

/** Where formulas find their numbers: symbols by name, adjoints under theirs. */
function scopeOf(model, run, gradients) {
  const symbols = {};
  for (const [key, symbol] of Object.entries(model.symbols)) {
    symbols[key] = leaf(run.nodes[key].value);
    if (symbol.adjoint && gradients[key]) symbols[symbol.adjoint] = leaf(gradients[key]);
  }
  return { symbol: (key) => symbols[key], atZero: model.reluAtZero, indices: {} };
}

/** The lines of one edge: the rule, its numbers, the result. */
function edgeFormula(edge, part, scope) {
  const result = red(latexMatrix(part));
  const rule = edge.scalar ? "" : `&= ${edge.rule}`;
  const lines = [rule, edge.numbers ? `&= ${fillHoles(edge.numbers, scope)}` : "", `&= ${result}`].filter(Boolean);
  return `\\begin{aligned} ${edge.name} ${lines.join(" \\\\[4pt] ")} \\end{aligned}`;
}

/** "incoming -0.2 x local 0.4 = outgoing -0.08", where all three are numbers. */
function edgeSentence(edge, part, scope) {
  if (!edge.scalar) return "";
  const [incoming, local] = edge.numbers.filter((piece) => typeof piece !== "string");
  const written = (hole) => plainNumber(evaluate(hole.tree, scope).value.data[0]);
  return `incoming ${written(incoming)} × local ${written(local)} = outgoing ${plainNumber(part.data[0])}`;
}

/**
 * What has come together at a symbol: nothing where one edge brings all of it.
 * @param {string[]} arrived keys of the definitions whose parts have come, in order
 */
function fanOut(model, key, arrived, back) {
  const users = model.definitions.filter((definition) => definition.edges.some((edge) => edge.to === key));
  if (users.length < 2) return "";
  const parts = arrived.map((to) => back.parts[`${key}>${to}`]);
  const all = arrived.length === users.length;
  const name = model.symbols[key].gradient;
  const total = parts.reduce(sum);
  const terms = parts.every(isNumber) ? parts.map((part) => part.data[0]) : null;
  const written = terms ? latexSum(terms).replace(/^\\left\(|\\right\)$/g, "") : parts.map(latexMatrix).join(" + ");
  if (!all) return `${name} = ${red(written)} + \\cdots \\quad \\text{(${arrived.length} of ${users.length} parts)}`;
  return `${name} = ${red(written)} = ${red(latexMatrix(total))}`;
}

/** The element that shows the step through one definition. */
function stepElement(model, definition, run, back, arrivedBefore, detached) {
  const element = document.createElement("div");
  const symbol = model.symbols[definition.symbol];
  const isLoss = definition.symbol === model.loss;
  const scope = scopeOf(model, run, back.gradients);
  const incoming = isLoss
    ? `\\frac{\\partial ${symbol.latex}}{\\partial ${symbol.latex}} = ${red("1")}`
    : `${symbol.gradient} = ${red(latexMatrix(back.gradients[definition.symbol]))}`;
  element.append(
    labelled("Through", formula(definition.latex)),
    labelled("Incoming", formula(incoming)),
  );
  for (const edge of definition.edges) {
    const part = back.parts[`${edge.to}>${definition.symbol}`];
    const box = document.createElement("div");
    box.className = "edge";
    const title = document.createElement("p");
    title.className = "edge-title";
    title.textContent = `Back to ${model.symbols[edge.to].plain}`;
    box.append(title);
    if (edge.to === detached || !part) {
      const note = document.createElement("p");
      note.textContent = `${model.symbols[edge.to].plain} is detached: nothing goes back over this edge.`;
      box.append(note);
    } else {
      const sentence = edgeSentence(edge, part, scope);
      if (sentence) box.append(Object.assign(document.createElement("p"), { className: "product", textContent: sentence }));
      box.append(formula(edgeFormula(edge, part, scope), true));
      const together = fanOut(model, edge.to, [...(arrivedBefore[edge.to] || []), definition.symbol], back);
      if (together) box.append(formula(together, true));
    }
    element.append(box);
  }
  return element;
}

function labelled(label, element) {
  const line = document.createElement("p");
  line.className = "line scroll";
  const name = document.createElement("span");
  name.className = "label";
  name.textContent = label;
  line.append(name, element);
  return line;
}
