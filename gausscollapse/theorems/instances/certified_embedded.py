"""Certified drift and innovations of one trajectory in the norm of a kernel, data of any kind."""

from __future__ import annotations

from functools import partial

import numpy as np

from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.process.certified.balls import rational
from gausscollapse.retraining.certified.embedded_products import KernelBallProducts
from gausscollapse.retraining.certified.trajectory_statistics import CertifiedTrajectoryStatistics, Flags
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems.instances.stopping_steps import replaced


class CertifiedKernelStatistics(CertifiedTrajectoryStatistics):
    """Drift and innovations under the kernel that the floats use, for one trajectory; arrays of shape (1, ...).

    Parameters
    ----------
    trajectory : Trajectory
        With data of any kind, in any dimension.

    Raises
    ------
    NotSupportedError
        If a step is no channel, or more than the last model is kept.
    """

    def __init__(self, trajectory: Trajectory) -> None:
        if not replaced(trajectory):
            raise NotSupportedError(
                "trajectory: norms of a kernel are certified where the last model replaces all before it and every "
                "step is a channel; accepted: such a trajectory"
            )
        width = rational(trajectory.mmd().width)
        super().__init__(trajectory, products=partial(KernelBallProducts, width=width))

    @property
    def replaced(self) -> Flags:
        """Where the last model replaces all before it, and every step is a channel, shape (1,)."""
        return np.ones(1, dtype=bool)
