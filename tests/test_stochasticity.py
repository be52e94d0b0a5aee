"""Samplers between the reverse equation and the probability flow, against closed propagators."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.stats import norm

import gausscollapse as gc
from gausscollapse.core.exceptions import (
    AbsentStatisticError,
    InvalidArgumentError,
    NotSupportedError,
    ScenarioError,
)
from gausscollapse.process.statistics import NO_PATHS

LAMS = (0.0, 0.3, 1.0, 1.7)
HORIZON, STOP, MEAN, VARIANCE = 2.5, 0.1, 0.7, 0.4


def line(lam: float, slope: float = 0.3, offset: float = 0.2, start: str = "marginal") -> gc.ReverseProcess:
    return gc.ReverseProcess(
        gc.Gaussian(MEAN, VARIANCE), gc.OrnsteinUhlenbeck(HORIZON, STOP), gc.AffineError(slope, offset), start,
        stochasticity=lam,
    )  # fmt: skip


def spread(t: mp.mpf) -> mp.mpf:
    return mp.exp(-t) * VARIANCE + 1 - mp.exp(-t)


def propagator(lam: float, t: mp.mpf) -> mp.mpf:
    """The ideal propagator from t to the stop: that of the flow to the power 1 - lam^2, of the noise to lam^2."""
    ratio = spread(STOP) / spread(t)
    return mp.sqrt(ratio) ** (1 - lam**2) * (mp.exp(-(t - STOP) / 2) * ratio) ** (lam**2)


def endpoint(lam: float, slope: float, offset: float, gain: float) -> tuple[mp.mpf, mp.mpf]:
    """Mean and variance of the learned endpoint less the ideal mean, in 30 digits: by variation of constants."""
    with mp.workdps(30):

        def learned(t: mp.mpf) -> mp.mpf:
            return propagator(lam, t) * mp.exp(gain * slope * (t - STOP))

        def pushed(t: mp.mpf) -> mp.mpf:
            return learned(t) * gain * (slope * mp.exp(-t / 2) * MEAN + offset)

        mean = mp.quad(pushed, [STOP, 1, HORIZON])
        fed = lam**2 * mp.quad(lambda t: learned(t) ** 2, [STOP, 1, HORIZON])
        return mean, learned(mp.mpf(HORIZON)) ** 2 * spread(HORIZON) + fed


def divergence(mean: mp.mpf, variance: mp.mpf) -> float:
    change = variance / spread(STOP) - 1
    return float((mean**2 / spread(STOP) + change - mp.log1p(change)) / 2)


@pytest.mark.parametrize("lam", LAMS)
def test_endpoint_is_that_of_the_closed_propagators(lam: float) -> None:
    statistics = line(lam).statistics
    mean, variance = endpoint(lam, 0.3, 0.2, (1 + lam**2) / 2)
    assert statistics.kl.contains(divergence(mean, variance))
    assert float(statistics.kl.upper[0] - statistics.kl.lower[0]) < 1e-8
    learned = line(lam).endpoint()
    assert learned.cov[0, 0] == pytest.approx(float(variance), rel=1e-9)
    assert learned.mean[0] == pytest.approx(math.exp(-STOP / 2) * MEAN + float(mean), rel=1e-9)
    # Control: the score counted once, whatever the noise, is another process.
    if lam != 1.0:
        assert not statistics.kl.contains(divergence(*endpoint(lam, 0.3, 0.2, 1.0)))


def moments_of_motion(lam: float, start: str) -> np.ndarray:
    """Mean, variance and energy by the equations in the coordinates of the data, and not in whitened ones."""

    def rate(s: float, state: np.ndarray) -> list[float]:
        t = HORIZON - s
        mean, variance, _ = state
        spread_, gain = math.exp(-t) * VARIANCE - math.expm1(-t), 0.5 * (1 + lam**2)
        slope = 0.5 + gain * (0.3 - 1 / spread_)
        move = slope * mean + gain * (math.exp(-t / 2) * MEAN / spread_ + 0.2)
        return [move, 2 * slope * variance + lam**2, (0.3 * mean + 0.2) ** 2 + 0.09 * variance]

    first = [math.exp(-HORIZON / 2) * MEAN, math.exp(-HORIZON) * VARIANCE - math.expm1(-HORIZON), 0.0]
    first = first if start == "marginal" else [0.0, 1.0, 0.0]
    found = solve_ivp(rate, (0.0, HORIZON - STOP), first, method="DOP853", rtol=1e-12, atol=1e-14)
    return np.asarray(found.y[:, -1])


@pytest.mark.parametrize("start", ["marginal", "standard-normal"])
@pytest.mark.parametrize("lam", LAMS)
def test_energy_and_path_divergence(lam: float, start: str) -> None:
    process = line(lam, start=start)
    mean, variance, energy = moments_of_motion(lam, start)
    assert float(process.learned_energy()) == pytest.approx(energy, rel=1e-9)
    assert process.endpoint().mean[0] == pytest.approx(mean, rel=1e-9)
    assert process.endpoint().cov[0, 0] == pytest.approx(variance, rel=1e-9)
    if lam > 0.0:
        factor = (1 + lam**2) ** 2 / (8 * lam**2)
        assert float(process.path_kl() - process.statistics.initial_kl[0]) == pytest.approx(factor * energy, rel=1e-9)


def log_chi2_by_riccati(lam: float, slope: float, offset: float) -> float:
    """``log E exp(2 M - [M])`` by the backward equation of ``exp(P x^2/2 + p x + q)`` in the data's coordinates."""
    gain = 0.5 * (1 + lam**2)

    def rate(t: float, state: np.ndarray) -> list[float]:
        P, p, _ = state
        spread_ = math.exp(-t) * VARIANCE - math.expm1(-t)
        pull = 0.5 - gain / spread_ + 2 * gain * slope
        push = gain * math.exp(-t / 2) * MEAN / spread_ + 2 * gain * offset
        r = (gain / lam) ** 2
        return [
            2 * pull * P + lam**2 * P**2 + 2 * r * slope**2,
            pull * p + push * P + lam**2 * P * p + 2 * r * slope * offset,
            push * p + 0.5 * lam**2 * (P + p**2) + r * offset**2,
        ]

    P, p, q = solve_ivp(rate, (STOP, HORIZON), [0.0] * 3, method="DOP853", rtol=1e-12, atol=1e-14).y[:, -1]
    mean, variance = math.exp(-HORIZON / 2) * MEAN, math.exp(-HORIZON) * VARIANCE - math.expm1(-HORIZON)
    kept = 1 - variance * P
    return float(q + (P * mean**2 / 2 + p * mean + variance * p**2 / 2) / kept - 0.5 * math.log(kept))


