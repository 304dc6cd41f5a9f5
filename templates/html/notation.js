/* Numbers as a reader sees them, by the rules of derive/explaining/numbers.py: few digits, no trailing zeros, never -0,
   and the first and last entries of what is too large. */

const DIGITS = 5;
const GRAPH_DIGITS = 4;
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** [decimal text, exponent of ten], rounded to significant digits. */
function parts(value, digits) {
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  const power = Number(exponent);
  const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (Number(mantissa) === 0) return ["0", 0];
  if (power > -5 && power < digits) return [trimmed(Number(`${mantissa}e${exponent}`).toFixed(Math.max(digits - 1 - power, 0))), 0];
  return [trimmed(mantissa), power];
}

function infinite(value, latex) {
  if (Number.isNaN(value)) return latex ? "\\text{undefined}" : "undefined";
  return (value > 0 ? "" : latex ? "-" : "−") + (latex ? "\\infty" : "∞");
}

/** A number as LaTeX. */
function latexNumber(value) {
  if (!Number.isFinite(value)) return infinite(value, true);
  const [text, power] = parts(value, DIGITS);
  return power ? `${text} \\times 10^{${power}}` : text;
}

/** A number as text. */
function plainNumber(value, digits = DIGITS) {
  if (!Number.isFinite(value)) return infinite(value, false);
  const [text, power] = parts(value, digits);
  const raised = String(power).replace("-", "⁻").replace(/\d/g, (digit) => SUPERSCRIPTS[digit]);
  return text.replace("-", "−") + (power ? `·10${raised}` : "");
}

/** A number where a factor may stand before it. */
function signed(value) {
  const text = latexNumber(value);
  return text.startsWith("-") || text.includes("\\times") ? `(${text})` : text;
}

/** All places below `count`, or the first and last of them with null between: the first two, and the last. */
function places(count, limit, first = 2) {
  if (count <= limit) return Array.from({ length: count }, (_, i) => i);
  return [...Array.from({ length: first }, (_, i) => i), null, count - 1];
}

/** A matrix as LaTeX; one entry as a bare number. */
function latexMatrix(a) {
  if (isNumber(a)) return latexNumber(a.data[0]);
  const rows = places(a.rows, 6);
  const columns = places(a.columns, 5);
  const entry = (i, j) => {
    if (i !== null && j !== null) return latexNumber(at(a, i, j));
    return i === null && j === null ? "\\ddots" : i === null ? "\\vdots" : "\\cdots";
  };
  const body = rows.map((i) => columns.map((j) => entry(i, j)).join(" & ")).join(" \\\\ ");
  const size = rows.includes(null) || columns.includes(null) ? `_{${a.rows} \\times ${a.columns}}` : "";
  return `\\begin{bmatrix} ${body} \\end{bmatrix}${size}`;
}

/** Numbers with plus signs between them. */
function latexSum(values, write = signed) {
  const written = places(values.length, 6).map((i) => (i === null ? "\\cdots" : write(values[i])));
  return written.length === 1 ? written[0] : `\\left(${written.join(" + ")}\\right)`;
}

const blue = (text) => `\\textcolor{royalblue}{${text}}`;
const red = (text) => `\\textcolor{crimson}{${text}}`;

/** What a screen reader says of a matrix. */
function spoken(a) {
  if (isNumber(a)) return plainNumber(a.data[0], GRAPH_DIGITS);
  if (a.rows > 4 || a.columns > 3) return `a matrix of ${a.rows} × ${a.columns} numbers`;
  return toRows(a).map((row) => row.map((value) => plainNumber(value, GRAPH_DIGITS)).join(", ")).join("; ");
}
