"""Certified statistics of trajectories: against quadrature at 40 digits, and as judge of the float path."""

import dataclasses
from contextlib import suppress
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.checking import judge
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.lab import describe
from gausscollapse.retraining.certified import CertifiedTrajectoryStatistics, StoppedRetraining
from gausscollapse.theorems.instances.trajectory_statistics import TrajectoryStatistics

# A chapter without certified statistics says why: see test_referee.
OTHERS = [
    item
    for item in gc.theorems.registry.values()
    if item.chapter.name != "single generation" and item.chapter.certify is not None
]
# Instances of which a control is refuted, where each is a computation of its own.
HEAVY = {
    "discretisation": 4,
    "realizable": 1,
    "lambda-slack": 1,
    "flow-kl": 3,
    "robust-ball": 4,
    "norm-filter": 2,
    "kl-step": 3,
    "budget": 4,
}
COMPARED = ("drift", "energy", "refreshed", "gram", "cross", "visible_shift")


def trajectories(chapter, count, seed):
    rng = np.random.default_rng(seed)
    return [instance for sample in chapter.draw(count, rng) for instance in sample.instances]


def certifiable(theorem, count, seed):
    """Return the drawn instances that have certified statistics: one at least."""
    found = []
    for instance in trajectories(theorem.chapter, count, seed):
        with suppress(NotSupportedError):
            theorem.chapter.certify(instance)
            found.append(instance)
    assert found
    return found


@pytest.mark.parametrize("theorem", OTHERS, ids=lambda item: item.id)
def test_the_referee_agrees_on_every_theorem(theorem):
    for instance in certifiable(theorem, 1 if theorem.id in HEAVY else 4, 7):
        again = theorem.chapter.restore(theorem.chapter.describe(instance))
        ruling = judge(theorem, again)
        assert str(ruling.agreement) == "agreed", ruling.reason
        assert ruling.verdict.lhs is None or ruling.verdict.lhs.guarantee in ("certified", "closed-form")


# The mean is what the limit forgets most slowly: nearly attained.
SLOW = gc.retrain(gc.Gaussian(1e-3, 1), fresh=0.5, step=gc.retraining.early_stopping(0.25), generations=2)


@pytest.mark.parametrize("theorem", [t for t in OTHERS if t.id != "thm-4.2-display"], ids=lambda item: item.id)
def test_certified_statistics_refute_a_control(theorem):
    count = HEAVY.get(theorem.id, 7)
    instances = certifiable(theorem, count, 11) + ([SLOW] if theorem.id == "early-stopping" else [])
    assert any(
        gc.check(theorem.with_constants(**control.constants), instance, method="certified") == "VIOLATED"
        for control in theorem.controls
        for instance in reversed(instances)
    )


STEP, REACH = 1 / 10, 26


class Line:
    """A signed law on the line by its values on a grid of 40 digits: sums over it converge geometrically."""

    def __init__(self, parts):
        self.parts = {}
        for weight, mean, variance in parts:
            self.parts[mean, variance] = self.parts.get((mean, variance), 0) + weight

    def rows(self, factor=1):
        return [(factor * weight, mean, variance) for (mean, variance), weight in self.parts.items()]

    def minus(self, other):
        return Line(self.rows() + other.rows(-1))

    def values(self):
        grid = [mp.mpf(k) * STEP for k in range(-int(REACH / STEP), int(REACH / STEP) + 1)]
        return [
            mp.fsum(w * mp.exp(-((x - m) ** 2) / (2 * v)) / mp.sqrt(2 * mp.pi * v) for w, m, v in self.rows())
            for x in grid
        ]


def exact(number):
    return mp.mpf(Fraction(number).numerator) / Fraction(number).denominator


def laws_on_the_line(trajectory):
    """Return data, models and training laws."""

    def read(law):
        total = mp.fsum(map(exact, law.weights.tolist()))
        rows = zip(law.weights.tolist(), law.means[:, 0].tolist(), law.covs[:, 0, 0].tolist(), strict=True)
        return Line([(exact(w) / total, exact(m), exact(v)) for w, m, v in rows])

    data, models, trained = read(trajectory.data), [read(trajectory.start)], []
    for share, channel in zip(trajectory.fresh.tolist(), trajectory.channels, strict=True):
        a, f, c, h = (exact(float(np.ravel(x)[0])) for x in (share, channel.matrix, channel.offset, channel.noise))
        trained.append(Line(data.rows(a) + models[-1].rows(1 - a)))
        models.append(Line([(w, f * m + c, f * f * v + h) for w, m, v in trained[-1].rows()]))
    return data, models, trained