@pytest.mark.parametrize("lam", LAMS[1:])
def test_path_chi2_and_the_remainders(lam: float) -> None:
    statistics = line(lam, 0.1, 0.1).statistics
    truth = math.expm1(log_chi2_by_riccati(lam, 0.1, 0.1))
    assert float(statistics.path_chi2.value[0]) == pytest.approx(truth, rel=1e-8)
    assert statistics.exponential_moment(theta1=1.0, theta2=-0.5).contains(1.0)
    gain = (0.5 * (1 + lam**2) / lam) ** 2
    rest = truth + gain * (float(statistics.ideal_energy.value[0]) - 2 * float(statistics.learned_energy.value[0]))
    assert float(statistics.martingale_remainder.value[0]) == pytest.approx(rest, rel=1e-6)
    # The chi-squared of another sampler is another number.
    assert abs(truth - math.expm1(log_chi2_by_riccati(lam + 0.2, 0.1, 0.1))) > 1e-4


@pytest.mark.parametrize("lam", LAMS[1:])
def test_constant_offset_has_a_variation_without_randomness(lam: float) -> None:
    statistics = line(lam, 0.0, 0.2).statistics
    variation = (1 + lam**2) ** 2 / (4 * lam**2) * 0.04 * (HORIZON - STOP)
    assert statistics.path_chi2.contains(math.expm1(variation))
    assert statistics.variation_square.contains(variation**2)
    mean, _ = endpoint(lam, 0.0, 0.2, (1 + lam**2) / 2)
    observed = float(mean**2 / spread(STOP))
    assert statistics.observed_energy.contains(observed)
    assert statistics.observability.contains(observed / variation)
    # (E exp(Z) - 1 - M)^2 with M normal of that variance
    assert statistics.martingale_remainder.contains(math.expm1(variation) - variation)


