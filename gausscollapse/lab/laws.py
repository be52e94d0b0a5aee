"""Mixtures of laws."""

from __future__ import annotations

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law


def components(law: Law) -> tuple[Array, Array, Array]:
    """Return weights (K,), means (K, d) and covariances (K, d, d); one component for a Gaussian."""
    if isinstance(law, Gaussian):
        return np.ones(1), law.mean[None], law.cov[None]
    return law.weights, law.means, law.covs


def mixed(share: float, first: Law, second: Law) -> Law:
    """Return ``share first + (1 - share) second``."""
    if share == 1.0 or first is second:
        return first
    if share == 0.0:
        return second
    (weights, means, covs), (others, centres, spreads) = components(first), components(second)
    return GaussianMixture(
        np.concatenate([share * weights, (1.0 - share) * others]),
        np.concatenate([means, centres]),
        np.concatenate([covs, spreads]),
    )
