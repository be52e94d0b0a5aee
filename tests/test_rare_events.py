"""What few paths meet: intervals of energies that a rare event may carry have no upper end."""

import math
from fractions import Fraction

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.sampling.rare_events import told_by
from gausscollapse.sampling.sampled_statistics import SampledStatistics

PLANE = gc.Gaussian([0.0, 0.0], np.eye(2))
DIFFUSION = gc.OrnsteinUhlenbeck(2.0, 0.5)
PLACE, WIDTH = 4.0, 0.05


def bump(x, _):
    """An error of length exp(-|x - (4, 0)|^2/(2 width^2)) times 1000 along the first axis."""
    height = 1000.0 * np.exp(-((x[:, 0] - PLACE) ** 2 + x[:, 1] ** 2) / (2.0 * WIDTH**2))
    return np.stack([height, np.zeros_like(height)], axis=1)


# |e|^2 has the exponent -|x - m|^2/w^2: against N(0, I) a Gaussian integral with variance w^2/2.
ENERGY = 1.5 * 1e6 * (0.5 * WIDTH**2) / (0.5 * WIDTH**2 + 1.0) * math.exp(-0.5 * PLACE**2 / (0.5 * WIDTH**2 + 1.0))


def test_a_bump_that_no_path_met_is_not_excluded():
    process = gc.ReverseProcess(PLANE, DIFFUSION, gc.FunctionError(bump))
    found = gc.path_divergences(process, 2000, 40, 1)
    answers = [
        found.ideal_energy.enclosure,
        found.reverse_path_kl.enclosure * 2.0,
        SampledStatistics([process]).ideal_energy[0],
    ]
    assert pytest.approx(0.63, rel=0.01) == ENERGY
    for answer in answers:
        assert answer.lower <= ENERGY <= answer.upper == math.inf
    paired = gc.sampling.paired_energy(process, 500, 1).enclosure
    assert (paired.lower, paired.upper) == (0.0, math.inf)
    # The control: five standard errors exclude the truth.
    assert found.ideal_energy.value + 5.0 * found.ideal_energy.standard_error < 0.5 * ENERGY


def test_a_component_that_few_paths_meet_is_not_excluded():
    """The mean of |X_t|^2 is ``2 + w |m|^2 exp(-t)`` for a component of weight w about m: here 10 exp(-t)."""
    data = gc.GaussianMixture([1.0 - 1e-5, 1e-5], [[0.0, 0.0], [1000.0, 0.0]], np.eye(2))
    process = gc.ReverseProcess(data, DIFFUSION, gc.AffineError(0.05 * np.eye(2), [0.0, 0.0]))
    truth = 0.05**2 * (2.0 * 1.5 + 10.0 * (math.exp(-0.5) - math.exp(-2.0)))
    found = gc.path_divergences(process, 1000, 40, 1).ideal_energy
    assert found.enclosure.lower <= truth < found.enclosure.upper == math.inf
    # The control: five standard errors exclude the truth.
    assert found.value + 5.0 * found.standard_error < 0.5 * truth


@pytest.mark.parametrize(
    "size", [1e160, pytest.param(1e80, marks=pytest.mark.slow), pytest.param(1e300, marks=pytest.mark.slow)]
)
def test_beyond_floats_nothing_is_known_and_nothing_is_nan(size):
    """The energy of an offset is its square times the span 1.5: 1.5e160, and then no float."""
    pair = gc.GaussianMixture([0.5, 0.5], [[-1.0, 0.0], [1.0, 0.0]], np.eye(2))
    found = SampledStatistics([gc.ReverseProcess(pair, DIFFUSION, gc.AffineError(np.eye(2), [size, 0.0]))])
    names = ("ideal_energy", "variation_square", "observed_energy", "learned_energy", "taylor_square", "kl", "chi2")
    answers = {name: getattr(found, name)[0] for name in names}
    assert all(item.lower <= item.upper == math.inf for name, item in answers.items() if name != "ideal_energy")
    energy = answers["ideal_energy"]
    assert energy.lower <= Fraction(size) ** 2 * Fraction(3, 2)
    assert (energy.upper < math.inf) == (size < 1e100)
    assert ("beyond floats" in energy.method) == (size > 1e100)


def test_what_is_told():
    def told(data, error, paths):
        return told_by(gc.ReverseProcess(data, DIFFUSION, error), paths)

    class Mine(gc.AffineError):
        pass

    affine = gc.AffineError(0.1 * np.eye(2), [0.0, 0.0])
    assert told(PLANE, affine, 100)
    assert told(PLANE, affine + affine.scaled(2.0), 100)
    assert not told(PLANE, affine, 99)
    assert not told(PLANE, Mine(0.1 * np.eye(2), [0.0, 0.0]), 10_000)
    assert not told(PLANE, affine + gc.FunctionError(bump), 10_000)
    pair = gc.GaussianMixture([0.01, 0.99], [[0.0, 0.0], [1.0, 0.0]], np.eye(2))
    assert told(pair, affine, 10_000)
    assert not told(pair, affine, 9_999)
    assert not told(PLANE, affine + gc.RealizableError(pair), 9_999)
    assert told(PLANE, affine + gc.RealizableError(pair), 10_000)
