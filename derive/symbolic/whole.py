r"""Entries as matrices: `\sum_k W_{jk} a_k` is `W a`, `\sum_{ij} C_{ij} Y_{ij}` is the sum of the entries of `C ⊙ Y`.

A scalar term over at most two letters, one for rows and one for columns, becomes the matrix of its values. Factors with
the letter of a sum are a product of matrices; a sum over anything else stays as it is.
"""

from __future__ import annotations

from dataclasses import replace

from derive.symbolic.tidy import depends, tidy
from derive.terms import nodes
from derive.terms.dims import ONE, Dim
from derive.terms.indices import Index
from derive.terms.nodes import Term
from derive.terms.shapes import Shape

Letter = tuple[str, Dim]  # an index letter, and how far it runs


class NotWhole(ValueError):
    """A term of entries that no product of matrices gives."""


def whole(term: Term) -> Term:
    """The term with its sums over entries as products of matrices, where that is what they are."""
    if isinstance(term, nodes.Sum):
        try:
            return tidy(_sum(term, None, None))
        except NotWhole:
            pass
    return term.with_args(*map(whole, term.args))


def by_entries(expression: Term, letters: tuple[str, ...], shape: Shape) -> Term:
    """The matrix whose entry at the letters is the expression; a letter may be a number on an axis of length 1.

    Raises:
        NotWhole: it is no product of matrices.
    """
    axes = [(letter, dim) for letter, dim in zip(letters, (shape.rows, shape.cols), strict=False)]
    row, col = ([None if letter.isdecimal() else (letter, dim) for letter, dim in axes] + [None, None])[:2]
    return tidy(_spread(_laid(expression, row, col), shape))


def _laid(t: Term, row: Letter | None, col: Letter | None) -> Term:
    """The matrix of a scalar term: as wide as the letters that it depends on, a scalar where it depends on none."""
    if not _has(t, row) and not _has(t, col):
        return whole(t)
    if not t.is_scalar:
        raise NotWhole
    match t:
        case nodes.Component():
            return _entry(t, row, col)
        case nodes.Sum():
            return _sum(t, row, col)
        case nodes.Product() | nodes.Hadamard():
            return _entrywise(nodes.Hadamard, [_laid(arg, row, col) for arg in t.args])
        case nodes.Add() | nodes.Quotient():
            return _entrywise(type(t), [_laid(arg, row, col) for arg in t.args])
        case nodes.Neg() | nodes.Power() | nodes.Apply():
            return t.with_args(_laid(t.args[0], row, col))
    raise NotWhole


def _has(t: Term, letter: Letter | None) -> bool:
    return letter is not None and depends(t, letter[0])


def _entry(t: nodes.Component, row: Letter | None, col: Letter | None) -> Term:
    (a,) = t.args
    if _has(a, row) or _has(a, col):
        raise NotWhole
    places = [(t.row, a.shape.rows), (t.column or Index("", 1), a.shape.cols)]
    named = [(index.name, dim) for index, dim in places if index.name]
    if any(index.offset != (0 if index.name else 1) or (not index.name and dim != ONE) for index, dim in places):
        raise NotWhole
    if len({name for name, _ in named}) < len(named) or any(each not in (row, col) for each in named):
        raise NotWhole
    # Rows of the result run with `row`, columns with `col`.
    first = t.row.name if t.row.name else None
    stands = (first is None or (row is not None and first == row[0])) and (
        t.column is None or not t.column.name or (col is not None and t.column.name == col[0])
    )
    return a if stands else nodes.Transpose((a,))


def _entrywise(kind: type[Term], parts: list[Term]) -> Term:
    """Entry by entry, vectors repeated along the axis that they lack."""
    scalars = [part for part in parts if part.is_scalar]
    others = [part for part in parts if not part.is_scalar]
    widest = Shape(*(next((d for d in dims if d != ONE), ONE) for dims in zip(*map(_axes, others), strict=True)))
    if kind is nodes.Hadamard:
        spread = [_spread(part, widest) for part in others]
        core = spread[0] if len(spread) == 1 else nodes.Hadamard(tuple(spread))
        return nodes.Product((*scalars, core)) if scalars else core
    return kind(tuple(part if part.is_scalar else _spread(part, widest) for part in parts))


