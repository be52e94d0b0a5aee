"""Bridges of the proofs on samplers: their results against schedules and error budgets."""

from math import exp

import numpy as np
from scipy.integrate import quad

import gausscollapse as gc
from tests.bridges import Bridge, Key, Pairs, Value, register

BRIDGES: dict[Key, Bridge] = {}
bridge = register(BRIDGES)


def variance(start: float, t: float) -> float:
    return start * exp(-t) + 1 - exp(-t)


def information(start: float, low: float, high: float) -> float:
    return quad(lambda t: 1 / variance(start, t), low, high, epsrel=1e-12)[0]


def one_step(rng: np.random.Generator, offset: float = 0.0) -> tuple[gc.ReverseProcess, dict[str, float]]:
    """Return a process that is sampled in one step, and what a step of it is made of."""
    start, low, h = rng.uniform(0.2, 2), rng.uniform(0.05, 0.5), rng.uniform(0.2, 2)
    process = gc.ReverseProcess(
        gc.Gaussian(rng.normal(), start), gc.OrnsteinUhlenbeck(low + h, low), gc.AffineError(0.0, offset)
    )
    return process, {"h": h, "J": 1 / variance(start, low + h), "I": information(start, low, low + h)}


@bridge("schedule", "clock", tolerance=1e-12)
def linear_clock(rng: np.random.Generator, of: Value) -> Pairs:
    low, rise, u = rng.uniform(0.05, 1), rng.uniform(1, 30), rng.uniform(0.1, 1)
    schedule = gc.LinearSchedule(low, low + rise)
    yield of(u=u, b_0=low, b_1=rise), schedule.clock(u)
    assert abs(schedule.parameter(of(u=u, b_0=low, b_1=rise) * 0.9) - u) < 0.2


@bridge("discretisation", "frozen_score", tolerance=1e-9)
def frozen_score(rng: np.random.Generator, of: Value) -> Pairs:
    process, parts = one_step(rng)
    yield of(**parts), gc.error_budget(process, 1, scheme="exponential").discretisation


@bridge("budget", "martingale", tolerance=1e-9)
def martingale_step(rng: np.random.Generator, of: Value) -> Pairs:
    offset = rng.uniform(0.2, 1)
    process, parts = one_step(rng, offset)
    yield of(**parts, E=offset**2), gc.error_budget(process, 1, scheme="martingale").total


@bridge("leading", "gain", tolerance=2e-4)
def euler_gain(rng: np.random.Generator, of: Value) -> Pairs:
    """n times the difference of two schemes, extrapolated once."""
    start, low, span = rng.uniform(0.3, 0.8), rng.uniform(0.1, 0.5), rng.uniform(0.5, 1.5)
    process = gc.ReverseProcess(
        gc.Gaussian(0, start), gc.OrnsteinUhlenbeck(low + span, low), gc.AffineError(0.0, 0.0)
    )

    def gain(n: int) -> float:
        frozen, euler = (
            float(gc.error_budget(process, n, scheme=scheme).discretisation)
            for scheme in ("exponential", "euler-maruyama")
        )
        return n * (frozen - euler)

    yield of(T=span, I=information(start, low, low + span)), 2 * gain(800) - gain(400)
