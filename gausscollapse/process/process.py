"""One learned reverse process: a data law, a forward process and a score error."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

import numpy as np

from gausscollapse.core.arguments import of_function
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import as_choice, as_number
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck, marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law, as_law
from gausscollapse.process import stein
from gausscollapse.process.errors import ScoreError
from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.exact.statistics import DEFAULT_TOLERANCE, LinearStatistics
from gausscollapse.process.linear_form import LinearForm
from gausscollapse.process.statistics import Weight

STARTS = ("marginal", "standard-normal")
# Relaxation of the ideal process is as fast as its square: more costs steps and tells nothing new.
MOST_STOCHASTICITY = 100.0


@dataclass(frozen=True, repr=False)
class RemainderConstants(Presented):
    """The constants of the paper's lower bound, ``C = K/8 + C'`` (arXiv 2602.16601, prop. 3.3).

    Parameters
    ----------
    quadratic_variation : Enclosure
        ``K = E_{P*}([M]^2)/eps*^4``.
    taylor : Enclosure
        ``C' = E_{P*}(exp(Z) - 1 - Z)^2/eps*^4``; inf where the path chi-squared is.

    Notes
    -----
    All are dimensionless.

    Examples
    --------
    A constant error has ``[M]`` without randomness, so that K is 1; C follows as ``K/8 + C'``:

    >>> import gausscollapse as gc
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(1.0, 0.0), gc.AffineError(0, 0.5))
    >>> constants = process.remainder_constants()
    >>> round(float(constants.quadratic_variation), 9)
    1.0
    >>> bool(constants.combined == 0.125 * constants.quadratic_variation + constants.taylor)
    True
    """

    quadratic_variation: Enclosure
    taylor: Enclosure

    @property
    def combined(self) -> Enclosure:
        """``C = K/8 + C'``."""
        return 0.125 * self.quadratic_variation + self.taylor


