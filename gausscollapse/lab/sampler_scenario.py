"""Scenarios of a sampler: a reverse process with a table ``[sampler]``, read and described."""

from __future__ import annotations

from typing import Any

import numpy as np

from gausscollapse.core.exceptions import ScenarioError
from gausscollapse.lab.process_scenario import describe_process, read_process
from gausscollapse.lab.reading import Kinds, plain, read_table
from gausscollapse.lab.tables import Table, as_table
from gausscollapse.laws.noise import CosineSchedule, ExplodingSchedule, LinearSchedule, NoiseSchedule
from gausscollapse.sampling import DiscretisedProcess
from gausscollapse.sampling.discretised import SCHEDULE

SCHEDULES: Kinds[NoiseSchedule] = Kinds(
    {"linear": LinearSchedule, "cosine": CosineSchedule, "exploding": ExplodingSchedule}
)


def _with_diffusion(document: Table, schedule: NoiseSchedule | None) -> dict[str, Any]:
    """Return the tables of the process; without ``[diffusion]`` it is that of the schedule's own chain."""
    rest = {key: entry for key, entry in document.items() if key not in ("sampler", "finding")}
    table = as_table(document["sampler"], "sampler")
    if schedule is None or "diffusion" in document:
        return rest
    steps = table.get("steps")
    if not isinstance(steps, int) or isinstance(steps, bool):
        raise ScenarioError("sampler.steps", steps, "is no number of steps", "an integer >= 1")
    return {**rest, "diffusion": {"horizon": float(schedule.times(steps)[0]), "stop": 0.0}}


def read_sampler(document: Table) -> DiscretisedProcess:
    """Return the sampler that a scenario describes.

    The tables of a process and ``[sampler]`` with `steps`, and optionally `grid`, `scheme` and a table `schedule`
    with `kind` "linear", "cosine" or "exploding". With a schedule the grid is its own, where none is named, and
    without ``[diffusion]`` the process spans the schedule's chain.

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted.
    """
    table = as_table(document["sampler"], "sampler")
    schedule = SCHEDULES.read(table["schedule"], "sampler.schedule") if "schedule" in table else None
    process = read_process(_with_diffusion(document, schedule))
    own = {} if schedule is None or "grid" in table else {"grid": SCHEDULE}
    return read_table(
        DiscretisedProcess, {**own, **table}, "sampler", readers={"schedule": lambda _, __: schedule},
        given={"process": process},
    )  # fmt: skip


def describe_sampler(sampler: DiscretisedProcess) -> dict[str, Any]:
    """Return the scenario of a sampler: `read_sampler` gives it back to the last bit."""
    table: dict[str, Any] = {"steps": sampler.steps, "grid": plain(sampler.grid), "scheme": plain(sampler.scheme)}
    if sampler.schedule is not None:
        table["schedule"] = SCHEDULES.describe("schedule", sampler.schedule)
    for key in ("grid", "scheme"):
        if not isinstance(table[key], str | float | list):
            table[key] = np.asarray(table[key], dtype=np.float64).tolist()
    return {**describe_process(sampler.process), "sampler": table}
