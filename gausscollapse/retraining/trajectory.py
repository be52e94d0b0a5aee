"""Retraining over generations, exactly: ``p^_{i+1} = K_i q_i`` with ``q_i = a_i p + (1 - a_i) sum_j s_ij p^_j``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.validation import Array, as_count, frozen
from gausscollapse.divergences.mean_embeddings import as_width
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining._component_pool import ComponentPool
from gausscollapse.retraining._embedding_products import EmbeddingProducts
from gausscollapse.retraining._inner_products import ClosedProducts, Products, QuadratureProducts, with_diagonal
from gausscollapse.retraining.channels import AffineChannel
from gausscollapse.retraining.embedded_drift import KernelDrift
from gausscollapse.retraining.models import Models
from gausscollapse.retraining.settled_moments import limit_finiteness
from gausscollapse.retraining.spectrum import Spectrum
from gausscollapse.retraining.workflows import LAST, Workflow

if TYPE_CHECKING:
    import xarray

MOST_KERNEL_COMPONENTS = 6000


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory(Presented):
    """What `retrain` returns: the models of all generations and what accumulated.

    Divergences are dimensionless (chi-squared) or in nats (KL) and computed when they are asked for. Each has a
    plain array and, with ``_enclosure`` added to the name, the same with its interval, method and guarantee.

    Parameters
    ----------
    data : Gaussian or GaussianMixture
        The data law p.
    channels : tuple of AffineChannel
        ``K_0..K_{N-1}``.
    fresh : ndarray, shape (N,)
        Fresh fractions.
    pool : ComponentPool
        The distinct components and the weights that every model gives them.
    workflow : Workflow
        What is kept of earlier models.

    Notes
    -----
    Over one Gaussian p every chi-squared quantity is a closed form; over a mixture in d = 1 it is a quadrature; over
    a mixture in d > 1 only infinite values are known, and `NotSupportedError` says so otherwise. An inner product
    is reported as ``inf`` where its integral does not converge absolutely (it then has no finite value, whatever its
    sign); on the diagonal, an energy, this is the value itself. `finiteness` has the reasons. Source: *own*.

    Examples
    --------
    Every generation moves what it learned by 0.2. Without fresh data the offsets add up, and so does
    ``D_n = exp(|0.2 n|^2) - 1``:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> shift = gc.retraining.offset_channel(0.2)
    >>> closed = gc.retrain(gc.Gaussian(0, 1), fresh=0.0, step=shift, generations=3)
    >>> bool(np.allclose(closed.accumulated, np.expm1((0.2 * np.arange(4)) ** 2)))
    True
    >>> [round(answer.value, 10) for answer in closed.kl()]
    [0.0, 0.02, 0.08, 0.18]

    With half of the data fresh the means are 0.2, 0.3, 0.35, ... and stay below 0.4:

    >>> open_loop = gc.retrain(gc.Gaussian(0, 1), fresh=0.5, step=shift, generations=3)
    >>> open_loop.means.ravel().round(10)
    array([0.  , 0.2 , 0.3 , 0.35])
    >>> open_loop.component_counts
    array([1, 1, 2, 3])

    The first generation is trained on the data and off from it by ``exp(0.2^2) - 1``:

    >>> bool(open_loop.intra_generation(0).overlaps(np.expm1(0.2**2)))
    True
    >>> len(open_loop.intra()), len(open_loop)
    (3, 4)
    >>> open_loop.kl(method="certified")[2].guarantee
    'certified'

    In the norm of a kernel drift is finite for every data law:

    >>> open_loop.mmd(width=1.0).distances.round(4)
    array([0.    , 0.0876, 0.1308, 0.1517])
    """

    data: Law
    channels: tuple[AffineChannel, ...]
    fresh: Array
    pool: ComponentPool
    workflow: Workflow = LAST

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        return (
            ("generations", self.generations), ("data", self.data), ("fresh", self.fresh),
            ("workflow", self.workflow.kind),
            ("components of the last model", int(self.component_counts[-1])),
        )  # fmt: skip

    @property
    def start(self) -> Law:
        """Law of model 0."""
        return self.models[0]

    @property
    def generations(self) -> int:
        """Number N of generations."""
        return len(self.channels)

    @cached_property
    def models(self) -> Models:
        """Laws ``p^_0..p^_N``; index 0 is the start."""
        return Models(self.pool, self.pool.models)

    @cached_property
    def training_laws(self) -> Models:
        """Laws ``q_0..q_{N-1}``, what each generation is trained on."""
        return Models(self.pool, [self.pool.training(i) for i in range(self.generations)])

    @property
    def dropped(self) -> Array:
        """Mass of components of weight below 1e-300 that were left out of each model, shape (N + 1,)."""
        return self.pool.dropped

    @property
    def component_counts(self) -> np.ndarray:
        """Number of distinct components of each model, shape (N + 1,)."""
        return np.array([law.entries.size for law in self.pool.models])

    @cached_property
    def products(self) -> Products:
        """How inner products in L^2(p) are computed."""
        if isinstance(self.data, Gaussian):
            return ClosedProducts(self.pool, self.data)
        return QuadratureProducts(self.pool, self.data)

    @cached_property
    def accumulated_enclosure(self) -> Enclosure:
        """``D_i = chi2(p^_i || p)`` with intervals, shape (N + 1,)."""
        return self.products.energies(self.pool.deviations)

    @property
    def accumulated(self) -> Array:
        """``D_0..D_N``, ``D_i = chi2(p^_i || p)``, shape (N + 1,)."""
        return np.asarray(self.accumulated_enclosure.value)

    @cached_property
    def refreshed_enclosure(self) -> Enclosure:
        """``chi2(q_i || p)`` with intervals, shape (N,)."""
        return self.products.energies(self.pool.training_deviations)

    @property
    def refreshed(self) -> Array:
        """``chi2(q_i || p)`` of the training laws, shape (N,); computed from q_i, not from ``D_i``."""
        return np.asarray(self.refreshed_enclosure.value)

    @cached_property
    def innovation_gram_enclosure(self) -> Enclosure:
        """``<xi_i, xi_j>`` in L^2(p) with intervals, shape (N, N)."""
        return with_diagonal(self.products.gram(self.pool.innovations), self.innovation_energy_enclosure)

    @property
    def innovation_gram(self) -> Array:
        """Inner products of the innovations ``xi_i = (p^_{i+1} - q_i)/p``, shape (N, N)."""
        return np.asarray(self.innovation_gram_enclosure.value)

    @cached_property
    def spectrum(self) -> Spectrum:
        """How the innovations' energy is spread over frequencies; refused where it is not finite, or none."""
        return Spectrum.of_innovations(self.innovation_gram_enclosure)

    @cached_property
    def innovation_energy_enclosure(self) -> Enclosure:
        """``J_i = ||xi_i||^2`` with intervals, shape (N,)."""
        return self.products.energies(self.pool.innovations)

    @property
    def innovation_energy(self) -> Array:
        """``J_i = ||xi_i||^2``, the diagonal of `innovation_gram`, shape (N,)."""
        return np.asarray(self.innovation_energy_enclosure.value)

    @cached_property
    def initial_products_enclosure(self) -> Enclosure:
        """``<xi_i, r_0>`` with intervals, shape (N,)."""
        return self.products.gram(self.pool.innovations, self.pool.deviations.row(0))[:, 0]

    @property
    def initial_products(self) -> Array:
        """Inner products of the innovations with ``r_0 = p^_0/p - 1``, shape (N,); zero if that is the data."""
        return np.asarray(self.initial_products_enclosure.value)

    @cached_property
    def finiteness(self) -> tuple[str, ...]:
        """For each ``D_i``, "finite" or the reason why it is infinite or beyond the range of floats."""
        rows = self.pool.deviations
        infinite = np.isinf(self.accumulated)
        return tuple(
            (self.products.reason(rows.row(i)) or "infinite") if infinite[i] else "finite"
            for i in range(self.generations + 1)
        )

    @cached_property
    def limit_finiteness(self) -> str:
        """Whether the variance of what a run of one channel tends to is "finite", or why not, with alpha*.

        See `gausscollapse.retraining.limit_moments`.
        """
        if not self.workflow.last_model or len(self.channels) < max(self.generations, 1):
            return "not known: the last model alone, and one channel at least, are needed"
        return limit_finiteness(self.data, self.channels, self.fresh)

    def intra(self) -> tuple[Enclosure, ...]:
        """Return the intra-generation divergences ``I_i = chi2(p^_{i+1} || q_i)``, one enclosure a generation.

        Closed form where both laws are Gaussian, quadrature in d = 1.

        Raises
        ------
        NotSupportedError
            In d > 1 as soon as a training law is a mixture; ``innovation_energy / fresh`` bounds ``I_i`` from above.
        """
        return tuple(self.intra_generation(i) for i in range(self.generations))

    def intra_generation(self, generation: int) -> Enclosure:
        """Return ``I_i`` of one generation; see `intra`."""
        index = as_count("generation", generation)
        if index >= self.generations:
            raise InvalidArgumentError("generation", generation, "is out of range", f"0 to {self.generations - 1}")
        trained, new = self.pool.training(index), self.pool.models[index + 1]
        if self.pool.equal(new, trained):
            return Enclosure.exact(0.0, "equal laws")
        pair = self.pool.against(new, trained)
        law = self.pool.law(trained)
        if isinstance(law, Gaussian):
            return ClosedProducts(pair, law).energies(pair.deviations)[0]
        if law.dim > 1:
            raise NotSupportedError(
                f"intra: I_{index} has a mixture in its denominator and dimension {law.dim}; available: d = 1, "
                "alpha = 1, the upper bound innovation_energy / fresh, or gausscollapse.chi2 of the two laws"
            )
        return QuadratureProducts(pair, law).energies(pair.deviations)[0]

    def mmd(self, *, width: float | None = None) -> KernelDrift:
        """Return drift and innovations in the norm of a Gaussian kernel; finite for every data law, in any dimension.

        Parameters
        ----------
        width : float, optional
            l of the kernel ``exp(-|x - y|^2/(2 l^2))``, a length, as in `gausscollapse.mmd`; by default the root of
            the trace of the data's covariance, about as far as its points lie from their mean.

        Raises
        ------
        InvalidArgumentError
            If the width is out of range.
        NotSupportedError
            For more than 6000 distinct components.
        """
        scale = float(np.sqrt(np.trace(self.data.cov)))
        kernel_width = as_width(scale if width is None else width)
        if len(self.pool) > MOST_KERNEL_COMPONENTS:
            raise NotSupportedError(
                f"mmd: the models have {len(self.pool)} distinct components, and all pairs of them are needed; "
                f"available: {MOST_KERNEL_COMPONENTS} components, or gausscollapse.mmd of one model at a time"
            )
        return KernelDrift(kernel_width, self.fresh, EmbeddingProducts(self.pool, self.data, kernel_width))

    def kl(self, **options: Any) -> tuple[Enclosure, ...]:
        """Return ``KL(p^_i || p)`` in nats for i = 0..N; options go to `gausscollapse.kl`.

        Without options, closed form between Gaussians, quadrature in d = 1 and 2, Monte Carlo with a confidence
        interval beyond; ``method="certified"`` is proved, and slower (d = 1).
        """
        return self._divergences(**options) if options else self._default_divergences

    @cached_property
    def _default_divergences(self) -> tuple[Enclosure, ...]:
        return self._divergences()

    def _method(self, model: Law) -> str:
        pair = isinstance(model, Gaussian) and isinstance(self.data, Gaussian)
        return "quadrature" if self.data.dim <= 2 and not pair else "auto"

    def _divergences(self, **options: Any) -> tuple[Enclosure, ...]:
        from gausscollapse.divergences.divergence import kl

        return tuple(
            Enclosure.exact(0.0, "equal laws")
            if law.equals(self.pool.data)
            else kl(model, self.data, **{"method": self._method(model), **options})
            for law, model in zip(self.pool.models, self.models, strict=True)
        )

    @cached_property
    def means(self) -> Array:
        """Mean of each model, shape (N + 1, d)."""
        return frozen(self.pool.model_rows @ self.pool.components.means)

    @cached_property
    def covs(self) -> Array:
        """Covariance of each model, shape (N + 1, d, d)."""
        parts, dim = self.pool.components, self.data.dim
        within = self.pool.model_rows @ parts.covs.reshape(len(self.pool), -1)
        result = np.empty((self.generations + 1, dim, dim))
        for i, law in enumerate(self.pool.models):
            centred = parts.means[law.entries] - self.means[i]
            result[i] = within[i].reshape(dim, dim) + (law.weights * centred.T) @ centred
        return frozen(result)

    @cached_property
    def wasserstein2(self) -> tuple[Enclosure, ...]:
        """2-Wasserstein distance (a length) of the moment-matched Gaussians of each model and the data."""
        from gausscollapse.divergences.distance import wasserstein2

        target = Gaussian(self.data.mean, self.data.cov)
        return tuple(
            wasserstein2(Gaussian(mean, cov), target) for mean, cov in zip(self.means, self.covs, strict=True)
        )

    def to_dataset(self) -> xarray.Dataset:
        """Return the trajectory as an `xarray.Dataset` with the axes ``model`` and ``generation``.

        Moments, component counts, fresh fractions, and with lower and upper ends ``accumulated``, ``refreshed``,
        ``innovation_energy``, ``wasserstein2``, and ``mmd`` with its innovations' energies and Gram matrix (of up
        to 1500 distinct components); ``long_name`` and ``units`` are attributes of each, how an
        interval is known too. The dataset's attribute ``absent`` names what has no number here, and why.

        Raises
        ------
        MissingPackageError
            Where xarray is not installed; the message has the command that installs it.
        """
        from gausscollapse.retraining.dataset import to_dataset

        return to_dataset(self)

    def __iter__(self) -> Iterator[Law]:
        return iter(self.models)

    def __len__(self) -> int:
        return self.generations + 1

    def __repr__(self) -> str:
        return f"Trajectory({self.generations} generations, d = {self.data.dim})"
