"""The statements of a document: its formulas parsed, with the macros and the words that it defines.

A formula with a row that cannot be read keeps its other rows; what could not be read is kept as such, with the place
where reading stopped.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from derive.reading import syntax
from derive.reading.cases import with_cases
from derive.reading.compound import Rule, compounds
from derive.reading.errors import Bounded, DocumentError, Unread
from derive.reading.formulas import Formula, macro_text
from derive.reading.frontmatter import Declarations, Entry
from derive.reading.knowledge import Expression, Link, Reading
from derive.reading.macros import Macro, expand, take_definitions
from derive.reading.notation import difference, index_letters, ungrouped, with_letter
from derive.reading.parser import parse, parse_all
from derive.reading.source import Source, Span
from derive.reading.spelled import names_t, respelled
from derive.reading.spread import DOTS
from derive.reading.tables import RELATIONS, SIGNS
from derive.reading.tokens import Token, tokenize
from derive.reading.worded import worded

ALONE = frozenset({*SIGNS, *RELATIONS, "+", "-", "pm", "nabla", "partial", "sum", "prod", "^", "top", "intercal"})
LONGEST = 60_000  # characters of one formula
MOST_MACROS = 2_000  # definitions of macros in one document

_WORD = re.compile(r"(?<![A-Za-z\\])(?:[A-Za-z]{2,}|[A-Za-z]+\d+)(?![A-Za-z0-9])")  # `errors`, `W1`
_LEFT_WORD = re.compile(  # `MSE =`, `net_{h1} &=`, `loss(y, t) =`
    r"(?:^|\n|&)[ \t]*([A-Za-z]{3,}|[A-Za-z]\d)(?:_\{[^{}=]*\}|_[A-Za-z0-9])?(?:\([^()=\n]*\))?[ \t]*(?:&[ \t]*)?="
)
_LEFT_PAIR = re.compile(r"(?:^|\n|&)[ \t]*([A-Z]{2})(?:_(?:\{[^{}]*\}|[A-Za-z0-9]))?[ \t]*(?:&[ \t]*)?=")
_ALONE = re.compile(r"(?<![A-Za-z\\])[A-Z](?![A-Za-z])")
_DIFFERENTIAL = re.compile(r"d[A-Za-z]\d*")
_COMMAND = re.compile(r"\\[A-Za-z]+")


@dataclass(frozen=True)
class Condition:
    r"""What stands behind a statement and limits it: `i \neq j`, `i = j`, `z > 0`."""

    different: tuple[str, str] | None = None
    same: tuple[str, str] | None = None
    unread: str = ""

    def attached(self, chain: syntax.Chain, known: Condition) -> tuple[syntax.Chain, Condition]:
        """The statement under this condition as well."""
        if self.same is not None:
            chain = replace(chain, sides=tuple(with_letter(side, *self.same) for side in chain.sides))
        return chain, Condition(self.different or known.different, unread=self.unread or known.unread)


def _condition(chain: syntax.Chain, before: syntax.Chain, behind: Sequence[syntax.Chain]) -> Condition | None:
    """What a relation says of the statement before it in the same formula; None where it is a statement of its own."""
    if (chain := _unbracketed(chain)) is None:
        return None
    different = difference(chain)
    if different is not None:
        return Condition(different=different)
    if chain.relations[0] in ("<", ">", "<=", ">=", "neq", "<<", ">>"):
        return Condition(unread="the condition behind it is not read")
    left, right = chain.sides[0], chain.sides[-1]
    letters = index_letters(before)
    bare = isinstance(left, syntax.Name) and left.sub is None and left.sup is None
    if chain.relations != ("=",) or not bare or left.base not in letters:
        return None
    if behind and _goes_on(behind):
        return Condition()  # `i = 1, \dots, n`, `l = L-1, \dots, 1`: all of them
    if isinstance(right, syntax.Name) and right.base in letters and not right.sub and not right.sup:
        return Condition(same=(left.base, right.base))
    if isinstance(right, syntax.Number) or (isinstance(right, syntax.Total) and _bound(right)):
        return Condition(unread="the condition behind it is not read")
    return None


def _unbracketed(chain: syntax.Chain) -> syntax.Chain | None:
    r"""A relation, also one in brackets, `(i \neq j)`; None for anything else."""
    group = chain.sides[0]
    if len(chain.sides) > 1:
        return chain
    if not isinstance(group, syntax.Group) or group.sub or group.sup or group.primes or group.opening not in ("(", "["):
        return None
    inner = group.inner if len(group.parts) == 1 else None
    return syntax.Chain(inner.sides, inner.relations, span=inner.span) if isinstance(inner, syntax.Comparison) else None


def _bound(node: syntax.Node) -> bool:
    """`L - 1`, `2`, `n_l`: where an index starts or ends."""
    if isinstance(node, syntax.Total):
        return all(_bound(signed.term) for signed in node.terms)
    return isinstance(node, syntax.Number) or (isinstance(node, syntax.Name) and node.sup is None)


def _is_enumeration(chain: syntax.Chain, behind: Sequence[syntax.Chain]) -> bool:
    r"""`l = L-1, \dots, 1` in a sentence: the values that an index takes, and no equation."""
    name = chain.sides[0]
    bare = isinstance(name, syntax.Name) and name.sub is None and name.sup is None and not name.primes
    return bare and chain.relations == ("=",) and _bound(chain.sides[-1]) and _goes_on(behind)


def _goes_on(behind: Sequence[syntax.Chain]) -> bool:
    """Whether an enumeration follows: numbers and bounds, with dots among them or with three of them at least."""
    values = list(itertools.takewhile(lambda chain: len(chain.sides) == 1 and _bound(chain.sides[0]), behind))
    return len(values) > 1 or any(getattr(chain.sides[0], "base", None) in DOTS for chain in values)


@dataclass
class Statements:
    """All that a document states, in order.

    Links stand in the order in which definitions are looked for: of `a = b = c`, b is defined before a.
    """

    declared: Declarations
    formulas: Sequence[Formula]
    latex: bool = False
    macros: dict[str, Macro] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    unread: list[Reading] = field(default_factory=list)
    given: list[tuple[syntax.Chain, Entry]] = field(default_factory=list)
    expressions: list[Expression] = field(default_factory=list)
    skipped: list[Formula] = field(default_factory=list)
    count: int = 0
    given_links: int = 0
    rule: Rule | None = None  # joins names of two signs

    def read(self) -> None:
        """Parse everything. Raises DocumentError: something under `given` cannot be read."""
        self.words = self._words()
        declared = [entry.text for entry in self.declared.given] + [key.text for key, _ in self.declared.shapes]
        self.names_t = names_t([*declared, *(formula.text for formula in self.formulas)])
        self._macros()
        for entry in self.declared.given:
            for chain in self.entry(entry):
                self.given.append((chain, entry))
        for formula in self.formulas:
            if formula.skipped:
                self.skipped.append(formula)
            else:
                self._formula(formula)
        self._compound()
        self.links = with_cases(self.links)

    def _compound(self) -> None:
        """Join names of two signs."""
        names = (self.name(key) for key, _ in self.declared.shapes)
        links = [side for link in self.links for side in (link.left, link.right)]
        given = [chain for chain, _ in self.given]
        said = [*links, *given, *(expression.node for expression in self.expressions)]
        self.rule = compounds(said, (name for name in names if isinstance(name, syntax.Name)))
        if (rule := self.rule) is None:
            return
        self.links = [replace(link, left=rule(link.left), right=rule(link.right)) for link in self.links]
        self.given = [(rule(chain), entry) for chain, entry in self.given]
        self.expressions = [replace(each, node=rule(each.node)) for each in self.expressions]

    # ------------------------------------------------------------ words and macros

    def _words(self) -> frozenset[str]:
        """Runs of letters that are one name: those of declarations, and long ones on a left side."""
        declared = self.declared
        texts = [key.text for pairs in (declared.shapes, declared.gradients, declared.functions) for key, _ in pairs]
        texts += [declared.loss.text] if declared.loss else []
        texts += [entry.text.split("=")[0] for entry in declared.given]
        found = {word for text in texts for word in _WORD.findall(_COMMAND.sub(" ", text))}
        letters = {letter for text in texts for letter in text}
        letters |= {letter for formula in self.formulas for letter in _ALONE.findall(formula.text)}
        for formula in self.formulas:
            found |= set(_LEFT_WORD.findall(formula.text))
            # KL and CE are names; A B of two declared matrices is a product.
            found |= {pair for pair in _LEFT_PAIR.findall(formula.text) if not letters & set(pair)}
        return frozenset(word for word in found if not _DIFFERENTIAL.fullmatch(word))

    def _macros(self) -> None:
        spans = [(source, span) for source in self._sources() for span in macro_text(source)]
        for source, span in spans[:MOST_MACROS]:
            try:
                macros, _ = take_definitions(tokenize(source.text, *span, comments=self.latex))
            except Unread:
                continue  # said again where the formula is read
            self.macros |= macros

    def _sources(self) -> list[Source]:
        found = {id(formula.source): formula.source for formula in self.formulas}
        return list(found.values())

    # ------------------------------------------------------------ parsing

    def _tokens(self, source: Source, span: Span, *, quoted: bool = False) -> Sequence[Token]:
        if span[1] - span[0] > LONGEST:
            raise Bounded(f"the formula is longer than {LONGEST} characters", (span[0], span[0] + 1))
        _, tokens = take_definitions(tokenize(source.text, *span, comments=self.latex, quoted=quoted))
        return respelled(expand(tokens, self.macros), self.names_t)

    def entry(self, entry: Entry) -> tuple[syntax.Chain, ...]:
        """The statements in a declared text. Raises DocumentError."""
        try:
            return parse(self._tokens(entry.source, entry.span), self.words, entry.span[1])
        except Unread as unread:
            raise DocumentError(f"front matter: {unread.message}", unread.span, entry.source) from None

    def name(self, entry: Entry) -> syntax.Node:
        """The one expression in a declared text. Raises DocumentError."""
        found = self.entry(entry)
        if len(found) != 1 or len(found[0].sides) != 1:
            raise DocumentError(f"front matter: expected a name, found {entry.text}", entry.span, entry.source)
        name = ungrouped(found[0].sides[0])
        return name if self.rule is None else self.rule(name)

    def _formula(self, formula: Formula) -> None:
        try:
            tokens = self._tokens(formula.source, formula.inside, quoted=formula.quoted)
            if tokens and all(token.text in ALONE for token in tokens):  # a sign is spoken of
                self.expressions.append(Expression(syntax.Words(formula.text, span=formula.inside), formula.source))
                return
            chains, problems = parse_all(tokens, self.words, formula.inside[1])
        except Unread as unread:
            self._add_unread(formula, unread)
            return
        names: list[syntax.Node] = []  # `x, y \in \mathbb{R}^n`: names that wait for their set
        stated: list[tuple[syntax.Chain, Condition]] = []
        for place, chain in enumerate(chains):
            behind = chains[place + 1 :]
            if stated and (condition := _condition(chain, stated[-1][0], behind)) is not None:
                self.expressions.append(Expression(chain, formula.source))
                stated[-1] = condition.attached(*stated[-1])
                continue
            if len(chain.sides) == 1:
                names.append(chain.sides[0])
                self.expressions.append(Expression(chain.sides[0], formula.source))
                if (said := worded(self.expressions)) is not None:
                    self.add(said, formula.source)
                continue
            if not stated and _is_enumeration(chain, behind):
                self.expressions.append(Expression(chain, formula.source))
                continue
            if chain.relations[0] == "in":
                stated += [(replace(chain, sides=(name, *chain.sides[1:])), Condition()) for name in names]
            names = []
            stated.append((chain, Condition()))
        for chain, condition in stated:
            self.add(chain, formula.source, condition=condition.different, unread=condition.unread)
        for problem in problems:
            self._add_unread(formula, problem)

    def add(
        self,
        chain: syntax.Chain,
        source: Source,
        *,
        given: bool = False,
        condition: tuple[str, str] | None = None,
        unread: str = "",
    ) -> None:
        """Take a statement into the links of the document."""
        self.count += 1
        sides = zip(chain.sides[:-1], chain.sides[1:], chain.relations, strict=True)
        made = [
            Link(self.count, number, left, right, relation, source, given, condition, unread=unread)
            for number, (left, right, relation) in enumerate(sides)
        ]
        place = self.given_links if given else len(self.links)  # what is given comes first
        self.links[place:place] = reversed(made)
        self.given_links += len(made) if given else 0

    def _add_unread(self, formula: Formula, unread: Unread) -> None:
        self.count += 1
        nothing = syntax.Words("", span=formula.inside)
        link = Link(self.count, 0, nothing, nothing, "=", formula.source)
        self.unread.append(Reading(link, "unread", unread.message, unread.span, isinstance(unread, Bounded)))
