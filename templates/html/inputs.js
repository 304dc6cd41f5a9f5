/* Parameters and data as fields to type into, with a slider for the field that was touched last. */

/* More rows or columns than these are not listed: a thousand fields help nobody. */
const FIELD_ROWS = 6;
const FIELD_COLUMNS = 4;

/** How far a slider reaches: twice the number, at least 2; a target of a probability stays one. */
function reach(model, key, value) {
  if (model.binary && model.symbols[key].role === "data" && key[0].toLowerCase() === "y") return [0, 1];
  const most = 2 ** Math.max(1, Math.ceil(Math.log2(Math.abs(2 * value) || 1)));
  return [-most, most];
}

function place(symbol, i, j) {
  if (symbol.rows * symbol.columns === 1) return symbol.plain;
  if (symbol.columns === 1) return `${symbol.plain} entry ${i + 1}`;
  if (symbol.rows === 1) return `${symbol.plain} entry ${j + 1}`;
  return `${symbol.plain} row ${i + 1}, column ${j + 1}`;
}

/**
 * The fields of one symbol.
 * @param {function(string, number, number, number): void} changed called with key, row, column, number
 * @returns {{element: HTMLElement, show: function(Matrix): void}}
 */
function fieldsOf(model, key, start, changed) {
  const symbol = model.symbols[key];
  const element = document.createElement("div");
  element.className = `fields ${symbol.role}`;
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", `${symbol.role} ${symbol.plain}`);
  const title = document.createElement("p");
  title.className = "symbol";
  title.append(formula(symbol.latex));
  const size = symbol.rows * symbol.columns === 1 ? "" : ` ${symbol.rows} × ${symbol.columns}`;
  const kind = document.createElement("span");
  kind.className = "kind";
  kind.textContent = `${symbol.role}${size}`;
  title.append(kind);
  const rows = places(symbol.rows, FIELD_ROWS, FIELD_ROWS - 2);
  const columns = places(symbol.columns, FIELD_COLUMNS, FIELD_COLUMNS - 2);
  const grid = document.createElement("div");
  grid.className = rows.length * columns.length > 1 ? "grid matrix" : "grid";
  grid.style.gridTemplateColumns = `repeat(${columns.length}, minmax(2.6rem, 5rem))`;
  const slider = Object.assign(document.createElement("input"), { type: "range", step: "any" });
  const fields = new Map();
  let chosen = [0, 0];

  const choose = (i, j, value) => {
    chosen = [i, j];
    for (const [name, field] of fields) field.classList.toggle("chosen", name === `${i},${j}`);
    slider.setAttribute("aria-label", `slider for ${place(symbol, i, j)}`);
    if (!Number.isFinite(value)) return;
    const [low, high] = reach(model, key, at(start, i, j));
    slider.min = Math.min(low, value);
    slider.max = Math.max(high, value);
    slider.step = (high - low) / 400;
    slider.value = value;
  };
  for (const i of rows) {
    for (const j of columns) {
      if (i === null || j === null) {
        const dots = document.createElement("span");
        dots.className = "dots";
        dots.textContent = i === null && j === null ? "⋱" : i === null ? "⋮" : "⋯";
        grid.append(dots);
        continue;
      }
      const field = Object.assign(document.createElement("input"), { type: "number", step: "any", inputMode: "decimal" });
      field.setAttribute("aria-label", place(symbol, i, j));
      field.dataset.field = `${key}:${i},${j}`;
      field.addEventListener("focus", () => choose(i, j, Number(field.value)));
      field.addEventListener("input", () => {
        const [low, high] = reach(model, key, 0);
        const bounded = low === 0;
        const value = field.valueAsNumber;
        const fits = Number.isFinite(value) && !(bounded && (value < low || value > high));
        field.setAttribute("aria-invalid", String(!fits));
        if (!fits) return;
        choose(i, j, value);
        changed(key, i, j, value);
      });
      fields.set(`${i},${j}`, field);
      grid.append(field);
    }
  }
  slider.addEventListener("input", () => {
    const value = Number(Number(slider.value).toPrecision(6));
    fields.get(chosen.join(",")).value = value;
    changed(key, ...chosen, value);
  });
  element.append(title, grid, slider);

  const show = (value) => {
    for (const [name, field] of fields) {
      const [i, j] = name.split(",").map(Number);
      if (document.activeElement === field && Number(field.value) === at(value, i, j)) continue;
      const entry = at(value, i, j); // gradient descent that diverges leaves the numbers that a field can hold
      field.value = Number.isFinite(entry) ? Number(entry.toPrecision(6)) : "";
      field.removeAttribute("aria-invalid");
    }
    if (document.activeElement !== slider) choose(...chosen, at(value, ...chosen));
  };
  show(start);
  choose(0, 0, at(start, 0, 0));
  return { element, show };
}
