"""Handwritten digits: scikit-learn's 1797 images of 8 x 8 pixels as a Gaussian mixture, and features of images.

Grey values g in 0..16 become coordinates ``(g - 8)/4``, whose mean variance is about 1.
"""

from __future__ import annotations

import warnings
from functools import lru_cache

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import GaussianMixture
from gausscollapse.learners.base import scikit_learn

SIDE = 8
CENTRE, SCALE, WHITE = 8.0, 4.0, 16.0
HIDDEN = 32


def images_of(points: Array) -> Array:
    """Return points (n, 64) as images (n, 8, 8) with grey values from 0 to 1."""
    grey = np.clip((points * SCALE + CENTRE) / WHITE, 0.0, 1.0)
    return np.asarray(grey.reshape(-1, SIDE, SIDE))


@lru_cache(maxsize=1)
def dataset() -> tuple[Array, Array]:
    """Return the images as points (1797, 64) and the digits (1797,)."""
    found = scikit_learn("datasets").load_digits()
    return (np.asarray(found.data) - CENTRE) / SCALE, np.asarray(found.target)


@lru_cache(maxsize=4)
def digits_law(components: int = 1) -> GaussianMixture:
    """Return the digits as a mixture, `components` Gaussians a digit, the components of digit k being consecutive.

    Each has mean and Ledoit-Wolf covariance of its images; a digit is divided by k-means. Weights are relative
    frequencies.
    """
    points, labels = dataset()
    covariance = scikit_learn("covariance")
    cluster = scikit_learn("cluster")
    weights, means, covs = [], [], []
    for digit in range(10):
        images = points[labels == digit]
        groups = cluster.KMeans(components, n_init=4, random_state=0).fit_predict(images)
        for group in range(components):
            chosen = images[groups == group]
            weights.append(chosen.shape[0] / points.shape[0])
            means.append(chosen.mean(axis=0))
            covs.append(covariance.ledoit_wolf(chosen)[0])
    return GaussianMixture(weights, means, covs)


@lru_cache(maxsize=1)
def _classifier() -> tuple[Array, Array]:
    """Return weights (64, 32) and biases (32,) of the hidden layer of a network that tells the digits apart."""
    points, labels = dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scikit_learn("exceptions").ConvergenceWarning)
        network = scikit_learn("neural_network").MLPClassifier(
            (HIDDEN,), max_iter=60, random_state=0
        ).fit(points, labels)  # fmt: skip
    return network.coefs_[0], network.intercepts_[0]


def features(points: Array) -> Array:
    """Return the hidden layer of a network that was trained to tell the digits apart, shape (n, 32)."""
    weights, biases = _classifier()
    return np.asarray(np.maximum(points @ weights + biases, 0.0))
