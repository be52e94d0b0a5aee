"""The integral that bounds KL of a flow: the root of energy times relative Fisher information, by Arb's integrator.

With A and b the error's slope and constant part, ``N(delta, V)`` the learned and ``N(0, S)`` the ideal law (in the
coordinates z = y - m_t), ``V = S + X``,

    E|e|^2 = tr A V A^T + |A delta + b|^2,   E|grad log(p^/q)|^2 = tr L V^{-1} L^T + |S^{-1} delta|^2,   L = S^{-1} X.

On a Taylor step X and delta are polynomials in x with a proved tail, also for complex x, so that the root is
integrated where it is analytic (Johansson 2018). A start from q_T has X = 0 and delta = 0, where the root is not:
both are x times polynomials on the first step, and so the root is x times an analytic one.
"""

from __future__ import annotations

from flint import acb, acb_mat, acb_poly, arb, arb_mat

from gausscollapse.process.certified.balls import Ball, Matrix
from gausscollapse.process.certified.centres import Centre
from gausscollapse.process.certified.deviation import Deviation, Sizes, start_deviation
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.sweep import (
    LEAN,
    ROUNDED_UP,
    Effort,
    PrecisionError,
    Radii,
    Step,
    WorkLimitError,
    blur,
    choose,
    expand,
    split,
    total,
)

# Complex x looked at, 1 the end of a step; bits of the integrals, and of those of a first try; evaluations at most.
REACH, MOST_BITS, FEW_BITS, MOST_EVALUATIONS = 1.25, 60, 40, 20_000


class FlowPanel:
    """One step: the learned moments on it, for complex x too.

    Parameters
    ----------
    system : Deviation
        The equation of D, central.
    centre, step : Centre, Step
        Where.
    start : arb_mat, shape (d + 1, d + 1)
        D at the centre, exact.
    radii : pair of arb
        By how much the parts of D may be off there.
    """

    def __init__(self, system: Deviation, centre: Centre, step: Step, start: Matrix, radii: Radii) -> None:
        self.system, self.coefficients = system, system.coefficients
        self.centre, self.step, self.radii = centre, step, radii
        sizes = Sizes.on(self.coefficients, centre, step.disc, 1)
        self.bound = system.bound(sizes, step.disc, start + system.veils(radii)[0])
        (self.columns,) = expand(system.rates(centre, step.ratio), (start,), 2 * step.ratio, step)
        entries = (*start.entries(), *radii)
        self.vanishing = int(all(entry == 0 for entry in entries))
        dim = self.coefficients.dim
        tables = [column.tolist() for column in self.columns[self.vanishing :]]
        self._entries = {
            (i, j): acb_poly([table[i][j] for table in tables]) for i in range(dim) for j in range(i, dim + 1)
        }
        # What an exact solution may be off by within REACH: Gronwall's bound, for complex x.
        reach = min(float(step.ratio.upper()) * REACH * ROUNDED_UP, float(step.disc.fraction))
        grown = (sizes.drift * centre.disc(reach).length).exp()
        self._loose = (radii[0] * grown).abs_upper(), (radii[1] * grown**2).abs_upper()
        self._parts = [acb_mat(part) for part in centre.covariance(step.ratio)]
        field = self.coefficients.error
        self._field = [acb_mat(part) for part in (field.constant, field.linear, field.response)]

    def end(self) -> Matrix:
        """Return D at x = 1, less what it is off because of its value at 0."""
        size = self.coefficients.dim + 1
        whole = arb_mat([[self.bound] * size for _ in range(size)])
        return total(self.columns) + blur(whole, self.step.share, len(self.columns))

    def carried(self) -> Radii:
        """Return by how much D may be off at x = 1 because of its value at 0."""
        return self.system.spread(self.centre, self.step.ratio, self.radii)

    def _moments(self, x: acb, size: Ball) -> tuple[acb_mat, acb_mat]:
        """Return X and delta at x, over x where both vanish at 0."""
        dim, power = self.coefficients.dim, len(self.columns)
        share = self.step.share
        tail = self.bound * share**power * size ** (power - self.vanishing) / (1 - share * size)
        column, matrix = (_disc((tail + loose).abs_upper()) for loose in self._loose)
        change, mean = acb_mat(dim, dim), acb_mat(dim, 1)
        for i in range(dim):
            mean[i, 0] = self._entries[i, dim](x) + column
            for j in range(i, dim):
                change[i, j] = change[j, i] = self._entries[i, j](x) + matrix
        return change, mean

    def _error(self, v: acb, covariance: acb_mat) -> tuple[acb_mat, acb_mat]:
        """Return slope and constant part of the error as it enters the drift."""
        coefficients, dim = self.coefficients, self.coefficients.dim
        constant, linear, response = self._field
        field = constant + linear * v + response * covariance.inv()
        if coefficients.target_change is not None:
            eye, first = acb_mat(coefficients.eye), acb_mat(coefficients.first)
            target = eye + acb_mat(coefficients.target_change) * (v * v)
            moved = eye + acb_mat(coefficients.gap) * v
            field = field - first * target.inv() * moved * acb(coefficients.error.share)
        return _inner(field, dim), acb_mat([[field[i, dim]] for i in range(dim)])

    def root(self, x: acb, analytic: bool) -> acb:
        """Return the integrand in x, the drift's gain counted; not finite beyond `REACH` and at its branches."""
        size = abs(x).upper()
        if not size < REACH or not self.step.share * size < 1:
            return _unknown()
        dim, lift = self.coefficients.dim, x if self.vanishing else acb(1)
        v = acb(self.centre.v) * (1 + acb(self.step.ratio) * x)
        whole = self._parts[0] + self._parts[1] * x + self._parts[2] * (x * x)
        try:
            slope, offset = self._error(v, whole)
            change, mean = self._moments(x, size)
            covariance = _inner(whole, dim)
            inverse, learned = covariance.inv(), covariance + change * lift
            left, still, moved = inverse * change, slope * (mean * lift) + offset, inverse * mean
            energy = _trace(slope * learned * slope.transpose()) + (still.transpose() * still)[0, 0]
            fisher = _trace(left * learned.inv() * left.transpose()) + (moved.transpose() * moved)[0, 0]
        except ZeroDivisionError:
            return _unknown()
        speed = 2 * acb(self.step.ratio) / (1 + acb(self.step.ratio) * x)
        return (energy * fisher).sqrt(analytic=analytic) * lift * speed


