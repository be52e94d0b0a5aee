"""Certified statistics of linear-Gaussian processes: what theorems ask, with guarantee ``"certified"``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from flint import arb, ctx, fmpq, fmpq_mat
from numpy.typing import NDArray

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.named import Named
from gausscollapse.core.validation import Array
from gausscollapse.process.certified.balls import Ball, rational
from gausscollapse.process.certified.certified_process import DIGITS, CertifiedProcess
from gausscollapse.process.certified.exact_process import ExactForm, LinearProcess
from gausscollapse.process.certified.levels import MOST_BITS
from gausscollapse.process.statistics import NO_SWIRL, NO_VARIATION, Weight, absent, swirl_size


class CertifiedStatistics(Named):
    """Certified statistics of B linear-Gaussian reverse processes of one dimension.

    Parameters
    ----------
    processes : sequence of CertifiedProcess
        The processes; `of` reads them from reverse processes.

    Notes
    -----
    Every enclosure, of shape (B,), is a theorem about the process whose parameters are the given floats, exactly:
    moments, energies and exponential moments solve linear equations with rational coefficients in ``exp(-t/2)``, by
    Taylor series with a proved tail in ball arithmetic. A statistic whose finiteness is undecided within the work
    limit is enclosed in [lower, inf].

    Examples
    --------
    A constant offset on data that N(0, 1) keeps, with ``eps*^2 = 1``: chi2 of the paths is e - 1.

    >>> import gausscollapse as gc
    >>> from gausscollapse.process.certified import certified_statistics
    >>> times = gc.OrnsteinUhlenbeck(horizon=4, stop=0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), times, gc.AffineError(0, 0.5))
    >>> statistics = certified_statistics(process)
    >>> float(statistics.ideal_energy.value[0]), round(float(statistics.path_chi2.value[0]), 12)
    (1.0, 1.718281828459)
    >>> statistics.kl.guarantee
    'certified'
    >>> statistics.ball("path_chi2").str(20, radius=False)  # the same in more digits
    '1.7182818284590452354'

    Renyi divergences of any order, in both directions; between Gaussians of equal variance they are order times KL:

    >>> float(statistics.renyi(order=0.5).value[0] / statistics.kl.value[0])
    0.5
    >>> round(float(statistics.reverse_renyi(order=3.0).value[0] / statistics.kl.value[0]), 12)
    3.0

    Doubling the offset makes four times the energy; on the line all of it is a gradient's:

    >>> from gausscollapse.process.certified import CertifiedStatistics
    >>> twice = CertifiedStatistics.of([process]).scaled(2.0)
    >>> float(twice.ideal_energy.value[0]), float(twice.gradient_energy("learned").value[0])
    (4.0, 4.0)
    >>> offset = gc.AffineError([[0, 0], [0, 0]], [1, 0])
    >>> plane = gc.ReverseProcess(gc.Gaussian([0, 0], [[1, 0], [0, 2]]), times, offset)
    >>> blind = CertifiedStatistics.of([plane]).invisible(energy=9.0, leak=0.0)
    >>> round(float(blind.ideal_energy.value[0]), 12), float(blind.kl.upper[0]) < 1e-12
    (9.0, True)
    """

    def __init__(self, processes: Sequence[CertifiedProcess]) -> None:
        self.processes = tuple(processes)

    @classmethod
    def of(
        cls, processes: Sequence[LinearProcess], *, digits: int = DIGITS, most_bits: int = MOST_BITS
    ) -> CertifiedStatistics:
        """Return the statistics of some reverse processes.

        Parameters
        ----------
        processes : sequence of LinearProcess
            For instance `ReverseProcess` objects, of one dimension.
        digits : int
            Relative decimal digits wanted.
        most_bits : int
            The work limit: the largest working precision.

        Raises
        ------
        NotSupportedError
            If a process is not linear-Gaussian.
        """
        return cls([CertifiedProcess(process, digits=digits, most_bits=most_bits) for process in processes])

    @property
    def size(self) -> int:
        """Number B of processes."""
        return len(self.processes)

    @property
    def dim(self) -> int:
        """Dimension d of the data."""
        return self.processes[0].process.dim

    @property
    def matched(self) -> NDArray[np.bool_]:
        """Where the learned process starts from the marginal q_T, shape (B,)."""
        return np.array([part.process.matched for part in self.processes])

    @property
    def stochasticity(self) -> Array:
        """lam, shape (B,): 1 for the reverse equation, 0 for the flow."""
        return np.array(
            [int(part.process.stochasticity.p) / int(part.process.stochasticity.q) for part in self.processes]
        )

    @property
    def flow_integral(self) -> Enclosure:
        """``int sqrt(E_{P^}|e|^2 I(p^_s || q_s)) ds``, I the relative Fisher information."""
        return self._stacked("flow_integral")

    @property
    def absent(self) -> Mapping[str, str]:
        """On the line an invisible error, beyond it the total variation; of other samplers than the reverse more."""
        here = {"invisible": NO_SWIRL} if self.dim == 1 else {"total_variation": NO_VARIATION}
        others = {name: words for part in self.processes for name, words in part.absent.items()}
        return here | others

    def ball(self, name: str, index: int = 0) -> Ball:
        """Return one statistic of one process as python-flint's ball, which holds more digits than a float.

        Parameters
        ----------
        name : str
            Name of the statistic; "learned_gradient_energy" and "ideal_gradient_energy" for the two weights.
        index : int
            Of the process.

        Raises
        ------
        UnknownNameError, UndecidedError
            If there is no such statistic, or it is undecided within the work limit.
        """
        return self.processes[index].ball(name)

    @property
    def undecided(self) -> Mapping[str, str]:
        """What was asked for and could not be decided within the work limit: from its name to the reason."""
        return {name: words for part in self.processes for name, words in part.undecided.items()}

    def _stacked(self, name: str) -> Enclosure:
        if name in self.absent:
            raise absent(self, name)
        return joined([part.enclosure(name) for part in self.processes])

    @property
    def ideal_energy(self) -> Enclosure:
        """``eps*^2 = E_{P*} int |e|^2 dt``."""
        return self._stacked("ideal_energy")

    @property
    def learned_energy(self) -> Enclosure:
        """``eps^^2 = E_{P^} int |e|^2 dt``."""
        return self._stacked("learned_energy")

    @property
    def initial_kl(self) -> Enclosure:
        """KL of the learned start from q_T in nats: 0, or ``KL(N(0, I) || q_T)``."""
        return self._stacked("initial_kl")

    @property
    def path_kl(self) -> Enclosure:
        """``KL(P^ || P*) = KL(start) + eps^^2/2`` in nats."""
        return self._stacked("path_kl")

    @property
    def path_chi2(self) -> Enclosure:
        """``chi2(P^ || P*) = E_{P*} exp(2 Z) - 1``; inf where that is proved, [lower, inf] where it is undecided."""
        return self._stacked("path_chi2")

    @property
    def kl(self) -> Enclosure:
        """``KL(p^ || q)`` of the endpoints in nats."""
        return self._stacked("kl")

    @property
    def reverse_kl(self) -> Enclosure:
        """``KL(q || p^)`` of the endpoints in nats."""
        return self._stacked("reverse_kl")

    @property
    def chi2(self) -> Enclosure:
        """``chi2(p^ || q)`` of the endpoints; inf where that is proved, [lower, inf] where it is undecided."""
        return self._stacked("chi2")

    @property
    def reverse_chi2(self) -> Enclosure:
        """``chi2(q || p^)`` of the endpoints; inf where that is proved, [lower, inf] where it is undecided."""
        return self._stacked("reverse_chi2")

    @property
    def hellinger2(self) -> Enclosure:
        """Squared Hellinger distance ``1 - int sqrt(p^ q)`` of the endpoints."""
        return self._stacked("hellinger2")

    @property
    def total_variation(self) -> Enclosure:
        """``int |p^ - q|/2`` of the endpoints, on the line."""
        if self.dim > 1:
            raise absent(self, "total_variation")
        return joined([part.total_variation() for part in self.processes])

    @property
    def wasserstein2(self) -> Enclosure:
        """2-Wasserstein distance of the endpoints, a length."""
        return self._stacked("wasserstein2")

    @property
    def transport_constant(self) -> Enclosure:
        """``l (1 - e^{-(T - t0)})/l_T``, l the largest variance of q."""
        return self._stacked("transport_constant")

    @property
    def start_transport(self) -> Enclosure:
        """``Phi(T) W2(start, q_T)``, a length; 0 for a matched start."""
        return self._stacked("start_transport")

    @property
    def ideal_mean(self) -> Enclosure:
        """Mean of q, shape (B, d)."""
        return joined([part.endpoint_enclosures(ideal=True)[0] for part in self.processes])

    @property
    def ideal_covariance(self) -> Enclosure:
        """Covariance of q, shape (B, d, d)."""
        return joined([part.endpoint_enclosures(ideal=True)[1] for part in self.processes])

    @property
    def learned_mean(self) -> Enclosure:
        """Mean of p^, shape (B, d)."""
        return joined([part.endpoint_enclosures()[0] for part in self.processes])

    @property
    def learned_covariance(self) -> Enclosure:
        """Covariance of p^, shape (B, d, d)."""
        return joined([part.endpoint_enclosures()[1] for part in self.processes])

    def renyi(self, *, order: float) -> Enclosure:
        """Return ``D_order(p^ || q)`` in nats; inf where that is proved, [KL, inf] where it is undecided."""
        return joined([part.renyi(order=order, reverse=False) for part in self.processes])

    def reverse_renyi(self, *, order: float) -> Enclosure:
        """Return ``D_order(q || p^)`` in nats; inf where that is proved, [KL, inf] where it is undecided."""
        return joined([part.renyi(order=order, reverse=True) for part in self.processes])

    @property
    def observed_energy(self) -> Enclosure:
        """``eta eps*^2``: the Fisher information of the endpoint in the error's scale."""
        return self._stacked("observed_energy")

    @property
    def observability(self) -> Enclosure:
        """``eta = Var(E[M | endpoint])/eps*^2`` in [0, 1]; 0 where the energy is 0."""
        return self._stacked("observability")

    @property
    def variation_square(self) -> Enclosure:
        """``E_{P*} [M]^2``."""
        return self._stacked("variation_square")

    @property
    def taylor_square(self) -> Enclosure:
        """``E_{P*} (exp(Z) - 1 - Z)^2``, Z without the start's likelihood ratio."""
        return self._stacked("taylor_square")

    @property
    def martingale_remainder(self) -> Enclosure:
        """``rho = E_{P*} (exp(Z) - 1 - M)^2``, Z without the start's likelihood ratio."""
        return self._stacked("martingale_remainder")

    @property
    def taylor_energy(self) -> Enclosure:
        """``E_{P*} int (exp(Z) - 1 - Z) d[M]``, Z without the start's likelihood ratio."""
        return self._stacked("taylor_energy")

    @property
    def slack_integral(self) -> Enclosure:
        """``(1/2) E_{P^} int |e - grad log(p^_s/q_s)|^2 ds`` in nats."""
        return self._stacked("slack_integral")

    @property
    def swirl_energy(self) -> Enclosure:
        """``E_{P^} int |v|^2 ds`` of the solenoidal part v of the error in L^2 of the learned marginals."""
        return self._stacked("swirl_energy")

    def gradient_energy(self, weight: Weight) -> Enclosure:
        """``E_{P^} int |Pi e|^2 ds`` with the gradient part taken in L^2 of the learned or of the ideal marginals."""
        return self._stacked(f"{weight}_gradient_energy")

    def hammersley_observable(self) -> Enclosure:
        """``(E_{p^} u - E_q u)^2/Var_q u <= chi2``, u the observable score; 0 where u = 0."""
        return self._stacked("hammersley_observable")

    def hammersley_affine(self) -> Enclosure:
        """The best such bound over affine test functions: means alone."""
        return self._stacked("hammersley_affine")

    def hammersley_quadratic(self) -> Enclosure:
        """The best such bound over quadratic test functions: two moments."""
        return self._stacked("hammersley_quadratic")

    def donsker_varadhan(self) -> Enclosure:
        """``sup_lam {lam E_{p^} u - log E_q exp(lam u)} <= KL(p^ || q)``, in nats."""
        return self._stacked("donsker_varadhan")

    def scaled(self, factor: float | Array) -> CertifiedStatistics:
        """Return the statistics with every error multiplied by `factor`, one for all or one a process, exactly."""
        factors = np.broadcast_to(np.asarray(factor, dtype=np.float64), (self.size,))
        return CertifiedStatistics([part.scaled(float(c)) for part, c in zip(self.processes, factors, strict=True)])

    def invisible(self, *, energy: float, leak: float) -> CertifiedStatistics:
        """Return the statistics of an error ``c Q S_t^{-1}(x - m_t)`` of that ideal energy on the same data.

        Q is antisymmetric; `leak` adds the symmetric matrix ``leak |Q|``. The factor c is a ball: the energy is the
        wanted one to every digit.
        """
        wanted, share = (rational(number) for number in swirl_size(energy, leak))
        if self.dim == 1:
            raise absent(self, "invisible")
        return CertifiedStatistics([_swirling(part, wanted, share) for part in self.processes])


