"""The closed forms of ``derivations`` equal the package's numbers on random instances, and a spoilt one does not."""

import pytest

from derivations.frame.catalogue import MODULES, derive
from tests import bridges_lemmas, bridges_process, bridges_retraining
from tests.bridges import Bridge, Key
from tests.test_derivations import HEAVY

BRIDGES = {**bridges_lemmas.BRIDGES, **bridges_process.BRIDGES, **bridges_retraining.BRIDGES}
# Results that no number of the package can meet, with the reason.
WITHOUT_A_BRIDGE: dict[Key, str] = {}
SEEDS = range(10)
CONTROLS = range(3)
SPOILT = 1.01


def case(bridge: Bridge):
    marks = [pytest.mark.slow] if bridge.name in HEAVY else []
    return pytest.param(bridge, id=f"{bridge.name}-{bridge.result}", marks=marks)


@pytest.mark.parametrize("bridge", [case(bridge) for bridge in BRIDGES.values()])
def test_a_closed_form_is_the_packages_number(bridge: Bridge) -> None:
    for seed in SEEDS:
        gaps = bridge.gaps(seed)
        assert gaps
        assert max(gaps) <= bridge.tolerance, (seed, gaps)


@pytest.mark.parametrize("bridge", [case(bridge) for bridge in BRIDGES.values()])
def test_one_per_cent_is_seen(bridge: Bridge) -> None:
    for seed in CONTROLS:
        assert min(bridge.gaps(seed, spoilt=SPOILT)) > bridge.tolerance, seed


def without(names: set[str], bridges: set[Key]) -> set[str]:
    """Return the proofs that have neither a bridge nor a reason to have none."""
    return names - {name for name, _ in bridges | set(WITHOUT_A_BRIDGE)}


def test_every_theorem_and_lemma_has_a_bridge() -> None:
    assert not without(set(MODULES), set(BRIDGES))
    assert without(set(MODULES), set(BRIDGES) - {("slack", "slack_density")}) == {"slack"}
    assert all(WITHOUT_A_BRIDGE.values())


@pytest.mark.slow
def test_every_result_has_a_bridge() -> None:
    results = {(name, result) for name in MODULES for result in derive(name).results}
    assert set(BRIDGES) | set(WITHOUT_A_BRIDGE) == results
    assert not set(BRIDGES) & set(WITHOUT_A_BRIDGE)
