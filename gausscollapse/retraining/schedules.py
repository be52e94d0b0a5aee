"""Errors that change over the generations: schedules of energies, and steps that are made of them.

A schedule is any callable from the generation i = 0, 1, ... to an energy >= 0; a step is any callable from i to an
`AffineChannel`. The classes here are the named ones; a user's own function does as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import asked
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_count, as_number, as_vector, frozen
from gausscollapse.retraining.channels import AffineChannel, offset_channel

Schedule: TypeAlias = Callable[[int], float]


@dataclass(frozen=True)
class ConstantSchedule:
    """The same energy in every generation: ``energy(i) = size``.

    Parameters
    ----------
    size : float
        Energy >= 0, dimensionless.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.retraining.ConstantSchedule(0.5)(7)
    0.5
    """

    size: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", as_number("size", self.size, at_least=0.0))

    def __call__(self, generation: int) -> float:  # noqa: ARG002
        """Return the energy of `generation`."""
        return self.size


@dataclass(frozen=True)
class HarmonicSchedule:
    """Energies that vanish but are not summable: ``energy(i) = size/(i + 1)``.

    Parameters
    ----------
    size : float
        Energy >= 0 of generation 0, dimensionless.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> [gc.retraining.HarmonicSchedule(1.0)(i) for i in (0, 1, 3)]
    [1.0, 0.5, 0.25]
    """

    size: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", as_number("size", self.size, at_least=0.0))

    def __call__(self, generation: int) -> float:
        """Return the energy of `generation`."""
        return self.size / (generation + 1.0)


@dataclass(frozen=True)
class SummableSchedule:
    """Energies with a finite sum: ``energy(i) = size/(i + 1)^power``.

    Parameters
    ----------
    size : float
        Energy >= 0 of generation 0, dimensionless.
    power : float
        Above 1.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> [gc.retraining.SummableSchedule(1.0)(i) for i in (0, 1, 3)]
    [1.0, 0.25, 0.0625]
    """

    size: float
    power: float = 2.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", as_number("size", self.size, at_least=0.0))
        object.__setattr__(self, "power", as_number("power", self.power, above=1.0))

    def __call__(self, generation: int) -> float:
        """Return the energy of `generation`."""
        return float(self.size * (generation + 1.0) ** -self.power)


@dataclass(frozen=True)
class RandomSchedule:
    """Independent exponential energies of mean `size`; generation i depends on `seed` and i alone.

    Parameters
    ----------
    size : float
        Mean >= 0, dimensionless.
    seed : int
        Seed >= 0.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> energy = gc.retraining.RandomSchedule(1.0, seed=3)
    >>> energy(4) == energy(4), abs(sum(map(energy, range(10_000))) / 10_000 - 1.0) < 0.05
    (True, True)
    """

    size: float
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", as_number("size", self.size, at_least=0.0))
        object.__setattr__(self, "seed", as_count("seed", self.seed))

    def __call__(self, generation: int) -> float:
        """Return the energy of `generation`."""
        return float(self.size * np.random.default_rng([self.seed, generation]).exponential())


@dataclass(frozen=True, eq=False)
class _AlongDirection:
    direction: Array
    energy: Schedule = ConstantSchedule(1.0)

    def __init__(self, direction: ArrayLike, energy: Schedule = ConstantSchedule(1.0)) -> None:
        object.__setattr__(self, "direction", frozen(as_vector("direction", direction)))
        object.__setattr__(self, "energy", _schedule(energy))

    def _channel(self, generation: int, sign: float) -> AffineChannel:
        return offset_channel(sign * _size(self.energy, generation) * self.direction)


class DriftingOffset(_AlongDirection):
    """Offsets that all point the same way: ``c_i = sqrt(energy(i)) direction``. Coherent errors.

    Parameters
    ----------
    direction : array_like, shape (d,)
        Direction and scale, in units of the data.
    energy : callable
        Schedule of energies, dimensionless; with ``direction^T S^{-1} direction = 1`` it is the observable energy.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> step = gc.retraining.DriftingOffset([0.1], gc.retraining.HarmonicSchedule(4.0))
    >>> [step(i).offset.round(3).tolist() for i in range(4)]
    [[0.2], [0.141], [0.115], [0.1]]
    """

    def __call__(self, generation: int) -> AffineChannel:
        """Return the channel of `generation`."""
        return self._channel(generation, 1.0)


class AlternatingOffset(_AlongDirection):
    """Offsets that undo each other: ``c_i = (-1)^i sqrt(energy(i)) direction``.

    Parameters
    ----------
    direction : array_like, shape (d,)
        Direction and scale, in units of the data.
    energy : callable
        Schedule of energies, as for `DriftingOffset`.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> step = gc.retraining.AlternatingOffset([0.1])
    >>> [step(i).offset.tolist() for i in range(3)]
    [[0.1], [-0.1], [0.1]]
    """

    def __call__(self, generation: int) -> AffineChannel:
        """Return the channel of `generation`."""
        return self._channel(generation, -1.0 if generation % 2 else 1.0)


@dataclass(frozen=True, eq=False)
class RandomOffset:
    """Offsets ``c_i = sqrt(energy(i)) scale * z_i`` with independent standard normal z_i. Incoherent on average.

    Parameters
    ----------
    scale : array_like, shape (d,)
        Standard deviation of each coordinate at energy 1, in units of the data.
    energy : callable
        Schedule of energies, dimensionless.
    seed : int
        Seed; generation i depends on it and i alone.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> step = gc.retraining.RandomOffset([0.1, 0.2], seed=3)
    >>> bool(np.all(step(5).offset == step(5).offset)), step(5) == step(6)
    (True, False)
    """

    scale: Array
    energy: Schedule = ConstantSchedule(1.0)
    seed: int = 0

    def __init__(self, scale: ArrayLike, energy: Schedule = ConstantSchedule(1.0), seed: int = 0) -> None:
        object.__setattr__(self, "scale", frozen(as_vector("scale", scale)))
        object.__setattr__(self, "energy", _schedule(energy))
        object.__setattr__(self, "seed", as_count("seed", seed))

    def __call__(self, generation: int) -> AffineChannel:
        """Return the channel of `generation`."""
        normals = np.random.default_rng([self.seed, generation, 1]).standard_normal(self.scale.size)
        return offset_channel(_size(self.energy, generation) * self.scale * normals)


def _size(energy: Schedule, generation: int) -> float:
    value = asked(f"energy({generation})", energy, generation)
    return math.sqrt(as_number(f"energy({generation})", value, at_least=0.0))


def _schedule(energy: Schedule) -> Schedule:
    """Return a schedule of energies, refused where it is no function."""
    if not callable(energy):
        raise InvalidArgumentError(
            "energy", energy, "is not a function", "a function from the generation to an energy"
        )
    return energy
