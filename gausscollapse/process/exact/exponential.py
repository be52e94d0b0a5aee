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
from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.exact.enclosures import ROUNDING, Interval, about, enclose_spectral
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
        constant = lower_orders - kappa * np.trace(state.V, axis1=1, axis2=2) - trace3 + q4
        error = lower_error + error4 + self.relative * norm * 4.0
        other = self._finite(about(self._tilted(matrix, vector, constant), error))
        return LogMoment(matched.where(self.batch.matched, other), remainder)

    def _finite(self, interval: Interval) -> Interval:
        """Return the interval, inf where the Riccati solution blew up."""
        blown = self.solution.status == Status.BLOWN_UP
        return Interval(*(np.where(blown, np.inf, part) for part in interval))

    def _tilted(self, matrix: Array, vector: Array, constant: Array) -> Array:
        """Return ``log E_{z ~ N(0, I)} r(z)^theta exp(z^T P z/2 + p.z + q)``, ``r = N(mu, D)/N(0, I)``, or inf."""
        batch, theta = self.batch, self.exponent.theta
        lam = batch.eigenvalues_at(batch.horizon)
        centre = -np.exp(-0.5 * batch.horizon)[:, None] * batch.mean / np.sqrt(lam)
        identity = np.eye(batch.dim)
        # r^theta N(0, I) has the precision theta/D + (1 - theta) I, D = 1/lam.
        precision = (theta * lam + 1.0 - theta)[:, :, None] * identity - matrix
        linear = theta * lam * centre + vector
        proper = np.linalg.eigvalsh(precision)[:, 0] > 0.0
        safe = np.where(proper[:, None, None], precision, identity)
        solved = np.linalg.solve(safe, linear[:, :, None])[:, :, 0]
        value = 0.5 * (
            np.sum(linear * solved, axis=1)
            - np.linalg.slogdet(safe)[1]
            + theta * np.sum(np.log(lam), axis=1)
            - theta * np.sum(lam * centre**2, axis=1)
        )
        return np.asarray(np.where(proper, value + constant, np.inf))
