"""The closed forms of ``derivations`` equal the package's numbers on random instances, and a spoilt one does not."""

from contextlib import suppress

import pytest

import gausscollapse as gc
from derivations.frame.catalogue import MODULES, derive, module
from derivations.frame.proof import UnprovedResultError
from tests.bridge_numbers import BRIDGES, number, numbers
from tests.bridges import Bridge, Key
from tests.test_derivations import HEAVY

# Results that no number of the package can meet, with the reason.
WITHOUT_A_BRIDGE: dict[Key, str] = {}
# The slow set has the others.
SEEDS = range(3)
OTHER_SEEDS = range(3, 10)
CONTROLS = range(3)
SPOILT = 1.01


def case(bridge: Bridge):
    marks = [pytest.mark.slow] if bridge.name in HEAVY else []
    return pytest.param(bridge, id=f"{bridge.name}-{bridge.result}", marks=marks)


def holds(bridge: Bridge) -> bool:
    """Whether the pairs of every random instance are equal."""
    return all(gap <= bridge.tolerance for seed in (*SEEDS, *OTHER_SEEDS) for gap in bridge.gaps(seed))


@pytest.mark.parametrize("seeds", [SEEDS, pytest.param(OTHER_SEEDS, marks=pytest.mark.slow)], ids=len)
@pytest.mark.parametrize("bridge", [case(bridge) for bridge in BRIDGES.values()])
def test_a_closed_form_is_the_packages_number(bridge: Bridge, seeds: range) -> None:
    for seed in seeds:
        gaps = bridge.gaps(seed)
        assert gaps
        assert all(gap <= bridge.tolerance for gap in gaps), (seed, gaps)


@pytest.mark.parametrize("bridge", [case(bridge) for bridge in BRIDGES.values()])
def test_one_per_cent_is_seen(bridge: Bridge) -> None:
    for seed in CONTROLS:
        gaps = bridge.gaps(seed, lambda **values: SPOILT * bridge.value(**values))
        assert all(gap > bridge.tolerance for gap in gaps), (seed, gaps)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MODULES if name not in HEAVY])
def test_a_planted_coefficient_is_seen(name: str) -> None:
    """The coefficients of the proofs' own controls, where the proof still gives a result that has them."""
    for coefficient, wrong in module(name).wrong.items():
        with suppress(UnprovedResultError):
            planted = module(name).derive(**{coefficient: wrong}).results
            for result, true in derive(name).results.items():
                if planted[result].expression != true.expression:
                    bridge = BRIDGES[name, result]
                    gaps = bridge.gaps(0, planted[result].value)
                    assert any(gap > bridge.tolerance for gap in gaps), (coefficient, result, gaps)


def without(names: set[str], bridges: set[Key]) -> set[str]:
    """Return the proofs that have neither a bridge nor a reason to have none."""
    return names - {name for name, _ in bridges | set(WITHOUT_A_BRIDGE)}


def test_every_theorem_and_lemma_has_a_bridge() -> None:
    assert not without({*MODULES, *gc.theorems.registry}, set(BRIDGES))
    assert without(set(MODULES), set(BRIDGES) - {("slack", "slack_density")}) == {"slack"}
    assert all(WITHOUT_A_BRIDGE.values())


@pytest.mark.slow
def test_every_result_has_a_bridge() -> None:
    results = {(name, result) for name in MODULES for result in derive(name).results}
    assert set(BRIDGES) | set(WITHOUT_A_BRIDGE) == results
    assert not set(BRIDGES) & set(WITHOUT_A_BRIDGE)


@pytest.mark.parametrize("bridge", [case(bridge) for bridge in BRIDGES.values()])
def test_the_number_of_the_book_is_both(bridge: Bridge) -> None:
    """The sentence has both numbers, from an instance that is not among those above, with what was asked for."""
    found = number(bridge, seed=77)
    assert abs(found.proof / found.package - 1) <= bridge.tolerance
    assert f"{found.proof:.12g}" in found.words
    assert f"{found.package:.12g}" in found.words
    if len(found.given) == 1:
        # The pair may be a function of the closed form, as its exponential.
        assert set(found.given[0]) == {str(symbol) for symbol in derive(bridge.name).results[bridge.result].symbols}


def test_every_theorem_of_the_book_has_a_number() -> None:
    assert set(numbers(["slack", "refresh"])) == {"slack", "refresh"}
    assert {name for name, _ in BRIDGES} >= set(gc.theorems.registry)