def plane(lam: float) -> gc.ReverseProcess:
    return gc.ReverseProcess(
        gc.Gaussian([0.5, -1.0], [[1.0, 0.3], [0.3, 0.4]]),
        gc.OrnsteinUhlenbeck(2.0, 0.05),
        gc.AffineError([[0.2, -0.3], [0.1, -0.1]], [0.1, 0.2]) + gc.SolenoidalError([[0, 0.1], [-0.1, 0]]),
        stochasticity=lam,
    )


@pytest.mark.parametrize("lam", LAMS)
def test_chain_of_small_steps_has_the_same_limit(lam: float) -> None:
    process = plane(lam)
    found = gc.sampling.richardson(process, 60, levels=6)
    learned = process.endpoint()
    assert np.max(np.abs(found.mean.value - learned.mean)) < 1e-7
    assert np.max(np.abs(found.cov.value - learned.cov)) < 1e-7
    assert float(found.energy) == pytest.approx(float(process.learned_energy()), rel=1e-6)


@pytest.mark.parametrize("lam", [0.0, 0.5, 1.6])
def test_simulation_has_the_law_of_its_chain(lam: float) -> None:
    process, paths = plane(lam), 40_000
    law = gc.discrete_law(process, 40)
    run = gc.simulate(process, paths, 40, 11, functionals=True)

    def scores(endpoint: gc.Gaussian) -> list[float]:
        whitened = np.linalg.solve(np.linalg.cholesky(endpoint.cov), (run.endpoint - endpoint.mean).T)
        squares, product = (whitened**2).mean(axis=1) - 1, np.mean(whitened[0] * whitened[1])
        return [*np.sqrt(paths) * whitened.mean(axis=1), *np.sqrt(paths / 2) * squares, np.sqrt(paths) * product]

    energy = (run.energy.mean() - float(law.energy)) / (run.energy.std() / np.sqrt(paths))
    assert max(abs(score) for score in [*scores(law.endpoint), energy]) < 5.0
    # Control: the law of the chain with another noise is told apart.
    other = gc.discrete_law(plane(1.6 if lam < 1.0 else 0.0), 40)
    assert max(abs(score) for score in scores(other.endpoint)) > 8.0


def mixture(lam: float, error: gc.ScoreError | None = None) -> gc.ReverseProcess:
    data = gc.GaussianMixture([0.4, 0.6], [-1.2, 0.8], [0.3, 0.2])
    error = gc.AmplifiedScoreError(0.1) + gc.AffineError(0.05, 0.1) if error is None else error
    return gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(1.5, 0.1), error, stochasticity=lam)


def particles(lam: float, paths: int, steps: int) -> np.ndarray:
    """Ends of plain Euler steps, written out: score and noise in NumPy."""
    rng, process = np.random.default_rng(5), mixture(lam)
    means, variances, weights = np.array([-1.2, 0.8]), np.array([0.3, 0.2]), np.array([0.4, 0.6])
    label = (rng.random(paths) > 0.4).astype(int)
    h = (process.diffusion.horizon - process.diffusion.stop) / steps
    keep = math.exp(-process.diffusion.horizon)
    x = math.sqrt(keep) * means[label] + np.sqrt(keep * variances[label] + 1 - keep) * rng.standard_normal(paths)
    for k in range(steps):
        t = process.diffusion.horizon - (k + 0.5) * h
        now, centres = math.exp(-t) * variances + 1 - math.exp(-t), math.exp(-t / 2) * means

        def drift(x: np.ndarray, now: np.ndarray = now, centres: np.ndarray = centres) -> np.ndarray:
            shares = weights / np.sqrt(now) * np.exp(-((x[:, None] - centres) ** 2) / (2 * now))
            score = np.sum(shares * (centres - x[:, None]) / now, axis=1) / np.sum(shares, axis=1)
            return np.asarray(0.5 * x + 0.5 * (1 + lam**2) * (1.1 * score + 0.05 * x + 0.1))

        noise = lam * math.sqrt(h) * rng.standard_normal(paths)
        guess = x + h * drift(x) + noise
        x = x + 0.5 * h * (drift(x) + drift(guess)) + noise
    return x