def flow_integral(coefficients: Coefficients, effort: Effort) -> Ball:
    """Return ``int sqrt(E_{P^}|e|^2 I(p^_s || q_s)) ds``, I the relative Fisher information.

    Raises
    ------
    WorkLimitError
        Beyond the steps that are allowed.
    PrecisionError
        Where a step's integral cannot be enclosed.
    """
    system = Deviation(coefficients, central=True)
    (deviation,), radii = split(system, (start_deviation(coefficients, central=True),))
    v, left, found = coefficients.start, coefficients.span, arb(0)
    tolerance = arb(2) ** -min(effort.aim, MOST_BITS if effort.aim > LEAN else FEW_BITS)
    for _ in range(effort.steps):
        centre, whole = Centre(coefficients, v), left / v
        plan = choose(centre, system.growth, effort, float(whole) * ROUNDED_UP)
        last = bool(whole <= plan.length)
        step = Step(plan.disc, whole if last else arb(plan.length), plan.order)
        panel = FlowPanel(system, centre, step, deviation, radii)
        part = acb.integral(
            panel.root, acb(0), acb(1), rel_tol=tolerance, abs_tol=tolerance * found.abs_upper(),
            eval_limit=MOST_EVALUATIONS,
        )  # fmt: skip
        if not part.real.is_finite():
            raise PrecisionError("the root of energy times Fisher information is too near a zero")
        found += part.real
        if last:
            return found / coefficients.pull
        (deviation,), radii = split(system, (panel.end(),), panel.carried())
        moved = v * step.ratio
        v, left = v + moved, left - moved
    raise WorkLimitError(f"more than {effort.steps} Taylor steps")


def _disc(radius: Ball) -> acb:
    """Return a ball of complex numbers about 0."""
    interval = arb(0, 1) * radius
    return acb(interval, interval)


def _inner(matrix: acb_mat, dim: int) -> acb_mat:
    return acb_mat([[matrix[i, j] for j in range(dim)] for i in range(dim)])


def _trace(matrix: acb_mat) -> acb:
    return sum((matrix[i, i] for i in range(matrix.nrows())), acb(0))


def _unknown() -> acb:
    return acb(arb.nan(), arb.nan())
