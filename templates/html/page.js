/* What happens when the page is opened: formulas are set, the explorer starts. */

setAllFormulas();
const explorerRoot = document.querySelector("#explore");
if (explorerRoot) {
  explorerRoot.hidden = false;
  const model = JSON.parse(document.querySelector("#model").textContent);
  // Named so that a reader can look at it in the console, and a test can ask it.
  window.derive = { explorer: new Explorer(model, explorerRoot), forward, backward, fromRows, toRows };
}
document.querySelectorAll(".canvas").forEach(showMiddle);
markScrolling();
window.addEventListener("resize", () => markScrolling());
document.addEventListener("toggle", () => markScrolling(), true);
document.documentElement.dataset.ready = "true";
