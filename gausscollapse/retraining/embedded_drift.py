"""What accumulates in the norm of a Gaussian kernel: finite for every data law, in any dimension."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining._component_pool import ComponentPool
from gausscollapse.retraining._embedding_products import EmbeddingProducts
from gausscollapse.retraining._inner_products import with_diagonal
from gausscollapse.retraining.spectrum import Spectrum


@dataclass(frozen=True, eq=False, repr=False)
class KernelDrift(Presented):
    """Drift, innovations and their Gram matrix in the norm of a Gaussian kernel: what `Trajectory.mmd` returns.

    The names are those of the trajectory, where they mean the same in L^2(p). Each has a plain array and, with
    ``_enclosure`` added to the name, the same with its interval.

    Parameters
    ----------
    width : float
        l of the kernel ``exp(-|x - y|^2/(2 l^2))``.
    fresh : ndarray, shape (N,)
        Fresh fractions.
    products : EmbeddingProducts
        How inner products are computed.

    Notes
    -----
    A maximum mean discrepancy is the distance of two points of a Hilbert space. The recursion
    ``r_{i+1} = (1 - a_i) r_i + xi_i`` holds there as it does in L^2(p), and so do the double sum over innovations and
    its bounds (`gausscollapse.retraining.filter_sum` and others). Source: *own*.

    Examples
    --------
    Kernel density estimates of a mixture have heavier tails than the mixture: chi-squared is infinite from the second
    generation on, this drift is not. It is the double sum over its innovations:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> data = gc.GaussianMixture([0.5, 0.5], [-2.0, 2.0], 0.25)
    >>> run = gc.retrain(data, fresh=0.3, step=gc.retraining.kernel_density(0.4), generations=5)
    >>> run.accumulated.round(4)
    array([0.    , 0.2771,    inf,    inf,    inf,    inf])
    >>> drift = run.mmd(width=1.0)
    >>> drift.distances.round(4)
    array([0.    , 0.0548, 0.0855, 0.1032, 0.1134, 0.1193])
    >>> sums = gc.retraining.filter_sum(drift.innovation_gram, 0.3)
    >>> bool(np.allclose(sums, drift.accumulated, rtol=1e-10))
    True

    What a generation adds points where the one before did:

    >>> round(drift.successive_correlation, 3)
    0.999
    """

    width: float
    fresh: Array
    products: EmbeddingProducts

    @cached_property
    def successive_correlation(self) -> float:
        """Correlation of innovations that follow each other, weighted by size; 0 where there are none."""
        sizes = np.sqrt(self.innovation_energy)
        scale = float(np.sum(sizes[1:] * sizes[:-1]))
        found = float(np.sum(np.diagonal(self.innovation_gram, 1))) / scale if scale > 0.0 else 0.0
        return min(max(found, -1.0), 1.0)

    @property
    def _pool(self) -> ComponentPool:
        return self.products.pool

    @property
    def data(self) -> Law:
        """The data law p."""
        return self.products.data

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        return (
            ("width of the kernel", self.width), ("generations", self.fresh.size),
            ("distance of the last model", self.distances_enclosure[-1].interval),
        )  # fmt: skip

    @cached_property
    def accumulated_enclosure(self) -> Enclosure:
        """``D_i = MMD(p^_i, p)^2`` with intervals, shape (N + 1,)."""
        return self.products.energies(self._pool.deviations)

    @property
    def accumulated(self) -> Array:
        """``D_0..D_N``, ``D_i = MMD(p^_i, p)^2``, shape (N + 1,)."""
        return np.asarray(self.accumulated_enclosure.value)

    @cached_property
    def distances_enclosure(self) -> Enclosure:
        """``MMD(p^_i, p)`` with intervals, shape (N + 1,)."""
        return self.accumulated_enclosure.sqrt()

    @property
    def distances(self) -> Array:
        """``MMD(p^_i, p)``, the roots of `accumulated`, shape (N + 1,)."""
        return np.asarray(self.distances_enclosure.value)

    @cached_property
    def refreshed_enclosure(self) -> Enclosure:
        """``MMD(q_i, p)^2`` with intervals, shape (N,)."""
        return self.products.energies(self._pool.training_deviations)

    @property
    def refreshed(self) -> Array:
        """``MMD(q_i, p)^2`` of the training laws, shape (N,); computed from q_i, not from ``D_i``."""
        return np.asarray(self.refreshed_enclosure.value)

    @cached_property
    def innovation_gram_enclosure(self) -> Enclosure:
        """``<xi_i, xi_j>`` of the innovations ``p^_{i+1} - q_i`` with intervals, shape (N, N)."""
        return with_diagonal(self.products.gram(self._pool.innovations), self.innovation_energy_enclosure)

    @property
    def innovation_gram(self) -> Array:
        """Inner products of the innovations ``p^_{i+1} - q_i``, shape (N, N)."""
        return np.asarray(self.innovation_gram_enclosure.value)

    @cached_property
    def spectrum(self) -> Spectrum:
        """How the innovations' energy is spread over frequencies; refused where there is none."""
        return Spectrum.of_innovations(self.innovation_gram_enclosure)

    @cached_property
    def innovation_energy_enclosure(self) -> Enclosure:
        """``J_i = MMD(p^_{i+1}, q_i)^2`` with intervals, shape (N,)."""
        return self.products.energies(self._pool.innovations)

    @property
    def innovation_energy(self) -> Array:
        """``J_i = MMD(p^_{i+1}, q_i)^2``, the diagonal of `innovation_gram`, shape (N,)."""
        return np.asarray(self.innovation_energy_enclosure.value)

    @cached_property
    def initial_products_enclosure(self) -> Enclosure:
        """``<xi_i, p^_0 - p>`` with intervals, shape (N,)."""
        return self.products.gram(self._pool.innovations, self._pool.deviations.row(0))[:, 0]

    @property
    def initial_products(self) -> Array:
        """Inner products of the innovations with ``p^_0 - p``, shape (N,); zero if that is the data."""
        return np.asarray(self.initial_products_enclosure.value)