def inner(f, g, p):
    """Return ``int f g/p`` by the trapezoidal rule on values."""
    return STEP * mp.fsum(a * b / c for a, b, c in zip(f, g, p, strict=True))


LINES = [
    gc.retrain(gc.Gaussian(0.25, 1.5), fresh=0.3, step=gc.AffineChannel(0.875, 0.25, 0.125), generations=3),
    gc.retrain(
        gc.Gaussian(-1, 0.75), fresh=[0.1, 0.9], generations=2, start=gc.Gaussian(-0.5, 0.5),
        step=[gc.AffineChannel(1.125, 0, 0), gc.AffineChannel(0.5, -0.25, 0.5)],
    ),
    gc.retrain(
        gc.Gaussian(0, 1), fresh=0.0, generations=2, start=gc.GaussianMixture([0.25, 0.75], [-0.5, 0.5], [0.5, 1]),
        step=gc.retraining.offset_channel(0.1),
    ),
]  # fmt: skip


@pytest.mark.parametrize("trajectory", LINES)
def test_against_quadrature_at_forty_digits(trajectory):
    certified = CertifiedTrajectoryStatistics(trajectory)
    with mp.workdps(40):
        data, models, trained = laws_on_the_line(trajectory)
        p = data.values()
        deviations, refreshed = ([law.minus(data).values() for law in laws] for laws in (models, trained))
        innovations = [new.minus(old).values() for new, old in zip(models[1:], trained, strict=True)]
        truth = {
            "drift": [inner(f, f, p) for f in deviations],
            "energy": [inner(f, f, p) for f in innovations],
            "refreshed": [inner(f, f, p) for f in refreshed],
            "cross": [inner(f, deviations[0], p) for f in innovations],
        }
        for name, values in truth.items():
            found = getattr(certified, name)
            assert found.guarantee == "certified"
            for value, low, high in zip(values, found.lower[0], found.upper[0], strict=True):
                assert low - mp.mpf(10) ** -30 <= value <= high + mp.mpf(10) ** -30, name
                assert high - low <= 1e-15 * abs(value) + 1e-29, name
        first = inner(innovations[0], innovations[1], p)
        assert abs(first - mp.mpf(float(certified.gram.value[0, 0, 1]))) <= 1e-15 * abs(first)
        last = len(trained) - 1
        number, intra, _ = certified.intra
        chi2 = inner(innovations[last], innovations[last], trained[last].values())
        assert number[0] == last
        assert intra.lower[0] <= chi2 <= intra.upper[0]
        assert intra.width[0] <= 1e-7 * chi2


def test_the_double_sum_is_the_drift():
    trajectory = LINES[1]
    certified = CertifiedTrajectoryStatistics(trajectory)
    assert np.all(certified.filtered().overlaps(certified.drift))
    assert not np.all(certified.filtered(cross=1.01).overlaps(certified.drift))


@pytest.mark.parametrize(("excess", "finite"), [(-(2.0**-52), True), (0.0, False), (2.0**-51, False)])
def test_finiteness_is_decided_exactly(excess, finite):
    """``V_a = 2 V_p`` is the boundary: chi2 of N(0, 2 V) against N(0, V) is infinite, just below it is finite."""
    start = gc.Gaussian([0, 0], [[2 + 2 * excess, 0], [0, 1]])
    trajectory = gc.retrain(gc.Gaussian([0, 0], np.eye(2)), fresh=0.5, step=gc.retraining.perfect(2),
                            generations=1, start=start)  # fmt: skip
    certified = CertifiedTrajectoryStatistics(trajectory)
    drift = certified.drift
    assert bool(np.isfinite(certified.cross.upper[0, 0])) == finite
    if finite:
        # 1 + chi2 = 1/sqrt(1 - (V - 1)^2), V = 2 - 2^-51
        wanted = mp.mpf(1) / mp.sqrt(1 - (1 - mp.mpf(2) ** -51) ** 2) - 1
        assert abs(drift.value[0, 0] / float(wanted) - 1) < 1e-14
    else:
        assert drift.lower[0, 0] == np.inf


