"""Patches of 8 x 8 pixels of the two photographs that scikit-learn ships, as a Gaussian mixture.

A mixture fitted to patches is the image prior of the denoising literature (Zoran and Weiss 2011), and as a law of
data everything about it is known: scores, marginals, draws. Grey values are luminances (ITU-R BT.601) from 0 to 255;
coordinates are standardised by mean and deviation of all pixels of the patches.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from gausscollapse.core.exceptions import MissingPackageError
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.mixture import Law
from gausscollapse.learners.base import scikit_learn
from gausscollapse.learners.mixture import MixtureLearner

SIDE, STRIDE, WHITE = 8, 4, 255.0
LUMINANCE = (0.299, 0.587, 0.114)
# Patches that the mixture is fitted to.
FITTED = 8000
# A variance of (2.5 grey levels)^2 at least: the sky of one photograph is flat to less than a grey level.
REGULARISATION = 1e-3
COMPONENTS = 20


@lru_cache(maxsize=1)
def photograph_patches() -> tuple[Array, float, float]:
    """Return every patch whose corner is a multiple of four pixels, standardised (33 390, 64), mean and deviation."""
    try:
        photographs = scikit_learn("datasets").load_sample_images().images
    except ImportError:
        raise MissingPackageError("pillow", "experiments") from None
    rows = []
    for photograph in photographs:
        grey = np.asarray(photograph, dtype=np.float64) @ np.array(LUMINANCE)
        windows = np.lib.stride_tricks.sliding_window_view(grey, (SIDE, SIDE))
        rows.append(windows[::STRIDE, ::STRIDE].reshape(-1, SIDE * SIDE))
    patches = np.concatenate(rows)
    centre, scale = float(np.mean(patches)), float(np.std(patches))
    return (patches - centre) / scale, centre, scale


@lru_cache(maxsize=4)
def patches_law(components: int = COMPONENTS) -> Law:
    """Return the mixture of so many components, by expectation-maximisation on 8000 of the patches."""
    points = photograph_patches()[0]
    chosen = points[np.random.default_rng(0).permutation(points.shape[0])[:FITTED]]
    law = MixtureLearner(components, regularisation=REGULARISATION).fit(chosen, OrnsteinUhlenbeck()).law
    if law is None:
        raise RuntimeError("a mixture learner has a law")
    return law


def pictures_of(points: Array) -> Array:
    """Return points (n, 64) as pictures (n, 8, 8) with darkness from 0, white, to 1, black."""
    _, centre, scale = photograph_patches()
    brightness = np.clip((points * scale + centre) / WHITE, 0.0, 1.0)
    return np.asarray(1.0 - brightness.reshape(-1, SIDE, SIDE))
