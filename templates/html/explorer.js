/* The explorer: one state, one function that shows it, and the controls that change it. */

/* Steps of gradient descent at one press of the button for several. */
const MANY_STEPS = 10;

class Explorer {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.start = Object.fromEntries(Object.entries(model.values).map(([key, rows]) => [key, fromRows(rows)]));
    this.graphBox = this.find("live-graph");
    this.svg = copyGraph();
    this.graphBox.append(this.svg);
    root.classList.toggle("wide", this.svg.classList.contains("wide"));
    this.order = model.definitions.slice().reverse();
    this.reset();
    this.build();
    this.show();
  }

  find(name) {
    return this.root.querySelector(`[data-part-of="${name}"]`);
  }

  reset() {
    this.values = { ...this.start };
    this.mode = "manual";
    this.revealed = 0; // manual mode: definitions that were stepped through, from the loss
    this.calls = 0; // autograd mode: backward() since the numbers changed
    this.held = null; // gradients from before a step, which nobody has set to zero
    this.detached = null;
    this.rate = this.model.rate;
    this.losses = null;
    this.compute();
    this.losses = [this.loss()];
  }

  /** Forward and backward at the numbers of now. */
  compute() {
    this.run = forward(this.model, this.values, this.detached);
    this.back = backward(this.model, this.run);
  }

  loss() {
    return this.run.nodes[this.model.loss].value.data[0];
  }

  /** The definitions that manual mode walks through: those that a gradient reaches. */
  walk() {
    return this.order.filter(({ symbol }) => symbol in this.back.gradients);
  }

  /** What stands in .grad in autograd mode: every backward() adds to it. */
  accumulated() {
    const grads = { ...(this.held || {}) };
    if (this.calls) {
      for (const [key, gradient] of Object.entries(this.back.gradients)) {
        const fresh = scaled(gradient, this.calls);
        grads[key] = grads[key] ? sum(grads[key], fresh) : fresh;
      }
    }
    return grads;
  }

  // ------------------------------------------------------------------------------------------- what is shown

  /** Gradients, states of nodes, and arrows that a gradient came back over, as far as the reader has gone. */
  shown() {
    const values = Object.fromEntries(Object.entries(this.run.nodes).map(([key, node]) => [key, node.value]));
    const state = {};
    const passed = new Set();
    let gradients;
    let parts = this.back.parts;
    if (this.mode === "autograd") {
      gradients = this.accumulated();
      for (const key of Object.keys(gradients)) state[key] = "known";
      if (this.calls) Object.keys(parts).forEach((name) => passed.add(name));
      parts = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, scaled(part, this.calls || 1)]));
    } else {
      gradients = {};
      const done = this.walk().slice(0, this.revealed);
      for (const definition of done) {
        for (const edge of definition.edges) {
          const name = `${edge.to}>${definition.symbol}`;
          if (!(name in parts)) continue;
          passed.add(name);
          gradients[edge.to] = gradients[edge.to] ? sum(gradients[edge.to], parts[name]) : parts[name];
        }
      }
      for (const key of Object.keys(gradients)) {
        const all = Object.keys(parts).filter((name) => name.startsWith(`${key}>`));
        state[key] = all.every((name) => passed.has(name)) ? "known" : "partial";
      }
      if (done.length) state[done[done.length - 1].symbol] = "active";
    }
    if (this.detached) {
      for (const [key, symbol] of Object.entries(this.model.symbols)) {
        if (symbol.role !== "data" && symbol.role !== "loss" && !(key in this.back.gradients) && !(key in gradients)) state[key] = "cut";
      }
    }
    return { values, gradients, parts, state, passed, detached: this.detached };
  }

  show(said = "") {
    const shown = this.shown();
    drawNumbers(this.svg, this.model, shown);
    for (const [key, fields] of this.fields) fields.show(this.values[key]);
    this.find("loss-now").textContent = plainNumber(this.loss());
    this.find("manual").hidden = this.mode !== "manual";
    this.find("autograd").hidden = this.mode !== "autograd";
    for (const radio of this.root.querySelectorAll('[name="mode"]')) radio.checked = radio.value === this.mode;
    if (this.mode === "manual") this.showStep();
    else this.showGradients(shown.gradients);
    drawCurve(this.find("curve"), this.losses);
    this.find("detach").value = this.detached || "";
    if (document.activeElement !== this.find("rate")) this.find("rate").value = this.rate;
    if (said) this.say(said);
    markScrolling(this.root);
  }

  say(text) {
    this.find("status").textContent = text;
  }

  showStep() {
    const walk = this.walk();
    const done = this.revealed;
    this.find("back").disabled = done >= walk.length;
    this.find("undo").disabled = done === 0;
    this.find("progress").textContent = `${done} of ${walk.length} steps`;
    const panel = this.find("step");
    if (!done) {
      const hint = document.createElement("p");
      hint.textContent = "The first step starts at the loss, whose gradient by itself is 1.";
      panel.replaceChildren(hint);
      return;
    }
    const arrived = {};
    for (const definition of walk.slice(0, done - 1)) {
      for (const edge of definition.edges) (arrived[edge.to] ||= []).push(definition.symbol);
    }
    panel.replaceChildren(stepElement(this.model, walk[done - 1], this.run, this.back, arrived, this.detached));
  }

  showGradients(gradients) {
    const list = this.find("grads");
    const lines = Object.entries(this.model.symbols)
      .filter(([key, symbol]) => symbol.role === "parameter" && !this.model.hiddenParameters.has(key))
      .map(([key, symbol]) => {
        const line = document.createElement("div");
        line.className = "grad math display";
        const body = gradients[key] ? red(latexMatrix(gradients[key])) : "\\text{none}";
        setFormula(line, `${symbol.gradient} = ${body}`, true);
        line.dataset.grad = key;
        return line;
      });
    list.replaceChildren(...lines);
    this.find("calls").textContent = this.callsText();
  }

  callsText() {
    const times = ["No backward() yet", "backward() once", "backward() twice"][this.calls] || `backward() ${this.calls} times`;
    if (this.held && this.calls) return `${times}, added to the gradients from before the step`;
    if (this.held) return "Gradients from before the step: nobody has set them to zero";
    return this.calls > 1 ? `${times} without zero_grad(): every gradient is ${this.calls === 2 ? "doubled" : `${this.calls} times itself`}` : times;
  }

  // ------------------------------------------------------------------------------------------- what the reader does

  stepBack() {
    const walk = this.walk();
    if (this.revealed >= walk.length) return;
    const { symbol, edges } = walk[this.revealed];
    this.revealed += 1;
    const reached = edges
      .filter((edge) => `${edge.to}>${symbol}` in this.back.parts)
      .map((edge) => `${this.model.symbols[edge.to].gradientPlain} gets ${spoken(this.back.parts[`${edge.to}>${symbol}`])}`);
    const done = this.revealed === walk.length;
    const cut = edges.some((edge) => edge.to === this.detached) ? ` ${this.model.symbols[this.detached].plain} is detached: nothing goes further back there.` : "";
    this.show(
      `Step ${this.revealed} of ${walk.length}, through ${this.model.symbols[symbol].plain}. ${reached.join(". ")}.${cut}`
        + (done ? " Every gradient is known: the same as backward() gives." : ""),
    );
    bringIntoSight(this.graphBox, this.svg, symbol);
  }

  undo() {
    this.revealed = Math.max(0, this.revealed - 1);
    this.show(`One step taken back: ${this.revealed} of ${this.walk().length}.`);
  }

  restart() {
    this.revealed = 0;
    this.show("Back at the loss: no gradient is known.");
  }

  callBackward() {
    this.calls += 1;
    const grads = this.accumulated();
    const reached = this.model.parameters.some((key) => grads[key]);
    const again = !reached
      ? " The detached node cuts off every parameter: there is no gradient for any of them."
      : this.calls > 1 || this.held ? " It adds to what is there." : " Every gradient is filled in.";
    this.show(`${this.callsText()}.${again}`);
  }

  zeroGrad() {
    this.calls = 0;
    this.held = null;
    this.show("zero_grad(): no gradient is held.");
  }

  /** theta <- theta - rate * .grad, with whatever stands in .grad. */
  takeStep() {
    const grads = this.accumulated();
    if (!this.model.parameters.some((key) => grads[key])) {
      this.say("There is no gradient to step along: press backward() first.");
      return;
    }
    const before = this.loss();
    this.held = grads;
    this.calls = 0;
    this.move(grads);
    this.show(
      `Step taken with rate ${plainNumber(this.rate)}: the loss went from ${plainNumber(before)} to ${plainNumber(this.loss())}.`
        + " The gradients are still those from before the step: zero_grad() before the next backward(), or they add up.",
    );
  }

  move(grads) {
    const moved = { ...this.values };
    for (const key of this.model.parameters) {
      if (grads[key]) moved[key] = zip(this.values[key], grads[key], (value, slope) => value - this.rate * slope);
    }
    this.values = moved;
    this.compute();
    this.losses.push(this.loss());
  }

  /** zero_grad, backward, step, several times over. */
  train() {
    const before = this.loss();
    for (let k = 0; k < MANY_STEPS; k += 1) this.move(this.back.gradients);
    this.calls = 0;
    this.held = null;
    this.show(`${MANY_STEPS} rounds of backward(), step, zero_grad(): the loss went from ${plainNumber(before)} to ${plainNumber(this.loss())}.`);
  }

  change(key, i, j, value) {
    const old = this.values[key];
    this.values = { ...this.values, [key]: matrix(old.rows, old.columns, (r, c) => (r === i && c === j ? value : at(old, r, c))) };
    this.held = null;
    this.compute();
    this.losses = [this.loss()];
    this.show(`${place(this.model.symbols[key], i, j)} = ${plainNumber(value)}: the loss is ${plainNumber(this.loss())}.`);
  }

  detach(key) {
    this.detached = key || null;
    this.held = null;
    this.compute();
    this.revealed = Math.min(this.revealed, this.walk().length);
    const cut = this.model.parameters.filter((name) => !(name in this.back.gradients)).map((name) => this.model.symbols[name].plain);
    this.show(
      key
        ? `${this.model.symbols[key].plain}.detach(): the edge is cut. ${cut.length ? `No gradient reaches ${cut.join(", ")}.` : ""}`
        : "No edge is cut.",
    );
  }

  // ------------------------------------------------------------------------------------------- building

  build() {
    const { model } = this;
    const shownKeys = new Set(Array.from(this.svg.querySelectorAll("[data-node]"), (group) => group.dataset.node));
    model.parameters = Object.keys(model.symbols).filter((key) => model.symbols[key].role === "parameter");
    model.hiddenParameters = new Set(model.parameters.filter((key) => !shownKeys.has(key)));
    this.fields = new Map();
    for (const key of Object.keys(this.start)) {
      if (!shownKeys.has(key)) continue;
      const fields = fieldsOf(model, key, this.start[key], (...change) => this.change(...change));
      this.fields.set(key, fields);
      this.find(model.symbols[key].role === "data" ? "data" : "parameters").append(fields.element);
    }
    const left = model.hiddenParameters.size;
    this.find("left-out").textContent = left ? `${left} parameters of the definitions that the graph leaves out take part and are not listed.` : "";
    for (const definition of model.definitions) {
      const { plain, role } = model.symbols[definition.symbol];
      if (role === "loss" || !shownKeys.has(definition.symbol)) continue;
      this.find("detach").append(new Option(plain, definition.symbol));
    }
    const on = (name, event, action) => this.find(name).addEventListener(event, action);
    on("back", "click", () => this.stepBack());
    on("undo", "click", () => this.undo());
    on("restart", "click", () => this.restart());
    on("backward", "click", () => this.callBackward());
    on("zero", "click", () => this.zeroGrad());
    on("descend", "click", () => this.takeStep());
    on("train", "click", () => this.train());
    on("detach", "change", (event) => this.detach(event.target.value));
    on("rate", "input", (event) => {
      const fits = event.target.valueAsNumber > 0;
      event.target.setAttribute("aria-invalid", String(!fits));
      if (fits) this.rate = event.target.valueAsNumber;
    });
    on("reset", "click", () => {
      const { mode } = this;
      this.reset();
      this.mode = mode;
      this.show("Everything is as it was in the beginning.");
    });
    for (const radio of this.root.querySelectorAll('[name="mode"]')) {
      radio.addEventListener("change", () => {
        this.mode = radio.value;
        this.show(radio.value === "manual" ? "Manual mode: you step back, node by node." : "Autograd mode: backward() does all the steps.");
      });
    }
  }
}
