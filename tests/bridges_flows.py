"""Bridges of the proofs on samplers: their results against flows and processes of any stochasticity."""

from math import exp, expm1, sqrt

import numpy as np

import gausscollapse as gc
from tests.bridges import Bridge, Key, Pairs, Value, register
from tests.bridges_process import CLOSED, DIFFERENCE, data_on_line, mean_log_ratio, process_of, slope_at, window

BRIDGES: dict[Key, Bridge] = {}
bridge = register(BRIDGES)


@bridge("lambda-slack", "factor", tolerance=DIFFERENCE)
def path_factor(rng: np.random.Generator, of: Value) -> Pairs:
    """KL of the paths is the mean of the log ratio of their densities, and the KL of the endpoints and the slack."""
    lam = rng.uniform(0.3, 2.0)
    error = gc.AffineError([[0.2 * rng.normal()]], [0.3 * rng.normal()])
    process = process_of(data_on_line(rng), window(rng), error, stochasticity=lam)
    bound = of(**{"lambda": lam}) * float(process.learned_energy())
    yield bound, mean_log_ratio(process, 1.0)
    yield bound, float(process.kl()) + float(process.slack())


def offset_flow(offset: float, horizon: float, stochasticity: float = 0.0) -> gc.ReverseProcess:
    diffusion, error = gc.OrnsteinUhlenbeck(horizon=horizon, stop=0.0), gc.AffineError(0.0, offset)
    return process_of(gc.Gaussian(0, 1), diffusion, error, stochasticity=stochasticity)


@bridge("flow-kl", "rate", tolerance=DIFFERENCE)
def rate_of_flow(rng: np.random.Generator, of: Value) -> Pairs:
    """A constant error on N(0, 1) attains it: KL of flows of longer and longer times, and their integral."""
    offset, horizon = rng.uniform(0.1, 1.0), rng.uniform(0.5, 3.0)
    flow = offset_flow(offset, horizon)
    rate = of(E=offset**2, I=float(flow.endpoint().mean[0]) ** 2)
    yield rate, slope_at(lambda time: float(offset_flow(offset, time).kl()), horizon)
    # the integrand grows in proportion to the time
    yield 0.5 * rate * horizon, 0.5 * float(flow.statistics.flow_integral.value[0])


@bridge("flow-no-energy-bound", "flow", tolerance=CLOSED)
def drift_of_flow(rng: np.random.Generator, of: Value) -> Pairs:
    energy, horizon = rng.uniform(0.1, 4.0), rng.uniform(1.0, 300.0)
    yield of(E=energy, T=horizon), float(offset_flow(sqrt(energy / horizon), horizon).kl())


@bridge("flow-no-energy-bound", "noisy", tolerance=CLOSED)
def drift_with_noise(rng: np.random.Generator, of: Value) -> Pairs:
    energy, horizon = rng.uniform(0.1, 4.0), rng.uniform(1.0, 30.0)
    yield of(E=energy, T=horizon), float(offset_flow(sqrt(energy / horizon), horizon, 1.0).kl())


def from_standard(rng: np.random.Generator, stochasticity: float) -> tuple[gc.ReverseProcess, dict[str, float]]:
    """Return the exact score's process from N(0, 1), and the variance at the stop with exp(T - t0) - 1."""
    data, diffusion = data_on_line(rng), window(rng)
    nothing = gc.AffineError(0.0, 0.0)
    process = process_of(data, diffusion, nothing, start="standard-normal", stochasticity=stochasticity)
    end = exp(-diffusion.stop) * float(data.cov[0, 0]) - expm1(-diffusion.stop)
    return process, {"l": end, "w": expm1(diffusion.horizon - diffusion.stop)}


@bridge("start", "flow_variance", tolerance=CLOSED)
def variance_of_flow(rng: np.random.Generator, of: Value) -> Pairs:
    process, given = from_standard(rng, 0.0)
    yield of(**given), float(process.endpoint().cov[0, 0])


@bridge("start", "noisy_change", tolerance=1e-7)
def change_with_noise(rng: np.random.Generator, of: Value) -> Pairs:
    process, given = from_standard(rng, 1.0)
    yield of(**given), float(process.endpoint().cov[0, 0]) / given["l"] - 1
