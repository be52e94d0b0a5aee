"""Families of linear-Gaussian reverse processes as boxes of numbers, for the counterexample search.

Without loss of generality the data covariance is diagonal. A point holds, in this order, the logarithms of its
eigenvalues, the logarithms of t0 and T - t0, and what the family adds. Every error but a realizable one is scaled to
the ideal energy that the point names, by the elementary integrals of `energy_of`; its parts count with their cubes,
so that errors of nearly one part are met over decades. Every coordinate has a core, where most theorems say much, and
reaches decades beyond it, where statements are false that hold in the core.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gausscollapse.checking.chapter import LazyInstances, Sample, Space
from gausscollapse.checking.coordinates import Range, Ranges, ends, split
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.errors import (
    AffineError,
    AmplifiedScoreError,
    RealizableError,
    ScoreError,
    SolenoidalError,
)
from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.exact.statistics import LinearStatistics
from gausscollapse.process.process import STARTS, ReverseProcess

MARGINAL, STANDARD = STARTS
LINEAR = ("slope", "offset", "amplification", "swirl")


EIGENVALUES = Range.logarithms(1e-6, 0.01, 10.0, 1e3)
STOPS = Range.logarithms(1e-6, 1e-3, 1.0, 3.0)
SPANS = Range.logarithms(1e-3, 0.05, 8.0, 20.0)
ENERGIES = Range.logarithms(1e-10, 1e-6, 10.0, 50.0)
SIZES = Range.logarithms(1e-4, 1e-3, 1.0, 3.0)
STOCHASTICITIES = Range.logarithms(0.02, 0.1, 2.0, 4.0)
MEANS, PARTS = Range(-30.0, -3.0, 3.0, 30.0), Range(-1.0, -1.0, 1.0, 1.0)


def energy_of(
    eig: Array, mean: Array, slope: Array, offset: Array, response: Array, stop: Array, end: Array
) -> Array:
    """Return the ideal energy of ``e = A x + b + R S_t^{-1}(x - m_t)`` on data with diagonal covariance, shape (B,).

    ``int lam dt``, ``int dt/lam`` and the integrals of exp(-t/2), exp(-t) are elementary (*own*).
    """
    span = end - stop
    fast = -np.exp(-stop) * np.expm1(-span)
    slow = -2.0 * np.exp(-0.5 * stop) * np.expm1(-0.5 * span)
    spread = eig * fast[:, None] + (span - fast)[:, None]
    inverse = np.log1p((np.exp(stop) * np.expm1(span))[:, None] / (np.expm1(stop)[:, None] + eig))
    moved = np.einsum("bij,bj->bi", slope, mean)
    centre = fast * np.sum(moved**2, axis=1) + 2.0 * slow * np.sum(moved * offset, axis=1)
    return np.asarray(
        centre
        + span * np.sum(offset**2, axis=1)
        + np.einsum("bij,bj->b", slope**2, spread)
        + np.einsum("bij,bj->b", response**2, inverse)
        + 2.0 * span * np.sum(slope * response, axis=(1, 2))
    )


def _antisymmetric(entries: Array, dim: int) -> Array:
    """Return antisymmetric matrices (n, d, d) from their entries above the diagonal (n, d (d - 1)/2)."""
    result = np.zeros((len(entries), dim, dim))
    rows, columns = np.triu_indices(dim, 1)
    result[:, rows, columns], result[:, columns, rows] = entries, -entries
    return result


def _rotations(angles: Array, dim: int) -> Array:
    """Return products of plane rotations (n, d, d) by angles (n, d (d - 1)/2)."""
    result = np.array(np.broadcast_to(np.eye(dim), (len(angles), dim, dim)))
    for angle, i, j in zip(angles.T, *np.triu_indices(dim, 1), strict=True):
        cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
        first, second = result[:, :, i].copy(), result[:, :, j].copy()
        result[:, :, i], result[:, :, j] = cos * first + sin * second, cos * second - sin * first
    return result


@dataclass(frozen=True)
class LinearFamily:
    """One family in one dimension.

    Parameters
    ----------
    name : str
        For the reader.
    dim : int
        Dimension d.
    parts : tuple of str
        Which parts of the error are free: "slope", "offset", "amplification", "swirl"; or ("target",).
    start : {"marginal", "standard-normal"}
        Where the learned processes start.
    stochasticity : float, optional
        That of the samplers; free where it is None.
    spans : Range
        Of T - t0.
    """

    name: str
    dim: int
    parts: tuple[str, ...]
    start: str = MARGINAL
    stochasticity: float | None = 1.0
    spans: Range = SPANS
    ranges: Ranges = field(init=False)

    def __post_init__(self) -> None:
        d, pairs = self.dim, self.dim * (self.dim - 1) // 2
        ranges = {"log_eig": (d, EIGENVALUES), "log_stop": (1, STOPS), "log_span": (1, self.spans)}
        if "target" in self.parts:
            ranges |= {"log_size": (1, SIZES), "spread": (d, PARTS), "shift": (d, PARTS)}
            ranges |= {"turn": (pairs, PARTS)} if d > 1 else {}
        else:
            ranges |= {"log_energy": (1, ENERGIES)}
            ranges |= {"mean": (d, MEANS)} if "slope" in self.parts or self.start == STANDARD else {}
            sizes = {"slope": d * d, "offset": d, "amplification": 1, "swirl": pairs}
            ranges |= {part: (sizes[part], PARTS) for part in self.parts}
        if self.stochasticity is None:
            ranges |= {"log_stochasticity": (1, STOCHASTICITIES)}
        object.__setattr__(self, "ranges", ranges)

    def space(self) -> Space:
        """Return the family as a box."""
        low, core_low, core_high, high = (
            ends(self.ranges, which) for which in ("low", "core_low", "core_high", "high")
        )
        return Space(f"{self.name} d={self.dim}", low, high, self.sample, core=(core_low, core_high))

    def sample(self, points: Array, tolerance: float) -> Sample:
        """Return the instances of points (n, k) of the box."""
        entries = split(self.ranges, points)
        for part in set(self.parts) & set(LINEAR):
            entries[part] = entries[part] ** 3
        batch = self._batch(len(points), entries)
        build = LazyInstances(len(points), lambda index: self._process(batch[index : index + 1]))
        name = f"{self.name} d={self.dim}"
        return Sample(build, LinearStatistics(batch, tolerance), [name] * len(points))

    def _batch(self, count: int, entries: Mapping[str, Array]) -> Batch:
        d = self.dim
        # A real copy: a read-only array would be another signature, and the kernels compiled once more.
        eye = np.array(np.broadcast_to(np.eye(d), (count, d, d)))
        eig = np.sort(np.exp(entries["log_eig"]), axis=1)
        stop = np.exp(entries["log_stop"][:, 0])
        horizon = stop + np.exp(entries["log_span"][:, 0])
        zeros, vectors = np.zeros((count, d, d)), np.zeros((count, d))
        mean = entries.get("mean", vectors)
        slope = entries["slope"].reshape(count, d, d) if "slope" in entries else zeros
        offset = entries.get("offset", vectors)
        response = zeros
        if "amplification" in entries:
            response = response - entries["amplification"][:, :, None] * eye
        if "swirl" in entries:
            response = response + _antisymmetric(entries["swirl"], d)
        share, basis, target_eig, shift, change = np.zeros(count), eye, np.ones((count, d)), vectors, zeros
        if "target" in self.parts:
            share = np.ones(count)
            basis, target_eig, shift, change = self._target(eig, entries)
        else:
            raw = energy_of(eig, mean, slope, offset, response, stop, horizon)
            wanted = np.exp(entries["log_energy"][:, 0])
            factor = np.sqrt(wanted / np.maximum(raw, 1e-60 * wanted))
            slope, response = factor[:, None, None] * slope, factor[:, None, None] * response
            offset = factor[:, None] * offset
        return Batch(
            rotation=eye, eig=eig, mean=mean, slope=slope, offset=offset, response=response, share=share,
            change=change, basis=basis, target_eig=target_eig, shift=shift, horizon=horizon, stop=stop,
            matched=np.full(count, self.start == MARGINAL), stochasticity=self._stochasticities(count, entries),
        )  # fmt: skip

    def _stochasticities(self, count: int, entries: Mapping[str, Array]) -> Array:
        if self.stochasticity is not None:
            return np.full(count, self.stochasticity)
        return np.asarray(np.exp(entries["log_stochasticity"][:, 0]))

    def _target(self, eig: Array, entries: Mapping[str, Array]) -> tuple[Array, Array, Array, Array]:
        """Return eigenvectors, eigenvalues, shift and change of covariance of the realizable target."""
        size = np.exp(entries["log_size"])
        target_eig = eig * np.exp(size * entries["spread"])
        shift = size * entries["shift"] * np.sqrt(eig)
        # A turn between axes of very different spread moves the law by the square root of that ratio.
        first, second = np.triu_indices(self.dim, 1)
        tame = np.minimum(1.0, (30.0 if self.dim == 2 else 3.0) * np.sqrt(eig[:, first] / eig[:, second]))
        angles = 0.5 * np.pi * size * tame * entries.get("turn", np.zeros_like(tame))
        basis = _rotations(angles, self.dim)
        target = np.einsum("bik,bk,bjk->bij", basis, target_eig, basis)
        change = target - eig[:, :, None] * np.eye(self.dim)
        return basis, target_eig, shift, change

    def _process(self, row: Batch) -> ReverseProcess:
        data = Gaussian(row.mean[0], np.diag(row.eig[0]))
        diffusion = OrnsteinUhlenbeck(horizon=float(row.horizon[0]), stop=float(row.stop[0]))
        lam = float(row.stochasticity[0])
        if "target" in self.parts:
            cov = row.change[0] + np.diag(row.eig[0])
            target = Gaussian(row.mean[0] + row.shift[0], 0.5 * (cov + cov.T))
            return ReverseProcess(data, diffusion, RealizableError(target), self.start, stochasticity=lam)
        terms: list[ScoreError] = []
        if "slope" in self.parts or "offset" in self.parts:
            terms.append(AffineError(row.slope[0], row.offset[0]))
        if "amplification" in self.parts:
            terms.append(AmplifiedScoreError(-float(row.response[0, 0, 0])))
        if "swirl" in self.parts:
            swirl = 0.5 * (row.response[0] - row.response[0].T)
            terms.append(SolenoidalError(swirl))
        error = terms[0]
        for term in terms[1:]:
            error = error + term
        return ReverseProcess(data, diffusion, error, self.start, stochasticity=lam)


ON_THE_LINE = LINEAR[:3]

# Dimensions in turn, so that a statement about planes meets one early; the costly ones last.
FAMILIES: Sequence[LinearFamily] = (
    LinearFamily("constant offset", 1, ("offset",)),
    LinearFamily("linear", 2, LINEAR),
    LinearFamily("amplified score", 1, ("amplification",)),
    LinearFamily("constant offset", 2, ("offset",)),
    LinearFamily("affine", 1, ("slope", "offset")),
    LinearFamily("affine", 2, ("slope", "offset")),
    LinearFamily("realizable", 1, ("target",)),
    LinearFamily("realizable", 2, ("target",)),
    LinearFamily("linear", 1, ON_THE_LINE),
    LinearFamily("swirl", 2, ("swirl",)),
    LinearFamily("another start", 1, ON_THE_LINE, STANDARD),
    LinearFamily("linear", 3, LINEAR),
    LinearFamily("another start", 2, LINEAR, STANDARD),
    LinearFamily("realizable", 3, ("target",)),
    LinearFamily("swirl", 3, ("swirl",)),
    LinearFamily("affine", 4, ("slope", "offset")),
    LinearFamily("another start", 3, LINEAR, STANDARD),
    LinearFamily("realizable", 4, ("target",)),
    LinearFamily("linear", 4, LINEAR),
)
LINEAR_SPACES: Sequence[Space] = tuple(family.space() for family in FAMILIES)