@pytest.mark.parametrize("lam", [0.5, pytest.param(1.5, marks=pytest.mark.slow)])
def test_fokker_planck_is_the_law_of_particles(lam: float) -> None:
    found = gc.fokker_planck(mixture(lam), cells=400, steps=200)
    paths = 20_000
    ends = particles(lam, paths, 150)
    width = np.gradient(found.x)
    total = np.cumsum(width * found.density)
    for level in (-1.0, 0.0, 0.9):
        share = float(np.interp(level, found.x + 0.5 * width, total))
        score = (np.mean(ends < level) - share) / math.sqrt(share * (1 - share) / paths)
        assert abs(score) < 5.0
    assert abs(ends.mean() - float(found.mean)) < 5.0 * ends.std() / math.sqrt(paths)


def test_grid_agrees_with_the_exact_case() -> None:
    for lam in (0.5, 1.8):
        process = line(lam, 0.1, 0.2)
        grid, exact = gc.process.GridStatistics([process]), process.statistics
        for name in (
            "ideal_energy", "learned_energy", "path_kl", "path_chi2", "kl", "chi2", "observed_energy",
            "observability", "variation_square", "taylor_square", "martingale_remainder", "slack_integral",
            "flow_integral",
        ):  # fmt: skip
            left, right = getattr(grid, name), getattr(exact, name)
            assert bool(left.overlaps(right)[0]), name
            assert float(left.upper[0] - left.lower[0]) < 1e-4 * float(right.value[0]), name


@pytest.mark.parametrize("lam", [0.4, 1.0, 2.0])
def test_without_error_the_marginals_are_those_of_the_data(lam: float) -> None:
    found = gc.fokker_planck(mixture(lam, gc.AffineError(0.0, 0.0)), cells=400, steps=160)
    truth = 0.4 * norm.pdf(found.x, -1.2 * math.exp(-0.05), math.sqrt(1 - 0.7 * math.exp(-0.1)))
    truth += 0.6 * norm.pdf(found.x, 0.8 * math.exp(-0.05), math.sqrt(1 - 0.8 * math.exp(-0.1)))
    assert np.max(np.abs(found.ideal_density - truth)) < 1e-3


def test_so_little_noise_that_cells_do_not_see_it_is_refused() -> None:
    with pytest.raises(NotSupportedError, match=r"stochasticity: .*Peclet number .*accepted: more noise"):
        gc.fokker_planck(mixture(0.05), cells=100, steps=60)


def test_energy_does_not_bound_the_flow() -> None:
    """q = N(0, 1) and a constant error of energy 1 over T = 256: KL is 32 nats for the flow, 0.0078 with noise."""

    def drift(lam: float) -> float:
        return float(
            gc.ReverseProcess(
                gc.Gaussian(0.0, 1.0), gc.OrnsteinUhlenbeck(256.0, 0.0), gc.AffineError(0.0, 1 / 16),
                stochasticity=lam,
            ).kl()
        )  # fmt: skip

    assert drift(0.0) == pytest.approx(32.0, rel=1e-9)
    assert drift(1.0) == pytest.approx((2 / 16 * -math.expm1(-128)) ** 2 / 2, rel=1e-9)


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), 101.0, "ode"])
def test_refused_in_one_line(value: object) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^stochasticity = [^\n]*accepted[^\n]*$"):
        line(value)  # type: ignore[arg-type]


def test_what_has_no_meaning_for_a_flow_is_absent() -> None:
    statistics = line(0.0).statistics
    asks: dict[str, Callable[[], object]] = {
        name: (lambda name=name: getattr(statistics, name))
        for name in NO_PATHS
        if "moment" not in name  # type: ignore[misc]
    }
    asks["exponential_moment"] = lambda: statistics.exponential_moment(theta1=1.0, theta2=0.0)
    asks["log_exponential_moment"] = lambda: statistics.log_exponential_moment(theta1=1.0, theta2=0.0)
    assert set(asks) == set(NO_PATHS)
    for ask in asks.values():
        with pytest.raises(AbsentStatisticError, match="flow"):
            ask()
    assert not set(NO_PATHS) & set(line(0.5).statistics.absent)
    with pytest.raises(AbsentStatisticError, match="flow"):
        _ = gc.discrete_law(line(0.0), 10).path_kl