@dataclass(frozen=True, eq=False, repr=False)
class ReverseProcess(Presented):
    """The learned reverse process ``dY = (Y/2 + k (grad log q_t(Y) + e(Y, t))) ds + lam dB``, ``s = T - t``.

    The stochasticity lam is 1 for the reverse equation, where ``k = (1 + lam^2)/2`` is 1, and 0 for the probability
    flow. Without error the marginals are those of q whatever lam.

    Parameters
    ----------
    data : Gaussian or GaussianMixture
        Law q of the data at time 0. The exact statistics need one Gaussian.
    diffusion : OrnsteinUhlenbeck
        Forward process with horizon T and stop t0.
    error : ScoreError
        Score error e; the exact statistics need one that is affine in x.
    start : {"marginal", "standard-normal"}
        Law of ``Y_0``: ``q_T`` or ``N(0, I)``.
    tolerance : float
        Relative accuracy of the differential equations, between 1e-12 and 1e-3; 1e-9 by default. Every interval
        that is returned states what it means for that number.
    stochasticity : float
        lam, from 0 to 100: how much noise the sampler adds. 1 is the reverse stochastic differential equation, 0 the
        probability flow (ODE).

    Raises
    ------
    InvalidArgumentError, DimensionMismatchError
        If an argument is of the wrong kind or dimension.
    NotSupportedError
        By the methods, if data and error are outside the exact linear-Gaussian case.

    Notes
    -----
    Energies, divergences and moments are exact in the linear-Gaussian case up to `tolerance`; see `LinearStatistics`
    for many processes at once, and `fokker_planck` and `simulate` for other data and errors. Energies are
    dimensionless, KL divergences in nats. Notation and theorems: arXiv 2602.16601; the equations solved are *own*.

    Energies are those of e whatever lam. M is the Girsanov martingale ``int (k/lam) e . dB``, and ``KL(P^ || P*)``
    is ``(1 + lam^2)^2/(8 lam^2)`` times the learned energy, least at lam = 1 (arXiv 2303.08797). A flow has no path
    densities: what needs them is absent.

    Examples
    --------
    On the standard normal a constant error b over [0, 2 log 2] moves the endpoint by b. So KL is ``b^2/2``, half the
    observed energy, where the path bound of half the learned energy, ``b^2 log 2``, gives away the rest:

    >>> import math
    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2 * math.log(2), stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), diffusion, gc.AffineError(0, 0.5))
    >>> round(float(process.endpoint().mean[0]), 9)
    0.5
    >>> round(float(process.kl()), 9), round(float(process.observed_energy() / 2), 9)
    (0.125, 0.125)
    >>> round(float(process.path_kl()), 9), round(0.25 * math.log(2), 9)
    (0.173286795, 0.173286795)
    >>> print(process.kl())
    0.125000000000 ± 6.3e-11 (numeric, moment equations)

    On the line every field is a gradient, and ``E exp(Z) = 1``:

    >>> bool(process.gradient_energy(weight="ideal").overlaps(process.learned_energy()))
    True
    >>> round(float(process.exponential_moment(theta1=1.0, theta2=-0.5)), 9)
    1.0
    >>> print(process.exponential_moment(theta1=0.0, theta2=-1e5).upper)  # exp(-1e5 b^2 2 log 2)
    5e-324
    >>> round(float(process.log_exponential_moment(theta1=0.0, theta2=-1e5)), 3), round(-0.5e5 * math.log(2), 3)
    (-34657.359, -34657.359)

    The flow keeps what the noise forgets: the same error moves its endpoint by ``b log 2``, not by b.

    >>> flow = gc.ReverseProcess(gc.Gaussian(0, 1), diffusion, gc.AffineError(0, 0.5), stochasticity=0)
    >>> round(float(flow.endpoint().mean[0] / math.log(2)), 9)
    0.5
    >>> flow.path_kl()
    Traceback (most recent call last):
    AbsentStatisticError: path_kl is not computed: the paths of a flow have no density: their start tells them
    """

    data: Law
    diffusion: OrnsteinUhlenbeck
    error: ScoreError
    start: str = "marginal"
    tolerance: float = DEFAULT_TOLERANCE
    stochasticity: float = 1.0

    def __post_init__(self) -> None:
        as_law("data", self.data)
        if not isinstance(self.diffusion, OrnsteinUhlenbeck):
            raise InvalidArgumentError(
                "diffusion", self.diffusion, "is not a forward process", "an OrnsteinUhlenbeck"
            )
        if not isinstance(self.error, ScoreError):
            raise InvalidArgumentError(
                "error",
                self.error,
                "is not a score error",
                "an AffineError, a SolenoidalError or another ScoreError"
                + of_function(self.error, ScoreError.of_function),
            )
        as_choice("start", self.start, STARTS)
        as_number("tolerance", self.tolerance, at_least=1e-12, at_most=1e-3)
        as_number("stochasticity", self.stochasticity, at_least=0.0, at_most=MOST_STOCHASTICITY)
        self.error.evaluate(np.zeros((1, self.data.dim)), self.diffusion.horizon, data=self.data)

    @property
    def dim(self) -> int:
        """Dimension d."""
        return self.data.dim

    @property
    def matched(self) -> bool:
        """Whether the learned process starts from the marginal q_T."""
        return self.start == "marginal"

    @cached_property
    def gaussian(self) -> Gaussian:
        """The data law where it is one Gaussian, or a mixture of equal ones; else `NotSupportedError`."""
        means, covs = self.data.means, self.data.covs
        if np.all(means == means[0]) and np.all(covs == covs[0]):
            return self.data.components[0]
        raise NotSupportedError(
            f"data: exact statistics need one Gaussian, not a mixture of {self.data.weights.size} components; "
            "accepted: a Gaussian"
        )

    @cached_property
    def form(self) -> LinearForm:
        """The error's linear form; `NotSupportedError` where the error is not affine in x."""
        return self.error.linear_form(self.gaussian)

    @cached_property
    def is_linear(self) -> bool:
        """Whether the data is one Gaussian and the error affine in x: the exact case."""
        with suppress(NotSupportedError):
            return bool(self.form)
        return False

    @cached_property
    def statistics(self) -> LinearStatistics:
        """All exact statistics, as arrays of length one."""
        return LinearStatistics(Batch.of([self]), self.tolerance)

    def ideal_endpoint(self) -> Law:
        """Return the ideal law at `stop`, ``q_{t0}``."""
        return marginal(self.data, self.diffusion.stop)

    def endpoint(self) -> Gaussian:
        """Return the learned law at `stop`, a Gaussian.

        Raises
        ------
        NotSupportedError
            If its moments are beyond the range of floats.
        """
        mean, cov = (part[0] for part in self.statistics.deviation)
        if not (np.all(np.isfinite(mean)) and np.all(np.isfinite(cov))):
            raise NotSupportedError("error: the learned moments leave the range of floats; accepted: a smaller error")
        batch, ideal = self.statistics.batch, self.gaussian_endpoint
        half = batch.rotation[0] * np.sqrt(batch.eigenvalues_at(batch.stop)[0])
        return Gaussian(ideal.mean + half @ mean, ideal.cov + half @ cov @ half.T)

    @property
    def gaussian_endpoint(self) -> Gaussian:
        """The ideal law at `stop` in the exact case."""
        return marginal(self.gaussian, self.diffusion.stop)

    def ideal_energy(self) -> Enclosure:
        """Return ``eps*^2 = E_{P*} int |e|^2 dt``; by quadrature outside the linear-Gaussian case."""
        if not self.is_linear:
            return stein.ideal_energy(self)
        return self.statistics.ideal_energy[0]

    def learned_energy(self) -> Enclosure:
        """Return ``eps^^2 = E_{P^} int |e|^2 dt``."""
        return self.statistics.learned_energy[0]

    def observability(self) -> Enclosure:
        """Return ``eta = Var(E[M | endpoint])/eps*^2`` in [0, 1]; 0 for no error.

        By the Fisher information of the endpoint in the linear-Gaussian case, by the Stein-Ornstein-Uhlenbeck
        identity for any other data or error (both own).
        """
        if not self.is_linear:
            return stein.ratio(self.observed_energy(), self.ideal_energy())
        return self.statistics.observability[0]

    def observed_energy(self) -> Enclosure:
        """Return ``eta eps*^2``, the Fisher information of the endpoint in the error's scale (own)."""
        if not self.is_linear:
            return stein.observed_energy(self)
        return self.statistics.observed_energy[0]

    def kl(self) -> Enclosure:
        """Return ``KL(p^ || q)`` of the endpoints in nats."""
        return self.statistics.kl[0]

    def reverse_kl(self) -> Enclosure:
        """Return ``KL(q || p^)`` of the endpoints in nats."""
        return self.statistics.reverse_kl[0]

    def chi2(self) -> Enclosure:
        """Return ``chi2(p^ || q)`` of the endpoints; inf where it diverges."""
        return self.statistics.chi2[0]

    def path_kl(self) -> Enclosure:
        """Return ``KL(P^ || P*) = KL(start) + ((1 + lam^2)^2/(8 lam^2)) eps^^2`` in nats."""
        return self.statistics.path_kl[0]

    def path_chi2(self) -> Enclosure:
        """Return ``chi2(P^ || P*) = E_{P*} exp(2 Z) - 1``; inf where the Riccati solution blows up (own)."""
        return self.statistics.path_chi2[0]

    def exponential_moment(self, *, theta1: float, theta2: float) -> Enclosure:
        """Return ``E_{P*} exp(theta1 M + theta2 [M])``, inf where it diverges (own, by Riccati equations).

        Where the process starts from N(0, I) the factor ``(dN(0, I)/dq_T)^theta1`` is included.
        """
        return self.statistics.exponential_moment(theta1=theta1, theta2=theta2)[0]

    def log_exponential_moment(self, *, theta1: float, theta2: float) -> Enclosure:
        """Return ``log E_{P*} exp(theta1 M + theta2 [M])``, for moments beyond the range of floats as well (own).

        ``log(1 + chi2(P^ || P*))`` is that of theta1 = 2, theta2 = -1.
        """
        return self.statistics.log_exponential_moment(theta1=theta1, theta2=theta2)[0]

    def gradient_energy(self, weight: Weight = "learned") -> Enclosure:
        """Return ``E_{P^} int |Pi e|^2 ds``, Pi e the gradient part of e (gradient paper, arXiv 2606.06179).

        Parameters
        ----------
        weight : {"learned", "ideal"}
            Whether the split is in L^2 of the learned or of the ideal marginals; the expectation is always
            under the learned process.
        """
        as_choice("weight", weight, get_args(Weight))
        return self.statistics.gradient_energy(weight)[0]

    def swirl_energy(self) -> Enclosure:
        """Return ``E_{P^} int |v|^2 ds`` of the solenoidal part in L^2 of the learned marginals."""
        return self.statistics.swirl_energy[0]

    def slack(self) -> Enclosure:
        """Return ``E_{P^} int |(k/lam) e - lam grad log(p^_s/q_s)|^2 ds/2``: what the path bound gives away (own)."""
        return self.statistics.slack_integral[0]

    def martingale_remainder(self) -> Enclosure:
        """Return ``rho = E_{P*}(exp(Z) - 1 - M)^2`` of a start from q_T: what `sharp` allows (own)."""
        return self.statistics.martingale_remainder[0]

    def remainder_constants(self) -> RemainderConstants:
        """Return K and C' of the paper's proposition 3.3 for this process.

        Raises
        ------
        NotSupportedError
            If the energy is 0 (the constants are ratios to its square) or the start is not q_T.
        """
        if not self.matched:
            raise NotSupportedError(
                "start: the constants are defined for a process that starts from q_T; accepted: marginal"
            )
        energy = self.ideal_energy()
        if energy.value == 0.0:
            raise NotSupportedError(
                "error: the constants are ratios to the energy, which is 0; accepted: a non-zero error"
            )
        statistics = self.statistics
        gained = statistics.batch.path_gain[0] * energy
        square = gained * gained
        return RemainderConstants(statistics.variation_square[0] / square, statistics.taylor_square[0] / square)
