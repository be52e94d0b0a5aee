"""Linear fields of the reverse process as rational functions of ``v = exp(-t/2)``, their streams and their bounds.

In the coordinates ``z = y - m_t`` (m_t the ideal mean) and with a last coordinate that is always 1, every field is a
matrix of shape (d + 1, d + 1):

    M + v N + R S^{-1} - c J V^{-1}(I + v G)

with ``S = I + v^2 D`` the ideal covariance (its last entry 1), V the target's, J the projection on the first d
coordinates and G the column of the difference of means. With the stochasticity lam and ``k = (1 + lam^2)/2``,
``J/2 - k J S^{-1}`` is the ideal drift, under which S is the covariance for every lam: ``S' = S - 2k I + lam^2 I =
S - I``. The error enters the drift k times, and k times it is what is called C here; it is
``[[A, b], [0, 0]] + v [[0, A m], [0, 0]] + [[R + c, 0], [0, 0]] S^{-1} - c J V^{-1}(I + v G)``.

About a centre v = c a power series is a *stream* of its coefficients: each operator takes the next coefficient and
gives the next of its result. Quotients by S are recurrences of three terms,
``S_c u_k = z_k - 2c D u_{k-1} - D u_{k-2}``, so that nothing is convolved.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flint import arb, arb_mat, fmpq

from gausscollapse.process.certified.balls import (
    Ball,
    Matrix,
    Rational,
    frobenius,
    identity,
    lifted,
    rational_matrix,
    spectral,
)
from gausscollapse.process.certified.exact_process import ExactProcess, changed

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


class Centre:
    """A centre of expansion in v.

    Parameters
    ----------
    coefficients : Coefficients
        Of the process.
    v : arb
        The centre c.
    """

    def __init__(self, coefficients: Coefficients, v: Ball) -> None:
        self.coefficients = coefficients
        self.v = v
        self.data = Resolvent.at(coefficients.change, v)
        self.target = self.data
        if coefficients.target_change is not None:
            self.target = Resolvent.at(coefficients.target_change, v)

    @property
    def reach(self) -> float:
        """Largest fraction of c, about, at which the disc meets no singularity."""
        steepest = max(float(part.steepness) for part in (self.data, self.target))
        return min(1.0, (1.0 + 1.0 / steepest) ** 0.5 - 1.0) if steepest > 0.0 else 1.0

    def disc(self, fraction: float) -> Disc:
        """Return the disc of that radius, as a fraction of c, with its bounds."""
        part = arb(fraction)
        return Disc(
            part,
            (2 * part / (1 - part)).abs_upper(),
            (self.v * (1 + part)).abs_upper(),
            self.data.bound(part).abs_upper(),
            self.target.bound(part).abs_upper(),
        )

    def covariance(self, ratio: Ball) -> tuple[Matrix, Matrix, Matrix]:
        """Return the three coefficients of ``S`` in powers of x, ``v = c (1 + ratio x)``."""
        change = self.coefficients.change * (self.v * self.v)
        return self.coefficients.eye + change, change * (2 * ratio), change * (ratio * ratio)

    def largest_variance(self, disc: Disc) -> Ball:
        """Return a bound of the spectral norm of S, its last entry 1 included, on a disc."""
        return _largest_on(self.coefficients.change, self.v, disc.fraction)

    def largest_target_variance(self, disc: Disc) -> Ball:
        """Return a bound of the spectral norm of V, its last entry 1 included, on a disc."""
        change = self.coefficients.target_change
        return _largest_on(self.coefficients.change if change is None else change, self.v, disc.fraction)

    def covariance_bound(self, disc: Disc) -> Ball:
        """Return a bound of the Frobenius norm of S, its last entry 1 included, on a disc."""
        first, second, third = (frobenius(part) for part in self.covariance(disc.fraction))
        return (first + second + third).abs_upper()


def _largest_on(change: Matrix, v: Ball, fraction: Ball) -> Ball:
    """Return a bound of ``||I + w^2 D||`` for ``|w - v| <= fraction v``."""
    square = change * (v * v)
    return spectral(identity(change.nrows()) + square) + spectral(square) * fraction * (2 + fraction)


@dataclass(frozen=True, eq=False)
class Field:
    """One linear field; the formula is the module's.

    Parameters
    ----------
    constant, linear, response : arb_mat, shape (d + 1, d + 1)
        M, N and R.
    share : arb
        c.
    """

    constant: Matrix
    linear: Matrix
    response: Matrix
    share: Ball

    def plus(self, other: Field, factor: Ball) -> Field:
        """Return this field plus `factor` times another."""
        return Field(
            self.constant + other.constant * factor,
            self.linear + other.linear * factor,
            self.response + other.response * factor,
            self.share + other.share * factor,
        )

    @cached_property
    def norms(self) -> tuple[Ball, Ball, Ball, Ball]:
        """Bounds of the norms of the blocks of M and N, of R, and of ``R - c J``."""
        count = self.constant.nrows()
        first = identity(count)
        first[count - 1, count - 1] = 0
        return (
            spectral(self.constant * first),
            spectral(self.linear * first),
            spectral(self.response),
            spectral(self.response - first * self.share),
        )

    def core_bound(self, disc: Disc, change: Ball) -> Ball:
        """Return a bound of the spectral norm of the (d, d) block on a disc.

        `change` bounds ``||V - S||/|v|^2``: ``S^{-1} - V^{-1} = S^{-1}(V - S)V^{-1}`` is small for near targets.
        """
        constant, linear, response, rest = self.norms
        share = abs(self.share).abs_upper()
        apart = response * disc.data + share * disc.target
        near = rest * disc.data + share * disc.reach**2 * disc.data * disc.target * change
        return (constant + disc.reach * linear + apart.min(near)).abs_upper()

    def column_bound(self, disc: Disc, gap: Ball) -> Ball:
        """Return a bound of the length of the last column on a disc; `gap` is the length of G's column."""
        count = self.constant.nrows()
        last = arb_mat(count, count)
        last[count - 1, count - 1] = 1
        share = abs(self.share).abs_upper()
        moved = disc.reach * (frobenius(self.linear * last) + share * disc.target * gap)
        return (frobenius(self.constant * last) + moved).abs_upper()


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


