// Read Markdown the way GitHub does, as far as mathematics and diagrams go: a markdown-it parser whose token stream
// also has `math_inline` and `math_block` tokens; Mermaid diagrams stay `fence` tokens with info "mermaid".
//
// GitHub knows four spellings, and treats them differently:
//   ```math fences and $`...`$   are code to Markdown, so what is between reaches the renderer untouched;
//   $...$ and $$...$$            pass through Markdown first, which may eat backslashes and pair up underscores.
// The token's `markup` says which one it was, so that check.mjs can refuse what only the first two carry safely.

import MarkdownIt from "markdown-it";

const isSpace = (c) => c === undefined || /\s/.test(c);
const isWord = (c) => c !== undefined && /[\p{L}\p{N}]/u.test(c);

function mathInline(state, silent) {
  const src = state.src, start = state.pos;
  if (src[start] !== "$") return false;

  let content, end, markup;
  if (src.startsWith("$$", start)) {                    // display mathematics inside a paragraph
    const close = src.indexOf("$$", start + 2);
    if (close < 0) return false;
    [content, end, markup] = [src.slice(start + 2, close), close + 2, "$$"];
  } else if (src[start + 1] === "`") {
    const close = src.indexOf("`$", start + 2);
    if (close < 0) return false;
    [content, end, markup] = [src.slice(start + 2, close), close + 2, "$`"];
  } else {                                              // a dollar sign is mathematics only when it hugs its content
    if (isWord(src[start - 1]) || isSpace(src[start + 1])) return false;
    let close = start + 1;
    do close = src.indexOf("$", close + 1); while (close > 0 && src[close - 1] === "\\");
    if (close < 0 || isSpace(src[close - 1]) || isWord(src[close + 1])) return false;
    [content, end, markup] = [src.slice(start + 1, close), close + 1, "$"];
  }
  if (!silent) {
    const token = state.push("math_inline", "math", 0);
    Object.assign(token, { content, markup, meta: { display: markup === "$$" } });
  }
  state.pos = end;
  return true;
}

function mathBlock(state, startLine, endLine, silent) {
  const line = (n) => state.src.slice(state.bMarks[n] + state.tShift[n], state.eMarks[n]);
  const first = line(startLine).trim();
  if (!first.startsWith("$$")) return false;
  let last = startLine, closed = first.length > 4 && first.endsWith("$$");
  while (!closed && ++last < endLine) closed = line(last).trim().endsWith("$$");
  if (!closed) return false;
  if (silent) return true;
  const text = Array.from({ length: last - startLine + 1 }, (_, i) => line(startLine + i)).join("\n").trim();
  const token = state.push("math_block", "math", 0);
  Object.assign(token, { content: text.slice(2, -2), markup: "$$", map: [startLine, last + 1], block: true });
  state.line = last + 1;
  return true;
}

export function githubParser(options = {}) {
  const md = new MarkdownIt({ html: true, linkify: false, ...options });
  md.inline.ruler.before("escape", "math_inline", mathInline);
  md.block.ruler.before("fence", "math_block", mathBlock, { alt: ["paragraph", "blockquote", "list"] });
  return md;
}

// All formulas and diagrams of a document, in order: {kind, content, markup, display, line}. Lines start at 1; a formula
// within a paragraph is given the paragraph's first line.
export function formulasAndDiagrams(text) {
  const found = [];
  for (const token of githubParser().parse(text, {})) {
    const line = (token.map?.[0] ?? 0) + 1;
    const language = token.type === "fence" ? token.info.trim().split(/\s+/)[0] : "";
    if (language === "math") found.push({ kind: "math", content: token.content, markup: "```", display: true, line });
    if (language === "mermaid") found.push({ kind: "mermaid", content: token.content, markup: "```", line });
    if (token.type === "math_block") found.push({ kind: "math", content: token.content, markup: "$$", display: true, line });
    for (const child of token.children ?? []) {
      if (child.type !== "math_inline") continue;
      found.push({ kind: "math", content: child.content, markup: child.markup, display: child.meta.display, line });
    }
  }
  return found;
}
