"""The exact linear-Gaussian case: every statistic of a learned reverse process, for one or for thousands.

Every number is an `Enclosure` array of shape (B,) with guarantee ``"numeric"``: ordinary differential equations
solved to the stated relative accuracy, closed forms beyond. The interval is that accuracy, carried through the
closed forms, plus the rounding that the conditioning of the data covariance makes unavoidable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.excess import excess, exponential_excess
from gausscollapse.core.validation import Array
from gausscollapse.process.exact import lower_bounds
from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.statistics import NO_SWIRL, Weight, absent

DEFAULT_TOLERANCE = 1e-9
METHOD = "moment equations"
RICCATI = "Riccati equations"
ROUNDING = 2e-14
# Squares of states underflow on the way to numbers below this size.
FAINT = 1e-280

Profile = Callable[[Array], Array]


def _one(x: Array) -> Array:
    return np.ones_like(x)


def enclose_spectral(weight: Profile, volume: Profile, mean: Array, eigenvalues: Array, error: Array) -> Any:
    """Return value, lower and upper of ``sum(mean^2 weight(x) + volume(x))/2`` with x and mean known up to `error`.

    Parameters
    ----------
    weight : callable
        Monotone and positive where it is finite.
    volume : callable
        Non-negative, 0 at 0 and monotone on either side.
    mean, eigenvalues : ndarray, shape (..., d)
        Arguments.
    error : ndarray, shape (...)
        Bound of the error of each entry.

    Returns
    -------
    tuple of ndarray, shape (...)
        Value, lower and upper; inf where a function is NaN or infinite (outside its domain).
    """
    width = error[..., None]
    size = np.abs(mean)
    with np.errstate(invalid="ignore"):
        small, large = np.maximum(np.nan_to_num(size - width, nan=0.0), 0.0), size + width

    def cleaned(function: Profile, x: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            result = function(x)
        return np.where(np.isnan(result) | (result < 0.0), np.inf, result)

    def product(squares: Array, weights: Array) -> Array:
        with np.errstate(invalid="ignore", over="ignore"):
            return np.where(squares == 0.0, 0.0, squares * weights)

    left, right = eigenvalues - width, eigenvalues + width
    weights = [cleaned(weight, x) for x in (left, eigenvalues, right)]
    volumes = [cleaned(volume, x) for x in (left, eigenvalues, right)]
    crossing = (left <= 0.0) & (right >= 0.0)
    lower = product(small**2, np.minimum(weights[0], weights[2])) + np.where(
        crossing, 0.0, np.minimum(volumes[0], volumes[2])
    )
    value = product(size**2, weights[1]) + volumes[1]
    upper = product(large**2, np.maximum(weights[0], weights[2])) + np.maximum(volumes[0], volumes[2])
    return tuple(0.5 * np.sum(part, axis=-1) for part in (value, lower, upper))


def _enclosure(method: str, value: Array, lower: Array, upper: Array) -> Enclosure:
    """Return a non-negative numeric enclosure, ends put in order; nothing relative is known below `FAINT`."""
    value = np.maximum(value, 0.0)
    faint = (value > 0.0) & (value < FAINT)
    low = np.where(faint, 0.0, np.minimum(np.maximum(lower, 0.0), value))
    high = np.maximum(np.where(faint, FAINT, upper), np.maximum(upper, value))
    return Enclosure(value, low, high, method, "numeric")


def raised(function: Profile, value: Array, lower: Array, upper: Array) -> tuple[Array, Array, Array]:
    """Return an exponential of value, lower and upper; a finite lower exponent keeps a finite lower end."""
    with np.errstate(over="ignore"):
        low = np.asarray(function(lower))
        low = np.where(np.isinf(low) & np.isfinite(lower), np.finfo(float).max, low)
        return np.asarray(function(value)), low, np.asarray(function(upper))


class LinearStatistics:
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
    ``Z = M - [M]/2`` under the ideal path law P*; eps*^2 the ideal and eps^^2 the learned energy.
    """

    def __init__(self, batch: Batch, tolerance: float = DEFAULT_TOLERANCE) -> None:
        self.batch = batch
        self.tolerance = tolerance
        self._scaled: dict[bytes, LinearStatistics] = {}
        self._riccati_states: dict[tuple[float, float], tuple[Array, Array, Any]] = {}

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
    def absent(self) -> Mapping[str, str]:
        """Nothing, but that there is no invisible error on the line."""
        return {"invisible": NO_SWIRL} if self.dim == 1 else {}

    @cached_property
    def relative(self) -> Array:
        """Relative error of norms of states: the tolerance over four, plus conditioning. Shape (B,)."""
        return np.asarray(0.25 * self.tolerance + self.batch.conditioning)

    def scaled(self, factor: float | Array) -> LinearStatistics:
        """Return the statistics with every error multiplied by `factor`, one for all or one a process."""
        key = np.asarray(factor, dtype=np.float64).tobytes()
        if key not in self._scaled:
            self._scaled[key] = LinearStatistics(self.batch.scaled(factor), self.tolerance)
        return self._scaled[key]

    def _initial(self, size: int) -> Array:
        """Return the start of the moment equations: zero, or the law N(0, I) seen from q_T."""
        batch, d = self.batch, self.batch.dim
        state = np.zeros((batch.size, size))
        mismatched = ~batch.matched
        if np.any(mismatched):
            lam = batch.eigenvalues_at(batch.horizon)
            final = np.exp(-0.5 * batch.horizon)[:, None] * batch.mean
            second = d + d * d
            state[mismatched, second : second + d] = (-final / np.sqrt(lam))[mismatched]
            diagonal = np.arange(d) * (d + 1) + second + d
            # 1/lam - 1 = -exp(-T)(s - 1)/lam for an eigenvalue s at time 0.
            decay = np.exp(-batch.horizon)[:, None]
            state[np.ix_(np.flatnonzero(mismatched), diagonal)] = (-decay * (batch.eig - 1.0) / lam)[mismatched]
        return state

    def _moments(self, mode: int) -> tuple[Array, Array]:
        from gausscollapse.process.exact import _integrator_kernels as _kernels

        size = _kernels.layout(mode, self.batch.dim)[0]
        state, absolute, _ = self.batch.integrate(mode, self.tolerance, self._initial(size))
        return state, absolute

    @cached_property
    def _states(self) -> tuple[Array, Array]:
        return self._moments(0)

    @cached_property
    def _geometry(self) -> tuple[Array, Array]:
        return self._moments(1)

    def _block(self, order: int) -> tuple[Array, Array]:
        d = self.batch.dim
        first = (order - 1) * (d + d * d)
        state = self._states[0]
        return state[:, first : first + d], state[:, first + d : first + d + d * d].reshape(-1, d, d)

    def _scalar(self, index: int, *, geometry: bool = False) -> tuple[Array, Array]:
        """Return a scalar of the moment equations and the bound of its error."""
        d = self.batch.dim
        state, absolute = self._geometry if geometry else self._states
        column = 2 * (d + d * d) + index
        return state[:, column], 2.0 * self.relative * absolute[:, column]

    @property
    def tangent(self) -> tuple[Array, Array]:
        """``(y', X')``: derivative of the endpoint's whitened mean (B, d) and covariance (B, d, d) by the scale."""
        return self._block(1)

    @cached_property
    def deviation(self) -> tuple[Array, Array]:
        """``(y, X)``: the endpoint is ``N(y, I + X)`` where the ideal endpoint is ``N(0, I)``."""
        (mean1, cov1), (mean2, cov2) = self._block(1), self._block(2)
        return mean1 + mean2, cov1 + cov2

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
        value, error = self._scalar(0)
        return _enclosure(METHOD, value, value - error, value + error)

    @cached_property
    def learned_energy(self) -> Enclosure:
        """``eps^^2 = E_{P^} int |e|^2 dt``."""
        parts = [self._scalar(index) for index in range(3)]
        value = sum((part[0] for part in parts), np.zeros(self.size))
        error = sum((part[1] for part in parts), np.zeros(self.size))
        return _enclosure(METHOD, value, value - error, value + error)

    @cached_property
    def initial_kl(self) -> Enclosure:
        """KL of the learned start from q_T in nats: 0, or ``KL(N(0, I) || q_T)``."""
        d = self.batch.dim
        start = self._initial(2 * (d + d * d) + 3)
        second = d + d * d
        eigenvalues = start[:, second + d + np.arange(d) * (d + 1)]
        mean = start[:, second : second + d]
        error = self.batch.conditioning * (1.0 + np.max(np.abs(eigenvalues), axis=1)) * ~self.batch.matched
        value, lower, upper = enclose_spectral(_one, excess, mean, eigenvalues, error)
        return Enclosure(value, lower, upper, "closed form between Gaussians", "closed-form")

    @cached_property
    def path_kl(self) -> Enclosure:
        """``KL(P^ || P*) = KL(start) + eps^^2/2`` in nats."""
        return self.initial_kl + 0.5 * self.learned_energy

    @cached_property
    def observed_energy(self) -> Enclosure:
        """``eta eps*^2 = |y'|^2 + tr(X'^2)/2``: the Fisher information of the endpoint in the error's scale."""
        mean, cov = self.tangent
        norm = np.sqrt(np.sum(mean**2, axis=1) + 0.5 * np.sum(cov**2, axis=(1, 2)))
        error = self.relative * norm + self.noise
        return _enclosure(METHOD, norm**2, np.maximum(norm - error, 0.0) ** 2, (norm + error) ** 2)

    @cached_property
    def observability(self) -> Enclosure:
        """``eta = Var(E[M | endpoint])/eps*^2`` in [0, 1]; 0 where the energy is 0."""
        ideal = np.asarray(self.ideal_energy.value)
        silent = ideal == 0.0
        safe = np.where(silent, 1.0, ideal)
        low = np.asarray(self.observed_energy.lower) / np.where(silent, 1.0, np.asarray(self.ideal_energy.upper))
        high = np.asarray(self.observed_energy.upper) / np.where(
            silent, 1.0, np.maximum(np.asarray(self.ideal_energy.lower), np.finfo(float).tiny)
        )
        value = np.minimum(np.asarray(self.observed_energy.value) / safe, 1.0)
        return _enclosure(METHOD, value, np.where(silent, 0.0, low), np.where(silent, 0.0, np.minimum(high, 1.0)))

    def _spectral(self, weight: Profile, volume: Profile) -> Any:
        eigenvalues, mean = self.spectrum
        return enclose_spectral(weight, volume, mean, eigenvalues, self.spectral_error)

    @cached_property
    def kl(self) -> Enclosure:
        """``KL(p^ || q)`` of the endpoints in nats."""
        return _enclosure(METHOD, *self._spectral(_one, excess))

    @cached_property
    def reverse_kl(self) -> Enclosure:
        """``KL(q || p^)`` of the endpoints in nats."""
        return _enclosure(METHOD, *self._spectral(lambda x: 1.0 / (1.0 + x), lambda x: excess(-x / (1.0 + x))))

    @cached_property
    def chi2(self) -> Enclosure:
        """``chi2(p^ || q)`` of the endpoints; inf unless every eigenvalue of X is below 1."""
        exponents = self._spectral(lambda x: 2.0 / (1.0 - x), lambda x: excess(x) + excess(-x))
        return _enclosure(METHOD, *raised(np.expm1, *exponents))

    @cached_property
    def slack_integral(self) -> Enclosure:
        """``(1/2) E_{P^} int |e - grad log(p^_s/q_s)|^2 ds`` in nats."""
        return self._geometric(3)

    def gradient_energy(self, weight: Weight) -> Enclosure:
        """``E_{P^} int |Pi e|^2 ds`` with the gradient part taken in L^2 of the learned or of the ideal marginal."""
        return self._geometric(4 if weight == "learned" else 5)

    @cached_property
    def swirl_energy(self) -> Enclosure:
        """``E_{P^} int |v|^2 ds`` of the solenoidal part v of the error in L^2 of the learned marginal."""
        return self._geometric(6)

    def _geometric(self, index: int) -> Enclosure:
        value, error = self._scalar(index, geometry=True)
        error = error + ROUNDING * np.asarray(self.learned_energy.value)
        return _enclosure(METHOD, value, value - error, value + error)

    def _riccati(self, theta: float, kappa: float) -> tuple[Array, Array, Any]:
        """Return the states of the exponential moment, their absolute increments and the kernel's status."""
        from gausscollapse.process.exact import _integrator_kernels as _kernels

        key = (float(theta), float(kappa))
        if key not in self._riccati_states:
            size = _kernels.layout(_kernels.EXPONENTIAL, self.batch.dim)[0]
            self._riccati_states[key] = self.batch.integrate(
                _kernels.EXPONENTIAL, self.tolerance, np.zeros((self.size, size)), theta=theta, kappa=kappa
            )
        return self._riccati_states[key]

    def exponential(self, theta1: float, theta2: float) -> tuple[Any, Any]:
        """Return ``log E_{P*} exp(theta1 M + theta2 [M])`` with the start's likelihood ratio.

        The ratio ``(dN(0, I)/dq_T)^theta1`` multiplies where the process starts from N(0, I).

        Returns
        -------
        log_moment : tuple of ndarray
            Value, lower and upper of the logarithm, shape (B,) each; inf where it diverges.
        remainder : tuple of ndarray
            Value, lower and upper of its terms of order four and more in the error (matched start).
        """
        batch, d = self.batch, self.batch.dim
        kappa = theta2 + 0.5 * theta1**2
        state, absolute, status = self._riccati(theta1, kappa)
        n = d * d
        base = 3 * n + 2 * d
        V, v = state[:, :n].reshape(-1, d, d), state[:, n : n + d]
        P3, p3 = state[:, n + d : 2 * n + d].reshape(-1, d, d), state[:, 2 * n + d : 2 * n + 2 * d]
        P4 = state[:, 2 * n + 2 * d : base].reshape(-1, d, d)
        blown = status == 1
        matrix, vector = 2.0 * kappa * V + P3 + P4, 2.0 * kappa * v + p3
        relative = self.relative
        scale = 2.0 * relative
        q3, q4 = state[:, base + 1], state[:, base + 2]
        trace3, trace4 = 0.5 * np.trace(P3, axis1=1, axis2=2), 0.5 * np.trace(P4, axis1=1, axis2=2)
        energy, energy_error = self._scalar(0)
        error3 = scale * (absolute[:, base + 1] + np.abs(trace3)) + ROUNDING * energy**1.5
        error4 = scale * (absolute[:, base + 2] + 0.5 * np.sum(np.abs(np.einsum("bii->bi", P4)), axis=1))
        error4 += ROUNDING * energy**2
        second = kappa * energy
        lower_orders = second + q3 + trace3
        lower_error = abs(kappa) * energy_error + error3

        eigenvalues, basis = np.linalg.eigh(matrix)
        turned = np.einsum("bij,bi->bj", basis, vector)
        norm = np.max(np.abs(eigenvalues), axis=1) + np.sqrt(np.sum(vector**2, axis=1))
        boundary = enclose_spectral(
            lambda x: 1.0 / (1.0 - x), lambda x: excess(-x), turned, eigenvalues, relative * norm
        )
        remainder = tuple(
            np.where(blown, np.inf, part + q4 + trace4 + sign * error4)
            for part, sign in zip(boundary, (0.0, -1.0, 1.0), strict=True)
        )
        matched = tuple(
            lower_orders + part + sign * lower_error for part, sign in zip(remainder, (0.0, -1.0, 1.0), strict=True)
        )
        if np.all(batch.matched):
            return matched, remainder
        tilted = self._tilted(
            theta1, matrix, vector, lower_orders - kappa * np.trace(V, axis1=1, axis2=2) - trace3 + q4
        )
        error = lower_error + error4 + relative * norm * 4.0
        starts = tuple(np.where(blown, np.inf, tilted + sign * error) for sign in (0.0, -1.0, 1.0))
        log_moment = tuple(np.where(batch.matched, a, b) for a, b in zip(matched, starts, strict=True))
        return log_moment, remainder

    def _tilted(self, theta: float, matrix: Array, vector: Array, constant: Array) -> Array:
        """Return ``log E_{z ~ N(0, I)} r(z)^theta exp(z^T P z/2 + p.z + q)``, ``r = N(mu, D)/N(0, I)``, or inf."""
        batch = self.batch
        lam = batch.eigenvalues_at(batch.horizon)
        centre = -np.exp(-0.5 * batch.horizon)[:, None] * batch.mean / np.sqrt(lam)
        identity = np.eye(batch.dim)
        # r^theta N(0, I) has the precision theta/D + (1 - theta) I, D = 1/lam.
        precision = (theta * lam + 1.0 - theta)[:, :, None] * identity - matrix
        linear = theta * lam * centre + vector
        lowest = np.linalg.eigvalsh(precision)[:, 0]
        proper = lowest > 0.0
        safe = np.where(proper[:, None, None], precision, identity)
        solved = np.linalg.solve(safe, linear[:, :, None])[:, :, 0]
        value = 0.5 * (
            np.sum(linear * solved, axis=1)
            - np.linalg.slogdet(safe)[1]
            + theta * np.sum(np.log(lam), axis=1)
            - theta * np.sum(lam * centre**2, axis=1)
        )
        return np.asarray(np.where(proper, value + constant, np.inf))

    @cached_property
    def _girsanov(self) -> tuple[Any, Any]:
        return self.exponential(2.0, -1.0)

    @cached_property
    def path_chi2(self) -> Enclosure:
        """``chi2(P^ || P*) = E_{P*} exp(2 Z) - 1``; inf where the Riccati solution blows up."""
        return _enclosure(RICCATI, *raised(np.expm1, *self._girsanov[0]))

    def _fourth_order(self) -> Any:
        """Return value, lower, upper of ``chi2(P^ || P*) - eps*^2 - 2 third``, all of order four (matched start)."""
        log_moment, remainder = self._girsanov
        excesses = raised(exponential_excess, *log_moment)
        return tuple(rest + part for part, rest in zip(excesses, remainder, strict=True))

    @cached_property
    def martingale_remainder(self) -> Enclosure:
        """``rho = chi2(P^ || P*) + eps*^2 - 2 eps^^2 = E_{P*}(exp(Z) - 1 - M)^2``, without cancellation."""
        fourth, error = self._scalar(2)
        value, lower, upper = self._fourth_order()
        return _enclosure(
            RICCATI, value - 2.0 * fourth, lower - 2.0 * fourth - 2.0 * error, upper - 2.0 * fourth + 2.0 * error
        )

    @cached_property
    def variation_square(self) -> Enclosure:
        """``E_{P*}([M]^2) = K eps*^4``."""
        d = self.batch.dim
        # The variance of [M] does not depend on the exponents: the states of chi2(P^ || P*) hold it too.
        state, absolute, _ = self._riccati(2.0, 1.0)
        column = 3 * d * d + 2 * d
        variance, energy = state[:, column], np.asarray(self.ideal_energy.value)
        error = 2.0 * self.relative * absolute[:, column]
        low, high = np.asarray(self.ideal_energy.lower), np.asarray(self.ideal_energy.upper)
        return _enclosure(
            METHOD, energy**2 + variance, low**2 + np.maximum(variance - error, 0.0), high**2 + variance + error
        )

    @cached_property
    def taylor_square(self) -> Enclosure:
        """``E_{P*}(exp(Z) - 1 - Z)^2 = C' eps*^4``, without cancellation."""
        fourth, error = self._scalar(2)
        square = self.variation_square
        value, lower, upper = self._fourth_order()
        return _enclosure(
            RICCATI,
            value - fourth + 0.25 * np.asarray(square.value),
            lower - fourth - error + 0.25 * np.asarray(square.lower),
            upper - fourth + error + 0.25 * np.asarray(square.upper),
        )

    def hammersley_observable(self) -> Enclosure:
        """``(E_{p^} u - E_q u)^2/Var_q u <= chi2``, u the observable score; 0 where u = 0."""
        root, size, seen = lower_bounds.observable_root(self.tangent, self.deviation, self.noise)
        error = np.where(seen, 2.0 * self.relative * size + self.noise, 0.0)
        return lower_bounds.squared(root, error, METHOD)

    def hammersley_affine(self) -> Enclosure:
        """``|y|^2 <= chi2``, the best such bound over affine test functions: means alone."""
        norm = np.sqrt(np.sum(self.deviation[0] ** 2, axis=1))
        return lower_bounds.squared(norm, self.spectral_error, METHOD)

    def hammersley_quadratic(self) -> Enclosure:
        """``|y|^2 + ||X + y y^T||_F^2/2 <= chi2``, the best such bound over quadratic functions: two moments."""
        norm, length = lower_bounds.quadratic_root(self.deviation)
        error = self.spectral_error * np.sqrt(2.0 * self.dim) * (1.0 + length)
        return lower_bounds.squared(norm, np.asarray(error), METHOD)

    def donsker_varadhan(self) -> Enclosure:
        """``sup_lam {lam E_{p^} u - log E_q exp(lam u)} <= KL(p^ || q)``, in nats."""
        best, gap, sensitivity = lower_bounds.donsker_varadhan(self.tangent, self.deviation)
        mean, cov = self.deviation
        norm = np.sqrt(np.sum(mean**2, axis=1) + np.sum(cov**2, axis=(1, 2)))
        error = sensitivity * (2.0 * self.relative * (norm * (1.0 + norm)) + self.noise) * 2.0
        return Enclosure(best, np.maximum(best - error, 0.0), best + error + gap, METHOD, "numeric")

    def invisible(self, *, energy: float, leak: float) -> LinearStatistics:
        """Return the statistics of an error ``c Q S_t^{-1}(x - m_t)`` of that ideal energy on the same data.

        Q is antisymmetric, so that no endpoint shows the error; `leak` adds the symmetric matrix ``leak |Q|``.
        """
        if self.dim == 1:
            raise absent(self, "invisible")
        batch = self.batch
        upper = np.triu(np.ones((self.dim, self.dim)), 1)
        swirl = np.broadcast_to(upper - upper.T + leak * (upper + upper.T), batch.slope.shape)
        zeros = np.zeros_like
        unit = LinearStatistics(
            replace(
                batch,
                slope=zeros(batch.slope),
                offset=zeros(batch.offset),
                response=np.array(swirl),
                share=zeros(batch.share),
            ),
            self.tolerance,
        )
        return unit.scaled(np.sqrt(energy / np.asarray(unit.ideal_energy.value)))
