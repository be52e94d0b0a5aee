"""Moments of the two Gaussian endpoints and their divergences, by closed forms in one basis.

In the coordinates that whiten the ideal endpoint it is ``N(0, I)`` and the learned one ``N(y, I + X)``. With x an
eigenvalue of X and ``phi(x) = x - log(1 + x)``, the Renyi divergence of order a of the learned from the ideal one is

    ``sum (y^2 a/(1 - (a - 1) x) + phi(x) + phi(-(a - 1) x)/(a - 1))/2``

(Gil, Alajaji and Linder 2013), and in the other direction the same with ``-x/(1 + x)`` in the volume and the weight
``a/(1 + a x)``. Orders below 1/2 are those above it by ``D_a(p || q) = a/(1 - a) D_{1-a}(q || p)``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.excess import excess
from gausscollapse.core.named import Named
from gausscollapse.core.validation import Array
from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.exact.enclosures import Interval, Profile, about, enclose_spectral, enclosed, one, raised
from gausscollapse.process.statistics import absent, renyi_order

METHOD = "moment equations"
UNIT = 2.0**-52


def _mirrored(x: Array) -> Array:
    """Return ``-x/(1 + x)``: the change of the ideal variance in units of the learned one."""
    return -x / (1.0 + x)


def _reverse_volume(x: Array) -> Array:
    # -x/(1 + x) is -1 to the last bit for large x.
    return np.where(x > 1.0, np.log1p(x) - x / (1.0 + x), excess(_mirrored(x)))


class EndpointStatistics(Named, ABC):
    """What the two endpoints tell, each B Gaussians."""

    batch: Batch

    @property
    @abstractmethod
    def absent(self) -> Mapping[str, str]:
        """What is not computed, and why."""

    @property
    @abstractmethod
    def relative(self) -> Array:
        """Relative error of norms of states, shape (B,)."""

    @property
    @abstractmethod
    def deviation(self) -> tuple[Array, Array]:
        """``(y, X)``, shapes (B, d) and (B, d, d), in the eigenbasis of the data."""

    @property
    @abstractmethod
    def spectrum(self) -> tuple[Array, Array]:
        """Eigenvalues of X, shape (B, d), and y in their eigenbasis, shape (B, d)."""

    @property
    @abstractmethod
    def spectral_error(self) -> Array:
        """Bound of the error of each eigenvalue of X and entry of y, shape (B,)."""

    def _spectral(self, weight: Profile, volume: Profile) -> Interval:
        eigenvalues, mean = self.spectrum
        return enclose_spectral(weight, volume, mean, eigenvalues, self.spectral_error)

    @cached_property
    def kl(self) -> Enclosure:
        """``KL(p^ || q)`` of the endpoints in nats."""
        return enclosed(METHOD, self._spectral(one, excess))

    @cached_property
    def reverse_kl(self) -> Enclosure:
        """``KL(q || p^)`` of the endpoints in nats."""
        return enclosed(METHOD, self._spectral(lambda x: 1.0 / (1.0 + x), _reverse_volume))

    @cached_property
    def chi2(self) -> Enclosure:
        """``chi2(p^ || q)`` of the endpoints; inf unless every eigenvalue of X is below 1."""
        exponent = self._spectral(lambda x: 2.0 / (1.0 - x), lambda x: excess(x) + excess(-x))
        return enclosed(METHOD, raised(np.expm1, exponent))

    @cached_property
    def reverse_chi2(self) -> Enclosure:
        """``chi2(q || p^)`` of the endpoints; inf unless every eigenvalue of X is above -1/2."""
        return enclosed(METHOD, raised(np.expm1, self._renyi(2.0, reverse=True)))

    @cached_property
    def hellinger2(self) -> Enclosure:
        """Squared Hellinger distance ``1 - int sqrt(p^ q)`` of the endpoints, from 0 to 1."""
        half = self._renyi(0.5, reverse=False)
        return enclosed(METHOD, Interval(*(-np.expm1(-0.5 * part) for part in half)))

    def renyi(self, *, order: float) -> Enclosure:
        """Return the Renyi divergence ``D_order(p^ || q)`` of the endpoints in nats; of order 1 it is KL."""
        a = renyi_order(order)
        return self.kl if a == 1.0 else enclosed(METHOD, self._renyi(a, reverse=False))

    def reverse_renyi(self, *, order: float) -> Enclosure:
        """Return the Renyi divergence ``D_order(q || p^)`` of the endpoints in nats; of order 1 it is KL."""
        a = renyi_order(order)
        return self.reverse_kl if a == 1.0 else enclosed(METHOD, self._renyi(a, reverse=True))

    def _renyi(self, a: float, *, reverse: bool) -> Interval:
        if a < 0.5:
            share = a / (1.0 - a)
            return Interval(*(share * part for part in self._renyi(1.0 - a, reverse=not reverse)))
        gap = a - 1.0

        def weight(x: Array) -> Array:
            return a / (1.0 + a * x if reverse else 1.0 - gap * x)

        def volume(x: Array) -> Array:
            first = _reverse_volume(x) if reverse else excess(x)
            return np.asarray(first + excess(-gap * (_mirrored(x) if reverse else x)) / gap)

        return self._spectral(weight, volume)

    @cached_property
    def total_variation(self) -> Enclosure:
        """Total variation distance of the endpoints, on the line."""
        if self.batch.dim > 1:
            raise absent(self, "total_variation")
        (change, mean), error = self.spectrum, self.spectral_error
        value = _line_variation(mean[:, 0], change[:, 0])
        least = 1.0 + change[:, 0] - error
        with np.errstate(divide="ignore", invalid="ignore"):
            # |d TV/dy| <= E|z|/(2 s), |d TV/dv| <= E|z^2 - 1|/(4 v).
            width = error * (0.4 / np.sqrt(least) + 0.25 / least) + 8.0 * UNIT
        width = np.where(least > 0.0, width, 1.0)
        return enclosed(METHOD, Interval(value, value - width, np.minimum(value + width, 1.0)))

    @cached_property
    def wasserstein2(self) -> Enclosure:
        """2-Wasserstein distance of the endpoints, a length."""
        (mean, change), lam = self.deviation, self.batch.eigenvalues_at(self.batch.stop)
        value = np.sqrt(np.sum(lam * mean**2, axis=1) + _transport(lam, change))
        error, top, d = self.spectral_error, np.sqrt(np.max(lam, axis=1)), self.batch.dim
        least = 1.0 + np.min(self.spectrum[0], axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            # ||A^{1/2} - B^{1/2}||_F is at most ||A - B||_F/(a^{1/2} + b^{1/2}) and ||A - B||_1^{1/2}.
            root = np.sqrt(d) * error / np.sqrt(np.maximum(least, 0.0))
        spread = np.fmin(root, np.sqrt(d * error))
        return enclosed(METHOD, about(value, top * (np.sqrt(d) * error + spread) + self.relative * value))

    @property
    def _largest(self) -> tuple[Array, Array, Array]:
        """``(l, l_T, e^{-(T - t0)})``: the largest variance at t0 and what it becomes at T, shapes (B,)."""
        batch = self.batch
        top = np.max(batch.eigenvalues_at(batch.stop), axis=1)
        left = np.exp(-(batch.horizon - batch.stop))
        return top, left * top - np.expm1(-(batch.horizon - batch.stop)), left

    @cached_property
    def transport_constant(self) -> Enclosure:
        """``int Phi(t)^2 dt = l (1 - e^{-(T - t0)})/l_T``, l the largest variance of q."""
        if "transport_constant" in self.absent:
            raise absent(self, "transport_constant")
        batch, (top, later, _) = self.batch, self._largest
        value = -np.expm1(-(batch.horizon - batch.stop)) * top / later
        return enclosed(METHOD, about(value, 16.0 * batch.dim * UNIT * value * (1.0 + batch.horizon)))

    @cached_property
    def start_transport(self) -> Enclosure:
        """``Phi(T) W2(start, q_T)``, a length; 0 for a matched start."""
        if "start_transport" in self.absent:
            raise absent(self, "start_transport")
        batch, (top, later, left) = self.batch, self._largest
        lam = batch.eigenvalues_at(batch.horizon)
        # (1 - sqrt(lam))^2 = ((1 - lam)/(1 + sqrt(lam)))^2, and lam - 1 = e^{-T}(s - 1).
        spread = np.exp(-batch.horizon)[:, None] * (batch.eig - 1.0) / (1.0 + np.sqrt(lam))
        moved = np.exp(-0.5 * batch.horizon)[:, None] * batch.mean
        value = np.sqrt(left) * top / later * np.sqrt(np.sum(spread**2 + moved**2, axis=1))
        value = np.where(self.batch.matched, 0.0, value)
        blur = batch.start_blur * np.sqrt(batch.dim) * np.sqrt(left) * top / later
        error = 32.0 * batch.dim * UNIT * value * (1.0 + batch.horizon) + np.where(batch.matched, 0.0, blur)
        return enclosed(METHOD, about(value, error))

    @cached_property
    def ideal_mean(self) -> Enclosure:
        """Mean of q, shape (B, d)."""
        batch = self.batch
        value = np.einsum("bij,bj->bi", batch.rotation, np.exp(-0.5 * batch.stop)[:, None] * batch.mean)
        return _entries(value, 8.0 * batch.dim * UNIT * np.linalg.norm(value, axis=1))

    @cached_property
    def ideal_covariance(self) -> Enclosure:
        """Covariance of q, shape (B, d, d)."""
        lam = self.batch.eigenvalues_at(self.batch.stop)
        return _entries(self._turned(lam[:, :, None] * np.eye(self.batch.dim)), self._blur(np.max(lam, axis=1)))

    @cached_property
    def learned_mean(self) -> Enclosure:
        """Mean of p^, shape (B, d)."""
        lam, mean = self.batch.eigenvalues_at(self.batch.stop), self.deviation[0]
        moved = np.einsum("bij,bj->bi", self.batch.rotation, np.sqrt(lam) * mean)
        value = np.asarray(self.ideal_mean.value) + moved
        error = np.sqrt(np.max(lam, axis=1)) * self.spectral_error * np.sqrt(self.batch.dim)
        size = np.linalg.norm(self.ideal_mean.value, axis=1) + np.linalg.norm(moved, axis=1)
        return _entries(value, error + self._blur(size))

    @cached_property
    def learned_covariance(self) -> Enclosure:
        """Covariance of p^, shape (B, d, d)."""
        lam, change = self.batch.eigenvalues_at(self.batch.stop), self.deviation[1]
        root = np.sqrt(lam)
        whole = root[:, :, None] * (np.eye(self.batch.dim) + change) * root[:, None, :]
        top = np.max(lam, axis=1)
        size = top * (1.0 + np.max(np.abs(self.spectrum[0]), axis=1))
        return _entries(self._turned(whole), top * self.spectral_error + self._blur(size))

    def _turned(self, matrix: Array) -> Array:
        rotation = self.batch.rotation
        return np.asarray(rotation @ matrix @ np.swapaxes(rotation, 1, 2))

    def _blur(self, size: Array) -> Array:
        """Return what eigh and products of matrices may lose of entries of that size."""
        return np.asarray(16.0 * self.batch.dim * UNIT * size)


def _entries(value: Array, error: Array) -> Enclosure:
    """Return arrays whose every entry is known up to one error each, shape (B,)."""
    width = error.reshape(-1, *([1] * (value.ndim - 1)))
    return Enclosure(value, value - width, value + width, METHOD, "numeric")


def _line_variation(mean: Array, change: Array) -> Array:
    """Return the total variation distance of ``N(y, 1 + x)`` from ``N(0, 1)``.

    ``p^ = q`` where ``x z^2 + 2 y z - y^2 - (1 + x) log(1 + x) = 0``.
    """
    from scipy.special import ndtr

    v = np.maximum(1.0 + change, np.finfo(float).tiny)
    level = mean**2 + v * np.log(v)
    root = np.sqrt(np.maximum(mean**2 + change * level, 0.0))
    pivot = -(mean + np.copysign(root, mean))
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([pivot / change, -level / pivot])
    # Nothing is between ends that are NaN: there both laws are the same.
    low, high = np.min(ends, axis=0), np.max(ends, axis=0)
    deviation = np.sqrt(v)
    learned = ndtr((high - mean) / deviation) - ndtr((low - mean) / deviation)
    found: Array = np.abs(learned - (ndtr(high) - ndtr(low)))
    return np.nan_to_num(found, nan=0.0)


def _transport(lam: Array, change: Array) -> Array:
    """Return the squared W2 distance of ``N(0, S)`` and ``N(0, S^{1/2}(I + X) S^{1/2})``, S = diag(lam).

    With ``R = (S^2 + S X S)^{1/2} = S + D`` it is ``tr D S^{-1} D``, and D solves ``R D + D S = S X S``.
    """
    right = lam[:, :, None] * change * lam[:, None, :]
    finite = np.all(np.isfinite(right), axis=(1, 2))
    right = np.where(finite[:, None, None], right, 0.0)
    squares, basis = np.linalg.eigh((lam**2)[:, :, None] * np.eye(lam.shape[1]) + right)
    roots = np.sqrt(np.maximum(squares, 0.0))
    turned = np.swapaxes(basis, 1, 2) @ right / (roots[:, :, None] + lam[:, None, :])
    found = np.sum((basis @ turned) ** 2 / lam[:, None, :], axis=(1, 2))
    return np.asarray(np.where(finite, found, np.inf))
