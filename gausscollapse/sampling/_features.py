"""What the sampler computes of the state in each step beyond affine maps: posteriors, scores, waves, calls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.process.fields import RandomFeatureError
from gausscollapse.sampling import _layout as layout
from gausscollapse.sampling._law_tables import LawTables

LOG2_E = float(np.log2(np.e))


@dataclass(frozen=True)
class Feature:
    """One feature.

    Parameters
    ----------
    kind : int
        How it is computed, see `_layout`.
    count : int
        Number of components or waves.
    rows, scratch : int
        Numbers of rows of its values and of its work space.
    table : ndarray, shape (steps, m)
        Coefficients of what is computed.
    drift, error : ndarray, shape (steps, d, rows), optional
        Maps of its values to drift and error.
    swirl : int
        1 where a swirling part follows the score.
    """

    kind: int
    count: int
    rows: int
    scratch: int
    table: Array
    drift: Array | None
    error: Array | None
    swirl: int = 0


def _each_step(matrix: Array | None, steps: int) -> Array | None:
    return None if matrix is None else np.broadcast_to(matrix, (steps, *matrix.shape))


def shared_posterior(law: LawTables, drift: Array | None, error: Array | None) -> Feature:
    """Return the posterior of a mixture with one covariance, whose score is affine but for it."""
    pulled = np.swapaxes(law.pulled_means(np.eye(law.means.shape[2])), 1, 2)
    constants = np.log2(law.weights) - 0.5 * LOG2_E * np.einsum("skd,skd->sk", pulled, law.means)
    count = law.weights.size
    table = np.concatenate([constants, LOG2_E * pulled.reshape(len(pulled), -1)], axis=1)
    maps = [None if matrix is None else law.pulled_means(matrix) for matrix in (drift, error)]
    return Feature(layout.SHARED, count, count, 3, table, maps[0], maps[1])


def diagonal_score(law: LawTables, drift: Array | None, error: Array | None) -> Feature:
    """Return the score of a mixture with diagonal covariances."""
    steps, count, d = law.means.shape
    precision = np.einsum("skii->ski", law.precisions)
    pulled = precision * law.means
    constants = np.log2(law.weights) - 0.5 * LOG2_E * (law.log_dets + np.sum(pulled * law.means, axis=2))
    parts = [
        constants,
        LOG2_E * pulled,
        -0.5 * LOG2_E * precision,
        np.swapaxes(pulled, 1, 2),
        np.swapaxes(precision, 1, 2),
    ]
    table = np.concatenate([part.reshape(steps, -1) for part in parts], axis=1)
    scratch = 3 + 2 * d + count
    return Feature(
        layout.DIAGONAL, count, d, scratch, table, _each_step(drift, steps), _each_step(error, steps)
    )  # fmt: skip


def full_score(
    law: LawTables, drift: Array | None, error: Array | None, swirl: Array | None, *, learned: bool
) -> Feature:
    """Return the score of a mixture with any covariances, and with `swirl` (K, d, d) the swirling part behind it."""
    steps, count, d = law.means.shape
    precisions = np.broadcast_to(law.precisions, (steps, count, d, d))
    log_dets = np.broadcast_to(law.log_dets, (steps, count))
    parts = [
        (np.log2(law.weights) - 0.5 * LOG2_E * log_dets)[:, :, None],
        np.full((steps, count, 1), -0.5 * LOG2_E),
        law.means,
        -np.einsum("skij,skj->ski", precisions, law.means),
        precisions.reshape(steps, count, d * d),
    ]
    maps = [_each_step(matrix, steps) for matrix in (drift, error)]
    if swirl is not None:
        parts.append(np.broadcast_to(swirl.reshape(count, d * d), (steps, count, d * d)))
        # The kernel's second part is -sum_k p_k Q_k S_k^{-1}(x - m_k).
        tail = np.broadcast_to(-np.eye(d), (steps, d, d))
        counted = (learned, error is not None)
        maps = [
            None if matrix is None else np.concatenate([matrix, tail if counts else 0.0 * tail], axis=2)
            for matrix, counts in zip(maps, counted, strict=True)
        ]
    table = np.concatenate(parts, axis=2).reshape(steps, -1)
    extra = 0 if swirl is None else 1
    scratch = 3 + count + (count + 1) * d
    return Feature(layout.FULL, count, d * (1 + extra), scratch, table, maps[0], maps[1], swirl=extra)


def waves(error: RandomFeatureError, factor: float, steps: int, *, learned: bool, record: bool) -> Feature:
    """Return the cosines of random features, ``cos(2 pi (phase + frequency . x))``."""
    turns = 1.0 / (2.0 * np.pi)
    size = error.phases.size
    table = np.concatenate([turns * error.phases, turns * error.frequencies.ravel()])
    outputs = _each_step(factor * error.amplitudes.T, steps)
    return Feature(
        layout.COSINE, size, size, 0, np.broadcast_to(table, (steps, table.size)),
        outputs if learned else None, outputs if record else None,
    )  # fmt: skip


def called(dim: int, steps: int, *, learned: bool, record: bool) -> Feature:
    """Return rows whose values are handed in from outside before each step."""
    unit = _each_step(np.eye(dim), steps)
    return Feature(
        layout.OUTSIDE, 0, dim, 0, np.zeros((steps, 0)), unit if learned else None, unit if record else None
    )
