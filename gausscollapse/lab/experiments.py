"""The experiments that a sweep file can name."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from gausscollapse.lab import generations, image_generations
from gausscollapse.lab.exact_trajectory import TRAJECTORY
from gausscollapse.lab.experiment import Experiment, Measurement, Settings


def _chosen(settings: Settings) -> ModuleType:
    """Return who runs generations with this learner: a U-Net has real images for data, all others a law."""
    learner = settings.get("learner")
    images = isinstance(learner, Mapping) and learner.get("kind") == image_generations.KIND
    return image_generations if images else generations


def _check(settings: Settings) -> None:
    _chosen(settings).check(settings)


def _run(settings: Settings, key: int) -> Mapping[str, Measurement]:
    found: Mapping[str, Measurement] = _chosen(settings).run(settings, key)
    return found


def _seconds(settings: Settings) -> float:
    return float(_chosen(settings).seconds(settings))


GENERATIONS = Experiment(generations.GENERATIONS.name, _check, _run, _seconds)
EXPERIMENTS: Mapping[str, Experiment] = {experiment.name: experiment for experiment in (TRAJECTORY, GENERATIONS)}
