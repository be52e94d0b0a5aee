"""Streams of linear fields about a centre: coefficients of ``F z`` and ``F^T y`` from those of z and y."""

from __future__ import annotations

from gausscollapse.process.certified.balls import Ball, Matrix
from gausscollapse.process.certified.centres import Centre
from gausscollapse.process.certified.fields import Field
from gausscollapse.process.certified.resolvents import InverseStream


def _zero(matrix: Matrix) -> bool:
    return all(entry.is_zero() for entry in matrix.entries())


class FieldStream:
    """The stream of ``F z`` of a field F about a centre, ``v = c (1 + ratio x)``."""

    def __init__(self, field: Field, centre: Centre, ratio: Ball) -> None:
        self._constant = field.constant + field.linear * centre.v
        self._linear = None if _zero(field.linear) else field.linear * (centre.v * ratio)
        self._response = None if _zero(field.response) else field.response
        self._solve = InverseStream(centre.data, ratio)
        self._share = None if field.share.is_zero() else centre.coefficients.first * field.share
        self._solve_target = InverseStream(centre.target, ratio)
        self._near = centre.coefficients.eye + centre.coefficients.gap * centre.v
        self._far = centre.coefficients.gap * (centre.v * ratio)
        self._before: Matrix | None = None

    def __call__(self, z: Matrix) -> Matrix:
        """Return the next coefficient of the result."""
        result = self._constant * z
        if self._linear is not None and self._before is not None:
            result = result + self._linear * self._before
        if self._response is not None:
            result = result + self._response * self._solve(z)
        if self._share is not None:
            moved = self._near * z
            if self._before is not None:
                moved = moved + self._far * self._before
            result = result - self._share * self._solve_target(moved)
        self._before = z
        return result


class TransposedStream:
    """The stream of ``F^T y`` of a field F about a centre, ``v = c (1 + ratio x)``."""

    def __init__(self, field: Field, centre: Centre, ratio: Ball) -> None:
        self._constant = (field.constant + field.linear * centre.v).transpose()
        self._linear = None if _zero(field.linear) else field.linear.transpose() * (centre.v * ratio)
        self._response = None if _zero(field.response) else field.response.transpose()
        self._solve = InverseStream(centre.data, ratio)
        self._share = None if field.share.is_zero() else centre.coefficients.first * field.share
        self._solve_target = InverseStream(centre.target, ratio)
        self._near = (centre.coefficients.eye + centre.coefficients.gap * centre.v).transpose()
        self._far = centre.coefficients.gap.transpose() * (centre.v * ratio)
        self._before: Matrix | None = None
        self._solved: Matrix | None = None

    def __call__(self, y: Matrix) -> Matrix:
        """Return the next coefficient of the result."""
        result = self._constant * y
        if self._linear is not None and self._before is not None:
            result = result + self._linear * self._before
        if self._response is not None:
            result = result + self._solve(self._response * y)
        if self._share is not None:
            solved = self._solve_target(self._share * y)
            result = result - self._near * solved
            if self._solved is not None:
                result = result - self._far * self._solved
            self._solved = solved
        self._before = y
        return result
