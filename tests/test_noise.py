"""Noise schedules against quadrature, and the chains of practitioners against their own formulas."""

import numpy as np
import pytest
from scipy.integrate import quad

import gausscollapse as gc

SCHEDULES = (gc.LinearSchedule(), gc.CosineSchedule(), gc.ExplodingSchedule(), gc.ExplodingSchedule(0.01, 50.0, 1.0))


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_the_clock_is_the_integral_of_beta_and_has_an_inverse(schedule):
    first = float(schedule.clock(0.0))
    for u in (0.02, 0.3, 0.7, 0.95):
        area = quad(lambda x: float(schedule.beta(x)), 0.0, u, epsabs=0, epsrel=1e-11, limit=400)[0]
        assert float(schedule.clock(u)) == pytest.approx(first + area, rel=1e-9)
        assert float(schedule.parameter(schedule.clock(u))) == pytest.approx(u, rel=1e-9)
        assert abs(first + 1.001 * area - float(schedule.clock(u))) > 1e-9


def test_ddpm_has_its_betas_and_the_product_of_its_alphas():
    betas = np.linspace(1e-4, 0.02, 1000)
    times = gc.LinearSchedule().times(1000)
    np.testing.assert_allclose(np.exp(-times[:-1]), np.cumprod(1.0 - betas)[::-1], rtol=1e-12)


def test_the_cosine_chain_is_that_of_its_paper():
    steps = 50
    bar = np.cos((np.arange(steps + 1) / steps + 0.008) / 1.008 * np.pi / 2) ** 2
    betas = np.minimum(1 - bar[1:] / bar[:-1], 0.999)
    np.testing.assert_allclose(np.exp(-gc.CosineSchedule().times(steps)[:-1]), np.cumprod(1 - betas)[::-1], rtol=1e-9)


def test_edm_has_its_sigmas():
    i = np.arange(18)
    sigmas = (80 ** (1 / 7) + i / 17 * (0.002 ** (1 / 7) - 80 ** (1 / 7))) ** 7
    found = np.sqrt(np.expm1(gc.ExplodingSchedule().times(18)))
    np.testing.assert_allclose(found[:-1], sigmas, rtol=1e-9)
    assert found[-1] == 0.0


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_a_grid_of_the_schedule_goes_down_from_horizon_to_stop(schedule):
    diffusion = schedule.diffusion(0.1, 0.9)
    times = schedule.grid(diffusion, 20)
    assert (times[0], times[-1]) == (diffusion.horizon, diffusion.stop)
    np.testing.assert_allclose(np.diff(schedule.parameter(times)), -0.04, rtol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda: gc.LinearSchedule(lowest=-1.0), lambda: gc.LinearSchedule(1.0, 0.5), lambda: gc.CosineSchedule(0.0),
        lambda: gc.ExplodingSchedule(0.0), lambda: gc.ExplodingSchedule(1.0, 1.0),
        lambda: gc.ExplodingSchedule(rho=0.5),
        lambda: gc.LinearSchedule().clock(1.5), lambda: gc.LinearSchedule().times(20),
        lambda: gc.CosineSchedule().diffusion(0.0, 1.0), lambda: gc.ExplodingSchedule().parameter(1e-9),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_refused_in_one_line(make):
    with pytest.raises(gc.GaussCollapseError) as problem:
        make()
    assert "accepted" in str(problem.value)
    assert "\n" not in str(problem.value)
