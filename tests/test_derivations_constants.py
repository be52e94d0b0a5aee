"""The constants of the registry are those of the proofs, and what the registry refutes its proof refutes."""

import inspect

import pytest
from sympy import Rational

import gausscollapse as gc
from derivations.frame.catalogue import module
from tests.test_derivations import fails

# The constants of the registry and the arguments of proofs; the constants of other theorems stand in no argument.
CONSTANTS = {
    "prop-3.1": {"factor": "half"},
    "prop-3.3": {"leading": "quarter", "perturbative": "eighth"},
    "thm-3.4": {"upper": "four", "perturbative": "eighth"},
    "girsanov-forward": {"factor": "half"},
    "slack": {"factor": "half"},
    "path-chi2": {"factor": "one"},
    "hcr": {"factor": "one"},
    "dv": {"factor": "one"},
    "gradient-kl": {"factor": "half"},
    "refresh": {"power": "power"},
    "innovation": {"half": "half"},
    "coherent": {"factor": "one"},
    "incoherent": {"power": "power"},
    "discounted": {"one": "one"},
    "early-stopping": {"rate": "one"},
    "realizable": {"factor": "half"},
}
PAIRS = [(name, constant, argument) for name, pairs in CONSTANTS.items() for constant, argument in pairs.items()]


def agree(name: str, constant: str, argument: str) -> bool:
    """Whether an argument of a proof has the registry's constant as its default."""
    default = inspect.signature(module(name).derive).parameters[argument].default
    return float(default) == gc.theorems.registry[name].constants[constant]


@pytest.mark.parametrize(("name", "constant", "argument"), PAIRS)
def test_a_proof_has_the_constants_of_the_registry(name: str, constant: str, argument: str) -> None:
    assert agree(name, constant, argument)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "constant", "argument"), PAIRS)
def test_a_control_of_the_registry_is_refuted_by_the_proof_too(name: str, constant: str, argument: str) -> None:
    spoilt = [item.constants[constant] for item in gc.theorems.registry[name].controls if constant in item.constants]
    for value in spoilt:
        assert fails(name, argument, Rational(str(value)))
