"""A score error taken apart into the terms that the sampler's kernels know."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gausscollapse.core.exceptions import DimensionMismatchError
from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law
from gausscollapse.process.errors import (
    AffineError,
    AmplifiedScoreError,
    RealizableError,
    ScoreError,
    SolenoidalError,
    SumError,
)
from gausscollapse.process.fields import RandomFeatureError
from gausscollapse.process.process import ReverseProcess


@dataclass
class Terms:
    """An error as a sum.

    Parameters
    ----------
    matrix, offset : ndarray, shape (d, d) and (d,)
        The affine term.
    amplification : float
        Factor of the data's score.
    swirl : ndarray, shape (1, d, d) or (K, d, d), optional
        Antisymmetric matrices Q of ``-Q grad log q``, one for all components or one each.
    targets : list of (float, Law)
        Factors and laws whose scores are added.
    waves : list of (float, RandomFeatureError)
        Factors and random features.
    outside : list of (float, ScoreError)
        Factors and errors that only a call can give.
    """

    matrix: Array
    offset: Array
    amplification: float = 0.0
    swirl: Array | None = None
    targets: list[tuple[float, Law]] = field(default_factory=list)
    waves: list[tuple[float, RandomFeatureError]] = field(default_factory=list)
    outside: list[tuple[float, ScoreError]] = field(default_factory=list)

    @property
    def is_scaled_score(self) -> bool:
        """Whether nothing but the affine term and the data's score is there."""
        return not (self.targets or self.waves or self.outside) and self.swirl is None

    def add(self, error: ScoreError, factor: float, data: Law) -> None:
        """Add `factor` times an error."""
        if isinstance(error, SumError):
            for inner, term in error.terms:
                self.add(term, factor * inner, data)
        elif isinstance(error, AffineError):
            _require_dimension(error.offset.size, data.dim)
            self.matrix = self.matrix + factor * error.matrix
            self.offset = self.offset + factor * error.offset
        elif isinstance(error, AmplifiedScoreError):
            self.amplification += factor * error.factor
        elif isinstance(error, SolenoidalError):
            # It names a shape that does not fit the data.
            error.evaluate(np.zeros((1, data.dim)), 1.0, data=data)
            turned = factor * error.scale * np.atleast_3d(error.antisymmetric.T).T
            self.swirl = turned if self.swirl is None else self.swirl + turned
        elif isinstance(error, RealizableError):
            _require_dimension(error.target.dim, data.dim)
            self.amplification -= factor
            self.targets.append((factor, error.target))
        elif isinstance(error, RandomFeatureError):
            _require_dimension(error.frequencies.shape[1], data.dim)
            self.waves.append((factor, error))
        else:
            self.outside.append((factor, error))


def _require_dimension(dim: int, wanted: int) -> None:
    if dim != wanted:
        raise DimensionMismatchError("error", dim, f"has dimension {dim}", f"dimension {wanted}, as the data")


def take_apart(process: ReverseProcess) -> Terms:
    """Return the terms of a process's error."""
    d = process.dim
    terms = Terms(np.zeros((d, d)), np.zeros(d))
    terms.add(process.error, 1.0, process.data)
    return terms
