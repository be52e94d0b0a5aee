"""The bridge: the closed forms of ``derivations`` against the library's own numbers, on random instances.

Both sides are closed forms or differential equations solved to 1e-12; agreement is asked to 1e-10.
"""

from dataclasses import replace
from math import expm1, log1p, sqrt

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from sympy import Rational

import gausscollapse as gc
from derivations.frame.catalogue import derive, module
from gausscollapse.checking.proofs import prove

pytestmark = pytest.mark.slow

AGREEMENT = 1e-10
SEEDS = range(8)


def value(name: str, result: str, **values: float) -> float:
    return derive(name).results[result].value(**values)


def pair(seed: int) -> tuple[dict[str, float], gc.Gaussian, gc.Gaussian]:
    rng = np.random.default_rng(seed)
    m1, m2 = rng.normal(size=2)
    v2 = rng.uniform(0.4, 2.0)
    v1 = v2 * rng.uniform(0.3, 1.8)
    return {"m1": m1, "m2": m2, "v1": v1, "v2": v2}, gc.Gaussian(m1, v1), gc.Gaussian(m2, v2)


@pytest.mark.parametrize("seed", SEEDS)
def test_divergences_of_a_pair_on_the_line(seed: int) -> None:
    values, p, q = pair(seed)
    order = 1 + 0.1 * (seed % 4) if seed % 2 else 0.3 + 0.05 * seed
    expected = {
        ("gaussian-kl", "kl"): gc.kl(p, q),
        ("gaussian-chi2", "chi2"): gc.chi2(p, q),
        ("gaussian-renyi", "bhattacharyya"): gc.bhattacharyya(p, q),
        ("gaussian-renyi", "hellinger2"): gc.hellinger2(p, q),
    }
    for (name, result), number in expected.items():
        assert value(name, result, **values) == pytest.approx(float(number), rel=AGREEMENT), name
    assert value("gaussian-renyi", "renyi", **{"lambda": order}, **values) == pytest.approx(
        float(gc.renyi(p, q, order=order)), rel=AGREEMENT
    )
    distance = float(gc.wasserstein2(p, q))  # the closed form is its square
    squared = value("gaussian-wasserstein", "wasserstein2", **values)
    assert squared == pytest.approx(distance**2, rel=AGREEMENT)


def test_infinite_chi2_beyond_the_condition() -> None:
    assert float(gc.chi2(gc.Gaussian(0.0, 2.0), gc.Gaussian(0.0, 1.0))) == np.inf
    assert float(gc.chi2(gc.Gaussian(0.0, 2.3), gc.Gaussian(0.0, 1.0))) == np.inf


