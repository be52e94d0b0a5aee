"""The experiment "generations" on real images: a U-Net is trained again and again, partly on what it drew.

[data]                 kind = "digits", or "fashion-mnist" or "cifar10" with the folder of their files
[learner]              kind = "u-net"; see `UNetLearner`
fresh, generations, samples
[diffusion]            horizon, stop
[measure]              see `ImageMeasures`

Needs torch. Fresh images are drawn from the real set without replacement, other ones in each generation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_count, as_number
from gausscollapse.lab.catalogue import stacked
from gausscollapse.lab.experiment import Measurement, Settings
from gausscollapse.lab.generation_energies import ratio
from gausscollapse.lab.generations import CHOOSE, DRAW, FIT, FRESH, MEASURE, stream
from gausscollapse.lab.image_energies import energies
from gausscollapse.lab.image_measures import of_images
from gausscollapse.lab.image_training import CHUNK, UNetLearner, UNetModel, train
from gausscollapse.lab.reading import Checked, read_table
from gausscollapse.lab.real_images import ImageSet, real_images
from gausscollapse.lab.threads import one_thread
from gausscollapse.lab.unet import torch_module
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck

KIND = "u-net"
# How many times a forward pass a training step takes.
TRAINING = 3.0
# Multiplications a second in convolutions, and the time that a pass takes at least. One thread of a processor: fitted
# to steps of 64 and 128 images at widths 16, 24 and 32, within a third. A graphics card was not at hand: a tenth of
# what cards of 60 TFLOP/s promise, and ten microseconds for each of the 130 kernels (counted) of a third of a step.
PROCESSOR, CARD = (3e10, 3e-3), (3e12, 1.3e-3)
# The key of the noise that pictures are drawn from, in every cell of a sweep.
NOISE = 20261126
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
        Draws of each model that are kept, from the same noise in all generations and runs; not trained on.
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
        uneven = learner.depth >= side or side % 2**learner.depth > 0
        for wrong, key, value, reason, accepted in (
            (self.samples > most, "samples", self.samples, "is more than there are images", f"n <= {most}"),
            (learner.width % 8 > 0, "learner.width", learner.width, "is no multiple of eight", "8, 16, 24, ..."),
            (uneven, "learner.depth", learner.depth, f"does not halve {side} pixels", "less"),
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


def _shown(spec: ImageSettings, model: UNetModel) -> Array:
    count = spec.measure.pictures
    return model.sample(count, spec.steps, NOISE) if count else np.zeros((0, math.prod(spec.data.shape)))


def run(settings: Settings, key: int) -> Mapping[str, Measurement]:
    """Return the measurements of one run; the same bytes again where `image_training` says so."""
    spec = read_settings(settings)
    torch_module()
    real = real_images(spec.data)
    if spec.samples > real.points.shape[0]:
        raise InvalidArgumentError(
            "samples", spec.samples, "is more than the folder holds", f"n <= {real.points.shape[0]}"
        )
    with one_thread():
        first = np.random.default_rng(stream(key, 0, DRAW)).permutation(real.points.shape[0])
        draws = real.points[first[: spec.samples]]
        rows, measured = [of_images(spec.data, draws, draws[: spec.measure.pictures])], []
        model: UNetModel | None = None
        for index in range(spec.generations):
            chosen = np.random.default_rng(stream(key, index, FRESH)).permutation(real.points.shape[0])
            kept = np.random.default_rng(stream(key, index, CHOOSE)).permutation(spec.samples)
            fresh = real.points[chosen[: spec.fresh_count]]
            training = np.concatenate([fresh, draws[kept[: spec.samples - spec.fresh_count]]])
            model = train(spec.learner, training, real.shape, spec.diffusion, stream(key, index, FIT), model)
            if index in spec.measure.energies:
                measured.append(_energies(spec, model, training, index, stream(key, index, MEASURE)))
            draws = model.sample(spec.samples, spec.steps, stream(key, index + 1, DRAW))
            rows.append(of_images(spec.data, draws, _shown(spec, model)))
    return stacked(rows, "generation") | stacked(measured, "energy_generation")


def seconds(settings: Settings) -> float:
    """Return a rough estimate of the time of one run on one thread."""
    spec = read_settings(settings)
    learner, (channels, side, _) = spec.learner, spec.data.shape
    # Of the blocks at full size, about as much again in all below.
    image = side**2 * (9.0 * (5.0 * learner.width**2 + 2.0 * channels * learner.width)) * 2.0
    drawn, measure = spec.steps * spec.samples, spec.measure
    trained = learner.steps + (spec.generations - 1) * (learner.further or learner.steps)
    images = TRAINING * trained * learner.batch + spec.generations * drawn
    images += len(measure.energies) * 2.0 * measure.times * measure.paths
    passes = TRAINING * trained + spec.generations * (drawn / CHUNK + spec.steps)
    rate, least = PROCESSOR if learner.device == "cpu" else CARD
    return float(images * image / rate + passes * least) + 5.0
