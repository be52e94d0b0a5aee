"""Scenario files: one learned generation, or retraining over many, in TOML; read, described and written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import tomli_w

from gausscollapse.lab import presets
from gausscollapse.lab.process_scenario import describe_process, read_process
from gausscollapse.lab.reading import plain
from gausscollapse.lab.tables import Table
from gausscollapse.lab.trajectory_scenario import describe_trajectory, read_trajectory
from gausscollapse.process import ReverseProcess
from gausscollapse.retraining.trajectory import Trajectory

# One generation on the real line: data with a small variance, a score that is a little off everywhere.
EXAMPLE: Table = {
    "data": {"mean": [1.0], "cov": [[0.25]]},
    "diffusion": {"horizon": 4.0, "stop": 0.02},
    "error": {"kind": "affine", "matrix": [[0.15]], "offset": [0.25]},
}


def read(document: Table) -> ReverseProcess | Trajectory:
    """Return what a scenario describes: a trajectory if it has a table ``[retraining]``, else a reverse process."""
    return read_trajectory(document) if "retraining" in document else read_process(document)


def load(name: str | Path) -> ReverseProcess | Trajectory:
    """Return what a scenario file or a preset describes; see `read`."""
    return read(presets.find(name))


def describe(item: ReverseProcess | Trajectory) -> dict[str, Any]:
    """Return the scenario of a reverse process or a trajectory: `read` gives it back to the last bit."""
    return describe_trajectory(item) if isinstance(item, Trajectory) else describe_process(item)


def to_toml(document: Table) -> str:
    """Return a document as TOML text, numbers to the last bit."""
    # So far indented that a list of tables does not fit on a line: it becomes [[tables]].
    text = tomli_w.dumps(plain(document), indent=100)
    # Arrays on one line. Line breaks of text are escaped, so that only those of arrays follow a bracket or a comma.
    return re.sub(r",\n *", ", ", re.sub(r"(?<=\[)\n *|,\n *(?=\])", "", text))