@pytest.mark.parametrize("seed", SEEDS)
def test_divergences_of_a_pair_in_the_plane(seed: int) -> None:
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(2, 2))
    factors = [
        np.array([[a, 0.0], [b, c]])
        for a, c, b in zip(*rng.uniform(0.5, 1.5, (2, 2)), rng.normal(size=2), strict=True)
    ]
    covs = [factor @ factor.T for factor in factors]
    p, q = (gc.Gaussian(mean, cov) for mean, cov in zip(means, covs, strict=True))
    named = {f"a_{i + 1}": means[0][i] for i in (0, 1)} | {f"b_{i + 1}": means[1][i] for i in (0, 1)}
    for letter, factor in zip("st", factors, strict=True):
        named |= {f"{letter}_1": factor[0, 0], f"{letter}_2": factor[1, 1], f"{letter}_3": factor[1, 0]}
    assert value("gaussian-kl", "kl_two_dimensions", **named) == pytest.approx(float(gc.kl(p, q)), rel=AGREEMENT)
    entries = {
        f"{letter}{i + 1}{j + 1}": cov[i, j]
        for letter, cov in zip("ab", covs, strict=True)
        for i, j in ((0, 0), (0, 1), (1, 1))
    }
    centred = float(gc.wasserstein2(gc.Gaussian(np.zeros(2), covs[0]), gc.Gaussian(np.zeros(2), covs[1])))
    assert value("gaussian-wasserstein", "bures_two_dimensions", **entries) == pytest.approx(
        centred**2, rel=AGREEMENT
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_forward_marginal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mean, variance, t = rng.normal(), rng.uniform(0.2, 3), rng.uniform(0.05, 3)
    law = gc.OrnsteinUhlenbeck(horizon=4.0, stop=0.02).marginal(gc.Gaussian(mean, variance), t)
    assert float(np.squeeze(law.mean)) == pytest.approx(
        value("ornstein-uhlenbeck", "mean", m1=mean, t=t), rel=AGREEMENT
    )
    assert float(np.squeeze(law.cov)) == pytest.approx(
        value("ornstein-uhlenbeck", "variance", v1=variance, t=t), rel=AGREEMENT
    )


def offset_process(seed: int) -> tuple[gc.ReverseProcess, float, float, float, float, float]:
    rng = np.random.default_rng(seed)
    mean, offset, stop, horizon = rng.normal(), rng.uniform(0.1, 0.6), rng.uniform(0.01, 0.3), rng.uniform(1, 4)
    data = 1 + rng.uniform(0.2, 2) if seed % 2 else rng.uniform(0.1, 0.9)
    process = gc.ReverseProcess(
        gc.Gaussian(mean, data),
        gc.OrnsteinUhlenbeck(horizon=horizon, stop=stop),
        gc.AffineError([[0.0]], [offset]),
        tolerance=1e-12,
    )
    return process, data, offset, stop, horizon, offset**2 * (horizon - stop)


@pytest.mark.parametrize("seed", SEEDS)
def test_constant_offset(seed: int) -> None:
    process, data, offset, stop, horizon, energy = offset_process(seed)
    which = {"u": data - 1} if data > 1 else {"u": 1 - data}
    shift = value(
        "propagator", "mean_shift_wide" if data > 1 else "mean_shift_narrow", b=offset, t_0=stop, T=horizon, **which
    )
    learned, ideal = process.endpoint(), process.ideal_endpoint()
    variance = value("ornstein-uhlenbeck", "variance", v1=data, t=stop)
    seen = value("observability", "visible_energy", dm=shift, dS=0.0, S=variance)
    assert float(np.squeeze(learned.mean - ideal.mean)) == pytest.approx(shift, rel=AGREEMENT)
    assert float(np.squeeze(learned.cov)) == pytest.approx(variance, rel=AGREEMENT)
    assert float(process.ideal_energy()) == pytest.approx(energy, rel=AGREEMENT)
    assert float(process.learned_energy()) == pytest.approx(energy, rel=AGREEMENT)
    assert float(process.observability()) == pytest.approx(seen / energy, rel=AGREEMENT)
    assert float(gc.kl(learned, ideal)) == pytest.approx(seen / 2, rel=AGREEMENT)
    assert float(gc.chi2(learned, ideal)) == pytest.approx(expm1(seen), rel=AGREEMENT)
    path = value("path-chi2", "constant_error_log_path_chi2", s=energy)
    assert log1p(float(process.path_chi2())) == pytest.approx(path, rel=1e-9)


def test_the_bridge_can_fail() -> None:
    """A planted coefficient in the closed form disagrees with the library by far more than the tolerance."""
    process = offset_process(1)[0]
    planted = module("gaussian-kl").derive(half=Rational(1, 3)).results["kl"]
    learned, ideal = process.endpoint(), process.ideal_endpoint()
    means = {"m1": float(np.squeeze(learned.mean)), "m2": float(np.squeeze(ideal.mean))}
    variances = {"v1": float(np.squeeze(learned.cov)), "v2": float(np.squeeze(ideal.cov))}
    assert planted.value(**means, **variances) != pytest.approx(float(gc.kl(learned, ideal)), rel=1e-2)


def affine_process(seed: int) -> gc.ReverseProcess:
    rng = np.random.default_rng(100 + seed)
    factor = rng.normal(size=(2, 2))
    data = gc.Gaussian(rng.normal(size=2), factor @ factor.T + 0.4 * np.eye(2))
    error = gc.AffineError(0.05 * rng.normal(size=(2, 2)), 0.1 * rng.normal(size=2))
    return gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(horizon=3.0, stop=0.1), error)


@pytest.mark.parametrize("seed", SEEDS)
def test_bounds_of_one_generation(seed: int) -> None:
    process = affine_process(seed)
    learned, ideal = process.endpoint(), process.ideal_endpoint()
    kl, chi2 = float(gc.kl(learned, ideal)), float(gc.chi2(learned, ideal))
    energy, learned_energy = float(process.ideal_energy()), float(process.learned_energy())
    constants = process.remainder_constants()
    named = {"E": energy, "K": float(constants.quadratic_variation), "C": float(constants.taylor)}
    eta = float(process.observability())
    assert kl <= value("prop-3.1", "upper_bound", learned_energy=learned_energy)
    assert float(gc.kl(ideal, learned)) <= value("girsanov-forward", "upper_bound", ideal_energy=energy)
    assert kl <= value("gradient-kl", "bound", projected_energy=float(process.gradient_energy(weight="learned")))
    assert kl <= value("gradient-kl", "bound", projected_energy=float(process.gradient_energy(weight="ideal")))
    assert value("prop-3.3", "lower", eta=eta, **named) <= chi2 <= value("thm-3.4", "upper", **named)
    rho = value("sharp", "rho", X=float(process.path_chi2()), E_ideal=energy, E_learned=learned_energy)
    assert abs(sqrt(chi2) - sqrt(eta * energy)) <= sqrt(rho) * (1 + 1e-9)
    shift = float(learned.mean[0] - ideal.mean[0])
    assert value("hcr", "lower", mean_learned=shift, mean_ideal=0.0, variance=float(ideal.cov[0, 0])) <= chi2
    tilt = shift / float(ideal.cov[0, 0])
    cumulant = tilt**2 * float(ideal.cov[0, 0]) / 2
    assert value("dv", "lower", **{"lambda": tilt}, mean=shift, log_moment=cumulant) <= kl


