"""Bridges of the lemmas: closed forms of Gaussians, the forward process and affine errors against the package.

Both sides are closed forms or differential equations solved to 1e-12.
"""

from math import exp, log1p, sqrt

import numpy as np
from scipy.integrate import solve_ivp

import gausscollapse as gc
from tests.bridges import Bridge, Key, Pairs, Value, register

BRIDGES: dict[Key, Bridge] = {}
bridge = register(BRIDGES)

AGREEMENT = 1e-10


def pair(rng: np.random.Generator) -> tuple[dict[str, float], gc.Gaussian, gc.Gaussian]:
    """Return two Gaussians on the line and their symbols; the first variance is below twice the second."""
    m1, m2 = rng.normal(size=2)
    v2 = rng.uniform(0.4, 2.0)
    v1 = v2 * rng.uniform(0.3, 1.8)
    return {"m1": m1, "m2": m2, "v1": v1, "v2": v2}, gc.Gaussian(m1, v1), gc.Gaussian(m2, v2)


@bridge("gaussian-integral", "gaussian_integral", tolerance=AGREEMENT)
def gaussian_integral(rng: np.random.Generator, of: Value) -> Pairs:
    """The integral is one over the density at 0 of the Gaussian that the integrand is a multiple of."""
    a, b = rng.uniform(0.2, 3), rng.normal()
    yield of(a=a, b=b), 1 / float(gc.Gaussian(b / a, 1 / a).pdf(np.zeros((1, 1)))[0])


@bridge("gaussian-integral", "fourth_moment", tolerance=AGREEMENT)
def fourth_moment(rng: np.random.Generator, of: Value) -> Pairs:
    """``x^4 = He_4 + 6 He_2 + 3``, by the package's Hermite coefficients."""
    m, v = rng.normal(), rng.uniform(0.2, 2)
    law = gc.Gaussian(m, v)
    fourth, second = (gc.retraining.hermite_coefficient(law, degree) for degree in (4, 2))
    yield of(m=m, v=v), sqrt(24) * fourth + 6 * sqrt(2) * second + 3


@bridge("gaussian-kl", "kl", tolerance=AGREEMENT)
def kl(rng: np.random.Generator, of: Value) -> Pairs:
    values, p, q = pair(rng)
    yield of(**values), gc.kl(p, q)


@bridge("gaussian-chi2", "chi2", tolerance=AGREEMENT)
def chi2(rng: np.random.Generator, of: Value) -> Pairs:
    values, p, q = pair(rng)
    yield of(**values), gc.chi2(p, q)


@bridge("gaussian-renyi", "renyi", tolerance=AGREEMENT)
def renyi(rng: np.random.Generator, of: Value) -> Pairs:
    values, p, q = pair(rng)
    for order in (rng.uniform(0.2, 0.9), rng.uniform(1.1, 2.0)):
        yield of(**{"lambda": order}, **values), gc.renyi(p, q, order=order)


@bridge("gaussian-renyi", "bhattacharyya", tolerance=AGREEMENT)
def bhattacharyya(rng: np.random.Generator, of: Value) -> Pairs:
    values, p, q = pair(rng)
    yield of(**values), gc.bhattacharyya(p, q)


@bridge("gaussian-renyi", "hellinger2", tolerance=AGREEMENT)
def hellinger2(rng: np.random.Generator, of: Value) -> Pairs:
    values, p, q = pair(rng)
    yield of(**values), gc.hellinger2(p, q)


@bridge("gaussian-wasserstein", "wasserstein2", tolerance=AGREEMENT)
def wasserstein2(rng: np.random.Generator, of: Value) -> Pairs:
    """The closed form is the square of the package's distance."""
    values, p, q = pair(rng)
    yield of(**values), float(gc.wasserstein2(p, q)) ** 2


def factors(rng: np.random.Generator) -> list[np.ndarray]:
    return [np.diag(rng.uniform(0.5, 1.5, 2)) + np.array([[0.0, 0.0], [rng.normal(), 0.0]]) for _ in range(2)]


@bridge("gaussian-kl", "kl_two_dimensions", tolerance=AGREEMENT)
def kl_plane(rng: np.random.Generator, of: Value) -> Pairs:
    means, roots = rng.normal(size=(2, 2)), factors(rng)
    named = {f"{letter}_{i + 1}": means[row, i] for row, letter in enumerate("ab") for i in (0, 1)}
    for letter, root in zip("st", roots, strict=True):
        named |= {f"{letter}_1": root[0, 0], f"{letter}_2": root[1, 1], f"{letter}_3": root[1, 0]}
    p, q = (gc.Gaussian(mean, root @ root.T) for mean, root in zip(means, roots, strict=True))
    yield of(**named), gc.kl(p, q)


