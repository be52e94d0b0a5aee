"""Independent numbers for the closed forms of ``derivations``: quadrature, iteration, differential equations.

Each entry of `CASES` is (derivation, result, values of the symbols, independent value, relative tolerance).
"""

from collections.abc import Callable
from math import exp, inf, log, pi, sqrt

import mpmath
import numpy as np
from scipy.integrate import dblquad, quad, solve_ivp
from scipy.linalg import solve_continuous_lyapunov, sqrtm
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal, norm

Case = tuple[str, str, dict[str, float], Callable[[], float], float]


def line(function: Callable[[float], float]) -> float:
    """Integrate over the line."""
    return quad(function, -inf, inf, epsabs=1e-13, epsrel=1e-12, limit=400)[0]


def normal(x: float, mean: float, variance: float) -> float:
    return exp(-((x - mean) ** 2) / (2 * variance)) / sqrt(2 * pi * variance)


def log_normal(x: float, mean: float, variance: float) -> float:
    return -((x - mean) ** 2) / (2 * variance) - log(2 * pi * variance) / 2


M1, M2, V1, V2 = 0.3, -0.4, 0.8, 1.1
PAIR = {"m1": M1, "m2": M2, "v1": V1, "v2": V2}


def bhattacharyya_coefficient() -> float:
    return line(lambda x: exp((log_normal(x, M1, V1) + log_normal(x, M2, V2)) / 2))


def kl_pair() -> float:
    return line(lambda x: normal(x, M1, V1) * (log_normal(x, M1, V1) - log_normal(x, M2, V2)))


def power_integral(order: float) -> float:
    return line(lambda x: exp(order * log_normal(x, M1, V1) + (1 - order) * log_normal(x, M2, V2)))


A2, B2 = np.array([0.2, -0.5]), np.array([0.6, 0.1])
L1, L2 = np.array([[0.9, 0.0], [0.3, 0.7]]), np.array([[1.2, 0.0], [-0.2, 1.0]])


def kl_plane() -> float:
    nodes, weights = np.polynomial.hermite_e.hermegauss(4)
    grid = np.array([(x, y) for x in nodes for y in nodes]) @ L1.T + A2
    weight = np.outer(weights, weights).ravel() / (2 * pi)
    first, second = multivariate_normal(A2, L1 @ L1.T), multivariate_normal(B2, L2 @ L2.T)
    return float(weight @ (first.logpdf(grid) - second.logpdf(grid)))


EULER = {"h": 0.2, "drift": (-0.4, 0.1), "error": (0.5, -0.2), "start": (0.3, 0.7), "steps": 4}


def euler_energy() -> float:
    """Energy of Euler paths with affine drift and error, by the moments of the states."""
    h, (a, b), (slope, offset), (mean, spread) = (EULER[name] for name in ("h", "drift", "error", "start"))
    total = 0.0
    for _ in range(EULER["steps"]):
        total += h * ((slope * mean + offset) ** 2 + slope**2 * spread)
        keep = 1 + h * (a + slope)
        mean, spread = keep * mean + h * (b + offset), keep**2 * spread + h
    return total


def euler_path_kl() -> float:
    """KL of the joint Gaussian laws of all states."""
    h, steps, (first, spread) = EULER["h"], EULER["steps"], EULER["start"]
    laws = []
    for slope, push in (tuple(np.add(EULER["drift"], EULER["error"])), EULER["drift"]):
        keep = 1 + h * slope
        response = np.array(
            [[keep ** (i - j) if j <= i else 0.0 for j in range(steps + 1)] for i in range(steps + 1)]
        )
        shocks = np.array([first] + [h * push] * steps)
        laws.append((response @ shocks, response @ np.diag([spread] + [h] * steps) @ response.T))
    (m1, c1), (m2, c2) = laws
    inverse, gap = np.linalg.inv(c2), m2 - m1
    logs = np.linalg.slogdet(c2)[1] - np.linalg.slogdet(c1)[1]
    return float(np.trace(inverse @ c1) - steps - 1 + gap @ inverse @ gap + logs) / 2


def bures() -> float:
    a, b = np.array([[1.0, 0.3], [0.3, 0.6]]), np.array([[0.7, -0.1], [-0.1, 1.4]])
    root = sqrtm(a)
    return float(np.trace(a + b - 2 * np.real(sqrtm(root @ b @ root))))


def quantile_cost() -> float:
    return quad(lambda u: (norm.ppf(u, M1, sqrt(V1)) - norm.ppf(u, M2, sqrt(V2))) ** 2, 0, 1, epsabs=1e-11)[0]


