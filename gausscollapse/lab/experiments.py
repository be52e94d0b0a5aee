"""The experiments that a sweep file can name."""

from __future__ import annotations

from collections.abc import Mapping

from gausscollapse.lab.exact_trajectory import TRAJECTORY
from gausscollapse.lab.experiment import Experiment
from gausscollapse.lab.generations import GENERATIONS

EXPERIMENTS: Mapping[str, Experiment] = {experiment.name: experiment for experiment in (TRAJECTORY, GENERATIONS)}
