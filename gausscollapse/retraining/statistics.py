"""What the retraining theorems ask of trajectories: a protocol, which floats and balls both meet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


class RetrainingStatistics(Protocol):
    """Drift, innovations and what else the theorems need, for B trajectories of N generations each."""

    @property
    def size(self) -> int:
        """Number B of trajectories."""

    @property
    def generations(self) -> int:
        """Number N of generations."""

    @property
    def drift(self) -> Enclosure:
        """``D_0..D_N``, shape (B, N + 1)."""

    @property
    def refreshed(self) -> Enclosure:
        """``chi2(q_i || p)``, shape (B, N)."""

    @property
    def gram(self) -> Enclosure:
        """``<xi_i, xi_j>``, shape (B, N, N)."""

    @property
    def energy(self) -> Enclosure:
        """``J_i``, shape (B, N)."""

    @property
    def fresh(self) -> Array:
        """Fresh fractions, shape (B, N)."""

    @property
    def constant_fresh(self) -> Array:
        """The fresh fraction where it is the same in all generations, else -1, shape (B,)."""

    @property
    def finite(self) -> Flags:
        """Where all drifts and innovations are finite, shape (B,)."""

    @property
    def from_data(self) -> Flags:
        """Where the recursion starts from the data, shape (B,)."""

    @property
    def last_model(self) -> Flags:
        """Where the last model replaces all before it, and the real part of the data is fresh, shape (B,)."""

    @property
    def accumulating(self) -> Flags:
        """Where every generation is trained on the data and all models so far, equally, shape (B,)."""

    def filtered(self, *, cross: float = 1.0) -> Enclosure:
        """Return ``D_0..D_N`` as the double sum over innovations, shape (B, N + 1)."""

    def weighted(self, weights: Array) -> Enclosure:
        """Return ``sum_ij w_ni w_nj <xi_i, xi_j>`` with w >= 0, (N + 1, N), off by nine roundings, (B, N + 1)."""

    def remembered(self, drive: Enclosure, first: Enclosure, *, power: float) -> Enclosure:
        """Return ``sum_i G_ni^power drive_i + c_n^power first`` with G, c of `memory`, shape (B, N + 1)."""

    def recursive(self, drive: Enclosure, keep: Array, first: Enclosure) -> Enclosure:
        """Return ``s_0..s_N`` of ``s_{n+1} = keep_n s_n + drive_n``, shape (B, N + 1)."""

    @property
    def visible_shift(self) -> Enclosure:
        """``dm^T Cov(q_i)^{-1} dm <= I_i`` with dm the move of the mean, shape (B, N)."""

    @property
    def intra(self) -> tuple[Counts, Enclosure, Flags]:
        """A generation of which ``I_i`` is known: its number, ``I_i``, and whether there is one; shape (B,) each."""

    @property
    def ratio_supremum(self) -> Enclosure:
        """A bound of ``sup q_i/p`` for the generation of `intra`, inf where a tail is heavier; shape (B,)."""

    @property
    def offset_energy(self) -> tuple[Array, Flags]:
        """``c_i^T S^{-1} c_i``, shape (B, N), and where all steps are offsets, (B,)."""

    @property
    def closed_offsets(self) -> tuple[Flags, Flags]:
        """Where there is no fresh data and all steps are one offset, or orthogonal offsets; (B,) each."""

    @property
    def stopping_times(self) -> Array:
        """t0 where all steps are early stopping at one time with one fresh fraction >= 0.05, else 0; shape (B,)."""

    @property
    def distance_to_limit(self) -> Sequence[Enclosure]:
        """``||p^_n - L||^2`` in L^2(1/N(0, I)) for n = 0..min(N, 2), shape (B,) each."""

    def hermite(self, degree: int) -> tuple[Enclosure, Enclosure]:
        """Return the coefficients of limit and data for ``degree`` along the first axis, shape (B,) each."""
