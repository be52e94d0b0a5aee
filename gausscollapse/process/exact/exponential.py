"""Exponential moments ``E_{P*} exp(theta1 M + theta2 [M])`` from the Riccati equations, in log space (*own*).

Given the whitened start z, the moment is ``exp(z^T P z/2 + p.z + q)``; orders in the error are kept apart, so that
what is of order four is not lost beside what is of order two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gausscollapse.core.excess import excess
from gausscollapse.core.validation import Array
from gausscollapse.process.exact._layout import Q3, Q4, Exponent, Riccati, Status, riccati_places, riccati_views
from gausscollapse.process.exact.batch import UNIT, Batch
from gausscollapse.process.exact.enclosures import ROUNDING, Interval, enclose_spectral
from gausscollapse.process.exact.integration import Solution


class LogMoment(NamedTuple):
    """A log moment, and its terms of order four and more in the error for a matched start; inf where it diverges."""

    total: Interval
    remainder: Interval


@dataclass(frozen=True, eq=False)
class RiccatiStates:
    """The solved Riccati equations of a batch, and how well they are known.

    Parameters
    ----------
    batch : Batch
        The processes.
    solution : Solution
        States of the mode EXPONENTIAL.
    exponent : Exponent
        Its parameters theta and kappa.
    relative : ndarray, shape (B,)
        Relative error of norms of states.
    """

    batch: Batch
    solution: Solution
    exponent: Exponent
    relative: Array

    @property
    def state(self) -> Riccati:
        """The final states by name."""
        return riccati_views(riccati_places(self.batch.dim), self.solution.state)

    @property
    def absolute(self) -> Riccati:
        """Sums of the absolute increments of the states by name."""
        return riccati_views(riccati_places(self.batch.dim), self.solution.absolute)

    def sum(self, column: int) -> tuple[Array, Array]:
        """Return an integrated scalar and the scale of its error, shapes (B,)."""
        return self.state.sums[:, column], self.absolute.sums[:, column]

    def log_moment(self, energy: Array, energy_error: Array) -> LogMoment:
        """Return the log moment, with the start's likelihood ratio where the process starts from N(0, I).

        Parameters
        ----------
        energy, energy_error : ndarray, shape (B,)
            The ideal energy and the bound of its error.
        """
        state, kappa = self.state, self.exponent.kappa
        scale = 2.0 * self.relative
        (q3, size3), (q4, size4) = self.sum(Q3), self.sum(Q4)
        trace3, trace4 = 0.5 * np.trace(state.P3, axis1=1, axis2=2), 0.5 * np.trace(state.P4, axis1=1, axis2=2)
        error3 = scale * (size3 + np.abs(trace3)) + ROUNDING * energy**1.5
        error4 = scale * (size4 + 0.5 * np.sum(np.abs(np.einsum("bii->bi", state.P4)), axis=1))
        error4 += ROUNDING * energy**2
        lower_orders = kappa * energy + q3 + trace3
        lower_error = abs(kappa) * energy_error + error3

        matrix, vector = 2.0 * kappa * state.V + state.P3 + state.P4, 2.0 * kappa * state.v + state.p3
        eigenvalues, basis = np.linalg.eigh(matrix)
        turned = np.einsum("bij,bi->bj", basis, vector)
        norm = np.max(np.abs(eigenvalues), axis=1) + np.sqrt(np.sum(vector**2, axis=1))
        boundary = enclose_spectral(
            lambda x: 1.0 / (1.0 - x), lambda x: excess(-x), turned, eigenvalues, self.relative * norm
        )
        remainder = self._finite(boundary.plus(q4).plus(trace4, error4))
        matched = remainder.plus(lower_orders, lower_error)
        if kappa <= 0.0:
            # E exp(theta M - theta^2 [M]/2 + kappa [M]) <= 1, for exp(theta M - theta^2 [M]/2) is a density
            matched = Interval(*(np.minimum(part, 0.0) for part in matched))
        if np.all(self.batch.matched):
            return LogMoment(matched, remainder)
        tilted = self._tilted(matrix, vector, self.relative * norm).plus(q4).plus(trace4, error4)
        other = self._finite(tilted.plus(lower_orders, lower_error))
        return LogMoment(matched.where(self.batch.matched, other), remainder)

    def _finite(self, interval: Interval) -> Interval:
        """Return the interval, inf where the Riccati solution blew up."""
        blown = self.solution.status == Status.BLOWN_UP
        return Interval(*(np.where(blown, np.inf, part) for part in interval))

    def _tilted(self, matrix: Array, vector: Array, error: Array) -> Interval:
        """Return ``log E_{z ~ N(0, I)} r(z)^theta exp(z^T P z/2 + p.z) - tr P/2``, ``r = N(0, I)/q_T`` whitened.

        With x the eigenvalues of ``S_T - I`` and ``a m`` the mean at the horizon, ``r^theta N(0, I)`` adds
        ``-theta x`` to P and ``-theta a S_T^{1/2} m`` to p, and takes ``theta (x - log(1 + x) + (a m)^2)/2`` off.
        """
        batch, theta = self.batch, self.exponent.theta
        decay = np.exp(-batch.horizon)[:, None]
        x, moved = decay * (batch.eig - 1.0), np.sqrt(decay) * batch.mean
        lam, blur = 1.0 + x, batch.start_blur
        least = np.min(lam, axis=1)
        total = matrix - theta * x[:, :, None] * np.eye(batch.dim)
        linear = vector - theta * np.sqrt(lam) * moved
        eigenvalues, basis = np.linalg.eigh(total)
        turned = np.einsum("bij,bi->bj", basis, linear)
        rounding = UNIT * batch.dim
        length, largest = (np.sqrt(np.sum(part**2, axis=1)) for part in (moved, turned))
        spectral_error = error + abs(theta) * blur + rounding * np.max(np.abs(eigenvalues), axis=1)
        mean_error = error + rounding * largest
        mean_error += abs(theta) * np.sqrt(np.max(lam, axis=1)) * length * (rounding + blur / least)
        found = enclose_spectral(
            lambda x: 1.0 / (1.0 - x), lambda x: excess(-x), turned, eigenvalues, spectral_error, mean_error
        )
        volumes = excess(x)
        off = 0.5 * theta * np.sum(volumes + moved**2, axis=1)
        doubt = np.sum(np.abs(x) / lam, axis=1) * blur + rounding * np.sum(volumes + moved**2, axis=1)
        return found.plus(
            -off, abs(theta) * doubt + rounding * np.abs(np.where(np.isinf(found.value), 0.0, found.value))
        )
