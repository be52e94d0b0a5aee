"""What is measured of every model: moments, divergences to the data, modes, tails, diversity, pictures."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.lab.generation_divergences import divergences, in_pieces
from gausscollapse.lab.generation_settings import FiniteSampleSettings
from gausscollapse.lab.image_laws import IMAGES
from gausscollapse.lab.learned_generation import LearnedGeneration
from gausscollapse.lab.transport import frechet_distance
from gausscollapse.laws.mixture import GaussianMixture, Law


def of_generation(spec: FiniteSampleSettings, generation: LearnedGeneration, key: int) -> dict[str, Array]:
    """Return what the settings ask for of one model, by name."""
    measure, draws = spec.measure, generation.draws
    mean, cov = _moments(spec, generation)
    numbers: dict[str, Array | float] = {"variance": np.diag(cov).copy(), "log_volume": _log_volume(cov)}
    half = draws.shape[0] // 2
    numbers["pair_distance"] = float(np.mean(np.linalg.norm(draws[:half] - draws[half : 2 * half], axis=1)))
    if measure.divergences:
        numbers |= divergences(spec, generation, mean, cov, key)
    if measure.modes and isinstance(spec.data, GaussianMixture):
        numbers |= _modes(spec.data, draws)
    if measure.tails > 0.0:
        numbers["tail_mass"] = tail_mass(spec.data, draws, measure.tails)
    if spec.images:
        kind = IMAGES[spec.images]()
        if kind.features is not None:
            numbers["frechet"] = frechet_distance(kind.features(draws), reference_features(spec.data, spec.images))
        if measure.pictures:
            numbers["pictures"] = kind.pictures(draws[: measure.pictures])
    if measure.points:
        numbers["points"] = draws[: measure.points].copy()
    return {name: np.asarray(value, dtype=np.float64) for name, value in numbers.items()}


def _moments(spec: FiniteSampleSettings, generation: LearnedGeneration) -> tuple[Array, Array]:
    """Return mean and covariance of the law where draws are exact, else of the draws."""
    if spec.sampling == "exact" and generation.law is not None:
        return generation.law.mean, generation.law.cov
    draws = generation.draws
    return draws.mean(axis=0), np.atleast_2d(np.cov(draws, rowvar=False))


def _log_volume(cov: Array) -> float:
    sign, value = np.linalg.slogdet(cov)
    return float(value) if sign > 0.0 else -math.inf


def _modes(data: GaussianMixture, draws: Array) -> dict[str, Array | float]:
    most_probable = in_pieces(lambda points: np.argmax(data.log_joint(points), axis=1), draws)
    counts = np.bincount(most_probable, minlength=data.weights.size)
    weights, n = counts / draws.shape[0], draws.shape[0]
    return {
        "mode_weights": weights,
        # Without bias for 1 - sum w^2 of the law: pairs of different draws.
        "mode_diversity": float((1.0 - np.sum(weights**2)) * n / (n - 1.0)),
        "modes_alive": float(np.count_nonzero(counts)),
    }


def tail_mass(data: Law, points: Array, deviations: float) -> float:
    """Return the share of points with ``|L^{-1}(x - m)| > deviations``, ``L L^T`` the covariance of the data.

    m is the mean of the points, for a law that moves away whole has not grown tails.
    """
    whitened = np.linalg.solve(np.linalg.cholesky(data.cov), (points - points.mean(axis=0)).T)
    return float(np.mean(np.sum(whitened**2, axis=0) > deviations**2))


@lru_cache(maxsize=2)
def reference_features(data: Law, name: str) -> Array:
    """Return the features of 20 000 draws of the data, which are images of that kind."""
    features = IMAGES[name]().features
    if features is None:
        raise RuntimeError("these images have no classes")
    generator = np.random.default_rng(20261124)
    # In pieces: a draw holds one Cholesky factor a point.
    return np.concatenate([features(data.sample(1000, generator)) for _ in range(20)])
