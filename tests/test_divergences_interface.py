"""One interface: what auto picks, what is refused, what loads, and the invariances of every divergence."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gausscollapse as gc
from gausscollapse.core.exceptions import (
    DimensionMismatchError,
    InvalidArgumentError,
    NotSupportedError,
    UnknownNameError,
)

LINE = gc.GaussianMixture([0.5, 0.5], [-1.0, 1.0], [1.0, 0.5]), gc.GaussianMixture([0.25, 0.75], [0.0, 1.0], [1, 2])
PLANE = tuple(gc.GaussianMixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], s * np.eye(2)) for s in (1.0, 1.5))
SPACE = tuple(gc.GaussianMixture([0.5, 0.5], [np.zeros(3), np.ones(3)], s * np.eye(3)) for s in (1.0, 1.5))
NAMES = ("kl", "chi2", "hellinger2", "jeffreys", "fisher_divergence", "total_variation", "bhattacharyya")


@pytest.mark.parametrize("name", NAMES)
def test_auto_picks_and_says_what(name):
    function = getattr(gc, name)
    assert function(*LINE).guarantee == "certified"
    assert function(*PLANE).guarantee == "numeric"
    assert function(*SPACE).guarantee == "statistical"
    p, q = gc.Gaussian(0.0, 1.0), gc.Gaussian(1.0, 1.0)
    assert function(p, q).guarantee == "closed-form"
    assert function(gc.GaussianMixture([1.0], [0.0], [1.0]), q) == function(p, q)
    assert function(p, q, digits=20).guarantee == "certified"
    assert function(*LINE, method="monte-carlo").guarantee == "statistical"


def test_bad_input_is_named():
    with pytest.raises(DimensionMismatchError, match="q = "):
        gc.kl(LINE[0], PLANE[0])
    with pytest.raises(UnknownNameError, match="accepted: one of auto, closed-form, certified"):
        gc.kl(*LINE, method="exact")
    with pytest.raises(InvalidArgumentError, match="p = 3"):
        gc.kl(3, LINE[1])
    for order in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InvalidArgumentError, match="order"):
            gc.renyi(*LINE, order=order)
    for name in NAMES:
        with pytest.raises(InvalidArgumentError, match="dimension 1 only"):
            getattr(gc, name)(*SPACE, method="certified")
        with pytest.raises(InvalidArgumentError, match="dimensions 1 and 2 only"):
            getattr(gc, name)(*SPACE, method="quadrature")
        with pytest.raises(NotSupportedError, match="no closed form"):
            getattr(gc, name)(*LINE, method="closed-form")
        with pytest.raises(TypeError, match="tolerence"):
            getattr(gc, name)(*LINE, tolerence=1e-3)
    with pytest.raises(InvalidArgumentError, match="tolerance = 2"):
        gc.kl(*LINE, tolerance=2.0, method="quadrature")
    with pytest.raises(NotSupportedError, match="wasserstein2"):
        gc.wasserstein2(*LINE)


@pytest.mark.parametrize("method", ["certified", "quadrature", "monte-carlo"])
def test_zero_weight_components_change_nothing(method):
    p = gc.GaussianMixture([0.5, 0.0, 0.5], [-1.0, 77.0, 1.0], [1.0, 1e-9, 0.5])
    assert gc.kl(p, LINE[1], method=method) == gc.kl(*LINE, method=method)
    assert gc.chi2(gc.GaussianMixture([1.0, 0.0], [0, 0], [1, 99]), gc.Gaussian(0.0, 2.0)).finite


def test_order_one_is_kl():
    assert gc.renyi(*LINE, order=1.0) == gc.kl(*LINE)
    below, above = gc.renyi(*LINE, order=1.0 - 1e-6), gc.renyi(*LINE, order=1.0 + 1e-6)
    assert below.value < gc.kl(*LINE).value < above.value


# One after the other in one process, so that what an earlier one loads is no later one's.
CALLS = (
    (
        "gc.kl(gc.Gaussian(0, 1), gc.Gaussian(1, 1))",
        ("numba", "flint", "scipy.optimize", "scipy.stats", "sklearn"),
    ),
    ("gc.kl(P, Q, method='quadrature')", ("numba", "flint", "scipy.stats", "sklearn")),
    ("gc.kl(P, Q)", ("numba", "scipy.stats", "sklearn")),
)
# Ball arithmetic is loaded by then.
ALONE = (("gc.kl(P, Q, method='monte-carlo', draws=10)", ("flint", "scipy.stats", "sklearn")),)


@pytest.mark.parametrize("calls", [CALLS, ALONE], ids=["exact", "monte-carlo"])
def test_heavy_packages_load_only_when_used(calls):
    code = (
        "import sys, gausscollapse as gc\nP, Q = (gc.GaussianMixture([0.5, 0.5], [0, m], [1, 2]) for m in (1, 2))\n"
    )
    for call, absent in calls:
        code += f"{call}\nprint([name for name in {absent!r} if name in sys.modules])\n"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split("\n") == ["[]"] * len(calls) + [""]


def test_monotone_in_order_and_ordered_among_each_other():
    values = [float(gc.renyi(*LINE, order=a)) for a in (0.1, 0.5, 0.9, 1.0, 1.2, 1.4)]
    assert values == sorted(values)
    variation, hellinger = gc.total_variation(*LINE), gc.hellinger2(*LINE)
    assert hellinger.certainly_at_most(variation)
    assert variation.certainly_at_most((hellinger * (2.0 - hellinger)).sqrt())
    assert (variation * variation * 2.0).certainly_at_most(gc.kl(*LINE))


def components(size):
    return st.lists(
        st.tuples(st.floats(0.05, 1.0), st.floats(-3.0, 3.0), st.floats(0.2, 3.0)), min_size=2, max_size=size
    )


def law(rows):
    weights = np.array([row[0] for row in rows])
    return gc.GaussianMixture(weights / weights.sum(), [row[1] for row in rows], [row[2] for row in rows])


@settings(max_examples=12, deadline=None, derandomize=True)
@given(components(3), components(3), st.randoms(use_true_random=False))
def test_permuting_and_splitting_components_change_nothing(first, second, random):
    p, q = law(first), law(second)
    order = list(range(len(first)))
    random.shuffle(order)
    shuffled = gc.GaussianMixture(p.weights[order], p.means[order], p.covs[order])
    split = gc.GaussianMixture(
        np.append(p.weights, 0.5 * p.weights[0]) - np.append([0.5 * p.weights[0]], np.zeros(len(first))),
        np.concatenate([p.means, p.means[:1]]),
        np.concatenate([p.covs, p.covs[:1]]),
    )
    for name in ("kl", "hellinger2", "total_variation"):
        function = getattr(gc, name)
        exact = function(p, q, digits=8)
        for other in (shuffled, split):
            assert function(other, q, digits=8).overlaps(exact)
            numeric = function(other, q, method="quadrature")
            assert numeric.overlaps(exact)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(components(2), components(2), st.sampled_from([-4.0, -0.5, 2.0, 1024.0]), st.integers(-64, 64))
def test_affine_maps_change_nothing(first, second, scale, shift):
    # a power of two and a shift of the grid 2^-40 are exact, so that the mapped laws are the exact images
    p, q = (law([(w, round(m * 2**20) / 2**20, v) for w, m, v in rows]) for rows in (first, second))

    def mapped(d):
        return gc.GaussianMixture(d.weights, scale * d.means + shift, scale**2 * d.covs)

    for name in ("kl", "jeffreys", "hellinger2", "total_variation", "bhattacharyya"):
        function = getattr(gc, name)
        assert function(mapped(p), mapped(q), digits=8).overlaps(function(p, q, digits=8))
    fisher = gc.fisher_divergence(mapped(p), mapped(q), digits=8) * scale**2
    assert fisher.overlaps(gc.fisher_divergence(p, q, digits=8))


@settings(max_examples=10, deadline=None, derandomize=True)
@given(components(2), components(2))
def test_symmetric_divergences_are_symmetric_and_none_is_negative(first, second):
    p, q = law(first), law(second)
    for name in ("jeffreys", "hellinger2", "total_variation", "bhattacharyya"):
        function = getattr(gc, name)
        assert function(p, q, digits=8).overlaps(function(q, p, digits=8))
    for name in NAMES:
        answer = getattr(gc, name)(p, q, digits=6)
        assert answer.lower >= 0.0
        assert not np.isnan(answer.value)
    jeffreys = gc.kl(p, q, digits=8) + gc.kl(q, p, digits=8)
    assert jeffreys.overlaps(gc.jeffreys(p, q, digits=8))


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.floats(0.0, 3.14), st.floats(0.3, 2.0), st.floats(-2.0, 2.0))
def test_affine_maps_change_nothing_in_the_plane(angle, stretch, shift):
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * [1.0, stretch]

    def mapped(d):
        return gc.GaussianMixture(d.weights, d.means @ matrix.T + shift, matrix @ d.covs @ matrix.T)

    answer = gc.kl(*PLANE)
    assert abs(gc.kl(*(mapped(d) for d in PLANE)).value / answer.value - 1.0) < 3e-7
