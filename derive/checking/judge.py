"""Claims to verdicts: each reading of a claim is evaluated at drawn points, and the readings together decide.

A claim that is false in its own conventions is tried in the others before it is called wrong: the transposed layout,
the adjoint of a summed instead of a mean loss, a gradient's name as a plain definition. True there means ambiguous.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from derive.checking.compare import Comparison, compare, shapes_seen
from derive.checking.conventions import conventions
from derive.checking.demands import demands_before, follows, is_demand, zero_like
from derive.checking.diagnose import diagnose
from derive.checking.instances import Instance, instances, layer_letters
from derive.checking.outcomes import Outcome
from derive.checking.points import Points
from derive.checking.predecessors import Lines, defined_before, follows_from, is_definition
from derive.checking.program import LARGEST_WORK, Unsettled
from derive.checking.reuse import Rereader
from derive.checking.verdicts import EQUAL, VERDICTS, Evidence, Verdict
from derive.checking.vocabulary import Written
from derive.reading import syntax
from derive.reading.errors import Bounded, Unread
from derive.reading.readings import PRIMARY, Alternative, Missing
from derive.reading.source import Span
from derive.reading.theory import Link, Theory
from derive.terms.shapes import Misfit
from derive.terms.written import Derivative

__all__ = ["Judge", "Verdict", "judge"]

MOST_TRIED = 50_000  # repairs for all claims of one document
SEARCH_WORK = 100_000  # evaluations of nodes while a repair is looked for
KEPT = 4  # documents whose drawn points are kept


def judge(theory: Theory, link: Link, *, seed: int = 0, repairs: bool = True) -> Verdict:
    """The verdict on one link of a document.

    Args:
        seed: of the drawn points; it is printed with the evidence.
        repairs: whether to search for the edit that makes a wrong claim true.
    """
    return Judge.of(theory, seed).judge(link, repairs=repairs)


class Judge:
    """The judge of one document: it keeps the drawn points, and what it said of earlier lines."""

    _recent: ClassVar[OrderedDict[tuple[int, int], Judge]] = OrderedDict()

    def __init__(self, theory: Theory, seed: int = 0):
        self.theory, self.seed = theory, seed
        self.points = Points(theory, seed)
        # By identity, the link beside the answer: an identity is only good for as long as its link lives.
        self._said: dict[tuple[int, bool], tuple[Link, Verdict]] = {}
        self._instances: dict[int, tuple[Link, tuple]] = {}
        self.written: Written | None = None  # what repairs are made of, once one is looked for
        self.tried = 0  # repairs

    @classmethod
    def of(cls, theory: Theory, seed: int) -> Judge:
        """The judge of a theory, the same one for as long as the theory is in use."""
        key = (id(theory), seed)
        if key not in cls._recent:
            cls._recent[key] = cls(theory, seed)
            while len(cls._recent) > KEPT:
                cls._recent.popitem(last=False)
        return cls._recent[key]

    def judge(self, link: Link, *, repairs: bool = True) -> Verdict:
        """The verdict on one link."""
        key = (id(link), repairs)
        if key not in self._said:
            with self.points.allowed(LARGEST_WORK):
                try:
                    self._said[key] = link, self._judge(link, repairs)
                except RecursionError:
                    message = "it is nested too deeply to be judged"
                    self._said[key] = link, Verdict("unread", "D901", message, link.span)
        return self._said[key][1]

    def _judge(self, link: Link, repairs: bool) -> Verdict:
        try:
            found, missing = self.read(link)
        except Unread as unread:
            code = "D901" if isinstance(unread, Bounded) else "D101"
            return Verdict("unread", code, unread.message, unread.span)
        evidence = Evidence(seed=self.seed, judged=_layers(found), not_judged=tuple(missing))
        if not found:
            message = "no layer has all the symbols of this claim"
            return Verdict("undecided", "D605", message, link.span, evidence=evidence)
        verdicts = [self._instance(link, instance) for instance in found]
        worst = min(verdicts, key=lambda v: VERDICTS.index(v.verdict))
        seen = worst.evidence
        if worst.verdict == "holds":
            seen = replace(seen, max_relative_error=EQUAL)
        if worst.verdict in ("holds", "ambiguous", "wrong"):
            seen = replace(seen, shapes=shapes_seen(self.points))
        seen = replace(seen, seed=self.seed, judged=evidence.judged, not_judged=evidence.not_judged)
        worst = replace(worst, evidence=seen)
        if worst.verdict == "holds" and len(found) == 1 and (letter := self._one_sided_letter(link)):
            message = f"the index {letter} stands on one side only: true{found[0].suffix}, which is all there is"
            return replace(worst, verdict="ambiguous", code="D602", message=message, span=link.span, proof=None)
        if repairs and worst.verdict in ("wrong", "ill-shaped"):
            return self._diagnosed(link, found, worst)
        return worst

    def _one_sided_letter(self, link: Link) -> str | None:
        """A letter that runs over layers on one side of a claim only."""
        return min(layer_letters(self.theory, link.left) ^ layer_letters(self.theory, link.right), default=None)

    def _diagnosed(self, link: Link, found: list[Instance], verdict: Verdict) -> Verdict:
        if verdict.verdict == "wrong":
            verdict = replace(verdict, follows_from=follows_from(self.lines, link, found))
        if self.tried > MOST_TRIED:
            return verdict
        self.written = self.written or Written.of(self.theory)
        try:
            with self.points.allowed(SEARCH_WORK):
                diagnosis = diagnose(self.theory, link, found, self.truth(link, found), self.written)
        except RecursionError:
            return verdict
        if diagnosis is None:
            return verdict
        if verdict.verdict == "wrong":
            message, span = diagnosis.reason, diagnosis.span
        else:
            message, span = verdict.message, diagnosis.span if verdict.span == link.span else verdict.span
        # A product that does not conform for want of a transpose is a matter of shapes first.
        code = "D201" if verdict.verdict == "ill-shaped" and diagnosis.code == "D202" else diagnosis.code
        return replace(verdict, code=code, message=message, span=span, suggestion=diagnosis.suggestion)

    @property
    def lines(self) -> Lines:
        """The lines of the document, for a look at the others."""
        return Lines(self.theory, self.points, self.read, lambda link: self.judge(link, repairs=False))

    def _defines(self, link: Link, outcome: Outcome) -> bool:
        """Whether the left side is a gradient's name by default, which the rest takes for what stands here."""
        left = outcome.left
        if self.theory.loss is None or not isinstance(left, Derivative):
            return False
        ending = f" is d{self.theory.loss.latex}/d{left.args[1].latex}"
        names = frozenset(note for note in outcome.notes if note.endswith(ending))
        return is_definition(self.lines, link, names)

    def truth(self, link: Link, found: list[Instance]) -> Callable[[syntax.Node], bool]:
        """Says of another right side whether the claim would hold with it, and would say something."""
        readers = [Rereader(link.right, instance.scope) for instance in found]

        def is_true(right: syntax.Node) -> bool:
            self.tried += 1
            return all(
                self._is_true(link, instance, reader, right) for instance, reader in zip(found, readers, strict=True)
            )

        return is_true

    def _is_true(self, link: Link, instance: Instance, reader: Rereader, right: syntax.Node) -> bool:
        try:
            other = replace(instance, rights=reader.read(right))
        except (Unread, Missing):
            return False
        judged = False
        for a, b in other.pairs():
            if max(a.level, b.level) != PRIMARY or isinstance(a.term.shape, Misfit) or a.term.shape != b.term.shape:
                continue
            if any(node == a.term for node in b.term.walk()):
                return False  # what a claim is about, put in on the right as well: true, and says nothing
            if compare(self.points, a.term, b.term, instance.ranges, link.condition).answer != "equal":
                return False
            judged = True
        return judged

    def read(self, link: Link) -> tuple[list[Instance], list]:
        """The instances of a claim and those that do not exist, read once."""
        if id(link) not in self._instances:
            self._instances[id(link)] = link, instances(self.theory, link)
        return self._instances[id(link)][1]

    # ------------------------------------------------------------ one instance

    def _instance(self, link: Link, instance: Instance) -> Verdict:
        outcomes = [self.outcome(link, instance, left, right) for left, right in instance.pairs()]
        primary = [o for o in outcomes if o.level == PRIMARY]
        conforming = [o for o in primary if o.answer != "ill"]
        first = (conforming or primary or outcomes)[0]
        notes = tuple(sorted(first.notes))
        if conforming and all(o.answer == "equal" for o in conforming):
            evidence = Evidence(points=max(o.comparison.points for o in conforming))
            return Verdict("holds", assumptions=self._one_sided(notes), proof="numeric", evidence=evidence)
        good = next((o for group in (primary, outcomes) for o in group if o.answer == "equal"), None)
        if good is not None:
            return self._ambiguous(
                "D205", ", ".join(sorted(good.notes - first.notes)) or "read another way", link, instance, notes
            )
        if (unsettled := next((o for o in conforming or outcomes if o.answer == "unsettled"), None)) is not None:
            code = "D901" if unsettled.comparison.beyond else "D501"
            return Verdict("undecided", code, unsettled.message + instance.suffix, link.span, assumptions=notes)
        for name, left, right in conventions(self.theory, link, conforming or primary or outcomes):
            conform = not isinstance(left.shape, Misfit) and left.shape == right.shape
            if conform and compare(self.points, left, right, instance.ranges, link.condition).answer == "equal":
                return self._ambiguous("D206", name, link, instance, notes)
        if conforming and self._defines(link, first):
            return self._ambiguous(
                "D206", "its left side is defined here, and is not the gradient", link, instance, notes
            )
        if conforming and defined_before(self.lines, link):
            return self._ambiguous(
                "D206", "a name in it is what the text defines, not the gradient", link, instance, notes
            )
        if conforming and (demanded := self._demanded(link, conforming)):
            code, message = demanded
            if code == "D206":
                return self._ambiguous(code, message, link, instance, notes)
            return Verdict("undecided", code, message + instance.suffix, link.span, assumptions=notes)
        if not conforming:
            return Verdict(
                "ill-shaped", "D201", first.message + instance.suffix, _misfit_span(first, link), assumptions=notes
            )
        example = replace(first.comparison.counterexample, instance=instance.layers)
        evidence = Evidence(points=first.comparison.points, counterexample=example)
        return Verdict(
            "wrong", "D300", first.message + instance.suffix, link.right.span, assumptions=notes, evidence=evidence
        )

    def _demanded(self, link: Link, outcomes: list[Outcome]) -> tuple[str, str] | None:
        """What a false line is: a demand (D607), one rearranged (D206), maybe derived from one (D607), or false."""
        if any(is_demand(self.lines, link, outcome) for outcome in outcomes):
            return "D607", "a demand on its symbols, true where it is met: nothing to be judged"
        maybe = None
        for demand in demands_before(self.lines, link):
            answers = [follows(self.lines, link, outcome, demand) for outcome in outcomes]
            if True in answers:
                return "D206", f"the equation of line {demand.line} is met, which is a demand"
            if None in answers and maybe is None:
                maybe = "D607", f"it may follow from the demand of line {demand.line}, which is not solved here"
        return maybe

    def _ambiguous(self, code: str, reading: str, link: Link, instance: Instance, notes: tuple[str, ...]) -> Verdict:
        evidence = Evidence(points=self.points.count)
        return Verdict(
            "ambiguous", code, f"true if {reading}{instance.suffix}", link.span, assumptions=notes, evidence=evidence
        )

    def _one_sided(self, notes: tuple[str, ...]) -> tuple[str, ...]:
        return (*notes, *(f"{term} was seen on one side of its kink only" for term in self.points.one_sided))

    def outcome(self, link: Link, instance: Instance, left: Alternative, right: Alternative) -> Outcome:
        """What a pair of readings comes to."""
        rest = (max(left.level, right.level), left.notes | right.notes, left.term, right.term)
        for side in (left.term, right.term):
            if isinstance(side.shape, Misfit):
                return Outcome("ill", str(side.shape), *rest)
        a, b = zero_like(left.term, right.term), zero_like(right.term, left.term)
        if a.shape != b.shape:
            message = f"the sides differ in shape: {left.term.shape} and {right.term.shape}"
            return Outcome("ill", message, *rest)
        try:
            found = compare(self.points, a, b, instance.ranges, link.condition, printed_digits(link))
        except Unsettled as unsettled:
            found = Comparison("unsettled", str(unsettled))
        return Outcome(found.answer, found.message, *rest, found)


