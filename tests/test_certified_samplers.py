"""Certified statistics of samplers with any stochasticity, against closed forms and equations of raw states."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest
from flint import acb, fmpq
from scipy.integrate import solve_ivp

import gausscollapse as gc
from gausscollapse.checking import judge
from gausscollapse.core.exceptions import AbsentStatisticError, NotSupportedError
from gausscollapse.process.certified import CertifiedProcess, certified_statistics, flow
from gausscollapse.process.certified.balls import precision
from gausscollapse.process.certified.centres import Centre
from gausscollapse.process.certified.deviation import Pace, start_deviation
from gausscollapse.process.certified.exact_process import ExactProcess
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.flow import flow_integral
from gausscollapse.process.certified.leap import leap
from gausscollapse.process.certified.moments import learned_moments
from gausscollapse.process.certified.sweep import Effort
from gausscollapse.process.exact.statistics import LinearStatistics
from gausscollapse.theorems.instances.certified_starts import CertifiedStartStatistics

TIMES = gc.OrnsteinUhlenbeck(horizon=1.5, stop=0.2)
DATA = gc.Gaussian([0.5, -0.25], [[0.8, 0.3], [0.3, 0.5]])
TARGET = gc.Gaussian([0.6, -0.2], [[0.7, 0.25], [0.25, 0.6]])
ERROR = gc.AffineError([[0.1, -0.2], [0.15, 0.05]], [0.2, -0.1])
STOCHASTICITIES = (0.0, 0.375, 1.0, 2.5)


@pytest.mark.parametrize("lam", STOCHASTICITIES)
def test_a_constant_offset_moves_the_mean_as_the_closed_form_says(lam):
    process = gc.ReverseProcess(gc.Gaussian(0, 1), TIMES, gc.AffineError(0, 0.3125), stochasticity=lam)
    certified = CertifiedProcess(process, digits=30)
    with mpmath.workdps(40):
        b, span = mpmath.mpf(0.3125), mpmath.mpf(TIMES.horizon) - mpmath.mpf(TIMES.stop)
        # m' = -lam^2 m/2 + k b.
        k = (1 + mpmath.mpf(lam) ** 2) / 2
        rate = mpmath.mpf(lam) ** 2 / 2
        mean = k * b * (span if lam == 0.0 else -mpmath.expm1(-rate * span) / rate)
        truths = {"kl": mean**2 / 2, "wasserstein2": mean, "learned_energy": b**2 * span}
        if lam > 0.0:
            truths["path_kl"] = (k / lam) ** 2 * b**2 * span / 2
            truths["slack_integral"] = truths["path_kl"] - mean**2 / 2
        # The root of energy times Fisher information is b m.
        path = span**2 / 2 if lam == 0.0 else (span - -mpmath.expm1(-rate * span) / rate) / rate
        truths["flow_integral"] = k * b**2 * path
        for name, truth in truths.items():
            found = mpmath.mpf(certified.ball(name).str(35, radius=False))
            digits = 15 if name == "flow_integral" else 28
            assert abs(found / truth - 1) < mpmath.mpf(10) ** -digits, name


@pytest.mark.parametrize("lam", STOCHASTICITIES)
@pytest.mark.parametrize("start", ["marginal", "standard-normal"])
def test_moments_are_those_of_the_equation_of_raw_states(lam, start):
    error = ERROR + gc.RealizableError(TARGET).scaled(0.5) + gc.AmplifiedScoreError(0.1)
    process = gc.ReverseProcess(DATA, TIMES, error, start, stochasticity=lam)
    statistics, k = certified_statistics(process, digits=10), 0.5 * (1.0 + lam**2)

    def law(t, gaussian):
        return np.exp(-0.5 * t) * gaussian.mean, np.exp(-t) * gaussian.cov + (1.0 - np.exp(-t)) * np.eye(2)

    def change(s, state):
        """Return the rates of mean, covariance and energy: dx = (x/2 + k (score + e)) ds + lam dB."""
        t, mean, cov = TIMES.horizon - s, state[:2], state[2:6].reshape(2, 2)
        (m, v), (n, w) = law(t, DATA), law(t, TARGET)
        score, other = -np.linalg.inv(v), -np.linalg.inv(w)
        slope = np.asarray(ERROR.matrix) + 0.5 * (other - score) + 0.1 * score
        offset = np.asarray(ERROR.offset) - 0.5 * (other @ n - score @ m) - 0.1 * score @ m
        drift = 0.5 * np.eye(2) + k * (score + slope)
        flow = drift @ cov
        energy = np.sum((slope @ mean + offset) ** 2) + np.trace(slope @ cov @ slope.T)
        rate = flow + flow.T + lam**2 * np.eye(2)
        apart = score + np.linalg.inv(cov)
        fisher = np.trace(apart @ cov @ apart) + np.sum((score @ (mean - m)) ** 2)
        sums = [energy, np.sqrt(max(energy * fisher, 0.0))]
        return np.concatenate([drift @ mean + k * (offset - score @ m), rate.ravel(), sums])

    first = law(TIMES.horizon, DATA) if start == "marginal" else (np.zeros(2), np.eye(2))
    begin = np.concatenate([first[0], first[1].ravel(), [0.0, 0.0]])
    end = solve_ivp(change, (0.0, TIMES.horizon - TIMES.stop), begin, "DOP853", rtol=1e-12, atol=1e-13).y[:, -1]
    assert np.allclose(statistics.learned_mean.value[0], end[:2], rtol=1e-9, atol=1e-10)
    assert np.allclose(statistics.learned_covariance.value[0].ravel(), end[2:6], rtol=1e-9, atol=1e-10)
    assert np.isclose(statistics.learned_energy.value[0], end[6], rtol=1e-9)
    assert np.isclose(statistics.flow_integral.value[0], end[7], rtol=1e-6)
    assert float(statistics.flow_integral.width[0]) < 1e-9
    ideal = law(TIMES.stop, DATA)
    truth = gc.kl(gc.Gaussian(end[:2], end[2:6].reshape(2, 2)), gc.Gaussian(*ideal))
    assert np.isclose(statistics.kl.value[0], float(truth), rtol=1e-7)
    if lam > 0.0:
        gap = statistics.path_kl - statistics.kl
        assert np.all(gap.overlaps(statistics.slack_integral))
        assert np.all(statistics.slack_integral.width < 1e-9)


@pytest.mark.parametrize("lam", [0.0, 0.375, 2.5])
def test_floats_and_balls_agree_on_what_both_have(lam):
    process = gc.ReverseProcess(DATA, TIMES, ERROR, stochasticity=lam)
    balls, floats = certified_statistics(process, digits=10), process.statistics
    for name in (
        "ideal_energy", "learned_energy", "kl", "reverse_kl", "chi2", "hellinger2", "wasserstein2",
        "observed_energy", "swirl_energy", "path_kl", "slack_integral", "observability",
    ):  # fmt: skip
        if name not in balls.absent:
            assert np.all(getattr(balls, name).overlaps(getattr(floats, name))), name
    for weight in ("learned", "ideal"):
        assert np.all(balls.gradient_energy(weight).overlaps(floats.gradient_energy(weight)))


@pytest.mark.parametrize("start", ["marginal", pytest.param("standard-normal", marks=pytest.mark.slow)])
def test_the_integral_of_a_flow_holds_the_truth_at_every_effort(monkeypatch, start):
    process = ExactProcess.of(gc.ReverseProcess(DATA, TIMES, ERROR, start, stochasticity=0.0))
    with precision(192):
        coefficients = Coefficients(process)
        exact = flow_integral(coefficients, Effort(192, 72))
        assert exact.rad() < 1e-15
        for aim in (12, 24):
            found = flow_integral(coefficients, Effort(192, aim))
            assert found.overlaps(exact), aim
            assert found.rad() >= exact.rad()
        # A deviation that is wrong in the sixth digit is found out.
        truth = flow.FlowPanel._moments
        spoilt = lambda self, x, size: tuple(part * acb(1.000001) for part in truth(self, x, size))  # noqa: E731
        monkeypatch.setattr(flow.FlowPanel, "_moments", spoilt)
        assert not flow_integral(coefficients, Effort(192, 72)).overlaps(exact)


def test_what_is_not_certified_of_other_samplers_says_why():
    process = gc.ReverseProcess(DATA, TIMES, ERROR, stochasticity=0.5)
    statistics = certified_statistics(process)
    assert statistics.stochasticity.tolist() == [0.5]
    with pytest.raises(AbsentStatisticError, match="the reverse equation alone"):
        statistics.path_chi2  # noqa: B018
    with pytest.raises(NotSupportedError, match="of stochasticity 1"):
        CertifiedProcess(process).log_exponential_moment(theta1=1.0, theta2=0.0)
    flow = certified_statistics(gc.ReverseProcess(DATA, TIMES, ERROR, stochasticity=0.0))
    assert "path_kl" in flow.absent
    assert "flow_integral" not in flow.absent


FLOW = gc.ReverseProcess(
    DATA, gc.OrnsteinUhlenbeck(9.0, 0.2), gc.AffineError(np.zeros((2, 2)), [0.1, 0]), stochasticity=0.0
)  # fmt: skip
WRONG = gc.ReverseProcess(
    DATA, TIMES, gc.AffineError(np.zeros((2, 2)), np.zeros(2)), "standard-normal"
)  # fmt: skip
NOISY = gc.ReverseProcess(DATA, TIMES, ERROR, stochasticity=0.375)


@pytest.mark.parametrize(
    ("theorem", "process", "outcome"),
    [
        ("lambda-slack", NOISY, "HOLDS"),
        ("flow-kl", FLOW, "HOLDS"),
        ("flow-no-energy-bound", FLOW, "VIOLATED"),
        ("start", WRONG, "HOLDS"),
    ],
)
def test_the_referee_agrees_and_finds_a_planted_fault(monkeypatch, theorem, process, outcome):
    ruling = judge(theorem, process)
    assert (str(ruling.agreement), str(ruling.verdict.outcome)) == ("agreed", outcome), ruling.reason
    truth = LinearStatistics.kl
    with monkeypatch.context() as planted:
        planted.setattr(LinearStatistics, "kl", property(lambda self: truth.func(self) * (1.0 + 1e-6)))
        assert str(judge(theorem, process).agreement) == "disagreed"


def test_a_certified_pull_that_is_wrong_is_found(monkeypatch):
    """The planted fault is in the balls: the gain of the reverse equation for every sampler."""
    truth = Coefficients.__init__

    def spoilt(self, process):
        truth(self, process)
        self.ideal = type(self.ideal)(self.ideal.constant, self.ideal.linear, -self.first, self.ideal.share)

    monkeypatch.setattr(Coefficients, "__init__", spoilt)
    other = gc.ReverseProcess(DATA, TIMES, ERROR.scaled(0.75), stochasticity=0.375)
    assert str(judge("lambda-slack", other).agreement) == "disagreed"


def test_the_pace_bounds_what_a_sampler_does_to_differences():
    """The logarithmic norm with the gain k: the control is that of the reverse equation, which is too small."""
    process = gc.ReverseProcess(gc.Gaussian([0, 0], 3 * np.eye(2)), TIMES, ERROR.scaled(0.01), stochasticity=0.0)
    coefficients = Coefficients(CertifiedProcess(process).process)
    pace = Pace.on(coefficients, Centre(coefficients, coefficients.stop), coefficients.start * 0 + 1e-3, 1)
    # S = 2.6 or so at the stop: differences grow by 1/2 - 1/(2 S), and not by 1/2 - 1/S.
    variance = 1.0 + 2.0 * np.exp(-TIMES.stop)
    rate = np.log(float(pace.factor)) / float(pace.time)
    assert 0.5 - 0.5 / variance <= rate <= 0.5 - 0.5 / variance + 0.05
    assert rate > 0.5 - 1.0 / variance + 0.1


def test_what_a_wrong_start_keeps_is_closed_form():
    process = gc.ReverseProcess(gc.Gaussian(0.75, 0.5), TIMES, gc.AffineError(0, 0), "standard-normal")
    statistics = CertifiedStartStatistics(process, "standard-normal")
    with mpmath.workdps(30):
        for end, t in (("stop", mpmath.mpf(TIMES.stop)), ("horizon", mpmath.mpf(TIMES.horizon))):
            variance, mean = 1 - mpmath.exp(-t) / 2, 0.75 * mpmath.exp(-t / 2)
            truth = (variance + mean**2 - 1 - mpmath.log(variance)) / 2
            found = statistics.distance(end)
            assert found.lower[0] <= truth * (1 + mpmath.mpf(10) ** -16)
            assert truth * (1 - mpmath.mpf(10) ** -16) <= found.upper[0]
    # The flow carries mean and deviation along: as far from q as N(0, 1) was from q_T.
    t = TIMES.horizon
    variance, mean = 1.0 - 0.5 * np.exp(-t), 0.75 * np.exp(-0.5 * t)
    truth = 0.5 * (1.0 / variance + mean**2 / variance - 1.0 + np.log(variance))
    assert np.isclose(float(statistics.flow.kl.value[0]), truth, rtol=1e-13)


LONG = gc.OrnsteinUhlenbeck(horizon=150.0, stop=0.25)
FAR = {
    "offset": (gc.Gaussian(0.5, 0.75), gc.AffineError(0, 0.01), 0.0),
    "slope": (gc.Gaussian(0.5, 0.75), gc.AffineError(0.01, 0.02), 0.0),
    "plane": (DATA, gc.AffineError([[0.002, 0.01], [-0.01, 0.001]], [0.01, 0.02]), 0.0),
}


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("offset", "marginal"), ("slope", "standard-normal"), ("plane", "marginal"),
        *(pytest.param(*pair, marks=pytest.mark.slow)
          for pair in (("offset", "standard-normal"), ("slope", "marginal"), ("plane", "standard-normal"))),
    ],
)  # fmt: skip
def test_a_leap_is_what_many_steps_come_to(monkeypatch, name, start):
    data, error, lam = FAR[name]
    process = ExactProcess.of(gc.ReverseProcess(data, LONG, error, start, stochasticity=lam))

    def numbers(found):
        return [*found.deviation.entries(), found.ideal_energy, found.excess]

    with precision(128):
        coefficients, effort = Coefficients(process), Effort.lean(128)
        assert leap(coefficients, start_deviation(coefficients, central=False), effort) is not None
        fast = numbers(learned_moments(coefficients, effort))
        monkeypatch.setattr("gausscollapse.process.certified.leap.ENDS", ())
        slow = numbers(learned_moments(coefficients, effort))
        assert all(a.overlaps(b) for a, b in zip(fast, slow, strict=True))
        assert max(float(a.rad()) for a in fast) < 1e-8
        # The control: the same a little earlier.
        monkeypatch.undo()
        earlier = replace(process, horizon=process.horizon - fmpq(1, 1000))
        other = numbers(learned_moments(Coefficients(earlier), effort))
        assert not all(a.overlaps(b) for a, b in zip(other, slow, strict=True))


def test_a_leap_is_not_taken_where_it_would_lose_bits():
    steep = ExactProcess.of(gc.ReverseProcess(DATA, LONG, ERROR.scaled(5.0), stochasticity=0.0))
    with precision(128):
        coefficients = Coefficients(steep)
        assert leap(coefficients, start_deviation(coefficients, central=False), Effort.lean(128)) is None
