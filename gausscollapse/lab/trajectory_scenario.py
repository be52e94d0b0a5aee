"""Scenarios of retraining: the table ``[retraining]`` with its step, read and described.

name = "..."           what the run is called, `finding` the title of its figure, and `beside` the preset or file
                       that is drawn on the same axes: all three are for figures only, and may be left out
[data]                 as in every scenario
[retraining]
fresh = 0.2            one number, or one a generation
generations = 20
[retraining.step]      kind = "channel", "offset", "kernel-density", "early-stopping", "temperature" (about the
                       origin, or a mean), "drifting-offset", "alternating-offset" or "random-offset"; or a list of
                       them, one a generation
[retraining.start]     the law of model 0; the data by default
workflow = "last"      or "accumulate", "accumulate-subsample" or "fixed-set"; or a table [retraining.workflow] with
                       kind = "window" and length, or kind = "weights" and shares, one row a generation
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import NotSupportedError, ScenarioError
from gausscollapse.core.validation import as_count
from gausscollapse.lab.process_scenario import describe_law, read_law
from gausscollapse.lab.reading import Kinds, Reader, built, read_table
from gausscollapse.lab.tables import Table, require_keys
from gausscollapse.lab.workflows import describe_workflow, read_workflow
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
from gausscollapse.retraining.running import retrain
from gausscollapse.retraining.schedules import (
    AlternatingOffset,
    ConstantSchedule,
    DriftingOffset,
    HarmonicSchedule,
    RandomOffset,
    RandomSchedule,
    Schedule,
    SummableSchedule,
)
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.retraining.workflows import LAST, Workflow, as_many

# What a scenario says for its figure.
FIGURE_WORDS = ("name", "finding", "beside")

SCHEDULES: Kinds[Schedule] = Kinds(
    {
        "constant": ConstantSchedule,
        "harmonic": HarmonicSchedule,
        "summable": SummableSchedule,
        "random": RandomSchedule,
    }
)


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


def _read_schedule(value: object, where: str) -> Schedule:
    if isinstance(value, int | float):
        return built(where, ConstantSchedule, {"size": value})
    return SCHEDULES.read(value, where)


def read_step(value: object, where: str, dim: int) -> Step:
    """Return the step that a table describes, or one channel a generation of a list of tables."""
    channels = _channels(dim)
    if isinstance(value, list):
        return [Kinds(channels).read(entry, f"{where}[{i}]") for i, entry in enumerate(value)]
    steps: Mapping[str, Callable[..., Step]] = {
        **channels,
        "drifting-offset": DriftingOffset,
        "alternating-offset": AlternatingOffset,
        "random-offset": RandomOffset,
    }
    return Kinds(steps, readers={"energy": _read_schedule}).read(value, where)


@dataclass(frozen=True, eq=False)
class Retraining:
    """The arguments of `retrain`, checked as far as that goes without running it; see there."""

    data: Law
    fresh: ArrayLike
    generations: int
    step: Step
    start: Law | None = None
    workflow: Workflow = LAST

    def __post_init__(self) -> None:
        count = as_count("generations", self.generations)
        as_many(self.workflow, count)
        object.__setattr__(self, "fresh", fresh_fractions(self.fresh, count))
        object.__setattr__(self, "step", as_channels(self.step, count, self.data.dim))


def read_retraining(document: Table, *, also: Sequence[str] = ()) -> Retraining:
    """Return what a scenario with a ``[retraining]`` table asks for, without running it.

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted; keys in `also` are left alone.
    """
    require_keys(document, "", needed=("data", "retraining"), optional=(*FIGURE_WORDS, *also))
    for key in FIGURE_WORDS:
        if not isinstance(document.get(key, ""), str):
            raise ScenarioError(key, document[key], "is no text", "words")
    data = read_law(document["data"], "data")
    readers: Mapping[str, Reader] = {
        "step": partial(read_step, dim=data.dim),
        "start": read_law,
        "workflow": read_workflow,
    }
    return read_table(Retraining, document["retraining"], "retraining", readers=readers, given={"data": data})


def read_trajectory(document: Table, *, also: Sequence[str] = ()) -> Trajectory:
    """Return the trajectory of a scenario with a ``[retraining]`` table; see `read_retraining`."""
    return built("retraining", retrain, vars(read_retraining(document, also=also)))


def describe_trajectory(trajectory: Trajectory) -> dict[str, Any]:
    """Return the scenario of a trajectory, channel by channel: `read_trajectory` gives it back to the last bit.

    Raises
    ------
    NotSupportedError
        If the trajectory is of score errors, which have no scenario.
    """
    if len(trajectory.channels) < trajectory.generations:
        raise NotSupportedError("trajectory: injected score errors have no scenario; accepted: one of channels")
    kinds = Kinds({"channel": AffineChannel})
    channels = [kinds.describe("step", channel) for channel in trajectory.channels]
    same = len(set(trajectory.channels)) == 1
    fresh = trajectory.fresh.tolist()
    table: dict[str, Any] = {
        "fresh": fresh[0] if fresh and len(set(fresh)) == 1 else fresh,
        "generations": trajectory.generations,
        "step": channels[0] if same else channels,
    }
    if trajectory.workflow != LAST:
        table["workflow"] = describe_workflow(trajectory.workflow)
    if trajectory.start != trajectory.data:
        table["start"] = describe_law(trajectory.start)
    return {"data": describe_law(trajectory.data), "retraining": table}
