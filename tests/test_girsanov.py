"""Estimators from Girsanov weights against exact discrete and continuous values, and their warning."""

import math

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.sampling.girsanov import DegenerateWeightsWarning


def z(found, truth):
    return (found.value - float(truth)) / found.standard_error


def test_a_constant_offset_has_elementary_weights():
    """``Z = N(-s/2, s)`` with ``s = |b|^2 (T - t0)`` on any grid: closed forms, 5.5 errors each."""
    offset, diffusion = np.array([0.4, -0.3]), gc.OrnsteinUhlenbeck(2.0, 0.1)
    data = gc.GaussianMixture([0.5, 0.5], [[-1.0, 0.0], [1.0, 0.0]], 0.3 * np.eye(2))
    process = gc.ReverseProcess(data, diffusion, gc.AffineError(np.zeros((2, 2)), offset))
    found = gc.path_divergences(process, 30_000, 60, 7)
    s = float(offset @ offset) * 1.9
    assert found.learned_energy.value == pytest.approx(s, rel=1e-12)
    assert found.path_kl.value == pytest.approx(s / 2, rel=1e-12)
    assert found.reverse_path_kl.value == pytest.approx(s / 2, rel=1e-12)
    assert found.variation_square.value == pytest.approx(s**2, rel=1e-12)
    assert abs(z(found.total_weight, 1.0)) < 5.5
    assert abs(z(found.path_chi2, math.expm1(s))) < 5.5
    assert abs(z(found.martingale_remainder, math.expm1(s) - s)) < 5.5
    assert abs(z(found.taylor_square, math.expm1(s) - s + s**2 / 4)) < 5.5
    assert abs(z(found.path_chi2, math.expm1(1.2 * s))) > 5.5
    assert found.effective_share == pytest.approx(math.exp(-s), rel=0.1)
    assert found.path_chi2.enclosure.contains(math.expm1(s))


def test_weights_beyond_floats_are_infinite_and_not_nan():
    """``Z = N(-s/2, s)`` with s = 1710: chi2 = exp(s) - 1 is beyond floats, and no weight of 500 paths is in them."""
    data = gc.GaussianMixture([0.5, 0.5], [[-1.0], [1.0]], [[[0.3]], [[0.3]]])
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(2.0, 0.1), gc.AffineError([[0.0]], [30.0]))
    with pytest.warns(DegenerateWeightsWarning, match="are worth"):
        found = gc.path_divergences(process, 500, 400, 1)
    assert found.path_chi2.value == found.path_chi2.standard_error == math.inf
    assert 0.0 <= found.path_chi2.enclosure.lower < found.path_chi2.enclosure.upper == math.inf
    assert 1.0 / 500 <= found.effective_share < 0.05
    assert found.learned_energy.value == pytest.approx(1710.0, rel=1e-12)


def test_the_linear_case_against_exact_values():
    """Energies against the discrete law, the rest against the continuous process (bias below 0.3 %)."""
    data = gc.Gaussian([0.3, -0.2], [[1.0, 0.3], [0.3, 0.5]])
    process = gc.ReverseProcess(
        data, gc.OrnsteinUhlenbeck(1.5, 0.2), gc.AffineError([[0.1, 0.3], [-0.2, 0.1]], [0.2, 0.3])
    )
    found = gc.path_divergences(process, 20_000, 800, 3)
    for kept, value in (("learned", found.learned_energy), ("ideal", found.ideal_energy)):
        assert abs(z(value, gc.discrete_law(process, 800, law=kept).energy)) < 5.5
    statistics = process.statistics
    assert abs(z(found.path_chi2, process.path_chi2())) < 5.5
    assert abs(z(found.martingale_remainder, statistics.martingale_remainder[0])) < 5.5
    assert abs(z(found.variation_square, statistics.variation_square[0])) < 5.5
    assert abs(z(found.taylor_square, statistics.taylor_square[0])) < 5.5


def test_degenerate_weights_are_told():
    process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), gc.OrnsteinUhlenbeck(2.0, 0.1), gc.AffineError(0.0, 2.0))
    with pytest.warns(DegenerateWeightsWarning, match="are worth"):
        gc.path_divergences(process, 2000, 40, 1)


def test_another_start_is_refused():
    process = gc.ReverseProcess(
        gc.Gaussian(0.0, 1.0), gc.OrnsteinUhlenbeck(), gc.AffineError(0.0, 0.1), start="standard-normal"
    )
    with pytest.raises(NotSupportedError, match="accepted: marginal"):
        gc.path_divergences(process, 10, 500, 1)
