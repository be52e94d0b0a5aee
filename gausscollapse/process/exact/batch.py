"""Many linear-Gaussian reverse processes of one dimension as stacked arrays, and the call of the kernels."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.threads import thread_count
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.errors import LinearForm

# Local tolerance of the integrator as a share of the stated accuracy: the global error of some tens of steps
# stays well inside, see tests/test_reverse_linear.py.
LOCAL_SHARE = 0.004
LEAST_LOCAL = 2e-14
THREAD_CHUNK = 32


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

    @classmethod
    def of(cls, processes: Sequence[Linear]) -> Batch:
        """Stack processes of one dimension."""
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
        )

    @property
    def size(self) -> int:
        """Number of processes B."""
        return int(self.eig.shape[0])

    @property
    def dim(self) -> int:
        """Dimension d."""
        return int(self.eig.shape[1])

    def eigenvalues_at(self, time: Array) -> Array:
        """Return the eigenvalues of ``S_t`` at one time a process, shape (B, d)."""
        decay = np.exp(-time)[:, None]
        return self.eig * decay - np.expm1(-time)[:, None]

    @cached_property
    def conditioning(self) -> Array:
        """Relative error of the smallest eigenvalue of ``S_{t0}`` from rounding in eigh, shape (B,)."""
        eig = self.eigenvalues_at(self.stop)
        return np.asarray(4.0 * 2.0**-53 * self.dim * eig[:, -1] / eig[:, 0])

    def scaled(self, factor: float | Array) -> Batch:
        """Return the batch with every error multiplied by `factor`, one for all or one a process."""
        factors = np.broadcast_to(np.asarray(factor, dtype=np.float64), (self.size,))
        return replace(
            self,
            slope=factors[:, None, None] * self.slope,
            offset=factors[:, None] * self.offset,
            response=factors[:, None, None] * self.response,
            share=factors * self.share,
        )

    def __getitem__(self, index: Any) -> Batch:
        return Batch(*(getattr(self, entry.name)[index] for entry in fields(self)))

    def integrate(
        self, mode: int, tolerance: float, initial: Array, *, theta: float = 0.0, kappa: float = 0.0
    ) -> tuple[Array, Array, np.ndarray[Any, np.dtype[np.int64]]]:
        """Integrate all processes in one mode of the kernels, on as many threads as there are processors.

        Parameters
        ----------
        mode : int
            MOMENTS, GEOMETRY or EXPONENTIAL of `_kernels`.
        tolerance : float
            Stated relative accuracy.
        initial : ndarray, shape (B, size)
            States at the start.
        theta, kappa : float
            Parameters of the exponential moment.

        Returns
        -------
        state, absolute, status : ndarray
            Final states (B, size), sums of absolute increments (B, size), and the kernel's status (B,).

        Raises
        ------
        NotSupportedError
            If the moments of an instance leave the range of floats, or it needs more steps than the kernel allows.
        """
        from scipy.integrate import DOP853

        from gausscollapse.process.exact import _integrator_kernels as _kernels

        stages, nodes = DOP853.n_stages, np.ascontiguousarray(DOP853.C)
        table = (
            np.ascontiguousarray(DOP853.A[:stages, :stages]),
            np.ascontiguousarray(DOP853.B),
            nodes,
            np.ascontiguousarray(DOP853.E3[:stages]),
            np.ascontiguousarray(DOP853.E5[:stages]),
        )
        groups = _kernels.layout(mode, self.dim)[1]
        state = np.ascontiguousarray(initial)
        absolute = np.zeros_like(state)
        status = np.zeros(self.size, dtype=np.int64)
        names = ("eig", "mean", "slope", "offset", "response", "change", "basis", "target_eig", "shift")
        arrays = tuple(np.ascontiguousarray(getattr(self, name)) for name in names)
        scalars = tuple(np.ascontiguousarray(part) for part in (self.share, self.horizon, self.stop))
        local = max(LOCAL_SHARE * tolerance, LEAST_LOCAL)
        exponent = (float(theta), float(kappa))

        def run(first: int) -> None:
            part = slice(first, first + THREAD_CHUNK)
            chunk, times = tuple(array[part] for array in arrays), (array[part] for array in scalars)
            out = (state[part], absolute[part], status[part])
            _kernels.integrate_batch(mode, local, table, groups, exponent, chunk, *times, *out)

        starts = range(0, self.size, THREAD_CHUNK)
        if len(starts) <= 1:
            for first in starts:
                run(first)
        else:
            with ThreadPoolExecutor(max_workers=thread_count(None)) as pool:
                list(pool.map(run, starts))
        if np.any(status == 2):
            raise NotSupportedError(
                f"error: the moments of {int(np.sum(status == 2))} of {self.size} learned processes leave the range "
                "of floats; accepted: a smaller error or a shorter horizon"
            )
        if np.any(status == 3):
            raise NotSupportedError(
                f"error: {int(np.sum(status == 3))} of {self.size} processes need more than {_kernels.MAX_STEPS} "
                "integration steps; accepted: a smaller error or a shorter horizon"
            )
        return state, absolute, status
