"""The experiment "generations" on real images: a U-Net is trained again and again, partly on what it drew.

[data]                 kind = "digits", or "fashion-mnist" or "cifar10" with the folder of their files
[learner]              kind = "u-net"; see `UNetLearner`
fresh, generations, samples
[diffusion]            horizon, stop
[measure]              see `ImageMeasures`

Needs torch. Fresh images are drawn from the real set without replacement, other ones in each generation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_count, as_number
from gausscollapse.divergences.divergence import chi2
from gausscollapse.lab.catalogue import stacked
from gausscollapse.lab.experiment import Measurement, Settings
from gausscollapse.lab.generation_energies import ratio
from gausscollapse.lab.generations import CHOOSE, DRAW, FIT, FRESH, MEASURE, stream
from gausscollapse.lab.image_energies import energies
from gausscollapse.lab.image_training import CHUNK, UNetLearner, UNetModel, train
from gausscollapse.lab.reading import Checked, read_table
from gausscollapse.lab.real_images import ImageSet, features, real_images
from gausscollapse.lab.threads import one_thread
from gausscollapse.lab.transport import frechet_distance
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian

KIND = "u-net"
# Share of the mean variance of the real features that is added to the variance of all: classifiers have dead units.
RIDGE = 1e-2
# Multiplications a second that a thread does in convolutions of this size, measured on an ordinary processor, and
# how many times a forward pass a training step takes.
RATE, TRAINING = 7e9, 3.0
# Of a graphics card, not measured here: the same, and the time that one pass of small kernels takes at least.
CARD_RATE, LAUNCH = 3e12, 3e-3
Positive = Annotated[int, partial(as_count, at_least=1)]


def _as_generations(argument: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidArgumentError(argument, value, "is not a list of generations", "a list of integers >= 0")
    return tuple(as_count(argument, entry) for entry in value)


@dataclass(frozen=True)
class ImageMeasures(Checked):
    """What is measured.

    Parameters
    ----------
    pictures : int
        Draws of each model that are kept.
    energies : tuple of int
        Generations whose network's error is measured.
    times : int
        Times at which it is.
    paths : int
        Pairs of forward paths.
    """

    pictures: Annotated[int, as_count] = 36
    energies: Annotated[tuple[int, ...], _as_generations] = ()
    times: Annotated[int, partial(as_count, at_least=2)] = 50
    paths: Annotated[int, partial(as_count, at_least=8)] = 256


@dataclass(frozen=True, eq=False)
class ImageSettings(Checked):
    """Everything that a run needs; see the module. `steps` are those of the sampler."""

    data: ImageSet
    fresh: Annotated[float, partial(as_number, at_least=0.0, at_most=1.0)]
    generations: Positive
    samples: Annotated[int, partial(as_count, at_least=64)]
    learner: UNetLearner
    steps: Positive = 50
    diffusion: OrnsteinUhlenbeck = field(default_factory=lambda: OrnsteinUhlenbeck(8.0, 0.01))
    measure: ImageMeasures = field(default_factory=ImageMeasures)

    def __post_init__(self) -> None:
        super().__post_init__()
        side, most, learner = self.data.shape[1], self.data.count, self.learner
        late = [i for i in self.measure.energies if i >= self.generations]
        for wrong, key, value, reason, accepted in (
            (self.samples > most, "samples", self.samples, "is more than there are images", f"n <= {most}"),
            (learner.width % 8 > 0, "learner.width", learner.width, "is no multiple of eight", "8, 16, 24, ..."),
            (side % 2**learner.depth > 0, "learner.depth", learner.depth, f"does not halve {side} pixels", "less"),
            (self.diffusion.stop == 0.0, "diffusion.stop", 0.0, "has no noise to learn from", "a stop > 0"),
            (self.measure.pictures > self.samples, "measure.pictures", self.measure.pictures, "is more than n", "n"),
            (bool(late), "measure.energies", late, "is beyond the last generation", f"0 to {self.generations - 1}"),
        ):
            if wrong:
                raise InvalidArgumentError(key, value, reason, accepted)

    @property
    def fresh_count(self) -> int:
        """Number of fresh images in a training set."""
        return round(self.fresh * self.samples)


def read_settings(settings: Settings) -> ImageSettings:
    """Return the settings of a run, checked."""

    def learner(value: Any, where: str) -> UNetLearner:
        return read_table(UNetLearner, value, where, also=("kind",))

    def data(value: Any, where: str) -> ImageSet:
        return read_table(ImageSet, value, where)

    return read_table(ImageSettings, settings, "", readers={"learner": learner, "data": data})


def check(settings: Settings) -> None:
    """Refuse settings that cannot be run, in one line."""
    read_settings(settings)


def feature_chi2(found: Array, real: Array) -> float:
    """Return chi-squared of the Gaussians with the moments of two sets of features (n, m); inf where it is.

    A hundredth of the mean variance of the real features is added to every variance, without which a feature that
    never varies leaves no density.
    """
    ridge = RIDGE * float(np.mean(np.var(real, axis=0))) * np.eye(real.shape[1])
    laws = [Gaussian(part.mean(axis=0), np.cov(part, rowvar=False) + ridge) for part in (found, real)]
    return float(chi2(*laws))


def _measured(spec: ImageSettings, draws: Array) -> dict[str, Array | float]:
    real = real_images(spec.data)
    ours, theirs = features(spec.data, draws), features(spec.data, real.points)
    half = draws.shape[0] // 2
    found: dict[str, Array | float] = {
        "pair_distance": float(np.mean(np.linalg.norm(draws[:half] - draws[half : 2 * half], axis=1))),
        "variance": np.var(draws, axis=0),
        "frechet": frechet_distance(ours, theirs),
        "feature_chi2": feature_chi2(ours, theirs),
    }
    if spec.measure.pictures:
        found["pictures"] = real.pictures(draws[: spec.measure.pictures])
    return found


def _energies(
    spec: ImageSettings, model: UNetModel, training: Array, index: int, key: int
) -> dict[str, Array | float]:
    measure = spec.measure
    nodes, ideal, observed, density = energies(
        model.score,
        training,
        spec.diffusion,
        times=measure.times,
        paths=measure.paths,
        rng=np.random.default_rng(key),
    )
    value, error = ratio(observed, ideal)
    return {
        "ideal_energy": ideal.value, "ideal_energy_error": ideal.standard_error,
        "paired_energy": max(0.0, observed.value), "paired_energy_error": observed.standard_error,
        "paired_observability": value, "paired_observability_error": error,
        "energy_times": nodes, "energy_density": density, "energy_generations": float(index),
    }  # fmt: skip


def run(settings: Settings, key: int) -> Mapping[str, Measurement]:
    """Return the measurements of one run; the same bytes again where `image_training` says so."""
    spec = read_settings(settings)
    real = real_images(spec.data)
    with one_thread():
        first = np.random.default_rng(stream(key, 0, DRAW)).permutation(real.points.shape[0])
        draws = real.points[first[: spec.samples]]
        rows, measured = [_measured(spec, draws)], []
        for index in range(spec.generations):
            chosen = np.random.default_rng(stream(key, index, FRESH)).permutation(real.points.shape[0])
            kept = np.random.default_rng(stream(key, index, CHOOSE)).permutation(spec.samples)
            fresh = real.points[chosen[: spec.fresh_count]]
            training = np.concatenate([fresh, draws[kept[: spec.samples - spec.fresh_count]]])
            model = train(spec.learner, training, real.shape, spec.diffusion, stream(key, index, FIT))
            if index in spec.measure.energies:
                measured.append(_energies(spec, model, training, index, stream(key, index, MEASURE)))
            draws = model.sample(spec.samples, spec.steps, stream(key, index + 1, DRAW))
            rows.append(_measured(spec, draws))
    return stacked(rows, "generation") | stacked(measured, "energy_generation")


def seconds(settings: Settings) -> float:
    """Return a rough estimate of the time of one run on one thread."""
    spec = read_settings(settings)
    learner, (channels, side, _) = spec.learner, spec.data.shape
    # Of the blocks at full size, about as much again in all below.
    image = side**2 * (9.0 * (5.0 * learner.width**2 + 2.0 * channels * learner.width)) * 2.0
    drawn, measure = spec.steps * spec.samples, spec.measure
    images = spec.generations * (TRAINING * learner.steps * learner.batch + drawn)
    images += len(measure.energies) * 2.0 * measure.times * measure.paths
    if learner.device == "cpu":
        return float(images * image / RATE) + 5.0
    passes = spec.generations * (TRAINING * learner.steps + drawn / CHUNK)
    return float(images * image / CARD_RATE + passes * LAUNCH) + 5.0
