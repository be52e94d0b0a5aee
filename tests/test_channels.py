"""Channels, schedules and early stopping against Monte Carlo, quadrature and hand-made formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import eval_hermitenorm

import gausscollapse as gc
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError
from gausscollapse.laws.diffusion import marginal
from gausscollapse.retraining.channels import early_stopping, kernel_density, offset_channel, perfect
from gausscollapse.retraining.limit_law import early_stopping_limit, hermite_coefficient, hermite_multiplier
from gausscollapse.retraining.running import retrain
from gausscollapse.retraining.schedules import (
    AlternatingOffset,
    ConstantSchedule,
    DriftingOffset,
    HarmonicSchedule,
    RandomOffset,
    RandomSchedule,
    SummableSchedule,
)

MIXTURE = gc.GaussianMixture([0.3, 0.7], [[0.0, 1.0], [2.0, -1.0]], [[[1.0, 0.2], [0.2, 0.5]], np.eye(2)])
CHANNEL = gc.AffineChannel([[0.9, 0.3], [-0.1, 0.8]], [0.5, -0.2], [[0.3, 0.1], [0.1, 0.2]])
Z_BUDGET = 4.9  # two-sided normal quantile of about 1e-6


def test_applied_law_matches_samples() -> None:
    rng = np.random.default_rng(7)
    x = MIXTURE.sample(200_000, rng)
    noise = rng.multivariate_normal(np.zeros(2), CHANNEL.noise, size=len(x))
    moved = x @ CHANNEL.matrix.T + CHANNEL.offset + noise
    law = CHANNEL.apply(MIXTURE)
    for f in (lambda v: v[:, 0], lambda v: v[:, 1], lambda v: v[:, 0] * v[:, 1], lambda v: np.cos(v[:, 0])):
        values, others = f(moved), f(law.sample(200_000, rng))
        error = math.sqrt((values.var() + others.var()) / 200_000)
        assert abs(values.mean() - others.mean()) < Z_BUDGET * error
    wrong = gc.AffineChannel(CHANNEL.matrix, CHANNEL.offset + 0.05, CHANNEL.noise).apply(MIXTURE)
    values, others = moved[:, 0], wrong.sample(200_000, rng)[:, 0]
    assert abs(values.mean() - others.mean()) > Z_BUDGET * math.sqrt((values.var() + others.var()) / 200_000)


def test_composition_is_one_channel_after_the_other() -> None:
    second = gc.AffineChannel([[0.5, 0.0], [0.2, 1.1]], [0.0, 1.0], np.zeros((2, 2)))
    once, twice = CHANNEL.then(second).apply(MIXTURE), second.apply(CHANNEL.apply(MIXTURE))
    np.testing.assert_allclose(once.means, twice.means, rtol=1e-14)
    np.testing.assert_allclose(once.covs, twice.covs, rtol=1e-14, atol=1e-15)


def test_named_channels() -> None:
    law = gc.Gaussian([1.0, -1.0], [[1.0, 0.3], [0.3, 2.0]])
    assert perfect(2).apply(law) == law
    np.testing.assert_allclose(kernel_density(0.6, 2).apply(law).cov, law.cov + 0.36 * np.eye(2), rtol=1e-15)
    np.testing.assert_allclose(offset_channel([1.0, 2.0]).apply(law).mean, [2.0, 1.0])
    stopped, forward = early_stopping(0.3, 2).apply(law), marginal(law, 0.3)
    np.testing.assert_allclose(stopped.mean, forward.mean, rtol=1e-15)
    np.testing.assert_allclose(stopped.cov, forward.cov, rtol=1e-15)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((np.eye(2), [0.0], np.zeros((2, 2))), "offset"),
        ((np.eye(2), [0.0, 0.0], np.zeros((3, 3))), "noise"),
        ((np.eye(2), [0.0, 0.0], -np.eye(2)), "noise"),
        (([[1.0, 2.0]], [0.0], 1.0), "matrix"),
        ((1.0, np.nan, 1.0), "offset"),
    ],
)
def test_bad_channels_are_named(arguments: tuple, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{name}"):
        gc.AffineChannel(*arguments)


def test_channel_refuses_other_dimensions_and_laws_without_density() -> None:
    with pytest.raises(DimensionMismatchError, match="dimension 2"):
        perfect(1).apply(MIXTURE)
    with pytest.raises(DimensionMismatchError, match="following"):
        perfect(1).then(perfect(2))
    with pytest.raises(InvalidArgumentError, match="no density"):
        gc.AffineChannel(0.0, 1.0, 0.0).apply(gc.Gaussian(0.0, 1.0))


def test_channels_compare_and_hash_by_value() -> None:
    assert early_stopping(0.1) == early_stopping(0.1)
    assert hash(early_stopping(0.1)) == hash(early_stopping(0.1))
    assert early_stopping(0.1) != early_stopping(0.2)
    assert "matrix=[[1.0]]" in repr(perfect())


def test_schedules() -> None:
    assert [ConstantSchedule(2.0)(i) for i in range(3)] == [2.0, 2.0, 2.0]
    assert [HarmonicSchedule(6.0)(i) for i in range(3)] == [6.0, 3.0, 2.0]
    # sum 1/i^2 = pi^2/6; the tail after n terms is below 1/n.
    assert math.fsum(SummableSchedule(1.0)(i) for i in range(10_000)) == pytest.approx(math.pi**2 / 6, abs=1e-4)
    draws = np.array([RandomSchedule(3.0, seed=5)(i) for i in range(4000)])
    assert abs(draws.mean() - 3.0) < Z_BUDGET * 3.0 / math.sqrt(draws.size)
    assert RandomSchedule(3.0, seed=5)(17) == draws[17]
    assert RandomSchedule(3.0, seed=6)(17) != draws[17]
    for bad in (
        lambda: ConstantSchedule(-1.0),
        lambda: SummableSchedule(1.0, power=1.0),
        lambda: HarmonicSchedule("x"),
    ):
        with pytest.raises(InvalidArgumentError):
            bad()


def test_offset_steps() -> None:
    drift = DriftingOffset([0.0, 2.0], HarmonicSchedule(1.0))
    np.testing.assert_allclose([drift(i).offset for i in range(2)], [[0.0, 2.0], [0.0, math.sqrt(2.0)]])
    turn = AlternatingOffset(0.5)
    assert [float(turn(i).offset[0]) for i in range(4)] == [0.5, -0.5, 0.5, -0.5]
    normals = np.array([RandomOffset([1.0, 2.0], ConstantSchedule(4.0), seed=3)(i).offset for i in range(4000)])
    assert np.all(np.abs(normals.mean(axis=0)) < Z_BUDGET * np.array([2.0, 4.0]) / math.sqrt(4000))
    assert np.all(np.abs(normals.var(axis=0) / [4.0, 16.0] - 1.0) < Z_BUDGET * math.sqrt(2.0 / 4000))
    with pytest.raises(InvalidArgumentError, match=r"energy\(0\)"):
        DriftingOffset(1.0, lambda i: -1.0)(0)


LIMITS = [(gc.Gaussian(1.5, 0.3), 0.4, 0.5), (gc.GaussianMixture([0.2, 0.8], [-1.0, 2.0], [0.1, 0.7]), 0.2, 0.05)]


@pytest.mark.parametrize(("data", "fresh", "time"), LIMITS)
def test_limit_is_a_fixed_point_and_retraining_reaches_it_geometrically(
    data: gc.Gaussian, fresh: float, time: float
) -> None:
    limit = early_stopping_limit(data, fresh=fresh, time=time)
    x = np.linspace(-6.0, 6.0, 4001)
    trained = fresh * data.pdf(x) + (1.0 - fresh) * limit.pdf(x)
    # OU_t0 of the training density by direct numerical convolution with the Gaussian kernel.
    spread = -math.expm1(-time)
    for y in (-0.7, 0.4, 1.3):
        kernel = np.exp(-((y - math.exp(-0.5 * time) * x) ** 2) / (2.0 * spread)) / math.sqrt(2.0 * math.pi * spread)
        assert np.trapezoid(kernel * trained, x) == pytest.approx(float(limit.pdf(y)), rel=1e-9)
    trajectory = retrain(data, fresh=fresh, step=early_stopping(time), generations=40)
    gaps = [np.trapezoid(np.abs(trajectory.models[n].pdf(x) - limit.pdf(x)), x) for n in (20, 40)]
    assert gaps[1] <= (1.0 - fresh) ** 20 * gaps[0] * (1.0 + 1e-6)


@pytest.mark.parametrize(("data", "fresh", "time"), LIMITS)
@pytest.mark.parametrize("degree", [1, 2, 5])
def test_hermite_multipliers(data: gc.Gaussian, fresh: float, time: float, degree: int) -> None:
    def by_quadrature(law: gc.Gaussian) -> float:
        x = np.linspace(-11.0, 11.0, 4001)  # the trapezoidal rule is spectrally accurate here
        return float(np.trapezoid(law.pdf(x) * eval_hermitenorm(degree, x), x))

    limit = early_stopping_limit(data, fresh=fresh, time=time)
    kept = by_quadrature(limit) / by_quadrature(data)
    assert kept == pytest.approx(hermite_multiplier(degree, fresh=fresh, time=time), rel=1e-7)
    assert kept != pytest.approx(hermite_multiplier(degree + 1, fresh=fresh, time=time), rel=1e-3)
    norm = math.sqrt(math.factorial(degree))
    assert hermite_coefficient(data, degree) == pytest.approx(by_quadrature(data) / norm, rel=1e-8)


def test_hermite_coefficients_in_the_plane() -> None:
    rng = np.random.default_rng(11)
    x = MIXTURE.sample(400_000, rng)
    for index in ((1, 1), (2, 1), (0, 3)):
        values = eval_hermitenorm(index[0], x[:, 0]) * eval_hermitenorm(index[1], x[:, 1])
        norm = math.sqrt(math.factorial(index[0]) * math.factorial(index[1]))
        exact = hermite_coefficient(MIXTURE, index) * norm
        assert abs(values.mean() - exact) < Z_BUDGET * values.std() / math.sqrt(len(x))
    with pytest.raises(DimensionMismatchError, match="2 degrees"):
        hermite_coefficient(MIXTURE, 2)


def test_limit_at_the_edges() -> None:
    data = gc.Gaussian([1.0, 0.0], np.eye(2))
    assert early_stopping_limit(data, fresh=0.0, time=0.1) == gc.Gaussian([0.0, 0.0], np.eye(2))
    assert early_stopping_limit(data, fresh=0.0, time=0.0) == data
    assert early_stopping_limit(data, fresh=1.0, time=0.2) == marginal(data, 0.2)
    assert hermite_multiplier(0, fresh=0.0, time=1.0) == 1.0
    assert hermite_multiplier(3, fresh=0.0, time=1.0) == 0.0
    with pytest.raises(InvalidArgumentError, match="ages"):
        early_stopping_limit(data, fresh=1e-6, time=0.1)