class Coefficients:
    """The fields of a process as balls at the working precision.

    Parameters
    ----------
    process : ExactProcess
        With rational parameters.
    """

    def __init__(self, process: ExactProcess) -> None:
        dim, form = process.dim, process.form
        self.process = process
        self.dim = dim
        self.eye = identity(dim + 1)
        self.first = identity(dim + 1)
        self.first[dim, dim] = 0
        self.change = lifted(arb_mat(process.change), None, dim)
        gain = process.gain() * process.pull
        target = form.target if form.share != 0 else None
        self.target_change = None if target is None else lifted(arb_mat(changed(target)), None, dim)
        shift: Rational = process.mean * 0 if target is None else process.mean - rational_matrix(target.mean)
        self.gap = lifted(None, arb_mat(shift), dim)
        self.gap_bound = frobenius(self.gap)
        self.change_bound = arb(0) if target is None else spectral(self.target_change - self.change)
        slope, offset, response = (arb_mat(part) * gain for part in (form.slope, form.offset, form.response))
        share = arb(form.share) * gain
        half = self.first * fmpq(1, 2)
        empty = arb_mat(dim + 1, dim + 1)
        self.pull = arb(process.pull)
        self.ideal = Field(half, empty, self.first * -process.pull, arb(0))
        self.error = Field(
            lifted(slope, offset, dim),
            lifted(None, slope * arb_mat(process.mean), dim),
            lifted(response, None, dim) + self.first * share,
            share,
        )
        self.start, self.stop = (-arb(process.horizon) / 2).exp(), (-arb(process.stop) / 2).exp()
        # exp(-stop/2) - exp(-horizon/2), without cancellation
        self.span = -self.stop * (-arb(process.horizon - process.stop) / 2).expm1()

    def drift(self, theta: Ball) -> Field:
        """Return the drift under `theta` times the error: 0 the ideal, 1 the learned process."""
        return self.ideal.plus(self.error, theta)

    def core(self, field: Field, disc: Disc) -> Ball:
        """Return a bound of the spectral norm of a field's (d, d) block on a disc."""
        return field.core_bound(disc, self.change_bound)

    def column(self, field: Field, disc: Disc) -> Ball:
        """Return a bound of the length of a field's last column on a disc."""
        return field.column_bound(disc, self.gap_bound)

    def at(self, field: Field, v: Ball) -> Matrix:
        """Return a field at v, shape (d + 1, d + 1)."""
        result = field.constant + field.linear * v + field.response * self.covariance(v).inv()
        if self.target_change is not None:
            target = self.eye + self.target_change * (v * v)
            result = result - self.first * target.inv() * (self.eye + self.gap * v) * field.share
        return result

    def covariance(self, v: Ball) -> Matrix:
        """Return S at v with its last entry 1, shape (d + 1, d + 1)."""
        return self.eye + self.change * (v * v)
