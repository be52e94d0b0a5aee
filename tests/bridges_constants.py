"""Bridges of the proofs about constants: their results against the sides of statements, processes and quadrature."""

from math import exp, expm1, sqrt

import numpy as np
from scipy.integrate import quad

import gausscollapse as gc
from tests.bridges import Bridge, Key, Pairs, Value, register
from tests.bridges_process import CLOSED, MASSES, NODES, data_on_line, offset_only, process_of, window

BRIDGES: dict[Key, Bridge] = {}
bridge = register(BRIDGES)


def sides(name: str, process: gc.ReverseProcess) -> dict[str, tuple[float, float]]:
    """Return both sides of every comparison of a theorem on one process."""
    found = gc.theorems.registry[name].comparisons(process.statistics)
    return {item.name: (float(item.lhs[0]), float(item.rhs[0])) for item in found}


def remainder_of_offset(energy: float) -> float:
    """Return ``C eps*^4`` of a constant offset, whose [M] is its energy."""
    return expm1(energy) - energy + 0.375 * energy**2


@bridge("half", "lower", tolerance=CLOSED)
def lower(rng: np.random.Generator, of: Value) -> Pairs:
    """The side of the statement, from its closed form of an offset and from the constants of an affine error."""
    process = offset_only(rng)
    energy, eta = float(process.ideal_energy()), float(process.observability())
    stated = sides("half", process)["chi2 >= eta eps*^2/2 - C eps*^4"][1]
    yield of(n=sqrt(eta * energy), R=remainder_of_offset(energy)), stated
    error = gc.AffineError(rng.uniform(-0.1, 0.1), rng.uniform(0.1, 0.4))
    process = process_of(data_on_line(rng), window(rng), error)
    constants, energy = process.remainder_constants(), float(process.ideal_energy())
    whole = (float(constants.quadratic_variation) / 8 + float(constants.taylor)) * energy**2
    seen = float(process.observability()) * energy
    yield of(n=sqrt(seen), R=whole), sides("half", process)["chi2 >= eta eps*^2/2 - C eps*^4"][1]


@bridge("half", "upper", tolerance=CLOSED)
def upper(rng: np.random.Generator, of: Value) -> Pairs:
    process = offset_only(rng)
    energy, eta = float(process.ideal_energy()), float(process.observability())
    stated = sides("half", process)["chi2 <= 2 eta eps*^2 + 2 C eps*^4"][1]
    yield of(n=sqrt(eta * energy), R=remainder_of_offset(energy)), stated


@bridge("remainder", "constant_error_spare", tolerance=1e-7)
def spare(rng: np.random.Generator, of: Value) -> Pairs:
    """The difference of the paper's remainder and rho, which loses digits, and the integral of the statement."""
    process = offset_only(rng)
    constants, energy = process.remainder_constants(), float(process.ideal_energy())
    whole = (float(constants.quadratic_variation) / 8 + float(constants.taylor)) * energy**2
    yield of(s=energy), whole - float(process.martingale_remainder())
    yield of(s=energy), float(process.statistics.taylor_energy[0]) + energy**2 / 8


@bridge("three-halves", "upper", tolerance=CLOSED)
def three_halves(rng: np.random.Generator, of: Value) -> Pairs:
    """Path chi-squared of an offset and the mean of the pointwise inequality's gap, by quadrature over M."""
    process = offset_only(rng)
    a = float(process.ideal_energy())
    x = sqrt(a) * NODES
    z, y = x - a / 2, x - a
    ratio = np.exp(z)
    gap = 1.5 * a + a**2 + 2 * (ratio - 1 - z) ** 2 - (ratio - 1) ** 2
    gap += 0.9 * (x**2 - a) + 0.45 * ratio * (y**2 - a)
    taylor = exp(a) - 1 - a + a**2 / 4
    yield of(E=a, V=a**2, T=taylor), float(process.path_chi2()) + float(MASSES @ gap)
    yield of(E=a, V=a**2, T=taylor), next(iter(sides("three-halves", process).values()))[1]


@bridge("w2-energy", "constant", tolerance=CLOSED)
def transport(rng: np.random.Generator, of: Value) -> Pairs:
    """The package's constant in the plane, and the integral of the squared propagator by quadrature."""
    root = 0.4 * rng.normal(size=(2, 2)) + np.eye(2)
    data, diffusion = gc.Gaussian(rng.normal(size=2), root @ root.T + 0.2 * np.eye(2)), window(rng)
    process = process_of(data, diffusion, gc.AffineError(np.zeros((2, 2)), [0.1, 0.2]))
    stop, span = diffusion.stop, diffusion.horizon - diffusion.stop
    top = float(np.linalg.eigvalsh(exp(-stop) * data.cov + (1 - exp(-stop)) * np.eye(2))[-1])
    yield of(l=top, t=span), float(process.statistics.transport_constant[0])
    later = lambda t: exp(-t) * top + 1 - exp(-t)  # noqa: E731
    squared = quad(lambda t: exp(-t) * (top / later(t)) ** 2, 0.0, span, epsabs=0.0, epsrel=1e-12)[0]
    yield of(l=top, t=span), squared
