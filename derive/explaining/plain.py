r"""Mathematics as one line of Unicode, for the labels of diagrams that take no LaTeX: `z_1 = W_1 x` as z₁ = W₁ x.

It reads what `derive.terms.latex` prints for models, and nothing else.
"""

from __future__ import annotations

_SUB = str.maketrans("0123456789ijklmn", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙ")
_SUP = str.maketrans("−0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_RAISED = frozenset(map(chr, _SUP))
_WORDS = (
    (r"\bigl(", "("), (r"\bigr)", ")"), (r"\left(", "("), (r"\right)", ")"), (r"\left[", "["), (r"\right]", "]"),
    (r"\lVert ", "‖"), (r" \rVert", "‖"), (r"\mathrm{ReLU}", "ReLU"), (r"\mathbf{1}", "1"), (r"\sigma", "σ"),
    (r"\tanh", "tanh"), (r"\log", "log"), (r"\exp", "exp"), (r"\delta", "δ"), (r"\Delta", "Δ"), (r"\partial ", "∂"),
    (r"\theta", "θ"), (r"\eta", "η"), (r"\epsilon", "ε"),
    (r"\odot", "⊙"), (r"\cdot", "·"), (r"\sum", "Σ"), (r"\ell", "ℓ"), (r"^\top", "ᵀ"), ("^2", "²"),
    (r"\hat{y}", "ŷ"), (r"\hat{Y}", "Ŷ"), (r"\,", ""), ("_F", ""), ("-", "−"),
)  # fmt: skip


def plain_math(text: str) -> str:
    """LaTeX of the printer's small language as one line of Unicode, for labels that take no LaTeX."""
    text = text.replace(r"}\, ", "} · ")  # a fraction before a bracket
    for word, sign in _WORDS:
        text = text.replace(word, sign)
    text = _fractions(text)
    return _indices(text)


def _fractions(text: str) -> str:
    while (start := text.rfind(r"\frac{")) >= 0:
        over, after = _group(text, start + 5)
        under, end = _group(text, after)
        bar = "/"
        over = f"({over})" if any(sign in over for sign in " +−") and not over.startswith("∂") else over
        under = f"({under})" if any(sign in under for sign in " +−·⊙") else under
        text = f"{text[:start]}{over}{bar}{under}{text[end:]}"
    return text


def _group(text: str, opening: int) -> tuple[str, int]:
    depth = 0
    for place in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return text[opening + 1 : place], place + 1
    return text[opening + 1 :], len(text)


def _indices(text: str) -> str:
    """`z_1` to `z₁`, `10^{-5}` to `10⁻⁵`; an index without a subscript letter keeps its underline."""
    out, place = "", 0
    while place < len(text):
        if text[place] in "_^" and place + 1 < len(text):
            mark = text[place]
            index, end = _group(text, place + 1) if text[place + 1] == "{" else (text[place + 1], place + 2)
            index = _indices(index)
            if mark == "_":
                lowered = index.translate(_SUB)
                out += lowered if all(c not in "=,−" and not c.isascii() for c in lowered) else f"[{index}]"
            else:
                raised = all(letter in _RAISED for letter in index)
                out += index.translate(_SUP) if raised else f"^({index})" if "/" in index else f"^{index}"
            place = end
        else:
            out += text[place]
            place += 1
    return out
