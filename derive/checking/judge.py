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
from derive.checking.decimals import tolerance
from derive.checking.demands import demands_before, follows, is_demand, stationary_points, where_met, zero_like
from derive.checking.diagnose import diagnose
from derive.checking.instances import Instance, instances, layer_letters
from derive.checking.outcomes import Outcome
from derive.checking.points import Points
from derive.checking.predecessors import Lines, defined_before, follows_from, is_definition, unmet_relation
from derive.checking.program import Unsettled
from derive.checking.reuse import Rereader
from derive.checking.symmetry import Symmetric, quadratic_forms
from derive.checking.updates import is_update, step
from derive.checking.verdicts import EQUAL, VERDICTS, Evidence, Verdict
from derive.reading import syntax
from derive.reading.errors import Unread
from derive.reading.readings import PRIMARY, Alternative, Missing
from derive.reading.source import Span
from derive.reading.theory import Link, Theory
from derive.terms.nodes import Symbol
from derive.terms.shapes import Misfit
from derive.terms.written import Derivative

__all__ = ["Judge", "Verdict", "judge"]

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
            self._said[key] = link, self._judge(link, repairs)
        return self._said[key][1]

    def _judge(self, link: Link, repairs: bool) -> Verdict:
        try:
            found, missing = self.read(link)
        except Unread as unread:
            return Verdict("unread", "D101", unread.message, unread.span)
        except RecursionError:
            return Verdict("unread", "D901", "it is nested too deeply to be judged", link.span)
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
            terms = (each[0].term for each in (found[0].lefts, found[0].rights))
            seen = replace(seen, shapes=shapes_seen(self.points, *terms))
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
        diagnosis = diagnose(self.theory, link, found, self.truth(link, found))
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
        if conforming and is_update(link):
            return self._updated(link, instance, conforming, notes)
        for name, left, right in conventions(self.points, link, conforming or primary or outcomes):
            conform = not isinstance(left.shape, Misfit) and left.shape == right.shape
            if conform and compare(self.points, left, right, instance.ranges, link.condition).answer == "equal":
                return self._ambiguous("D206", name, link, instance, notes)
        if conforming and (matrices := self._unsaid_symmetry(link, conforming, instance)):
            words = " and ".join(f"{matrix.latex} is symmetric" for matrix in matrices)
            return self._ambiguous("D206", words, link, instance, notes)
        if conforming and self._defines(link, first):
            return self._ambiguous(
                "D206", "its left side is defined here, and is not the gradient", link, instance, notes
            )
        if conforming and defined_before(self.lines, link):
            return self._ambiguous(
                "D206", "a name in it is what the text defines, not the gradient", link, instance, notes
            )
        if conforming and (demanded := self._demanded(link, instance, conforming, notes)):
            return demanded
        if not conforming:
            return Verdict(
                "ill-shaped", "D201", first.message + instance.suffix, _misfit_span(first, link), assumptions=notes
            )
        if (given := unmet_relation(self.theory, link)) is not None:
            message = f"it may need `{given}`, which is given and which the drawn points do not meet"
            return Verdict("undecided", "D501", message + instance.suffix, link.span, assumptions=notes)
        example = replace(first.comparison.counterexample, instance=instance.layers)
        evidence = Evidence(points=first.comparison.points, counterexample=example)
        return Verdict(
            "wrong", "D300", first.message + instance.suffix, link.right.span, assumptions=notes, evidence=evidence
        )

    def _updated(self, link: Link, instance: Instance, outcomes: list[Outcome], notes: tuple[str, ...]) -> Verdict:
        """An assignment is judged by its step, where that is one against the gradient; else nothing is said of it."""
        for outcome in outcomes:
            if (words := step(self.lines, link, instance, outcome)) is not None:
                evidence = Evidence(points=self.points.count)
                return Verdict("holds", assumptions=(*notes, words), proof="numeric", evidence=evidence)
        message = "an update, which gives the name on the left a new value: no step of gradient descent is known in it"
        return Verdict("undecided", "D608", message + instance.suffix, link.span, assumptions=notes)

    def _unsaid_symmetry(self, link: Link, outcomes: list[Outcome], instance: Instance) -> tuple[Symbol, ...]:
        """The matrices that a false claim takes for symmetric: it is true where they are; () where that is not why."""
        for outcome in outcomes:
            sides = outcome.left, outcome.right
            matrices = quadratic_forms(self.points, sides, self.lines.terms())
            points = Symmetric(self.points, matrices)
            if matrices and compare(points, *sides, instance.ranges, link.condition).answer == "equal":
                return matrices
        return ()

    def _demanded(
        self, link: Link, instance: Instance, outcomes: list[Outcome], notes: tuple[str, ...]
    ) -> Verdict | None:
        """What a false line is: a demand (D607), true where a demand is met, maybe derived from one, or None: false."""
        if any(is_demand(self.lines, link, outcome) for outcome in outcomes):
            message = "a demand on its symbols, true where it is met: nothing to be judged"
            return Verdict("undecided", "D607", message + instance.suffix, link.span, assumptions=notes)
        points = stationary_points(self.lines, link, outcomes[0])
        answer, chosen = where_met(self.lines, link, outcomes[0], instance.ranges, points)
        lines = sorted({line for point in points for line in point.lines})
        maybe = None
        for demand in demands_before(self.lines, link):
            if answer == "equal":
                break
            answers = [follows(self.lines, link, outcome, demand) for outcome in outcomes]
            if True in answers:
                reading = f"the equation of line {demand.line} is met, which is a demand"
                return self._ambiguous("D206", reading, link, instance, notes)
            if None in answers and maybe is None and (demand.line not in lines or answer != "different"):
                message = f"it may follow from the demand of line {demand.line}, which is not solved here"
                maybe = Verdict("undecided", "D607", message + instance.suffix, link.span, assumptions=notes)
        if answer == "equal":
            words = " and ".join(point.words for point in chosen)
            if not all(point.lines for point in chosen):
                return self._ambiguous("D206", words, link, instance, notes)
            met = f"it is judged where {words}, as line {', '.join(map(str, lines))} demands"
            evidence = Evidence(points=self.points.count)
            return Verdict("holds", assumptions=(*notes, met), proof="numeric", evidence=evidence)
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
            found = compare(self.points, a, b, instance.ranges, link.condition, tolerance(self.points, link, a, b))
        except Unsettled as unsettled:
            found = Comparison("unsettled", str(unsettled))
        return Outcome(found.answer, found.message, *rest, found)


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
