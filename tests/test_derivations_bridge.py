"""Closed forms of ``derivations`` together: several on one process, and the bounds as bounds in the plane.

That each of them equals a number of the package is in ``test_bridges``. Both sides are closed forms or differential
equations solved to 1e-12; agreement is asked to 1e-10.
"""

from dataclasses import replace
from math import expm1, log1p, sqrt

import numpy as np
import pytest
from scipy.integrate import quad

import gausscollapse as gc
from gausscollapse.checking.proofs import prove
from tests.bridges import value

pytestmark = pytest.mark.slow

AGREEMENT = 1e-10
SEEDS = range(8)


def test_infinite_chi2_beyond_the_condition() -> None:
    assert float(gc.chi2(gc.Gaussian(0.0, 2.0), gc.Gaussian(0.0, 1.0))) == np.inf
    assert float(gc.chi2(gc.Gaussian(0.0, 2.3), gc.Gaussian(0.0, 1.0))) == np.inf


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
