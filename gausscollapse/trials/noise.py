"""What a sampler draws: at random, or prescribed, which shows what it does with every draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array


class Noise(Protocol):
    """A sequence of standard normal draws."""

    def draw(self, n: int, dim: int) -> Array:
        """Return the next draw, shape (n, dim)."""


class RandomNoise:
    """Draws of a generator."""

    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator

    def draw(self, n: int, dim: int) -> Array:
        """Return the next draw, shape (n, dim)."""
        return self.generator.standard_normal((n, dim))


class CountedNoise:
    """Zeros, and how often they were asked for."""

    def __init__(self) -> None:
        self.count = 0

    def draw(self, n: int, dim: int) -> Array:
        """Return zeros, shape (n, dim)."""
        self.count += 1
        return np.zeros((n, dim))


class PrescribedNoise:
    """Rows that are known beforehand.

    Parameters
    ----------
    rows : ndarray, shape (draws, n, d)
        One block a draw.
    """

    def __init__(self, rows: Array) -> None:
        self.rows, self.taken = rows, 0

    def draw(self, n: int, dim: int) -> Array:
        """Return the next block, shape (n, dim)."""
        if self.taken >= len(self.rows) or self.rows.shape[1:] != (n, dim):
            raise NotSupportedError("sampler: it does not draw the same noise in every run; accepted: samples of it")
        self.taken += 1
        return np.array(self.rows[self.taken - 1], dtype=np.float64)


class NormalGenerator:
    """What a function of ``(score, n, rng)`` is handed as `rng`: standard normals that come from a `Noise`.

    Parameters
    ----------
    noise : Noise
        Its draws; whatever else is asked for is refused.
    """

    def __init__(self, noise: Noise) -> None:
        self.noise = noise

    def standard_normal(self, size: int | Sequence[int]) -> Array:
        """Return the next draw, shape (n,) or (n, d)."""
        shape = (size,) if isinstance(size, int | np.integer) else tuple(size)
        if not 1 <= len(shape) <= 2:
            raise NotSupportedError("sampler: it draws noise that is no array of rows; accepted: samples of it")
        n, dim = int(shape[0]), int(shape[1]) if len(shape) == 2 else 1
        return np.asarray(self.noise.draw(n, dim).reshape(shape))

    def normal(self, loc: float = 0.0, scale: float = 1.0, size: int | Sequence[int] = 1) -> Array:
        """Return the next draw, scaled and moved."""
        return np.asarray(loc + scale * self.standard_normal(size))

    def __getattr__(self, name: str) -> Any:
        raise NotSupportedError(f"sampler: it draws by {name}, which is not normal; accepted: samples of it")
