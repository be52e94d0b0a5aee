"""What is measured of a model that draws images: diversity, classes, distances in the features of a classifier."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import xlogy

from gausscollapse.core.validation import Array
from gausscollapse.divergences.divergence import chi2
from gausscollapse.lab.real_images import ImageSet, classes, features, real_images
from gausscollapse.lab.transport import frechet_distance
from gausscollapse.laws.gaussian import Gaussian

# Share of the mean variance of the real features that is added to the variance of all: classifiers have dead units.
RIDGE = 1e-2
MOST_NEAREST = 1000


def feature_chi2(found: Array, real: Array) -> float:
    """Return chi-squared of the Gaussians with the moments of two sets of features (n, m); inf where it is.

    A hundredth of the mean variance of the real features is added to every variance, without which a feature that
    never varies leaves no density.
    """
    ridge = RIDGE * float(np.mean(np.var(real, axis=0))) * np.eye(real.shape[1])
    laws = [Gaussian(part.mean(axis=0), np.cov(part, rowvar=False) + ridge) for part in (found, real)]
    return float(chi2(*laws))


def nearest(points: Array) -> float:
    """Return the mean distance of a point to the nearest other one, of the first thousand of points (n, d)."""
    from scipy.spatial.distance import cdist

    some = points[:MOST_NEAREST]
    gaps = cdist(some, some)
    np.fill_diagonal(gaps, np.inf)
    return float(np.mean(gaps.min(axis=1)))


def of_images(images: ImageSet, draws: Array, shown: Array) -> dict[str, Array | float]:
    """Return what is measured of one model by its draws (n, d), by name, and the pictures of points to be shown."""
    real = real_images(images)
    ours, theirs = features(images, draws), features(images, real.points)
    half = draws.shape[0] // 2
    shares, sureness = classes(images, draws)
    found: dict[str, Array | float] = {
        "pair_distance": float(np.mean(np.linalg.norm(draws[:half] - draws[half : 2 * half], axis=1))),
        "nearest_draw": nearest(draws),
        "variance": np.var(draws, axis=0),
        "class_weights": shares,
        "class_diversity": math.exp(-float(np.sum(xlogy(shares, shares)))),
        "class_sureness": sureness,
        "feature_variance": float(np.sum(np.var(ours, axis=0)) / np.sum(np.var(theirs, axis=0))),
        "frechet": frechet_distance(ours, theirs),
        "feature_chi2": feature_chi2(ours, theirs),
    }
    if shown.size:
        found["lineages"] = real.pictures(shown)
    return found
