"""The cells of a sweep as one `xarray.Dataset` in Zarr, the same bytes whatever the history."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError, MissingPackageError, SweepError
from gausscollapse.core.version import __version__
from gausscollapse.core.whole_file import PART
from gausscollapse.lab.cell_file import decode
from gausscollapse.lab.cells import Cell, labels
from gausscollapse.lab.experiment import Measurement
from gausscollapse.lab.sweep_file import Sweep
from gausscollapse.lab.sweep_store import MANIFEST, RESULTS, SweepStore
from gausscollapse.lab.tables import canonical
from gausscollapse.lab.zarr_folder import ACCEPTED, check_results, consolidate

if TYPE_CHECKING:
    import xarray

# What xarray makes a variable of: dims, values, attributes.
Variable: TypeAlias = tuple[tuple[str, ...], np.ndarray[Any, Any], Mapping[str, str]]

RUN = "run"
# Attribute of a variable of words: the words, whose places in it are stored.
WORDS = "words"
# What the attribute "bound" of a variable says.
LOWER = "lower"
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
    attributes: Mapping[str, str]
    cells: int = 1
    ragged: bool = False

    def joined(self, item: Measurement, name: str) -> Layout:
        """Return the layout that holds one cell more."""
        if item.dims != self.dims:
            raise SweepError(f"{name} has the axes {item.dims} in one cell and {self.dims} in another")
        return replace(
            self,
            shape=tuple(map(max, self.shape, item.values.shape)),
            dtype=np.promote_types(self.dtype, item.values.dtype),
            cells=self.cells + 1,
            ragged=self.ragged or item.values.shape != self.shape,
        )

    def full(self, outer: tuple[int, ...], count: int) -> np.ndarray[Any, Any]:
        """Return the array of all cells, with missing values (NaN) where some cells have less than others."""
        shape = (*outer, *self.shape)
        if self.dtype.kind in "SU":
            return np.zeros(shape, dtype=self.dtype)
        if self.ragged or self.cells < count:
            return np.full(shape, np.nan, dtype=np.promote_types(self.dtype, np.float16))
        return np.empty(shape, dtype=self.dtype)


def _layouts(store: SweepStore, cells: Sequence[Cell]) -> dict[str, Layout]:
    """Return how the variables look, reading every cell, with its checksum, once."""
    found: dict[str, Layout] = {}
    for cell in cells:
        measured = store.read(cell)
        if measured is None:
            raise SweepError(f"{store.path(cell)}: was damaged while the sweep ran; start again to redo it")
        for name, item in measured.items():
            attributes = {"long_name": item.words, "units": item.units} | ({"bound": LOWER} if item.lower else {})
            fresh = Layout(item.dims, item.values.shape, item.values.dtype, attributes)
            found[name] = found[name].joined(item, name) if name in found else fresh
    return dict(sorted(found.items()))


def _groups(layouts: Mapping[str, Layout], count: int) -> Iterator[list[str]]:
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


def _filled(
    store: SweepStore, cells: Sequence[Cell], layouts: Mapping[str, Layout], names: Sequence[str]
) -> dict[str, Variable]:
    """Return some of the variables with the values of all cells."""
    outer_dims, outer = (*store.sweep.grid, RUN), store.sweep.shape
    arrays = {name: layouts[name].full(outer, len(cells)) for name in names}
    for cell in cells:
        # `_layouts` has seen the checksum.
        for name, item in decode(store.path(cell).read_bytes()).items():
            if name in arrays:
                corner: Any = (*cell.place, *(slice(size) for size in item.values.shape))
                arrays[name][corner] = item.values
    taken = {*outer_dims, "key", *(dim for layout in layouts.values() for dim in layout.dims)}
    return {
        name + "_" * (name in taken): (
            (*outer_dims, *(dim + "_" * (dim in outer_dims) for dim in layouts[name].dims)),
            array,
            layouts[name].attributes,
        )
        for name, array in arrays.items()
    }


def _keys(sweep: Sweep, cells: Sequence[Cell]) -> Variable:
    keys = np.array([cell.key for cell in cells], dtype=np.uint64).reshape(sweep.shape)
    words = {"long_name": "key of the cell, from which its randomness is drawn", "units": "1"}
    return (*sweep.grid, RUN), keys, words


def _coordinates(sweep: Sweep, layouts: Mapping[str, Layout]) -> dict[str, Any]:
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
        "grid": canonical(sweep.grid),
        "gausscollapse": __version__,
        "fingerprint": fingerprint,
    }


def _chunks(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Return chunks of at most about `CHUNK_BYTES`: the leading axes are split first."""
    chunks = [max(1, size) for size in shape]
    for axis in range(len(chunks)):
        size = itemsize * int(np.prod(chunks, dtype=np.int64))
        if size <= CHUNK_BYTES:
            break
        chunks[axis] = max(1, chunks[axis] * CHUNK_BYTES // size)
    return tuple(chunks)


def _append(part: Path, dataset: xarray.Dataset) -> None:
    """Write variables to a Zarr store, which is made if there is none."""
    from zarr.codecs import ZstdCodec

    plain = dataset.assign({name: _as_numbers(variable) for name, variable in dataset.variables.items()})
    # With a checksum: a chunk that is damaged is refused when it is read.
    compressors = (ZstdCodec(checksum=True),)
    encoding = {
        name: {
            "chunks": _chunks(variable.shape, variable.dtype.itemsize), "_FillValue": None, "compressors": compressors
        }
        for name, variable in plain.variables.items()
    }  # fmt: skip
    # A chunk of zeros is written as any other: one that is missing is damage.
    plain.to_zarr(part, mode="a", zarr_format=3, consolidated=False, encoding=encoding, write_empty_chunks=True)


def _as_numbers(variable: Any) -> Any:
    """Return a variable of words as places in a list of them: Zarr has no settled format of words."""
    if variable.dtype.kind != "U":
        return variable
    words, places = np.unique(variable.values, return_inverse=True)
    return variable.dims, places.reshape(variable.shape), {**variable.attrs, WORDS: words.tolist()}


def _as_words(folder: Path, name: object, variable: Any) -> Any:
    """Return a variable of `_as_numbers` as it was."""
    attributes = dict(variable.attrs)
    words, places = attributes.pop(WORDS), variable.values
    known = isinstance(words, list) and all(isinstance(word, str) for word in words)
    if not known or places.dtype.kind not in "iu" or np.any((places < 0) | (places >= len(words))):
        raise InvalidArgumentError("folder", str(folder / str(name)), "names no words", ACCEPTED)
    return variable.dims, np.array(words, dtype=str)[places], attributes


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

    sweep = store.sweep
    path, part = store.folder / RESULTS, store.folder / (RESULTS + PART)
    layouts = _layouts(store, cells)
    coordinates, attributes = _coordinates(sweep, layouts), _attributes(sweep, store.fingerprint)
    shutil.rmtree(part, ignore_errors=True)
    try:
        _append(part, xarray.Dataset({"key": _keys(sweep, cells)}, coordinates, attributes))
        for names in _groups(layouts, len(cells)):
            _append(part, xarray.Dataset(_filled(store, cells, layouts, names), attrs=attributes))
        consolidate(part)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _exchange(part, path)
    return path


def _exchange(part: Path, path: Path) -> None:
    """Put a folder in the place of another, which is removed only when the new one is there."""
    old = path.with_name(f"{path.name}.old{PART}")
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        path.rename(old)
    try:
        part.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


@checked
def load_results(folder: str | Path) -> xarray.Dataset:
    """Return the results of a finished sweep.

    Parameters
    ----------
    folder : str or Path
        As given to `run_sweep`.

    Returns
    -------
    xarray.Dataset
        One variable a measurement, with ``long_name`` and ``units``; axes are those of the grid, ``run``, then those
        of the measurement. It is read from the disk when it is used.

    Raises
    ------
    InvalidArgumentError
        If the folder holds none, or they are damaged or not such as a sweep writes.
    MissingPackageError
        If the extra ``experiments`` is not installed.

    Examples
    --------
    `run_sweep` shows a finished sweep opened.

    >>> import gausscollapse as gc
    >>> gc.lab.load_results("nowhere")
    Traceback (most recent call last):
    gausscollapse.core.exceptions.InvalidArgumentError: folder = 'nowhere': holds no sweep; \
accepted: the folder of a finished sweep, as given to `gausscollapse sweep --out`
    """
    require_packages()
    import xarray

    where = Path(folder)
    accepted = "the folder of a finished sweep, as given to `gausscollapse sweep --out`"
    if not (where / MANIFEST).exists():
        raise InvalidArgumentError("folder", str(folder), "holds no sweep", accepted)
    if not (where / RESULTS).exists():
        raise InvalidArgumentError("folder", str(folder), "holds a sweep that is not finished", accepted)
    check_results(where / RESULTS)
    try:
        dataset: xarray.Dataset = xarray.open_zarr(
            where / RESULTS, chunks=None, consolidated=True, decode_times=False, decode_timedelta=False
        )
        named = {name: variable for name, variable in dataset.variables.items() if WORDS in variable.attrs}
        return dataset.assign({name: _as_words(where / RESULTS, name, each) for name, each in named.items()})
    except InvalidArgumentError:
        raise
    except Exception as problem:
        # What damaged metadata raise depends on where Zarr or xarray stumbles.
        raise _damaged(where, problem) from None


def check_chunks(folder: Path) -> None:
    """Refuse results, such as `load_results` opens, of which a chunk cannot be read; one variable is held at a time.

    Raises
    ------
    InvalidArgumentError
        With the variable.
    """
    import zarr

    group = zarr.open_group(folder / RESULTS, mode="r")
    for name, array in group.arrays():
        try:
            array[...]
        except Exception as problem:
            raise _damaged(folder / RESULTS / name, problem) from None


def _damaged(where: Path, problem: Exception) -> InvalidArgumentError:
    return InvalidArgumentError("folder", str(where), f"is damaged ({type(problem).__name__})", ACCEPTED)
