"""What a simulation of a reverse process leaves behind."""

from __future__ import annotations

from dataclasses import dataclass

from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import Array


@dataclass(frozen=True, eq=False, repr=False)
class Simulation(Presented):
    """Simulated paths of one reverse process.

    Parameters
    ----------
    endpoint : ndarray, shape (n, d)
        States at the stop.
    times : ndarray, shape (steps + 1,)
        The grid, from the horizon down to the stop.
    law : {"learned", "ideal"}
        Whether the error drove the paths.
    snapshot_times : ndarray, shape (m,)
        Grid times of the snapshots.
    snapshots : ndarray, shape (m, n, d)
        States at those times.
    method : str
        What was done, in words.

    Raises
    ------
    NotSupportedError
        If `energy` or `martingale` is read and was not asked for.

    Notes
    -----
    With steps h, errors e_k and noise increments dB_k the functionals of a path are ``[M] = sum_k h |e_k|^2`` and
    ``M = sum_k e_k . dB_k``.

    Examples
    --------
    A constant error b has the energy ``|b|^2 (T - t0)`` on every path:

    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2.5, stop=0.5)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.3))
    >>> run = gc.simulate(process, 3, 10, 1, functionals=True, snapshots=[1.5])
    >>> print(run.n, run.endpoint.shape, run.snapshot_times, run.snapshots.shape)
    3 (3, 1) [1.5] (1, 3, 1)
    >>> print(run.energy.round(9))  # 0.09 * 2
    [0.18 0.18 0.18]
    """

    endpoint: Array
    times: Array
    law: str
    snapshot_times: Array
    snapshots: Array
    method: str
    _energy: Array | None = None
    _martingale: Array | None = None

    @property
    def n(self) -> int:
        """Number of paths."""
        return int(self.endpoint.shape[0])

    @property
    def energy(self) -> Array:
        """``sum_k h |e_k|^2`` on each path, shape (n,): the quadratic variation [M]."""
        if self._energy is None:
            raise NotSupportedError("functionals: the energy was not asked for; accepted: simulate(functionals=True)")
        return self._energy

    @property
    def martingale(self) -> Array:
        """``sum_k e_k . dB_k`` on each path, shape (n,).

        B is the noise of the law that was simulated. For ``law="ideal"`` this is the paper's M; for
        ``law="learned"`` the paper's M is ``martingale + energy``.
        """
        if self._martingale is None:
            raise NotSupportedError(
                "functionals: the martingale was not asked for; accepted: simulate(functionals=True)"
            )
        return self._martingale
