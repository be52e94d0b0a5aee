"""Bridges of the proofs on one generation: their results against processes, samplers and divergences.

The package's differential equations are solved to 1e-12, most other numbers here are closed forms: 1e-9 covers both.
"""

from math import exp, expm1, log, sqrt

import numpy as np
from scipy.integrate import solve_ivp

import gausscollapse as gc
from tests.bridges import Bridge, Key, Pairs, Value, register

BRIDGES: dict[Key, Bridge] = {}
bridge = register(BRIDGES)

CLOSED = 1e-9
# Of numbers that are derivatives: central differences of fourth order with step 1e-2 or 1e-3.
DIFFERENCE = 1e-6
TURN = np.array([[0.0, 1.0], [-1.0, 0.0]])
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(24)
MASSES = WEIGHTS / WEIGHTS.sum()


def data_on_line(rng: np.random.Generator) -> gc.Gaussian:
    return gc.Gaussian(rng.normal(), rng.uniform(0.4, 2))


def window(rng: np.random.Generator) -> gc.OrnsteinUhlenbeck:
    return gc.OrnsteinUhlenbeck(horizon=rng.uniform(1, 3), stop=rng.uniform(0.05, 0.3))


def process_of(data, diffusion, error, **options) -> gc.ReverseProcess:
    return gc.ReverseProcess(data, diffusion, error, tolerance=1e-12, **options)


def affine(rng: np.random.Generator) -> tuple[gc.ReverseProcess, float, float]:
    """Return a process on the line with a random affine error, and the error's slope and offset."""
    slope, offset = 0.2 * rng.normal(), 0.3 * rng.normal()
    return process_of(data_on_line(rng), window(rng), gc.AffineError([[slope]], [offset])), slope, offset


def offset_only(rng: np.random.Generator) -> gc.ReverseProcess:
    return process_of(data_on_line(rng), window(rng), gc.AffineError([[0.0]], [rng.uniform(0.1, 0.5)]))


def realizable(rng: np.random.Generator) -> gc.ReverseProcess:
    """Return the process that stays N(0, I): its error is the gradient of the log ratio, so nothing is slack."""
    return process_of(data_on_line(rng), window(rng), gc.RealizableError(gc.Gaussian(0, 1)), start="standard-normal")


def slope_at(function, point: float, step: float = 1e-2) -> float:
    def central(h: float) -> float:
        return (function(point + h) - function(point - h)) / (2 * h)

    return (4 * central(step) - central(2 * step)) / 3


def mean_log_ratio(process: gc.ReverseProcess, weight: float) -> float:
    """Return the mean of Z under P* (weight 0) or P^ (weight 1): the slope of ``log E_* exp(theta Z)``."""
    return slope_at(lambda theta: float(process.log_exponential_moment(theta1=theta, theta2=-theta / 2)), weight)


@bridge("prop-3.1", "upper_bound", tolerance=DIFFERENCE)
def learned_half(rng: np.random.Generator, of: Value) -> Pairs:
    """The paths' divergence from exponential moments; the KL and the slack; the KL where nothing is slack."""
    process, _, _ = affine(rng)
    bound = of(learned_energy=float(process.learned_energy()))
    yield bound, mean_log_ratio(process, 1.0)
    yield bound, float(process.kl()) + float(process.slack())
    process = realizable(rng)
    start = float(gc.kl(gc.Gaussian(0, 1), process.diffusion.marginal(process.data, process.diffusion.horizon)))
    yield of(learned_energy=float(process.learned_energy())), float(process.kl()) - start


@bridge("girsanov-forward", "upper_bound", tolerance=DIFFERENCE)
def ideal_half(rng: np.random.Generator, of: Value) -> Pairs:
    process, _, _ = affine(rng)
    yield of(ideal_energy=float(process.ideal_energy())), -mean_log_ratio(process, 0.0)
    process = realizable(rng)
    start = float(gc.kl(process.diffusion.marginal(process.data, process.diffusion.horizon), gc.Gaussian(0, 1)))
    yield of(ideal_energy=float(process.ideal_energy())), float(process.reverse_kl()) - start


@bridge("gradient-kl", "bound", tolerance=CLOSED)
def gradient_half(rng: np.random.Generator, of: Value) -> Pairs:
    """The KL of the process that stays N(0, I) under any turn that is added: only the gradient part counts."""
    root = 0.4 * rng.normal(size=(2, 2)) + np.eye(2)
    data, diffusion = gc.Gaussian(rng.normal(size=2), root @ root.T + 0.2 * np.eye(2)), window(rng)
    standard = gc.Gaussian(np.zeros(2), np.eye(2))
    error = gc.RealizableError(standard) + gc.AffineError(rng.uniform(0.5, 2) * TURN, [0.0, 0.0])
    process = process_of(data, diffusion, error, start="standard-normal")
    start = float(gc.kl(standard, diffusion.marginal(data, diffusion.horizon)))
    yield of(projected_energy=float(process.gradient_energy("learned"))), float(process.kl()) - start


