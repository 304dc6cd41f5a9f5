"""Claims to verdicts: each reading of a claim is evaluated at drawn points, and the readings together decide.

A claim that is false in its own conventions is tried in the others before it is called wrong: the transposed layout,
the adjoint of a summed instead of a mean loss, a gradient's name as a plain definition. True there means ambiguous.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import ClassVar

import numpy as np

from derive.checking.compare import ZERO, Comparison, compare, entries_of, shapes_seen, undetermined, varies
from derive.checking.conventions import conventions
from derive.checking.demands import demands_before, follows, is_demand, stationary_points, where_met, zero_like
from derive.checking.diagnose import diagnose
from derive.checking.digits import about, corrected, printed
from derive.checking.indices import astray
from derive.checking.instances import Instance, depth_letters, instances, layer_letters, readings
from derive.checking.labels import Distributed, labels, says_so
from derive.checking.lines import Lines
from derive.checking.moved import Moved
from derive.checking.outcomes import Outcome
from derive.checking.partials import BY_SIGN, WHOLE, by_sign
from derive.checking.points import Points
from derive.checking.predecessors import defined_before, follows_from, is_definition, unmet_relation
from derive.checking.program import LARGEST_WORK, Unsettled
from derive.checking.redefined import Redefinitions
from derive.checking.reuse import Rereader
from derive.checking.sameness import are_one
from derive.checking.solving import Solved
from derive.checking.symmetry import Symmetric, quadratic_forms, said_to_be_symmetric
from derive.checking.tiny import HIDDEN, enlarged, enlarged_theory, has_tiny
from derive.checking.unstated import World, weighed
from derive.checking.updates import ascent, step
from derive.checking.uses import names_in, used_by
from derive.checking.valued import Changed, behind_another_example, changed_inputs, exemplified, restated
from derive.checking.verdicts import EQUAL, REFUTED, VERDICTS, Evidence, Verdict
from derive.checking.vocabulary import Written
from derive.reading import syntax
from derive.reading.decimals import has_decimals, is_numeric
from derive.reading.errors import Bounded, Unread
from derive.reading.readings import PRIMARY, Alternative, Missing
from derive.reading.source import Span
from derive.reading.symbols import family_name
from derive.reading.theory import Link, Theory
from derive.reading.updates import is_update
from derive.terms.dims import Dim
from derive.terms.nodes import Component, Symbol, Term
from derive.terms.shapes import Misfit, Shape
from derive.terms.written import Derivative

__all__ = ["Judge", "Verdict", "judge"]

MOST_TRIED = 50_000  # repairs for all claims of one document
SEARCH_WORK = 100_000  # evaluations of nodes while a repair is looked for
PLAINLY = 1e-3  # sides that are so far apart in one entry are not equal
DEPTH = "D602"  # an index that is right for one number of layers only
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
        self._worlds: dict[tuple, Judge] = {}
        self._examples: dict[frozenset[str] | None, Judge] = {}
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
                    self._said[key] = link, self._repaired(link) if repairs else self._settled(link)[0]
                except RecursionError:
                    message = "it is nested too deeply to be judged"
                    self._said[key] = link, Verdict("unread", "D901", message, link.span)
        return self._said[key][1]

    def _repaired(self, link: Link) -> Verdict:
        """The verdict on a link, with the edit that makes it true."""
        verdict, judge = self._settled(link)
        if verdict.verdict not in ("wrong", "ill-shaped") or verdict.code == DEPTH:
            return verdict  # true here, and no edit can say what it would be elsewhere
        return judge._diagnosed(link, judge.read(link)[0], verdict)

    def _at_any_depth(self, link: Link, verdict: Verdict) -> Verdict:
        """What holds with the last layer L, or step T, has to hold whatever number that is."""
        layers = self.theory.layers
        if verdict.verdict != "holds" or layers.stated or not depth_letters(self.theory, link):
            return verdict
        other = self._elsewhere(link, {}, layers.last + 1)
        if other is None or other.verdict not in ("wrong", "ill-shaped"):
            return verdict
        letter = min(depth_letters(self.theory, link))
        message = f"true where {letter} = {layers.last}, and false where {letter} = {layers.last + 1}"
        return replace(verdict, verdict="wrong", code=DEPTH, message=message, span=link.right.span, proof=None)

    def _settled(self, link: Link) -> tuple[Verdict, Judge]:
        """The verdict on a link, and whose it is: that of all inputs, or that of the worked example."""
        verdict = self._at_any_depth(link, self._judge(link))
        if self.theory.meanings and verdict.verdict in ("holds", "wrong"):
            found, _ = self.read(link)
            verdict = weighed(self.theory, self.points, found, verdict, lambda world: self._elsewhere(link, world))
        if self.theory.at_values or not (self.theory.values or self.theory.said):
            return verdict, self
        other = exemplified(self.theory, link, verdict, partial(self._exemplified, link))
        return (other, self._example(None)) if other is not None else (verdict, self)

    def _exemplified(self, link: Link, names: frozenset[str] | None) -> Verdict:
        return self._example(names).judge(link, repairs=False)

    def _example(self, names: frozenset[str] | None) -> Judge:
        """The judge of the worked example of the document, where these names have their stated values; None: all."""
        if names not in self._examples:
            self._examples[names] = Judge(self.theory.with_values(names), self.seed)
        return self._examples[names]

    def _elsewhere(self, link: Link, world: World, last: int | None = None) -> Verdict | None:
        """The verdict on the same link of the document read with other functions for its letters, or more layers."""
        key = (*sorted(world.items()), last)
        if key not in self._worlds:
            theory = self.theory.again(chosen=world, last=last)
            theory.meanings.clear()
            self._worlds[key] = Judge(theory, self.seed)
        judge = self._worlds[key]
        same = (r for r in judge.theory.readings if r.link.span == link.span and r.link.source == link.source)
        reading = next((r for r in same if r.link.number == link.number), None)
        return judge.judge(reading.link, repairs=False) if reading is not None and reading.kind == "claim" else None

    def _judge(self, link: Link) -> Verdict:
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
        if any(each.verdict == "holds" for each in verdicts):  # 0 = 0 at the first step says nothing of the others
            verdicts = [each for each in verdicts if not each.message.startswith(ZERO)]
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
        if worst.verdict == "wrong" and (
            message := restated(self.theory, link, found) or self._other_example(link)
        ):
            return replace(worst, verdict="undecided", code="D609", message=message)
        if again := self._again(link, found, worst.verdict):
            message = f"{again} is defined once more, and a second definition is not followed"
            return replace(worst, verdict="undecided", code="D609", message=message, span=link.span, proof=None)
        if worst.verdict == "holds" and self.theory.at_values and self._of_another_example(link, found):
            message = "an input has another value above, and this may be said of that example"
            return replace(worst, verdict="undecided", code="D609", message=message, span=link.span, proof=None)
        if worst.verdict in ("holds", "wrong", "ambiguous") and (name := self._not_known(found, worst.verdict)):
            message = f"it depends on {name}, which is defined in a line that is not read"
            return replace(worst, verdict="undecided", code="D501", message=message, span=link.span, proof=None)
        if worst.verdict == "wrong" and (message := self._changed_variable(found)):
            return replace(worst, verdict="undecided", code="D501", message=message)
        if worst.verdict == "wrong" and link.where:
            message = f"it is said where {link.where}, and false elsewhere"
            return replace(worst, verdict="undecided", code="D501", message=message)
        if worst.verdict == "wrong" and (missing_values := self._without_values(link, found)):
            message = f"the text states no value for {missing_values}"
            return replace(worst, verdict="undecided", code="D501", message=message)
        return worst

    def _of_another_example(self, link: Link, found: list[Instance]) -> bool:
        """Whether a line of numbers that is no stated value stands behind another value of an input."""
        left = found[0].lefts[0].term
        stated = isinstance(left, Symbol) and (known := self.theory.defined(left)) is not None and not names_in(
            known.expression
        )
        return not stated and self._other_example(link) is not None

    def _other_example(self, link: Link) -> str | None:
        return behind_another_example(self._changed_inputs, link)

    @cached_property
    def _changed_inputs(self) -> list[Changed]:
        return changed_inputs(self.theory)

    @cached_property
    def _redefinitions(self) -> Redefinitions:
        return Redefinitions(self.theory, lambda link: self._judge(link).verdict != "holds")

    def _again(self, link: Link, found: list[Instance], verdict: str) -> str | None:
        """A name that a line gives another meaning: this line, or one before it, on whose name it depends."""
        if not self._redefinitions:
            return None
        sides = (side[0].term for instance in found[:1] for side in (instance.lefts, instance.rights))
        own = self._redefinitions.of(link) if verdict in REFUTED else None
        name = own or self._redefinitions.before(link, used_by(self.points.uses, *sides))
        return None if name is None else self._written(name)

    def _written(self, name: str) -> str:
        families = (family for each in self.theory.names.families.values() for family in each)
        return next((each.written for each in families if family_name(each) == name), name)

    def _not_known(self, found: list[Instance], verdict: str) -> str | None:
        """A name on which a claim depends and whose definition is not read; None where it may be any value."""
        hidden = self.theory.undefined
        if not hidden:
            return None
        terms = [side[0].term for instance in found[:1] for side in (instance.lefts, instance.rights)]
        for term in terms:
            for node in term.walk():
                # By an undefined name itself the derivative is that of what is built on it.
                through = isinstance(node, Derivative) and not names_in(node.args[1]) & hidden
                known = used_by(self.points.uses, node) if through or verdict == "wrong" else frozenset()
                if behind := known & hidden:
                    return self._written(min(behind))
        return None

    def _changed_variable(self, found: list[Instance]) -> str | None:
        r"""The v of `\partial D / \partial v`, where D and v are both made of \sigma, and D is not made of v."""
        left = found[0].lefts[0].term
        if not isinstance(left, Derivative):
            return None
        of, by = left.args
        base = by.args[0] if isinstance(by, Component) else by
        uses, bodies = self.points.uses, self.points.bodies
        if not isinstance(base, Symbol) or base.name not in bodies or base.name in used_by(uses, of):
            return None
        if not (used_by(uses, of) & used_by(uses, base)) - bodies.keys():
            return None
        if isinstance(bodies[base.name], Symbol):
            return None  # another name for the same
        return f"{of.latex} is not made of {base.latex}, but of the same as it: a change of variables is not judged"

    def _without_values(self, link: Link, found: list[Instance]) -> str:
        """What a number of a worked example is said of that has no value in the document, and so is not known."""
        pairs = ((link.left, 1), (link.right, 0))
        example = bool(self.theory.values) or self.theory.at_values
        side = next((other for node, other in pairs if is_numeric(node) and (example or has_decimals(node))), None)
        if side is None:
            return ""
        instance = found[0]
        term = (instance.lefts, instance.rights)[side][0].term
        return undetermined(self.points, term) if not instance.ranges and varies(self.points, term) else ""

    def _one_sided_letter(self, link: Link) -> str | None:
        """A letter that runs over layers on one side of a claim only."""
        return min(layer_letters(self.theory, link.left) ^ layer_letters(self.theory, link.right), default=None)

    def _diagnosed(self, link: Link, found: list[Instance], verdict: Verdict) -> Verdict:
        if verdict.verdict == "wrong":
            verdict = replace(verdict, follows_from=follows_from(self.lines, link, found))
        if (text := self._computed(link, found)) is not None:
            message = f"the number is wrong: {verdict.message}"
            return replace(verdict, code="D308", message=message, span=link.right.span, suggestion=text)
        if self.tried > MOST_TRIED:
            return verdict
        self.written = self.written or Written.of(self.theory)
        try:
            with self.points.allowed(SEARCH_WORK):
                same = self._sameness(found[0])
                diagnosis = diagnose(self.theory, link, found, self.truth(link, found), same, self.written)
        except RecursionError:
            return verdict
        if diagnosis is None:
            return self._with_closed_form(link, found, verdict)
        if verdict.verdict == "wrong":
            message, span = diagnosis.reason, diagnosis.span
        else:
            message, span = verdict.message, diagnosis.span if verdict.span == link.span else verdict.span
        # A product that does not conform for want of a transpose is a matter of shapes first.
        code = "D201" if verdict.verdict == "ill-shaped" and diagnosis.code == "D202" else diagnosis.code
        repaired = {"suggestion": diagnosis.suggestion, "alternatives": diagnosis.alternatives}
        return replace(verdict, code=code, message=message, span=span, mistakes=len(diagnosis.edits), **repaired)

    def _sameness(self, instance: Instance) -> Callable[[syntax.Node, syntax.Node], bool]:
        """Says of two right sides that both make a claim true whether they are one correction."""

        def is_same(left: syntax.Node, right: syntax.Node) -> bool:
            try:
                terms = [readings(side, instance.scope)[0].term for side in (left, right)]
            except (Unread, Missing):  # a repair that exists at another layer only
                return False
            return are_one(self.theory, self.seed, terms[0], terms[1], instance.ranges)

        return is_same

    def _with_closed_form(self, link: Link, found: list[Instance], verdict: Verdict) -> Verdict:
        """What the left side really is, where the rules derive it."""
        from derive.checking.closed import closed_form  # SymPy is imported for what no edit repairs, and not before

        failing = next(i for i in found if self._instance(link, i).verdict == verdict.verdict)
        compared = self.comparing(failing.ranges, link.condition)
        form, suggestion = closed_form(self.theory, link, failing, compared, self.truth(link, found, True))
        return replace(verdict, closed_form=form, suggestion=suggestion)

    def comparing(
        self, ranges: Mapping[str, Dim], condition: tuple[str, str] | None = None
    ) -> Callable[[Term, Term, Mapping[str, Dim]], str]:
        """Compares terms at the points of the document, for all values of the letters in `ranges` and of its own."""
        return lambda left, right, own: compare(self.points, left, right, {**ranges, **own}, condition).answer

    def _computed(self, link: Link, found: list[Instance]) -> str | None:
        """A claim about one number, with the number that the stated ones give; None for any other claim."""
        left = found[0].lefts[0].term
        if len(found) > 1 or not left.is_scalar or undetermined(self.points, left):
            return None
        try:
            value = float(np.squeeze(self.points.machine(0).value(left, {})))
        except Unsettled:
            return None
        return corrected(link, value) if np.isfinite(value) else None

    @cached_property
    def about(self) -> frozenset[str]:
        """The short decimals that are rounded numbers in this document."""
        return about(self.theory)

    @cached_property
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

    def truth(self, link: Link, found: list[Instance], everywhere: bool = False) -> Callable[[syntax.Node], bool]:
        """Says of another right side whether the claim would hold with it, and would say something.

        Args:
            everywhere: it must exist at every instance: `W^{[l+1]}` for `W^{[l]}` leaves the last layer out.
        """
        readers = [Rereader(link.right, instance.scope) for instance in found]
        places = [self.where_judged(link, instance) for instance in found]

        def is_true(right: syntax.Node) -> bool:
            self.tried += 1
            judged = False
            for instance, reader, points in zip(found, readers, places, strict=True):
                answer = self._is_true(link, instance, reader, right, points)
                if answer is False or (answer is None and everywhere):
                    return False
                judged |= answer is True
            return judged

        return is_true

    def where_judged(self, link: Link, instance: Instance) -> Points | Moved:
        """The points at which a false claim is judged: with labels as the text has them, where a demand is met."""
        left, right = instance.lefts[0], instance.rights[0]
        if says_so(link.source.text) and (found := labels(self.points, (left.term, right.term))):
            return Distributed(self.points, found)
        if not isinstance(left.term, Symbol):
            return self.points
        outcome = Outcome("", "", PRIMARY, frozenset(), left.term, right.term)
        demanded = tuple(point for point in stationary_points(self.lines, link, outcome) if point.lines)
        return Solved(self.points, demanded) if demanded else self.points

    def _is_true(
        self, link: Link, instance: Instance, reader: Rereader, right: syntax.Node, points: Points | Moved
    ) -> bool | None:
        """Whether a claim with another right side is true at an instance; None where that side has no such instance."""
        try:
            other = replace(instance, rights=reader.read(right))
        except Unread:
            return False
        except Missing:
            return None
        pairs = [(a, b) for a, b in other.pairs() if max(a.level, b.level) == PRIMARY and a.term.shape == b.term.shape]
        pairs = [pair for pair in pairs if not isinstance(pair[0].term.shape, Misfit)]
        numeric = bool(pairs) and (is_numeric(link.left) or is_numeric(link.right))
        judged, digits = False, printed(replace(link, right=right), self.about) if numeric else None
        for a, b in pairs:
            if any(node == a.term for node in b.term.walk()):
                return False  # what a claim is about, put in on the right as well: true, and says nothing
            if digits is None and points is self.points and self._differ_at_once(link, instance, a.term, b.term):
                return False
            if compare(points, a.term, b.term, instance.ranges, link.condition, digits).answer != "equal":
                return False
            judged = True
        return judged

    def _differ_at_once(self, link: Link, instance: Instance, left: Term, right: Term) -> bool:
        """Whether terms differ plainly in the first entry at the first point: most repairs that are tried do."""
        try:
            with np.errstate(all="ignore"):
                machine = self.points.machine(0)
                indices = next(entries_of(machine, instance.ranges, link.condition), {})
                a, b = (np.asarray(machine.value(side, indices), dtype=float) for side in (left, right))
        except (Unsettled, KeyError, ArithmeticError, np.linalg.LinAlgError):
            return False
        scale, apart = max(np.abs(a).max(), np.abs(b).max()), np.abs(a - b).max()
        return bool(np.isfinite(scale) and scale > PLAINLY and apart > PLAINLY * scale)

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
        notes = tuple(sorted(first.notes)) + self._supposed(first)
        if conforming and all(o.answer == "equal" for o in conforming):
            if any(self._by_sign(link, instance, each) is False for each in conforming):
                return self._ambiguous("D206", WHOLE, link, instance, notes)
            if defined_before(self.lines, link, False):
                reading = "a name in it is the gradient, and not what the text defines"
                return self._ambiguous("D206", reading, link, instance, notes)
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
        if any(self._by_sign(link, instance, each) for each in conforming):
            return self._holds((*notes, BY_SIGN))
        for name, left, right in conventions(self.lines, link, conforming or primary or outcomes):
            conform = not isinstance(left.shape, Misfit) and left.shape == right.shape
            if conform and compare(self.points, left, right, instance.ranges, link.condition).answer == "equal":
                return self._ambiguous("D206", name, link, instance, notes)
        if conforming and (matrices := self._unsaid_symmetry(link, conforming, instance)):
            words = " and ".join(f"{matrix.latex} is symmetric" for matrix in matrices)
            if all(said_to_be_symmetric(link.source.text, matrix) for matrix in matrices):
                return self._holds((*notes, f"as the text says, {words}"))
            return self._ambiguous("D206", words, link, instance, notes)
        if conforming and (found := self._unsaid_labels(link, conforming, instance)):
            words = " and ".join(f"the entries of {label.latex} sum to 1" for label in found)
            if not says_so(link.source.text):
                return self._ambiguous("D206", words, link, instance, notes)
            notes = (*notes, f"as the text says, {words}")
            return self._holds(notes)
        if self._defines(link, first):
            return self._ambiguous(
                "D206", "its left side is defined here, and is not the gradient", link, instance, notes
            )
        if defined_before(self.lines, link, True):
            return self._ambiguous(
                "D206", "a name in it is what the text defines, not the gradient", link, instance, notes
            )
        if conforming and (demanded := self._demanded(link, instance, conforming, notes)):
            return demanded
        if not conforming:
            return Verdict(
                "ill-shaped", "D201", first.message + instance.suffix, _misfit_span(first, link), assumptions=notes
            )
        if (given := unmet_relation(self.points, link)) is not None:
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
                return self._holds((*notes, words))
        for outcome in outcomes:
            if (words := ascent(self.lines, link, instance, outcome)) is not None:
                return Verdict("wrong", "D301", words + instance.suffix, link.right.span, assumptions=notes)
        message = "an update, which gives the name on the left a new value: no step of gradient descent is known in it"
        return Verdict("undecided", "D608", message + instance.suffix, link.span, assumptions=notes)

    def _unsaid_symmetry(self, link: Link, outcomes: list[Outcome], instance: Instance) -> tuple[Symbol, ...]:
        """The matrices that a false claim takes for symmetric: it is true where they are; () where that is not why."""
        for outcome in outcomes:
            sides = outcome.left, outcome.right
            matrices = quadratic_forms(self.points, sides, self.lines.terms)
            points = Symmetric(self.points, matrices)
            if matrices and compare(points, *sides, instance.ranges, link.condition).answer == "equal":
                return matrices
        return ()

    def _supposed(self, outcome: Outcome) -> tuple[str, ...]:
        """What is assumed of a loss that the text only names, for a claim about its gradients."""
        nodes = (node for side in (outcome.left, outcome.right) for node in side.walk())
        used = any(isinstance(node, Derivative) and node.args[0] == self.theory.loss for node in nodes)
        return (self.theory.supposed,) if used and self.theory.supposed else ()

    def _unsaid_labels(self, link: Link, outcomes: list[Outcome], instance: Instance) -> tuple[Symbol, ...]:
        """The labels that a false claim takes for distributions: true where they are; () where that is not why."""
        sides = [(outcome.left, outcome.right) for outcome in outcomes]
        found = labels(self.points, (term for pair in sides for term in pair))
        points = Distributed(self.points, found)
        same = bool(found) and all(
            compare(points, *pair, instance.ranges, link.condition).answer == "equal" for pair in sides
        )
        return found if same else ()

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
            return self._holds((*notes, met))
        return maybe

    def _by_sign(self, link: Link, instance: Instance, outcome: Outcome) -> bool | None:
        """Whether a claim is true as its two signs of derivatives say; None where it has one, or they do not matter."""
        sides = by_sign(outcome, link, self.theory, self.points.uses)
        if sides is None:
            return None
        return compare(self.points, *sides, instance.ranges, link.condition).answer == "equal"

    def _holds(self, notes: tuple[str, ...]) -> Verdict:
        return Verdict("holds", assumptions=notes, proof="numeric", evidence=Evidence(points=self.points.count))

    def _ambiguous(self, code: str, reading: str, link: Link, instance: Instance, notes: tuple[str, ...]) -> Verdict:
        evidence = Evidence(points=self.points.count)
        return Verdict(
            "ambiguous", code, f"true if {reading}{instance.suffix}", link.span, assumptions=notes, evidence=evidence
        )

    def _one_sided(self, notes: tuple[str, ...]) -> tuple[str, ...]:
        return (*notes, *(f"{term} was seen on one side of its kink only" for term in self.points.one_sided))

    def _fits(self, a: Shape, b: Shape) -> bool:
        """Whether shapes are the same in the sizes of the worked example."""
        sizes = self.theory.sizes if self.theory.at_values else {}
        known = all(set(dim.names()) <= set(sizes) for shape in (a, b) for dim in (shape.rows, shape.cols))
        return known and a.sizes(sizes) == b.sizes(sizes)

    def outcome(self, link: Link, instance: Instance, left: Alternative, right: Alternative) -> Outcome:
        """What a pair of readings comes to."""
        rest = (max(left.level, right.level), left.notes | right.notes, left.term, right.term)
        for side in (left.term, right.term):
            if isinstance(side.shape, Misfit):
                return Outcome("ill", str(side.shape), *rest)
            if (problem := astray(self.theory, side, instance.ranges)) is not None:
                return Outcome("ill", problem, *rest)
        a, b = zero_like(left.term, right.term), zero_like(right.term, left.term)
        if a.shape != b.shape and not self._fits(a.shape, b.shape):
            message = f"the sides differ in shape: {left.term.shape} and {right.term.shape}"
            return Outcome("ill", message, *rest)
        digits = printed(link, self.about)
        try:
            found = compare(self.points, a, b, instance.ranges, link.condition, digits)
            if found.answer == "equal" and digits is None and self._hides(a, b, instance, link):
                found = Comparison("unsettled", HIDDEN)
        except Unsettled as unsettled:
            found = Comparison("unsettled", str(unsettled))
        return Outcome(found.answer, found.message, *rest, found)

    def _hides(self, left: Term, right: Term, instance: Instance, link: Link) -> bool:
        """Whether sides are equal only because numbers in them, or in the definitions, are as small as rounding."""
        if not self._has_tiny and not has_tiny((left, right)):
            return False
        sides = enlarged(left), enlarged(right)
        return compare(self._larger, *sides, instance.ranges, link.condition).answer == "different"

    @cached_property
    def _larger(self) -> Points:
        return Points(enlarged_theory(self.theory), self.seed)

    @cached_property
    def _has_tiny(self) -> bool:
        return has_tiny(definition.expression for definition in self.theory.definitions)


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
