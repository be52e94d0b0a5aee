"""Scenarios of retraining: the table ``[retraining]`` with its step, read and described.

name = "..."           what the run is called, `finding` the title of its figure, and `beside` the preset or file
                       that is drawn on the same axes: all three are for figures only, and may be left out
[data]                 as in every scenario
[retraining]
fresh = 0.2            one number, or one a generation
generations = 20
[retraining.step]      kind = "channel", "offset", "kernel-density", "early-stopping", "temperature" (about the
                       origin, or a mean), "drifting-offset", "alternating-offset" or "random-offset"; or a list of
                       them, one a generation; or score errors, see `error_steps`, and then also
refit = "gaussian"     every generation learns the Gaussian of its training law; "none" by default
cells, steps           of the Fokker-Planck equation, 200 each by default
[diffusion]            horizon and stop of the learned processes, as in every scenario; for score errors only
[retraining.start]     the law of model 0; the data by default
workflow = "last"      or "accumulate", "accumulate-subsample" or "fixed-set"; or a table [retraining.workflow] with
                       kind = "window" and length, or kind = "weights" and shares, one row a generation
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import ScenarioError
from gausscollapse.core.validation import as_size, frozen
from gausscollapse.lab.error_steps import ERROR_KINDS, describe_error_step, is_error, read_error_step, read_schedule
from gausscollapse.lab.process_scenario import describe_diffusion, describe_law, read_law
from gausscollapse.lab.reading import Kinds, Reader, built, read_table
from gausscollapse.lab.tables import Table, as_table, dotted, require_keys
from gausscollapse.lab.workflows import describe_workflow, read_workflow
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.accumulation import fresh_fractions
from gausscollapse.retraining.channels import (
    AffineChannel,
    Step,
    as_channels,
    early_stopping,
    kernel_density,
    offset_channel,
    sampling_temperature,
)
from gausscollapse.retraining.injected import ErrorStep, InjectedTrajectory, as_errors, injection_of, injects
from gausscollapse.retraining.running import CELLS, MOST_GENERATIONS, as_grid, as_refit, retrain
from gausscollapse.retraining.schedules import AlternatingOffset, DriftingOffset, RandomOffset
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.retraining.workflows import LAST, Workflow, as_many

# What a scenario says for its figure.
FIGURE_WORDS = ("name", "finding", "beside")


def _temperature(dim: int, temperature: float, mean: ArrayLike | None = None) -> AffineChannel:
    return sampling_temperature(temperature, np.zeros(dim) if mean is None else mean)


def _channels(dim: int) -> Mapping[str, Callable[..., AffineChannel]]:
    return {
        "channel": AffineChannel,
        "offset": offset_channel,
        "kernel-density": lambda bandwidth: kernel_density(bandwidth, dim),
        "early-stopping": lambda time: early_stopping(time, dim),
        "temperature": partial(_temperature, dim),
    }


def read_step(value: object, where: str, dim: int) -> Step | ErrorStep:
    """Return the step that a table describes, a channel or a score error, or one a generation of a list of tables."""
    if is_error(value):
        return read_error_step(value, where)
    channels = _channels(dim)
    if isinstance(value, list):
        return [Kinds(channels).read(entry, f"{where}[{i}]") for i, entry in enumerate(value)]
    steps: Mapping[str, Callable[..., Step]] = {
        **channels,
        "drifting-offset": DriftingOffset,
        "alternating-offset": AlternatingOffset,
        "random-offset": RandomOffset,
    }
    kind = as_table(value, where).get("kind")
    if not isinstance(kind, str) or kind not in steps:
        reason = "is missing" if kind is None else "is not known"
        raise ScenarioError(dotted(where, "kind"), kind, reason, ", ".join((*steps, *ERROR_KINDS)))
    return Kinds(steps, readers={"energy": read_schedule}).read(value, where)


@dataclass(frozen=True, eq=False)
class Retraining:
    """The arguments of `retrain`, checked as far as that goes without running it; see there."""

    data: Law
    fresh: ArrayLike
    generations: int
    step: Step | ErrorStep
    start: Law | None = None
    workflow: Workflow = LAST
    diffusion: OrnsteinUhlenbeck | None = None
    refit: str = "none"
    cells: int = CELLS
    steps: int = CELLS

    def __post_init__(self) -> None:
        count = as_size("generations", self.generations, each=1.0, unit="generations", most=MOST_GENERATIONS)
        as_many(self.workflow, count)
        object.__setattr__(self, "fresh", fresh_fractions(self.fresh, count))
        if not injects(self.step, count):
            object.__setattr__(self, "step", as_channels(cast("Step", self.step), count, self.data.dim))
            return
        errors = as_errors(self.step, count)
        object.__setattr__(self, "step", errors)
        if count:
            as_grid(self.cells, self.steps)
            first = self.data if self.start is None else self.start
            injection_of(
                self.data, first, frozen(self.fresh), errors, self.diffusion, as_refit(self.refit),
                workflow=self.workflow,
            )  # fmt: skip


def read_retraining(document: Table, *, also: Sequence[str] = ()) -> Retraining:
    """Return what a scenario with a ``[retraining]`` table asks for, without running it.

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted; keys in `also` are left alone.
    """
    require_keys(document, "", needed=("data", "retraining"), optional=("diffusion", *FIGURE_WORDS, *also))
    for key in FIGURE_WORDS:
        if not isinstance(document.get(key, ""), str):
            raise ScenarioError(key, document[key], "is no text", "words")
    data = read_law(document["data"], "data")
    readers: Mapping[str, Reader] = {
        "step": partial(read_step, dim=data.dim),
        "start": read_law,
        "workflow": read_workflow,
    }
    given: dict[str, Any] = {"data": data, "diffusion": None}
    table = as_table(document["retraining"], "retraining")
    if is_error(table.get("step")):
        given["diffusion"] = read_table(OrnsteinUhlenbeck, document.get("diffusion", {}), "diffusion")
    asked = read_table(Retraining, table, "retraining", readers=readers, given=given)
    if given["diffusion"] is None and "diffusion" in document and asked.generations:
        reason, kinds = "is for steps that are score errors", ", ".join(ERROR_KINDS)
        accepted = f"a [retraining.step] of kind {kinds}; or no such table"
        raise ScenarioError("diffusion", document["diffusion"], reason, accepted)
    return asked


def read_trajectory(document: Table, *, also: Sequence[str] = ()) -> Trajectory:
    """Return the trajectory of a scenario with a ``[retraining]`` table; see `read_retraining`."""
    return built("retraining", retrain, vars(read_retraining(document, also=also)))


def describe_trajectory(trajectory: Trajectory) -> dict[str, Any]:
    """Return the scenario of a trajectory, step by step: `read_trajectory` gives it back to the last bit."""
    document: dict[str, Any] = {"data": describe_law(trajectory.data)}
    options: dict[str, Any] = {}
    step: Any
    if isinstance(trajectory, InjectedTrajectory):
        document["diffusion"] = describe_diffusion(trajectory.diffusion)
        step = describe_error_step([process.error for process in trajectory.processes])
        options = {"refit": trajectory.refit, "cells": trajectory.cells, "steps": trajectory.steps}
    else:
        kinds = Kinds({"channel": AffineChannel})
        channels = [kinds.describe("step", channel) for channel in trajectory.channels]
        step = channels[0] if len(set(trajectory.channels)) == 1 else channels
    fresh = trajectory.fresh.tolist()
    table: dict[str, Any] = {
        "fresh": fresh[0] if fresh and len(set(fresh)) == 1 else fresh,
        "generations": trajectory.generations,
        "step": step,
        **options,
    }
    if trajectory.workflow != LAST:
        table["workflow"] = describe_workflow(trajectory.workflow)
    if trajectory.start != trajectory.data:
        table["start"] = describe_law(trajectory.start)
    return {**document, "retraining": table}
