"""Certified statistics by floats: every bound against balls or rational numbers, which know nothing of it."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from flint import arb, arb_mat, fmpq, fmpq_mat

import gausscollapse as gc
from gausscollapse.process.certified import float_flow, float_moments, float_paths
from gausscollapse.process.certified.affine_energy import affine_energy
from gausscollapse.process.certified.balls import precision, rational_matrix
from gausscollapse.process.certified.certified_process import CertifiedProcess
from gausscollapse.process.certified.exact_process import ExactProcess
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.series import Number, Series, inverse
from gausscollapse.process.certified.solution import STATISTICS, Solution
from gausscollapse.process.certified.stretches import largest_rates, stretches
from gausscollapse.process.certified.sweep import Effort, PrecisionError

TARGET = gc.Gaussian([0.6, -0.2], [[0.2, 0.05], [0.05, 0.1]])


def process(*, share=0.5, size=1.0, covariance=((0.8, 0.3), (0.3, 0.5)), **options):
    """Return a process whose error has all parts."""
    error = (
        gc.AffineError(size * np.array([[0.2, -0.3], [0.4, 0.1]]), [0.3 * size, -0.2 * size])
        + gc.SolenoidalError(size * np.array([[0.0, 0.25], [-0.25, 0.0]]))
        + gc.AmplifiedScoreError(0.125 * size)
        + gc.RealizableError(TARGET).scaled(share)
    )
    times = gc.OrnsteinUhlenbeck(horizon=4.0, stop=0.01)
    return gc.ReverseProcess(gc.Gaussian([0.5, -0.25], np.array(covariance)), times, error, **options)


INSTANCES = {
    "all parts": process(),
    "start from N(0, I)": process(start="standard-normal"),
    "less noise": process(stochasticity=0.5),
    "small": process(share=0.001, size=0.001),
    "wide": process(covariance=((40.0, 5.0), (5.0, 30.0))),
    "away from the target": process(share=-0.25),
    "line": gc.ReverseProcess(
        gc.Gaussian(0.5, 0.3), gc.OrnsteinUhlenbeck(horizon=5.0, stop=1e-3), gc.AffineError(0.1, -0.4)
    ),
    "swirl": gc.ReverseProcess(
        gc.Gaussian([0.0, 0.0], np.eye(2)),
        gc.OrnsteinUhlenbeck(horizon=9.0, stop=1e-4),
        gc.SolenoidalError(np.array([[0.0, 0.3], [-0.3, 0.0]])),
    ),
    "from far away": gc.ReverseProcess(
        gc.Gaussian(0.5, 1.3), gc.OrnsteinUhlenbeck(horizon=90.0, stop=0.0), gc.AffineError(-0.1, 0.2)
    ),
}


@lru_cache(maxsize=1)
def by_balls(case):
    """Return everything by balls with Taylor's tail bounded by Cauchy and Gronwall: another method."""
    return Solution(ExactProcess.of(INSTANCES[case]), Effort.full(192))


def solutions(case):
    """Return everything by floats and by balls."""
    return Solution(ExactProcess.of(INSTANCES[case]), Effort.least(192)), by_balls(case)


def held(case):
    """Return how many of the parts by floats meet those by balls, and D's first radius."""
    with precision(192):
        one, other = solutions(case)
        met = [
            one.learned.deviation.overlaps(other.learned.deviation),
            one.tangent.tangent.overlaps(other.tangent.tangent),
            one.learned.excess.overlaps(other.learned.excess),
            one.learned.ideal_energy.overlaps(other.learned.ideal_energy),
            one.tangent.third.overlaps(other.tangent.third),
            one.tangent.variance.overlaps(other.tangent.variance),
            one.log_path.overlaps(other.log_path),
        ]
        return sum(met), float(one.learned.deviation[0, 0].rad())


def narrow(ball, aim):
    return bool(ball.rad() <= abs(ball).lower() * aim or ball.abs_upper() < 1e-14)


SOON = ("line", "small")


@pytest.mark.parametrize(
    "case", [case if case in SOON else pytest.param(case, marks=pytest.mark.slow) for case in INSTANCES]
)
def test_floats_hold_what_balls_say(case):
    read = ExactProcess.of(INSTANCES[case])
    with precision(192):
        one, other = solutions(case)
        for name in NAMES:
            if name not in CertifiedProcess(read).absent:
                try:
                    found = STATISTICS[name](one)
                except PrecisionError:
                    # Where a moment of the paths is infinite, or nearly, balls are asked.
                    assert name in NAMES[-2:]
                    continue
                assert found.overlaps(STATISTICS[name](other)), name
                assert narrow(found, 1e-7 if name != "martingale_remainder" else 1e-2), name


