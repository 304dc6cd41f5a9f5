"""What each command and sign of LaTeX mathematics is. A new notation is a new row."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """A table of one column."""
    return frozenset(text.split())


SPACES = words(
    r", ; : ! > quad qquad space thinspace medspace thickspace enspace nobreak allowbreak displaystyle textstyle"
    " scriptstyle limits nolimits nonumber notag hfill strut mathstrut"
) | {" ", "\n"}
# What only says how something looks: how many groups behind it are dropped with it.
LAYOUT = {
    "tag": 1, "label": 1, "phantom": 1, "hphantom": 1, "vphantom": 1, "hspace": 1, "vspace": 1, "color": 1,
    "textcolor": 1, "colorbox": 1, "require": 1, "smash": 0, "mathop": 0, "mathrel": 0, "mathbin": 0, "mathord": 0,
    "vcenter": 0, "tiny": 0, "Tiny": 0, "scriptsize": 0, "footnotesize": 0, "small": 0, "normalsize": 0, "large": 0,
    "Large": 0, "huge": 0, "cancel": 0, "eqref": 1, "ref": 1, "cite": 1, "footnotemark": 0,
}  # fmt: skip
# Fonts that hold up to the end of their group, and the commands that say the same of one argument.
SWITCHES = {"rm": "mathrm", "bf": "mathbf", "it": "mathit", "sf": "mathsf", "cal": "mathcal", "tt": "mathtt"}
KERNS = words("kern mkern mskip hskip")  # a length stands behind them, without braces
FRAMES = frozenset({"boxed", "fbox"})  # around a statement
SIZES = words("left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm middle")
RELATIONS = {
    "=": "=", "equiv": "=", "triangleq": ":=", "coloneqq": ":=", "coloneq": ":=", "doteq": ":=", "approx": "approx",
    "simeq": "approx", "sim": "sim", "propto": "propto", "in": "in", "neq": "neq", "ne": "neq", "<": "<", ">": ">",
    "leq": "<=", "le": "<=", "leqslant": "<=", "geq": ">=", "ge": ">=", "geqslant": ">=", "lt": "<", "gt": ">",
    "to": "to", "rightarrow": "to", "mapsto": "to", "leftarrow": "gets", "gets": "gets", "ll": "<<", "gg": ">>",
    "succ": "succ", "succeq": "succ", "prec": "prec", "preceq": "prec", "succcurlyeq": "succ", "preccurlyeq": "prec",
}  # fmt: skip
# How a relation is written where its name in RELATIONS is no sign.
WRITTEN = {
    "in": r"\in", "neq": r"\neq", "<=": r"\leq", ">=": r"\geq", "approx": r"\approx", "sim": r"\sim",
    "propto": r"\propto", "to": r"\to", "gets": r"\leftarrow",
    "succ": r"\succ", "prec": r"\prec", "<<": r"\ll", ">>": r"\gg",
}  # fmt: skip
IMPLICATIONS = words("implies Rightarrow Longrightarrow iff Leftrightarrow Longleftrightarrow therefore forall")
SIGNS = {
    "cdot": "cdot", "times": "times", "*": "*", "ast": "*", "odot": "odot", "circ": "circ", "otimes": "otimes",
    "bullet": "bullet", "/": "/", "div": "/", "star": "star", "oslash": "oslash", "bigodot": "odot", "wedge": "wedge",
}  # fmt: skip
FONTS = words(
    "mathbf boldsymbol bm bold pmb mathrm mathit mathsf mathcal mathbb mathfrak mathscr vec underline rm bf cal textbf"
    " textit mathnormal symbf symbfit mathbbm mathds"
)
ACCENTS = {
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde",
    "dot": "dot", "ddot": "ddot", "check": "check", "breve": "breve", "acute": "acute", "grave": "grave",
}  # fmt: skip
TEXTS = words("text textrm textnormal mbox hbox textsf texttt operatorname mathrm rm")
BRACKETS = {"(": ")", "[": "]", "{": "}", "langle": "rangle", "lfloor": "rfloor", "lceil": "rceil", "lbrack": "rbrack"}
ENDS = words(r"right } rangle rVert rvert \ cr end pm mp rbrack middle rceil rfloor")  # what no factor starts with
BIGS = words("sum prod max min arg int")
# NumPy as people write it in formulas, and what each call means there.
NUMPY = {
    "np.sum": "sum", "np.mean": "mean", "np.dot": "matmul", "np.matmul": "matmul", "np.multiply": "hadamard",
    "np.exp": "exp", "np.log": "log", "np.tanh": "tanh", "np.sqrt": "sqrt", "np.abs": "abs", "np.maximum": "max",
    "np.outer": "outer", "np.square": "square", "np.transpose": "transpose",
}
FUNCTIONS = words(
    "log ln exp sin cos tan tanh sinh cosh arctan det tr Tr trace diag softmax sigmoid relu ReLU max min sign sgn sum"
    " softplus sqrt rank vec argmax argmin logistic logit erf Var axis keepdims True False"
)
MATRICES = words("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array cases dcases rcases")
ALIGNING = words("aligned align alignat alignedat gather gathered split eqnarray multline equation flalign")
# Commands that are names of symbols although they are no Greek letters.
LETTERS = words(
    "ell hbar imath jmath nabla partial infty emptyset Re Im wp top bot intercal dagger prime dots"
)
PROSE = words(
    "and or where with for if then so thus hence but since because as by is are otherwise else let given when all any"
    " i.e. e.g. s.t. because therefore"
)
