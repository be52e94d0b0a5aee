"""All statistics of one process at one precision: each a ball, inf where it is proved to be infinite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property

from flint import arb, arb_mat, fmpq

from gausscollapse.process.certified import distances
from gausscollapse.process.certified.affine_energy import affine_energy
from gausscollapse.process.certified.balls import Ball, Matrix, Rational, block, identity, precision
from gausscollapse.process.certified.endpoint import Endpoints, ObservableScore
from gausscollapse.process.certified.equations import Equations
from gausscollapse.process.certified.exact_process import ExactProcess
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.geometry import GeometricIntegrals
from gausscollapse.process.certified.moments import (
    LearnedMoments,
    TangentMoments,
)
from gausscollapse.process.certified.sweep import Effort, PrecisionError

# Balls about the Riccati solution grow from step to step, and the geometric integrals keep half of the bits; the
# other equations carry norms along.
PATH_BITS = 192


class Solution:
    """One process at one working precision, which the caller sets; computed when first asked for.

    Parameters
    ----------
    process : ExactProcess
        The process.
    effort : Effort
        The working precision, and the size of the tails.
    wider : callable, optional
        Gives the same at `PATH_BITS`, for what needs as many; a new one by default.
    """

    def __init__(self, process: ExactProcess, effort: Effort, *, wider: Callable[[], Solution] | None = None) -> None:
        self.process = process
        self.effort = effort
        self._wider = wider

    @cached_property
    def wide(self) -> Solution:
        """The same at `PATH_BITS`, or this one where it has as many."""
        if self.effort.bits >= PATH_BITS or self.effort.floats:
            return self
        return Solution(self.process, self.effort.growing(PATH_BITS)) if self._wider is None else self._wider()

    @cached_property
    def coefficients(self) -> Coefficients:
        """The process as balls."""
        return Coefficients(self.process)

    @cached_property
    def equations(self) -> Equations:
        """The equations of the process."""
        return Equations(self.coefficients, self.effort)

    @property
    def learned(self) -> LearnedMoments:
        """Learned endpoint and energies."""
        return self.equations.learned

    @property
    def tangent(self) -> TangentMoments:
        """First and second order about the ideal process."""
        return self.equations.tangent

    @property
    def geometry(self) -> GeometricIntegrals:
        """The splits."""
        with precision(self.wide.effort.bits):
            return self.wide.equations.energies

    @cached_property
    def matched(self) -> Solution:
        """The same process, started from q_T."""
        if self.process.matched:
            return self
        return Solution(replace(self.process, matched=True), self.effort, wider=lambda: self.wide.matched)

    def _ideal(self, v: Ball) -> Matrix:
        inside = range(self.process.dim)
        return block(self.coefficients.covariance(v), inside, inside)

    @cached_property
    def ends(self) -> Endpoints:
        """The two endpoints."""
        dim = self.process.dim
        inside = range(dim)
        mean = block(self.learned.deviation, inside, range(dim, dim + 1))
        second = block(self.learned.deviation, inside, inside)
        return Endpoints(self._ideal(self.coefficients.stop), second - mean * mean.transpose(), mean)

    @cached_property
    def score(self) -> ObservableScore:
        """The observable score."""
        dim = self.process.dim
        inside = range(dim)
        return ObservableScore(
            self.ends,
            block(self.tangent.tangent, inside, inside),
            block(self.tangent.tangent, inside, range(dim, dim + 1)),
        )

    @cached_property
    def log_path(self) -> Ball:
        """``log(1 + chi2(P^ || P*))``, inf where it diverges."""
        if self.wide is not self:
            with precision(self.wide.effort.bits):
                return self.wide.log_path
        return self.log_exponential_moment(theta=arb(2), kappa=arb(1))

    def log_exponential_moment(self, *, theta: Ball, kappa: Ball) -> Ball:
        """Return ``log E_{P*} exp(theta1 M + theta2 [M])``; see `paths`."""
        with precision(self.wide.effort.bits):
            return self.wide.equations.log_moment(theta=theta, kappa=kappa, matched=self.process.matched)

    def ideal_endpoint(self) -> tuple[Matrix, Matrix]:
        """Return mean (d, 1) and covariance (d, d) of q."""
        return arb_mat(self.process.mean) * self.coefficients.stop, self._ideal(self.coefficients.stop)

    def learned_endpoint(self) -> tuple[Matrix, Matrix]:
        """Return mean (d, 1) and covariance (d, d) of the learned law at the stop."""
        ideal = arb_mat(self.process.mean) * self.coefficients.stop
        return ideal + self.ends.mean, self.ends.covariance + self.ends.change

    def ideal_energy(self) -> Ball:
        """Return ``eps*^2``."""
        found = affine_energy(self.coefficients)
        return self.learned.ideal_energy if found is None else found

    def learned_energy(self) -> Ball:
        """Return ``eps^^2``."""
        return self.ideal_energy() + self.learned.excess

    def initial_kl(self) -> Ball:
        """Return ``KL(N(0, I) || q_T)``, or 0."""
        if self.process.matched:
            return arb(0)
        covariance = self._ideal(self.coefficients.start)
        mean = arb_mat(self.process.mean) * -self.coefficients.start
        return Endpoints(covariance, identity(self.process.dim) - covariance, mean).kl()

    def path_kl(self) -> Ball:
        """Return ``KL(P^ || P*)``; the stochasticity is not 0."""
        return self.initial_kl() + self.learned_energy() * (self.process.path_gain / 2)

    def path_chi2(self) -> Ball:
        """Return ``chi2(P^ || P*)``."""
        return self.log_path.expm1() if self.log_path.is_finite() else self.log_path

    def kl(self) -> Ball:
        """Return ``KL(p^ || q)``."""
        return self.ends.kl()

    def reverse_kl(self) -> Ball:
        """Return ``KL(q || p^)``."""
        return self.ends.reverse_kl()

    def chi2(self) -> Ball:
        """Return ``chi2(p^ || q)``."""
        exponent = self.ends.log_chi2()
        return exponent.expm1() if exponent.is_finite() else exponent

    def reverse_chi2(self) -> Ball:
        """Return ``chi2(q || p^)``."""
        exponent = self.ends.exchanged.log_chi2()
        return exponent.expm1() if exponent.is_finite() else exponent

    def renyi(self, order: Rational, *, reverse: bool) -> Ball:
        """Return the Renyi divergence of p^ from q, or of q from p^."""
        return (self.ends.exchanged if reverse else self.ends).renyi(order)

    def hellinger2(self) -> Ball:
        """Return ``1 - int sqrt(p^ q)``."""
        return -(-self.ends.renyi(fmpq(1, 2)) / 2).expm1()

    def total_variation(self) -> Ball:
        """Return ``int |p^ - q|/2``; on the line only, which the caller sees to."""
        return distances.total_variation(self.ends)

    def wasserstein2(self) -> Ball:
        """Return the 2-Wasserstein distance."""
        return distances.wasserstein2(self.ends)

    def transport_constant(self) -> Ball:
        """Return ``l (1 - e^{-(T - t0)})/l_T``, l the largest variance of q."""
        top, left = distances.largest_eigenvalue(self.ends.covariance), self._left()
        return top * (1 - left) / (left * top + 1 - left)

    def start_transport(self) -> Ball:
        """Return ``Phi(T) W2(start, q_T)``, or 0."""
        if self.process.matched:
            return arb(0)
        top, left = distances.largest_eigenvalue(self.ends.covariance), self._left()
        covariance = self._ideal(self.coefficients.start)
        mean = arb_mat(self.process.mean) * -self.coefficients.start
        start = Endpoints(covariance, identity(self.process.dim) - covariance, mean)
        return left.sqrt() * top / (left * top + 1 - left) * distances.wasserstein2(start)

    def _left(self) -> Ball:
        """Return ``e^{-(T - t0)}``."""
        return (self.coefficients.start / self.coefficients.stop) ** 2

    def observed_energy(self) -> Ball:
        """Return ``eta eps*^2``."""
        return self.score.variance()

    def observability(self) -> Ball:
        """Return eta; `PrecisionError` where the energy cannot be told from 0."""
        if self.process.silent:
            return arb(0)
        energy = self.ideal_energy()
        if not energy > 0:
            raise PrecisionError("whether the energy is positive")
        return self.observed_energy() / (energy * self.process.path_gain)

    def variation_square(self) -> Ball:
        """Return ``E_{P*} [M]^2``."""
        return self.ideal_energy() ** 2 + self.tangent.variance

    def taylor_square(self) -> Ball:
        """Return ``E_{P*} (exp(Z) - 1 - Z)^2``: ``chi2(P^ || P*) - eps^^2 - E M [M] + E [M]^2/4``."""
        twin = self.matched
        rest = self.variation_square() / 4 - twin.learned_energy() - self.tangent.third
        return twin.path_chi2() + rest

    def martingale_remainder(self) -> Ball:
        """Return ``rho = chi2(P^ || P*) + eps*^2 - 2 eps^^2`` (matched start)."""
        twin = self.matched
        return twin.path_chi2() + (self.ideal_energy() - 2 * twin.learned_energy())

    def taylor_energy(self) -> Ball:
        """Return ``E_{P*} int (exp(Z) - 1 - Z) d[M]``, by moments alone."""
        twin = self.matched
        return twin.learned_energy() - self.ideal_energy() - self.tangent.third + self.variation_square() / 4

    def slack_integral(self) -> Ball:
        """Return the slack of the path bound in nats."""
        with precision(self.wide.effort.bits):
            return self.wide.equations.twice_slack / 2

    def flow_integral(self) -> Ball:
        """Return ``int sqrt(E_{P^}|e|^2 I(p^_s || q_s)) ds``; 0 without an error."""
        if self.process.silent:
            return arb(0)
        with precision(self.wide.effort.bits):
            return self.wide.equations.flow

    def learned_gradient_energy(self) -> Ball:
        """Return the gradient energy, split in L^2 of the learned marginals."""
        return self.geometry.learned

    def ideal_gradient_energy(self) -> Ball:
        """Return the gradient energy, split in L^2 of the ideal marginals."""
        return self.geometry.ideal

    def swirl_energy(self) -> Ball:
        """Return the solenoidal energy in L^2 of the learned marginals; 0 on the line."""
        return self.geometry.swirl if self.process.dim > 1 else arb(0)

    def hammersley_observable(self) -> Ball:
        """Return the Hammersley bound of the observable score."""
        return self.score.hammersley()

    def hammersley_affine(self) -> Ball:
        """Return the best Hammersley bound over affine functions."""
        return self.ends.affine()

    def hammersley_quadratic(self) -> Ball:
        """Return the best Hammersley bound over quadratic functions."""
        return self.ends.quadratic()

    def donsker_varadhan(self) -> Ball:
        """Return the Donsker-Varadhan value of the observable score."""
        return self.score.donsker_varadhan()


STATISTICS: Mapping[str, Callable[[Solution], Ball]] = {
    name: getattr(Solution, name)
    for name in (
        "ideal_energy", "learned_energy", "initial_kl", "path_kl", "path_chi2", "kl", "reverse_kl", "chi2",
        "observed_energy", "observability", "variation_square", "taylor_square", "martingale_remainder",
        "reverse_chi2", "hellinger2", "wasserstein2", "taylor_energy",
        "transport_constant", "start_transport",
        "slack_integral", "flow_integral", "learned_gradient_energy", "ideal_gradient_energy", "swirl_energy",
        "hammersley_observable", "hammersley_affine", "hammersley_quadratic", "donsker_varadhan",
    )
}  # fmt: skip
"""What is certified, by name."""
