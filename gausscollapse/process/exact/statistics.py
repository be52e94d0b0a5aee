"""The exact linear-Gaussian case: every statistic of a learned reverse process, for one or for thousands.

Every number is an `Enclosure` array of shape (B,) with guarantee ``"numeric"``: ordinary differential equations
solved to the stated relative accuracy, closed forms beyond. The interval is that accuracy, carried through the
closed forms, plus the rounding that the conditioning of the data covariance makes unavoidable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.excess import excess, exponential_excess
from gausscollapse.core.validation import Array, as_array, as_choice, as_number
from gausscollapse.process.exact import _layout, lower_bounds
from gausscollapse.process.exact._layout import Exponent, Moments, moment_places, moment_views, state_size
from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.exact.enclosures import (
    ROUNDING,
    Interval,
    about,
    enclose_spectral,
    enclosed,
    exponential,
    one,
    raised,
    squared,
)
from gausscollapse.process.exact.endpoints import EndpointStatistics
from gausscollapse.process.exact.exponential import LogMoment, RiccatiStates
from gausscollapse.process.exact.integration import integrate
from gausscollapse.process.statistics import (
    NO_PATHS,
    NO_SWIRL,
    NO_TRANSPORT,
    NO_VARIATION,
    Weight,
    absent,
    swirl_size,
)

DEFAULT_TOLERANCE = 1e-9
METHOD = "moment equations"
RICCATI = "Riccati equations"

# Its square is a float, also with the factors that the equations put to it.
LARGEST_EXPONENT = 1e150


class LinearStatistics(EndpointStatistics):
    """Exact statistics of B linear-Gaussian reverse processes of one dimension, computed when first asked for.

    Parameters
    ----------
    batch : Batch
        The processes.
    tolerance : float
        Relative accuracy of the differential equations, 1e-9 by default.

    Notes
    -----
    Notation of the paper (arXiv 2602.16601): M is the Girsanov martingale, [M] its quadratic variation and
    ``Z = M - [M]/2`` under the ideal path law P*; eps*^2 the ideal and eps^^2 the learned energy. Energies,
    chi-squared divergences and the remainders are dimensionless, KL divergences in nats. The moment and Riccati
    equations are *own*; `Statistics` has the sources of what they compute.

    Examples
    --------
    On the standard normal a constant error b over [0, 2 log 2] moves the endpoint by b: KL is ``b^2/2``.

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2 * np.log(2), stop=0.0)
    >>> processes = [gc.ReverseProcess(gc.Gaussian(0, 1), diffusion, gc.AffineError(0, b)) for b in (0.5, 1.0)]
    >>> s = gc.process.LinearStatistics(gc.process.Batch.of(processes))
    >>> s.kl.value.round(9), s.scaled(2).kl.value.round(9)
    (array([0.125, 0.5  ]), array([0.5, 2. ]))

    A constant is a gradient, and ``E exp(Z) = 1``:

    >>> bool(np.all(s.gradient_energy("learned").overlaps(s.learned_energy)))
    True
    >>> s.exponential_moment(theta1=1.0, theta2=-0.5).value.round(9)
    array([1., 1.])
    >>> s.log_exponential_moment(theta1=0.0, theta2=-1e5).value.round(3)  # -1e5 b^2 2 log 2
    array([ -34657.359, -138629.436])

    In the plane an error of energy 100 can leave the endpoint as it is:

    >>> plane = gc.ReverseProcess(gc.Gaussian([0, 0], np.eye(2)), diffusion, gc.AffineError(np.eye(2), [0, 0]))
    >>> blind = plane.statistics.invisible(energy=100.0, leak=0.0)
    >>> blind.ideal_energy.value.round(6), bool(blind.kl.upper[0] < 1e-20)
    (array([100.]), True)
    """

    @checked
    def __init__(self, batch: Batch, tolerance: float = DEFAULT_TOLERANCE) -> None:
        self.batch = batch
        self.tolerance = as_number("tolerance", tolerance, above=0.0, below=1.0)
        self._scaled: dict[bytes, LinearStatistics] = {}
        self._riccati_states: dict[Exponent, RiccatiStates] = {}
        self._swirls: dict[float, LinearStatistics] = {}

    @property
    def size(self) -> int:
        """Number B of processes."""
        return self.batch.size

    @property
    def dim(self) -> int:
        """Dimension d of the data."""
        return self.batch.dim

    @property
    def matched(self) -> NDArray[np.bool_]:
        """Where the learned process starts from the marginal q_T, shape (B,)."""
        return self.batch.matched

    @property
    def stochasticity(self) -> Array:
        """lam, shape (B,): 1 for the reverse process, 0 for the probability flow."""
        return self.batch.stochasticity

    def _need_paths(self, name: str) -> None:
        """Refuse what needs a density of paths where a process is a flow."""
        if name in self.absent:
            raise absent(self, name)

    @property
    def absent(self) -> Mapping[str, str]:
        """On the line an invisible error, beyond it the total variation; of flows what needs a path density."""
        here = {"invisible": NO_SWIRL} if self.dim == 1 else {"total_variation": NO_VARIATION}
        if np.any(self.stochasticity != 1.0):
            here |= dict.fromkeys(("transport_constant", "start_transport"), NO_TRANSPORT)
        return here if np.all(self.stochasticity > 0.0) else here | NO_PATHS

    @cached_property
    def relative(self) -> Array:
        """Relative error of norms of states: the tolerance over four, plus conditioning. Shape (B,)."""
        return np.asarray(0.25 * self.tolerance + self.batch.conditioning)

    def scaled(self, factor: float | Array) -> LinearStatistics:
        """Return the statistics with every error multiplied by `factor`, one for all or one a process."""
        key = as_array("factor", factor).tobytes()
        if key not in self._scaled:
            self._scaled[key] = LinearStatistics(self.batch.scaled(factor), self.tolerance)
        return self._scaled[key]

    def _solved(self, mode: int) -> tuple[Moments, Moments]:
        """Return the final states of the moment equations and the sums of their absolute increments, by name."""
        at, d = moment_places(self.dim), self.dim
        initial = np.zeros((self.size, state_size(mode, d)))
        mean, diagonal = self.batch.start
        initial[:, at.y2 : at.X2] = mean
        initial[:, at.X2 + np.arange(d) * (d + 1)] = diagonal
        found = integrate(self.batch, mode, self.tolerance, initial)
        return moment_views(at, found.state), moment_views(at, found.absolute)

    @cached_property
    def _moments(self) -> tuple[Moments, Moments]:
        return self._solved(_layout.MOMENTS)

    @cached_property
    def _geometry(self) -> tuple[Moments, Moments]:
        return self._solved(_layout.GEOMETRY)

    def _sum(self, column: int) -> tuple[Array, Array]:
        """Return an integrated scalar of the moment equations or of the geometry, and the bound of its error."""
        state, absolute = self._moments if column <= _layout.FOURTH else self._geometry
        return state.sums[:, column], 2.0 * self.relative * absolute.sums[:, column]

    @property
    def tangent(self) -> tuple[Array, Array]:
        """``(y', X')``: derivative of the endpoint's whitened mean (B, d) and covariance (B, d, d) by the scale."""
        state = self._moments[0]
        return state.y1, state.X1

    @cached_property
    def deviation(self) -> tuple[Array, Array]:
        """``(y, X)``: the endpoint is ``N(y, I + X)`` where the ideal endpoint is ``N(0, I)``."""
        state = self._moments[0]
        return state.y1 + state.y2, state.X1 + state.X2

    @cached_property
    def spectrum(self) -> tuple[Array, Array]:
        """Eigenvalues of X, shape (B, d), and y in their eigenbasis, shape (B, d)."""
        mean, cov = self.deviation
        finite = np.all(np.isfinite(cov), axis=(1, 2)) & np.all(np.isfinite(mean), axis=1)
        eigenvalues, basis = np.linalg.eigh(np.where(finite[:, None, None], cov, 0.0))
        return eigenvalues, np.einsum("bij,bi->bj", basis, mean)

    @cached_property
    def noise(self) -> Array:
        """Size of what is rounding in a state, shape (B,): a share of the error's size, whatever cancels."""
        return np.asarray(ROUNDING * np.sqrt(np.asarray(self.ideal_energy.value)))

    @cached_property
    def spectral_error(self) -> Array:
        """Bound of the error of each eigenvalue of X and entry of y, shape (B,)."""
        eigenvalues, mean = self.spectrum
        norm = np.sqrt(np.sum(mean**2, axis=1)) + np.max(np.abs(eigenvalues), axis=1)
        return np.asarray(self.relative * norm + self.noise)

    @cached_property
    def ideal_energy(self) -> Enclosure:
        """``eps*^2 = E_{P*} int |e|^2 dt``."""
        return enclosed(METHOD, about(*self._sum(_layout.IDEAL)))

    @cached_property
    def learned_energy(self) -> Enclosure:
        """``eps^^2 = E_{P^} int |e|^2 dt``."""
        (ideal, error2), (third, error3), (fourth, error4) = (
            self._sum(k) for k in (_layout.IDEAL, _layout.THIRD, _layout.FOURTH)
        )
        return enclosed(METHOD, about(ideal + third + fourth, error2 + error3 + error4))

    @cached_property
    def initial_kl(self) -> Enclosure:
        """KL of the learned start from q_T in nats: 0, or ``KL(N(0, I) || q_T)``."""
        mean, eigenvalues = self.batch.start
        share = self.batch.start_error * ~self.matched
        error = share * (1.0 + np.max(np.abs(eigenvalues), axis=1))
        mean_error = 2.0 * share * np.sqrt(np.sum(mean**2, axis=1))
        found = enclose_spectral(one, excess, mean, eigenvalues, error, mean_error)
        return Enclosure(*found, "closed form between Gaussians", "closed-form")

    @cached_property
    def path_kl(self) -> Enclosure:
        """``KL(P^ || P*) = KL(start) + ((1 + lam^2)^2/(8 lam^2)) eps^^2`` in nats."""
        self._need_paths("path_kl")
        return self.initial_kl + 0.5 * self._gained(self.learned_energy)

    @cached_property
    def observed_energy(self) -> Enclosure:
        """``eta eps*^2 = |y'|^2 + tr(X'^2)/2``: the Fisher information of the endpoint in the error's scale."""
        mean, cov = self.tangent
        norm = np.sqrt(np.sum(mean**2, axis=1) + 0.5 * np.sum(cov**2, axis=(1, 2)))
        return enclosed(METHOD, squared(norm, self.relative * norm + self.noise))

    @cached_property
    def observability(self) -> Enclosure:
        """``eta = Var(E[M | endpoint])/E[M]`` in [0, 1], ``E[M] = eps*^2`` at lam = 1; 0 where the energy is 0."""
        self._need_paths("observability")
        observed, energy = self.observed_energy, self._gained(self.ideal_energy)
        silent = np.equal(energy.value, 0.0)
        least = np.maximum(energy.lower, np.finfo(float).tiny)
        value, low, high = (
            np.asarray(part) / np.where(silent, 1.0, whole)
            for part, whole in (
                (observed.value, energy.value),
                (observed.lower, energy.upper),
                (observed.upper, least),
            )
        )
        value, high = np.minimum(value, 1.0), np.minimum(high, 1.0)
        return enclosed(METHOD, Interval(value, np.where(silent, 0.0, low), np.where(silent, 0.0, high)))

    def _geometric(self, column: int) -> Enclosure:
        value, error = self._sum(column)
        return enclosed(METHOD, about(value, error + ROUNDING * np.asarray(self.learned_energy.value)))

    @cached_property
    def slack_integral(self) -> Enclosure:
        """``(1/2) E_{P^} int |(k/lam) e - lam grad log(p^_s/q_s)|^2 ds`` in nats, ``k = (1 + lam^2)/2``."""
        self._need_paths("slack_integral")
        value, error = self._sum(_layout.SLACK)
        size = self.batch.path_gain * np.asarray(self.learned_energy.value)
        return enclosed(METHOD, about(value, error + ROUNDING * size))

    @cached_property
    def flow_integral(self) -> Enclosure:
        """``int sqrt(E_{P^}|e|^2 I(p^_s || q_s)) ds``, I the relative Fisher information."""
        return self._geometric(_layout.FLOW)

    def gradient_energy(self, weight: Weight) -> Enclosure:
        """``E_{P^} int |Pi e|^2 ds`` with the gradient part taken in L^2 of the learned or of the ideal marginal."""
        learned = as_choice("weight", weight, ("learned", "ideal")) == "learned"
        return self._geometric(_layout.GRADIENT_LEARNED if learned else _layout.GRADIENT_IDEAL)

    @cached_property
    def swirl_energy(self) -> Enclosure:
        """``E_{P^} int |v|^2 ds`` of the solenoidal part v of the error in L^2 of the learned marginal."""
        return self._geometric(_layout.SWIRL)

    def _riccati(self, exponent: Exponent) -> RiccatiStates:
        if exponent not in self._riccati_states:
            initial = np.zeros((self.size, state_size(_layout.EXPONENTIAL, self.dim)))
            found = integrate(self.batch, _layout.EXPONENTIAL, self.tolerance, initial, exponent)
            self._riccati_states[exponent] = RiccatiStates(self.batch, found, exponent, self.relative)
        return self._riccati_states[exponent]

    def exponential_moment(self, *, theta1: float, theta2: float) -> Enclosure:
        """Return ``E_{P*} exp(theta1 M + theta2 [M])``, shape (B,); inf where it diverges (own).

        Where the process starts from N(0, I) the factor ``(dN(0, I)/dq_T)^theta1`` is included.
        """
        self._need_paths("exponential_moment")
        return exponential(self._log_moment(theta1, theta2).total, RICCATI, "log_exponential_moment")

    def log_exponential_moment(self, *, theta1: float, theta2: float) -> Enclosure:
        """Return ``log E_{P*} exp(theta1 M + theta2 [M])``, shape (B,), where the moment is beyond floats as well."""
        self._need_paths("log_exponential_moment")
        return Enclosure(*self._log_moment(theta1, theta2).total, RICCATI, "numeric")

    def _log_moment(self, theta1: float, theta2: float) -> LogMoment:
        first = as_number("theta1", theta1, at_least=-LARGEST_EXPONENT, at_most=LARGEST_EXPONENT)
        second = as_number("theta2", theta2, at_least=-LARGEST_EXPONENT, at_most=LARGEST_EXPONENT)
        return self._riccati(Exponent(first, second + 0.5 * first * first)).log_moment(*self._path_sum(_layout.IDEAL))

    def _gained(self, energy: Enclosure) -> Enclosure:
        """Return E [M] under the law under which the energy is."""
        return energy * Enclosure.exact(self.batch.path_gain)

    def _path_sum(self, column: int) -> tuple[Array, Array]:
        """Return a sum of the moment equations for (k/lam) e in place of e, and the bound of its error."""
        value, error = self._sum(column)
        return self.batch.path_gain * value, self.batch.path_gain * error

    @cached_property
    def _girsanov(self) -> LogMoment:
        return self._log_moment(2.0, -1.0)

    @cached_property
    def path_chi2(self) -> Enclosure:
        """``chi2(P^ || P*) = E_{P*} exp(2 Z) - 1``; inf where the Riccati solution blows up."""
        self._need_paths("path_chi2")
        return enclosed(RICCATI, raised(np.expm1, self._girsanov.total))

    @cached_property
    def from_marginal(self) -> LinearStatistics:
        """The same errors under processes that start from q_T: M and [M] know nothing of the learned start."""
        if np.all(self.matched):
            return self
        return LinearStatistics(replace(self.batch, matched=np.ones_like(self.matched)), self.tolerance)

    def _fourth_order(self) -> Interval:
        """Return ``chi2(P^ || P*) - eps*^2 - 2 third``, all of order four (matched start)."""
        pairs = zip(raised(exponential_excess, self._girsanov.total), self._girsanov.remainder, strict=True)
        return Interval(*(rest + part for part, rest in pairs))

    @cached_property
    def martingale_remainder(self) -> Enclosure:
        """``rho = E_{P*}(exp(Z) - 1 - M)^2``, the path chi-squared + eps*^2 - 2 eps^^2 of a matched start."""
        self._need_paths("martingale_remainder")
        if self.from_marginal is not self:
            return self.from_marginal.martingale_remainder
        fourth, error = self._path_sum(_layout.FOURTH)
        return enclosed(RICCATI, self._fourth_order().plus(-2.0 * fourth, 2.0 * error))

    @cached_property
    def variation_square(self) -> Enclosure:
        """``E_{P*}([M]^2) = K eps*^4``."""
        self._need_paths("variation_square")
        # The variance of [M] does not depend on the exponents: the states of chi2(P^ || P*) hold it too.
        variance, size = self._riccati(Exponent(2.0, 1.0)).sum(_layout.VARIANCE)
        error = 2.0 * self.relative * size
        energy = self._gained(self.ideal_energy)
        value, low, high = (np.asarray(x) ** 2 for x in (energy.value, energy.lower, energy.upper))
        low = low + np.maximum(variance - error, 0.0)
        return enclosed(METHOD, Interval(value + variance, low, high + variance + error))

    @cached_property
    def taylor_square(self) -> Enclosure:
        """``E_{P*}(exp(Z) - 1 - Z)^2 = C' eps*^4``, without cancellation."""
        self._need_paths("taylor_square")
        if self.from_marginal is not self:
            return self.from_marginal.taylor_square
        square = self.variation_square
        fourth, error = self._path_sum(_layout.FOURTH)
        rest = self._fourth_order().plus(-fourth, error)
        quarters = (0.25 * np.asarray(x) for x in (square.value, square.lower, square.upper))
        return enclosed(RICCATI, Interval(*(part + quarter for part, quarter in zip(rest, quarters, strict=True))))

    @cached_property
    def taylor_energy(self) -> Enclosure:
        """``E_{P*} int (exp(Z) - 1 - Z) d[M]``: ``E int (exp(Z) - 1 - M) d[M] + E[M]^2/4``, by moments alone."""
        if self.from_marginal is not self:
            return self.from_marginal.taylor_energy
        square = self.variation_square
        fourth, error = self._sum(_layout.FOURTH)
        value, low, high = (0.25 * np.asarray(x) for x in (square.value, square.lower, square.upper))
        return enclosed(METHOD, Interval(value, low, high).plus(fourth, error))

    def hammersley_observable(self) -> Enclosure:
        """``(E_{p^} u - E_q u)^2/Var_q u <= chi2``, u the observable score; 0 where u = 0."""
        root, size, seen = lower_bounds.observable_root(self.tangent, self.deviation, self.noise)
        error = np.where(seen, 2.0 * self.relative * size + self.noise, 0.0)
        return Enclosure(*squared(root, error), METHOD, "numeric")

    def hammersley_affine(self) -> Enclosure:
        """``|y|^2 <= chi2``, the best such bound over affine test functions: means alone."""
        norm = np.sqrt(np.sum(self.deviation[0] ** 2, axis=1))
        return Enclosure(*squared(norm, self.spectral_error), METHOD, "numeric")

    def hammersley_quadratic(self) -> Enclosure:
        """``|y|^2 + ||X + y y^T||_F^2/2 <= chi2``, the best such bound over quadratic functions: two moments."""
        norm, length = lower_bounds.quadratic_root(self.deviation)
        error = self.spectral_error * np.sqrt(2.0 * self.dim) * (1.0 + length)
        return Enclosure(*squared(norm, error), METHOD, "numeric")

    def donsker_varadhan(self) -> Enclosure:
        """``sup_lam {lam E_{p^} u - log E_q exp(lam u)} <= KL(p^ || q)``, in nats."""
        best, gap, sensitivity = lower_bounds.donsker_varadhan(self.tangent, self.deviation)
        mean, cov = self.deviation
        norm = np.sqrt(np.sum(mean**2, axis=1) + np.sum(cov**2, axis=(1, 2)))
        error = sensitivity * (2.0 * self.relative * (norm * (1.0 + norm)) + self.noise) * 2.0
        return Enclosure(best, np.maximum(best - error, 0.0), best + error + gap, METHOD, "numeric")

    def invisible(self, *, energy: float, leak: float) -> LinearStatistics:
        """Return the statistics of an error ``c Q S_t^{-1}(x - m_t)`` of that ideal energy on the same data.

        Q is antisymmetric, 1 above its diagonal in the coordinates of the data, so that no endpoint shows the error;
        `leak` adds the symmetric matrix ``leak |Q|``.
        """
        wanted, leak = swirl_size(energy, leak)
        if self.dim == 1:
            raise absent(self, "invisible")
        unit = self._swirling(leak)
        return unit.scaled(np.sqrt(wanted / np.asarray(unit.ideal_energy.value)))

    def _swirling(self, leak: float) -> LinearStatistics:
        """Return the statistics of the error of `invisible` with c = 1."""
        if leak not in self._swirls:
            batch = self.batch
            upper = np.triu(np.ones((self.dim, self.dim)), 1)
            swirl = upper - upper.T + leak * (upper + upper.T)
            nothing = {name: np.zeros_like(getattr(batch, name)) for name in ("slope", "offset", "share")}
            turned = np.swapaxes(batch.rotation, 1, 2) @ swirl @ batch.rotation
            self._swirls[leak] = LinearStatistics(replace(batch, response=turned, **nothing), self.tolerance)
        return self._swirls[leak]
