"""What `measure` says of an error, against exact numbers; and that a hidden rare event is in no proven interval.

Likely intervals are five standard errors: a false alarm in a test of these has probability below 1e-5.
"""

import math

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.sampling.error_profile import error_profile
from gausscollapse.sampling.measured_error import _words

DIFFUSION = gc.OrnsteinUhlenbeck(2.0, 0.1)
DATA = gc.Gaussian([0.5, -0.5], [[1.0, 0.3], [0.3, 0.5]])
SMALL = {"n": 2000, "steps": 80}
NUMBERS = ("energy", "learned_energy", "observed_energy", "observability")


def shifted(x, t):
    """A score that is 0.4 too large in the first coordinate, as a network's score."""
    return DIFFUSION.marginal(DATA, float(t[0])).score(x) + np.array([0.4, 0.0])


@pytest.fixture(scope="module")
def found():
    return gc.measure(shifted, DATA, DIFFUSION, parametrisation="score", rng=1, **SMALL)


@pytest.fixture(scope="module")
def exact():
    return gc.ReverseProcess(DATA, DIFFUSION, gc.AffineError(np.zeros((2, 2)), [0.4, 0.0]))


def test_every_interval_holds_the_exact_number(found, exact):
    true = {
        "energy": 0.16 * 1.9, "learned_energy": 0.16 * 1.9,
        "observed_energy": float(exact.observed_energy()), "observability": float(exact.observability()),
        "chi2": float(exact.chi2()), "kl_least": float(exact.kl()), "kl_most": float(exact.kl()),
        "gradient_share": 1.0,
    }  # fmt: skip
    for name, value in true.items():
        number = getattr(found, name)
        for interval in (number.likely, number.proven):
            assert float(interval.lower) <= value * (1 + 1e-9), name
            assert value <= float(interval.upper) * (1 + 1e-9), name
    assert float(found.chi2.likely.lower) > 0.5 * true["chi2"]
    assert float(found.kl_least) > 0.5 * true["kl_least"]
    assert float(found.observability.likely.upper) < 1.0


def test_the_intervals_do_not_hold_those_of_another_error(found):
    other = gc.ReverseProcess(DATA, DIFFUSION, gc.AffineError(np.zeros((2, 2)), [0.55, 0.0]))
    assert not found.energy.likely.contains(float(other.ideal_energy()))
    assert not found.observed_energy.likely.contains(float(other.observed_energy()))


def test_slices_add_up_and_each_is_the_energy_of_its_time(found, exact):
    """A constant error has the energy ``0.16 dt`` in a slice; what slices add is the observed energy."""
    for number, length in zip(found.slice_energy, np.diff(found.edges), strict=True):
        assert float(number) == pytest.approx(0.16 * length, rel=1e-6)
    added = sum(float(number) for number in found.slice_added)
    assert added == pytest.approx(float(found.observed_energy), rel=1e-9)


def test_a_slice_alone_is_seen_as_the_closed_form_says():
    """A constant b on N(0, I): ``u_k = b . y int exp(-(t - t0)/2) dt``, so eta_k is its square over the length."""
    data, b = gc.Gaussian([0.0, 0.0], np.eye(2)), 0.3
    process = gc.ReverseProcess(data, DIFFUSION, gc.AffineError(np.zeros((2, 2)), [b, 0.0]))
    profile = error_profile(process, 4000, np.random.default_rng(3), 4)
    for k, (low, high) in enumerate(zip(profile.edges[:-1], profile.edges[1:], strict=True)):
        moved = 2.0 * (math.exp(-0.5 * (low - 0.1)) - math.exp(-0.5 * (high - 0.1)))
        products = profile.first[k] * profile.second[k]
        z = (products.mean() - (b * moved) ** 2) / (products.std() / math.sqrt(products.size))
        assert abs(z) < 5.0
        wrong = (products.mean() - 1.6 * (b * moved) ** 2) / (products.std() / math.sqrt(products.size))
        assert abs(wrong) > 5.0


