"""Coordinates of trajectories: the instance of a point is what `retrain` makes of the scenario that describes it."""

import json

import mpmath as mp
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.checking.registry import chapters
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.lab.trajectory_scenario import describe_trajectory, read_trajectory
from gausscollapse.retraining.channels import AffineChannel, offset_channel
from gausscollapse.theorems import falsify, registry
from gausscollapse.theorems.instances import trajectory_spaces as families
from gausscollapse.theorems.instances.trajectory_spaces import TrajectoryFamily

ALL = (
    *families.RETRAINING_FAMILIES, *families.LONG_RUN_FAMILIES, *families.ORTHOGONAL_FAMILIES,
    *families.REGIME_FAMILIES, *families.SUMMABLE_FAMILIES, *families.STOPPING_FAMILIES,
)  # fmt: skip


def some_points(space, count, seed=0):
    cube = np.random.default_rng(seed).uniform(size=(count, space.low.size))
    return space.point(np.concatenate([np.zeros((1, space.low.size)), np.ones((1, space.low.size)), cube]))


@pytest.mark.parametrize("family", ALL, ids=lambda family: f"{family.name} d={family.dim} {family.parts}")
def test_a_point_is_the_scenario_that_describes_it(family):
    space = family.space()
    points = some_points(space, 6)
    assert np.all((points >= space.low) & (points <= space.high))
    for point, count in zip(points, family.generations(points), strict=True):
        try:
            (trajectory,) = space.sample(point[None], 1e-3).instances
        except NotSupportedError:
            continue
        again = read_trajectory(json.loads(json.dumps(describe_trajectory(trajectory))))
        assert trajectory.generations == again.generations == count
        assert again.channels == trajectory.channels
        assert again.data == trajectory.data
        assert again.start == trajectory.start
        assert np.array_equal(again.fresh, trajectory.fresh)
        assert np.array_equal(again.accumulated, trajectory.accumulated)
        assert np.array_equal(again.innovation_energy, trajectory.innovation_energy)


def point_of(family, **values):
    """Return the point with these coordinates, every other one being 0."""
    return np.concatenate(
        [np.broadcast_to(values.pop(name, 0.0), count) for name, (count, _) in family.ranges.items()]
    )


def test_offsets_by_hand():
    """Data N(3 * 2, 4); offsets of 0.2, 0.1, 0.05 standard deviations that alternate, fresh fraction 1/4."""
    family = TrajectoryFamily("offsets", 1, ("offsets",))
    point = point_of(
        family, log_eig=np.log(4.0), log_length=np.log(3.0), fresh=-np.log(3.0), log_size=np.log(0.2),
        log_ratio=np.log(0.5), turn=1.0, direction=1.0, mean=3.0,
    )  # fmt: skip
    found = family.trajectory(point)
    assert found.data.mean[0] == pytest.approx(6.0)
    assert found.data.cov[0, 0] == pytest.approx(4.0)
    assert found.fresh == pytest.approx([0.25] * 3)
    assert [float(channel.offset[0]) for channel in found.channels] == pytest.approx([0.4, -0.2, 0.1])
    assert all(channel == offset_channel(channel.offset) for channel in found.channels)


def test_offsets_turn_in_the_plane():
    """By a right angle a generation, in coordinates in which the data is white: orthogonal neighbours."""
    family = TrajectoryFamily("offsets", 2, ("offsets",))
    point = point_of(
        family, log_eig=np.log([0.25, 9.0]), log_length=np.log(3.0), log_size=np.log(0.1), turn=0.5,
        direction=np.array([1.0, 0.0]), other=np.array([0.3, 0.5]),
    )  # fmt: skip
    offsets = [channel.offset for channel in family.trajectory(point).channels]
    np.testing.assert_allclose(offsets, [[0.05, 0.0], [0.0, 0.3], [-0.05, 0.0]], atol=1e-15)
    assert offsets[0][1] == offsets[1][0] == 0.0


def test_ends_of_the_fresh_fraction_are_0_and_1():
    family, kept = (TrajectoryFamily("channel", 1, parts) for parts in (("channel",), ("channel", "some fresh")))
    for each, ends in ((family, (0.0, 1.0)), (kept, (pytest.approx(np.exp(-12.0), rel=1e-4), 1.0))):
        low, high = each.space().low, each.space().high
        found = [each.trajectory(end).fresh[0] for end in (low, high)]
        assert tuple(found) == ends


