"""Scenarios of one learned generation: a data law, a diffusion and a score error as tables, read and described."""

from __future__ import annotations

from typing import Any

from gausscollapse.core.exceptions import ScenarioError
from gausscollapse.core.validation import as_number
from gausscollapse.lab.reading import Kinds, built, read_table
from gausscollapse.lab.tables import Table, require_keys
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law
from gausscollapse.process.errors import (
    AffineError,
    AmplifiedScoreError,
    RealizableError,
    ScoreError,
    SolenoidalError,
    SumError,
)
from gausscollapse.process.process import ReverseProcess

LAWS: Kinds[Law] = Kinds({"gaussian": Gaussian, "mixture": GaussianMixture}, default="gaussian")


def read_law(value: object, where: str) -> Law:
    """Return the law that a table describes: ``kind = "gaussian"`` (default) or ``"mixture"``."""
    return LAWS.read(value, where)


def describe_law(law: Law) -> dict[str, Any]:
    """Return the table of a law."""
    return LAWS.describe("law", law)


ERRORS: Kinds[ScoreError] = Kinds(
    {
        "affine": AffineError,
        "solenoidal": SolenoidalError,
        "amplified": AmplifiedScoreError,
        "realizable": RealizableError,
    },
    readers={"target": read_law},
    also=("scale",),
)


def read_error(value: object, where: str = "error") -> ScoreError:
    """Return the score error that a table describes, or the sum of a list of tables ``[[error]]``."""
    if isinstance(value, list):
        if not value:
            raise ScenarioError(where, value, "is empty", f"at least one table [[{where}]]")
        return SumError(tuple((1.0, read_error(entry, f"{where}[{i}]")) for i, entry in enumerate(value)))
    error = ERRORS.read(value, where)
    if isinstance(value, dict) and "scale" in value:
        return built(where, lambda scale: error.scaled(as_number("scale", scale)), {"scale": value["scale"]})
    return error


def describe_error(error: ScoreError, factor: float = 1.0) -> list[dict[str, Any]]:
    """Return the tables whose sum is `factor` times an error."""
    if isinstance(error, SumError):
        return [table for weight, term in error.terms for table in describe_error(term, factor * weight)]
    table = ERRORS.describe("error", error)
    if isinstance(error, RealizableError):
        table["target"] = describe_law(error.target)
    if isinstance(error, SolenoidalError):
        factor *= error.scale
    return [table if factor == 1.0 else {**table, "scale": factor}]


def describe_diffusion(diffusion: OrnsteinUhlenbeck) -> dict[str, Any]:
    """Return the table of a forward process."""
    return {"horizon": diffusion.horizon, "stop": diffusion.stop}


def read_process(document: Table) -> ReverseProcess:
    """Return the reverse process that a scenario describes.

    Tables ``[data]``, ``[diffusion]`` (optional), ``[error]`` or ``[[error]]``, and ``[process]`` (optional, with
    `start`, `tolerance` and `stochasticity`).

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted.
    """
    require_keys(document, "", needed=("data", "error"), optional=("diffusion", "process", "name", "finding"))
    parts = {
        "data": read_law(document["data"], "data"),
        "error": read_error(document["error"]),
        "diffusion": read_table(OrnsteinUhlenbeck, document.get("diffusion", {}), "diffusion"),
    }
    return read_table(ReverseProcess, document.get("process", {}), "process", given=parts)


def describe_process(process: ReverseProcess) -> dict[str, Any]:
    """Return the scenario of a reverse process: `read_process` gives it back to the last bit."""
    return {
        "data": describe_law(process.data),
        "diffusion": describe_diffusion(process.diffusion),
        "process": {
            "start": process.start,
            "tolerance": process.tolerance,
            "stochasticity": float(process.stochasticity),
        },
        "error": describe_error(process.error),
    }
