"""Families of trajectories as boxes of numbers, for the counterexample search.

Data is Gaussian with diagonal covariance; channels, offsets and starts are drawn in coordinates in which it is white.
A point holds the logarithms of the eigenvalues and of the number of generations, the logit of the first fresh
fraction (its ends stand for 0 and 1), and what the family adds. Instances are made by `retrain`, one at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gausscollapse.checking.chapter import Sample, Space
from gausscollapse.checking.coordinates import Range, Ranges, ends, split
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.retraining.channels import AffineChannel, early_stopping, offset_channel
from gausscollapse.retraining.running import retrain
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.retraining.workflows import Workflow
from gausscollapse.theorems.instances.trajectory_statistics import TrajectoryStatistics

# Parts that a family may add to data, length and fresh fraction.
OFFSETS, CHANNEL, VARYING, STOPPING, ORTHOGONAL = "offsets", "channel", "varying", "stopping", "orthogonal"
ALIGNED, START, TREND, NO_FRESH, SOME_FRESH = "aligned", "start", "trend", "no fresh", "some fresh"

EIGENVALUES = Range.logarithms(1e-6, 0.05, 5.0, 1e4)
# Below 2, so that the data has a finite chi-squared against N(0, I).
STOPPED_EIGENVALUES = Range.logarithms(1e-6, 0.1, 1.8, 1.999)
# In standard deviations; of stopped data in its own units.
MEANS, STOPPED_MEANS = Range(-20.0, -3.0, 3.0, 20.0), Range(-4.0, -1.5, 1.5, 4.0)
LOGITS, TRENDS = Range(-12.0, -3.0, 3.0, 12.0), Range(-2.0, -0.5, 0.5, 2.0)
# Above 0.1, where the limit of early stopping has few enough components.
STOPPED_LOGITS = Range(-2.0, -1.0, 1.5, 12.0)
SIZES, RATIOS = Range.logarithms(1e-6, 1e-4, 0.3, 2.0), Range.logarithms(0.3, 0.5, 1.0, 1.3)
SHIFTS, SPREADS = Range.logarithms(1e-6, 1e-2, 0.5, 3.0), Range.logarithms(0.1, 0.7, 1.4, 1.99)
TIMES = Range.logarithms(1e-5, 5e-3, 0.5, 6.0)
FORGETTING = Range.logarithms(1e-3, 0.1, 1.0, 3.0)
PARTS, NOISES, TURNS = Range(-1.0, -1.0, 1.0, 1.0), Range(0.0, 0.0, 0.8, 2.0), Range(0.0, 0.0, 1.0, 1.0)
LENGTHS = (1.0, 2.0, 12.0, 24.0)
# Few numbers of generations, so that samples are large.
ALLOWED = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24])


def _half_turns(x: Array) -> tuple[Array, Array]:
    """Return cosine and sine of ``pi x``, exact where x is an integer or half of one."""
    pair = np.cos(np.pi * x), np.sin(np.pi * x)
    cos, sin = (np.where(np.abs(part) < 1e-14, 0.0, part) for part in pair)
    return cos, sin


@dataclass(frozen=True)
class TrajectoryFamily:
    """One family in one dimension.

    Parameters
    ----------
    name : str
        For the reader.
    dim : int
        Dimension d.
    parts : tuple of str
        One of "offsets" (of geometric size, turning by a fraction of pi a generation), "channel" (near the
        identity), "varying" (such channels of geometric size), "stopping" (early stopping), "orthogonal" (offsets
        along the axes); and any of "aligned" (offsets that do not turn nor change), "start" (from another law),
        "trend" (of the fresh fraction), "no fresh", "some fresh" (never 0).
    lengths : tuple of float
        Numbers of generations: least, core, most.
    workflow : str
        What is kept of earlier models; "weights" are shares that grow or fall geometrically with age.
    """

    name: str
    dim: int
    parts: tuple[str, ...]
    lengths: tuple[float, float, float, float] = LENGTHS
    workflow: str = "last"
    ranges: Ranges = field(init=False)

    def __post_init__(self) -> None:
        d, stopped = self.dim, STOPPING in self.parts
        ranges = {"log_eig": (d, STOPPED_EIGENVALUES if stopped else EIGENVALUES)}
        ranges |= {"log_length": (1, Range.logarithms(*self.lengths))}
        ranges |= {} if NO_FRESH in self.parts else {"fresh": (1, STOPPED_LOGITS if stopped else LOGITS)}
        ranges |= {"log_time": (1, TIMES)} if stopped else {"log_size": (1, SIZES)}
        ranges |= {"trend": (1, TRENDS)} if TREND in self.parts else {}
        if OFFSETS in self.parts and ALIGNED not in self.parts:
            ranges |= {"log_ratio": (1, RATIOS), "turn": (1, TURNS), "other": (d, PARTS)}
        if VARYING in self.parts:
            ranges |= {"log_ratio": (1, RATIOS)}
        if START in self.parts:
            ranges |= {"log_shift": (1, SHIFTS), "log_spread": (d, SPREADS), "shift": (d, PARTS)}
        ranges |= {"forgetting": (1, FORGETTING)} if self.workflow == "weights" else {}
        if ORTHOGONAL in self.parts:
            ranges |= {"sizes": (d, PARTS)}
        elif not stopped:
            ranges |= {"direction": (d, PARTS)}
        if CHANNEL in self.parts or VARYING in self.parts:
            ranges |= {"noise": (d, NOISES), "matrix": (d * d, PARTS)}
        ranges |= {"mean": (d, STOPPED_MEANS if stopped else MEANS)}
        object.__setattr__(self, "ranges", ranges)

    def space(self) -> Space:
        """Return the family as a box."""
        low, core_low, core_high, high = (
            ends(self.ranges, which) for which in ("low", "core_low", "core_high", "high")
        )
        name = f"{self.name} d={self.dim}"
        return Space(
            name, low, high, self.sample, core=(core_low, core_high), shapes=self.generations, steady=self.dim,
            exact=True,
        )  # fmt: skip

    def generations(self, points: Array) -> NDArray[np.int64]:
        """Return the numbers of generations of points (n, k) of the box, shape (n,)."""
        logs = split(self.ranges, points)["log_length"]
        return np.asarray(ALLOWED[np.argmin(np.abs(logs - np.log(ALLOWED)), axis=1)])

    def sample(self, points: Array, tolerance: float) -> Sample:  # noqa: ARG002
        """Return the instances of points (n, k) of the box, of one number of generations.

        Raises
        ------
        NotSupportedError
            If a model would have no density.
        """
        try:
            trajectories = [self.trajectory(point) for point in points]
        except InvalidArgumentError as problem:
            raise NotSupportedError(str(problem)) from None
        name = f"{self.name} d={self.dim}"
        return Sample(trajectories, TrajectoryStatistics(trajectories), [name] * len(points))

    def trajectory(self, point: Array) -> Trajectory:
        """Return the instance of one point (k,) of the box."""
        entries = {name: columns[0] for name, columns in split(self.ranges, point[None]).items()}
        eig = np.exp(entries["log_eig"])
        count = int(self.generations(point[None])[0])
        unit = 1.0 if STOPPING in self.parts else np.sqrt(eig)
        data = Gaussian(unit * entries["mean"], np.diag(eig))
        start = None
        if START in self.parts:
            moved = np.exp(entries["log_shift"]) * np.sqrt(eig) * entries["shift"]
            start = Gaussian(data.mean + moved, np.diag(eig * np.exp(entries["log_spread"])))
        step = self._step(entries, np.sqrt(eig), data.mean, count)
        kept = self._workflow(entries, count)
        return retrain(
            data, fresh=self._fresh(entries, count), step=step, generations=count, start=start, workflow=kept
        )  # fmt: skip

    def _workflow(self, entries: dict[str, Array], count: int) -> Workflow:
        if self.workflow != "weights":
            return Workflow(self.workflow)
        return geometric_shares(float(np.exp(entries["forgetting"][0])), count)

    def _fresh(self, entries: dict[str, Array], count: int) -> float | Array:
        if NO_FRESH in self.parts:
            return 0.0
        logit = float(entries["fresh"][0])
        if logit == LOGITS.high or (logit == LOGITS.low and SOME_FRESH not in self.parts):
            return 1.0 if logit > 0.0 else 0.0
        if TREND not in self.parts:
            return float(1.0 / (1.0 + np.exp(-logit)))
        return np.asarray(1.0 / (1.0 + np.exp(-logit - entries["trend"][0] * np.arange(count))))

    def _step(
        self, entries: dict[str, Array], root: Array, mean: Array, count: int
    ) -> AffineChannel | Sequence[AffineChannel]:
        if STOPPING in self.parts:
            return early_stopping(float(np.exp(entries["log_time"][0])), self.dim)
        size = float(np.exp(entries["log_size"][0]))
        if ORTHOGONAL in self.parts:
            axes = np.diag(size * root * np.where(entries["sizes"] == 0.0, 1.0, entries["sizes"]))
            return [offset_channel(axis) for axis in axes[:count]]
        sizes = size * np.exp(entries.get("log_ratio", np.zeros(1)) * np.arange(count))
        direction = _unit(entries["direction"])
        if CHANNEL in self.parts:
            return self._channel(entries, size, root, mean, direction)
        if VARYING in self.parts:
            return [self._channel(entries, part, root, mean, direction) for part in sizes]
        if ALIGNED in self.parts:
            return offset_channel(size * root * direction)
        other = _unit(entries["other"] - (entries["other"] @ direction) * direction) if self.dim > 1 else 0.0
        cos, sin = _half_turns(entries["turn"][0] * np.arange(count))
        return [
            offset_channel(part * root * (c * direction + s * other))
            for part, c, s in zip(sizes, cos, sin, strict=True)
        ]

    def _channel(
        self, entries: dict[str, Array], size: float, root: Array, mean: Array, direction: Array
    ) -> AffineChannel:
        """Return a channel close to the identity that leaves a mean of the data's alone but for its offset."""
        d = self.dim
        matrix = (1.0 - 0.5 * size) * np.eye(d) + 0.5 * size * entries["matrix"].reshape(d, d)
        turned = root[:, None] * matrix / root
        offset = size * root * direction - (turned - np.eye(d)) @ mean
        return AffineChannel(turned, offset, np.diag(size * entries["noise"] * root**2))


