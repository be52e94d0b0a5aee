"""Planted false statements: each false in one corner of the families alone, with a point of that corner.

What a counterexample search is for: it must refute all of these. `bench_planted.py` reports how many it does, and
`tests/test_planted.py` checks that each is really false at its point and not refuted at a typical one.

Three kinds. *Corners*: a true bound that is strengthened beyond truth in one corner and left as it is elsewhere, so
that nothing outside shows where the corner is. *Plausible*: statements in words that one could believe. *Constants*:
theorems of the registry with a constant a little stronger than the best one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import gausscollapse as gc
from gausscollapse.checking import Comparison, at_most
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.retraining.channels import AffineChannel, early_stopping, offset_channel
from gausscollapse.theorems.instances.trajectory_assumptions import FINITE, FROM_DATA, SOME_GENERATION

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Corner = Callable[[Any], Flags]
HIDDEN = 1e-12


@dataclass(frozen=True)
class Planted:
    """A false statement and where it is false.

    Parameters
    ----------
    theorem : Theorem
        The statement.
    corner : str
        Where it is false, in words.
    kind : {"corner", "plausible", "constant"}
        See the module.
    point : callable
        Builds an instance on which it is false.
    """

    theorem: gc.theorems.Theorem
    corner: str
    kind: str
    point: Callable[[], Any]

    @property
    def about(self) -> str:
        """Kind of instance: "process" or "trajectory"."""
        return "process" if self.theorem.chapter.accepts is gc.ReverseProcess else "trajectory"


PLANTED: list[Planted] = []


# Points: processes ----------------------------------------------------------------------------------------------


def process(
    eig: Any = 1.0, *, mean: Any = None, stop: float = 0.02, span: float = 3.0, error: Any = None,
    start: str = "marginal",
) -> gc.ReverseProcess:  # fmt: skip
    """Return a process on data of diagonal covariance; by default with a constant offset as its error."""
    values = np.atleast_1d(np.asarray(eig, dtype=np.float64))
    data = gc.Gaussian(np.zeros(values.size) if mean is None else mean, np.diag(values))
    if error is None:
        error = gc.AffineError(np.zeros((values.size, values.size)), np.full(values.size, 0.1))
    return gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(horizon=stop + span, stop=stop), error, start)


def typical_process() -> gc.ReverseProcess:
    """Return a process that is in no corner."""
    return gc.ReverseProcess(gc.Gaussian(0.3, 0.5), gc.OrnsteinUhlenbeck(3.0, 0.05), gc.AffineError(0.1, 0.1))


def slope(matrix: Any, offset: Any) -> gc.AffineError:
    """Return an affine error."""
    return gc.AffineError(matrix, offset)


def target(mean: Any, cov: Any) -> gc.RealizableError:
    """Return the error of a score that is the exact score of a Gaussian."""
    return gc.RealizableError(gc.Gaussian(mean, cov))


def swirl(size: float = 0.5) -> gc.SolenoidalError:
    """Return an invisible error in the plane."""
    return gc.SolenoidalError(size * np.array([[0.0, 1.0], [-1.0, 0.0]]))


# Points: trajectories -------------------------------------------------------------------------------------------


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


# Statements -----------------------------------------------------------------------------------------------------


def in_corner(name: str, words: str, corner: Corner, point: Callable[[], Any]) -> None:
    """Plant ``KL <= KL of the paths``, strengthened by 1e-12 in a corner."""

    def claim(s: Any) -> Iterator[Comparison]:
        factor = np.where(corner(s), HIDDEN, 1.0)
        yield at_most(f"KL <= path KL, far less where {words}", s.kl, Enclosure.exact(factor) * s.path_kl)

    made = gc.statement(name, kind="upper", assumes=("finite learned energy",))(claim)
    PLANTED.append(Planted(made, words, "corner", point))


def in_corner_of_retraining(name: str, words: str, corner: Corner, point: Callable[[], Any]) -> None:
    """Plant ``D_N <= 4 (sum of sqrt J)^2 + 4 D_0``, strengthened by 1e-12 in a corner."""

    def claim(s: Any) -> Iterator[Comparison]:
        roots = s.recursive(s.energy.sqrt(), 1.0 - s.fresh, s.drift[:, 0].sqrt())[:, s.generations]
        factor = np.where(corner(s), HIDDEN, 4.0)
        bound = Enclosure.exact(factor) * roots
        yield at_most(f"sqrt D_N <= 4 sum of sqrt J, far less where {words}", s.drift[:, s.generations].sqrt(), bound)

    made = gc.statement(name, kind="upper", chapter="retraining", assumes=(SOME_GENERATION, FINITE))(claim)
    PLANTED.append(Planted(made, words, "corner", point))


def plausible(
    name: str, words: str, kind: str, sides: Callable[[Any], Any], point: Callable[[], Any], **options: Any
) -> None:
    """Plant a statement of two sides."""
    PLANTED.append(Planted(gc.statement(name, kind=kind, **options)(lambda s: sides(s)), words, "plausible", point))


def too_strong(theorem: str, constants: dict[str, float], words: str, point: Callable[[], Any]) -> None:
    """Plant a theorem of the registry with stronger constants."""
    made = gc.theorems.registry[theorem].with_constants(**constants)
    PLANTED.append(Planted(made, words, "constant", point))


def least(s: Any) -> Any:
    """Return the smallest eigenvalue of the data."""
    return s.batch.eig[:, 0]


def most(s: Any) -> Any:
    """Return the largest eigenvalue of the data."""
    return s.batch.eig[:, -1]


def span(s: Any) -> Any:
    """Return T - t0."""
    return s.batch.horizon - s.batch.stop


def energy(s: Any) -> Any:
    """Return the ideal energy."""
    return np.asarray(s.ideal_energy.value)


def dimension(s: Any, at_least: int) -> Any:
    """Return whether the dimension is so large."""
    return np.full(s.size, s.dim >= at_least)


def each(s: Any, value: Callable[[Any], float]) -> Any:
    """Return a number of every trajectory."""
    return np.array([value(item) for item in s.trajectories])


WIDE, TURNED = np.array([0.2, 1.0, 4.0]), np.array([[0.5, 0.3], [0.3, 0.5]])

# Corners of one generation.
in_corner("in-space", "d >= 3", lambda s: dimension(s, 3), lambda: process(WIDE))
in_corner(
    "in-space-with-energy", "d >= 3 and the energy is above 1",
    lambda s: dimension(s, 3) & (energy(s) > 1.0), lambda: process(WIDE, error=slope(np.zeros((3, 3)), [0.8, 0, 0])),
)  # fmt: skip
in_corner("in-four", "d >= 4", lambda s: dimension(s, 4), lambda: process([0.2, 0.5, 1.0, 2.0]))
in_corner(
    "standard-start", "the start is N(0, I)", lambda s: ~s.matched, lambda: process(0.3, start="standard-normal")
)
in_corner(
    "standard-start-soon", "the start is N(0, I) and T - t0 < 0.1",
    lambda s: ~s.matched & (span(s) < 0.1), lambda: process(0.3, span=0.05, start="standard-normal"),
)  # fmt: skip
in_corner(
    "standard-start-in-space", "the start is N(0, I) and d >= 3",
    lambda s: ~s.matched & dimension(s, 3), lambda: process(WIDE, start="standard-normal"),
)  # fmt: skip
in_corner("narrow", "an eigenvalue is below 1e-3", lambda s: least(s) < 1e-3, lambda: process(5e-4))
in_corner("very-narrow", "an eigenvalue is below 1e-5", lambda s: least(s) < 1e-5, lambda: process(5e-6))
in_corner("wide", "an eigenvalue is above 100", lambda s: most(s) > 100.0, lambda: process(300.0))
in_corner(
    "ill-conditioned", "the condition number is above 1e6",
    lambda s: most(s) / least(s) > 1e6, lambda: process([1e-5, 100.0]),
)  # fmt: skip
in_corner("long-span", "T - t0 > 9.5", lambda s: span(s) > 9.5, lambda: process(span=12.0))
in_corner("very-long-span", "T - t0 > 15", lambda s: span(s) > 15.0, lambda: process(span=18.0))
in_corner("short-span", "T - t0 < 0.01", lambda s: span(s) < 0.01, lambda: process(span=0.005))
in_corner("early-stop", "t0 < 1e-3", lambda s: s.batch.stop < 1e-3, lambda: process(stop=5e-4))
in_corner("very-early-stop", "t0 < 1e-5", lambda s: s.batch.stop < 1e-5, lambda: process(stop=5e-6))
in_corner("late-stop", "t0 > 1.5", lambda s: s.batch.stop > 1.5, lambda: process(stop=2.0))
in_corner("short-horizon", "T < 0.01", lambda s: s.batch.horizon < 0.01, lambda: process(stop=1e-3, span=5e-3))
in_corner(
    "large-energy", "the energy is above 20",
    lambda s: energy(s) > 20.0, lambda: process(error=slope(0.0, 3.0)),
)  # fmt: skip
in_corner(
    "tiny-energy", "the energy is below 1e-8", lambda s: energy(s) < 1e-8, lambda: process(error=slope(0.0, 1e-5))
)
in_corner(
    "early-and-long", "t0 < 1e-4 and T - t0 > 9",
    lambda s: (s.batch.stop < 1e-4) & (span(s) > 9.0), lambda: process(stop=5e-5, span=12.0),
)  # fmt: skip
in_corner(
    "narrow-and-early", "an eigenvalue and t0 are below 1e-4",
    lambda s: (least(s) < 1e-4) & (s.batch.stop < 1e-4), lambda: process(5e-5, stop=5e-5),
)  # fmt: skip
in_corner(
    "strong-and-short", "the energy is above 10 and T - t0 < 0.1",
    lambda s: (energy(s) > 10.0) & (span(s) < 0.1), lambda: process(span=0.05, error=slope(0.0, 16.0)),
)  # fmt: skip
in_corner(
    "turned-target", "the error is realizable and its target is turned by more than 45 degrees",
    lambda s: (s.batch.share == 1.0) & (np.abs(s.batch.basis[:, 0, -1]) > 0.75) & (s.dim == 2),
    lambda: process([0.5, 0.8], error=target([0.0, 0.0], np.diag([0.8, 0.5]) + 0.01)),
)  # fmt: skip
in_corner(
    "target-in-space", "the error is realizable and d >= 3",
    lambda s: (s.batch.share == 1.0) & dimension(s, 3), lambda: process(WIDE, error=target([0.1, 0, 0], np.diag(WIDE))),
)  # fmt: skip
in_corner(
    "wide-target", "the target is wider by a factor of 5",
    lambda s: (s.batch.share == 1.0) & (np.max(s.batch.target_eig / s.batch.eig, axis=1) > 5.0),
    lambda: process(0.1, error=target(0.0, 0.6)),
)  # fmt: skip
in_corner(
    "far-mean", "the mean is 10 or more and the error has a slope",
    lambda s: (np.max(np.abs(s.batch.mean), axis=1) > 10.0) & np.any(s.batch.slope != 0.0, axis=(1, 2)),
    lambda: process(mean=[20.0], error=slope(0.01, 0.0)),
)  # fmt: skip
in_corner(
    "weak-score", "the score is learned at less than half its strength",
    lambda s: (s.batch.response[:, 0, 0] > 0.5) & ~np.any(s.batch.slope != 0.0, axis=(1, 2)),
    lambda: process(0.5, error=gc.AmplifiedScoreError(-0.6)),
)  # fmt: skip

SHEAR = slope([[-0.33, 0.33], [-0.33, 0.33]], [-0.33, -0.33])

# Plausible statements on one generation.
plausible(
    "errors-show", "the error is a pure swirl", "lower", lambda s: (s.observability, 1e-6),
    lambda: process([0.5, 1.0], error=swirl()),
)  # fmt: skip
plausible(
    "errors-show-in-space", "the error is a pure swirl in d >= 3", "lower",
    lambda s: (s.observability + float(s.dim < 3), 1e-6),
    lambda: process(WIDE, error=gc.SolenoidalError([[0, 0.2, 0.1], [-0.2, 0, 0.3], [-0.1, -0.3, 0]])),
)  # fmt: skip
plausible(
    "half-of-it-shows", "long runs from far away", "lower", lambda s: (s.observability + 10.0 * float(s.dim > 1), 0.22),
    lambda: process(span=20.0),
)  # fmt: skip
plausible(
    "training-loss", "the learned process leaves the ideal one", "upper", lambda s: (s.kl, 0.5 * s.ideal_energy),
    lambda: process(error=slope(0.8, 0.5)),
)  # fmt: skip
plausible(
    "start-forgotten", "another start", "upper", lambda s: (s.kl, 0.5 * s.learned_energy),
    lambda: process(0.1, span=1.0, start="standard-normal", error=slope(0.0, 0.01)), assumes=("finite learned energy",),
)  # fmt: skip
plausible(
    "start-forgotten-after-five", "another start and a far mean", "upper",
    lambda s: (Enclosure.exact(np.where(span(s) > 5.0, 1.0, 0.0)) * s.kl, 1e-6 + 0.5 * s.learned_energy),
    lambda: process(0.1, mean=[20.0], span=6.0, start="standard-normal", error=slope(0.0, 1e-5)),
    assumes=("finite learned energy",),
)  # fmt: skip
plausible(
    "both-directions", "large errors", "upper", lambda s: (s.reverse_kl, 2.0 * s.kl + 0.1),
    lambda: process(0.5, error=gc.AmplifiedScoreError(2.0)),
)  # fmt: skip
plausible(
    "chi2-is-kl", "large errors", "upper", lambda s: (s.chi2, 3.0 * s.kl), lambda: process(error=slope(0.0, 1.0))
)
plausible(
    "gradient-part-is-smaller", "some errors: the ideal split is not orthogonal", "upper",
    lambda s: (s.gradient_energy("ideal"), s.learned_energy),
    lambda: process([999.0, 999.0], mean=[-30.0, 17.0], stop=3.0, span=20.0, error=SHEAR),
)  # fmt: skip
plausible(
    "means-suffice", "the mean does not move", "lower", lambda s: (s.hammersley_affine(), 1e-4 * s.chi2),
    lambda: process(0.5, error=gc.AmplifiedScoreError(0.1)),
)  # fmt: skip
plausible(
    "slack-is-small", "nearly all is given away", "upper", lambda s: (s.slack_integral, 0.999 * s.path_kl),
    lambda: process([0.5, 1.0], error=swirl(0.1)),
)  # fmt: skip
plausible(
    "no-blow-up", "the learned process is unstable", "upper", lambda s: (s.learned_energy, 1e4 * s.ideal_energy),
    lambda: process(span=15.0, error=slope(1.0, 0.0)),
)  # fmt: skip
plausible(
    "pythagoras", "the error is not orthogonal to what it does", "lower",
    lambda s: (s.kl, 0.5 * s.observed_energy - 0.01 * s.ideal_energy), lambda: process(1e-6, stop=0.0527, span=0.893, error=gc.AmplifiedScoreError(3.85)),
)  # fmt: skip

# Constants of one generation.
NEAR = process(0.5, error=target(0.0, 0.505), span=8.0, stop=1e-3)
NARROW = process(2.503e-6, stop=6.2386e-6, span=0.7989, error=target(9.033e-5, 3.8436e-6))
SHOWN = process(
    [2.548, 3.815], mean=[25.116, -1.0203], stop=2.345, span=0.889,
    error=slope([[-0.02499, 0.0041361], [0.017728, 0.00077813]], [0.0047243, 0.0052213])
    + gc.AmplifiedScoreError(0.012879),
)  # fmt: skip
BETWEEN = process(0.0755186, stop=0.0241689, span=11.30356, error=target(-0.0030577, 0.0590608))
EDGE = process(0.0822938, stop=0.00035833, span=0.495335, error=target(0.0352362, 0.067895))
ALIGNED = process(
    [0.0209977, 58.8135, 154.1027], stop=1.413856, span=20.0,
    error=target(
        [0.192557, -17.06214, -2.5053],
        [[0.500594, -4.812281, 1.666464], [-4.812281, 88.153785, 26.462357], [1.666464, 26.462357, 49.849415]],
    ),
)  # fmt: skip
too_strong("prop-3.1", {"factor": 0.499}, "slow realizable errors", lambda: NEAR)
too_strong("girsanov-forward", {"factor": 0.499}, "slow realizable errors", lambda: NEAR)
too_strong("path-chi2", {"factor": 0.998}, "slow realizable errors", lambda: NEAR)
too_strong("gradient-kl", {"factor": 0.499}, "slow realizable errors", lambda: NEAR)
too_strong("hcr", {"factor": 1.001}, "constant offsets: attained", process)
too_strong("dv", {"factor": 1.001}, "constant offsets: attained", process)
too_strong("slack", {"factor": 0.4999}, "everywhere a little", process)
too_strong("limit", {"target": 1.0001}, "everywhere a little", process)
too_strong("impossibility", {"leak": 1e-4}, "d >= 2", lambda: process([0.5, 1.0]))
too_strong("thm-3.4", {"upper": 1.1}, "narrow data, much shows", lambda: NARROW)
too_strong("thm-3.4", {"perturbative": 0.9995}, "small errors that show wholly", lambda: SHOWN)
too_strong("prop-3.3", {"leading": 0.9}, "between small and large errors", lambda: BETWEEN)
too_strong("prop-3.3", {"perturbative": 0.8}, "the edge of the perturbative regime", lambda: EDGE)
too_strong("sharp", {"factor": 0.99}, "errors whose remainder is aligned", lambda: ALIGNED)
too_strong("realizable", {"factor": 0.4999}, "everywhere a little", lambda: NEAR)

# Corners of retraining.
in_corner_of_retraining(
    "hardly-fresh", "the fresh fraction is in (0, 0.001)",
    lambda s: (s.constant_fresh > 0.0) & (s.constant_fresh < 1e-3), lambda: trajectory(fresh=5e-4),
)  # fmt: skip
in_corner_of_retraining("all-fresh", "fresh = 1", lambda s: s.constant_fresh == 1.0, lambda: trajectory(fresh=1.0))
in_corner_of_retraining("never-fresh", "fresh = 0", lambda s: s.constant_fresh == 0.0, lambda: trajectory(fresh=0.0))
in_corner_of_retraining(
    "many-generations", "N >= 20", lambda s: np.full(s.size, s.generations >= 20), lambda: trajectory(generations=24)
)
in_corner_of_retraining(
    "one-generation", "N = 1", lambda s: np.full(s.size, s.generations == 1), lambda: trajectory(generations=1)
)
in_corner_of_retraining(
    "another-start", "another start than the data", lambda s: ~s.from_data,
    lambda: trajectory(start=gc.Gaussian(0.1, 1.1)),
)  # fmt: skip
in_corner_of_retraining(
    "narrow-start", "model 0 is narrower by a factor of 3",
    lambda s: each(s, lambda t: np.min(np.diag(t.covs[0]) / np.diag(t.data.cov)) < 1.0 / 3.0),
    lambda: trajectory(start=gc.Gaussian(0.0, 0.2)),
)  # fmt: skip
in_corner_of_retraining(
    "far-start", "model 0 is two standard deviations off",
    lambda s: each(s, lambda t: np.max(np.abs(t.means[0] - t.data.mean) / np.sqrt(np.diag(t.data.cov))) > 2.0),
    lambda: trajectory(start=gc.Gaussian(2.5, 1.0)),
)  # fmt: skip
in_corner_of_retraining(
    "narrow-data", "an eigenvalue is below 1e-4",
    lambda s: each(s, lambda t: np.min(np.diag(t.data.cov)) < 1e-4), lambda: trajectory(eig=5e-5),
)  # fmt: skip
in_corner_of_retraining(
    "ill-conditioned-data", "the condition number is above 1e6",
    lambda s: each(s, lambda t: np.linalg.cond(t.data.cov) > 1e6), lambda: trajectory(eig=[1e-4, 1e3]),
)  # fmt: skip
in_corner_of_retraining(
    "retraining-in-space", "d >= 3", lambda s: each(s, lambda t: t.data.dim >= 3), lambda: trajectory(eig=WIDE)
)
in_corner_of_retraining(
    "retraining-in-four", "d >= 4",
    lambda s: each(s, lambda t: t.data.dim >= 4), lambda: trajectory(eig=[0.2, 0.5, 1.0, 2.0]),
)  # fmt: skip
in_corner_of_retraining(
    "large-innovation", "the first innovation's energy is above 1",
    lambda s: np.asarray(s.energy.value)[:, 0] > 1.0, lambda: trajectory(offset_channel(1.0), fresh=0.9),
)  # fmt: skip
in_corner_of_retraining(
    "tiny-innovation", "the first innovation's energy is in (0, 1e-9)",
    lambda s: (np.asarray(s.energy.value)[:, 0] < 1e-9) & (np.asarray(s.energy.lower)[:, 0] > 0.0),
    lambda: trajectory(offset_channel(1e-5)),
)  # fmt: skip
in_corner_of_retraining(
    "alternating-errors", "offsets alternate: a correlation below -0.99",
    lambda s: each(s, lambda t: t.generations > 1 and t.innovation_gram[0, 1] < -0.99 * t.innovation_energy[0]),
    lambda: trajectory(pair(0.01, 4)),
)  # fmt: skip
in_corner_of_retraining(
    "less-and-less-fresh", "the fresh fraction falls from above 0.5 to below 0.05",
    lambda s: (s.fresh[:, 0] > 0.5) & (s.fresh[:, -1] < 0.05), lambda: trajectory(fresh=[0.6, 0.3, 0.1, 0.01]),
)  # fmt: skip
in_corner_of_retraining(
    "more-and-more-fresh", "the fresh fraction rises from below 0.05 to above 0.5",
    lambda s: (s.fresh[:, 0] < 0.05) & (s.fresh[:, -1] > 0.5), lambda: trajectory(fresh=[0.01, 0.1, 0.3, 0.6]),
)  # fmt: skip
in_corner_of_retraining(
    "late-stopping", "early stopping at t0 > 3",
    lambda s: (s.stopping_times > 3.0), lambda: trajectory(early_stopping(4.0), eig=0.5),
)  # fmt: skip
in_corner_of_retraining(
    "hardly-stopping", "early stopping at t0 < 1e-4",
    lambda s: (s.stopping_times > 0.0) & (s.stopping_times < 1e-4),
    lambda: trajectory(early_stopping(5e-5), eig=0.5),
)  # fmt: skip
in_corner_of_retraining(
    "noisy-steps", "a step adds noise of half the data's variance",
    lambda s: each(s, lambda t: np.max(np.diag(t.channels[0].noise) / np.diag(t.data.cov)) > 0.5),
    lambda: trajectory(AffineChannel(0.5, 0.0, 0.6), fresh=0.5),
)  # fmt: skip
in_corner_of_retraining(
    "fading-errors", "errors fade by a factor of a hundred",
    lambda s: each(
        s, lambda t: t.generations > 1 and 0.0 < np.linalg.norm(t.channels[-1].offset)
        < 0.01 * np.linalg.norm(t.channels[0].offset)
    ),
    lambda: trajectory([offset_channel(0.1 * 0.1**i) for i in range(4)]),
)  # fmt: skip
in_corner_of_retraining(
    "far-data", "the data's mean is 10 standard deviations off",
    lambda s: each(s, lambda t: np.max(np.abs(t.data.mean) / np.sqrt(np.diag(t.data.cov))) > 10.0),
    lambda: trajectory(mean=[15.0]),
)  # fmt: skip

# Plausible statements on retraining.
plausible(
    "drift-is-bounded", "large offsets without fresh data", "upper",
    lambda s: (s.drift[:, s.generations], 1e6), lambda: trajectory(offset_channel(1.0), fresh=0.0, generations=5),
    chapter="retraining", assumes=(SOME_GENERATION, FINITE),
)  # fmt: skip
plausible(
    "errors-add-up", "many aligned errors and little fresh data", "upper",
    lambda s: (s.drift[:, s.generations], 6.0 * s.recursive(s.energy, (1.0 - s.fresh) ** 2, s.drift[:, 0])[:, -1]),
    lambda: trajectory(offset_channel(0.01), fresh=0.05, generations=12), chapter="retraining",
    assumes=(SOME_GENERATION, FINITE),
)  # fmt: skip
plausible(
    "errors-do-not-cancel", "alternating errors", "lower",
    lambda s: (s.drift[:, s.generations], 0.5 * s.recursive(s.energy, (1.0 - s.fresh) ** 2, s.drift[:, 0])[:, -1]),
    lambda: trajectory(pair(0.01, 4), fresh=0.1), chapter="retraining", assumes=(SOME_GENERATION, FINITE),
)  # fmt: skip
plausible(
    "drift-grows", "a start that is worse than what is learned", "lower",
    lambda s: (s.drift[:, s.generations] + 1e-9, s.drift[:, 0]),
    lambda: trajectory(fresh=0.9, start=gc.Gaussian(0.3, 1.2)), chapter="retraining", assumes=(SOME_GENERATION, FINITE),
)  # fmt: skip
plausible(
    "first-error-is-largest", "without fresh data innovations grow", "upper",
    lambda s: (s.energy[:, s.generations - 1], 2.0 * s.energy[:, 0]),
    lambda: trajectory(offset_channel(0.5), fresh=0.0, generations=6), chapter="retraining",
    assumes=(SOME_GENERATION, FINITE, FROM_DATA),
)  # fmt: skip

# Constants of retraining.
STEADY = offset_channel(1e-3)
too_strong("refresh", {"power": 1.999}, "everywhere a little", lambda: trajectory(STEADY))
too_strong("filter", {"cross": 1.001}, "aligned errors", lambda: trajectory(STEADY))
too_strong("coherent", {"factor": 0.999}, "aligned small errors", lambda: trajectory(STEADY))
too_strong("range", {"high": 0.999}, "long runs, aligned", lambda: trajectory(STEADY, fresh=0.7, generations=16))
too_strong(
    "range", {"low": 1.001}, "long runs, alternating", lambda: trajectory(pair(1e-3, 16), fresh=0.7, generations=16)
)
too_strong("innovation", {"factor": 1.05}, "nearly all fresh", lambda: trajectory(STEADY, fresh=0.99))
too_strong(
    "innovation",
    {"half": 0.95},
    "alternating errors",
    lambda: trajectory([offset_channel(-3.504e-4), offset_channel(1.678e-4)], fresh=0.89, generations=2),
)
too_strong(
    "prop-4.1",
    {"factor": 2.5},
    "long runs, alternating",
    lambda: trajectory(pair(1e-3, 16), fresh=0.9, generations=16),
)
too_strong(
    "incoherent",
    {"power": 1.99},
    "more than one generation",
    lambda: trajectory([offset_channel([0.1, 0.0]), offset_channel([0.0, 0.1])], eig=[1.0, 1.0], generations=2),
)
too_strong(
    "discounted",
    {"one": 0.98},
    "aligned errors, theta at its best",
    lambda: trajectory(STEADY, fresh=0.5, generations=8),
)
too_strong("discounted", {"supremum": 0.99}, "nearly all fresh", lambda: trajectory(STEADY, fresh=1.0))
too_strong("regimes", {"square": 1.01}, "few aligned errors", lambda: trajectory(STEADY, fresh=0.0))
too_strong("regimes", {"plateau": 0.999}, "long runs", lambda: trajectory(STEADY, fresh=0.7, generations=24))
too_strong("regimes", {"late": 0.99}, "long runs", lambda: trajectory(STEADY, fresh=0.7, generations=24))
too_strong(
    "early-stopping",
    {"rate": 0.995},
    "little stopping, the first coefficient leads",
    lambda: trajectory(early_stopping(0.02), eig=0.98, mean=[0.1], fresh=0.5),
)
too_strong(
    "hermite",
    {"time": 1.001},
    "everywhere a little",
    lambda: trajectory(early_stopping(0.1), eig=0.5, mean=[0.5], fresh=0.5),
)