def variance_flow() -> float:
    return float(solve_ivp(lambda _, v: 1 - v, (0, 0.9), [1.7], rtol=1e-12, atol=1e-13).y[0, -1])


def mean_flow() -> float:
    return float(solve_ivp(lambda _, m: -m / 2, (0, 0.9), [1.7], rtol=1e-12, atol=1e-13).y[0, -1])


def shift_flow(data: float) -> float:
    stop, horizon, offset = 0.1, 2.0, 0.7

    def rate(s: float, shift: np.ndarray) -> np.ndarray:
        scale = exp(-(horizon - s))
        return (0.5 - 1 / (scale * data + 1 - scale)) * shift + offset

    solved = solve_ivp(rate, (0, horizon - stop), [0.0], rtol=1e-12, atol=1e-14, method="DOP853")
    return float(solved.y[0, -1])


def plane_step_kl() -> float:
    h, e = 0.2, np.array([0.5, -1.1])

    def integrand(y: float, x: float) -> float:
        learned = normal(x, h * e[0], h) * normal(y, h * e[1], h)
        ratio = log_normal(x, h * e[0], h) + log_normal(y, h * e[1], h) - log_normal(x, 0, h) - log_normal(y, 0, h)
        return learned * ratio

    return dblquad(integrand, -6, 6, -6, 6, epsabs=1e-11)[0]


def shifted_kl(first: float, second: float) -> float:
    """KL between the two laws of the path ratio's exponent where one offset is the error: variance ENERGY."""
    return line(lambda x: normal(x, first, ENERGY) * (log_normal(x, first, ENERGY) - log_normal(x, second, ENERGY)))


def deterministic_energy(energy: float) -> tuple[float, float]:
    """Return (chi2, C') when M is N(0, energy) and the whole of it is seen: eta = 1, K = 1."""
    root = sqrt(energy)

    def mean(function: Callable[[float], float]) -> float:
        return quad(lambda x: normal(x, 0, 1) * function(root * x), -12, 12, epsabs=1e-14, epsrel=1e-12, limit=300)[0]

    chi2 = mean(lambda m: (exp(m - energy / 2) - 1) ** 2)
    taylor = mean(lambda m: (exp(m - energy / 2) - 1 - m + energy / 2) ** 2) / energy**2
    return chi2, taylor


def martingale_remainder(energy: float) -> float:
    root = sqrt(energy)
    return quad(lambda x: normal(x, 0, 1) * (exp(root * x - energy / 2) - 1 - root * x) ** 2, -12, 12, epsabs=1e-14)[
        0
    ]


def log_path_chi2(energy: float) -> float:
    root = sqrt(energy)
    return log(quad(lambda x: normal(x, 0, 1) * exp(2 * root * x - energy), -12, 14, epsabs=1e-13)[0])


def fisher_by_differences() -> float:
    """Second difference of 2 KL along the tangent, extrapolated."""
    dm, ds, s = 0.4, -0.3, 1.3

    def twice_kl(delta: float) -> mpmath.mpf:
        variance, mean = s + mpmath.mpf(delta) * ds, mpmath.mpf(delta) * dm
        return mpmath.quad(
            lambda x: (
                mpmath.npdf(x, mean, mpmath.sqrt(variance))
                * ((x**2) / s - (x - mean) ** 2 / variance + mpmath.log(s / variance))
            ),
            [-15, -3, 0, 3, 15],
        )

    with mpmath.workdps(30):
        return float(mpmath.diff(twice_kl, 0, 2, h=mpmath.mpf("1e-8")) / 2)


def lyapunov_twist() -> float:
    matrix, cov = np.array([[0.2, 0.9], [-0.4, 0.5]]), np.array([[1.1, 0.3], [0.3, 0.7]])
    symmetric = solve_continuous_lyapunov(cov, matrix @ cov + cov @ matrix.T)
    return float((matrix @ cov - symmetric @ cov)[0, 1])


def swirl_energy() -> float:
    precision, rng = np.array([[1.4, 0.3], [0.3, 0.8]]), np.polynomial.hermite_e.hermegauss(3)
    nodes, weights = rng
    factor = np.linalg.cholesky(np.linalg.inv(precision))
    points = np.array([(x, y) for x in nodes for y in nodes]) @ factor.T
    field = points @ (1.7 * np.array([[0.0, 1.0], [-1.0, 0.0]]) @ precision).T
    return float(np.outer(weights, weights).ravel() @ (field**2).sum(axis=1) / (2 * pi))