def geometric_shares(ratio: float, count: int) -> Workflow:
    """Return the workflow in which a model counts `ratio` times as much as the one after it."""
    ages = np.arange(count)[:, None] - np.arange(count)
    table = np.where(ages >= 0, ratio ** np.maximum(ages, 0).astype(np.float64), 0.0)
    return Workflow.weights(table / np.sum(table, axis=1, keepdims=True))


def _unit(vector: Array) -> Array:
    """Return a vector over its length; the first axis for 0."""
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length > 0.0 else np.eye(vector.size)[0])


def _spaces(*families: TrajectoryFamily) -> Sequence[Space]:
    return tuple(family.space() for family in families)


RETRAINING_FAMILIES = (
    TrajectoryFamily("channel", 1, (CHANNEL,)),
    TrajectoryFamily("offsets", 2, (OFFSETS, TREND)),
    TrajectoryFamily("another start", 1, (CHANNEL, START)),
    TrajectoryFamily("channel", 2, (CHANNEL,)),
    TrajectoryFamily("offsets", 1, (OFFSETS,)),
    TrajectoryFamily("varying channels", 1, (VARYING, TREND), (1.0, 2.0, 8.0, 12.0)),
    TrajectoryFamily("another start", 2, (OFFSETS, START)),
    TrajectoryFamily("early stopping", 1, (STOPPING,)),
    TrajectoryFamily("channel", 3, (CHANNEL,)),
    TrajectoryFamily("varying channels", 2, (VARYING, TREND, START), (1.0, 2.0, 6.0, 8.0)),
    TrajectoryFamily("offsets", 4, (OFFSETS,)),
)
LONG = (2.0, 8.0, 16.0, 24.0)
LONG_RUN_FAMILIES = (
    TrajectoryFamily("offsets", 1, (OFFSETS, SOME_FRESH), LONG),
    TrajectoryFamily("contraction", 1, (CHANNEL, SOME_FRESH), LONG),
    TrajectoryFamily("drifting offset", 2, (OFFSETS, ALIGNED, SOME_FRESH), LONG),
    TrajectoryFamily("offsets", 2, (OFFSETS, SOME_FRESH), LONG),
    TrajectoryFamily("contraction", 3, (CHANNEL, SOME_FRESH), LONG),
)
ORTHOGONAL_FAMILIES = tuple(
    TrajectoryFamily("orthogonal offsets", d, (ORTHOGONAL, TREND), (1.0, 1.0, float(d), float(d)))
    for d in (1, 2, 3, 4)
)
REGIME_FAMILIES = (
    TrajectoryFamily("no fresh data, aligned", 1, (OFFSETS, ALIGNED, NO_FRESH), (1.0, 4.0, 16.0, 24.0)),
    TrajectoryFamily("no fresh data, orthogonal", 2, (ORTHOGONAL, NO_FRESH), (1.0, 1.0, 2.0, 2.0)),
    TrajectoryFamily("constant errors", 1, (OFFSETS, ALIGNED, SOME_FRESH), LONG),
    TrajectoryFamily("vanishing errors", 1, (OFFSETS, SOME_FRESH), (2.0, 4.0, 16.0, 24.0)),
    TrajectoryFamily("no fresh data, orthogonal", 4, (ORTHOGONAL, NO_FRESH), (1.0, 2.0, 4.0, 4.0)),
    TrajectoryFamily("constant errors", 2, (OFFSETS, ALIGNED, SOME_FRESH), LONG),
)
SUMMABLE_FAMILIES = tuple(TrajectoryFamily("summable offsets", d, (OFFSETS,), (1.0, 8.0, 16.0, 24.0)) for d in (1, 2))
STOPPING_FAMILIES = tuple(
    TrajectoryFamily("early stopping", d, (STOPPING, SOME_FRESH), (1.0, 2.0, 8.0, 12.0)) for d in (1, 2, 3)
)
WORKFLOW_FAMILIES = (
    TrajectoryFamily("weights, channel", 1, (CHANNEL, START), (1.0, 2.0, 8.0, 12.0), "weights"),
    TrajectoryFamily("accumulate, offsets", 2, (OFFSETS, TREND), (2.0, 2.0, 4.0, 6.0), "accumulate"),
    TrajectoryFamily("fixed set, channel", 2, (CHANNEL, START), (1.0, 2.0, 8.0, 12.0), "fixed-set"),
    TrajectoryFamily("weights, orthogonal", 4, (ORTHOGONAL,), (1.0, 2.0, 4.0, 4.0), "weights"),
)
ACCUMULATE_FAMILIES = (
    TrajectoryFamily("channel", 1, (CHANNEL, NO_FRESH), (2.0, 2.0, 8.0, 12.0), "accumulate"),
    TrajectoryFamily("offsets", 2, (OFFSETS, NO_FRESH), (2.0, 2.0, 4.0, 6.0), "accumulate"),
    TrajectoryFamily("aligned offsets", 1, (OFFSETS, ALIGNED, NO_FRESH), (2.0, 4.0, 8.0, 12.0), "accumulate"),
    TrajectoryFamily("channel", 3, (CHANNEL, NO_FRESH), (2.0, 2.0, 6.0, 8.0), "accumulate"),
)

RETRAINING_SPACES = _spaces(*RETRAINING_FAMILIES)
LONG_RUN_SPACES = _spaces(*LONG_RUN_FAMILIES)
ORTHOGONAL_SPACES = _spaces(*ORTHOGONAL_FAMILIES)
REGIME_SPACES = _spaces(*REGIME_FAMILIES)
SUMMABLE_SPACES = _spaces(*SUMMABLE_FAMILIES)
STOPPING_SPACES = _spaces(*STOPPING_FAMILIES)
WORKFLOW_SPACES = _spaces(*WORKFLOW_FAMILIES)
ACCUMULATE_SPACES = _spaces(*ACCUMULATE_FAMILIES)
