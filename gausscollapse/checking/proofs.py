"""The proofs of a checkout, looked up by the names that theorems carry; the package itself holds none."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from gausscollapse.checking.definition import Theorem
from gausscollapse.core.exceptions import NotSupportedError


def prove(theorems: Sequence[Theorem]) -> Mapping[str, str]:
    """Run the derivation of each theorem and return the status of the step that concludes it, by id.

    Parameters
    ----------
    theorems : sequence of Theorem
        Those without a derivation of their id are left out.

    Returns
    -------
    mapping of str to str
        ``"PROVED"``, ``"SPOT-CHECKED"`` or ``"FAILED"``.

    Raises
    ------
    NotSupportedError
        If `derivations` cannot be imported: it belongs to a checkout, not to the installed package.
    """
    try:
        catalogue: Any = importlib.import_module("derivations.catalogue")
    except ModuleNotFoundError:
        raise NotSupportedError(
            "proofs: the derivations belong to a checkout of the project; accepted: a clone, installed with pip -e"
        ) from None
    known = [theorem.id for theorem in theorems if theorem.id in catalogue.MODULES]
    return {name: str(catalogue.derive(name).final_step(name).status) for name in known}
