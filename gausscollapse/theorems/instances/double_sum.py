"""The drift of trajectories as a double sum over innovations, with what no number is known of left open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.retraining.accumulation import memory
from gausscollapse.retraining.workflows import Workflow

METHOD = "double sum over innovations"


class Memories(NamedTuple):
    """Coefficients ``C`` (B, N + 1, N) of the innovations and ``c`` (B, N + 1) of the start in every model.

    `used` and `begun` are positive where they are not 0, though they may be below the smallest float.
    """

    coefficients: Array
    start: Array
    used: Array
    begun: Array

    @classmethod
    def of(cls, runs: Sequence[tuple[Array, Workflow]]) -> Memories:
        """Return the coefficients of runs: fresh fractions and workflow of each, as in `memory`."""
        exact = [memory(fresh, fresh.size, workflow=workflow) for fresh, workflow in runs]
        flags = [memory(1.0 * (fresh == 1.0), fresh.size, workflow=workflow) for fresh, workflow in runs]
        return cls(*(np.array(part) for part in (*zip(*exact, strict=True), *zip(*flags, strict=True))))

    @classmethod
    def given(cls, weights: Array, count: int) -> Memories:
        """Return the same weights (N + 1, N) for all of `count` runs from the data."""
        repeated = np.broadcast_to(weights, (count, *weights.shape))
        start = np.zeros(repeated.shape[:2])
        return cls(repeated, start, repeated, start)


def double_sum(
    memories: Memories, *, gram: Enclosure, with_start: Enclosure, initial: Enclosure, cross: float
) -> Enclosure:
    """Return ``sum_ij C_ni C_nj <xi_i, xi_j> + 2 c_n sum_i C_ni <xi_i, r_0> + c_n^2 D_0``, shape (B, N + 1).

    A term without a finite interval counts only where its coefficient is not 0; there, and where the sum leaves the
    range of floats, any number from 0 on is possible (from -inf on, unless the sum is a squared norm).

    Parameters
    ----------
    memories : Memories
        C and c.
    gram, with_start, initial : Enclosure, shape (B, N, N), (B, N) and (B,)
        Inner products of the innovations, with the start, and ``D_0``.
    cross : float
        Multiplies every inner product of two different vectors.
    """
    coefficients, start, used, begun = memories
    count = coefficients.shape[2]
    factor = np.where(np.eye(count, dtype=bool), 1.0, cross)

    def combined(products: Array, mixed: Array, first: Array, some: Array, left: Array, scale: float) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            double = np.einsum("bni,bij,bnj->bn", some, products, some, optimize=True)
            single = 2.0 * scale * left * np.einsum("bni,bi->bn", some, mixed)
            return np.asarray(double + single + left**2 * first[:, None])

    parts = (gram, with_start, initial)
    open_ended = [~(np.isfinite(x.upper) & np.isfinite(x.lower)) for x in parts]
    values, widths = (
        [np.asarray(np.where(o, 0.0, getattr(x, name))) for x, o in zip(parts, open_ended, strict=True)]
        for name in ("value", "width")
    )
    value = combined(factor * values[0], values[1], values[2], coefficients, start, cross)
    size, magnitudes = np.abs(factor), [np.asarray(np.abs(x), dtype=np.float64) for x in values]
    sizes = combined(size * magnitudes[0], magnitudes[1], magnitudes[2], coefficients, start, abs(cross))
    errors = combined(size * widths[0], widths[1], widths[2], coefficients, start, abs(cross))
    # A coefficient is a product of at most N rounded factors, or N sums of so many terms; each sum has N terms.
    errors = errors + 4.0 * EPS * (count + 4.0) ** 2 * sizes
    marks = [np.asarray(o, dtype=np.float64) for o in open_ended]
    wild = combined(1.0 * (factor != 0.0) * marks[0], marks[1], marks[2], used, begun, 1.0 * (cross != 0.0)) > 0.0
    wild |= ~np.isfinite(value) | ~np.isfinite(errors)
    value, errors = np.where(wild, 0.0, value), np.where(wild, 0.0, errors)
    lowest = 0.0 if cross == 1.0 else -np.inf
    return Enclosure(
        np.where(wild, np.inf, value),
        np.where(wild, lowest, value - errors),
        np.where(wild, np.inf, value + errors),
        METHOD,
        gram.guarantee,
    )
