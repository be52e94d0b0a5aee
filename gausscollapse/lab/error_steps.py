"""Score errors as steps of retraining in scenario and sweep files, read and described.

[retraining.step]      kind = "affine", "solenoidal", "amplified" or "realizable", as in [error], or "sum" with
                       `terms`, a list of such tables; or a list of them, one a generation
scale = 2.0            multiplies the error; a list has one factor a generation
energy = 0.5           or a schedule {kind = "harmonic", size = 1.0}: multiplies the energy in generation i, the error
                       by its root
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gausscollapse.core.arguments import asked
from gausscollapse.core.exceptions import ScenarioError
from gausscollapse.core.validation import as_number
from gausscollapse.lab.process_scenario import ERRORS, describe_error, read_error
from gausscollapse.lab.reading import Kinds, built
from gausscollapse.lab.tables import as_table, dotted, require_keys
from gausscollapse.process.errors import ScoreError
from gausscollapse.retraining.injected import ErrorStep
from gausscollapse.retraining.schedules import (
    ConstantSchedule,
    HarmonicSchedule,
    RandomSchedule,
    Schedule,
    SummableSchedule,
)

SUM = "sum"
ERROR_KINDS = (*ERRORS.builders, SUM)
SCHEDULES: Kinds[Schedule] = Kinds(
    {
        "constant": ConstantSchedule,
        "harmonic": HarmonicSchedule,
        "summable": SummableSchedule,
        "random": RandomSchedule,
    }
)


def read_schedule(value: object, where: str) -> Schedule:
    """Return the schedule of energies that a number or a table describes."""
    if isinstance(value, int | float):
        return built(where, ConstantSchedule, {"size": value})
    return SCHEDULES.read(value, where)


@dataclass(frozen=True)
class ScheduledError:
    """An error whose energy is multiplied by a schedule: ``error.scaled(sqrt(energy(i)))`` in generation i."""

    error: ScoreError
    energy: Schedule

    def __call__(self, generation: int) -> ScoreError:
        """Return the error of `generation`."""
        size = as_number(
            f"energy({generation})", asked(f"energy({generation})", self.energy, generation), at_least=0.0
        )
        return self.error.scaled(math.sqrt(size))


def is_error(value: object) -> bool:
    """Return whether a step is of score errors: its kind, or that of the first of a list."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, Mapping) and first.get("kind") in ERROR_KINDS


def read_error_step(value: object, where: str) -> ErrorStep:
    """Return the score error that a table describes, a schedule of it, or one error a generation.

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted.
    """
    if isinstance(value, list):
        return [_read_one(entry, f"{where}[{i}]") for i, entry in enumerate(value)]
    table = as_table(value, where)
    if "energy" in table:
        energy = read_schedule(table["energy"], dotted(where, "energy"))
        rest = {key: entry for key, entry in table.items() if key != "energy"}
        if isinstance(table.get("scale"), list):
            key = dotted(where, "scale")
            raise ScenarioError(key, table["scale"], "is a list beside a schedule", "a number, or no key energy")
        return ScheduledError(_read_one(rest, where), energy)
    if isinstance(table.get("scale"), list):
        error = _read_one({key: entry for key, entry in table.items() if key != "scale"}, where)
        return [_scaled(error, factor, f"{where}.scale[{i}]") for i, factor in enumerate(table["scale"])]
    return _read_one(table, where)


def _read_one(value: object, where: str) -> ScoreError:
    table = as_table(value, where)
    if table.get("kind") not in ERROR_KINDS:
        kind = table.get("kind")
        raise ScenarioError(dotted(where, "kind"), kind, "is no score error", ", ".join(ERROR_KINDS))
    if table["kind"] != SUM:
        return read_error(dict(table), where)
    require_keys(table, where, needed=("kind", "terms"), optional=("scale",))
    key = dotted(where, "terms")
    if not isinstance(table["terms"], list):
        raise ScenarioError(key, table["terms"], "is no list", "a list of tables, each with the kind of an error")
    error = read_error(table["terms"], key)
    return _scaled(error, table["scale"], dotted(where, "scale")) if "scale" in table else error


def _scaled(error: ScoreError, factor: object, where: str) -> ScoreError:
    return built("", lambda **given: error.scaled(as_number(where, given[where])), {where: factor})


def describe_error_step(errors: Sequence[ScoreError]) -> dict[str, Any] | list[dict[str, Any]]:
    """Return the table of one error for all generations, or one a generation: `read_error_step` gives them back."""
    tables = [_described(error) for error in errors]
    return tables[0] if tables and all(table == tables[0] for table in tables) else tables


def _described(error: ScoreError) -> dict[str, Any]:
    terms = describe_error(error)
    return terms[0] if len(terms) == 1 else {"kind": SUM, "terms": terms}
