"""The statistics of processes in any dimension, from conditional paths.

By Jensen's inequality the mean weight W of the paths of one end gives ``KL(p^ || q) <= E W log W`` and
``KL(q || p^) <= -E log W``; Taylor's theorem gives lower ends (*own*).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.mean_bounds import catoni, lower_mean
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.mixture import Law
from gausscollapse.process.errors import AmplifiedScoreError, SolenoidalError
from gausscollapse.process.grid_statistics import GridStatistics, mixture_moments
from gausscollapse.process.process import ReverseProcess
from gausscollapse.process.setting import require_reverse_equation
from gausscollapse.process.stacked import StackedStatistics, stack
from gausscollapse.process.statistics import NO_SWIRL, Statistics, Weight, absent, renyi_order, swirl_size
from gausscollapse.sampling.conditional_paths import Ensemble, conditional_paths, crossed, products
from gausscollapse.sampling.confidence import EACH, rounding
from gausscollapse.sampling.estimates import ERRORS
from gausscollapse.sampling.gradient_energy import gradient_energy_estimate
from gausscollapse.sampling.orthonormal import affine_functions, quadratic_functions
from gausscollapse.sampling.rare_events import told_by
from gausscollapse.sampling.weight_moments import WeightMoments, process_moments

METHOD = "conditional paths"
BEYOND = "conditional paths, beyond floats"
ENDS, STEPS = 6000, 160
# Below this share the mean of a weight says nothing about its expectation.
LEAST_EFFECTIVE = 0.2
# Gradients of quadratic functions in so many dimensions at most; of affine ones beyond.
QUADRATIC_DIM = 3
RATIO = "paths tell means of polynomials in the density ratio at their ends, and this is none"
ABSENT = {
    **dict.fromkeys(("reverse_chi2", "hellinger2", "total_variation", "renyi", "reverse_renyi"), RATIO),
    "wasserstein2": "paths do not tell the transport between their ends",
    "slack_integral": "paths tell the learned density at their ends only",
    "flow_integral": "paths tell the learned density at their ends only",
    "donsker_varadhan": "paths give no unbiased estimate of exp(lam u), as u is an average over them",
}


Functional = Callable[[Array, Array], Array]


def _no_ceiling(_: WeightMoments) -> float:
    return np.inf


def _infinite_or_none(moments: WeightMoments) -> float:
    """Return nan where path chi-squared is known to be infinite, and inf elsewhere."""
    return np.nan if np.isnan(moments.chi2_ceiling()) else np.inf


def _extrapolated(function: Functional, ensemble: Ensemble) -> tuple[Array, Array]:
    """Return a function of M and [M] on the fine paths, and extrapolated from both step sizes, each of shape (n,)."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        coarse, fine = (function(ensemble.martingale[k], ensemble.variation[k]) for k in (0, 1))
        return fine, 2.0 * fine - coarse


def _interval(
    function: Functional, positive: Functional | None, ensemble: Ensemble, variance: float
) -> tuple[float, float, float]:
    """Return lower end, value and upper end of a mean whose variance in continuous time has the bound given."""
    fine, sample = _extrapolated(function, ensemble)
    value = float(np.mean(sample))
    if not np.isfinite(value):
        return -np.inf, 0.0, np.inf
    bias = abs(float(np.mean(sample - fine)))
    low, high = catoni(sample, max(variance, float(np.var(sample, ddof=1))), miss=EACH)
    low, high = low - bias, high + bias
    if positive is not None:
        fine, sample = _extrapolated(positive, ensemble)
        low = max(low, lower_mean(fine, miss=EACH) - abs(float(np.mean(sample - fine))))
    return low, value, high