def printed_digits(link: Link) -> float | None:
    """Half a unit of the last digit, where a side is a decimal number: `1/3 = 0.333` is as good as it is printed."""
    for side in (link.right, link.left):
        node = side
        while True:
            if isinstance(node, syntax.Group) and len(node.parts) == 1 and node.sub is None and node.sup is None:
                node = node.inner
            elif isinstance(node, syntax.Total) and len(node.terms) == 1:
                node = node.terms[0].term
            elif isinstance(node, syntax.Product) and len(node.items) == 1:
                node = node.items[0]
            else:
                break
        if isinstance(node, syntax.Number) and "." in node.text:
            return 0.5000001 * 10.0 ** -len(node.text.split(".")[1])
    return None


def _layers(found: list[Instance]) -> tuple:
    return tuple(instance.layers for instance in found if instance.layers)


def _misfit_span(outcome: Outcome, link: Link) -> Span:
    """The smallest place that does not conform: both operands, where they are known."""
    for side in (outcome.left, outcome.right):
        if isinstance(side.shape, Misfit):
            operands = [term for term in (side.shape.left, side.shape.right) if term is not None]
            # Operands that stand elsewhere, in a definition or the front matter, are no place in this claim.
            spans = [term.span for term in operands if term.span and _within(term.span, link)]
            if spans and len(spans) == len(operands):
                return min(start for start, _ in spans), max(end for _, end in spans)
            return side.span if side.span and _within(side.span, link) else link.span
    return link.span


def _within(span: Span, link: Link) -> bool:
    return link.span[0] <= span[0] and span[1] <= link.span[1]