def chi2_line(first: Callable[[float], float], second: Callable[[float], float]) -> float:
    return quad(lambda x: (first(x) - second(x)) ** 2 / second(x), -25, 25, epsabs=1e-13, epsrel=1e-12, limit=400)[0]


def data(x: float) -> float:
    return normal(x, 0, 1)


def model(x: float) -> float:
    return normal(x, 0.5, 0.7)


def refreshed() -> float:
    return chi2_line(lambda x: 0.3 * data(x) + 0.7 * model(x), data)


def iterate(step: Callable[[float, int], float], start: float, count: int) -> float:
    value = start
    for i in range(count):
        value = step(value, i)
    return value


def filter_weight() -> float:
    """Influence of <xi_1, xi_3> on D_5: multiply the filter's factors generation by generation."""
    return iterate(lambda w, _: 0.6 * w, 1.0, 5 - 1 - 1) * iterate(lambda w, _: 0.6 * w, 1.0, 5 - 1 - 3)


def floor_fixed_point() -> float:
    """Smallest constant L with L + k^2 L >= alpha (eta e / 8) / 2."""
    alpha, eta, e = 0.4, 0.6, 0.05
    lower, upper = 0.0, 1.0
    for _ in range(80):
        middle = (lower + upper) / 2
        if middle + (1 - alpha) ** 2 * middle >= alpha * (eta * e / 8) / 2:
            upper = middle
        else:
            lower = middle
    return upper


def best_theta() -> float:
    k = 0.6
    return minimize_scalar(
        lambda theta: (1 + 1 / theta) / (1 - (1 + theta) * k**2),
        bounds=(0.05, 1.7),
        method="bounded",
        options={"xatol": 1e-10},
    ).x


def dissipation() -> float:
    s1, s2, d = 0.9, 1.4, 0.6
    return line(lambda x: normal(x, d, s1) * (-(x - d) / s1 + x / s2) ** 2) / 2


def hermite_ratio() -> float:
    """Degree-3 coefficient of the limit by summing ages, over that of the data."""
    alpha, stop = 0.3, 0.2
    return sum(alpha * (1 - alpha) ** (age - 1) * exp(-3 * age * stop / 2) for age in range(1, 400))


def mean_contraction() -> float:
    """Two runs of the means of the models (degree 1) from different starts approach each other at this rate."""
    means = [iterate(lambda m, _: exp(-0.1) * (0.3 * 0.8 + 0.7 * m), start, 7) for start in (0.5, 1.5)]
    return means[1] - means[0]


def log_average() -> float:
    m, s, curvature, slope = 0.4, 0.7, 0.5, -0.3
    return log(line(lambda y: exp(log_normal(y, m, s) + curvature * y * y / 2 + slope * y)))


def expected_fit_kl() -> float:
    """Quadrature over the sufficient statistics' laws (normal mean, chi-squared variance)."""
    n = 9
    k = n - 1

    def density(x: mpmath.mpf) -> mpmath.mpf:
        return (
            x ** (mpmath.mpf(k) / 2 - 1)
            * mpmath.exp(-x / 2)
            / (2 ** (mpmath.mpf(k) / 2) * mpmath.gamma(mpmath.mpf(k) / 2))
        )

    value = mpmath.quad(lambda x: density(x) * (x / n - 1 - mpmath.log(x / n)), [0, 2, 8, 20, 60, 200])
    return float((value + mpmath.mpf(1) / n) / 2)


def hcr_statistic() -> float:
    """E[(L - 1) f]^2 / Var f by quadrature, f(x) = x + x^2 under q = N(0, 1), p^ = N(0.5, 0.7)."""
    inner = line(lambda x: (model(x) - data(x)) * (x + x * x))
    return inner**2 / (line(lambda x: data(x) * (x + x * x) ** 2) - 1)


def small_log_ratio() -> float:
    """(L log L - L + 1)/delta^2 for L = 1 + 0.7 delta, extrapolated to delta = 0 at high precision."""
    with mpmath.workdps(60):
        delta = mpmath.mpf(10) ** -20
        ratio = 1 + delta * mpmath.mpf("0.7")
        return float((ratio * mpmath.log(ratio) - ratio + 1) / delta**2)


