"""Exponential moments of paths by linear equations (Radon's lemma), and their finiteness by proof.

``log E_{P*} exp(theta1 M + theta2 [M])`` is ``log E exp(kappa int |e|^2)`` under the drift ``F = F0 + theta C`` with
``theta = theta1`` and ``kappa = theta2 + theta1^2/2`` (Girsanov). Given z at forward time t it is
``z^T P z/2 + (1/2) int tr P`` in homogeneous coordinates, with

    P' = F^T P + P F + P E P + 2 kappa C^T C,  P(t0) = 0,  E = diag(I, 0).

Radon's lemma: ``P = Y X^{-1}`` with ``X' = -F X - E Y``, ``Y' = F^T Y + 2 kappa C^T C X``, and
``int tr P = -log det X - int tr F`` over the first d coordinates. Every step starts again from X = I, Y = P.

The moment is finite iff det X has no zero on the way and ``K = S_T^{-1} - P`` is positive definite (and what replaces
K where the start is N(0, I)). On a step X is invertible where ``sum ||X_k|| x^k < 1``. As P starts at 0 and its
equation has no negative term for kappa >= 0, a direction with ``v^T P v < 0`` proves that there was a zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb, arb_mat

from gausscollapse.process.certified.balls import (
    Ball,
    Matrix,
    block,
    even,
    frobenius,
    identity,
    positive_definite,
    symmetric,
)
from gausscollapse.process.certified.centres import Centre
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.resolvents import Disc
from gausscollapse.process.certified.streams import FieldStream, TransposedStream
from gausscollapse.process.certified.sweep import (
    ROUNDED_UP,
    Effort,
    PrecisionError,
    Rates,
    State,
    Step,
    WorkLimitError,
    blur,
    choose,
    expand,
    sound,
    total,
)

# Largest product of step and norm: beyond it X is seldom provably invertible on the whole step.
LONGEST = 0.6
# A step that must be cut below this share of the one that the tails allow is not worth taking.
SHORTEST = 2.0**-30
LEAST_WEIGHT = 1e-3
# Radius, as a fraction of the centre, on which the norm is that at the centre.
NEARBY = 1e-9


class Hamiltonian:
    """Radon's linear system in forward time; the state is X, Y and the integral of F."""

    def __init__(self, coefficients: Coefficients, *, theta: Ball, kappa: Ball) -> None:
        self.coefficients = coefficients
        self._drift = coefficients.drift(theta)
        self._theta = theta
        self._kappa = kappa

    def _sizes(self, disc: Disc) -> tuple[Ball, Ball, Ball, Ball]:
        """Return bounds of F, of C's slope and constant part, and the weight that balances X and Y."""
        coefficients = self.coefficients
        slope = coefficients.core(coefficients.error, disc)
        weight = ((2 * abs(self._kappa)).sqrt() * slope).abs_upper().max(arb(LEAST_WEIGHT))
        return coefficients.core(self._drift, disc), slope, coefficients.column(coefficients.error, disc), weight

    def growth(self, disc: Disc) -> Ball:
        """Return a bound of the norm for Y over its weight."""
        drift, _, _, weight = self._sizes(disc)
        return drift + weight

    def rates(self, centre: Centre, ratio: Ball) -> Rates:
        """Return the rates of X, Y and the integral of F."""
        coefficients = self.coefficients
        drift, trace = (FieldStream(self._drift, centre, ratio) for _ in range(2))
        adjoint, back = (TransposedStream(part, centre, ratio) for part in (self._drift, coefficients.error))
        error = FieldStream(coefficients.error, centre, ratio)
        twice = 2 * self._kappa
        units = [coefficients.eye]
        nothing = arb_mat(coefficients.dim + 1, coefficients.dim + 1)

        def rate(state: State) -> State:
            x, y = state[0], state[1]
            return (
                -drift(x) - coefficients.first * y,
                adjoint(y) + back(error(x)) * twice,
                trace(units.pop() if units else nothing),
            )

        return rate

    def bounds(self, centre: Centre, disc: Disc, state: State) -> Sequence[Matrix]:  # noqa: ARG002
        """Bound the (d, d) blocks by Gronwall, then the last column, then Y's last row, which nothing depends on."""
        drift, slope, offset, weight = self._sizes(disc)
        last, length = self.coefficients.dim, disc.length
        y = state[1]
        matrix = frobenius(block(y, range(last), range(last)))
        column = frobenius(block(y, range(last), range(last, last + 1)))
        corner = y[last, last].abs_upper()
        size, twice = arb(last).sqrt(), 2 * abs(self._kappa)
        grown = ((drift + weight) * length).exp()
        # X_top and Y_top over the weight, first d columns and last column.
        core = (size + matrix / weight) * grown
        moved = (
            column / weight + length * abs(self._theta) * offset + length * twice * slope * offset / weight
        ) * grown
        row = column + length * offset * (abs(self._theta) * weight * core + twice * slope * core)
        end = corner + length * offset * (abs(self._theta) * weight * moved + twice * (slope * moved + offset))
        upper = even(last, last_row=False)
        return (
            upper * (core + moved).abs_upper(),
            even(last) * (weight * (core + moved) + row + end).abs_upper(),
            upper * (length * (drift * size + abs(self._theta) * offset)).abs_upper(),
        )


