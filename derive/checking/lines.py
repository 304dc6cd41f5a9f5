"""The lines of a document beside the one that is judged: what they say, looked up once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from derive.checking.compare import compare
from derive.checking.instances import Instance
from derive.checking.points import Points
from derive.checking.verdicts import Verdict
from derive.reading.elaborate import elaborate
from derive.reading.errors import Unread
from derive.reading.notation import head, vanishing
from derive.reading.readings import PRIMARY, Missing
from derive.reading.symbols import family_name
from derive.reading.theory import Link, Theory
from derive.terms.nodes import Symbol, Term
from derive.terms.shapes import Misfit
from derive.terms.written import Derivative

Said = dict[Derivative, Term]  # gradients, with what a line says that they are


class Lines:
    """What is needed of the judge of a document, for a look at other lines.

    Args:
        read: the instances of a link, and those that do not exist.
        verdict: what was said of a link.
    """

    def __init__(
        self,
        theory: Theory,
        points: Points,
        read: Callable[[Link], tuple[list[Instance], list]],
        verdict: Callable[[Link], Verdict],
    ):
        self.theory, self.points, self.read, self.verdict = theory, points, read, verdict
        self._restatements: dict[Symbol, tuple[Term, ...]] = {}

    @cached_property
    def claims(self) -> tuple[Link, ...]:
        """The claims, in the order of the text."""
        return tuple(reading.link for reading in self.theory.readings if reading.kind == "claim")

    @cached_property
    def demands(self) -> tuple[Link, ...]:
        """The claims that something is zero."""
        return tuple(claim for claim in self.claims if vanishing(claim.left, claim.right) is not None)

    @cached_property
    def _readable(self) -> tuple[tuple[Link, list[Instance]], ...]:
        found = []
        for claim in self.claims:
            try:
                found.append((claim, self.read(claim)[0]))
            except (Unread, RecursionError):  # what that line is worth is said where it stands
                continue
        return tuple(found)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Both sides of all claims that can be read, in their first reading."""
        instances = (instance for _, found in self._readable for instance in found)
        return tuple(side[0].term for instance in instances for side in (instance.lefts, instance.rights))

    @cached_property
    def gradients(self) -> tuple[tuple[Link, Said], ...]:
        """The lines that say what gradients of the loss are: `dL/ds = value`, for each instance of the line."""
        alike = ((c, said) for c, said in self.named if all(a.shape == b.shape for a, b in said.items()))
        return tuple(alike)

    @cached_property
    def named(self) -> tuple[tuple[Link, Said], ...]:
        r"""Those, and lines where the value has another shape: what is taken for the gradient may be a new name."""
        pairs = ((claim, self._said_by(found)) for claim, found in self._readable)
        return tuple((claim, said) for claim, said in pairs if said)

    def _said_by(self, found: list[Instance]) -> Said:
        said: Said = {}
        for instance in found:
            left = instance.lefts[0].term
            values = [r.term for r in instance.rights if r.level == PRIMARY and not isinstance(r.term.shape, Misfit)]
            if not isinstance(left, Derivative) or left.args[0] != self.theory.loss or not values or instance.ranges:
                return {}
            said[left] = next((value for value in values if value.shape == left.shape), values[0])
        return said

    @cached_property
    def derivatives(self) -> tuple[tuple[Link, Derivative], ...]:
        """The gradients of the loss, or of any number where no loss is named, on left sides, each with its line."""
        loss = self.theory.loss
        return tuple(
            (claim, node)
            for claim, found in self._readable
            for instance in found
            for node in instance.lefts[0].term.walk()
            if isinstance(node, Derivative) and node.args[0].is_scalar and (loss is None or node.args[0] == loss)
        )

    def restatements(self, symbol: Symbol) -> tuple[Term, ...]:
        """What claims truly say that a defined name is, beside its definition."""
        if symbol not in self._restatements:
            self._restatements[symbol] = tuple(self._true_of(symbol))
        return self._restatements[symbol]

    def _true_of(self, symbol: Symbol) -> Iterator[Term]:
        for claim in self._claims_of_names.get(symbol.name, ()):
            try:
                name, side = (elaborate(side, self.theory.scope())[0].term for side in (claim.left, claim.right))
            except (Unread, Missing):
                continue
            conform = name == symbol and side.shape == symbol.shape
            if conform and compare(self.points, symbol, side, {}).answer == "equal":
                yield side

    @cached_property
    def _claims_of_names(self) -> dict[str, list[Link]]:
        """The claims whose left side is a name, by the name of its family."""
        found: dict[str, list[Link]] = {}
        for claim in self.claims:
            name, _ = head(claim.left)
            use = self.theory.names.match(name) if name is not None and claim.relation == "=" else None
            if use is not None:
                found.setdefault(family_name(use.family), []).append(claim)
        return found