def test_small_fresh_fractions_lose_nothing():
    """The innovation is of the order of the fresh fraction where old and new channels agree."""
    data = gc.Gaussian(0, 1)
    for alpha in (1e-9, 1e-14):
        trajectory = gc.retrain(data, fresh=alpha, step=gc.AffineChannel(0.5, 0, 0.6), generations=12)
        certified = CertifiedTrajectoryStatistics(trajectory)
        assert np.all(certified.energy.width <= 1e-14 * np.asarray(certified.energy.value))


STOPPED = gc.retrain(
    gc.Gaussian([0.5, -0.25], [[0.8, 0.3], [0.3, 1.2]]), fresh=0.4, generations=2,
    step=gc.AffineChannel(0.5 * np.eye(2), [0, 0], 0.75 * np.eye(2)),
)  # fmt: skip


def test_distance_to_the_limit_against_hermite_series():
    """In d = 1 the squared distance is the sum of squared Hermite coefficients, by mpmath."""
    law, fresh = gc.Gaussian(0.5, 0.75), 0.375
    trajectory = gc.retrain(law, fresh=fresh, step=gc.AffineChannel(0.5, 0, 0.75), generations=2)
    found = CertifiedTrajectoryStatistics(trajectory).distance_to_limit
    with mp.workdps(40):
        a, factor = mp.mpf(fresh), mp.mpf("0.5")
        before, now, coefficients = mp.mpf(0), mp.mpf(1), []
        for k in range(160):
            coefficients.append(now / mp.sqrt(mp.factorial(k)))
            before, now = now, mp.mpf("0.5") * now - mp.mpf("0.25") * k * before
        for n, enclosure in enumerate(found):

            def left(k, n=n):
                limit, contraction = a * factor**k / (1 - (1 - a) * factor**k), ((1 - a) * factor**k) ** n
                return (1 - limit) * contraction

            wanted = mp.fsum((left(k) * coefficients[k]) ** 2 for k in range(1, 160))
            assert enclosure.lower[0] - 1e-25 <= wanted <= enclosure.upper[0] + 1e-25
            assert enclosure.width[0] <= 1e-14 * wanted


def test_with_fresh_data_alone_the_first_model_is_the_limit():
    step = gc.retraining.early_stopping(0.5)
    trajectory = gc.retrain(gc.Gaussian(0.5, 0.75), fresh=1.0, step=step, generations=2)
    distances = CertifiedTrajectoryStatistics(trajectory).distance_to_limit
    assert distances[0].lower[0] > 0.0
    assert all(0.0 <= distance.upper[0] <= 1e-29 for distance in distances[1:])


def test_beyond_the_range_of_floats_there_is_a_lower_end():
    """chi2 of N(m, 1) against N(0, 1) is exp(m^2) - 1."""
    far = gc.retrain(gc.Gaussian(0, 1), fresh=0.0, step=gc.retraining.offset_channel(1e3), generations=1)
    drift = CertifiedTrajectoryStatistics(far).drift
    assert (drift.lower[0, 1], drift.upper[0, 1]) == (np.finfo(float).max, np.inf)
    farther = gc.retrain(gc.Gaussian(0, 1), fresh=0.0, step=gc.retraining.offset_channel(1e200), generations=1)
    drift = CertifiedTrajectoryStatistics(farther).drift
    assert drift.lower[0, 1] >= 0.0
    assert drift.upper[0, 1] == np.inf


def test_distances_that_floats_scale_are_not_judged():
    step = gc.retraining.early_stopping(0.5)
    trajectory = gc.retrain(gc.Gaussian(50.0, 1.0), fresh=0.5, step=step, generations=2)
    ruling = judge("early-stopping", trajectory)
    assert (str(ruling.agreement), "up to a factor" in ruling.reason) == ("undecided", True)


def test_hermite_coefficients_of_the_limit():
    stopped = StoppedRetraining.of(STOPPED)
    for degree in (1, 2, 3):
        limit, data = stopped.hermite(degree)
        g = mp.mpf(2) ** -degree
        a = mp.mpf(0.4)
        kept = a * g / (1 - (1 - a) * g)
        assert abs(mp.mpf(float(limit.value[0])) / mp.mpf(float(data.value[0])) / kept - 1) < 1e-14
    assert abs(stopped.time - 2 * np.log(2)) < 1e-15