NAMES = (
    "ideal_energy", "learned_energy", "kl", "reverse_kl", "chi2", "observed_energy", "variation_square",
    "path_chi2", "martingale_remainder",
)  # fmt: skip


@pytest.mark.parametrize(
    "case", ["line", pytest.param("all parts", marks=pytest.mark.slow), pytest.param("swirl", marks=pytest.mark.slow)]
)
def test_splits_by_floats_hold_what_balls_say(case):
    with precision(192):
        one, other = solutions(case)
        for name in ("slack_integral", "learned_gradient_energy", "ideal_gradient_energy", "swirl_energy"):
            found, sure = STATISTICS[name](one), STATISTICS[name](other)
            assert found.overlaps(sure), name
            assert narrow(found, 1e-7), name


@pytest.mark.parametrize("start", ["marginal", "standard-normal"])
def test_the_integral_of_a_flow_by_floats_holds_what_arb_integrates(start, monkeypatch):
    flow = gc.ReverseProcess(
        gc.Gaussian(0.5, 0.3), gc.OrnsteinUhlenbeck(horizon=3.0, stop=1e-2), gc.AffineError(0.1, -0.4),
        start=start, stochasticity=0.0,
    )  # fmt: skip
    read = ExactProcess.of(flow)
    with precision(192):
        sure = Solution(read, Effort.full(192)).flow_integral()
        found = Solution(read, Effort.least(192)).flow_integral()
        assert found.overlaps(sure)
        assert sure.rad() < found.rad() < found * arb(1e-9)
        # The control: roots without the bound of their residue.
        monkeypatch.setattr(float_flow, "root", lambda square: Series(0.5 * square.parts, 0.0))
        assert not Solution(read, Effort.least(192)).flow_integral().overlaps(sure)


def test_roots_are_as_far_off_as_they_say_at_most():
    square = Series(np.array([1.0, 0.5, 0.2])[:, None, None].repeat(1, axis=1), 0.0)
    padded = Series(np.concatenate([square.parts, np.zeros((51, 1, 1))]), 0.0)
    found = float_flow.root(padded)
    with precision(192):
        for x in (arb(0), arb(1) / 3, arb(1)):
            true = (1 + x / 2 + x * x * arb(0.2)).sqrt()
            near = sum((arb(float(part)) * x**k for k, part in enumerate(found.parts[:, 0, 0])), arb(0))
            assert float(abs(true - near).upper()) <= found.off < 1e-12
    with pytest.raises(PrecisionError):
        float_flow.root(Series(padded.parts * [[[-1.0]]], 0.0))


@pytest.mark.parametrize("module", [float_moments, float_paths])
def test_wrong_polynomials_are_found_out_by_their_defect(module, monkeypatch):
    expanded = module.expanded

    def wrong(*args):
        found = expanded(*args)
        found[3] += 1e-9 * (1.0 - np.eye(len(found[3]))) + 1e-9 * np.diag([1.0, 0.0])
        return found

    count, before = held("line")
    assert count == 7
    monkeypatch.setattr(module, "expanded", wrong)
    count, after = held("line")
    assert count == 7, "wider, and still true"
    assert module is float_paths or after > 100 * before
    monkeypatch.setattr(module, "sizes", lambda parts: np.zeros(len(parts)))
    assert held("line")[0] < 7, "without the defect the wrong polynomials are believed"


def exact(parts_of):
    return [rational_matrix(part) for part in parts_of]


def test_products_are_as_far_off_as_they_say_at_most():
    rng = np.random.default_rng(1)
    for scale in (1.0, 1e-8, 1e8):
        left = Series(rng.standard_normal((5, 3, 2)) * scale, 0.0)
        right = Series(rng.standard_normal((7, 2, 4)), 0.0)
        found = left.times(right)
        true = [fmpq_mat(3, 4) for _ in range(11)]
        for i, a in enumerate(exact(left.parts)):
            for j, b in enumerate(exact(right.parts)):
                true[i + j] = true[i + j] + a * b
        off = sum(_norm(a - b) for a, b in zip(true, exact(found.parts), strict=True))
        assert 0.0 < off <= found.off < 1e3 * off
        cut = left.times(right, 6)
        rest = sum(_norm(a) for a in true[6:])
        assert len(cut.parts) == 6
        assert rest * 0.999 <= cut.off <= 1.001 * rest + found.off