@pytest.mark.parametrize("lam", [0.0, 0.5, 2.0])
def test_what_is_known_for_the_reverse_equation_alone_says_so(lam: float) -> None:
    process = line(lam)
    for ask in (
        lambda: gc.error_budget(process, 10),
        lambda: gc.path_divergences(process, 10, 10, 1),
        lambda: gc.paired_energy(process, 10, 1),
        lambda: gc.observable_score(process, [0.0]),
    ):
        with pytest.raises(NotSupportedError, match=r"stochasticity: .*accepted: 1"):
            ask()
    for name in ("prop-3.1", "prop-3.3", "thm-3.4", "girsanov-forward", "slack", "sharp", "gradient-kl"):
        verdict = gc.check(name, process)
        assert verdict.outcome is gc.Outcome.NOT_APPLICABLE, name
        assert "stochasticity is 1" in verdict.reason or "flow" in verdict.reason
    # What holds whatever the sampler is judged.
    for name in ("hcr", "dv"):
        assert gc.check(name, process).outcome is gc.Outcome.HOLDS


def test_scenario_keeps_it() -> None:
    from gausscollapse.lab.process_scenario import describe_process, read_process

    document = describe_process(line(0.25))
    assert document["process"]["stochasticity"] == 0.25
    assert read_process(document).stochasticity == 0.25
    assert read_process({**document, "process": {}}).stochasticity == 1.0
    with pytest.raises(ScenarioError, match="stochasticity"):
        read_process({**document, "process": {"stochasticity": -1.0}})


def flow_integral_by_quadrature(lam: float, slope: float, offset: float) -> float:
    """``int sqrt(E|e|^2 I) ds`` from mean and variance in the data's coordinates, by the trapezoidal rule."""
    gain = 0.5 * (1 + lam**2)

    def rate(s: float, state: np.ndarray) -> list[float]:
        t = HORIZON - s
        mean, variance = state
        spread_ = math.exp(-t) * VARIANCE - math.expm1(-t)
        pull = 0.5 + gain * (slope - 1 / spread_)
        move = pull * mean + gain * (math.exp(-t / 2) * MEAN / spread_ + offset)
        return [move, 2 * pull * variance + lam**2]

    s = np.linspace(0.0, HORIZON - STOP, 20_001)
    first = [math.exp(-HORIZON / 2) * MEAN, math.exp(-HORIZON) * VARIANCE - math.expm1(-HORIZON)]
    mean, variance = solve_ivp(rate, (0.0, s[-1]), first, method="DOP853", t_eval=s, rtol=1e-12, atol=1e-14).y
    t = HORIZON - s
    ideal, centre = np.exp(-t) * VARIANCE - np.expm1(-t), np.exp(-t / 2) * MEAN
    energy = (slope * mean + offset) ** 2 + slope**2 * variance
    fisher = ((mean - centre) / ideal) ** 2 + (1 / ideal - 1 / variance) ** 2 * variance
    return float(np.trapezoid(np.sqrt(energy * fisher), s))


@pytest.mark.parametrize("lam", LAMS)
def test_flow_integral_is_that_of_the_moments(lam: float) -> None:
    found = line(lam).statistics.flow_integral
    truth = flow_integral_by_quadrature(lam, 0.3, 0.2)
    assert float(found.value[0]) == pytest.approx(truth, rel=1e-6)
    assert float(found.value[0]) != pytest.approx(flow_integral_by_quadrature(lam, 0.31, 0.2), rel=1e-3)


@pytest.mark.parametrize("dim", [1, 2])
def test_general_and_line_kernels_agree_for_every_stochasticity(dim: int) -> None:
    """The plane of two independent lines has the sums of their statistics."""
    for lam in (0.0, 0.4, 1.9):
        parts = [line(lam, slope, 0.1).statistics for slope in (0.2, -0.3)][:dim]
        error = gc.AffineError(np.diag([0.2, -0.3][:dim]), [0.1] * dim)
        data = gc.Gaussian([MEAN] * dim, VARIANCE * np.eye(dim))
        whole = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(HORIZON, STOP), error, stochasticity=lam).statistics
        names = ["kl", "ideal_energy", "learned_energy", "observed_energy"]
        for name in names + (["path_kl", "slack_integral"] if lam > 0.0 else []):
            total = sum(float(getattr(part, name).value[0]) for part in parts)
            assert float(getattr(whole, name).value[0]) == pytest.approx(total, rel=1e-8), name
        if lam > 0.0:
            total = math.prod(1 + float(part.path_chi2.value[0]) for part in parts) - 1
            assert float(whole.path_chi2.value[0]) == pytest.approx(total, rel=1e-7)


