"""Linear fields of the reverse process as rational functions of ``v = exp(-t/2)``, and their bounds.

In the coordinates ``z = y - m_t`` (m_t the ideal mean) and with a last coordinate that is always 1, every field is a
matrix of shape (d + 1, d + 1):

    M + v N + R S^{-1} - c J V^{-1}(I + v G)

with ``S = I + v^2 D`` the ideal covariance (its last entry 1), V the target's, J the projection on the first d
coordinates and G the column of the difference of means. With the stochasticity lam and ``k = (1 + lam^2)/2``,
``J/2 - k J S^{-1}`` is the ideal drift, under which S is the covariance for every lam: ``S' = S - 2k I + lam^2 I =
S - I``. The error enters the drift k times, and k times it is what is called C here; it is
``[[A, b], [0, 0]] + v [[0, A m], [0, 0]] + [[R + c, 0], [0, 0]] S^{-1} - c J V^{-1}(I + v G)``.
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
from gausscollapse.process.certified.resolvents import Disc


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
        self.response = lifted(response, None, dim)
        # V - S over v^2, exactly: the realizable error is small where the target is near.
        self.apart = lifted(None if target is None else arb_mat(changed(target) - process.change), None, dim)
        self.share = share
        self.pull = arb(process.pull)
        self.ideal = Field(half, empty, self.first * -process.pull, arb(0))
        self.error = Field(
            lifted(slope, offset, dim),
            lifted(None, slope * arb_mat(process.mean), dim),
            self.response + self.first * share,
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
