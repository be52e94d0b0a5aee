"""Theorems as objects, one file each: statement, checked assumptions, enclosed sides, controls.

A file of this folder holds one theorem and is named after its id. A new file needs nothing else: it is found, and
comes after those that `READING_ORDER` names.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from gausscollapse.checking.definition import Assumption, Control, Theorem, file_name_of
from gausscollapse.checking.registry import add_chapter, check, find, register, registry, select
from gausscollapse.theorems.instances import CHAPTERS, chapter

if TYPE_CHECKING:
    from gausscollapse.checking.boxes import prove_on_box
    from gausscollapse.checking.comparison import Comparison
    from gausscollapse.checking.controls import ControlPower, power
    from gausscollapse.checking.decorator import statement, theorem
    from gausscollapse.checking.falsification import BestConstant, Falsification
    from gausscollapse.checking.search import falsify
    from gausscollapse.checking.sides import increasing
    from gausscollapse.checking.theorem_file import load

__all__ = [
    "Assumption",
    "BestConstant",
    "Comparison",
    "Control",
    "ControlPower",
    "Falsification",
    "Theorem",
    "check",
    "falsify",
    "find",
    "increasing",
    "load",
    "power",
    "prove_on_box",
    "registry",
    "select",
    "statement",
    "theorem",
]

READING_ORDER = (
    *("prop-3.1", "prop-3.3", "thm-3.4", "girsanov-forward", "slack", "path-chi2", "sharp"),
    *("remainder", "half", "three-halves", "w2-energy", "limit", "hcr", "dv"),
    *("gradient-kl", "impossibility"),
    *("lambda-slack", "flow-kl", "flow-no-energy-bound", "start"),
    *("refresh", "filter", "innovation", "prop-4.1", "coherent", "incoherent", "range", "thm-4.2-display"),
    *("discounted", "regimes", "early-stopping", "hermite", "realizable"),
    *("norm-filter", "mmd-filter", "kl-step", "robust-ball", "annealed", "appendix-4.2"),
    *("schedule", "discretisation", "budget", "leading"),
    *("memory", "accumulate", "spectral", "allocation"),
    *("heavy-tails", "collapse-rate", "stopping"),
)


def __getattr__(name: str) -> Any:
    """Return what lives in `checking`: searches and proofs load when they are asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("gausscollapse.checking"), name)


def _of_file(name: str) -> Theorem:
    """Return the theorem of a file of this folder."""
    found = [item for item in vars(import_module(f"{__name__}.{name}")).values() if isinstance(item, Theorem)]
    if len(found) != 1 or found[0].file_name != name:
        raise ImportError(f"theorems/{name}.py must hold one theorem, with an id that makes this file name")
    return found[0]


for _chapter in CHAPTERS:
    add_chapter(_chapter, partial(chapter, _chapter))
_files = sorted(module.name for module in iter_modules(__path__) if not module.ispkg)
for _id in READING_ORDER:
    register(_id, partial(_of_file, file_name_of(_id)))
# The id of a new file is known when it is loaded.
for _file in _files:
    if _file not in map(file_name_of, READING_ORDER):
        register(_of_file(_file).id, partial(_of_file, _file))
