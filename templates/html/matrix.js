/* Matrices: {rows, columns, data}, entries row by row in a Float64Array. A number is 1 x 1. Nothing here is changed in
   place, so that a value may be shared. */

/** @typedef {{rows: number, columns: number, data: Float64Array}} Matrix */

/** @returns {Matrix} the matrix whose entry (i, j) is `entry(i, j)`, counted from 0. */
function matrix(rows, columns, entry) {
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i += 1) for (let j = 0; j < columns; j += 1) data[i * columns + j] = entry(i, j);
  return { rows, columns, data };
}

const number = (value) => matrix(1, 1, () => value);
const full = (like, value) => matrix(like.rows, like.columns, () => value);
const fromRows = (rows) => matrix(rows.length, rows[0].length, (i, j) => rows[i][j]);
const toRows = (a) => Array.from({ length: a.rows }, (_, i) => Array.from(a.data.slice(i * a.columns, (i + 1) * a.columns)));
const at = (a, i, j) => a.data[i * a.columns + j];
const isNumber = (a) => a.data.length === 1;

/** f of every entry. */
function map(a, f) {
  return { rows: a.rows, columns: a.columns, data: a.data.map(f) };
}

/** f(a, b) entry by entry; a number meets every entry of the other. Throws where shapes differ otherwise. */
function zip(a, b, f) {
  if (a.rows === b.rows && a.columns === b.columns) return map(a, (value, k) => f(value, b.data[k]));
  if (isNumber(b)) return map(a, (value) => f(value, b.data[0]));
  if (isNumber(a)) return map(b, (value) => f(a.data[0], value));
  throw new Error(`shapes differ: ${a.rows} x ${a.columns} and ${b.rows} x ${b.columns}`);
}

function product(a, b) {
  if (a.columns !== b.rows) throw new Error(`no product: ${a.rows} x ${a.columns} times ${b.rows} x ${b.columns}`);
  return matrix(a.rows, b.columns, (i, j) => {
    let sum = 0;
    for (let k = 0; k < a.columns; k += 1) sum += at(a, i, k) * at(b, k, j);
    return sum;
  });
}

const transposed = (a) => matrix(a.columns, a.rows, (i, j) => at(a, j, i));
const total = (a) => number(a.data.reduce((sum, value) => sum + value, 0));
const sum = (a, b) => zip(a, b, (p, q) => p + q);
const scaled = (a, factor) => map(a, (value) => factor * value);

/** g in the shape of `like`: where a number met every entry, what comes back to it is the sum. */
function sumTo(g, like) {
  return isNumber(like) && !isNumber(g) ? total(g) : g;
}
