/* Formulas are set by KaTeX, with MathML beside for readers that do not see. What KaTeX refuses stays as its source. */

const KATEX = { output: "htmlAndMathml", throwOnError: true, strict: false, trust: false };

/** Sets a formula into an element. */
function setFormula(element, latex, displayMode = false) {
  try {
    katex.render(latex, element, { ...KATEX, displayMode });
    element.classList.add("set");
  } catch (error) {
    element.textContent = latex;
    element.dataset.error = error.message;
  }
}

/** An element that holds a formula. */
function formula(latex, displayMode = false) {
  const element = document.createElement(displayMode ? "div" : "span");
  element.className = displayMode ? "math display" : "math";
  setFormula(element, latex, displayMode);
  return element;
}

/** Every formula of the page, from the source that stands in its place. */
function setAllFormulas() {
  for (const element of document.querySelectorAll(".math")) {
    setFormula(element, element.textContent, element.classList.contains("display"));
  }
}

/** What is wider than its place scrolls; then it has to be reachable by keyboard. */
function markScrolling(root = document) {
  const inline = Array.from(root.querySelectorAll(":is(p, li, summary, figcaption) > .math:not(.display)"));
  inline.forEach((element) => element.classList.remove("long"));
  const long = inline.filter((element) => {
    const room = element.parentElement.clientWidth;
    return Array.from(element.querySelectorAll(".katex-html > *"), (part) => part.offsetWidth).some((width) => width > room);
  });
  long.forEach((element) => element.classList.add("long"));
  // All is measured before anything is changed: in turns, every change would have the page laid out again.
  const measured = Array.from(root.querySelectorAll(".math, .scroll"), (element) => [
    element,
    element.matches(".long, .display, .scroll")
      && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1),
  ]);
  for (const [element, scrolls] of measured) {
    if (scrolls) element.tabIndex = 0;
    else if (element.hasAttribute("tabindex")) element.removeAttribute("tabindex");
  }
}