def test_a_channel_keeps_the_mean_but_for_its_offset():
    family = TrajectoryFamily("channel", 2, ("channel",))
    point = point_of(
        family, log_eig=np.log([0.5, 2.0]), log_size=np.log(0.1), direction=np.array([0.0, 2.0]), noise=0.5,
        matrix=np.array([0.4, -0.2, 0.6, 0.1]), mean=np.array([3.0, -1.0]),
    )  # fmt: skip
    trajectory = family.trajectory(point)
    (channel,) = trajectory.channels
    assert isinstance(channel, AffineChannel)
    moved = channel.apply(trajectory.data)
    np.testing.assert_allclose(moved.mean - trajectory.data.mean, [0.0, 0.1 * np.sqrt(2.0)], atol=1e-15)
    np.testing.assert_allclose(np.diag(channel.noise), 0.05 * np.array([0.5, 2.0]))


CHAPTERS = tuple(chapters().values())
# Chapters whose instances are drawn at random in a search as well.
WITHOUT_COORDINATES = {"noise schedules", "small steps"}


def test_chapters_without_coordinates_are_named():
    assert {chapter.name for chapter in CHAPTERS if not chapter.spaces} == WITHOUT_COORDINATES


@pytest.mark.parametrize("chapter", [item for item in CHAPTERS[1:] if item.spaces], ids=lambda chapter: chapter.name)
def test_every_chapter_has_coordinates_that_meet_its_theorems(chapter):
    assert chapter.spaces
    theorem = next(theorem for theorem in registry.values() if theorem.chapter is chapter)
    found = falsify(theorem, budget=40)
    assert found.evaluations == 40
    assert found.refuted == (theorem.id == "thm-4.2-display")


def test_trajectories_are_attacked_like_processes():
    theorem = registry["coherent"]
    small, large = (falsify(theorem, budget=budget, seed=1) for budget in (60, 150))
    assert not large.refuted
    assert np.array_equal(small.trace, large.trace[large.trace[:, 0] <= 60])
    assert falsify(theorem.with_constants(factor=0.99), budget=150, stop_at_violation=True).refuted


def test_an_instance_without_a_density_is_left_out():
    """A contraction to nothing without noise has no density: `retrain` refuses it, the family says so."""
    family = TrajectoryFamily("channel", 1, ("channel",))
    point = point_of(family, log_length=np.log(24.0), log_size=np.log(2.0), direction=1.0, matrix=0.0)
    with pytest.raises(NotSupportedError, match="without a density"):
        family.space().sample(point[None], 1e-3)


def test_rounded_means_are_no_counterexample():
    """A move of 1e-7 standard deviations of a mean of 19: known to nine digits, and J = I exactly for fresh = 1."""
    step = offset_channel(1.5768735158513815e-07)
    trajectory = gc.retrain(gc.Gaussian(-30.0, 2.4865300849934995), fresh=1.0, step=step, generations=1)
    assert gc.check("innovation", trajectory) != "VIOLATED"
    found = families.TrajectoryStatistics([trajectory]).visible_shift
    mp.mp.dps = 40
    moved = mp.mpf(float(trajectory.models[1].mean[0])) - mp.mpf(-30.0)
    truth = mp.mpf(1.5768735158513815e-07) ** 2 / mp.mpf(2.4865300849934995)
    assert float(found.lower[0, 0]) <= float(truth) <= float(found.upper[0, 0])
    # Without the rounding of the means the interval would miss: the difference of the stored means is off.
    assert abs(moved**2 / mp.mpf(2.4865300849934995) / truth - 1) > 1e-9


def test_rounded_laws_of_a_realizable_pair_are_no_counterexample():
    """Data N(0, 1e4) and a target that is 1e-5 wider: KL of 7e-11 at the stop, and both laws are rounded."""
    process = gc.ReverseProcess(
        gc.Gaussian(0.0, 10000.00000000001), gc.OrnsteinUhlenbeck(17.73248671213599, 4.0),
        gc.RealizableError(gc.Gaussian(0.0010000000000000002, 10000.10000050001)),
    )  # fmt: skip
    assert gc.check("realizable", process) != "VIOLATED"
