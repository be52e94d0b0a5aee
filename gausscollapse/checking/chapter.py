"""A chapter: a kind of instance, how it is drawn, prepared and written, and where a search may move."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gausscollapse.checking.box_family import BoxFamily

# Shares of each side of the unit cube that are folded onto a face, and that lead from there to the core.
MARGIN, OUTER = 0.04, 0.15


@dataclass(frozen=True, eq=False)
class Sample:
    """Instances of one shape with their statistics.

    Parameters
    ----------
    instances : sequence
        What the statistics were computed from.
    statistics : object
        Statistics of all of them at once.
    labels : sequence of str
        Family of each instance.
    """

    instances: Sequence[Any]
    statistics: Any
    labels: Sequence[str]


class LazyInstances(Sequence[Any]):
    """Instances that are built when first asked for: a search makes thousands and looks at a few.

    Parameters
    ----------
    count : int
        How many there are.
    build : callable
        From an index to the instance.
    """

    def __init__(self, count: int, build: Callable[[int], Any]) -> None:
        self._count, self._build = count, build

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._build(k) for k in range(self._count)[index]]
        return self._build(range(self._count)[int(index)])


@dataclass(frozen=True, eq=False)
class Space:
    """A family of instances as a box of numbers: what a counterexample search moves in.

    Parameters
    ----------
    name : str
        For the reader.
    low, high : ndarray, shape (k,)
        Ends of the box.
    sample : callable
        ``sample(points, tolerance)``: from points (n, k) of the box to a `Sample` of n instances whose statistics are
        computed to that relative accuracy.
    core : pair of ndarray, shape (k,), optional
        Ends of the part of the box where most points are drawn; all of it by default.
    shapes : callable, optional
        From points (n, k) to one integer each: only points of one shape go into a sample together. All by default.
    steady : int, optional
        The coordinate that the shape depends on.
    exact : bool
        Whether samples do not depend on the tolerance.
    """

    name: str
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    sample: Callable[[NDArray[np.float64], float], Sample]
    core: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    shapes: Callable[[NDArray[np.float64]], NDArray[np.int64]] | None = None
    steady: int | None = None
    exact: bool = False

    def point(self, cube: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the points of the box for points (n, k) of the unit cube.

        A strip on each side of the cube is folded onto the box's face: extremes sit on faces, which random points
        miss. A wider strip goes from the face to the core.
        """
        low, high = self.low, self.high
        core_low, core_high = (low, high) if self.core is None else self.core
        inside = np.clip((1.0 + 2.0 * MARGIN) * cube - MARGIN, 0.0, 1.0)
        first, last = np.where(core_low > low, OUTER, 0.0), np.where(core_high < high, 1.0 - OUTER, 1.0)
        below = np.where(first > 0.0, np.minimum(inside / OUTER, 1.0), 1.0)
        middle = np.clip((inside - first) / (last - first), 0.0, 1.0)
        above = np.where(last < 1.0, np.maximum((inside - last) / OUTER, 0.0), 0.0)
        moved = low + (core_low - low) * below + (core_high - core_low) * middle + (high - core_high) * above
        return np.asarray(np.where(inside == 1.0, high, np.clip(moved, low, high)))


@dataclass(frozen=True)
class Chapter:
    """A kind of instance: how to draw, prepare and write it.

    Parameters
    ----------
    name : str
        For the reader.
    draw : callable
        ``draw(count, rng)`` gives samples with `count` instances in all from every family.
    prepare : callable
        From one instance to a `Sample` of length one.
    describe : callable
        From one instance to the tables of a scenario file.
    accepts : type
        Type of the instances.
    share : float
        Share of the wanted instances that are drawn, in (0, 1]; below 1 where one instance holds many checks.
    least : int
        Instances that are drawn at least; fewer where each is a computation of its own.
    search_share : float
        Share of a search's budget that `verify` spends, in (0, 1]; below 1 where an evaluation takes longer.
    spaces : sequence of Space
        Families with coordinates, for the counterexample search; without one it draws at random.
    boxes : callable
        Returns the families on which ball arithmetic can prove.
    certify : callable, optional
        From one instance to a `Sample` of length one whose statistics are certified.
    uncertified : str
        Why there is none, where there is none: one line.
    certify_soon : callable, optional
        The same to fewer digits, sooner: what the referee tries first.
    restore : callable, optional
        From the tables of a scenario file to the instance, the inverse of `describe`.
    table : str
        The table of a scenario file that tells instances of this chapter, where no preset or process has it.
    """

    name: str
    draw: Callable[[int, np.random.Generator], Sequence[Sample]]
    prepare: Callable[[Any], Sample]
    describe: Callable[[Any], Mapping[str, Any]]
    accepts: type = object
    share: float = 1.0
    least: int = 240
    search_share: float = 1.0
    spaces: Sequence[Space] = ()
    boxes: Callable[[], Sequence[BoxFamily]] = tuple
    certify: Callable[[Any], Sample] | None = None
    uncertified: str = "none were derived"
    certify_soon: Callable[[Any], Sample] | None = None
    restore: Callable[[Mapping[str, Any]], Any] | None = None
    table: str = ""