def test_a_rare_event_that_no_path_met_is_in_every_proven_interval():
    """A bump of share 2e-6 and energy 50: no path of 500 meets it, and nothing proven denies it."""
    data, diffusion = gc.Gaussian(0.0, 1.0), gc.OrnsteinUhlenbeck(1.0, 0.1)

    def bump(x, t):
        return np.where(np.abs(x) > 4.75, 5000.0, 0.3)

    found = gc.measure(gc.FunctionError(bump), data, diffusion, n=500, steps=20, slices=2, rng=2)
    share = math.erfc(4.75 / math.sqrt(2.0))
    energy = 0.9 * (0.09 + share * 5000.0**2)
    assert energy > 10.0
    assert not found.energy.likely.contains(energy)
    for name in NUMBERS[:2]:
        assert float(getattr(found, name).proven.upper) == math.inf
    assert found.energy.proven.contains(energy)
    assert (float(found.observability.proven.lower), float(found.observability.proven.upper)) == (0.0, 1.0)


def test_a_known_kind_of_error_has_its_likely_intervals_proven():
    found = gc.measure(gc.AffineError(0.0, 0.3), gc.Gaussian(0, 1), DIFFUSION, n=200, steps=20, slices=2)
    assert found.energy.proven.contains(0.09 * 1.9)
    assert math.isfinite(float(found.kl_most.proven.upper))


def test_on_the_line_the_grid_says_it(found):
    data = gc.GaussianMixture([0.5, 0.5], [-1, 1], 0.3)
    line = gc.measure(gc.AmplifiedScoreError(0.2), data, DIFFUSION, n=400, steps=40, slices=3)
    assert found.line is None
    assert line.line is not None
    twin = gc.fokker_planck(line.process, cells=600, steps=300)
    assert line.line.kl().overlaps(twin.kl())
    assert float(line.kl_least.likely.lower) <= float(twin.kl().upper)
    assert float(twin.kl().lower) <= float(line.kl_most.likely.upper)
    assert "KL on the line" in str(line)


def test_no_error_is_measured_as_none():
    found = gc.measure(gc.AffineError(0.0, 0.0), gc.Gaussian(0, 1), DIFFUSION, n=100, steps=10, slices=2)
    for name in ("energy", "observed_energy", "observability", "chi2", "gradient_share"):
        assert float(getattr(found, name)) == pytest.approx(0.0, abs=1e-12)
    assert gc.plot(found).get_suptitle() == "There is no error"


def test_a_large_error_says_that_the_weights_are_too_few():
    found = gc.measure(gc.AffineError(0.0, 2.0), gc.Gaussian(0, 1), DIFFUSION, n=200, steps=20, slices=2)
    assert "too few" in str(found)
    assert float(found.chi2.likely.lower) >= 0.0


def test_the_table_the_notebook_and_the_figure(found):
    lines = str(found).splitlines()
    assert lines[0] == "2000 paths of each law, 80 steps, dimension 2"
    assert len(lines) == 3 + 8 + 2 * 8
    assert found._repr_html_().count("<tr>") == 1 + 8 + 2 * 8
    figure = gc.plot(found)
    assert len(figure.axes) == 2
    assert "Half of the error's energy is before" in figure.get_suptitle()


@pytest.mark.parametrize(("low", "high"), [(0.123449, 0.98764), (1.23451e-5, 7.0), (-0.33333, math.inf)])
def test_words_never_claim_more_than_the_interval(low, high):
    words = _words(gc.Enclosure(max(low, 0.5), low, high)).replace("at least ", "").split(" to ")
    assert float(words[0]) <= low
    assert math.isinf(high) or float(words[1]) >= high


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(InvalidArgumentError, match="options"):
        gc.measure(gc.AffineError(0.0, 0.3), gc.Gaussian(0, 1), DIFFUSION, parametrisation="eps")
    for wrong in ({"n": 10}, {"slices": 0}, {"steps": 1}, {"degree": 0}):
        with pytest.raises(InvalidArgumentError, match=next(iter(wrong))):
            gc.measure(gc.AffineError(0.0, 0.3), gc.Gaussian(0, 1), DIFFUSION, **wrong)
    with pytest.raises(InvalidArgumentError, match="error"):
        gc.measure(3, gc.Gaussian(0, 1), DIFFUSION)


def test_the_same_seed_gives_the_same_numbers(found):
    again = gc.measure(shifted, DATA, DIFFUSION, parametrisation="score", rng=1, **SMALL)
    assert str(again) == str(found)
