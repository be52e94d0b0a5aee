"""One name for a theorem everywhere: id, file, proof; and controls that are its statement's keyword constants."""

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import derivations
import gausscollapse as gc
from derivations.frame.catalogue import THEOREMS
from gausscollapse.checking.definition import Control, Theorem

REGISTRY = gc.theorems.registry
STATEMENTS = Path(gc.theorems.__file__).parent
PROOFS = Path(derivations.__file__).parent


def unproved(theorems: Iterable[Theorem], proofs: Mapping[str, ModuleType]) -> list[str]:
    """Return the ids of which no proof has the name, in the file of the theorem's name."""
    files = {name: Path(proof.__file__) for name, proof in proofs.items()}
    return [item.id for item in theorems if files.get(item.id) != PROOFS / f"{item.file_name}.py"]


def misplaced(theorem: Theorem) -> bool:
    """Whether the statement is in another file than its id says."""
    return Path(inspect.getfile(theorem.statement)) != STATEMENTS / f"{theorem.file_name}.py"


def spoilt_elsewhere(theorem: Theorem) -> list[str]:
    """Return what controls replace that is no keyword of the statement with the theorem's constant as its default."""
    parameters = inspect.signature(theorem.statement).parameters
    defaults = {key: item.default for key, item in parameters.items() if item.kind is item.POSITIONAL_OR_KEYWORD}
    spoilt = [key for control in theorem.controls for key in control.constants]
    return [key for key in spoilt if key not in defaults or defaults[key] != theorem.constants.get(key)]


def test_every_theorem_has_the_proof_of_its_file_name_and_every_proof_its_theorem() -> None:
    assert unproved(REGISTRY.values(), THEOREMS) == []
    assert sorted(THEOREMS) == sorted(REGISTRY)


def test_every_theorem_is_in_the_file_of_its_id() -> None:
    assert [item.id for item in REGISTRY.values() if misplaced(item)] == []
    names = {path.stem for path in STATEMENTS.glob("*.py")} - {"__init__"}
    assert names == {path.stem for path in PROOFS.glob("*.py")} - {"__init__", "__main__"}


def test_a_theorem_without_a_proof_or_in_another_file_is_found() -> None:
    made_up = replace(REGISTRY["prop-3.1"], id="prop-9.9")
    assert unproved([REGISTRY["prop-3.1"], made_up], THEOREMS) == ["prop-9.9"]
    assert unproved([made_up], {**THEOREMS, "prop-9.9": THEOREMS["prop-3.1"]}) == ["prop-9.9"]
    assert misplaced(made_up)


@pytest.mark.parametrize("theorem", REGISTRY.values(), ids=list(REGISTRY))
def test_every_control_replaces_keyword_constants_of_the_statement(theorem: Theorem) -> None:
    assert theorem.controls
    assert spoilt_elsewhere(theorem) == []


def test_a_control_that_is_no_constant_is_found() -> None:
    theorem = REGISTRY["prop-3.1"]
    assert spoilt_elsewhere(replace(theorem, controls=(Control("made up", {"s": 0.0}),))) == ["s"]
    assert spoilt_elsewhere(replace(theorem, constants={"factor": 0.4})) == ["factor"]
