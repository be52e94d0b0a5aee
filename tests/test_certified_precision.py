"""What certified statistics save work by: the drift's logarithmic norm, the first precision, the short inverse."""

import numpy as np
import pytest
from flint import arb, arb_mat, fmpq

import gausscollapse as gc
from gausscollapse.process.certified import CertifiedProcess, deviation, resolvents
from gausscollapse.process.certified.balls import precision
from gausscollapse.process.certified.centres import Centre
from gausscollapse.process.certified.deviation import Pace
from gausscollapse.process.certified.endpoint import Endpoints
from gausscollapse.process.certified.exact_process import ExactProcess
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.solution import STATISTICS, Solution
from gausscollapse.process.certified.sweep import Effort

COVARIANCE = np.array([[0.8, 0.3], [0.3, 0.5]])
WIDE = np.array([[40.0, 5.0], [5.0, 30.0]])
TARGET = np.array([[0.2, 0.05], [0.05, 0.1]])
SLOPE, SWIRL, AMPLIFIED = np.array([[0.2, -0.3], [0.4, 0.1]]), np.array([[0.0, 0.25], [-0.25, 0.0]]), 0.125


def built(covariance, share):
    """Return a process whose error has all parts, `share` times that of a realizable one among them."""
    error = (
        gc.AffineError(SLOPE, [0.3, -0.2])
        + gc.SolenoidalError(SWIRL)
        + gc.AmplifiedScoreError(AMPLIFIED)
        + gc.RealizableError(gc.Gaussian([0.6, -0.2], TARGET)).scaled(share)
    )
    times = gc.OrnsteinUhlenbeck(horizon=1.5, stop=0.25)
    return gc.ReverseProcess(gc.Gaussian([0.5, -0.25], covariance), times, error)


def growth_rate(covariance, share, theta, v):
    """Return the largest eigenvalue of the symmetric part of the drift, written down again in floats."""
    eye = np.eye(2)
    inverse, other = (np.linalg.inv(eye + v**2 * (part - eye)) for part in (covariance, TARGET))
    error = SLOPE + (SWIRL - AMPLIFIED * eye) @ inverse + share * (inverse - other)
    drift = eye / 2 - inverse + theta * error
    return np.linalg.eigvalsh(drift + drift.T)[-1] / 2


@pytest.mark.parametrize("covariance", [COVARIANCE, WIDE, TARGET], ids=["narrow", "wide", "target"])
@pytest.mark.parametrize("share", [-0.5, 0.0, 0.5, 1.0, 1.75])
@pytest.mark.parametrize("theta", [0, 1])
def test_no_difference_grows_faster_than_the_logarithmic_norm_says(covariance, share, theta, monkeypatch):
    def beyond():
        """Return by how much the true rate is above what is claimed, the largest over some steps."""
        found = []
        with precision(128):
            parts = Coefficients(ExactProcess.of(built(covariance, share)))
            for v in (0.5, 0.7, 0.88):
                pace = Pace.on(parts, Centre(parts, arb(v)), arb(0.01), theta)
                claimed = float(pace.factor.log() / pace.time)
                found.append(
                    max(growth_rate(covariance, share, theta, v * (1 + 0.01 * x)) for x in (0, 0.5, 1)) - claimed
                )
        return max(found)

    assert beyond() <= 1e-12
    monkeypatch.setattr(deviation, "_signed_rate", lambda *_: arb(-50))
    assert beyond() > 1.0, "a rate that is too small must be seen"


def test_a_realizable_error_grows_no_faster_than_its_own_reverse_process():
    # The learned drift is 1/2 - V^{-1}: at most 1/2, however large the error is.
    with precision(128):
        parts = Coefficients(ExactProcess.of(gc.ReverseProcess(
            gc.Gaussian([0.5, -0.25], WIDE), gc.OrnsteinUhlenbeck(horizon=1.5, stop=0.25),
            gc.RealizableError(gc.Gaussian([0.6, -0.2], TARGET)),
        )))  # fmt: skip
        pace = Pace.on(parts, Centre(parts, arb(0.88)), arb(0.001), 1)
        assert float(pace.slope) > 2.0
        assert float(pace.factor.log() / pace.time) <= 0.5