def gaussian_parts(process: gc.ReverseProcess) -> dict[str, np.ndarray | float]:
    """Return u, w, r and L of ``prop-3.3`` at nodes of the endpoint, of a constant offset: [M] is its energy."""
    energy = float(process.ideal_energy())
    seen = float(process.observability()) * energy
    u = sqrt(seen) * NODES
    ratio = np.exp(u - seen / 2)
    return {"u": u, "w": energy / 2, "r": ratio - 1 - u + energy / 2}


def given(process: gc.ReverseProcess) -> dict[str, float]:
    constants = process.remainder_constants()
    named = {"E": float(process.ideal_energy()), "K": float(constants.quadratic_variation)}
    return named | {"C": float(constants.taylor)}


@bridge("prop-3.3", "lower", tolerance=CLOSED)
def lower(rng: np.random.Generator, of: Value) -> Pairs:
    """The chi-squared less the mean squares of the Young steps and what Jensen takes off ``E R^2``."""
    process = offset_only(rng)
    parts, named = gaussian_parts(process), given(process)
    u, w, r = parts["u"], parts["w"], parts["r"]
    squares = MASSES @ ((u - w + 2 * r) ** 2 / 2 + (u - 2 * w) ** 2 / 4)
    rest = named["C"] * named["E"] ** 2 - MASSES @ r**2
    yield of(eta=float(process.observability()), **named), float(process.chi2()) - squares - rest


@bridge("thm-3.4", "upper", tolerance=CLOSED)
def upper(rng: np.random.Generator, of: Value) -> Pairs:
    process = offset_only(rng)
    parts, named = gaussian_parts(process), given(process)
    u, w, r = parts["u"], parts["w"], parts["r"]
    squares = MASSES @ ((u - w - r) ** 2 + 2 * (u + w) ** 2)
    rest = named["C"] * named["E"] ** 2 - MASSES @ r**2
    hidden = 4 * named["E"] * (1 - float(process.observability()))
    yield of(**named), float(process.chi2()) + squares + 2 * rest + hidden


@bridge("sharp", "rho", tolerance=CLOSED)
def rho(rng: np.random.Generator, of: Value) -> Pairs:
    """The package's remainder for an affine error, and ``exp(E) - 1 - E`` for an offset."""
    process, _, _ = affine(rng)
    offset = offset_only(rng)
    energy = float(offset.ideal_energy())
    for one, number in ((process, float(process.martingale_remainder())), (offset, expm1(energy) - energy)):
        energies = {"E_ideal": float(one.ideal_energy()), "E_learned": float(one.learned_energy())}
        yield of(X=float(one.path_chi2()), **energies), number


@bridge("path-chi2", "constant_error_log_path_chi2", tolerance=CLOSED)
def path_exponent(rng: np.random.Generator, of: Value) -> Pairs:
    process = offset_only(rng)
    energy = float(process.ideal_energy())
    yield of(s=energy), float(process.log_exponential_moment(theta1=2.0, theta2=-1.0))
    yield expm1(of(s=energy)), float(process.path_chi2())


@bridge("slack", "slack_density", tolerance=CLOSED)
def slack(rng: np.random.Generator, of: Value) -> Pairs:
    """The density's mean over time and endpoint, the moments integrated here, for affine and constant errors."""
    for process, slope, offset in (affine(rng), (constant := offset_only(rng), 0.0, float(constant.error.offset[0]))):
        stop, horizon = process.diffusion.stop, process.diffusion.horizon
        mean, spread = process.data.mean[0], process.data.cov[0, 0]

        def ideal(t, mean=mean, spread=spread):
            return mean * exp(-t / 2), 1 + (spread - 1) * exp(-t)

        def rate(s, state, ideal=ideal, slope=slope, offset=offset, horizon=horizon):
            m, v = ideal(horizon - s)
            drift = 0.5 - 1 / v + slope
            return [drift * state[0] + m / v + offset, 2 * drift * state[1] + 1]

        places, weights = np.polynomial.legendre.leggauss(20)
        half = (horizon - stop) / 2
        times = half * (1 + places)
        solved = solve_ivp(rate, (0, 2 * half), ideal(horizon), t_eval=times, rtol=1e-12, atol=1e-14, method="DOP853")
        total = 0.0
        for s, weight, learned, variance in zip(times, half * weights, *solved.y, strict=True):
            m, v = ideal(horizon - s)
            for sign in (-1, 1):  # two nodes integrate squares exactly
                x = learned + sign * sqrt(variance)
                gradient = -(x - learned) / variance + (x - m) / v
                total += weight / 2 * of(e=slope * x + offset, g=gradient)
        yield total, float(process.slack())