@pytest.mark.parametrize("seed", SEEDS)
def test_observability_of_an_affine_error_on_the_line(seed: int) -> None:
    """With the tangents of mean and variance integrated here, the proof's Fisher information is eta eps*^2."""
    rng = np.random.default_rng(seed)
    mean, data, slope, offset = rng.normal(), rng.uniform(0.3, 2), rng.normal(), rng.normal()
    stop, horizon = 0.1, 2.5

    def marginal(t: float) -> tuple[float, float]:
        return value_mean(mean, t), 1 + (data - 1) * np.exp(-t)

    def rate(s: float, state: np.ndarray) -> list[float]:
        m, v = marginal(horizon - s)
        drift = 0.5 - 1 / v
        return [drift * state[0] + slope * m + offset, 2 * drift * state[1] + 2 * slope * v]

    tangent = solve_ivp(rate, (0, horizon - stop), [0.0, 0.0], rtol=1e-12, atol=1e-14, method="DOP853").y[:, -1]
    process = gc.ReverseProcess(
        gc.Gaussian(mean, data),
        gc.OrnsteinUhlenbeck(horizon=horizon, stop=stop),
        gc.AffineError([[slope]], [offset]),
        tolerance=1e-12,
    )
    seen = value("observability", "visible_energy", dm=tangent[0], dS=tangent[1], S=marginal(stop)[1])
    assert float(process.observability()) * float(process.ideal_energy()) == pytest.approx(seen, rel=AGREEMENT)


def value_mean(mean: float, t: float) -> float:
    return float(mean * np.exp(-t / 2))


@pytest.mark.parametrize("seed", SEEDS)
def test_hodge_split(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix, factor = rng.normal(size=(2, 2)), rng.normal(size=(2, 2))
    cov = factor @ factor.T + 0.3 * np.eye(2)
    _, antisymmetric = gc.hodge(matrix, cov)
    named = {f"A{i + 1}{j + 1}": matrix[i, j] for i in (0, 1) for j in (0, 1)}
    twist = value("hodge", "antisymmetric_entry", V11=cov[0, 0], V12=cov[0, 1], V22=cov[1, 1], **named)
    assert antisymmetric[0, 1] == pytest.approx(twist, rel=AGREEMENT)


@pytest.mark.parametrize("scale", [0.5, 2.0, 8.0])
def test_invisible_errors(scale: float) -> None:
    variances = np.array([0.5, 1.8])
    process = gc.ReverseProcess(
        gc.Gaussian(np.array([0.3, -0.2]), np.diag(variances)),
        gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.1),
        gc.SolenoidalError(scale * np.array([[0.0, 1.0], [-1.0, 0.0]])),
        tolerance=1e-11,
    )

    def density(t: float) -> float:
        trace = float(np.sum(1 / (1 + (variances - 1) * np.exp(-t))))
        return value("impossibility", "energy_density", c=scale, tr=trace)

    energy = quad(density, 0.1, 2.0, epsabs=1e-12, epsrel=1e-12)[0]
    assert float(process.ideal_energy()) == pytest.approx(energy, rel=AGREEMENT)
    assert float(gc.kl(process.endpoint(), process.ideal_endpoint())) == pytest.approx(0.0, abs=1e-9)


def test_every_theorem_of_the_registry_is_proved() -> None:
    statuses = prove(list(gc.theorems.registry.values()))
    assert statuses == dict.fromkeys(gc.theorems.registry, "PROVED")


def test_a_lemma_is_no_proof_of_a_theorem_with_its_name() -> None:
    theorem = gc.theorems.registry["prop-3.1"]
    assert list(prove([replace(theorem, id="girsanov"), theorem])) == ["prop-3.1"]


def test_verify_shows_the_proofs_of_a_checkout(monkeypatch, capsys, tmp_path) -> None:
    from gausscollapse.app import cli

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr("sys.argv", ["gausscollapse", "verify", "prop-3.1", "--instances", "20", "--proofs"])
    with pytest.raises(SystemExit) as done:
        cli.main()
    assert done.value.code == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("prop-3.1"))
    assert row.rstrip().endswith("PROVED")
