// node check.mjs FILE.md ... : would GitHub show every formula and diagram of these files?
//
// Each formula must pass three readers: MathJax, which GitHub itself uses; KaTeX in its strict mode, which most other
// viewers use; and a list of what GitHub refuses although MathJax would do it. Each Mermaid diagram must parse.
// Exit status 1 names every failure; `--self-test` shows that the check can fail.

import fs from "node:fs";
import { JSDOM } from "jsdom";
import katex from "katex";
import MathJax from "mathjax";
import { formulasAndDiagrams } from "./parse.mjs";

// "The following macros are not allowed": GitHub refuses whatever could define, load, link or style, and some harmless
// ones with it (github.com/github/markup/issues/1688). The page then shows an error where the formula should be.
const REFUSED = /\\(operatorname|DeclareMathOperator|mbox|hbox|fbox|[hv]?phantom|[gex]?def|let|(re|provide)?newcommand|newcommand|newenvironment|require|href|url|includegraphics|class|style|cssId|html\w*|unicode|label|ref|eqref|bbox|enclose|toggle|texttip|mathtip|mmlToken|mathchoice|rule|verb)(?![A-Za-z])/;

// Where Markdown comes before the mathematics: a backslash before punctuation loses the backslash, and stars and some
// underscores turn into emphasis. `$...$` in single backticks and math fences are safe.
const EATEN = /\\[!-/:-@[-`{-~]|\*|[}\])]_[{\\]/;

const dom = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });
globalThis.window = dom.window;                       // mermaid asks for a browser even when it only parses
globalThis.document = dom.window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
const mathjax = await MathJax.init({
  loader: { load: ["input/tex-full"] },
  // without `noerrors` and `noundefined`, so that a mistake is an error and not red text
  tex: { packages: ["base", "ams", "boldsymbol", "color", "newcommand", "textmacros"] },
  startup: { typeset: false },
});

async function faults({ kind, content, markup, display }) {
  if (kind === "mermaid") {
    if (content.length > 50000) return ["mermaid: Mermaid draws no diagram of more than 50000 characters (maxTextSize)"];
    try { await mermaid.parse(content); return []; } catch (error) { return [`mermaid: ${error.message}`]; }
  }
  const found = [];
  const refused = content.match(REFUSED);
  if (refused) found.push(`GitHub refuses ${refused[0]}`);
  const eaten = markup.startsWith("$") && markup !== "$`" && content.match(EATEN);
  if (eaten) found.push(`Markdown may eat ${eaten[0]} before it is read as mathematics: write $\`...\`$ or a math fence`);
  try { katex.renderToString(content, { displayMode: display, throwOnError: true, strict: "error" }); }
  catch (error) { found.push(error.message); }
  const error = mathjax.tex2mml(content, { display }).match(/data-mjx-error="([^"]*)"/);
  if (error) found.push(`MathJax: ${error[1]}`);
  return found;
}

async function check(name, text) {
  const all = [], counts = { math: 0, mermaid: 0 };
  for (const item of formulasAndDiagrams(text)) {
    counts[item.kind]++;
    for (const fault of await faults(item)) all.push(`${name}:${item.line}: ${fault}\n    ${item.content.trim().slice(0, 200)}`);
  }
  // a dollar sign that is still there was meant as mathematics and will be read as text
  const prose = text.replace(/^(`{3,}|~{3,})[\s\S]*?^\1/gm, "").replace(/\$`[^`]*`\$/g, "").replace(/`[^`\n]*`/g, "");
  if ((prose.match(/(?<!\\)\$(?!\d)/g) ?? []).length % 2) all.push(`${name}: an odd number of dollar signs outside code`);
  return { all, counts };
}

if (process.argv[2] === "--self-test") {
  const wrong = {
    "undefined macro": "```math\n\\nosuch{x}\n```", "unbalanced": "$\\frac{1$", "refused": "```math\n\\operatorname{tr} A\n```",
    "eaten brace": "$\\{x\\}$", "eaten underscore": "$\\hat{y}_{1} - \\hat{z}_{2}$", "open dollar": "costs $x and more",
    "mermaid": "```mermaid\nflowchart LR\n  a --> [b\n```",
    "long diagram": "```mermaid\nflowchart LR\n" + "  a --> b\n".repeat(5001) + "```",
    "many edges": "```mermaid\nflowchart LR\n" + "  a --> b\n".repeat(501) + "```", "a letter without mathematics": "```math\né = 2\n```",
  };
  const right = [
    "```math\n\\boxed{\\frac{\\partial L}{\\partial W_1} = \\underbrace{\\delta_1}_{h}\\,x^\\top} \\odot \\mathrm{ReLU}'(z_1)\n```",
    "a $x$, $5 and $`\\{x\\}`$, `$HOME`", "```math\n\\begin{aligned} a &= \\textcolor{red}{b} \\\\ &= c \\end{aligned}\n```",
    "| a |\n| - |\n| $`\\|y\\|`$ |", "```mermaid\nflowchart LR\n  a[\"z = 1\"] -->|\"2\"| b((\"+\"))\n```",
  ];
  const bad = [];
  for (const [name, text] of Object.entries(wrong)) if (!(await check(name, text)).all.length) bad.push(`not noticed: ${name}`);
  for (const text of right) bad.push(...(await check("should pass", text)).all);
  bad.forEach((line) => console.log(line));
  console.log(`${Object.keys(wrong).length} wrong and ${right.length} right samples, ${bad.length} misjudged`);
  process.exit(bad.length ? 1 : 0);
}

let failures = 0;
for (const file of process.argv.slice(2)) {
  const { all, counts } = await check(file, fs.readFileSync(file, "utf8"));
  console.log(`${all.length ? "FAIL" : "ok  "} ${file}: ${counts.math} formulas, ${counts.mermaid} diagrams`);
  all.forEach((line) => console.log("  " + line));
  failures += all.length;
}
process.exit(failures ? 1 : 0);