def test_a_wrong_start_is_what_the_closed_forms_say() -> None:
    """Two hundred random starts: variance and mean of either endpoint, and the order of KL and W2."""
    rng, nothing = np.random.default_rng(8), gc.AffineError(0.0, 0.0)
    for _ in range(200):
        stop, span = np.exp(rng.uniform(-5, 0)), np.exp(rng.uniform(-2, 1.5))
        data, times = gc.Gaussian(rng.normal(), np.exp(rng.uniform(-3, 2))), gc.OrnsteinUhlenbeck(stop + span, stop)
        end = math.exp(-stop) * float(data.cov[0, 0]) - math.expm1(-stop)
        mean, r = math.exp(-stop / 2) * float(data.mean[0]), math.exp(-span)
        far = r * end + 1 - r
        u = r * end / far
        found = {
            lam: gc.ReverseProcess(data, times, nothing, "standard-normal", stochasticity=lam) for lam in (0.0, 1.0)
        }
        for lam, change, kept in ((0.0, (1 - far) / far, math.sqrt(u)), (1.0, u * (1 - far) / far, u)):
            learned = found[lam].endpoint()
            assert learned.cov[0, 0] == pytest.approx(end * (1 + change), rel=1e-8)
            assert learned.mean[0] == pytest.approx(mean * (1 - kept), rel=1e-7, abs=1e-12)
        flow, noisy = (found[lam].statistics for lam in (0.0, 1.0))
        start = (1 / far - 1 + math.log(far) + r * mean**2 / far) / 2
        assert float(flow.kl.value[0]) == pytest.approx(start, rel=1e-6, abs=1e-12)
        assert float(noisy.kl.lower[0]) <= float(flow.kl.upper[0])
        assert float(noisy.wasserstein2.lower[0]) <= float(flow.wasserstein2.upper[0])
        assert gc.check("start", found[0.0]).outcome in (gc.Outcome.HOLDS, gc.Outcome.INCONCLUSIVE)


def test_theorems_on_samplers_judge_a_users_process() -> None:
    assert gc.check("lambda-slack", line(0.6)).outcome is gc.Outcome.HOLDS
    assert gc.check("lambda-slack", line(0.0)).outcome is gc.Outcome.NOT_APPLICABLE
    assert gc.check("flow-kl", line(0.0)).outcome is gc.Outcome.HOLDS
    assert gc.check("flow-no-energy-bound", line(1.0)).outcome is gc.Outcome.NOT_APPLICABLE
    assert "exact" in gc.check("start", line(1.0)).reason
    # Half the energy is no bound for another noise, and is the bound for one.
    spoilt = gc.theorems.find("lambda-slack").with_constants(power=0.0)
    assert gc.check(spoilt, line(0.3)).outcome is gc.Outcome.VIOLATED
    assert gc.check(spoilt, line(1.0)).outcome is gc.Outcome.HOLDS


def test_lambda_slack_on_a_mixture() -> None:
    verdict = gc.check("lambda-slack", mixture(0.7))
    assert verdict.outcome is gc.Outcome.HOLDS
    assert float(verdict.lhs) > 1e-3
    assert gc.check("flow-kl", mixture(0.7)).outcome is gc.Outcome.HOLDS
    spoilt = gc.theorems.find("lambda-slack").with_constants(power=0.0)
    assert gc.check(spoilt, mixture(0.7)).outcome is gc.Outcome.VIOLATED


def test_simulate_tells_the_stochasticity_and_what_is_absent() -> None:
    from gausscollapse.app import tables_runs
    from gausscollapse.app.figures_stochasticity import stochasticity_figure
    from gausscollapse.lab import load

    flow = load("sde-or-ode")
    assert isinstance(flow, gc.ReverseProcess)
    table = tables_runs.process(flow)
    rows = {row[0].text: row[1].text for row in table.rows}
    assert rows["stochasticity of the sampler"] == "0"
    assert rows["KL of paths, nats"] == "absent"
    assert float(rows["KL(p^ || q), nats"]) == pytest.approx(32.0, rel=1e-9)
    assert any("flow" in note for note in table.notes)
    figure = stochasticity_figure(flow, title="title")
    assert [axes.get_xlabel() != "" for axes in figure.axes] == [True, True]
    assert "flow 32, SDE 0.00781 nats" in figure.axes[1].get_title(loc="left")
