"""The proofs of a checkout, looked up by the names that theorems carry; the package itself holds none."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from gausscollapse.checking.definition import Theorem
from gausscollapse.core.exceptions import NotSupportedError

PROVED = "PROVED"


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


def scope(theorem: Theorem) -> Sequence[str]:
    """Return for what a theorem's proof and its Coq line hold, and what they take from analysis, a sentence each.

    Parameters
    ----------
    theorem : Theorem
        Any theorem.

    Returns
    -------
    sequence of str
        Empty where there is no proof, or no checkout that holds it.
    """
    try:
        proof: Any = importlib.import_module(f"derivations.{theorem.file_name}")
        formal: Any = importlib.import_module("formal.index")
    except ModuleNotFoundError:
        return ()
    if getattr(proof, "name", None) != theorem.id:
        return ()
    formal = formal.FORMAL.get(theorem.id)
    lines = [f"SymPy checks it for: {proof.scope}."]
    if proof.taken:
        lines.append(f"Taken from analysis: {proof.taken}.")
    if formal is not None:
        taken = f"; taken there: {formal.taken}" if formal.taken else ""
        lines.append(f"Coq proves it for: {formal.scope}{taken} ({', '.join(formal.theorems)}).")
    return lines
