"""All proofs by name, in reading order, found by their files.

A new file needs nothing else: it comes after those that `READING_ORDER` names.
"""

import re
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import derivations
from derivations import lemmas
from derivations.frame.record import Derivation, Status, weakest

READING_ORDER = (
    *("gaussian-integral", "gaussian-kl", "gaussian-chi2", "gaussian-renyi", "gaussian-wasserstein"),
    *("ornstein-uhlenbeck", "reverse-time", "propagator"),
    *("girsanov", "prop-3.1", "girsanov-forward", "path-chi2", "slack", "gradient-kl", "prop-3.3", "thm-3.4"),
    *(
        "sharp",
        "remainder",
        "half",
        "three-halves",
        "w2-energy",
        "limit",
        "hcr",
        "dv",
        "observability",
        "hodge",
        "impossibility",
    ),
    *("lambda-slack", "flow-kl", "flow-no-energy-bound", "start"),
    *("refresh", "filter", "innovation", "prop-4.1", "coherent", "incoherent", "range", "discounted", "regimes"),
    *("thm-4.2-display", "realizable", "hermite", "early-stopping"),
    *("schedule", "discretisation", "budget", "leading"),
    *("riccati", "euler-maruyama", "finite-samples"),
)


class UnknownDerivationError(KeyError):
    """No proof has this name; the message lists those that exist."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"no derivation is called {self.name!r}; known: {', '.join(MODULES)}"


def proofs_of(package: ModuleType) -> dict[str, ModuleType]:
    """Return the proofs of a folder by name; a file is named after its proof, with ``_`` for dash and dot."""
    found = {}
    for file in iter_modules(package.__path__):
        if not file.ispkg and file.name != "__main__":
            proof = import_module(f"{package.__name__}.{file.name}")
            if re.sub(r"\W", "_", proof.name) != file.name:
                raise ImportError(f"{proof.__file__} must declare the name that makes this file name")
            found[proof.name] = proof
    return found


def _place(name: str) -> tuple[int, str]:
    return (READING_ORDER.index(name) if name in READING_ORDER else len(READING_ORDER)), name


THEOREMS: dict[str, ModuleType] = proofs_of(derivations)
"""The proofs of the theorems by the theorems' ids."""
LEMMAS: dict[str, ModuleType] = proofs_of(lemmas)
"""The proofs that others cite, or that a closed form of the program rests on."""
MODULES: dict[str, ModuleType] = {name: (THEOREMS | LEMMAS)[name] for name in sorted(THEOREMS | LEMMAS, key=_place)}


def module(name: str) -> ModuleType:
    """Return the module of a proof.

    Raises
    ------
    UnknownDerivationError
        If no proof has this name.
    """
    if name not in MODULES:
        raise UnknownDerivationError(name)
    return MODULES[name]


@cache
def derive(name: str) -> Derivation:
    """Run one proof, once in a process.

    Raises
    ------
    UnknownDerivationError
        If no proof has this name.
    """
    found = module(name)
    derivation: Derivation = found.derive()
    return replace(derivation, scope=getattr(found, "scope", ""), taken=getattr(found, "taken", ""))


def status(name: str) -> Status:
    """Return the weakest status among the steps of a proof and of all that it cites, which are run too.

    Raises
    ------
    UnknownDerivationError
        If no proof has this name.
    """
    derivation = derive(name)
    return weakest([derivation.status, *map(status, derivation.cites)])
