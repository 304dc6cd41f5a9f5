"""Derivatives from the forward pass alone, in many digits: what the rules are compared with."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from derive.symbolic.scalars import numeric_derivatives
from derive.terms.arithmetic import ObjectArithmetic, digits
from derive.terms.definitions import forward

COUNT = 60
STEP = Fraction(1, 10**30)  # the error is of order STEP^2


def numbers(at_kink: Fraction = Fraction(0)) -> ObjectArithmetic:
    return digits(COUNT, numeric_derivatives(at_kink, COUNT))


def full(value, shape, sizes):
    return np.broadcast_to(np.asarray(value, dtype=object), shape.sizes(sizes))


def moves(definitions, symbol, result, known, sizes, arithmetic):
    """d(vec result) / d(vec symbol)^T, column by column as the entries of the symbol are moved (complex step)."""
    after = next((k + 1 for k, d in enumerate(definitions) if d.symbol == symbol), 0)
    start = full(known[symbol.key], symbol.shape, sizes)
    step = arithmetic.number(STEP) * 1j
    columns = []
    for column in range(start.shape[1]):
        for row in range(start.shape[0]):
            moved = start.copy()
            moved[row, column] = moved[row, column] + step
            found = forward(definitions[after:], {**known, symbol.key: moved}, sizes, arithmetic)[result.key]
            imaginary = np.frompyfunc(lambda v: v.imag / arithmetic.number(STEP), 1, 1)
            columns.append(imaginary(full(found, result.shape, sizes)).ravel(order="F"))
    return np.array(columns, dtype=object).T


def gradient(definitions, loss, symbol, known, sizes, arithmetic):
    """dL/d(symbol), in the shape of the symbol."""
    return moves(definitions, symbol, loss, known, sizes, arithmetic).reshape(symbol.shape.sizes(sizes), order="F")
