"""The forward process of a Gaussian at the times of a sampler's grid in balls, and what a scheme's drift misses.

With ``v = exp(-t/2)`` and coordinates ``z = x - v m`` the score is ``-S^{-1} z`` with ``S = I + v^2 (Sigma - I)``;
an affine error is ``A z + o``. Two times s < t have the covariance ``E z_t z_s^T = r S_s``, ``r = exp(-(t - s)/2)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flint import acb, acb_mat, arb, arb_mat, fmpq

from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.process.certified.balls import Ball, Matrix, Rational, block, identity, rational
from gausscollapse.process.certified.exact_process import ExactProcess
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.sampling import DiscretisedProcess
from gausscollapse.sampling.schemes import ANCESTRAL, linear_part, scheme_is

# Of an integral over one step: more than a float has.
TOLERANCE = 1e-22


@dataclass(frozen=True)
class Place:
    """The forward process at one time: v, S, its inverse, the ideal mean, and the error's slope and value there."""

    v: Ball
    covariance: Matrix
    precision: Matrix
    mean: Matrix
    slope: Matrix
    offset: Matrix


class BallSteps:
    """A sampler of Gaussian data with an affine error, at the working precision of the moment.

    Parameters
    ----------
    sampler : DiscretisedProcess
        With Gaussian data and an affine error; its times are read as the rational numbers that they are.

    Raises
    ------
    NotSupportedError
        If the data is a mixture, or the sampler is ancestral or no reverse equation's.
    """

    def __init__(self, sampler: DiscretisedProcess) -> None:
        process = sampler.process
        if not process.is_linear or process.stochasticity != 1.0 or scheme_is(sampler.scheme, ANCESTRAL):
            raise NotSupportedError(
                "sampler: chains are certified for Gaussian data, an affine error and schemes with the noise of the "
                "reverse equation only; accepted: such a sampler"
            )
        self.process, self.dim = ExactProcess.of(process), process.dim
        self.times: list[Rational] = [rational(time) for time in sampler.times.tolist()]
        part = linear_part(sampler.scheme)
        self.linear: list[Rational] | None = None
        if part is not None:
            numbers = [rational(number) for number in part.tolist()]
            self.linear = numbers * (self.dim if len(numbers) == 1 else 1)

    @cached_property
    def coefficients(self) -> Coefficients:
        """The process as balls."""
        return Coefficients(self.process)

    @cached_property
    def lengths(self) -> list[Rational]:
        """Length h of every step."""
        return [late - early for late, early in zip(self.times, self.times[1:], strict=False)]

    @cached_property
    def places(self) -> list[Place]:
        """The forward process at the times of the grid."""
        return [self.place(time) for time in self.times]

    def place(self, time: Rational) -> Place:
        """Return the forward process at a time."""
        inside, last = range(self.dim), range(self.dim, self.dim + 1)
        v = (-arb(time) / 2).exp()
        covariance = block(self.coefficients.covariance(v), inside, inside)
        error = self.coefficients.at(self.coefficients.error, v)
        mean = arb_mat(self.process.mean) * v
        return Place(v, covariance, covariance.inv(), mean, block(error, inside, inside), block(error, inside, last))

    @cached_property
    def middle(self) -> tuple[int, Rational]:
        """Number of the middle step, and its middle as the float that the float path takes."""
        k = (len(self.times) - 1) // 2
        high, low = (int(time.p) / int(time.q) for time in (self.times[k], self.times[k + 1]))
        return k, rational(0.5 * (high + low))

    def missed(self, place: Place, v: acb, *, score: acb, linear: Sequence[Rational], error: acb) -> acb:
        """Return ``E|(a s_k + B X_k + c e)(X_k) - s(X) - B X|^2``, X at ``v = exp(-t/2)`` before the place's time.

        Parameters
        ----------
        place : Place
            That of X_k.
        v : acb
            Where the score is that of the exact process; analytic in it.
        score, error : acb
            a and c.
        linear : sequence of fmpq, length d
            The diagonal of B.
        """
        dim = self.dim
        part = acb_mat([[acb(linear[i]) if i == j else acb(0) for j in range(dim)] for i in range(dim)])
        eye = acb_mat(identity(dim))
        now = eye + acb_mat(arb_mat(self.process.change)) * (v * v)
        late = part - acb_mat(place.precision) * score + acb_mat(place.slope) * error
        early = now.inv() - part
        still = part * acb_mat(place.mean) + acb_mat(place.offset) * error
        still = still - part * (acb_mat(arb_mat(self.process.mean)) * v)
        cross = late * (early * now).transpose() * (acb(place.v) / v)
        squares = late * acb_mat(place.covariance) * late.transpose() + early * now * early.transpose()
        return _trace(squares) + 2 * _trace(cross) + (still.transpose() * still)[0, 0]

    def path_square(self) -> Ball:
        """Return half the mean square of the drift's difference over all steps, from the joint law of two times."""
        linear = [fmpq(0)] * self.dim if self.linear is None else self.linear
        total = arb(0)
        for k, place in enumerate(self.places[:-1]):
            early = self.times[k + 1]

            def square(t: acb, analytic: bool, place: Place = place) -> acb:  # noqa: ARG001
                v = (-t / 2).exp()
                r = acb(place.v) / v if self.linear is None else acb(1)
                try:
                    return self.missed(place, v, score=r, linear=linear, error=r)
                except ZeroDivisionError:
                    # A ball of times too wide to invert S: the integrator takes smaller ones.
                    return acb(arb.nan(), arb.nan())

            found = acb.integral(
                square, acb(early), acb(self.times[k]), rel_tol=arb(TOLERANCE), abs_tol=arb(TOLERANCE)
            )
            total += found.real / 2
        return total

    def middle_squares(self) -> tuple[Ball, Ball, Ball, Ball]:
        """Return ``E|f - s_t|^2``, ``E|f - r s_k|^2``, ``J(t)``, ``r^2 J(t_k)`` at the middle of the middle step."""
        k, time = self.middle
        place, now = self.places[k], self.place(time)
        nothing, r = [fmpq(0)] * self.dim, place.v / now.v
        whole = self.missed(place, acb(now.v), score=acb(1), linear=nothing, error=acb(1)).real
        late = place.slope - place.precision * (1 - r)
        projected = (late * place.covariance * late.transpose()).trace() + _square(place.offset)
        return whole, projected, now.precision.trace(), r * r * place.precision.trace()

    def start(self) -> tuple[Matrix, Matrix]:
        """Return the deviation of the start's mean from the ideal one, and its covariance."""
        first = self.places[0]
        if self.process.matched:
            return arb_mat(self.dim, 1), first.covariance
        return -first.mean, identity(self.dim)

    def endpoint(self) -> tuple[Matrix, Matrix]:
        """Return the deviation of the endpoint's mean from the ideal one, and its covariance, by the chain."""
        deviation, covariance = self.start()
        for k, (place, h) in enumerate(zip(self.places[:-1], self.lengths, strict=True)):
            state, score, variance = self._coefficients(h)
            drift = state + score * (place.slope - place.precision)
            moved = state * place.mean - self.places[k + 1].mean
            deviation = drift * deviation + score * place.offset + moved
            covariance = drift * covariance * drift.transpose() + variance
        return deviation, covariance

    def _coefficients(self, h: Rational) -> tuple[Matrix, Matrix, Matrix]:
        """Return the diagonal matrices of state, score and noise of a step, as `scheme_steps` defines them."""
        step = arb(h)
        if self.linear is None:
            values = [((step / 2).exp(), 2 * (step / 2).sinh(), step.expm1())] * self.dim
        else:
            values = []
            for part in self.linear:
                rate = fmpq(1, 2) - part
                score, noise = _growth(rate, h), _growth(2 * rate, h)
                values.append(((arb(rate * h)).exp() + arb(part) * score, score, noise))
        state, score, noise = (diagonal(column) for column in zip(*values, strict=True))
        return state, score, noise


def diagonal(entries: Sequence[Ball]) -> Matrix:
    """Return a diagonal matrix."""
    return arb_mat([[entry if i == j else arb(0) for j in range(len(entries))] for i, entry in enumerate(entries)])


def _growth(rate: Rational, h: Rational) -> Ball:
    """Return ``(exp(rate h) - 1)/rate``, h where the rate is 0."""
    return arb(h) if rate == 0 else arb(rate * h).expm1() / rate


def _square(column: Matrix) -> Ball:
    return (column.transpose() * column)[0, 0]


def _trace(matrix: acb_mat) -> acb:
    return sum((matrix[i, i] for i in range(matrix.nrows())), acb(0))