class SampledStatistics(StackedStatistics):
    """Statistics of processes in any dimension from conditional paths; shape (B,), guarantee ``"statistical"``.

    Every value is extrapolated from two coupled step sizes, and the distance between fine and extrapolated value is
    in the interval. Means of M and [M] have five standard errors. Means of ``exp(Z)`` have an upper end only where
    the variance of the weights has a proven bound (`process_moments`); else a proven lower end and inf. The level is
    that of `gausscollapse.sampling.confidence`, 6e-7 a bound.

    Parameters
    ----------
    processes : sequence of ReverseProcess
        Processes of one dimension that start from q_T.
    seed : int
        Of the paths.

    Raises
    ------
    NotSupportedError
        If a process starts elsewhere, or its stochasticity is not 1.
    """

    def __init__(self, processes: Sequence[ReverseProcess], seed: int = 2026) -> None:
        super().__init__(processes)
        self.seed = seed
        if not np.all(self.matched):
            raise NotSupportedError("start: conditional paths need a start from q_T; accepted: marginal")
        for process in processes:
            require_reverse_equation(process, "conditional paths are drawn")

    @property
    def absent(self) -> Mapping[str, str]:
        """What paths do not tell."""
        return ABSENT | ({"invisible": NO_SWIRL} if self.dim == 1 else {}) | dict(self.mixtures)

    @cached_property
    def _ensembles(self) -> tuple[Ensemble, ...]:
        return tuple(
            conditional_paths(process, ENDS, STEPS, np.random.default_rng([self.seed, index]))
            for index, process in enumerate(self.processes)
        )

    @cached_property
    def effective_shares(self) -> Array:
        """Effective sample size of the weights ``exp(Z)`` over the number of paths, shape (B,)."""
        shares = []
        for item in self._ensembles:
            exponent = item.exponent[1]
            with np.errstate(invalid="ignore"):
                weight = np.exp(exponent - np.max(exponent))
            shares.append(float(np.sum(weight) ** 2 / np.sum(weight**2) / weight.size))
        return np.array(shares)

    @cached_property
    def _moments(self) -> tuple[WeightMoments, ...]:
        return tuple(process_moments(process) for process in self.processes)

    def _mean(self, function: Functional) -> Enclosure:
        """Return the enclosure of ``E function(M, [M])``, a polynomial >= 0, which maps (replicates, n) to (n,)."""
        parts = []
        for process, ensemble in zip(self.processes, self._ensembles, strict=True):
            fine, sample = _extrapolated(function, ensemble)
            low, high = 0.0, np.inf
            with np.errstate(over="ignore", invalid="ignore"):
                value, bias = float(np.mean(sample)), abs(float(np.mean(sample - fine)))
                spread = float(np.std(sample, ddof=1))
            if not np.isfinite(value):
                parts.append(Enclosure(np.inf, low, high, BEYOND, "statistical"))
                continue
            if told_by(process, sample.size):
                width = ERRORS * spread / np.sqrt(sample.size) + bias
                width += rounding(sample, 2 * STEPS)
                low, high = max(value - width, 0.0), max(value + width, 0.0)
            elif np.all(fine >= 0.0):
                low = max(lower_mean(fine, miss=EACH) - bias, 0.0)
            parts.append(Enclosure(max(value, low), low, high, METHOD, "statistical"))
        return stack(parts)

    def _heavy(
        self,
        function: Functional,
        variance: Callable[[WeightMoments], float],
        *,
        positive: Functional | None = None,
        ceiling: Callable[[WeightMoments], float] = _no_ceiling,
        least: float = 0.0,
    ) -> Enclosure:
        """Return the enclosure of the mean of a function of exp(Z), whose variance has the bound given.

        `positive` has the same mean and is never negative; `ceiling` bounds the mean, and is nan where that is
        infinite. Where the weights degenerate, the mean is between `least` and inf.
        """
        parts = []
        for ensemble, moments, share in zip(self._ensembles, self._moments, self.effective_shares, strict=True):
            most = ceiling(moments)
            if np.isnan(most):
                parts.append(Enclosure(np.inf, np.inf, np.inf, METHOD, "statistical"))
                continue
            low, value, high = least, max(least, 0.0), np.inf
            if share >= LEAST_EFFECTIVE:
                low, value, high = _interval(function, positive, ensemble, variance(moments))
            low = max(low, least)
            high = max(min(high, most), low)
            parts.append(Enclosure(min(max(value, low), high), low, high, METHOD, "statistical"))
        return stack(parts)

    @cached_property
    def ideal_energy(self) -> Enclosure:
        """``eps*^2``."""
        return self._mean(lambda _, q: np.mean(q, axis=0))

    @cached_property
    def learned_energy(self) -> Enclosure:
        """``eps^^2 = E exp(Z) [M]``."""

        def energy(m: Array, q: Array) -> Array:
            return np.asarray(np.mean(np.exp(m - 0.5 * q) * q, axis=0))

        found = self._heavy(
            energy, WeightMoments.weighted_energy_variance, positive=energy, ceiling=lambda item: item.energy
        )
        constant = np.array([moments.constant for moments in self._moments])
        # [M] is one number on every path: both energies are that number.
        value, low, high = (
            np.where(constant, getattr(self.ideal_energy, name), getattr(found, name))
            for name in ("value", "lower", "upper")
        )
        return Enclosure(value, low, high, METHOD, "statistical")

    @cached_property
    def initial_kl(self) -> Enclosure:
        """0: the start is q_T."""
        return Enclosure.exact(np.zeros(self.size))

    @property
    def path_kl(self) -> Enclosure:
        """``eps^^2/2`` in nats."""
        return 0.5 * self.learned_energy

    @cached_property
    def path_chi2(self) -> Enclosure:
        """``E exp(2 Z) - 1``, which is ``E (exp(Z) - 1)^2``."""
        return self._heavy(
            lambda m, q: np.mean(np.expm1(2.0 * m - q), axis=0),
            WeightMoments.chi2_variance,
            positive=lambda m, q: np.mean(np.expm1(m - 0.5 * q) ** 2, axis=0),
            ceiling=WeightMoments.chi2_ceiling,
        )

    @cached_property
    def variation_square(self) -> Enclosure:
        """``E [M]^2``."""
        return self._mean(lambda _, q: np.mean(q**2, axis=0))

    @cached_property
    def taylor_square(self) -> Enclosure:
        """``E (exp(Z) - 1 - Z)^2``."""

        def square(m: Array, q: Array) -> Array:
            return np.asarray(np.mean((np.expm1(m - 0.5 * q) - (m - 0.5 * q)) ** 2, axis=0))

        # (exp(Z) - 1)^2 less it is Z (2 exp(Z) - 2 - Z), of mean eps^^2 + eps*^2 - E Z^2.
        change = self._mean(lambda m, q: np.mean((m - 0.5 * q) ** 2, axis=0)) - self.ideal_energy
        high = self.path_chi2 + change - self.learned_energy
        return _at_most(
            self._heavy(square, WeightMoments.taylor_fourth, positive=square, ceiling=_infinite_or_none), high
        )

    @cached_property
    def martingale_remainder(self) -> Enclosure:
        """``rho = E (exp(Z) - 1 - M)^2 = chi2 + eps*^2 - 2 eps^^2``."""

        def square(m: Array, q: Array) -> Array:
            return np.asarray(np.mean((np.expm1(m - 0.5 * q) - m) ** 2, axis=0))

        high = self.path_chi2 + self.ideal_energy - 2.0 * self.learned_energy
        return _at_most(
            self._heavy(square, WeightMoments.remainder_fourth, positive=square, ceiling=_infinite_or_none), high
        )

    @cached_property
    def observed_energy(self) -> Enclosure:
        """``eta eps*^2 = E M1 M2``."""
        return self._mean(lambda m, _: products(m, 2))

    @property
    def observability(self) -> Enclosure:
        """Eta in [0, 1]."""
        found = self.observed_energy / self.ideal_energy.clipped(at_least=np.finfo(float).tiny)
        low, value, high = (np.clip(x, 0.0, 1.0) for x in (found.lower, found.value, found.upper))
        return Enclosure(value, low, high, METHOD, "statistical")

    @cached_property
    def taylor_energy(self) -> Enclosure:
        """``E int (exp(Z) - 1 - Z) d[M] = eps^^2 - 2 eps*^2 + E Z^2``, by parts in time."""
        square = self._mean(lambda m, q: np.mean((m - 0.5 * q) ** 2, axis=0))
        return (self.learned_energy - 2.0 * self.ideal_energy + square).clipped(at_least=0.0)

    @cached_property
    def chi2(self) -> Enclosure:
        """``chi2(p^ || q) = E (exp(Z1) - 1)(exp(Z2) - 1)``, at most that of the paths."""
        found = self._heavy(lambda m, q: products(np.expm1(m - 0.5 * q), 2), WeightMoments.excess_fourth)
        # E exp(Z1 + Z2) is never negative, and needs no bound of the variance.
        plain = self._heavy(
            lambda m, q: products(np.exp(m - 0.5 * q), 2),
            _no_ceiling,
            positive=lambda m, q: products(np.exp(m - 0.5 * q), 2),
        )
        low = np.maximum(found.lower, np.asarray(plain.lower) - 1.0)
        high = np.maximum(found.upper, low)
        return _at_most(Enclosure(np.clip(found.value, low, high), low, high, METHOD, "statistical"), self.path_chi2)

    @cached_property
    def kl(self) -> Enclosure:
        """``KL(p^ || q)`` in nats: from ``r log r >= d + d^2/2 - d^3/6``, ``d = r - 1``, and from Jensen above."""

        def below(m: Array, q: Array) -> Array:
            excess = np.expm1(m - 0.5 * q)
            return 0.5 * products(excess, 2) - products(excess, 3) / 6.0

        def above(m: Array, q: Array) -> Array:
            weight = np.mean(np.exp(m - 0.5 * q), axis=0)
            # E W = 1, so that W log W - W + 1 has the same mean and is never negative; it is at most (W - 1)^2.
            logs = np.log(np.maximum(weight, np.finfo(float).tiny))
            return np.asarray(weight * logs - weight + 1.0)

        high = _at_most(self._heavy(above, WeightMoments.excess_fourth), self.path_kl)
        return _between(self._heavy(below, lambda item: item.expansion_variance(1.0 / 6.0)), high)

    @cached_property
    def reverse_kl(self) -> Enclosure:
        """``KL(q || p^)`` in nats: from ``-log r >= -d + d^2/2 - d^3/3`` and from Jensen above."""

        def below(m: Array, q: Array) -> Array:
            excess = np.expm1(m - 0.5 * q)
            return 0.5 * products(excess, 2) - products(excess, 3) / 3.0

        def above(m: Array, q: Array) -> Array:
            weight = np.mean(np.exp(m - 0.5 * q), axis=0)
            # At most the mean of exp(Z) - 1 - Z over the replicates, by Jensen: hence the variance below.
            return np.asarray(weight - 1.0 - np.log(weight))

        squares = zip(self._moments, np.asarray(self.taylor_square.upper), strict=True)
        known = {id(moments): float(upper) for moments, upper in squares}
        high = _at_most(self._heavy(above, lambda item: known[id(item)]), 0.5 * self.ideal_energy)
        return _between(self._heavy(below, lambda item: item.expansion_variance(1.0 / 3.0)), high)

    @property
    def slack_integral(self) -> Enclosure:
        """Raise `AbsentStatisticError`: the score of the learned law on its way is not known from paths."""
        raise absent(self, "slack_integral")

    @property
    def flow_integral(self) -> Enclosure:
        """Refuse: it needs the learned density at all times."""
        raise absent(self, "flow_integral")

    @cached_property
    def _gradient(self) -> Enclosure:
        lower = []
        for index, process in enumerate(self.processes):
            degree = 2 if process.dim <= QUADRATIC_DIM else 1
            found = gradient_energy_estimate(
                process, ENDS, STEPS, self.seed + index, degree=degree, slices=12, grid="log-snr"
            )
            lower.append(max(found.value - ERRORS * found.standard_error, 0.0))
        upper = np.maximum(self.learned_energy.upper, lower)
        return Enclosure(0.5 * (upper + lower), np.array(lower), upper, "dual Sobolev form", "statistical")

    def gradient_energy(self, weight: Weight) -> Enclosure:
        """Return the gradient energy between a lower estimate and the learned energy; by ideal weight, 0 and inf."""
        if weight == "learned":
            return self._gradient
        zero = np.zeros(self.size)
        return Enclosure(
            0.5 * np.asarray(self.learned_energy.value), zero, np.full(self.size, np.inf), METHOD, "statistical"
        )

    @property
    def swirl_energy(self) -> Enclosure:
        """The rest of the learned energy."""
        return (self.learned_energy - self._gradient).clipped(at_least=0.0)

    def hammersley_observable(self) -> Enclosure:
        """Return ``(E_{p^} u)^2/E_q u^2`` with ``E_{p^} u = E (exp(Z1) - 1) M2``."""
        parts = []
        for ensemble, moments, share in zip(self._ensembles, self._moments, self.effective_shares, strict=True):
            fourth = float(np.mean(ensemble.martingale[1] ** 4))
            variance = np.sqrt(moments.excess_fourth() * fourth) if share >= LEAST_EFFECTIVE else np.inf
            low, value, high = _interval(
                lambda m, q: crossed(np.expm1(m - 0.5 * q), m), None, ensemble, float(variance)
            )
            parts.append(Enclosure(value, low, high, METHOD, "statistical"))
        change = abs(stack(parts))
        square = (change * change) / self.observed_energy.clipped(at_least=np.finfo(float).tiny)
        return square.clipped(at_least=0.0)

    def _hammersley(self, functions: Callable[[Law, Array], Array]) -> Enclosure:
        """Return ``|E_{p^} f|^2`` for functions f that are orthonormal under q: the best bound over their span.

        The root is known up to the length of the errors of its entries.
        """
        parts = []
        for process, ensemble, moments, share in zip(
            self.processes, self._ensembles, self._moments, self.effective_shares, strict=True
        ):
            values = functions(marginal(process.data, process.diffusion.stop), ensemble.ends)
            bound = moments.excess_fourth()
            if share < LEAST_EFFECTIVE or not np.isfinite(bound):
                parts.append(Enclosure(0.0, 0.0, np.inf, METHOD, "statistical"))
                continue
            middle, half, bias = _changes(values, ensemble, bound)
            root = float(np.linalg.norm(middle))
            error = float(np.linalg.norm(half) + np.linalg.norm(bias))
            low, high = max(root - error, 0.0) ** 2, (root + error) ** 2
            parts.append(Enclosure(float(np.clip(root**2, low, high)), low, high, METHOD, "statistical"))
        return stack(parts)

    def hammersley_affine(self) -> Enclosure:
        """Return the best bound over affine functions: ``|E (exp(Z) - 1) f(Y_end)|^2``, f orthonormal under q."""
        return self._hammersley(affine_functions)

    def hammersley_quadratic(self) -> Enclosure:
        """Return the best bound over quadratic functions, in the same way."""
        return self._hammersley(quadratic_functions)

    def _moments_of(self, functions: Callable[[Law, Array], Array]) -> Enclosure:
        """Return ``E_{p^} f`` of functions of mean 0 under q, which map points (n, d) to (n, k); shape (B, k)."""
        middles, widths = [], []
        for process, ensemble, moments, share in zip(
            self.processes, self._ensembles, self._moments, self.effective_shares, strict=True
        ):
            values = functions(marginal(process.data, process.diffusion.stop), ensemble.ends)
            bound = moments.excess_fourth()
            told = share >= LEAST_EFFECTIVE and np.isfinite(bound)
            middle, half, bias = _changes(values, ensemble, bound if told else 0.0)
            middles.append(middle)
            widths.append(half + np.abs(bias) if told else np.full(middle.size, np.inf))
        value, width = np.array(middles), np.array(widths)
        return Enclosure(value, value - width, value + width, METHOD, "statistical")

    @property
    def transport_constant(self) -> Enclosure:
        """``l (1 - e^{-(T - t0)})/l_T``, l the largest variance of q; absent for mixtures."""
        return self.of_gaussians("transport_constant")

    @property
    def start_transport(self) -> Enclosure:
        """``Phi(T) W2(start, q_T)``; absent for mixtures."""
        return self.of_gaussians("start_transport")

    @cached_property
    def ideal_mean(self) -> Enclosure:
        """Mean of q, shape (B, d)."""
        return mixture_moments(self.processes)[0]

    @cached_property
    def ideal_covariance(self) -> Enclosure:
        """Covariance of q, shape (B, d, d)."""
        return mixture_moments(self.processes)[1]

    @cached_property
    def learned_mean(self) -> Enclosure:
        """Mean of p^, shape (B, d): ``E_q y + E (exp(Z) - 1)(y - E_q y)``."""
        return self.ideal_mean + self._moments_of(lambda law, points: points - law.mean)

    @cached_property
    def learned_covariance(self) -> Enclosure:
        """Covariance of p^, shape (B, d, d), from its moments about the ideal mean."""
        d = self.dim

        def products_of(law: Law, points: Array) -> Array:
            z = points - law.mean
            return np.asarray((z[:, :, None] * z[:, None, :] - law.cov).reshape(-1, d * d))

        moved = self._moments_of(lambda law, points: points - law.mean)
        second = self._moments_of(products_of)
        rows = [
            self.ideal_covariance[:, i, j] + second[:, i * d + j] - moved[:, i] * moved[:, j]
            for i in range(d)
            for j in range(d)
        ]
        value, lower, upper = (
            np.stack([getattr(row, name) for row in rows], axis=1).reshape(-1, d, d)
            for name in ("value", "lower", "upper")
        )
        return Enclosure(value, lower, upper, METHOD, "statistical")

    @property
    def reverse_chi2(self) -> Enclosure:
        """Raise `AbsentStatisticError`."""
        raise absent(self, "reverse_chi2")

    @property
    def hellinger2(self) -> Enclosure:
        """Raise `AbsentStatisticError`."""
        raise absent(self, "hellinger2")

    @property
    def total_variation(self) -> Enclosure:
        """Raise `AbsentStatisticError`."""
        raise absent(self, "total_variation")

    @property
    def wasserstein2(self) -> Enclosure:
        """Raise `AbsentStatisticError`."""
        raise absent(self, "wasserstein2")

    def renyi(self, *, order: float) -> Enclosure:
        """Raise `AbsentStatisticError`."""
        renyi_order(order)
        raise absent(self, "renyi")

    def reverse_renyi(self, *, order: float) -> Enclosure:
        """Raise `AbsentStatisticError`."""
        renyi_order(order)
        raise absent(self, "reverse_renyi")

    def donsker_varadhan(self) -> Enclosure:
        """Raise `AbsentStatisticError`: an average over paths inside of an exponential is biased."""
        raise absent(self, "donsker_varadhan")

    def invisible(self, *, energy: float, leak: float) -> SampledStatistics:
        """Return the statistics of a posterior-weighted solenoidal error of that energy; `leak` adds the score."""
        wanted, leak = swirl_size(energy, leak)
        if self.dim == 1:
            raise absent(self, "invisible")
        upper = np.triu(np.ones((self.dim, self.dim)), 1)
        swirl = SolenoidalError(upper - upper.T) + AmplifiedScoreError(leak)
        unit = SampledStatistics([ReverseProcess(p.data, p.diffusion, swirl) for p in self.processes], self.seed)
        return unit.scaled(np.sqrt(wanted / np.asarray(unit.ideal_energy.value)))

    def scaled(self, factor: float | Array) -> SampledStatistics:
        """Return the statistics with every error multiplied by `factor`, from the same paths."""
        other = SampledStatistics(self.scaled_processes(factor), self.seed)
        other.__dict__["_ensembles"] = tuple(
            ensemble.scaled(c) for c, ensemble in zip(self.factors(factor), self._ensembles, strict=True)
        )
        return other


