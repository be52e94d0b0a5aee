"""The statistics of processes in d = 1 from their Fokker-Planck equations: any data, any error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import marginal
from gausscollapse.process.grid import FokkerPlanck, fokker_planck
from gausscollapse.process.process import ReverseProcess
from gausscollapse.process.stacked import StackedStatistics, stack
from gausscollapse.process.statistics import NO_SWIRL, Weight, absent, swirl_size

CELLS, STEPS = 480, 320
# A few roundings a component, relative.
ROUNDED = 1e-14


def each(question: Callable[[FokkerPlanck], Enclosure]) -> cached_property[Enclosure]:
    """Return the statistic that asks every solution the same question."""

    def ask(self: GridStatistics) -> Enclosure:
        return stack([question(solution) for solution in self.solutions])

    ask.__doc__ = question.__doc__
    return cached_property(ask)


class GridStatistics(StackedStatistics):
    """Statistics of B processes in d = 1, each from its own solution; shape (B,), guarantee ``"numeric"``.

    Parameters
    ----------
    processes : sequence of ReverseProcess
        Processes on the line.

    Notes
    -----
    Energies and chi-squared divergences are dimensionless, KL divergences in nats; see `FokkerPlanck` for how they
    are computed, and `Statistics` for what they are.

    Examples
    --------
    Two mixtures at once. Half the error has about a quarter of the drift; on the line nothing is solenoidal.

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> diffusion, error = gc.OrnsteinUhlenbeck(1.0, 0.1), gc.AffineError(0, 0.2)
    >>> laws = [gc.GaussianMixture([0.5, 0.5], [-m, m], 0.5) for m in (0.5, 1.0)]
    >>> s = gc.process.GridStatistics([gc.ReverseProcess(law, diffusion, error) for law in laws])
    >>> (s.kl.value / s.scaled(0.5).kl.value).round(1)
    array([4., 4.])
    >>> s.gradient_energy("learned") == s.learned_energy
    True
    >>> half, other = s.renyi(order=0.5), s.reverse_renyi(order=0.5)
    >>> bool(np.all(half.overlaps(other))), bool(np.all(half.overlaps(-2.0 * np.log1p(-s.hellinger2.value))))
    (True, True)
    >>> s.invisible(energy=1.0, leak=0.0)
    Traceback (most recent call last):
    AbsentStatisticError: invisible is not computed: on the line every field is a gradient
    """

    @property
    def absent(self) -> Mapping[str, str]:
        """Nothing, but that there is no invisible error on the line."""
        return {"invisible": NO_SWIRL} | dict(self.mixtures)

    @cached_property
    def _scaled(self) -> dict[bytes, GridStatistics]:
        """What `scaled` has made: a theorem and its controls ask for the same."""
        return {}

    @cached_property
    def solutions(self) -> tuple[FokkerPlanck, ...]:
        """One solution a process."""
        return tuple(fokker_planck(process, cells=CELLS, steps=STEPS) for process in self.processes)

    ideal_energy = each(FokkerPlanck.ideal_energy)
    learned_energy = each(FokkerPlanck.learned_energy)
    initial_kl = each(FokkerPlanck.initial_kl)
    path_kl = each(FokkerPlanck.path_kl)
    path_chi2 = each(FokkerPlanck.path_chi2)
    kl = each(FokkerPlanck.kl)
    reverse_kl = each(FokkerPlanck.reverse_kl)
    chi2 = each(FokkerPlanck.chi2)
    reverse_chi2 = each(FokkerPlanck.reverse_chi2)
    hellinger2 = each(FokkerPlanck.hellinger2)
    total_variation = each(FokkerPlanck.total_variation)
    wasserstein2 = each(FokkerPlanck.wasserstein2)
    _means = each(lambda solution: solution.mean)
    _variances = each(lambda solution: solution.variance)
    observed_energy = each(FokkerPlanck.observed_energy)
    observability = each(FokkerPlanck.observability)
    variation_square = each(FokkerPlanck.variation_square)
    taylor_square = each(FokkerPlanck.taylor_square)
    martingale_remainder = each(FokkerPlanck.martingale_remainder)
    taylor_energy = each(FokkerPlanck.taylor_energy)
    slack_integral = each(FokkerPlanck.slack)
    flow_integral = each(FokkerPlanck.flow_integral)
    _observable = each(FokkerPlanck.hammersley_observable)
    _affine = each(FokkerPlanck.hammersley_affine)
    _quadratic = each(FokkerPlanck.hammersley_quadratic)
    _variational = each(FokkerPlanck.donsker_varadhan)

    @property
    def transport_constant(self) -> Enclosure:
        """``l (1 - e^{-(T - t0)})/l_T``, l the largest variance of q; absent for mixtures."""
        return self.of_gaussians("transport_constant")

    @property
    def start_transport(self) -> Enclosure:
        """``Phi(T) W2(start, q_T)``; absent for mixtures."""
        return self.of_gaussians("start_transport")

    @property
    def ideal_mean(self) -> Enclosure:
        """Mean of q, shape (B, 1)."""
        return mixture_moments(self.processes)[0]

    @property
    def ideal_covariance(self) -> Enclosure:
        """Variance of q, shape (B, 1, 1)."""
        return mixture_moments(self.processes)[1]

    @property
    def learned_mean(self) -> Enclosure:
        """Mean of p^, shape (B, 1)."""
        return _shaped(self._means, (-1, 1))

    @property
    def learned_covariance(self) -> Enclosure:
        """Variance of p^, shape (B, 1, 1)."""
        return _shaped(self._variances, (-1, 1, 1))

    def renyi(self, *, order: float) -> Enclosure:
        """Return ``D_order(p^ || q)`` in nats; of order 1 it is KL."""
        return stack([solution.renyi(order=order) for solution in self.solutions])

    def reverse_renyi(self, *, order: float) -> Enclosure:
        """Return ``D_order(q || p^)`` in nats."""
        return stack([solution.reverse_renyi(order=order) for solution in self.solutions])

    @property
    def swirl_energy(self) -> Enclosure:
        """0: on the line every field is a gradient."""
        return Enclosure.exact(np.zeros(self.size), NO_SWIRL, "numeric")

    def gradient_energy(self, weight: Weight) -> Enclosure:  # noqa: ARG002
        """Return the learned energy: on the line every field is a gradient, whatever the weight."""
        return self.learned_energy

    def hammersley_observable(self) -> Enclosure:
        """``(E_{p^} u - E_q u)^2/Var_q u <= chi2``, u the observable score."""
        return self._observable

    def hammersley_affine(self) -> Enclosure:
        """The largest such bound over affine test functions."""
        return self._affine

    def hammersley_quadratic(self) -> Enclosure:
        """The largest such bound over quadratic test functions."""
        return self._quadratic

    def donsker_varadhan(self) -> Enclosure:
        """``sup_lam {lam E_{p^} u - log E_q exp(lam u)} <= KL(p^ || q)``, in nats."""
        return self._variational

    def scaled(self, factor: float | Array) -> GridStatistics:
        """Return the statistics with every error multiplied by `factor`, one for all or one a process."""
        key = self.factors(factor).tobytes()
        if key not in self._scaled:
            self._scaled[key] = GridStatistics(self.scaled_processes(factor))
        return self._scaled[key]

    def invisible(self, *, energy: float, leak: float) -> GridStatistics:
        """Raise `AbsentStatisticError`: no error on the line is invisible."""
        swirl_size(energy, leak)
        raise absent(self, "invisible")


def _shaped(found: Enclosure, shape: tuple[int, ...]) -> Enclosure:
    value, lower, upper = (np.reshape(end, shape) for end in (found.value, found.lower, found.upper))
    return Enclosure(value, lower, upper, found.method, found.guarantee)


def mixture_moments(processes: Sequence[ReverseProcess]) -> tuple[Enclosure, Enclosure]:
    """Return means (B, d) and covariances (B, d, d) of the ideal endpoints, with their rounding."""
    laws = [marginal(process.data, process.diffusion.stop) for process in processes]
    seconds = np.array([np.max(np.abs(law.means)) ** 2 + np.max(law.covs) for law in laws])
    means, covs = np.array([law.mean for law in laws]), np.array([law.cov for law in laws])
    return _rounded(means, np.sqrt(seconds)), _rounded(covs, seconds)


def _rounded(value: Array, size: Array) -> Enclosure:
    """Return moments of mixtures, shape (B, ...), with the rounding of sums of that size, shape (B,)."""
    width = ROUNDED * np.reshape(size, (-1, *([1] * (value.ndim - 1))))
    return Enclosure(value, value - width, value + width, "moments of the mixture", "closed-form")