@bridge("limit", "kl_leading_coefficient", tolerance=1e-5)
def leading(rng: np.random.Generator, of: Value) -> Pairs:
    """The mean over the ideal endpoint against KL of small errors of either sign."""
    process, slope, offset = affine(rng)
    ideal = process.ideal_endpoint()
    score = gc.observable_score(process, (ideal.mean + sqrt(ideal.cov[0, 0]) * NODES[:, None]))
    mean = sum(mass * of(u=float(u)) for mass, u in zip(MASSES, np.ravel(score), strict=True))
    delta, small = 1e-3, 0.0
    for sign in (-1, 1):
        error = gc.AffineError([[sign * delta * slope]], [sign * delta * offset])
        small += float(process_of(process.data, process.diffusion, error).kl()) / (2 * delta**2)
    yield mean, small


def pair(rng: np.random.Generator) -> tuple[gc.Gaussian, gc.Gaussian]:
    second = data_on_line(rng)
    return gc.Gaussian(second.mean + rng.uniform(0.2, 1), second.cov * rng.uniform(0.3, 1.4)), second


def mean_under(law: gc.Gaussian, function) -> float:
    x = law.mean[0] + sqrt(law.cov[0, 0]) * np.linspace(-16, 16, 4001)
    return float(np.sum(law.pdf(x) * function(x)) * (x[1] - x[0]))


@bridge("hcr", "lower", tolerance=CLOSED)
def statistic_squared(rng: np.random.Generator, of: Value) -> Pairs:
    """The best statistic, a multiple of the density ratio: the bound is the chi-squared divergence."""
    first, second = pair(rng)
    size = rng.uniform(0.5, 3)

    def ratio(x):
        return size * np.exp(first.logpdf(x) - second.logpdf(x))

    means = {"mean_learned": mean_under(first, ratio), "mean_ideal": mean_under(second, ratio)}
    variance = mean_under(second, lambda x: (ratio(x) - means["mean_ideal"]) ** 2)
    yield of(variance=variance, **means), float(gc.chi2(first, second))


@bridge("dv", "lower", tolerance=CLOSED)
def variational(rng: np.random.Generator, of: Value) -> Pairs:
    """The best statistic, a multiple of the log ratio plus a constant: the bound is KL."""
    first, second = pair(rng)
    tilt, shift = rng.uniform(0.5, 3), rng.normal()

    def statistic(x):
        return (first.logpdf(x) - second.logpdf(x) + shift) / tilt

    moment = mean_under(second, lambda x: np.exp(tilt * statistic(x)))
    yield (
        of(**{"lambda": tilt}, mean=mean_under(first, statistic), log_moment=log(moment)),
        float(gc.kl(first, second)),
    )


@bridge("realizable", "dissipation", tolerance=CLOSED)
def dissipation(rng: np.random.Generator, of: Value) -> Pairs:
    """Its integral over time: the fall of KL, and half of the package's energy."""
    first, second = pair(rng)
    diffusion = window(rng)
    places, weights = np.polynomial.legendre.leggauss(30)
    half = (diffusion.horizon - diffusion.stop) / 2
    total = 0.0
    for t, weight in zip(diffusion.stop + half * (1 + places), half * weights, strict=True):
        a, b = diffusion.marginal(first, t), diffusion.marginal(second, t)
        total += weight * of(s1=a.cov[0, 0], s2=b.cov[0, 0], d=a.mean[0] - b.mean[0])
    ends = [
        float(gc.kl(diffusion.marginal(first, t), diffusion.marginal(second, t)))
        for t in (diffusion.stop, diffusion.horizon)
    ]
    yield total, ends[0] - ends[1]
    yield total, float(gc.process.realizable_energy(first, second, diffusion)) / 2


@bridge("reverse-time", "reverse_drift", tolerance=CLOSED)
def reverse_drift(rng: np.random.Generator, of: Value) -> Pairs:
    """Half the state and the marginal's score; the drift's slope in one step of the sampler's exact law."""
    data, diffusion = data_on_line(rng), window(rng)
    t, x = rng.uniform(diffusion.stop, diffusion.horizon), rng.normal()
    law = diffusion.marginal(data, t)
    named = {"m": law.mean[0], "v": law.cov[0, 0]}
    yield of(x=x, **named), x / 2 + float(law.score(np.array([[x]]))[0, 0])
    chain = gc.discrete_law(process_of(data, diffusion, gc.AffineError([[0.0]], [0.0])), 5)
    step = chain.times[0] - chain.times[1]
    named = {"m": chain.means[0, 0], "v": chain.covs[0, 0, 0]}
    slope = of(x=1.0, **named) - of(x=0.0, **named)
    after = (sqrt((chain.covs[1, 0, 0] - step) / named["v"]) - 1) / step
    yield slope, after