def _axes(t: Term) -> tuple[Dim, Dim]:
    if not isinstance(t.shape, Shape):
        raise NotWhole
    return t.shape.rows, t.shape.cols


def _spread(t: Term, shape: Shape) -> Term:
    if t.shape == shape:
        return t
    spread = nodes.Broadcast((t,), shape)
    if not isinstance(spread.shape, Shape):
        raise NotWhole
    return spread


def _sum(t: nodes.Sum, row: Letter | None, col: Letter | None) -> Term:
    """sum_k A_jk u_k B_kl = A diag(u) B, entry by entry where there is more than one of a kind."""
    (body,), k = t.args, (t.index, t.upper)
    if t.lower != 1 or t.index in {letter for letter, _ in filter(None, (row, col))}:
        raise NotWhole
    if isinstance(body, nodes.Neg):
        return nodes.Neg((_laid(replace(t, args=body.args), row, col),))
    if isinstance(body, nodes.Add) and not all(_has(arg, k) for arg in body.args):
        raise NotWhole
    factors = body.args if isinstance(body, nodes.Product) else (body,)
    outside = [f for f in factors if not _has(f, k)]
    lefts = [_laid(f, row, k) for f in factors if _has(f, k) and _has(f, row) and not _has(f, col)]
    rights = [_laid(f, k, col) for f in factors if _has(f, k) and _has(f, col) and not _has(f, row)]
    own = [f for f in factors if _has(f, k) and not _has(f, row) and not _has(f, col)]
    middle = [_laid(f, k, None) for f in own]
    if own and not lefts and not rights:  # what lies in rows stays there
        lying = [_laid(f, None, k) for f in own]
        if sum(map(_turned, lying)) < sum(map(_turned, middle)):
            return _all([*(_laid(f, row, col) for f in outside), _contracted([], lying, [], k[1])])
    if len(outside) + len(lefts) + len(rights) + len(middle) < len(factors):
        raise NotWhole  # a factor over three letters is no matrix
    if any(each.shape.rows != k[1] for each in (*rights, *middle)) or any(each.shape.cols != k[1] for each in lefts):
        raise NotWhole
    parts = [_laid(f, row, col) for f in outside]
    if lefts or rights or middle:
        parts.append(_contracted(lefts, middle, rights, k[1]))
    else:
        parts.append(nodes.Size(dim=k[1]))
    return _all(parts)


def _turned(t: Term) -> int:
    """How many transposes a term holds."""
    return sum(isinstance(node, nodes.Transpose) for node in t.walk())


def _all(parts: list[Term]) -> Term:
    if len(parts) == 1:
        return parts[0]
    if all(part.is_scalar for part in parts):
        return nodes.Product(tuple(parts))
    return _entrywise(nodes.Hadamard, parts)


def _contracted(lefts: list[Term], middle: list[Term], rights: list[Term], dim: Dim) -> Term:
    left = _entrywise(nodes.Hadamard, lefts) if lefts else None
    right = _entrywise(nodes.Hadamard, rights) if rights else None
    if left is not None and right is not None:
        return left @ (_entrywise(nodes.Hadamard, [*middle, right]) if middle else right)
    if left is not None:
        return left @ (_entrywise(nodes.Hadamard, middle) if middle else nodes.ones(Shape(dim)))
    if right is not None:
        return (_entrywise(nodes.Hadamard, middle) if middle else nodes.ones(Shape(dim))).T @ right
    vector = _entrywise(nodes.Hadamard, middle)
    if isinstance(vector, nodes.Product) and len(vector.args) > 1:  # the sum of all row sums, or of all column sums
        for end, rest in ((vector.args[-1], vector.args[:-1]), (vector.args[0], vector.args[1:])):
            if isinstance(end.args[0] if isinstance(end, nodes.Transpose) else end, nodes.Ones):
                return nodes.Total((nodes.Product(rest) if len(rest) > 1 else rest[0],))
    return nodes.Total((vector,))
