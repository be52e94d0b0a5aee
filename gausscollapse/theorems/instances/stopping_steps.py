"""Which steps of a trajectory are early stopping, at what times, with what shift after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.retraining.channels import AffineChannel, early_stopping
from gausscollapse.retraining.trajectory import Trajectory


@dataclass(frozen=True)
class StoppedSteps:
    """The steps of one trajectory as ``x -> exp(-t/2) x + b + N(0, (1 - exp(-t)) I)``.

    Parameters
    ----------
    times : ndarray, shape (N,)
        t >= 0, known up to rounding.
    shifts : ndarray, shape (N, d)
        b.
    """

    times: Array
    shifts: Array


def replaced(trajectory: Trajectory) -> bool:
    """Return whether the last model replaces all before it, and every step is a channel."""
    return trajectory.workflow.last_model and len(trajectory.channels) == trajectory.generations


def stopped_steps(trajectory: Trajectory) -> StoppedSteps | None:
    """Return the steps of a trajectory where all are early stopping with a shift, else None."""
    times = []
    if not replaced(trajectory):
        return None
    for channel in trajectory.channels:
        first = float(channel.matrix[0, 0])
        time = -2.0 * float(np.log(first)) if 0.0 < first <= 1.0 else -1.0
        if time < 0.0 or not _agrees(channel, early_stopping(time, channel.dim)):
            return None
        times.append(time)
    shifts = np.array([channel.offset for channel in trajectory.channels])
    return StoppedSteps(np.array(times), shifts.reshape(-1, trajectory.data.dim))


def _agrees(channel: AffineChannel, model: AffineChannel) -> bool:
    return bool(
        np.allclose(channel.matrix, model.matrix, rtol=1e-13, atol=0.0)
        and np.allclose(channel.noise, model.noise, rtol=1e-12, atol=1e-14)
    )
