"""Steps of schemes against the differential equations that they solve, and against the formulas of the field."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.stats import norm

import gausscollapse as gc

steps_of = gc.sampling.scheme_steps


def solved(drift, h, noise=1.0):
    """Return state, score and variance of a step of ``y' = a(u) y + b(u) y_k + c(u) s``, by an ODE solver."""

    def run(start, score):
        def rate(u, y):
            a, b, c = drift(u)
            return a * y + b * start + c * score

        return solve_ivp(rate, (0, h), [start], rtol=1e-12, atol=1e-14).y[0, -1]

    spread = solve_ivp(lambda u, v: 2 * drift(u)[0] * v + noise, (0, h), [0.0], rtol=1e-12, atol=1e-14).y[0, -1]
    return run(1.0, 0.0), run(0.0, 1.0), spread


DRIFTS = {
    "euler-maruyama": lambda h, k: lambda u: (0.0, 0.5, k),
    "exponential": lambda h, k: lambda u: (0.5, 0.0, k),
    "martingale": lambda h, k: lambda u: (0.5, 0.0, k * np.exp(-u / 2)),
    "relative": lambda h, k: lambda u: (0.5 - k, k, k),
    0.3: lambda h, k: lambda u: (0.2, 0.3, k),
}


@pytest.mark.parametrize("lam", [1.0, 0.6, 0.0])
@pytest.mark.parametrize("scheme", list(DRIFTS))
def test_a_step_solves_its_equation(scheme, lam):
    for h in (1e-3, 0.4, 2.0):
        found = steps_of([0.3 + h, 0.3], scheme, stochasticity=lam)
        h = 0.3 + h - 0.3
        truth = solved(DRIFTS[scheme](h, 0.5 * (1 + lam**2)), h, lam**2)
        np.testing.assert_allclose((found.state[0, 0], found.score[0, 0], found.variance[0, 0]), truth, rtol=1e-9)
        assert found.excess[0, 0] == pytest.approx(found.state[0, 0] - np.exp(h / 2), abs=1e-14)


def test_the_martingale_scheme_is_the_mean_of_ddpm_and_euler_of_an_exploding_process():
    high, low = 1.3, 0.9
    h = high - low
    found = steps_of([high, low], "martingale")
    assert found.score[0, 0] / found.state[0, 0] == pytest.approx(1 - np.exp(-h), rel=1e-12)
    # x' = x + (sigma^2 - sigma'^2) s_VE + sqrt(sigma^2 - sigma'^2) z, with x = exp(t/2) y
    gap = np.expm1(high) - np.expm1(low)
    assert found.score[0, 0] == pytest.approx(gap * np.exp(-0.5 * (high + low)), rel=1e-12)
    assert found.variance[0, 0] == pytest.approx(gap * np.exp(-low), rel=1e-12)


def test_ancestral_sampling_has_the_variance_of_the_posterior():
    betas = np.linspace(1e-3, 0.1, 30)
    bar = np.cumprod(1 - betas)
    found = steps_of(-np.log(bar[::-1]), "ancestral")
    posterior = (1 - bar[:-1]) / (1 - bar[1:]) * betas[1:]
    np.testing.assert_allclose(found.variance[:, 0], posterior[::-1], rtol=1e-9)


def test_euler_maruyama_is_what_it_was_to_the_last_bit():
    times = np.array([2.0, 1.3, 0.31, 0.02])
    found, h = steps_of(times), -np.diff(times)
    for part, old in ((found.state, 1 + 0.5 * h), (found.score, h), (found.variance, h), (found.weight, h)):
        assert np.array_equal(part[:, 0], old)


@pytest.mark.parametrize("scheme", ["exponential", "martingale", "ancestral", [0.2, 0.9]])
def test_paths_have_the_law_of_the_chain(scheme):
    error = gc.AffineError([[0.1, 0.05], [0.0, 0.2]], [0.2, 0.1])
    data = gc.Gaussian([0.7, -0.3], [[0.5, 0.2], [0.2, 1.0]])
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(2.0, 0.1), error)
    n, law = 20_000, gc.discrete_law(process, 12, scheme=scheme)
    run = gc.simulate(process, n, 12, 3, scheme=scheme, functionals=True)
    # seven z-scores, false alarms once in 10^5 runs
    limit = norm.isf(1e-5 / 14)
    gaps = (run.endpoint.mean(axis=0) - law.endpoint.mean) / np.sqrt(np.diag(law.endpoint.cov) / n)
    spread = np.diag(law.endpoint.cov)
    scores = [*gaps, *((run.endpoint.var(axis=0) / spread - 1) / np.sqrt(2 / n))]
    scores.append((run.energy.mean() - float(law.energy)) / (run.energy.std() / np.sqrt(n)))
    scores.append(run.martingale.mean() / (run.martingale.std() / np.sqrt(n)))
    assert np.max(np.abs(scores)) < limit
    other = gc.discrete_law(process, 12, scheme=scheme, law="ideal").endpoint
    assert np.max(np.abs(run.endpoint.mean(axis=0) - other.mean) / np.sqrt(spread / n)) > limit


def test_the_chain_with_an_exact_score_of_n01_is_exact_with_the_relative_score_frozen():
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(4.0, 0.0), gc.AffineError(0.0, 0.0))
    assert gc.discrete_law(process, 3, scheme="relative").endpoint.cov[0, 0] == pytest.approx(1.0, rel=1e-13)
    assert gc.discrete_law(process, 3).endpoint.cov[0, 0] > 1.1


@pytest.mark.parametrize("grid", ["quadratic", "logarithmic"])
def test_grids_are_what_they_are_called(grid):
    times = gc.time_grid(gc.OrnsteinUhlenbeck(4.0, 0.02), 50, grid)
    even = np.sqrt(times) if grid == "quadratic" else np.log(times)
    np.testing.assert_allclose(np.diff(even), (even[-1] - even[0]) / 50, rtol=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda p: gc.discrete_law(p, 5, scheme="heun"), lambda p: gc.discrete_law(p, 5, scheme=[0.1, 0.2, 0.3]),
        lambda p: gc.discrete_law(p, 5, scheme=np.inf), lambda p: gc.simulate(p, 5, 5, 1, scheme=1e9),
        lambda p: steps_of([1.0, 1.0]), lambda p: steps_of([1.0, 2.0]), lambda p: steps_of([1.0, -1.0]),
        lambda p: steps_of([1.0]), lambda p: steps_of([1.0, 0.0], "ancestral"),
        lambda p: steps_of([1.0, 0.5], stochasticity=-0.1), lambda p: gc.discrete_law(p, 2, grid=[2.0, 2.0, 0.1]),
    ],
)  # fmt: skip
def test_what_is_no_scheme_or_no_grid_is_refused_in_one_line(call):
    process = gc.ReverseProcess(
        gc.Gaussian([0, 0], np.eye(2)), gc.OrnsteinUhlenbeck(2.0, 0.1), gc.AffineError(np.eye(2), [0, 0])
    )
    with pytest.raises(gc.GaussCollapseError) as problem:
        call(process)
    assert "accepted" in str(problem.value)
    assert "\n" not in str(problem.value)
