"""The cells of a sweep as one `xarray.Dataset` in Zarr, the same bytes whatever the history."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError, MissingPackageError, SweepError
from gausscollapse.core.version import __version__
from gausscollapse.lab.cells import Cell, labels
from gausscollapse.lab.experiment import Measurement
from gausscollapse.lab.sweep_file import Sweep
from gausscollapse.lab.sweep_store import MANIFEST, PART, RESULTS, SweepStore
from gausscollapse.lab.tables import canonical

if TYPE_CHECKING:
    import xarray

RUN = "run"
# Variables that are held in memory together, and chunks on the disk.
GROUP_BYTES = 2**28
CHUNK_BYTES = 2**25


def require_packages() -> None:
    """Refuse to begin where a package of the extra ``experiments`` is missing."""
    import importlib.util

    for package in ("xarray", "zarr", "dask", "distributed"):
        if importlib.util.find_spec(package) is None:
            raise MissingPackageError(package, "experiments")


@dataclass(frozen=True, eq=False)
class Layout:
    """How one variable of the dataset looks: the largest shape among cells, and whether some cells have less."""

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    words: str
    units: str
    cells: int
    ragged: bool

    def joined(self, item: Measurement, name: str) -> Layout:
        """Return the layout that holds one cell more."""
        if item.dims != self.dims:
            raise SweepError(f"{name} has the axes {item.dims} in one cell and {self.dims} in another")
        shape = tuple(max(a, b) for a, b in zip(self.shape, item.values.shape, strict=True))
        return Layout(
            self.dims,
            shape,
            np.promote_types(self.dtype, item.values.dtype),
            self.words,
            self.units,
            self.cells + 1,
            self.ragged or item.values.shape != self.shape,
        )

    def full(self, outer: tuple[int, ...], count: int) -> np.ndarray[Any, Any]:
        """Return the array of all cells, with missing values (NaN) where some cells have less than others."""
        gaps = self.ragged or self.cells < count
        if self.dtype.kind in "SU":
            return np.zeros((*outer, *self.shape), dtype=self.dtype)
        if not gaps:
            return np.empty((*outer, *self.shape), dtype=self.dtype)
        return np.full((*outer, *self.shape), np.nan, dtype=np.promote_types(self.dtype, np.float16))


def _read(store: SweepStore, cell: Cell) -> dict[str, Measurement]:
    found = store.read(cell)
    if found is None:
        raise SweepError(f"{store.path(cell)}: was damaged while the results were assembled; start again to redo it")
    return found


def _layouts(store: SweepStore, cells: Sequence[Cell]) -> dict[str, Layout]:
    found: dict[str, Layout] = {}
    for cell in cells:
        for name, item in _read(store, cell).items():
            if name in found:
                found[name] = found[name].joined(item, name)
            else:
                values = item.values
                found[name] = Layout(item.dims, values.shape, values.dtype, item.words, item.units, 1, False)
    return dict(sorted(found.items()))


def _groups(layouts: dict[str, Layout], count: int) -> Iterator[list[str]]:
    """Yield names of variables that fit into memory together."""
    group: list[str] = []
    size = 0
    for name, layout in layouts.items():
        own = count * max(8, layout.dtype.itemsize) * int(np.prod(layout.shape, dtype=np.int64))
        if group and size + own > GROUP_BYTES:
            yield group
            group, size = [], 0
        group.append(name)
        size += own
    if group:
        yield group


def _chunks(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Return chunks of at most about `CHUNK_BYTES`: the leading axes are split first."""
    chunks = [max(1, size) for size in shape]
    for axis in range(len(chunks)):
        size = itemsize * int(np.prod(chunks, dtype=np.int64))
        if size <= CHUNK_BYTES:
            break
        chunks[axis] = max(1, chunks[axis] * CHUNK_BYTES // size)
    return tuple(chunks)


def _coordinates(sweep: Sweep, layouts: dict[str, Layout]) -> dict[str, Any]:
    result: dict[str, Any] = {
        axis: ((axis,), np.array(labels(values)), {"long_name": axis}) for axis, values in sweep.grid.items()
    }
    result[RUN] = ((RUN,), np.arange(sweep.runs), {"long_name": "replica"})
    for layout in layouts.values():
        for dim, size in zip(layout.dims, layout.shape, strict=True):
            if dim == "generation":
                result[dim] = ((dim,), np.arange(size), {"long_name": "generation of the model, 0 the start"})
    return result


def _attributes(sweep: Sweep, fingerprint: str) -> dict[str, Any]:
    return {
        "title": sweep.title,
        "experiment": sweep.experiment.name,
        "axes": list(sweep.grid),
        "seed": sweep.seed,
        "settings": canonical(sweep.settings),
        "grid": canonical({axis: list(values) for axis, values in sweep.grid.items()}),
        "gausscollapse": __version__,
        "fingerprint": fingerprint,
    }


def assemble(store: SweepStore, cells: Sequence[Cell]) -> Path:
    """Write all finished cells as one dataset and return its path; one that was there is replaced when this is whole.

    Axes: those of the grid in the order of the file, ``run``, then those of the measurement. Where cells differ in
    shape, or some lack a measurement, missing values are NaN. A measurement with the name of an axis gets an
    underscore.

    Raises
    ------
    SweepError
        If a cell is not whole, or a measurement has other axes in other cells.
    OSError
        If it cannot be written; the cells stay.
    """
    import xarray
    import zarr

    sweep = store.sweep
    path, part = store.folder / RESULTS, store.folder / (RESULTS + PART)
    outer_dims, outer = (*sweep.grid, RUN), sweep.shape
    layouts = _layouts(store, cells)
    taken = {*outer_dims, "key", *(dim for layout in layouts.values() for dim in layout.dims)}
    coordinates = _coordinates(sweep, layouts)
    attributes = _attributes(sweep, store.fingerprint)
    keys = np.array([cell.key for cell in cells], dtype=np.uint64).reshape(outer)
    shutil.rmtree(part, ignore_errors=True)
    try:
        for number, names in enumerate(_groups(layouts, len(cells))):
            arrays = {name: layouts[name].full(outer, len(cells)) for name in names}
            for cell in cells:
                found = _read(store, cell)
                for name in names:
                    if name in found:
                        values = found[name].values
                        corner: Any = (*cell.place, *(slice(size) for size in values.shape))
                        arrays[name][corner] = values
            variables: dict[str, Any] = {
                name + "_" * (name in taken): (
                    (*outer_dims, *(dim + "_" * (dim in outer_dims) for dim in layouts[name].dims)),
                    array,
                    {"long_name": layouts[name].words, "units": layouts[name].units},
                )
                for name, array in arrays.items()
            }
            if number == 0:
                words = {"long_name": "key of the cell, from which its randomness is drawn", "units": "1"}
                variables["key"] = (outer_dims, keys, words)
            dataset = xarray.Dataset(variables, coordinates if number == 0 else {}, attributes)
            dataset.to_zarr(
                part,
                mode="w" if number == 0 else "a",
                zarr_format=2,
                consolidated=False,
                encoding={
                    name: {"chunks": _chunks(variable.shape, variable.dtype.itemsize), "_FillValue": None}
                    for name, variable in dataset.data_vars.items()
                },
            )
            del arrays, variables, dataset
        zarr.consolidate_metadata(str(part), zarr_format=2)
        # The order of the entries is that of the folder's listing, which is the file system's own.
        index = part / ".zmetadata"
        text = json.dumps(json.loads(index.read_text(encoding="utf-8")), sort_keys=True, indent=1, allow_nan=False)
        index.write_text(text + "\n", encoding="utf-8")
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        raise
    shutil.rmtree(path, ignore_errors=True)
    part.replace(path)
    return path


def load_results(folder: Path) -> xarray.Dataset:
    """Return the results of a finished sweep.

    Raises
    ------
    InvalidArgumentError
        If the folder holds none.
    """
    require_packages()
    import xarray

    accepted = "the folder of a finished sweep, as given to `gausscollapse sweep --out`"
    if not (folder / MANIFEST).exists():
        raise InvalidArgumentError("folder", str(folder), "holds no sweep", accepted)
    if not (folder / RESULTS).exists():
        raise InvalidArgumentError("folder", str(folder), "holds a sweep that is not finished", accepted)
    dataset: xarray.Dataset = xarray.open_zarr(folder / RESULTS, chunks=None, consolidated=True)
    return dataset
