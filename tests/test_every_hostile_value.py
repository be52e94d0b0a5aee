"""Every public callable with every argument and every hostile value: a named refusal, or the right answer."""

from collections import Counter

import pytest

from benchmarks import fuzz_api as fuzz
from benchmarks.fuzz_values import values

FAIR = (fuzz.GOOD, fuzz.REFUSED)
# Known and not mended: most are laws whose means are 1e308 apart. What is mended leaves this list, or the test fails.
OPEN = {
    ("Batch.eigenvalues_at", "time", "-1e308"),
    ("Enclosure.contains", "value", "enclosure"),
    ("Enclosure.contains", "value", "whole line"),
    ("Spectrum.of_innovations", "gram", "enclosure"),
    ("assert_order", "data", "farthest law"),
    ("assert_sampler_accuracy", "data", "farthest law"),
    ("draw", "data", "farthest law"),
    ("draw", "diffusion", "short diffusion"),
    ("energy_density", "law", "farthest law"),
    ("energy_density", "law", "uneven law"),
    ("limit_moments", "data", "farthest law"),
    ("parts", "data", "farthest law"),
    ("parts", "data", "uneven law"),
    ("realizable_energy", "data", "farthest law"),
    ("realizable_energy", "target", "farthest law"),
    ("sample_reverse", "diffusion", "long diffusion"),
    ("trial", "data", "farthest law"),
    ("trials", "data", "farthest law"),
    ("trials", "samplers", "deep list"),
}


def pytest_generate_tests(metafunc):
    """Give each callable a test of its own; they are made only where slow tests are asked for."""
    if "name" in metafunc.fixturenames:
        asked = metafunc.config.option.markexpr
        wanted = "slow" in asked and "not slow" not in asked
        metafunc.parametrize("name", sorted(fuzz.targets(more=True)) if wanted else ["every"])


@pytest.fixture(scope="module")
def known():
    return fuzz.targets(more=True)


def some(known):
    """Return every case of the first values, and one in six of the others: a quarter of an hour would have all."""
    first, others = fuzz.pairs(known, "first"), fuzz.pairs(known, "outsiders")
    return [case for case in (*first, *others[::6]) if not fuzz.listed(fuzz.LONG, case)]


@pytest.mark.slow
def test_a_hostile_value_is_answered_rightly_or_refused_by_name(name, known):
    chosen = known if name == "every" else {name: known[name]}
    for called, (function, right) in chosen.items():
        # Compiled first: that is no part of what a call may take.
        function(**right)
        for case in some({called: (function, right)}):
            found, words = fuzz.outcome(known, case)
            assert (found in FAIR) is (tuple(case) not in OPEN), f"{' | '.join(case)}: {found}: {words}"


@pytest.mark.slow
def test_there_are_enough_cases_and_the_right_arguments_are_right(known):
    cases = some(known)
    assert len(cases) > 40_000
    assert len(set(cases)) == len(cases)
    wrong = {name: fuzz.classified(lambda f=f, k=right: f(**k), "") for name, (f, right) in known.items()}
    assert {name: found for name, found in wrong.items() if found[0] != fuzz.GOOD} == {}


def test_the_cases_can_fail():
    """A function without checks fails on most values, one with them on none."""

    def careless(n):
        return 1.0 / n[0]

    found = Counter(fuzz.outcome({"f": (careless, {"n": [1]})}, ("f", "n", value))[0] for value in values())
    assert sum(found[kind] for kind in FAIR) < sum(found.values()) / 4
    assert found["foreign exception (TypeError)"] > 20
    assert found["silent misuse"] > 0