def _changes(values: Array, ensemble: Ensemble, bound: float) -> tuple[Array, Array, Array]:
    """Return middle, half width and bias of ``E (exp(Z) - 1) f`` for functions f, shape (k,).

    `bound` is of the fourth moment of ``exp(Z) - 1``.
    """
    coarse, fine = np.mean(np.expm1(ensemble.exponent), axis=1)[:, :, None] * values
    sample = 2.0 * fine - coarse
    variances = np.maximum(np.sqrt(bound * np.mean(values**4, axis=0)), np.var(sample, axis=0, ddof=1))
    ends = np.array([catoni(column, float(v), miss=EACH) for column, v in zip(sample.T, variances, strict=True)])
    middle, half = 0.5 * (ends[:, 0] + ends[:, 1]), 0.5 * (ends[:, 1] - ends[:, 0])
    return middle, half, np.mean(sample - fine, axis=0)


def _at_most(found: Enclosure, other: Enclosure) -> Enclosure:
    """Return an enclosure whose upper end is also that of a quantity that is no smaller."""
    high = np.maximum(np.fmin(found.upper, other.upper), found.lower)
    return Enclosure(np.minimum(found.value, high), found.lower, high, METHOD, "statistical")


def _between(below: Enclosure, above: Enclosure) -> Enclosure:
    lower = np.asarray(below.lower)
    upper = np.maximum(above.upper, lower)
    return Enclosure(
        np.clip(0.5 * (np.asarray(below.value) + np.asarray(above.value)), lower, upper),
        lower,
        upper,
        METHOD,
        "statistical",
    )


def statistics_of(process: ReverseProcess) -> Statistics:
    """Return the statistics of one process by the best method that applies to it."""
    if process.is_linear:
        return process.statistics
    return GridStatistics([process]) if process.dim == 1 else SampledStatistics([process])