@pytest.mark.parametrize(
    ("covariance", "digits", "last"),
    [
        pytest.param(WIDE, 7, Effort.least(128), id="few-wide"),
        pytest.param(COVARIANCE, 15, Effort.full(128), id="float-narrow"),
        pytest.param(COVARIANCE, 9, Effort.lean(128), id="some-narrow", marks=pytest.mark.slow),
        pytest.param(WIDE, 15, Effort.full(128), id="float-wide", marks=pytest.mark.slow),
    ],
)
def test_the_first_precisions_and_a_larger_one_agree(covariance, digits, last):
    process = built(covariance, 0.5)
    quick, sure = CertifiedProcess(process, digits=digits), CertifiedProcess(process, digits=40)
    assert quick.levels[0].order < sure.levels[0].order
    with precision(256):
        for name in STATISTICS:
            one, other = quick.ball(name), sure.ball(name)
            assert one.overlaps(other), name
            assert one.rad() <= abs(one).lower() * arb(10) ** -digits, name
            assert other.rad() < one.rad() or other.is_exact(), name
        assert last in quick._solutions


def test_the_short_inverse_is_the_long_one(monkeypatch):
    process = ExactProcess.of(built(COVARIANCE, 0.5))

    def energies():
        with precision(192):
            solution = Solution(process, Effort.full(192))
            return [solution.ideal_energy(), solution.learned_energy(), solution.variation_square(), solution.kl()]

    short = energies()
    monkeypatch.setattr(resolvents, "SMALL", 0)
    long = energies()
    assert all(a.overlaps(b) for a, b in zip(short, long, strict=True))
    assert any(a.rad() != b.rad() for a, b in zip(short, long, strict=True)), "the two are different computations"
    at = resolvents.Resolvent.at
    monkeypatch.setattr(resolvents, "SMALL", 16)
    monkeypatch.setattr(
        resolvents.Resolvent, "at", classmethod(lambda cls, change, v: at(change, v * (1 + arb(2) ** -40)))
    )
    assert not any(a.overlaps(b) for a, b in zip(energies(), long, strict=True))


def test_divergences_keep_the_digits_of_a_small_change():
    # What is of first order in X cancels: KL of a change of 1e-6, known to 1e-16, keeps nine of its ten digits.
    covariance, change = arb_mat([[2, arb(0.5)], [arb(0.5), 1]]), [[arb(1e-6), arb(-2e-6)], [arb(-2e-6), arb(3e-6)]]
    mean, wide = arb_mat(2, 1), arb(0, 1e-16)
    names = {
        "kl": lambda ends: ends.kl(),
        "reverse_kl": lambda ends: ends.reverse_kl(),
        "chi2": lambda ends: ends.log_chi2(),
        "renyi": lambda ends: ends.renyi(fmpq(5, 2)),
    }
    with precision(192):
        vague = Endpoints(covariance, arb_mat([[entry + wide for entry in row] for row in change]), mean)
        corners = [
            Endpoints(covariance, arb_mat([[a + p * 1e-16, b + q * 1e-16], [b + q * 1e-16, c - p * 1e-16]]), mean)
            for (a, b), (_, c) in [change]
            for p in (-1, 0, 1)
            for q in (-1, 0, 1)
        ]
        for name, value in names.items():
            ball = value(vague)
            assert float(ball.rad() / ball) < 1e-9, name
            assert all(ball.overlaps(value(corner)) for corner in corners), name
            assert ball.rad() < 4 * max(abs(value(corner) - value(corners[4])).upper() for corner in corners), name
        loose = (vague.relative.trace() - vague.log_volume) / 2
        assert float(loose.rad() / loose) > 1e-6, "the formula itself loses what cancels"
