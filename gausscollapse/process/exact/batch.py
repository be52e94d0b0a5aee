"""Many linear-Gaussian reverse processes of one dimension as stacked arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_one_each
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.linear_form import LinearForm

# A bound of a few roundings a dimension, relative.
UNIT = 8.0 * 2.0**-53


class Linear(Protocol):
    """What a batch is made of: anything with Gaussian data, a diffusion and an error of linear form."""

    @property
    def gaussian(self) -> Gaussian:
        """The data law."""

    @property
    def diffusion(self) -> OrnsteinUhlenbeck:
        """The forward process."""

    @property
    def form(self) -> LinearForm:
        """The error's linear form."""

    @property
    def matched(self) -> bool:
        """Whether the reverse process starts from q_T; else from N(0, I)."""

    @property
    def stochasticity(self) -> float:
        """How much noise the sampler adds."""


@dataclass(frozen=True, eq=False)
class Batch:
    """B linear-Gaussian reverse processes in dimension d, each in the eigenbasis of its data covariance.

    Parameters
    ----------
    rotation : ndarray, shape (B, d, d)
        Eigenvectors of the data covariance, in columns.
    eig : ndarray, shape (B, d)
        Its eigenvalues, ascending.
    mean, offset, shift : ndarray, shape (B, d)
        Data mean, constant part of the error, target mean minus data mean.
    slope, response, change, basis : ndarray, shape (B, d, d)
        Slope A, response R, target covariance minus data covariance, target eigenvectors.
    target_eig : ndarray, shape (B, d)
        Eigenvalues of the target covariance.
    share : ndarray, shape (B,)
        Weight of the realizable part; 0 where there is no target.
    horizon, stop : ndarray, shape (B,)
        Times T and t0.
    matched : ndarray of bool, shape (B,)
        Whether the process starts from q_T; else from N(0, I).
    stochasticity : ndarray, shape (B,)
        lam of the sampler: 1 for the reverse process, 0 for the probability flow.

    Notes
    -----
    Eigenvalues and covariances are squared lengths, means and shifts lengths, slopes 1/time. `of` makes a batch from
    processes.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> diffusion, error = gc.OrnsteinUhlenbeck(horizon=np.log(4), stop=0.0), gc.AffineError(0, 0.5)
    >>> batch = gc.process.Batch.of([gc.ReverseProcess(gc.Gaussian(0, v), diffusion, error) for v in (1, 5)])
    >>> batch.size, batch.dim, batch.eig.ravel()
    (2, 1, array([1., 5.]))
    >>> batch.scaled([2, 4]).offset.ravel()
    array([1., 2.])

    At the horizon a quarter of the variance is left, and 3/4 are noise:

    >>> batch.eigenvalues_at(batch.horizon).ravel()
    array([1., 2.])
    >>> batch[1:].size
    1
    """

    rotation: Array
    eig: Array
    mean: Array
    slope: Array
    offset: Array
    response: Array
    share: Array
    change: Array
    basis: Array
    target_eig: Array
    shift: Array
    horizon: Array
    stop: Array
    matched: np.ndarray[Any, np.dtype[np.bool_]]
    stochasticity: Array

    @classmethod
    @checked
    def of(cls, processes: Sequence[Linear]) -> Batch:
        """Return the batch of processes of one dimension.

        Parameters
        ----------
        processes : sequence of ReverseProcess
            With Gaussian data and errors that are affine in x.

        Raises
        ------
        NotSupportedError
            If one of them is not so.
        """
        if not processes:
            raise InvalidArgumentError("processes", processes, "is empty", "one process at least")
        forms = [process.form for process in processes]
        means = np.array([process.gaussian.mean for process in processes])
        covs = np.array([process.gaussian.cov for process in processes])
        targets = [
            process.gaussian if form.target is None else form.target
            for process, form in zip(processes, forms, strict=True)
        ]
        eig, rotation = np.linalg.eigh(covs)
        back = np.swapaxes(rotation, 1, 2)
        target_covs = np.array([target.cov for target in targets])
        target_eig, target_basis = np.linalg.eigh(target_covs)

        def turned(matrices: Array) -> Array:
            return np.asarray(back @ matrices @ rotation)

        def turned_vectors(vectors: Array) -> Array:
            return np.asarray(np.einsum("bij,bj->bi", back, vectors))

        return cls(
            rotation=rotation,
            eig=eig,
            mean=turned_vectors(means),
            slope=turned(np.array([form.matrix for form in forms])),
            offset=turned_vectors(np.array([form.offset for form in forms])),
            response=turned(np.array([form.response for form in forms])),
            share=np.array([form.share for form in forms]),
            change=turned(target_covs - covs),
            basis=np.asarray(back @ target_basis),
            target_eig=target_eig,
            shift=turned_vectors(np.array([target.mean for target in targets]) - means),
            horizon=np.array([process.diffusion.horizon for process in processes]),
            stop=np.array([process.diffusion.stop for process in processes]),
            matched=np.array([process.matched for process in processes]),
            stochasticity=np.array([float(process.stochasticity) for process in processes]),
        )

    @property
    def size(self) -> int:
        """Number of processes B."""
        return int(self.eig.shape[0])

    @property
    def dim(self) -> int:
        """Dimension d."""
        return int(self.eig.shape[1])

    @cached_property
    def path_gain(self) -> Array:
        """``((1 + lam^2)/(2 lam))^2``, shape (B,): E [M] over the energy; inf for a flow."""
        with np.errstate(divide="ignore"):
            return np.asarray((0.5 * (1.0 + self.stochasticity**2) / self.stochasticity) ** 2)

    def eigenvalues_at(self, time: Array) -> Array:
        """Return the eigenvalues of ``S_t`` at one time a process (B,), shape (B, d)."""
        times = as_one_each("time", time, self.size)[:, None]
        return self.eig * np.exp(-times) - np.expm1(-times)

    @cached_property
    def conditioning(self) -> Array:
        """Relative error of the smallest eigenvalue of ``S_{t0}`` from rounding in eigh, shape (B,)."""
        eig = self.eigenvalues_at(self.stop)
        return np.asarray(4.0 * 2.0**-53 * self.dim * eig[:, -1] / eig[:, 0])

    @cached_property
    def start_blur(self) -> Array:
        """Error of the eigenvalues of ``S_T - I`` from eigh, from exp and from the rounding of S_T, shape (B,)."""
        largest = np.maximum(self.eig[:, -1], 1.0)
        return np.asarray(UNIT * self.dim * np.exp(-self.horizon) * largest + 2.0**-53)

    @cached_property
    def start_error(self) -> Array:
        """Relative error of ``S_T`` in its own metric, shape (B,): what whitening with it is off by."""
        return np.asarray(UNIT * self.dim + self.start_blur / np.min(self.eigenvalues_at(self.horizon), axis=1))

    @cached_property
    def start(self) -> tuple[Array, Array]:
        """``(mu, v)``: in the coordinates that whiten q_T the start is ``N(mu, I + diag(v))``; shapes (B, d).

        Both are 0 for a start from q_T. For N(0, I), ``v = 1/lam - 1 = -exp(-T)(s - 1)/lam``, s an eigenvalue at 0.
        """
        if np.all(self.matched):
            return np.zeros_like(self.mean), np.zeros_like(self.mean)
        lam, elsewhere = self.eigenvalues_at(self.horizon), ~self.matched[:, None]
        mean = -np.exp(-0.5 * self.horizon)[:, None] * self.mean / np.sqrt(lam)
        spread = -np.exp(-self.horizon)[:, None] * (self.eig - 1.0) / lam
        return np.where(elsewhere, mean, 0.0), np.where(elsewhere, spread, 0.0)

    def scaled(self, factor: float | Array) -> Batch:
        """Return the batch with every error multiplied by `factor`, one for all or one a process."""
        factors = as_one_each("factor", factor, self.size)
        return replace(
            self,
            slope=factors[:, None, None] * self.slope,
            offset=factors[:, None] * self.offset,
            response=factors[:, None, None] * self.response,
            share=factors * self.share,
        )

    def __getitem__(self, index: Any) -> Batch:
        return Batch(*(getattr(self, entry.name)[index] for entry in fields(self)))