def _norm(matrix):
    return float(sum(entry * entry for entry in matrix.entries())) ** 0.5


def test_inverses_and_derivatives_are_as_far_off_as_they_say_at_most():
    rng = np.random.default_rng(1)
    basis = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    change = (basis * [-0.9, 0.5, 3.0]) @ basis.T
    change = 0.5 * (change + change.T)
    covariance = Series(np.array([np.eye(3) + 0.25 * change, 0.2 * change, 0.04 * change]), 0.0)
    found = inverse(covariance, 54)
    for x in (fmpq(0), fmpq(1, 3), fmpq(1)):
        true = sum((part * x**k for k, part in enumerate(exact(covariance.parts))), fmpq_mat(3, 3)).inv()
        near = sum((part * x**k for k, part in enumerate(exact(found.parts))), fmpq_mat(3, 3))
        assert _norm(true - near) <= found.off < 1e-12
    with pytest.raises(PrecisionError):
        inverse(Series(covariance.parts[:2] * [[[1.0]], [[-30.0]]], 0.0), 54)
    ratio = Number(0.3, 0.0)
    slope, third = found.rate(ratio), fmpq(1, 3)
    exactly = exact(found.parts)
    rate = sum((part * (k * third ** (k - 1)) for k, part in enumerate(exactly) if k), fmpq_mat(3, 3))
    near = sum((part * third**k for k, part in enumerate(exact(slope.parts))), fmpq_mat(3, 3))
    assert _norm(rate * (1 + fmpq(*(0.3).as_integer_ratio()) * third) - near) <= slope.off < 1e-12


def test_the_logarithmic_norm_is_bounded_on_every_piece():
    rng = np.random.default_rng(1)
    drift = Series(rng.standard_normal((4, 3, 3)), 0.0)
    bounds = largest_rates(drift)
    for piece, bound in enumerate(bounds):
        for x in np.linspace(piece, piece + 1, 9) / len(bounds):
            value = sum(part * x**k for k, part in enumerate(drift.parts))
            rate = np.linalg.eigvalsh(0.5 * (value + value.T))[-1]
            assert rate <= bound + 1e-12
            assert bound <= rate + 1.0


def test_stretches_lie_end_to_end_and_hold_their_fields():
    with precision(192):
        coefficients = Coefficients(ExactProcess.of(process()))
        for backwards in (False, True):
            v = coefficients.stop if backwards else coefficients.start
            for stretch in stretches(coefficients, backwards=backwards):
                assert (stretch._v - v).abs_upper() < arb(2) ** -150
                v = stretch._v + stretch._span
                for x in (0, arb(1) / 3, 1):
                    at = stretch._v + stretch._span * x
                    for field, found in (
                        (coefficients.error, stretch.error),
                        (coefficients.drift(arb(1)), stretch.learned),
                    ):
                        value = sum(
                            (arb_mat(part.tolist()) * arb(x) ** k for k, part in enumerate(found.parts)),
                            arb_mat(3, 3),
                        )
                        rest = value - coefficients.at(field, at)
                        assert max(float(entry.abs_upper()) for entry in rest.entries()) <= found.off < 1e-10
            end = coefficients.start if backwards else coefficients.stop
            assert (v - end).abs_upper() < arb(2) ** -150


def test_the_energy_of_an_affine_error_needs_no_equation(monkeypatch):
    error = gc.AffineError([[0.2, -0.3], [0.4, 0.1]], [0.3, -0.2])
    for factor in (1.0, 0.375):
        affine = gc.ReverseProcess(
            gc.Gaussian([0.5, -0.25], [[0.8, 0.3], [0.3, 0.5]]),
            gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.25), error, stochasticity=factor,
        )  # fmt: skip
        with precision(192):
            solution = Solution(ExactProcess.of(affine), Effort.full(192))
            closed = solution.ideal_energy()
            assert "equations" not in vars(solution)
            assert closed.overlaps(solution.learned.ideal_energy)
            assert closed.rad() < solution.learned.ideal_energy.rad() < arb(1e-30)
            # The control: about the mean 0 it is another number.
            about = replace(solution.coefficients.error, linear=arb_mat(3, 3))
            solution.coefficients.error = about
            assert not affine_energy(solution.coefficients).overlaps(closed)
    with precision(192):
        assert affine_energy(Coefficients(ExactProcess.of(process()))) is None