def test_realizable_errors_on_the_line():
    """KL at both ends by the formula of two Gaussians on the line, at 40 digits; the identity gives the energy."""
    process = gc.ReverseProcess(
        gc.Gaussian(0.5, 0.75),
        gc.OrnsteinUhlenbeck(horizon=2, stop=0.125),
        gc.RealizableError(gc.Gaussian(0.25, 1.5)),
    )
    (theorem,) = [item for item in OTHERS if item.id == "realizable"]
    statistics = theorem.chapter.certify(process).statistics
    with mp.workdps(40):

        def kl(t):
            keep = mp.exp(-mp.mpf(t))
            v, w = 1 + keep * (mp.mpf("0.75") - 1), 1 + keep * (mp.mpf("1.5") - 1)
            return (v / w - 1 - mp.log(v / w) + keep * mp.mpf("0.0625") / w) / 2

        for end, t in (("stop", 0.125), ("horizon", 2)):
            found = statistics.divergence(end)
            assert found.lower[0] <= kl(t) <= found.upper[0]
            assert found.width[0] <= 1e-15 * kl(t)
        energy = 2 * (kl(0.125) - kl(2))
        assert statistics.energy.lower[0] <= energy <= statistics.energy.upper[0]


def test_what_cannot_be_certified_says_why():
    mixture = gc.GaussianMixture([0.5, 0.5], [-1, 1], [1, 1])
    trajectory = gc.retrain(mixture, fresh=0.5, step=gc.retraining.offset_channel(0.1), generations=1)
    with pytest.raises(NotSupportedError, match="one Gaussian"):
        gc.check("refresh", trajectory, method="certified")
    with pytest.raises(NotSupportedError, match="early-stopping"):
        StoppedRetraining.of(LINES[0])
    process = gc.ReverseProcess(mixture, gc.OrnsteinUhlenbeck(), gc.RealizableError(gc.Gaussian(0, 1)))
    with pytest.raises(NotSupportedError, match="Gaussian data and target"):
        gc.check("realizable", process, method="certified")


def test_offsets_orthogonal_up_to_rounding_are_read_as_orthogonal():
    (theorem,) = [item for item in OTHERS if item.id == "incoherent"]
    for instance in trajectories(theorem.chapter, 6, 3):
        read = theorem.chapter.certify(instance).statistics
        off = ~np.eye(read.generations, dtype=bool)
        assert np.all(np.abs(np.asarray(read.gram.value)[0][off]) < 1e-30)
        given = CertifiedTrajectoryStatistics(instance).drift
        assert np.allclose(given.value, read.drift.value, rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ["drift", "energy"])
def test_a_planted_wrong_value_is_found_out(monkeypatch, name):
    truth = getattr(TrajectoryStatistics, name)
    monkeypatch.setattr(TrajectoryStatistics, name, property(lambda self: truth.func(self) * (1 + 1e-6)))
    assert str(judge("coherent", LINES[1]).agreement) == "disagreed"


def test_a_shifted_channel_is_found_out():
    trajectory = LINES[0]
    channel = trajectory.channels[0]
    moved = gc.AffineChannel(channel.matrix, channel.offset + 1e-9, channel.noise)
    other = CertifiedTrajectoryStatistics(dataclasses.replace(trajectory, channels=(moved, *trajectory.channels[1:])))
    floats = TrajectoryStatistics([trajectory])
    assert np.all(CertifiedTrajectoryStatistics(trajectory).drift.overlaps(floats.drift))
    assert not np.all(other.drift.overlaps(floats.drift))


@pytest.mark.slow
def test_intervals_of_the_float_path_on_three_hundred_trajectories():
    chapters = {
        item.chapter.name: item.chapter for item in OTHERS if item.chapter.accepts is gc.retraining.Trajectory
    }
    misses, count = [], 0
    for chapter in chapters.values():
        # Mixtures have certified statistics of their own.
        drawn = [item for item in trajectories(chapter, 50, 17) if isinstance(item.data, gc.Gaussian)]
        count += len(drawn)
        for trajectory in drawn:
            certified, floats = CertifiedTrajectoryStatistics(trajectory), TrajectoryStatistics([trajectory])
            for name in COMPARED if certified.finite[0] and floats.finite[0] else ("drift", "energy"):
                if trajectory.generations > 16 and name == "gram":
                    continue
                there, here = getattr(certified, name), getattr(floats, name)
                if not np.all(here.overlaps(there)):
                    misses.append((chapter.name, name, describe(trajectory)))
    assert count >= 300
    assert not misses, misses[:3]
