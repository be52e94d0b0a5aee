"""Exponential moments of Girsanov's weights of a linear-Gaussian chain, exactly, by a backward recursion."""

from __future__ import annotations

import math

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import marginal
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling._chain import fields


def chain_log_moment(process: ReverseProcess, times: Array, *, theta1: float, theta2: float) -> float:
    """Return ``log E exp(theta1 M + theta2 [M])`` of the ideal Euler-Maruyama chain.

    Parameters
    ----------
    process : ReverseProcess
        One Gaussian, an error that is affine in x and a start from q_T.
    times : ndarray, shape (steps + 1,)
        Decreasing times from horizon to stop.
    theta1, theta2 : float
        Factors of ``M = sum e_k . sqrt(h) xi_k`` and of ``[M] = sum h |e_k|^2``.

    Returns
    -------
    float
        The logarithm, inf where the expectation is infinite.

    Notes
    -----
    With the value ``exp(y'P y/2 + p'y + c)`` of the steps to come, ``Y' = F y + f + sqrt(h) xi`` gives a Gaussian
    integral in xi, finite iff ``I - h P`` is positive definite. Source: *own*.

    Examples
    --------
    ``E exp(Z) = 1``, with ``Z = M - [M]/2``:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(1.0, 0.0), gc.AffineError(0.2, 0.1))
    >>> abs(chain_log_moment(process, np.linspace(1.0, 0.0, 11), theta1=1.0, theta2=-0.5)) < 1e-12
    True
    """
    found = fields(process, times[:-1])
    means = np.exp(-0.5 * times[:-1])[:, None] * process.gaussian.mean
    score, pull = -found.precision, np.einsum("sij,sj->si", found.precision, means)
    slope, offset = found.slope, found.offset - np.einsum("sij,sj->si", found.slope, means)
    d = process.dim
    eye = np.eye(d)
    square, linear, constant = np.zeros((d, d)), np.zeros(d), 0.0
    steps = -np.diff(times)
    for k in range(steps.size - 1, -1, -1):
        h, a, b = float(steps[k]), slope[k], offset[k]
        drift, shift = eye + h * (0.5 * eye + score[k]), h * pull[k]
        inner = eye - h * square
        if not np.all(np.isfinite(inner)) or np.min(np.linalg.eigvalsh(inner)) <= 0.0:
            return math.inf
        # The exponent's slope in xi is sqrt(h) (gain y + tilt).
        gain = theta1 * a + square @ drift
        tilt = theta1 * b + square @ shift + linear
        solved = np.linalg.solve(inner, np.column_stack([gain, tilt]))
        constant += 0.5 * float(shift @ square @ shift) + float(linear @ shift) + theta2 * h * float(b @ b)
        constant += 0.5 * h * float(tilt @ solved[:, -1]) - 0.5 * float(np.linalg.slogdet(inner)[1])
        linear = drift.T @ (square @ shift + linear) + 2.0 * theta2 * h * a.T @ b + h * gain.T @ solved[:, -1]
        square = drift.T @ square @ drift + 2.0 * theta2 * h * a.T @ a + h * gain.T @ solved[:, :-1]
        square = 0.5 * (square + square.T)
    start = marginal(process.gaussian, process.diffusion.horizon)
    inner = eye - start.cholesky.T @ square @ start.cholesky
    if not np.all(np.isfinite(inner)) or np.min(np.linalg.eigvalsh(inner)) <= 0.0:
        return math.inf
    tilt = start.cholesky.T @ (square @ start.mean + linear)
    total = constant + 0.5 * float(start.mean @ square @ start.mean) + float(linear @ start.mean)
    total += 0.5 * float(tilt @ np.linalg.solve(inner, tilt)) - 0.5 * float(np.linalg.slogdet(inner)[1])
    return total if math.isfinite(total) else math.inf
