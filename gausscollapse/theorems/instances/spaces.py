"""Families of linear-Gaussian reverse processes as boxes of numbers, for the counterexample search.

Without loss of generality the data covariance is diagonal. A point holds, in this order, the logarithms of its
eigenvalues, the logarithms of t0 and T - t0, and what the family adds. Every error but a realizable one is scaled to
the ideal energy that the point names, by the elementary integrals of `energy_of`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gausscollapse.checking.chapter import LazyInstances, Sample, Space
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
from gausscollapse.process.process import ReverseProcess

EIGENVALUES, STOPS, DURATIONS, ENERGIES = (0.01, 10.0), (1e-3, 1.0), (0.05, 8.0), (1e-6, 10.0)
MEANS, PARTS = (-3.0, 3.0), (-1.0, 1.0)


def energy_of(
    eig: Array, mean: Array, slope: Array, offset: Array, response: Array, stop: Array, end: Array
) -> Array:
    """Return the ideal energy of ``e = A x + b + R S_t^{-1}(x - m_t)`` on data with diagonal covariance, shape (B,).

    ``int lam dt``, ``int dt/lam`` and the integrals of exp(-t/2), exp(-t) are elementary (*own*).
    """
    span = end - stop
    fast = np.exp(-stop) - np.exp(-end)
    slow = 2.0 * (np.exp(-0.5 * stop) - np.exp(-0.5 * end))
    spread = (eig - 1.0) * fast[:, None] + span[:, None]
    inverse = np.log((np.expm1(end)[:, None] + eig) / (np.expm1(stop)[:, None] + eig))
    moved = np.einsum("bij,bj->bi", slope, mean)
    centre = fast * np.sum(moved**2, axis=1) + 2.0 * slow * np.sum(moved * offset, axis=1)
    return np.asarray(
        centre
        + span * np.sum(offset**2, axis=1)
        + np.einsum("bij,bj->b", slope**2, spread)
        + np.einsum("bij,bj->b", response**2, inverse)
        + 2.0 * span * np.sum(slope * response, axis=(1, 2))
    )


def _columns(points: Array, first: int, count: int) -> Array:
    return points[:, first : first + count]


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
    """

    name: str
    dim: int
    parts: tuple[str, ...]
    ranges: Mapping[str, tuple[int, tuple[float, float]]] = field(init=False)

    def __post_init__(self) -> None:
        d = self.dim
        ranges = {
            "log_eig": (d, _logs(EIGENVALUES)),
            "log_stop": (1, _logs(STOPS)),
            "log_span": (1, _logs(DURATIONS)),
        }
        if "target" in self.parts:
            ranges |= {"log_size": (1, _logs((1e-3, 1.0))), "spread": (d, PARTS), "shift": (d, PARTS)}
            ranges |= {"turn": (1, PARTS)} if d == 2 else {}
        else:
            ranges |= {"log_energy": (1, _logs(ENERGIES))}
            sizes = {"slope": d * d, "offset": d, "amplification": 1, "swirl": 1}
            ranges |= {part: (sizes[part], PARTS) for part in self.parts}
            ranges |= {"mean": (d, MEANS)} if "slope" in self.parts else {}
        object.__setattr__(self, "ranges", ranges)

    def space(self) -> Space:
        """Return the family as a box."""
        low = np.concatenate([np.full(count, ends[0]) for count, ends in self.ranges.values()])
        high = np.concatenate([np.full(count, ends[1]) for count, ends in self.ranges.values()])
        return Space(f"{self.name} d={self.dim}", low, high, self.sample)

    def sample(self, points: Array, tolerance: float) -> Sample:
        """Return the instances of points (n, k) of the box."""
        entries, first = {}, 0
        for name, (count, _) in self.ranges.items():
            entries[name] = _columns(points, first, count)
            first += count
        batch = self._batch(len(points), entries)
        build = LazyInstances(len(points), lambda index: self._process(batch[index : index + 1], entries))
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
            response = response + entries["swirl"][:, :, None] * np.array([[0.0, 1.0], [-1.0, 0.0]])
        share, basis, target_eig, shift, change = np.zeros(count), eye, np.ones((count, d)), vectors, zeros
        if "target" in self.parts:
            share = np.ones(count)
            basis, target_eig, shift, change = self._target(eig, entries)
        else:
            raw = energy_of(eig, mean, slope, offset, response, stop, horizon)
            wanted = np.exp(entries["log_energy"][:, 0])
            factor = np.sqrt(wanted / np.maximum(raw, 1e-12 * wanted))
            slope, response = factor[:, None, None] * slope, factor[:, None, None] * response
            offset = factor[:, None] * offset
        return Batch(
            rotation=eye, eig=eig, mean=mean, slope=slope, offset=offset, response=response, share=share,
            change=change, basis=basis, target_eig=target_eig, shift=shift, horizon=horizon, stop=stop,
            matched=np.ones(count, dtype=bool),
        )  # fmt: skip

    def _target(self, eig: Array, entries: Mapping[str, Array]) -> tuple[Array, Array, Array, Array]:
        """Return eigenvectors, eigenvalues, shift and change of covariance of the realizable target."""
        size = np.exp(entries["log_size"])
        target_eig = eig * np.exp(size * entries["spread"])
        shift = size * entries["shift"] * np.sqrt(eig)
        angle = 0.5 * np.pi * (size * entries.get("turn", np.zeros_like(size)))[:, 0]
        if self.dim == 1:
            basis = np.ones((len(eig), 1, 1))
        else:
            cos, sin = np.cos(angle), np.sin(angle)
            basis = np.stack([np.stack([cos, -sin], axis=1), np.stack([sin, cos], axis=1)], axis=1)
        target = np.einsum("bik,bk,bjk->bij", basis, target_eig, basis)
        change = target - eig[:, :, None] * np.eye(self.dim)
        return basis, target_eig, shift, change

    def _process(self, row: Batch, entries: Mapping[str, Array]) -> ReverseProcess:
        data = Gaussian(row.mean[0], np.diag(row.eig[0]))
        diffusion = OrnsteinUhlenbeck(horizon=float(row.horizon[0]), stop=float(row.stop[0]))
        if "target" in self.parts:
            cov = row.change[0] + np.diag(row.eig[0])
            return ReverseProcess(data, diffusion, RealizableError(Gaussian(row.shift[0], 0.5 * (cov + cov.T))))
        terms: list[ScoreError] = []
        if "slope" in entries or "offset" in entries:
            terms.append(AffineError(row.slope[0], row.offset[0]))
        if "amplification" in entries:
            terms.append(AmplifiedScoreError(-float(row.response[0, 0, 0])))
        if "swirl" in entries:
            swirl = 0.5 * (row.response[0] - row.response[0].T)
            terms.append(SolenoidalError(swirl))
        error = terms[0]
        for term in terms[1:]:
            error = error + term
        return ReverseProcess(data, diffusion, error)


def _logs(ends: tuple[float, float]) -> tuple[float, float]:
    return float(np.log(ends[0])), float(np.log(ends[1]))


# Dimensions in turn, so that a statement about planes meets one early.
FAMILIES: Sequence[LinearFamily] = (
    LinearFamily("constant offset", 1, ("offset",)),
    LinearFamily("linear", 2, ("slope", "offset", "amplification", "swirl")),
    LinearFamily("amplified score", 1, ("amplification",)),
    LinearFamily("constant offset", 2, ("offset",)),
    LinearFamily("affine", 1, ("slope", "offset")),
    LinearFamily("affine", 2, ("slope", "offset")),
    LinearFamily("realizable", 1, ("target",)),
    LinearFamily("realizable", 2, ("target",)),
    LinearFamily("linear", 1, ("slope", "offset", "amplification")),
)
LINEAR_SPACES: Sequence[Space] = tuple(family.space() for family in FAMILIES)
