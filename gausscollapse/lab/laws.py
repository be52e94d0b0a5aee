"""Mixtures of laws."""

from __future__ import annotations

import numpy as np

from gausscollapse.laws.mixture import GaussianMixture, Law


def mixed(weight: float, first: Law, second: Law) -> Law:
    """Return ``weight first + (1 - weight) second``."""
    if weight == 1.0 or first is second:
        return first
    if weight == 0.0:
        return second
    return GaussianMixture(
        np.concatenate([weight * first.weights, (1.0 - weight) * second.weights]),
        np.concatenate([first.means, second.means]),
        np.concatenate([first.covs, second.covs]),
    )
