"""All proofs by name, in reading order, and the theorems they support."""

from importlib import import_module
from types import ModuleType

from derivations.proof import Derivation

MODULES: dict[str, str] = {
    "gaussian-integral": "gaussian_integral",
    "gaussian-kl": "gaussian_kl",
    "gaussian-chi2": "gaussian_chi2",
    "gaussian-renyi": "gaussian_renyi",
    "gaussian-wasserstein": "gaussian_wasserstein",
    "ornstein-uhlenbeck": "ornstein_uhlenbeck",
    "reverse-time": "reverse_time",
    "propagator": "propagator",
    "girsanov": "girsanov",
    "path-chi2": "path_chi2",
    "slack": "slack",
    "gradient-kl": "gradient_kl",
    "perturbative": "perturbative",
    "sharp": "sharp",
    "limit": "limit",
    "hcr": "hcr",
    "dv": "dv",
    "observability": "observability",
    "hodge": "hodge",
    "impossibility": "impossibility",
    "refresh": "refresh",
    "filter": "filter",
    "innovation": "innovation",
    "prop-4.1": "prop_4_1",
    "coherent": "coherent",
    "incoherent": "incoherent",
    "range": "accumulation_range",
    "discounted": "discounted",
    "regimes": "regimes",
    "thm-4.2-display": "thm_4_2_display",
    "realizable": "realizable",
    "early-stopping": "early_stopping",
    "riccati": "riccati",
    "euler-maruyama": "euler_maruyama",
    "finite-samples": "finite_samples",
}
"""The module of each proof, by its name."""


class UnknownDerivationError(KeyError):
    """No proof has this name; the message lists those that exist."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"no derivation is called {self.name!r}; known: {', '.join(MODULES)}"


def module(name: str) -> ModuleType:
    """Return the module of a proof.

    Raises
    ------
    UnknownDerivationError
        If no proof has this name.
    """
    if name not in MODULES:
        raise UnknownDerivationError(name)
    return import_module(f"derivations.{MODULES[name]}")


def derive(name: str) -> Derivation:
    """Run one proof.

    Raises
    ------
    UnknownDerivationError
        If no proof has this name.
    """
    derivation: Derivation = module(name).derive()
    return derivation


def supports() -> dict[str, tuple[str, ...]]:
    """Return, for each theorem id, the names of the proofs that conclude it (nothing is run)."""
    found: dict[str, tuple[str, ...]] = {}
    for name in MODULES:
        for theorem in module(name).theorems:
            found[theorem] = (*found.get(theorem, ()), name)
    return found
