/* The model, which is data (trees of lists), run on the engine. Every use of a symbol by a definition passes through a
   node of its own, so that the gradient there is what this one use adds to the symbol's gradient. */

/* Tree: name -> what it does with its arguments. Those of EXPRESSIONS are trees, evaluated first. */
const EXPRESSIONS = {
  add: (scope, ...terms) => terms.reduce((a, b) => apply("add", [a, b])),
  negative: (scope, a) => apply("negative", [a]),
  times: (scope, ...factors) => factors.reduce((a, b) => apply("times", [a, b])),
  matmul: (scope, a, b) => apply("matmul", [a, b]),
  divide: (scope, a, b) => apply("divide", [a, b]),
  transpose: (scope, a) => apply("transpose", [a]),
  total: (scope, a) => apply("total", [a]),
};

const FUNCTIONS = {
  relu: (a, scope) => apply("relu", [a], { atZero: scope.atZero }),
  sigmoid: applySigmoid,
  log: applyLog,
  tanh: (a) => apply("tanh", [a]),
  exp: (a) => apply("exp", [a]),
};

/* First derivatives, where a rule is shown with its numbers; nothing is differentiated through them. */
const DERIVATIVES = {
  relu: (t, scope) => step(t, scope.atZero),
  sigmoid: (t) => sigmoid(t) * sigmoid(-t),
  tanh: (t) => 1 - Math.tanh(t) ** 2,
  log: (t) => 1 / t,
  exp: Math.exp,
};

const position = ([name, offset], indices) => (name ? indices[name] : 0) + offset - 1;

/**
 * The node of a tree.
 * @param {Array} tree as derive/explaining/trees.py writes it
 * @param {{symbol: function(string): object, atZero: number, indices: object}} scope what names stand for
 */
function evaluate(tree, scope) {
  const [name, ...rest] = tree;
  const inner = (part, indices = scope.indices) => evaluate(part, { ...scope, indices });
  if (name in EXPRESSIONS) {
    if (name !== "add") return EXPRESSIONS[name](scope, ...rest.map((part) => inner(part)));
    // a term with a minus is subtracted, not added negated: the engine knows a stable 1 - sigmoid(z)
    return rest.slice(1).reduce(
      (sum, part) => (part[0] === "negative" ? applySubtract(sum, inner(part[1])) : apply("add", [sum, inner(part)])),
      inner(rest[0]),
    );
  }
  switch (name) {
    case "symbol":
      return scope.symbol(rest[0]);
    case "number":
      return leaf(number(rest[0]));
    case "ones":
      return leaf(matrix(rest[0], rest[1], () => 1));
    case "identity":
      return leaf(matrix(rest[0], rest[0], (i, j) => (i === j ? 1 : 0)));
    case "power":
      return apply("power", [inner(rest[0])], { exponent: rest[1] });
    case "apply": {
      const [argument, f, order] = rest;
      const value = inner(argument);
      return order ? leaf(map(value.value, (t) => DERIVATIVES[f](t, scope))) : FUNCTIONS[f](value, scope);
    }
    case "entry":
      return apply("entry", [inner(rest[0])], { i: position(rest[1], scope.indices), j: position(rest[2], scope.indices) });
    case "sum": {
      const [body, index, lower, upper] = rest;
      let sum = leaf(number(0));
      for (let i = lower; i <= upper; i += 1) sum = apply("add", [sum, inner(body, { ...scope.indices, [index]: i })]);
      return sum;
    }
    default:
      throw new Error(`unknown operation ${name}`);
  }
}

/**
 * The forward pass.
 * @param {object} model as derive/explaining/explorer.py writes it
 * @param {Object<string, Matrix>} values of the given symbols
 * @param {?string} detached the key of a symbol through which no gradient passes back
 * @returns {{nodes: Object<string, object>, uses: Array<{from: string, to: string, node: object}>}}
 */
function forward(model, values, detached = null) {
  const nodes = {};
  const uses = [];
  for (const [key, value] of Object.entries(values)) nodes[key] = leaf(value, model.symbols[key].role === "parameter");
  for (const definition of model.definitions) {
    const used = {};
    const symbol = (key) => {
      if (!(key in used)) {
        const source = nodes[key];
        const cut = key === detached;
        const logit = cut && source.logit ? leaf(source.logit.value) : source.logit;
        used[key] = { ...(cut ? leaf(source.value) : apply("use", [source])), logit };
        uses.push({ from: key, to: definition.symbol, node: used[key] });
      }
      return used[key];
    };
    const scope = { symbol, atZero: model.reluAtZero, indices: {} };
    if (definition.index === null) nodes[definition.symbol] = evaluate(definition.tree, scope);
    else {
      const { rows } = model.symbols[definition.symbol];
      const entries = Array.from({ length: rows }, (_, i) =>
        evaluate(definition.tree, { ...scope, indices: { [definition.index]: i + 1 } }));
      nodes[definition.symbol] = apply("stack", entries);
    }
  }
  return { nodes, uses };
}

/**
 * The backward pass: the gradient of the loss by every symbol that it depends on, and what each use adds to it.
 * @returns {{gradients: Object<string, Matrix>, parts: Object<string, Matrix>}} parts by "from>to"
 */
function backward(model, run) {
  const found = adjoints(run.nodes[model.loss]);
  const gradients = {};
  for (const [key, node] of Object.entries(run.nodes)) if (found.has(node)) gradients[key] = found.get(node);
  const parts = {};
  for (const { from, to, node } of run.uses) if (found.has(node)) parts[`${from}>${to}`] = found.get(node);
  return { gradients, parts };
}