def joined(parts: Sequence[Enclosure]) -> Enclosure:
    """Return certified enclosures, one a process, as one whose first axis is the processes."""
    value, lower, upper = (np.array([getattr(part, end) for part in parts]) for end in ("value", "lower", "upper"))
    return Enclosure(value, lower, upper, parts[0].method, "certified")


def _swirling(part: CertifiedProcess, energy: fmpq, leak: fmpq) -> CertifiedProcess:
    dim = part.process.dim
    turn = fmpq_mat([[(leak + (j > i) - (j < i)) * (i != j) for j in range(dim)] for i in range(dim)])
    form = ExactForm(fmpq_mat(dim, dim), fmpq_mat(dim, 1), turn, fmpq(0), None)
    unit = CertifiedProcess(
        replace(part.process, form=form, gain=lambda: arb(1)), digits=part.digits, most_bits=part.most_bits
    )

    def gain() -> Ball:
        return (arb(energy) / unit.soon(ctx.prec).ideal_energy()).sqrt()

    return CertifiedProcess(replace(unit.process, gain=gain), digits=part.digits, most_bits=part.most_bits)


@checked
def certified_statistics(
    process: LinearProcess, *, digits: int = DIGITS, most_bits: int = MOST_BITS
) -> CertifiedStatistics:
    """Return the certified statistics of one linear-Gaussian reverse process, arrays of length one.

    Parameters
    ----------
    process : LinearProcess
        For instance a `ReverseProcess` with Gaussian data and an error that is affine in x.
    digits : int
        Relative decimal digits wanted.
    most_bits : int
        The work limit: the largest working precision.

    Returns
    -------
    CertifiedStatistics
        Computed when first asked for.

    Raises
    ------
    NotSupportedError
        If the process is not linear-Gaussian.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> from gausscollapse.process.certified import certified_statistics
    >>> times = gc.OrnsteinUhlenbeck(horizon=7.5, stop=0.5)
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), times, gc.AffineError(0.2, 0))
    >>> float(certified_statistics(process).path_chi2.lower[0])  # proved to be infinite
    inf
    """
    return CertifiedStatistics.of([process], digits=digits, most_bits=most_bits)