def deterministic_mean(energy: float, function: Callable[[float, float, float], float]) -> float:
    """Return ``E f(u, w, r)`` of ``prop-3.3`` when u = M is N(0, energy), w = energy/2 and r = e^Z - 1 - Z."""
    root, half = sqrt(energy), energy / 2

    def of(x: float) -> float:
        u = root * x
        return normal(x, 0, 1) * function(u, half, exp(u - half) - 1 - u + half)

    return quad(of, -12, 12, epsabs=1e-14, epsrel=1e-12, limit=300)[0]


def lower_by_squares() -> float:
    """The divergence less the squares that the lower Young steps give away: ``prop-3.3`` as an equality."""
    return CHI2 - deterministic_mean(ENERGY, lambda u, w, r: (u - w + 2 * r) ** 2 / 2 + (u - 2 * w) ** 2 / 4)


def upper_by_squares() -> float:
    """The divergence and the squares that the upper Young steps add: ``thm-3.4`` as an equality."""
    return CHI2 + deterministic_mean(ENERGY, lambda u, w, r: (u - w - r) ** 2 + 2 * (u + w) ** 2)


def new_model(x: float) -> float:
    return normal(x, 0.6, 0.6)


def trained(x: float) -> float:
    return 0.3 * data(x) + 0.7 * model(x)


def innovation_by_gaps() -> float:
    """``D' + k^2 D`` less half of J - alpha I and half of |r' + k r|^2: ``innovation`` as an equality."""

    def given_away(x: float) -> float:
        excess = (new_model(x) - trained(x)) ** 2 * 0.7 * model(x) / trained(x)
        return (excess + (new_model(x) - data(x) + 0.7 * (model(x) - data(x))) ** 2) / data(x)

    lost = quad(given_away, -25, 25, epsabs=1e-13, epsrel=1e-12, limit=400)[0]
    return chi2_line(new_model, data) + 0.49 * chi2_line(model, data) - lost / 2


ENERGY = 0.3
CHI2, TAYLOR = deterministic_energy(ENERGY)


def ou_variance(v: float, t: float) -> float:
    return v * exp(-t) + 1 - exp(-t)


# One step of 0.5 from t = 0.9 on, for N(0, 0.3).
INFORMATION = quad(lambda t: 1 / ou_variance(0.3, t), 0.4, 0.9, epsrel=1e-12)[0]
BEFORE = 1 / ou_variance(0.3, 0.9)


def missed(error: float, *, martingale: bool) -> float:
    """Half the integral of the mean square of the drift's difference, from the covariance of both times."""

    def square(u: float) -> float:
        r, late, early = exp(-u / 2), ou_variance(0.3, 0.9), ou_variance(0.3, 0.9 - u)
        a, b = -(r if martingale else 1) / late, -1 / early
        return a * a * late + b * b * early - 2 * a * b * r * early + (r * error) ** 2

    return quad(square, 0.0, 0.5, epsrel=1e-12)[0] / 2


def euler_gain() -> float:
    """Curvatures with B = 0 and B = 1/2, integrated."""

    def gap(t: float) -> float:
        return ou_variance(0.3, t) ** -2 - (0.5 - 1 / ou_variance(0.3, t)) ** 2

    return 0.25 * 0.5 * quad(gap, 0.4, 0.9, epsrel=1e-12)[0]


