"""The proofs of a checkout, looked up by the names that theorems carry; the package itself holds none."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from gausscollapse.checking.definition import Theorem
from gausscollapse.core.exceptions import NotSupportedError


def prove(theorems: Sequence[Theorem]) -> Mapping[str, str]:
    """Run the proof of each theorem and all that it cites, and return the weakest status, by id.

    Parameters
    ----------
    theorems : sequence of Theorem
        Those without a proof of their id are left out.

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
        catalogue: Any = importlib.import_module("derivations.frame.catalogue")
    except ModuleNotFoundError:
        raise NotSupportedError(
            "proofs: the derivations belong to a checkout of the project; accepted: a clone, installed with pip -e"
        ) from None
    return {item.id: str(catalogue.status(item.id)) for item in theorems if item.id in catalogue.THEOREMS}
