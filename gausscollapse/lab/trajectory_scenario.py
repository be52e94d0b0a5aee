"""Scenario files of retraining: the table ``[retraining]`` with its step, read and written.

[data]                 as in every scenario
[retraining]
fresh = 0.2            one number, or one a generation
generations = 20
[retraining.step]      kind = "channel", "offset", "kernel-density", "early-stopping", "drifting-offset",
                       "alternating-offset" or "random-offset"; or a list of them, one a generation
[retraining.start]     the law of model 0; the data by default
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gausscollapse.lab.scenario import (
    Table,
    _built,
    _kind,
    as_table,
    describe_law,
    read_document,
    read_law,
    read_process,
    require_keys,
)
from gausscollapse.laws.mixture import Law
from gausscollapse.process import ReverseProcess
from gausscollapse.retraining.channels import AffineChannel, Step, early_stopping, kernel_density, offset_channel
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
from gausscollapse.retraining.trajectory import Trajectory, retrain

Keys = tuple[str, ...]

SCHEDULES: Mapping[str, tuple[Callable[..., Schedule], Keys, Keys]] = {
    "constant": (ConstantSchedule, ("size",), ()),
    "harmonic": (HarmonicSchedule, ("size",), ()),
    "summable": (SummableSchedule, ("size",), ("power",)),
    "random": (RandomSchedule, ("size",), ("seed",)),
}
CHANNELS: Mapping[str, tuple[Callable[..., AffineChannel], Keys]] = {
    "channel": (AffineChannel, ("matrix", "offset", "noise")),
    "offset": (offset_channel, ("offset",)),
    "kernel-density": (kernel_density, ("bandwidth",)),
    "early-stopping": (early_stopping, ("time",)),
}
STEPS: Mapping[str, tuple[Callable[..., Step], Keys, Keys]] = {
    "drifting-offset": (DriftingOffset, ("direction",), ("energy",)),
    "alternating-offset": (AlternatingOffset, ("direction",), ("energy",)),
    "random-offset": (RandomOffset, ("scale",), ("energy", "seed")),
}
ISOTROPIC = ("kernel-density", "early-stopping")


def _read_schedule(value: object, where: str) -> Schedule:
    if isinstance(value, int | float):
        schedule: Schedule = _built(where, ConstantSchedule, {"size": value})
        return schedule
    table = as_table(value, where)
    build, needed, optional = SCHEDULES[_kind(table, where, SCHEDULES)]
    require_keys(table, where, needed=needed, optional=("kind", *optional))
    arguments = {key: table[key] for key in table if key != "kind"}
    schedule = _built(where, build, arguments)
    return schedule


def read_step(value: object, where: str, dim: int) -> Step:
    """Return the step that a table describes, or one channel a generation of a list of tables."""
    if isinstance(value, list):
        return [
            _read_channel(as_table(entry, f"{where}[{i}]"), f"{where}[{i}]", dim) for i, entry in enumerate(value)
        ]
    table = as_table(value, where)
    kind = _kind(table, where, {**CHANNELS, **STEPS})
    if kind in CHANNELS:
        return _read_channel(table, where, dim)
    build, needed, optional = STEPS[kind]
    require_keys(table, where, needed=needed, optional=("kind", *optional))
    arguments = {key: table[key] for key in table if key != "kind"}
    if "energy" in arguments:
        arguments["energy"] = _read_schedule(arguments["energy"], f"{where}.energy")
    step: Step = _built(where, build, arguments)
    return step


def _read_channel(table: Table, where: str, dim: int) -> AffineChannel:
    kind = _kind(table, where, CHANNELS)
    build, needed = CHANNELS[kind]
    require_keys(table, where, needed=needed, optional=("kind",))
    arguments = {key: table[key] for key in needed}
    if kind in ISOTROPIC:
        arguments["dim"] = dim
    channel: AffineChannel = _built(where, build, arguments)
    return channel


def read_trajectory(document: Table) -> Trajectory:
    """Return the trajectory that a scenario with a ``[retraining]`` table describes.

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted.
    """
    require_keys(document, "", needed=("data", "retraining"), optional=("name",))
    table = as_table(document["retraining"], "retraining")
    require_keys(table, "retraining", needed=("fresh", "generations", "step"), optional=("start",))
    data = read_law(document["data"], "data")
    start: Law | None = read_law(table["start"], "retraining.start") if "start" in table else None
    step = read_step(table["step"], "retraining.step", data.dim)
    trajectory: Trajectory = _built(
        "retraining",
        lambda **arguments: retrain(data, **arguments),
        {"fresh": table["fresh"], "step": step, "generations": table["generations"], "start": start},
    )
    return trajectory


def read_any(document: Table) -> ReverseProcess | Trajectory:
    """Return what a scenario describes: a trajectory if it has a table ``[retraining]``, else a reverse process."""
    return read_trajectory(document) if "retraining" in document else read_process(document)


def load_any(path: Path) -> ReverseProcess | Trajectory:
    """Return what a scenario file describes; see `read_any`."""
    return read_any(read_document(path))


def describe_trajectory(trajectory: Trajectory) -> dict[str, Any]:
    """Return the scenario of a trajectory, channel by channel: `read_trajectory` gives it back to the last bit."""
    channels = [
        {
            "kind": "channel",
            "matrix": channel.matrix.tolist(),
            "offset": channel.offset.tolist(),
            "noise": channel.noise.tolist(),
        }
        for channel in trajectory.channels
    ]
    same = len(set(trajectory.channels)) == 1
    fresh = trajectory.fresh.tolist()
    table: dict[str, Any] = {
        "fresh": fresh[0] if fresh and len(set(fresh)) == 1 else fresh,
        "generations": trajectory.generations,
        "step": channels[0] if same else channels,
    }
    if trajectory.start != trajectory.data:
        table["start"] = describe_law(trajectory.start)
    return {"data": describe_law(trajectory.data), "retraining": table}
