"""The grid of a sweep's dataset: which axes vary, its points, and what they are called."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from gausscollapse.app.tables_sweep import RUN, coordinate, short

if TYPE_CHECKING:
    import xarray

FRESH = "fresh"
# A point of the grid: its index along each axis.
Place = dict[str, int]


def inner_axes(dataset: xarray.Dataset, name: str) -> list[str]:
    """Return the axes of a quantity besides those of the grid and of runs."""
    axes = {*dataset.attrs["axes"], RUN}
    return [str(dim) for dim in dataset[name].dims if dim not in axes]


def varied_axes(dataset: xarray.Dataset, besides: str | None = None) -> list[str]:
    """Return the axes of the grid with several values; a fresh fraction comes first, for it gets the colours."""
    axes = [axis for axis in dataset.attrs["axes"] if dataset.sizes[axis] > 1 and axis != besides]
    return sorted(axes, key=lambda axis: short(axis) != FRESH)


def places(dataset: xarray.Dataset, axes: list[str]) -> list[Place]:
    """Return every point of the grid of some axes."""
    every = itertools.product(*(range(dataset.sizes[axis]) for axis in axes))
    return [dict(zip(axes, place, strict=True)) for place in every]


def place_words(dataset: xarray.Dataset, place: Place) -> str:
    """Return what a point of the grid is called."""
    return ", ".join(value_words(dataset, axis, i) for axis, i in place.items())


def value_words(dataset: xarray.Dataset, axis: str, index: int) -> str:
    """Return what a value of the grid is called: shares of fresh data and words without the name of their axis."""
    values, said = dataset[axis].values, coordinate(dataset, axis, index)
    if short(axis) == FRESH and values.dtype.kind in "fi":
        share = float(values[index])
        return f"{100.0 * share:.3g} % fresh data" if share > 0.0 else "no fresh data"
    return f"{axis_words(axis)} = {said}" if values.dtype.kind in "fi" else said.replace("-", " ")


def axis_words(axis: str) -> str:
    """Return what an axis is called."""
    words = {FRESH: "fresh fraction", "energy_generation": "generation", "finite_generation": "generation"}
    return words.get(short(axis), short(axis).replace("_", " "))


def single_axes(dataset: xarray.Dataset, kept: list[str]) -> Place:
    """Return index 0 along the axes of the grid that have one value only."""
    return {axis: 0 for axis in dataset.attrs["axes"] if axis not in kept}
