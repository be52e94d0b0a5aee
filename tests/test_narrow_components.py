"""Components narrower than the floats around their means: an interval that holds the truth, or no number.

The truth is a sum of closed forms: where a component is 20 orders narrower than the others, the root of a sum of
densities is the sum of their roots but for the narrow one's few deviations, which are worth less than 1e-8.
"""

import math

import numpy as np
import pytest
from mpmath import mp, mpf

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.sampling.girsanov import DegenerateWeightsWarning

UNIT = gc.Gaussian(0.0, 1.0)


def affinity(weights, means, variances):
    """Return ``int sqrt(p q)`` for q = N(0, 1) and a mixture p whose components do not overlap."""
    with mp.workdps(50):
        total = mpf(0)
        for weight, mean, variance in zip(weights, means, variances, strict=True):
            v, m = mpf(variance), mpf(mean)
            total += mp.sqrt(mpf(weight) * 2 * mp.sqrt(v) / (1 + v)) * mp.exp(-(m**2) / (4 * (1 + v)))
        return total


def mixture(variances, means=(1.0, 3.0)):
    return gc.GaussianMixture([0.5, 0.5], means, variances)


@pytest.mark.parametrize("narrow", [1e-34, 1e-40, 1e-200])
@pytest.mark.parametrize("turned", [False, True])
def test_one_narrow_component_is_met_in_either_order(narrow, turned):
    """Counted from the mean of the other law it lay between two floats, and half of p was left out in silence."""
    law = mixture([narrow, 1.0])
    pair = (UNIT, law) if turned else (law, UNIT)
    truth = float(1 - affinity([0.5, 0.5], [1, 3], [narrow, 1.0]))
    found = gc.hellinger2(*pair, method="quadrature")
    assert found.lower <= truth <= found.upper
    assert float(found.value) == pytest.approx(truth, abs=1e-6)
    without = float(1 - affinity([0.5], [3], [1.0])) - 0.25
    assert abs(without - truth) > 0.2


def test_two_narrow_components_are_refused_and_drawn_instead():
    law, other = mixture([1e-40, 1e-40]), gc.GaussianMixture([0.5, 0.5], [0.0, 1.0], [1.0, 1e-40])
    with pytest.raises(gc.core.NotSupportedError, match="narrower than floats resolve"):
        gc.hellinger2(law, UNIT, method="quadrature")
    # They share the component at 1, a half of each; all else is worth less than 1e-9. One draw in a thousand misses.
    found = gc.hellinger2(law, other)
    assert found.guarantee == "statistical"
    assert found.lower <= 0.5 <= found.upper
    assert float(found.width) < 0.02


def test_far_scales_have_one_renyi_divergence_of_order_a_half():
    """The logarithm of a ball that holds 0 is no interval; the quadrature that answers instead sees both scales."""
    law, other = gc.GaussianMixture([0.5, 0.5], [0, 0], [1e-200, 1e200]), gc.Gaussian(1.0, 1.0)
    with mp.workdps(50):
        halves = [mp.sqrt(mp.sqrt(mpf(v)) / (1 + mpf(v))) * mp.exp(-1 / (4 * (1 + mpf(v)))) for v in (1e-200, 1e200)]
        truth = float(-2 * mp.log(sum(halves)))
    for pair in ((law, other), (other, law)):
        found = gc.renyi(*pair, order=0.5)
        assert found.lower <= truth <= found.upper
        assert math.isclose(float(found.value), truth, rel_tol=1e-10)
    with pytest.raises(gc.core.UndecidedError):
        gc.renyi(law, other, order=0.5, method="certified")


def test_laws_at_the_end_of_floats_are_refused_or_bracketed_not_an_error_of_another_library():
    far, wide = gc.Gaussian(1e308, 1.0), gc.Gaussian(0.0, 1e300)
    near = gc.GaussianMixture([0.5, 0.5], [-1.0, 1.0], 0.5)
    uneven = gc.GaussianMixture([0.5, 0.5], [0.0, 0.0], [1e-200, 1e200])
    with pytest.raises(gc.core.UndecidedError, match="beyond floats"):
        gc.kl(far, near, method="certified")
    with pytest.warns(gc.divergences.UnreliableEstimateWarning):
        assert gc.kl(far, near).upper == math.inf
    assert gc.chi2(near, far).upper == math.inf
    # The narrow component alone counts: of weight 1/2, with deviations 1e-100 under 1e150.
    found = gc.chi2(uneven, wide)
    assert found.lower <= 0.25 * 1e250 / math.sqrt(2.0) * (1.0 + 1e-12)
    assert found.upper >= 0.25 * 1e250 / math.sqrt(2.0) * (1.0 - 1e-12)
    assert found.width < 1e-9 * found.value


@pytest.mark.parametrize("distance", [1e3, 1e20, 1e150])
def test_components_as_far_apart_as_floats_allow_are_told_at_once(distance):
    """Truth: the masses do not meet, to within exp(-distance^2/8)."""
    far = gc.GaussianMixture([0.5, 0.5], [-distance, distance], 0.5)
    found = gc.total_variation(gc.Gaussian(0, 1), far)
    assert found.guarantee == "certified"
    assert found.lower <= 1.0 <= found.upper
    assert found.width < 1e-14


@pytest.mark.filterwarnings("ignore:overflow")
def test_an_enormous_error_has_no_moments_and_says_so():
    error = gc.AffineError(0, 1e150)
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(2.0, 0.1), error)
    with pytest.warns(DegenerateWeightsWarning):
        found = gc.path_divergences(process, n=100, steps=10, rng=np.random.default_rng(0))
    assert found.path_kl.standard_error == found.path_chi2.bounds[1] == math.inf


def test_a_linear_part_of_another_dimension_is_refused():
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(2.0, 0.1), gc.AffineError(0, 0.1))
    with pytest.raises(InvalidArgumentError, match=r"scheme = .*has 2 numbers"):
        gc.optimal_grid(process, 10, scheme=[0.1, 0.2])
