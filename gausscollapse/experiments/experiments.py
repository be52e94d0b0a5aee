"""The experiments that a sweep file can name."""

from __future__ import annotations

from collections.abc import Mapping

from gausscollapse.experiments.exact_trajectory import TRAJECTORY
from gausscollapse.experiments.experiment import Experiment
from gausscollapse.experiments.generations import GENERATIONS

EXPERIMENTS: Mapping[str, Experiment] = {experiment.name: experiment for experiment in (TRAJECTORY, GENERATIONS)}
