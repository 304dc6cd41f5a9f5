"""A model is a value: definitions over symbols with symbolic dimensions that end in a scalar loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from derive.models.conventions import Convention
from derive.terms.definitions import Definition, check_definitions, dimension_names
from derive.terms.functions import FUNCTIONS
from derive.terms.nodes import Apply, Symbol
from derive.terms.shapes import Misfit, Shape, ShapeError


@dataclass(frozen=True)
class Model:
    """What is derived.

    Args:
        parameters: the given symbols whose gradients are asked for.
        inputs, targets: the given symbols that hold data; one example is a column, a row or an entry of them.
        signals: adjoints with a name of their own, such as delta_1 for z_1.
        conventions: what authors choose differently, as chosen here.
        sizes: dimensions of the worked example where nothing else sets them.
        binary: the targets are probabilities or labels, 0 to 1.
        options: how the model was asked for.

    Raises:
        ShapeError: shapes do not conform; the message names both.
        ValueError: a name is unknown or defined twice, or the loss is not a scalar that the definitions end in.
    """

    name: str
    title: str
    definitions: tuple[Definition, ...]
    loss: Symbol
    parameters: tuple[Symbol, ...]
    inputs: Symbol
    targets: Symbol
    signals: tuple[tuple[Symbol, Symbol], ...] = ()
    conventions: tuple[Convention, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    binary: bool = False
    at_kink: str = "0"
    options: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_definitions(self.definitions, self.given)
        last = self.definitions[-1].symbol if self.definitions else None
        if last != self.loss:
            raise ValueError(f"the definitions of {self.name} end in {last and last.latex}, not in its loss")
        if not self.loss.is_scalar:
            raise ShapeError(Misfit("a loss is a scalar", self.loss))

    @property
    def given(self) -> tuple[Symbol, ...]:
        """Data and parameters: what has to be known before the forward pass."""
        return (self.inputs, self.targets, *self.parameters)

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """Every symbol, in the order in which values become known."""
        return (*self.given, *(definition.symbol for definition in self.definitions))

    @cached_property
    def intermediates(self) -> tuple[Symbol, ...]:
        """The defined symbols between the given ones and the loss."""
        return tuple(definition.symbol for definition in self.definitions if definition.symbol != self.loss)

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """The names of the dimensions, in the order in which they appear."""
        return dimension_names(self.symbols)

    @cached_property
    def kinked(self) -> tuple[tuple[Definition, Apply], ...]:
        """Where an elementwise function with a kink is applied: (definition, application)."""
        return tuple(
            (definition, node)
            for definition in self.definitions
            for node in definition.expression.walk()
            if isinstance(node, Apply) and FUNCTIONS[node.function].kinks
        )


def symbol(key: str, shape: str, latex: str | None = None) -> Symbol:
    """A named symbol: `symbol("W_1", "h x d")`. Multi-letter indices get their braces in LaTeX."""
    name, _, index = key.partition("_")
    written = latex or (f"{name}_{{{index}}}" if len(index) > 1 else key)
    return Symbol(name=key, declared=Shape.of(shape), latex_name=written)