@dataclass(frozen=True)
class Exponent:
    """``z^T P z/2 + constant``: the log of the moment given the start; in homogeneous coordinates."""

    matrix: Matrix
    constant: Ball


def exponent(coefficients: Coefficients, effort: Effort, *, theta: Ball, kappa: Ball) -> Exponent | None:
    """Return the exponent at the horizon; None where there is proof that it is infinite.

    Raises
    ------
    WorkLimitError
        If neither is proved within the work limit.
    """
    system = Hamiltonian(coefficients, theta=theta, kappa=kappa)
    last = coefficients.dim
    first = coefficients.first
    state: list[Matrix] = [coefficients.eye, arb_mat(last + 1, last + 1), arb_mat(last + 1, last + 1)]
    v, left, constant = coefficients.stop, coefficients.span, arb(0)
    for _ in range(effort.steps):
        centre = Centre(coefficients, v)
        whole = left / v
        longest = LONGEST / (2.0 * float(system.growth(centre.disc(NEARBY))))
        plan = choose(centre, system.growth, effort, min(float(whole) * ROUNDED_UP, longest))
        arrives = bool(whole <= plan.length)
        step = Step(plan.disc, -(whole if arrives else arb(plan.length)), plan.order)
        columns = expand(system.rates(centre, step.ratio), state, -2 * step.ratio, step)
        tails = [blur(bound, step.share, step.order) for bound in system.bounds(centre, step.disc, state)]
        x = _invertible_until([frobenius(first * part * first) for part in columns[0][1:]], frobenius(tails[0]))
        if x < 1.0 and kappa >= 0 and _crossed(columns, tails, last, x):
            return None
        if x < SHORTEST:
            raise PrecisionError("the Riccati solution is too large to follow")
        at = arb(x)
        big, small, drift = (total(column, at) + tail for column, tail in zip(columns, tails, strict=True))
        sound((big, small, drift))
        constant = constant - (big.det().log() + (first * drift).trace()) / 2
        state = [coefficients.eye, symmetric(small * big.inv()), arb_mat(last + 1, last + 1)]
        if arrives and x == 1.0:
            return Exponent(state[1], constant)
        moved = v * step.ratio * at
        v, left = v + moved, left + moved
    raise WorkLimitError(f"more than {effort.steps} Taylor steps")


def _invertible_until(sizes: Sequence[Ball], tail: Ball) -> float:
    """Return x in (0, 1] with ``sum_k ||X_k|| x^k + tail < 1``, so that X is invertible on [0, x]; 0 for none."""
    x = 1.0
    while x >= SHORTEST:
        value = arb(0)
        for size in reversed(sizes):
            value = (value + size) * x
        if value + tail < 1:
            return x
        x *= 0.5
    return 0.0


def _crossed(columns: Sequence[Sequence[Matrix]], tails: Sequence[Matrix], dim: int, x: float) -> bool:
    """Return whether P is proved not to be positive semi-definite somewhere on the step: X was singular before."""
    at = 1.0
    while at > x:
        big, small = (total(column, arb(at)) + tail for column, tail in zip(columns[:2], tails[:2], strict=True))
        try:
            inside = range(dim)
            matrix = block(symmetric(small * big.inv()), inside, inside)
        except ZeroDivisionError:
            at *= 0.5
            continue
        if positive_definite(matrix) is False:
            return True
        at *= 0.5
    return False


def log_moment(coefficients: Coefficients, effort: Effort, *, theta: Ball, kappa: Ball, matched: bool) -> Ball:
    """Return ``log E exp(theta1 M + theta2 [M])``, inf where it is proved to be; the start's ratio included.

    Raises
    ------
    WorkLimitError
        If finiteness cannot be decided at this precision.
    """
    found = exponent(coefficients, effort, theta=theta, kappa=kappa)
    return arb.pos_inf() if found is None else moment_of_start(coefficients, found, theta=theta, matched=matched)


def moment_of_start(coefficients: Coefficients, found: Exponent, *, theta: Ball, matched: bool) -> Ball:
    """Return the log of the moment from its exponent given the start; inf where it is proved to be."""
    last = coefficients.dim
    inside, end = range(last), range(last, last + 1)
    covariance = block(coefficients.covariance(coefficients.start), inside, inside)
    matrix, linear = block(found.matrix, inside, inside), block(found.matrix, inside, end)
    constant = found.constant + found.matrix[last, last] / 2
    # r^ratio q_T has the precision (1 - ratio)/S + ratio I about the mean of N(0, I) and of q_T.
    ratio = arb(0) if matched else theta
    raw = arb_mat(coefficients.process.mean) * coefficients.start
    weighed = covariance.inv() * (1 - ratio) + identity(last) * ratio - matrix
    finite = positive_definite(symmetric(weighed))
    if finite is None:
        raise PrecisionError("the exponent at the start is singular to within the balls")
    if not finite:
        return arb.pos_inf()
    pulled = linear - raw * ratio
    quadratic = (pulled.transpose() * weighed.inv() * pulled)[0, 0]
    offset = ratio * (raw.transpose() * raw)[0, 0]
    logs = weighed.det().log() + (1 - ratio) * covariance.det().log()
    return constant + (quadratic - logs - offset) / 2
