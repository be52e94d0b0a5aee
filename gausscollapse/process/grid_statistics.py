"""The statistics of processes in d = 1 from their Fokker-Planck equations: any data, any error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array
from gausscollapse.process.grid import FokkerPlanck, fokker_planck
from gausscollapse.process.stacked import StackedStatistics, stack
from gausscollapse.process.statistics import NO_SWIRL, Weight, absent

CELLS, STEPS = 480, 320


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
    >>> s.invisible(energy=1.0, leak=0.0)
    Traceback (most recent call last):
    AbsentStatisticError: invisible is not computed: on the line every field is a gradient
    """

    @property
    def absent(self) -> Mapping[str, str]:
        """Nothing, but that there is no invisible error on the line."""
        return {"invisible": NO_SWIRL}

    @cached_property
    def solutions(self) -> tuple[FokkerPlanck, ...]:
        """One solution a process."""
        return tuple(fokker_planck(process, cells=CELLS, steps=STEPS) for process in self.processes)

    def _each(self, question: Callable[[FokkerPlanck], Enclosure]) -> Enclosure:
        return stack([question(solution) for solution in self.solutions])

    @cached_property
    def ideal_energy(self) -> Enclosure:
        """``eps*^2``."""
        return self._each(FokkerPlanck.ideal_energy)

    @cached_property
    def learned_energy(self) -> Enclosure:
        """``eps^^2``."""
        return self._each(FokkerPlanck.learned_energy)

    @cached_property
    def initial_kl(self) -> Enclosure:
        """KL of the starts in nats."""
        return self._each(FokkerPlanck.initial_kl)

    @cached_property
    def path_kl(self) -> Enclosure:
        """``KL(P^ || P*)`` in nats."""
        return self._each(FokkerPlanck.path_kl)

    @cached_property
    def path_chi2(self) -> Enclosure:
        """``chi2(P^ || P*)``."""
        return self._each(FokkerPlanck.path_chi2)

    @cached_property
    def kl(self) -> Enclosure:
        """``KL(p^ || q)`` in nats."""
        return self._each(FokkerPlanck.kl)

    @cached_property
    def reverse_kl(self) -> Enclosure:
        """``KL(q || p^)`` in nats."""
        return self._each(FokkerPlanck.reverse_kl)

    @cached_property
    def chi2(self) -> Enclosure:
        """``chi2(p^ || q)``."""
        return self._each(FokkerPlanck.chi2)

    @cached_property
    def observed_energy(self) -> Enclosure:
        """``eta eps*^2``."""
        return self._each(FokkerPlanck.observed_energy)

    @cached_property
    def observability(self) -> Enclosure:
        """Eta in [0, 1]."""
        return self._each(FokkerPlanck.observability)

    @cached_property
    def variation_square(self) -> Enclosure:
        """``E_{P*} [M]^2``."""
        return self._each(FokkerPlanck.variation_square)

    @cached_property
    def taylor_square(self) -> Enclosure:
        """``E_{P*} (exp(Z) - 1 - Z)^2``."""
        return self._each(FokkerPlanck.taylor_square)

    @cached_property
    def martingale_remainder(self) -> Enclosure:
        """``rho = E_{P*} (exp(Z) - 1 - M)^2``."""
        return self._each(FokkerPlanck.martingale_remainder)

    @cached_property
    def slack_integral(self) -> Enclosure:
        """``E_{P^} int |e - d log(p^_s/q_s)|^2 ds / 2``, in nats."""
        return self._each(FokkerPlanck.slack)

    @property
    def swirl_energy(self) -> Enclosure:
        """0: on the line every field is a gradient."""
        return Enclosure.exact(np.zeros(self.size), NO_SWIRL, "numeric")

    def gradient_energy(self, weight: Weight) -> Enclosure:  # noqa: ARG002
        """Return the learned energy: on the line every field is a gradient, whatever the weight."""
        return self.learned_energy

    def hammersley_observable(self) -> Enclosure:
        """``(E_{p^} u - E_q u)^2/Var_q u <= chi2``, u the observable score."""
        return self._each(FokkerPlanck.hammersley_observable)

    def hammersley_affine(self) -> Enclosure:
        """The largest such bound over affine test functions."""
        return self._each(FokkerPlanck.hammersley_affine)

    def hammersley_quadratic(self) -> Enclosure:
        """The largest such bound over quadratic test functions."""
        return self._each(FokkerPlanck.hammersley_quadratic)

    def donsker_varadhan(self) -> Enclosure:
        """``sup_lam {lam E_{p^} u - log E_q exp(lam u)} <= KL(p^ || q)``, in nats."""
        return self._each(FokkerPlanck.donsker_varadhan)

    def scaled(self, factor: float | Array) -> GridStatistics:
        """Return the statistics with every error multiplied by `factor`, one for all or one a process."""
        return GridStatistics(self.scaled_processes(factor))

    def invisible(self, *, energy: float, leak: float) -> GridStatistics:  # noqa: ARG002
        """Raise `AbsentStatisticError`: no error on the line is invisible."""
        raise absent(self, "invisible")