@bridge("gaussian-wasserstein", "bures_two_dimensions", tolerance=AGREEMENT)
def bures(rng: np.random.Generator, of: Value) -> Pairs:
    covs = [root @ root.T for root in factors(rng)]
    places = ((0, 0), (0, 1), (1, 1))
    named = {f"{x}{i + 1}{j + 1}": cov[i, j] for x, cov in zip("ab", covs, strict=True) for i, j in places}
    yield of(**named), float(gc.wasserstein2(*(gc.Gaussian(np.zeros(2), cov) for cov in covs))) ** 2


@bridge("ornstein-uhlenbeck", "mean", tolerance=AGREEMENT)
def forward_mean(rng: np.random.Generator, of: Value) -> Pairs:
    mean, t = rng.normal(), rng.uniform(0.05, 3)
    yield of(m1=mean, t=t), gc.OrnsteinUhlenbeck(4.0, 0.02).marginal(gc.Gaussian(mean, 1.3), t).mean[0]


@bridge("ornstein-uhlenbeck", "variance", tolerance=AGREEMENT)
def forward_variance(rng: np.random.Generator, of: Value) -> Pairs:
    variance, t = rng.uniform(0.2, 3), rng.uniform(0.05, 3)
    yield of(v1=variance, t=t), gc.OrnsteinUhlenbeck(4.0, 0.02).marginal(gc.Gaussian(0.4, variance), t).cov[0, 0]


def on_line(rng: np.random.Generator, spread: float, slope: float, offset: float) -> gc.ReverseProcess:
    return gc.ReverseProcess(
        gc.Gaussian(rng.normal(), spread),
        gc.OrnsteinUhlenbeck(horizon=rng.uniform(1, 4), stop=rng.uniform(0.01, 0.3)),
        gc.AffineError([[slope]], [offset]),
        tolerance=1e-12,
    )


def shifted(rng: np.random.Generator, of: Value, sign: int) -> Pairs:
    """The moved mean of a constant offset, and KL and chi-squared of the move."""
    u, offset = rng.uniform(0.2, 2) if sign > 0 else rng.uniform(0.1, 0.8), rng.uniform(0.1, 0.6)
    process = on_line(rng, 1 + sign * u, 0.0, offset)
    learned, ideal, window = process.endpoint(), process.ideal_endpoint(), process.diffusion
    shift = of(b=offset, u=u, t_0=window.stop, T=window.horizon)
    seen = shift**2 / ideal.cov[0, 0]
    yield shift, learned.mean[0] - ideal.mean[0]
    yield seen, process.observed_energy()
    yield seen / 2, gc.kl(learned, ideal)
    yield seen, log1p(float(gc.chi2(learned, ideal)))


@bridge("propagator", "mean_shift_wide", tolerance=AGREEMENT)
def wide(rng: np.random.Generator, of: Value) -> Pairs:
    yield from shifted(rng, of, 1)


@bridge("propagator", "mean_shift_narrow", tolerance=AGREEMENT)
def narrow(rng: np.random.Generator, of: Value) -> Pairs:
    yield from shifted(rng, of, -1)


@bridge("observability", "visible_energy", tolerance=AGREEMENT)
def visible_energy(rng: np.random.Generator, of: Value) -> Pairs:
    """The tangents of mean and variance are integrated here."""
    slope, offset = rng.normal(size=2)
    process = on_line(rng, rng.uniform(0.3, 2), slope, offset)
    window, mean, spread = process.diffusion, process.data.mean[0], process.data.cov[0, 0]

    def rate(s, state):
        t = window.horizon - s
        m, v = mean * exp(-t / 2), 1 + (spread - 1) * exp(-t)
        drift = 0.5 - 1 / v
        return [drift * state[0] + slope * m + offset, 2 * drift * state[1] + 2 * slope * v]

    span = (0, window.horizon - window.stop)
    tangent = solve_ivp(rate, span, [0.0, 0.0], rtol=1e-12, atol=1e-14, method="DOP853").y[:, -1]
    seen = of(dm=tangent[0], dS=tangent[1], S=1 + (spread - 1) * exp(-window.stop))
    yield seen, process.observed_energy()
    yield seen, float(process.observability()) * float(process.ideal_energy())


@bridge("hodge", "antisymmetric_entry", tolerance=AGREEMENT)
def twist(rng: np.random.Generator, of: Value) -> Pairs:
    matrix, root = rng.normal(size=(2, 2)), rng.normal(size=(2, 2))
    cov = root @ root.T + 0.3 * np.eye(2)
    named = {f"A{i + 1}{j + 1}": matrix[i, j] for i in (0, 1) for j in (0, 1)}
    yield of(V11=cov[0, 0], V12=cov[0, 1], V22=cov[1, 1], **named), gc.hodge(matrix, cov)[1][0, 1]
