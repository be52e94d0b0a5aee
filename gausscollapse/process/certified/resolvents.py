"""Inverses of marginal covariances ``S = I + v^2 D`` about a centre v = c: their bounds on discs, and their streams.

About a centre a power series is a *stream* of its coefficients: each operator takes the next coefficient and gives
the next of its result. Quotients by S are recurrences of three terms, ``S_c u_k = z_k - 2c D u_{k-1} - D u_{k-2}``:
nothing is convolved.
"""

from __future__ import annotations

from dataclasses import dataclass

from flint import arb

from gausscollapse.process.certified.balls import Ball, Matrix, identity, spectral

# An S up to this costs four bits.
SMALL = 16


@dataclass(frozen=True, eq=False)
class Resolvent:
    """``(I + v^2 D)^{-1}`` about a centre: the inverse of a marginal covariance.

    Parameters
    ----------
    change : arb_mat, shape (d + 1, d + 1)
        D, with a last row and column of zeros.
    inverse, pull : arb_mat, shape (d + 1, d + 1)
        ``S^{-1}`` and ``v^2 S^{-1} D`` at the centre.
    size, steepness, largest : arb
        Bounds of the spectral norms of ``J S^{-1}``, of `pull` and of ``S - I`` at the centre.
    """

    change: Matrix
    inverse: Matrix
    pull: Matrix
    size: Ball
    steepness: Ball
    largest: Ball

    @classmethod
    def at(cls, change: Matrix, v: Ball) -> Resolvent:
        """Return the resolvent at a centre; `ZeroDivisionError` where the balls are too wide to invert."""
        count = change.nrows()
        square = v * v
        moved = change * square
        inverse = (identity(count) + moved).inv()
        pull = inverse * moved
        first = identity(count)
        first[count - 1, count - 1] = 0
        return cls(change, inverse, pull, spectral(inverse * first), spectral(pull), spectral(moved))

    def bound(self, fraction: Ball) -> Ball:
        """Return a bound of ``||J S^{-1}||`` for ``|v - c| <= fraction c``; not finite where there is none."""
        spare = 1 - self.steepness * fraction * (2 + fraction)
        return self.size / spare if spare > 0 else arb.pos_inf()


class InverseStream:
    """The stream of ``S^{-1} z`` for ``v = c (1 + r x)``, in powers of x.

    ``S^{-1} = I - P`` with the pull P saves a product in ``S_c^{-1} z_k - P (2r u_{k-1} + r^2 u_{k-2})`` and loses as
    many bits as S has: it is used for small S.
    """

    def __init__(self, resolvent: Resolvent, ratio: Ball) -> None:
        self._inverse = None if resolvent.largest < SMALL else resolvent.inverse
        self._pull = resolvent.pull
        self._twice, self._square = 2 * ratio, ratio * ratio
        self._last: list[Matrix] = []

    def __call__(self, z: Matrix) -> Matrix:
        """Return the next coefficient of the result."""
        pulled = z if self._inverse is None else None
        for before, factor in zip(self._last, (self._twice, self._square), strict=False):
            part = before * factor
            pulled = part if pulled is None else pulled + part
        result = z if self._inverse is None else self._inverse * z
        if pulled is not None:
            result = result - self._pull * pulled
        self._last = [result, *self._last[:1]]
        return result


@dataclass(frozen=True)
class Disc:
    """The complex disc ``|v - c| <= fraction c`` and what is bounded there.

    Parameters
    ----------
    fraction : arb
        Its radius over c, below 1.
    length : arb
        Bound of ``int |dt|`` along a ray: ``2 fraction/(1 - fraction)``.
    reach : arb
        Bound of ``|v|``.
    data, target : arb
        Bounds of ``||S^{-1}||`` and of ``||V^{-1}||``.
    """

    fraction: Ball
    length: Ball
    reach: Ball
    data: Ball
    target: Ball
