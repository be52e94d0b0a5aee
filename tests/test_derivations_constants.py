"""The constants of the registry are those of the proofs, and what the registry refutes its proof refutes."""

import inspect
import math
from collections.abc import Mapping

import pytest
from sympy import Rational

import gausscollapse as gc
from derivations.frame.catalogue import module
from tests.test_derivations import fails

# The constants of the registry and the arguments of proofs.
CONSTANTS = {
    "prop-3.1": {"factor": "half"},
    "prop-3.3": {"leading": "quarter", "perturbative": "eighth"},
    "thm-3.4": {"upper": "four", "perturbative": "eighth"},
    "half": {"leading": "half", "upper": "two", "least": "least", "most": "most"},
    "remainder": {"factor": "factor", "eighth": "eighth"},
    "three-halves": {"factor": "three_halves"},
    "w2-energy": {"factor": "one"},
    "girsanov-forward": {"factor": "half"},
    "slack": {"factor": "half"},
    "path-chi2": {"factor": "one"},
    "hcr": {"factor": "one"},
    "dv": {"factor": "one"},
    "gradient-kl": {"factor": "half", "swirl": "swirl"},
    "refresh": {"power": "power"},
    "innovation": {"half": "half", "factor": "factor"},
    "coherent": {"factor": "one"},
    "incoherent": {"power": "power"},
    "discounted": {"one": "one", "supremum": "supremum"},
    "early-stopping": {"rate": "one"},
    "realizable": {"factor": "half", "final": "final"},
    "sharp": {"factor": "factor"},
    "limit": {"target": "target", "kl_factor": "kl_factor"},
    "impossibility": {"leak": "leak"},
    "filter": {"cross": "cross"},
    "prop-4.1": {"factor": "factor"},
    "range": {"low": "low", "high": "high"},
    "regimes": {name: name for name in ("linear", "square", "plateau", "late", "floor")},
    "hermite": {"time": "time"},
    "spectral": {name: name for name in ("sign", "power", "low", "high", "least", "most")},
    "allocation": {"root": "root", "third": "third", "power": "power"},
    "norm-filter": {"power": "one"},
    "mmd-filter": {"cross": "one"},
    "kl-step": {"one": "one"},
    "robust-ball": {"rate": "one"},
    "annealed": {"keeps": "one"},
    "appendix-4.2": {"surplus": "one"},
    "lambda-slack": {"power": "power"},
    "flow-kl": {"factor": "half"},
    "start": {"rate": "rate", "share": "share"},
    "schedule": {"weight": "weight"},
    "discretisation": {"frozen": "frozen", "entropy": "entropy"},
    "budget": {"half": "half", "initial": "initial"},
    "leading": {"quarter": "quarter", "balance": "balance"},
    "memory": {"power": "power", "factor": "factor", "cross": "cross"},
    "accumulate": {"lag": "lag", "factor": "factor", "one": "one"},
    "heavy-tails": {"power": "power", "exponent": "exponent"},
    "collapse-rate": {"twice": "twice", "spread": "spread"},
    "stopping": {"share": "share", "twice": "twice", "square": "square"},
}
# Constants that are symbols in the proof: it holds for every value of them.
FREE = {
    "impossibility": {"energy": "c^2 tr(S^-1), for any scale c"},
    "flow-no-energy-bound": {"factor": "K, refuted for each"},
    "thm-4.2-display": {"constant": "K, refuted for each", "bias": "C, refuted for each that is positive"},
}
PAIRS = [(name, constant, argument) for name, pairs in CONSTANTS.items() for constant, argument in pairs.items()]


def agree(name: str, constant: str, argument: str) -> bool:
    """Whether an argument of a proof has the registry's constant as its default."""
    default = inspect.signature(module(name).derive).parameters[argument].default
    # sqrt(2) - 1 rounds in another way as floats.
    return math.isclose(float(default), gc.theorems.registry[name].constants[constant], rel_tol=1e-15)


@pytest.mark.parametrize(("name", "constant", "argument"), PAIRS)
def test_a_proof_has_the_constants_of_the_registry(name: str, constant: str, argument: str) -> None:
    assert agree(name, constant, argument)


def uncompared(name: str, known: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Return the constants of a theorem that are compared with nothing of its proof."""
    return set(gc.theorems.registry[name].constants) - {*known.get(name, {}), *FREE.get(name, {})}


@pytest.mark.parametrize("name", gc.theorems.registry)
def test_every_constant_of_the_registry_is_compared(name: str) -> None:
    assert not uncompared(name, CONSTANTS)


def test_a_constant_that_is_compared_with_nothing_is_found() -> None:
    assert uncompared("range", {**CONSTANTS, "range": {"low": "low"}}) == {"high"}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "constant", "argument"), PAIRS)
def test_a_control_of_the_registry_is_refuted_by_the_proof_too(name: str, constant: str, argument: str) -> None:
    spoilt = [item.constants[constant] for item in gc.theorems.registry[name].controls if constant in item.constants]
    for value in spoilt:
        assert fails(name, argument, Rational(str(value)))
