/* Reverse-mode automatic differentiation over matrices, in the manner of derive.engine: a node remembers its operation
   and its operands, RULES says what an operation computes and what it sends back, and one walk from the loss to the
   leaves adds up what arrives. The walk does not recurse: a deep network must not exhaust the stack. */

/** Beyond this logit 1/sigmoid(z) comes near the largest double, so d log(p) / dp cannot be written down. */
const LARGEST_LOGIT = 700;

const sigmoid = (t) => {
  const tail = Math.exp(-Math.abs(t)); // never overflows, and keeps the tail that 1 - 1/(1 + tail) would round to 0
  return (t >= 0 ? 1 : tail) / (1 + tail);
};
const softplus = (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));
const step = (t, atZero) => (t > 0 ? 1 : t === 0 ? atZero : 0);

/* Operation: {forward(values, params) -> value, back(g, y, values, params) -> what goes to each operand}. */
const RULES = {
  // entry by entry, of two operands: g dy/da, g dy/db
  add: { forward: ([a, b]) => sum(a, b), back: (g) => [g, g] },
  subtract: { forward: ([a, b]) => zip(a, b, (p, q) => p - q), back: (g) => [g, scaled(g, -1)] },
  times: {
    forward: ([a, b]) => zip(a, b, (p, q) => p * q),
    back: (g, y, [a, b]) => [zip(g, b, (p, q) => p * q), zip(g, a, (p, q) => p * q)],
  },
  divide: {
    forward: ([a, b]) => zip(a, b, (p, q) => p / q),
    back: (g, y, [a, b]) => [zip(g, b, (p, q) => p / q), zip(zip(g, y, (p, q) => -p * q), b, (p, q) => p / q)],
  },
  // entry by entry, of one operand: g y'(a)
  negative: { forward: ([a]) => scaled(a, -1), back: (g) => [scaled(g, -1)] },
  power: {
    forward: ([a], { exponent }) => map(a, (t) => t ** exponent),
    back: (g, y, [a], { exponent }) => [zip(g, a, (p, t) => p * exponent * t ** (exponent - 1))],
  },
  exp: { forward: ([a]) => map(a, Math.exp), back: (g, y) => [zip(g, y, (p, q) => p * q)] },
  log: { forward: ([a]) => map(a, Math.log), back: (g, y, [a]) => [zip(g, a, (p, t) => p / t)] },
  tanh: { forward: ([a]) => map(a, Math.tanh), back: (g, y) => [zip(g, y, (p, q) => p * (1 - q * q))] },
  sigmoid: {
    forward: ([a]) => map(a, sigmoid), // 1 - s(a) = s(-a)
    back: (g, y, [a]) => [zip(zip(g, y, (p, q) => p * q), a, (p, t) => p * sigmoid(-t))],
  },
  relu: {
    forward: ([a]) => map(a, (t) => Math.max(t, 0)),
    back: (g, y, [a], { atZero }) => [zip(g, a, (p, t) => p * step(t, atZero))],
  },
  // ln p and 1 - p of p = s(z), by p and by z: right where p rounds to 1. Where 1/p is no double, straight to z
  "log of sigmoid": {
    forward: ([, z]) => map(z, (t) => -softplus(-t)),
    back: (g, y, [p, z]) => [
      matrix(p.rows, p.columns, (i, j) => (at(z, i, j) > -LARGEST_LOGIT ? at(g, i, j) / at(p, i, j) : 0)),
      matrix(p.rows, p.columns, (i, j) => (at(z, i, j) > -LARGEST_LOGIT ? 0 : at(g, i, j) * sigmoid(-at(z, i, j)))),
    ],
  },
  "1 - sigmoid": { forward: ([, z]) => map(z, (t) => sigmoid(-t)), back: (g) => [scaled(g, -1), null] },
  // matrices
  matmul: {
    forward: ([a, b]) => product(a, b),
    back: (g, y, [a, b]) => [product(g, transposed(b)), product(transposed(a), g)],
  },
  total: { forward: ([a]) => total(a), back: (g, y, [a]) => [full(a, g.data[0])] },
  // moving entries: what comes back is moved back
  use: { forward: ([a]) => a, back: (g) => [g] },
  transpose: { forward: ([a]) => transposed(a), back: (g) => [transposed(g)] },
  entry: {
    forward: ([a], { i, j }) => number(at(a, i, j)),
    back: (g, y, [a], { i, j }) => [matrix(a.rows, a.columns, (r, c) => (r === i && c === j ? g.data[0] : 0))],
  },
  stack: {
    forward: (entries) => matrix(entries.length, 1, (i) => entries[i].data[0]),
    back: (g) => Array.from(g.data, number),
  },
};

/** A node without operands. One that needs no gradient is a constant. */
function leaf(value, needs = false) {
  return { op: "", value, operands: [], params: {}, needs, logit: null };
}

/** The operation on nodes: a node. */
function apply(op, operands, params = {}) {
  const value = RULES[op].forward(operands.map((operand) => operand.value), params);
  return { op, value, operands, params, needs: operands.some((operand) => operand.needs), logit: null };
}

/** 1 / (1 + e^-a). The result remembers its logit, for `log` and for `1 -`. */
function applySigmoid(a) {
  return { ...apply("sigmoid", [a]), logit: a };
}

/** The natural logarithm; of a sigmoid's result, computed from the logit. */
function applyLog(a) {
  if (a.logit === null) return apply("log", [a]);
  const saturated = a.logit.value.data.some((t) => t <= -LARGEST_LOGIT);
  return apply("log of sigmoid", [a, saturated ? a.logit : leaf(a.logit.value)]);
}

/** a - b; `1 - sigmoid(z)` is sigmoid(-z), so that it does not cancel. */
function applySubtract(a, b) {
  if (b.logit === null || !isNumber(a.value) || a.value.data[0] !== 1 || a.needs) return apply("subtract", [a, b]);
  const out = apply("1 - sigmoid", [b, leaf(b.logit.value)]);
  return { ...out, logit: apply("negative", [b.logit]) };
}

/** Every node that `root` was computed from and that needs a gradient, operands before results. */
function operandsFirst(root) {
  const order = [];
  const seen = new Set();
  const stack = [[root, false]];
  while (stack.length) {
    const [node, done] = stack.pop();
    if (done) order.push(node);
    else if (node.needs && !seen.has(node)) {
      seen.add(node);
      stack.push([node, true], ...node.operands.map((operand) => [operand, false]));
    }
  }
  return order;
}

/** The gradient of `root`, a number, by every node that it was computed from: Map of node -> Matrix. */
function adjoints(root) {
  const found = new Map(root.needs ? [[root, number(1)]] : []);
  for (const node of operandsFirst(root).reverse()) {
    const g = found.get(node);
    if (g === undefined || node.op === "") continue; // reached only through what is known to be 0 here
    const parts = RULES[node.op].back(g, node.value, node.operands.map((operand) => operand.value), node.params);
    node.operands.forEach((operand, k) => {
      if (!operand.needs || parts[k] === null) return;
      const part = sumTo(parts[k], operand.value);
      const before = found.get(operand);
      found.set(operand, before === undefined ? part : sum(before, part));
    });
  }
  return found;
}