@bridge("riccati", "log_average", tolerance=CLOSED)
def log_average(rng: np.random.Generator, of: Value) -> Pairs:
    """With the Riccati equations integrated here, the logarithm of any exponential moment."""
    process, slope, offset = affine(rng)
    stop, horizon = process.diffusion.stop, process.diffusion.horizon
    first, second = rng.uniform(-1, 1), rng.uniform(-1, 0.2)
    rate_of_energy = second + first**2 / 2

    def rate(t, state):
        law = process.diffusion.marginal(process.data, t)
        m, v = law.mean[0], law.cov[0, 0]
        drift, push, (P, p, _) = 0.5 - 1 / v + first * slope, m / v + first * offset, state
        return [
            2 * drift * P + P**2 + 2 * rate_of_energy * slope**2,
            drift * p + push * P + P * p + 2 * rate_of_energy * slope * offset,
            push * p + p**2 / 2 + P / 2 + rate_of_energy * offset**2,
        ]

    solved = solve_ivp(rate, (stop, horizon), [0.0, 0.0, 0.0], rtol=1e-12, atol=1e-14, method="DOP853")
    P, p, constant = solved.y[:, -1]
    start = process.diffusion.marginal(process.data, horizon)
    average = of(m=start.mean[0], S=start.cov[0, 0], P0=P, p0=p)
    yield average, float(process.log_exponential_moment(theta1=first, theta2=second)) - constant


@bridge("euler-maruyama", "variance_after", tolerance=CLOSED)
def variance_after(rng: np.random.Generator, of: Value) -> Pairs:
    """Unit data and a linear error, where the drift is the same at all times."""
    slope, steps, diffusion = rng.uniform(-1, 0.3), int(rng.integers(5, 40)), window(rng)
    process = process_of(gc.Gaussian(rng.normal(), 1.0), diffusion, gc.AffineError([[slope]], [rng.normal()]))
    covs = gc.discrete_law(process, steps).covs[:, 0, 0]
    size = (diffusion.horizon - diffusion.stop) / steps
    for n in (1, steps // 2, steps):
        yield of(h=size, a=1 + size * (slope - 0.5), n=n, v_0=1.0), covs[n]


@bridge("girsanov", "step_kl", tolerance=CLOSED)
def step_kl(rng: np.random.Generator, of: Value) -> Pairs:
    """KL of two increments, and the paths' divergence of a chain of one step."""
    size, error = rng.uniform(0.05, 1), rng.normal(size=2)
    closed = of(h=size, e_1=error[0], e_2=error[1])
    noise = size * np.eye(2)
    yield closed, float(gc.kl(gc.Gaussian(size * error, noise), gc.Gaussian([0.0, 0.0], noise)))
    diffusion = gc.OrnsteinUhlenbeck(horizon=0.1 + size, stop=0.1)
    process = process_of(
        gc.Gaussian(rng.normal(size=2), np.eye(2)), diffusion, gc.AffineError(np.zeros((2, 2)), error)
    )
    yield closed, float(gc.discrete_law(process, 1).path_kl)


@bridge("girsanov", "path_kl", tolerance=CLOSED)
def path_kl(rng: np.random.Generator, of: Value) -> Pairs:
    """The chain's divergence, its energy by the moments of its states; coarse steps and fine ones."""
    for steps in (1, 7, 40):
        process, slope, offset = affine(rng)
        chain = gc.discrete_law(process, steps)
        sizes = chain.times[:-1] - chain.times[1:]
        means, variances = chain.means[:-1, 0], chain.covs[:-1, 0, 0]
        energy = np.sum(sizes * ((slope * means + offset) ** 2 + slope**2 * variances))
        yield of(E=energy), float(chain.path_kl)


@bridge("impossibility", "energy_density", tolerance=CLOSED)
def swirl_density(rng: np.random.Generator, of: Value) -> Pairs:
    """The energy over time of a turn, by Gauss-Legendre nodes, whose endpoint is the ideal one."""
    variances, scale = rng.uniform(0.4, 2, 2), rng.uniform(0.5, 8)
    process = process_of(
        gc.Gaussian(rng.normal(size=2), np.diag(variances)),
        gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.1),
        gc.SolenoidalError(scale * TURN),
    )
    nodes, weights = np.polynomial.legendre.leggauss(24)
    traces = [np.sum(1 / (1 + (variances - 1) * exp(-t))) for t in 1.05 + 0.95 * nodes]
    yield 0.95 * sum(w * of(c=scale, tr=tr) for w, tr in zip(weights, traces, strict=True)), process.ideal_energy()