CASES: list[Case] = [
    (
        "gaussian-integral",
        "gaussian_integral",
        {"a": 1.3, "b": 0.7},
        lambda: line(lambda x: exp(-0.65 * x * x + 0.7 * x)),
        1e-10,
    ),
    (
        "gaussian-integral",
        "fourth_moment",
        {"m": M1, "v": V1},
        lambda: line(lambda x: x**4 * normal(x, M1, V1)),
        1e-10,
    ),
    ("gaussian-kl", "kl", PAIR, kl_pair, 1e-10),
    (
        "gaussian-kl",
        "kl_two_dimensions",
        {
            "a_1": 0.2,
            "a_2": -0.5,
            "b_1": 0.6,
            "b_2": 0.1,
            "s_1": 0.9,
            "s_2": 0.7,
            "s_3": 0.3,
            "t_1": 1.2,
            "t_2": 1.0,
            "t_3": -0.2,
        },
        kl_plane,
        1e-10,
    ),
    ("gaussian-chi2", "chi2", PAIR, lambda: power_integral(2) - 1, 1e-9),
    ("gaussian-renyi", "renyi", {"lambda": 1.7, **PAIR}, lambda: log(power_integral(1.7)) / 0.7, 1e-10),
    ("gaussian-renyi", "bhattacharyya", PAIR, lambda: -log(bhattacharyya_coefficient()), 1e-9),
    ("gaussian-renyi", "hellinger2", PAIR, lambda: 1 - bhattacharyya_coefficient(), 1e-9),
    ("gaussian-wasserstein", "wasserstein2", PAIR, quantile_cost, 1e-8),
    (
        "gaussian-wasserstein",
        "bures_two_dimensions",
        {"a11": 1.0, "a12": 0.3, "a22": 0.6, "b11": 0.7, "b12": -0.1, "b22": 1.4},
        bures,
        1e-10,
    ),
    ("ornstein-uhlenbeck", "mean", {"m1": 1.7, "t": 0.9}, mean_flow, 1e-10),
    ("ornstein-uhlenbeck", "variance", {"v1": 1.7, "t": 0.9}, variance_flow, 1e-10),
    (
        "reverse-time",
        "reverse_drift",
        {"x": 0.8, "m": M1, "v": V1},
        lambda: float(0.4 + mpmath.diff(lambda x: mpmath.log(mpmath.npdf(x, M1, sqrt(V1))), 0.8)),
        1e-10,
    ),
    ("propagator", "mean_shift_wide", {"b": 0.7, "u": 1.5, "t_0": 0.1, "T": 2.0}, lambda: shift_flow(2.5), 1e-10),
    ("propagator", "mean_shift_narrow", {"b": 0.7, "u": 0.6, "t_0": 0.1, "T": 2.0}, lambda: shift_flow(0.4), 1e-10),
    ("girsanov", "path_kl", {"E": euler_energy()}, euler_path_kl, 1e-10),
    ("girsanov", "step_kl", {"h": 0.2, "e_1": 0.5, "e_2": -1.1}, plane_step_kl, 1e-9),
    ("prop-3.1", "upper_bound", {"learned_energy": ENERGY}, lambda: shifted_kl(ENERGY, 0), 1e-10),
    ("girsanov-forward", "upper_bound", {"ideal_energy": ENERGY}, lambda: shifted_kl(0, ENERGY), 1e-10),
    ("path-chi2", "constant_error_log_path_chi2", {"s": ENERGY}, lambda: log_path_chi2(ENERGY), 1e-9),
    (
        "slack",
        "slack_density",
        {"e": 0.9, "g": 0.4},
        lambda: quad(lambda g: 0.9 - g, 0, 0.9)[0] - quad(lambda g: 0.9 - g, 0, 0.4)[0],
        1e-12,
    ),
    ("gradient-kl", "bound", {"projected_energy": ENERGY}, lambda: quad(lambda x: x, 0, sqrt(ENERGY))[0], 1e-12),
    (
        "sharp",
        "rho",
        {"X": exp(ENERGY) - 1, "E_ideal": ENERGY, "E_learned": ENERGY},
        lambda: martingale_remainder(ENERGY),
        1e-9,
    ),
    ("limit", "kl_leading_coefficient", {"u": 0.7}, small_log_ratio, 1e-12),
    (
        "hcr",
        "lower",
        {"mean_learned": 0.5 + 0.7 + 0.25, "mean_ideal": 1.0, "variance": 3.0},
        hcr_statistic,
        1e-9,
    ),
    (
        "dv",
        "lower",
        {"lambda": 0.4, "mean": 0.5, "log_moment": 0.08},
        lambda: 0.4 * line(lambda x: model(x) * x) - log(line(lambda x: exp(log_normal(x, 0, 1) + 0.4 * x))),
        1e-9,
    ),
    ("observability", "visible_energy", {"dm": 0.4, "dS": -0.3, "S": 1.3}, fisher_by_differences, 1e-7),
    (
        "hodge",
        "antisymmetric_entry",
        {"A11": 0.2, "A12": 0.9, "A21": -0.4, "A22": 0.5, "V11": 1.1, "V12": 0.3, "V22": 0.7},
        lyapunov_twist,
        1e-10,
    ),
    ("impossibility", "energy_density", {"c": 1.7, "tr": 2.2}, swirl_energy, 1e-10),
    ("refresh", "refreshed", {"alpha": 0.3, "D": chi2_line(model, data)}, refreshed, 1e-9),
    ("filter", "weight", {"alpha": 0.4, "N": 5, "i": 1, "j": 3}, filter_weight, 1e-12),
    ("prop-4.1", "floor", {"alpha": 0.4, "eta": 0.6, "e": 0.05}, floor_fixed_point, 1e-12),
    (
        "coherent",
        "next_root",
        {"k": 0.6, "B": 0.5, "j": 0.2},
        lambda: abs(np.hypot(*(0.6 * 0.5 * np.array([0.6, 0.8]) + 0.2 * np.array([0.6, 0.8])))),
        1e-12,
    ),
    (
        "incoherent",
        "plateau",
        {"J": 0.2, "alpha": 0.4},
        lambda: iterate(lambda d, _: 0.36 * d + 0.2, 0.0, 200),
        1e-12,
    ),
    (
        "range",
        "lower",
        {"J": 0.2, "alpha": 0.4},
        lambda: iterate(lambda r, i: 0.6 * r + (-1) ** i * sqrt(0.2), 0.0, 200) ** 2,
        1e-12,
    ),
    (
        "range",
        "upper",
        {"J": 0.2, "alpha": 0.4},
        lambda: iterate(lambda r, _: 0.6 * r + sqrt(0.2), 0.0, 200) ** 2,
        1e-12,
    ),
    ("discounted", "best_theta", {"alpha": 0.4}, best_theta, 1e-6),
    (
        "discounted",
        "constant_energy_plateau",
        {"J": 0.2, "theta": 0.5, "k": 0.6},
        lambda: iterate(lambda d, _: 1.5 * 0.36 * d + 3 * 0.2, 0.0, 400),
        1e-12,
    ),
    (
        "regimes",
        "plateau",
        {"J": 0.2, "alpha": 0.4},
        lambda: iterate(lambda r, _: 0.6 * r + sqrt(0.2), 0, 200) ** 2,
        1e-12,
    ),
    (
        "regimes",
        "aligned_growth",
        {"n": 7, "J": 0.2},
        lambda: iterate(lambda r, _: r + sqrt(0.2), 0.0, 7) ** 2,
        1e-12,
    ),
    (
        "thm-4.2-display",
        "right_side",
        {"n": 7, "D_0": 0.3},
        lambda: iterate(lambda d, i: d / 4 + 9.0**-i, 0.3, 7),
        1e-12,
    ),
    ("realizable", "dissipation", {"s1": 0.9, "s2": 1.4, "d": 0.6}, dissipation, 1e-10),
    ("hermite", "multiplier", {"alpha": 0.3, "degree": 3, "stop": 0.2}, hermite_ratio, 1e-12),
    ("early-stopping", "contraction", {"alpha": 0.3, "stop": 0.2, "n": 7}, mean_contraction, 1e-12),
    ("riccati", "log_average", {"m": 0.4, "S": 0.7, "P0": 0.5, "p0": -0.3}, log_average, 1e-9),
    (
        "euler-maruyama",
        "variance_after",
        {"h": 0.1, "a": 0.93, "n": 6, "v_0": 0.4},
        lambda: iterate(lambda v, _: 0.93**2 * v + 0.1, 0.4, 6),
        1e-12,
    ),
    ("finite-samples", "expected_kl", {"n": 9}, expected_fit_kl, 1e-10),
    (
        "finite-samples",
        "variance",
        {"S": 1.3, "n": 9, "N": 12},
        lambda: iterate(lambda v, _: v * 8 / 9, 1.3, 12),
        1e-12,
    ),
    (
        "finite-samples",
        "plateau",
        {"n": 50, "alpha": 0.4},
        lambda: iterate(lambda d, _: 0.36 * d + 2 / 50, 0.0, 200),
        1e-12,
    ),
    ("prop-3.3", "lower", {"eta": 1.0, "E": ENERGY, "K": 1.0, "C": TAYLOR}, lower_by_squares, 1e-9),
    ("thm-3.4", "upper", {"E": ENERGY, "K": 1.0, "C": TAYLOR}, upper_by_squares, 1e-9),
    ("innovation", "floor", {"alpha": 0.3, "I": chi2_line(new_model, trained)}, innovation_by_gaps, 1e-9),
    (
        "schedule",
        "clock",
        {"u": 0.7, "b_0": 0.1, "b_1": 19.9},
        lambda: quad(lambda u: 0.1 + 19.9 * u, 0.0, 0.7, epsrel=1e-12)[0],
        1e-11,
    ),
    (
        "discretisation",
        "frozen_score",
        {"I": INFORMATION, "J": BEFORE, "h": 0.5},
        lambda: missed(0.0, martingale=False),
        1e-9,
    ),
    (
        "budget",
        "martingale",
        {"I": INFORMATION, "J": BEFORE, "h": 0.5, "E": 0.09},
        lambda: missed(0.3, martingale=True),
        1e-9,
    ),
    ("leading", "gain", {"T": 0.5, "I": INFORMATION}, euler_gain, 1e-10),
]
