"""Early stopping of one Gaussian in balls: distances from the limit law, and Hermite coefficients.

With F = exp(-t0/2) rational the Ornstein-Uhlenbeck map is ``N(m, S) -> N(F m, F^2 (S - I) + I)``, self-adjoint in
L^2(1/N(0, I)): inner products of components of ages j and k depend on j + k alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flint import arb, arb_mat, arb_poly, fmpq, fmpq_mat

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.certified.balls import Ball, Rational, identity, precision, rational, rational_matrix
from gausscollapse.retraining.certified.exact_trajectory import ExactGaussian, Retraining
from gausscollapse.retraining.certified.products import definite
from gausscollapse.retraining.certified.proven import enclosed, proven

LEAST_SHARE = 0.05
# Mass of the ages of the limit law that are bounded and not summed.
TAIL = fmpq(1, 10**24)
# Beyond this exponent the float path divides both sides by a common factor.
LARGE, LARGE_BITS = 590, 192
Weights = list[Rational]


def factor_of(trajectory: Retraining) -> Rational | None:
    """Return F = exp(-t0/2) where every step is early stopping at one time up to rounding, with one fraction."""
    kinds, shares = set(trajectory.channels), set(trajectory.fresh.tolist())
    lasting = trajectory.workflow.last_model
    if not lasting or len(kinds) != 1 or len(shares) != 1 or shares.pop() < LEAST_SHARE:
        return None
    channel = kinds.pop()
    matrix, noise = rational_matrix(channel.matrix), rational_matrix(channel.noise)
    first, eye = matrix[0, 0], _eye(channel.dim)
    if not 0 < first < 1 or matrix != eye * first or any(channel.offset.tolist()):
        return None
    room = (1 - first * first) / 10**9 + fmpq(1, 10**12)
    off = noise - eye * (1 - first * first)
    return first if all(-room <= entry <= room for entry in off.entries()) else None


def _eye(dim: int) -> Rational:
    return fmpq_mat([[int(i == j) for j in range(dim)] for i in range(dim)])


@dataclass(frozen=True, eq=False)
class StoppedRetraining:
    """Early stopping with a constant fresh fraction, of Gaussian data and start.

    Parameters
    ----------
    data, start : ExactGaussian
        p and ``p^_0``.
    fresh : fmpq
        a, above 0.
    factor : fmpq
        F = exp(-t0/2); the noise of the step is read as ``1 - F^2``, which the float given rounds.

    Examples
    --------
    Half of the data fresh and F = 1/2: the mean keeps ``sum_k (1/2)^k (1/2)^k = 1/3`` of itself in the limit.

    >>> import gausscollapse as gc
    >>> from gausscollapse.retraining.certified import StoppedRetraining
    >>> halve = gc.AffineChannel(0.5, 0.0, 0.75)
    >>> trajectory = gc.retrain(gc.Gaussian(0.3, 1), fresh=0.5, step=halve, generations=2)
    >>> stopped = StoppedRetraining.of(trajectory)
    >>> limit, data = stopped.hermite(1)
    >>> round(float(limit.value[0] / data.value[0]), 12), limit.guarantee
    (0.333333333333, 'certified')

    Each generation is nearer to the limit:

    >>> first, second = (float(stopped.distance(n).value[0]) for n in (0, 1))
    >>> stopped.finite(1), second / first < 0.25**2
    (True, True)
    """

    data: ExactGaussian
    start: ExactGaussian
    fresh: Rational
    factor: Rational

    @classmethod
    def of(cls, trajectory: Retraining) -> StoppedRetraining:
        """Read a trajectory.

        Raises
        ------
        NotSupportedError
            If data or start is a mixture, or a step is no early stopping.
        """
        data, start, factor = trajectory.data, trajectory.start, factor_of(trajectory)
        if not isinstance(data, Gaussian) or not isinstance(start, Gaussian) or factor is None:
            raise NotSupportedError(
                "trajectory: the limit of early stopping is certified for one Gaussian only; accepted: Gaussian data "
                "and start, one early-stopping channel, one fresh fraction of at least 0.05"
            )
        share = rational(float(trajectory.fresh[0]))
        return cls(ExactGaussian.of(data), ExactGaussian.of(start), share, factor)

    @property
    def time(self) -> float:
        """``t0 = -2 log F``, the nearest float."""
        (ball,) = proven(lambda: [-2 * arb(self.factor).log()])
        return float(ball.mid())

    @cached_property
    def ages(self) -> int:
        """Number of ages of the limit law that are summed."""
        count, left = 1, 1 - self.fresh
        while left > TAIL:
            # dyadic, rounded upwards: exact powers would grow without use
            left = fmpq(int((left * (1 - self.fresh)) * 2**160) + 1, 2**160)
            count += 1
        return count

    def _laws(self, generation: int) -> tuple[Weights, Weights]:
        """Return the weights of data and of start by age in ``p^_n``, ages counted from 0."""
        of_data: Weights = [fmpq(0)]
        of_start: Weights = [fmpq(1)]
        for _ in range(generation):
            mixed = [(1 - self.fresh) * weight for weight in of_data]
            mixed[0] += self.fresh
            of_data, of_start = [fmpq(0), *mixed], [fmpq(0), *((1 - self.fresh) * w for w in of_start)]
        return of_data, of_start

    @cached_property
    def _same(self) -> bool:
        return self.data.key == self.start.key

    def _reaches(self, law: ExactGaussian, age: int) -> bool:
        """Return whether a law of that age has finite chi-squared against N(0, I), exactly."""
        eye = _eye(law.cov.nrows())
        return definite(eye - (law.cov - eye) * self.factor ** (2 * age))

    def finite(self, generation: int) -> bool:
        """Return whether ``p^_n - L`` is square integrable: its components are, of which L has age 1 and more."""
        models = [(self.data, weights) for weights in self._laws(generation)]
        models[1] = (self.start, models[1][1])
        used = [(law, age) for law, weights in models for age, weight in enumerate(weights) if weight != 0]
        return all(self._reaches(law, age) for law, age in [*used, (self.data, 1)])

    def _product(self, first: ExactGaussian, second: ExactGaussian, power: Ball) -> Ball:
        """Return ``int f g/N(0, I)`` of f = first and g = the image of second, with ``F^age = power``.

        For ``N(m, I + X)`` and ``N(n, I + Y)`` it is ``det(I - X Y)^{-1/2} exp(Q)`` (Mehler's formula), where
        ``2 Q = h.P^{-1} h - m.(I+X)^{-1} m - n.(I+Y)^{-1} n`` with h and P as in `products`.
        """
        dim = first.mean.nrows()
        eye = identity(dim)
        m, n = arb_mat(first.mean), arb_mat(second.mean) * power
        x, y = arb_mat(first.cov) - eye, (arb_mat(second.cov) - eye) * (power * power)
        inner, other = (eye + x).inv(), (eye + y).inv()
        h = inner * m + other * n
        quadratic = (h.transpose() * (inner + other - eye).solve(h))[0, 0]
        quadratic -= (m.transpose() * inner * m)[0, 0] + (n.transpose() * other * n)[0, 0]
        return (quadratic / 2).exp() / (eye - x * y).det().sqrt()

    @property
    def large(self) -> bool:
        """Whether a component of data, start or limit has a finite squared norm beyond ``exp(LARGE)``."""
        with precision(LARGE_BITS):
            factor = arb(self.factor)
            return any(
                self._product(law, law, factor ** (2 * age)).log() > LARGE
                for law, age in ((self.data, 0), (self.data, 1), (self.start, 0))
                if self._reaches(law, age)
            )

    def _limit(self) -> list[Ball]:
        """Return the weights of the ages 0, 1, ..., K in L; what is left of the mass, (1-a)^K, is not among them."""
        share, weight, weights = 1 - arb(self.fresh), arb(self.fresh), [arb(0)]
        for _ in range(self.ages):
            weights.append(weight)
            weight *= share
        return weights

    def _distance(self, generation: int) -> Ball:
        """Return ``||p^_n - L||^2``, the ages beyond K in a ball.

        They are ``(1-a)^K N(0, I)`` up to ``(1-a)^K F^K ||OU_1 p - N(0, I)||`` in norm.
        """
        of_data, of_start = self._laws(generation)
        signed = [-weight for weight in self._limit()]
        signed += [arb(0)] * (generation + 1 - len(signed))
        for age, weight in enumerate(of_data):
            signed[age] += arb(weight)
        started = [arb(weight) for weight in of_start]
        if self._same:
            signed[generation] += started[generation]
            started = []
        left, factor = (1 - arb(self.fresh)) ** self.ages, arb(self.factor)
        total = left * left + self._paired(signed, signed, self.data, self.data)
        total += 2 * self._paired(signed, started, self.data, self.start)
        total += self._paired(started, started, self.start, self.start)
        # N(0, I) has inner product 1 with every law.
        total -= 2 * left * (sum(signed, arb(0)) + sum(started, arb(0)))
        image = self._product(self.data, self.data, factor * factor) - 1
        beyond = left * image.abs_upper().sqrt() * factor**self.ages
        return total + arb(0, 1) * (2 * total.abs_upper().sqrt() * beyond + beyond * beyond).abs_upper()

    def _paired(self, one: Sequence[Ball], two: Sequence[Ball], first: ExactGaussian, second: ExactGaussian) -> Ball:
        """Return ``sum_jk one_j two_k G(j + k)`` with ``G(s) = int first OU_s second/N(0, I)``."""
        total, power, factor = arb(0), arb(1), arb(self.factor)
        for weight in (arb_poly(list(one)) * arb_poly(list(two))).coeffs():
            if weight != 0:
                total += weight * self._product(first, second, power)
            power *= factor
        return total

    def distance(self, generation: int) -> Enclosure:
        """Return ``||p^_n - L||^2`` in L^2(1/N(0, I)), shape (1,); inf where that is proved."""
        if not self.finite(generation):
            return enclosed([None], (1,))
        return enclosed(proven(lambda: [self._distance(generation)], floors=[arb(10) ** -30]), (1,), least=0.0)

    def hermite(self, degree: int) -> tuple[Enclosure, Enclosure]:
        """Return the coefficients of limit and data for ``degree`` along the first axis, shape (1,) each.

        They are at most those of age 0 in every age, so that the ages beyond K give at most their mass of it.
        """
        floor = [arb(10) ** -30] * 2
        found = proven(lambda: self._coefficients(degree), floors=floor)
        return enclosed(found[:1], (1,)), enclosed(found[1:], (1,))

    def _coefficients(self, degree: int) -> list[Ball]:
        mean, excess = arb(self.data.mean[0, 0]), arb(self.data.cov[0, 0] - 1)
        norm, factor = arb(degree).gamma().sqrt() * arb(max(degree, 1)).sqrt(), arb(self.factor)
        own = _hermite(degree, mean, excess) / norm
        total, power = arb(0), arb(1)
        for weight in self._limit():
            total += weight * _hermite(degree, mean * power, excess * power * power) / norm
            power *= factor
        beyond = (own.abs_upper() * (1 - arb(self.fresh)) ** self.ages).abs_upper()
        return [total + arb(0, 1) * beyond, own]


def _hermite(degree: int, mean: Ball, excess: Ball) -> Ball:
    """Return ``E He_k(X)`` for N(m, 1 + x): ``E He_{k+1} = m E He_k + k x E He_{k-1}`` (Stein's identity)."""
    before, now = arb(0), arb(1)
    for k in range(degree):
        before, now = now, mean * now + k * excess * before
    return now
