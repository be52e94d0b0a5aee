"""Workflows in scenarios and sweep files: a name, or a table with its kind."""

from __future__ import annotations

from typing import Any

from gausscollapse.core.exceptions import InvalidArgumentError, ScenarioError
from gausscollapse.lab.reading import Kinds
from gausscollapse.retraining.workflows import Workflow, as_workflow

KINDS: Kinds[Workflow] = Kinds({"window": Workflow.window, "weights": Workflow.weights})
TABLES = '; or a table with kind = "window" and length, or kind = "weights" and shares'


def read_workflow(value: object, where: str) -> Workflow:
    """Return the workflow that a name or a table describes.

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted.
    """
    if isinstance(value, dict):
        return KINDS.read(value, where)
    try:
        return as_workflow(value)
    except InvalidArgumentError:
        names = "'last', 'accumulate', 'accumulate-subsample' or 'fixed-set'"
        raise ScenarioError(where, value, "is no workflow", names + TABLES) from None


def describe_workflow(workflow: Workflow) -> str | dict[str, Any]:
    """Return what `read_workflow` gives back to the last bit."""
    if workflow.kind == "window":
        return {"kind": "window", "length": workflow.length}
    if workflow.rows is None:
        return workflow.kind
    count = len(workflow.rows)
    return {"kind": "weights", "shares": [[*row, *[0.0] * (count - len(row))] for row in workflow.rows]}
