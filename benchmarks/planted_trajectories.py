"""Planted false statements on retraining."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import gausscollapse as gc
from benchmarks.planted_base import HIDDEN, Corner, Planted, Point, plausible, too_strong
from gausscollapse.checking import Comparison, at_most
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.retraining.channels import AffineChannel, early_stopping, offset_channel
from gausscollapse.theorems.instances.trajectory_assumptions import FINITE, FROM_DATA, SOME_GENERATION


def trajectory(
    step: Any = None, *, fresh: Any = 0.3, generations: int = 4, eig: Any = 1.0, mean: Any = None, start: Any = None
) -> gc.Trajectory:
    """Return a trajectory over data of diagonal covariance; by default with a small contraction as its step."""
    values = np.atleast_1d(np.asarray(eig, dtype=np.float64))
    d = values.size
    data = gc.Gaussian(np.zeros(d) if mean is None else mean, np.diag(values))
    if step is None:
        step = AffineChannel(0.99 * np.eye(d), 0.02 * np.sqrt(values) + 0.01 * data.mean, 0.01 * np.diag(values))
    return gc.retrain(data, fresh=fresh, step=step, generations=generations, start=start)


def typical_trajectory() -> gc.Trajectory:
    """Return a trajectory that is in no corner."""
    return trajectory(mean=[0.2], generations=5, fresh=0.35)


def pair(size: float, count: int) -> list[AffineChannel]:
    """Return alternating offsets on the line."""
    return [offset_channel(size * (-1.0) ** i) for i in range(count)]


def in_corner(name: str, words: str, corner: Corner, point: Point) -> Planted:
    """Return ``D_N <= 4 (sum of sqrt J)^2 + 4 D_0``, strengthened by 1e-12 in a corner."""

    def claim(s: Any) -> Iterator[Comparison]:
        roots = s.recursive(s.energy.sqrt(), 1.0 - s.fresh, s.drift[:, 0].sqrt())[:, s.generations]
        factor = np.where(corner(s), HIDDEN, 4.0)
        bound = Enclosure.exact(factor) * roots
        yield at_most(f"sqrt D_N <= 4 sum of sqrt J, far less where {words}", s.drift[:, s.generations].sqrt(), bound)

    made = gc.statement(name, kind="upper", chapter="retraining", assumes=(SOME_GENERATION, FINITE))(claim)
    return Planted(made, words, "corner", point)


def each(s: Any, value: Callable[[Any], float]) -> Any:
    """Return a number of every trajectory."""
    return np.array([value(item) for item in s.trajectories])


def incoherent(s: Any) -> Enclosure:
    """Return what D_N would be for orthogonal innovations."""
    return s.recursive(s.energy, (1.0 - s.fresh) ** 2, s.drift[:, 0])[:, s.generations]


WIDE = [0.2, 1.0, 4.0]

CORNERS = (
    in_corner(
        "hardly-fresh", "the fresh fraction is in (0, 0.001)",
        lambda s: (s.constant_fresh > 0.0) & (s.constant_fresh < 1e-3), lambda: trajectory(fresh=5e-4),
    ),
    in_corner("all-fresh", "fresh = 1", lambda s: s.constant_fresh == 1.0, lambda: trajectory(fresh=1.0)),
    in_corner("never-fresh", "fresh = 0", lambda s: s.constant_fresh == 0.0, lambda: trajectory(fresh=0.0)),
    in_corner(
        "many-generations", "N >= 20", lambda s: np.full(s.size, s.generations >= 20),
        lambda: trajectory(generations=24)
    ),
    in_corner(
        "one-generation", "N = 1", lambda s: np.full(s.size, s.generations == 1), lambda: trajectory(generations=1)
    ),
    in_corner(
        "another-start", "another start than the data", lambda s: ~s.from_data,
        lambda: trajectory(start=gc.Gaussian(0.1, 1.1)),
    ),
    in_corner(
        "narrow-start", "model 0 is narrower by a factor of 3",
        lambda s: each(s, lambda t: np.min(np.diag(t.covs[0]) / np.diag(t.data.cov)) < 1.0 / 3.0),
        lambda: trajectory(start=gc.Gaussian(0.0, 0.2)),
    ),
    in_corner(
        "far-start", "model 0 is two standard deviations off",
        lambda s: each(s, lambda t: np.max(np.abs(t.means[0] - t.data.mean) / np.sqrt(np.diag(t.data.cov))) > 2.0),
        lambda: trajectory(start=gc.Gaussian(2.5, 1.0)),
    ),
    in_corner(
        "narrow-data", "an eigenvalue is below 1e-4",
        lambda s: each(s, lambda t: np.min(np.diag(t.data.cov)) < 1e-4), lambda: trajectory(eig=5e-5),
    ),
    in_corner(
        "ill-conditioned-data", "the condition number is above 1e6",
        lambda s: each(s, lambda t: np.linalg.cond(t.data.cov) > 1e6), lambda: trajectory(eig=[1e-4, 1e3]),
    ),
    in_corner(
        "retraining-in-space", "d >= 3", lambda s: each(s, lambda t: t.data.dim >= 3), lambda: trajectory(eig=WIDE)
    ),
    in_corner(
        "retraining-in-four", "d >= 4",
        lambda s: each(s, lambda t: t.data.dim >= 4), lambda: trajectory(eig=[0.2, 0.5, 1.0, 2.0]),
    ),
    in_corner(
        "large-innovation", "the first innovation's energy is above 1",
        lambda s: np.asarray(s.energy.value)[:, 0] > 1.0, lambda: trajectory(offset_channel(1.0), fresh=0.9),
    ),
    in_corner(
        "tiny-innovation", "the first innovation's energy is in (0, 1e-9)",
        lambda s: (np.asarray(s.energy.value)[:, 0] < 1e-9) & (np.asarray(s.energy.lower)[:, 0] > 0.0),
        lambda: trajectory(offset_channel(1e-5)),
    ),
    in_corner(
        "alternating-errors", "offsets alternate: a correlation below -0.99",
        lambda s: each(s, lambda t: t.generations > 1 and t.innovation_gram[0, 1] < -0.99 * t.innovation_energy[0]),
        lambda: trajectory(pair(0.01, 4)),
    ),
    in_corner(
        "less-and-less-fresh", "the fresh fraction falls from above 0.5 to below 0.05",
        lambda s: (s.fresh[:, 0] > 0.5) & (s.fresh[:, -1] < 0.05), lambda: trajectory(fresh=[0.6, 0.3, 0.1, 0.01]),
    ),
    in_corner(
        "more-and-more-fresh", "the fresh fraction rises from below 0.05 to above 0.5",
        lambda s: (s.fresh[:, 0] < 0.05) & (s.fresh[:, -1] > 0.5), lambda: trajectory(fresh=[0.01, 0.1, 0.3, 0.6]),
    ),
    in_corner(
        "late-stopping", "early stopping at t0 > 3",
        lambda s: (s.stopping_times > 3.0), lambda: trajectory(early_stopping(4.0), eig=0.5),
    ),
    in_corner(
        "hardly-stopping", "early stopping at t0 < 1e-4",
        lambda s: (s.stopping_times > 0.0) & (s.stopping_times < 1e-4),
        lambda: trajectory(early_stopping(5e-5), eig=0.5),
    ),
    in_corner(
        "noisy-steps", "a step adds noise of half the data's variance",
        lambda s: each(s, lambda t: np.max(np.diag(t.channels[0].noise) / np.diag(t.data.cov)) > 0.5),
        lambda: trajectory(AffineChannel(0.5, 0.0, 0.6), fresh=0.5),
    ),
    in_corner(
        "fading-errors", "errors fade by a factor of a hundred",
        lambda s: each(
            s, lambda t: t.generations > 1 and 0.0 < np.linalg.norm(t.channels[-1].offset)
            < 0.01 * np.linalg.norm(t.channels[0].offset)
        ),
        lambda: trajectory([offset_channel(0.1 * 0.1**i) for i in range(4)]),
    ),
    in_corner(
        "far-data", "the data's mean is 10 standard deviations off",
        lambda s: each(s, lambda t: np.max(np.abs(t.data.mean) / np.sqrt(np.diag(t.data.cov))) > 10.0),
        lambda: trajectory(mean=[15.0]),
    ),
)  # fmt: skip

PLAUSIBLE = (
    plausible(
        "drift-is-bounded", "large offsets without fresh data", "upper",
        lambda s: (s.drift[:, s.generations], 1e6), lambda: trajectory(offset_channel(1.0), fresh=0.0, generations=5),
        chapter="retraining", assumes=(SOME_GENERATION, FINITE),
    ),
    plausible(
        "errors-add-up", "many aligned errors and little fresh data", "upper",
        lambda s: (s.drift[:, s.generations], 6.0 * incoherent(s)),
        lambda: trajectory(offset_channel(0.01), fresh=0.05, generations=12), chapter="retraining",
        assumes=(SOME_GENERATION, FINITE),
    ),
    plausible(
        "errors-do-not-cancel", "alternating errors", "lower",
        lambda s: (s.drift[:, s.generations], 0.5 * incoherent(s)),
        lambda: trajectory(pair(0.01, 4), fresh=0.1), chapter="retraining", assumes=(SOME_GENERATION, FINITE),
    ),
    plausible(
        "drift-grows", "a start that is worse than what is learned", "lower",
        lambda s: (s.drift[:, s.generations] + 1e-9, s.drift[:, 0]),
        lambda: trajectory(fresh=0.9, start=gc.Gaussian(0.3, 1.2)), chapter="retraining",
        assumes=(SOME_GENERATION, FINITE),
    ),
    plausible(
        "first-error-is-largest", "without fresh data innovations grow", "upper",
        lambda s: (s.energy[:, s.generations - 1], 2.0 * s.energy[:, 0]),
        lambda: trajectory(offset_channel(0.5), fresh=0.0, generations=6), chapter="retraining",
        assumes=(SOME_GENERATION, FINITE, FROM_DATA),
    ),
)  # fmt: skip
STEADY = offset_channel(1e-3)

CONSTANTS = (
    too_strong("refresh", {"power": 1.999}, "everywhere a little", lambda: trajectory(STEADY)),
    too_strong("filter", {"cross": 1.001}, "aligned errors", lambda: trajectory(STEADY)),
    too_strong("coherent", {"factor": 0.999}, "aligned small errors", lambda: trajectory(STEADY)),
    too_strong("range", {"high": 0.999}, "long runs, aligned", lambda: trajectory(STEADY, fresh=0.7, generations=16)),
    too_strong(
        "range", {"low": 1.001}, "long runs, alternating",
        lambda: trajectory(pair(1e-3, 16), fresh=0.7, generations=16)
    ),
    too_strong("innovation", {"factor": 1.05}, "nearly all fresh", lambda: trajectory(STEADY, fresh=0.99)),
    too_strong(
        "innovation",
        {"half": 0.95},
        "alternating errors",
        lambda: trajectory([offset_channel(-3.504e-4), offset_channel(1.678e-4)], fresh=0.89, generations=2),
    ),
    too_strong(
        "prop-4.1",
        {"factor": 2.5},
        "long runs, alternating",
        lambda: trajectory(pair(1e-3, 16), fresh=0.9, generations=16),
    ),
    too_strong(
        "incoherent",
        {"power": 1.99},
        "more than one generation",
        lambda: trajectory([offset_channel([0.1, 0.0]), offset_channel([0.0, 0.1])], eig=[1.0, 1.0], generations=2),
    ),
    too_strong(
        "discounted",
        {"one": 0.98},
        "aligned errors, theta at its best",
        lambda: trajectory(STEADY, fresh=0.5, generations=8),
    ),
    too_strong("discounted", {"supremum": 0.99}, "nearly all fresh", lambda: trajectory(STEADY, fresh=1.0)),
    too_strong("regimes", {"square": 1.01}, "few aligned errors", lambda: trajectory(STEADY, fresh=0.0)),
    too_strong("regimes", {"plateau": 0.999}, "long runs", lambda: trajectory(STEADY, fresh=0.7, generations=24)),
    too_strong("regimes", {"late": 0.99}, "long runs", lambda: trajectory(STEADY, fresh=0.7, generations=24)),
    too_strong(
        "early-stopping",
        {"rate": 0.995},
        "little stopping, the first coefficient leads",
        lambda: trajectory(early_stopping(0.02), eig=0.98, mean=[0.1], fresh=0.5),
    ),
    too_strong(
        "hermite",
        {"time": 1.001},
        "everywhere a little",
        lambda: trajectory(early_stopping(0.1), eig=0.5, mean=[0.5], fresh=0.5),
    ),
)  # fmt: skip

TRAJECTORIES = (*CORNERS, *PLAUSIBLE, *CONSTANTS)
