"""A trajectory as an `xarray.Dataset`: named axes, units, one variable a quantity."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import MissingPackageError, NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law

if TYPE_CHECKING:
    import xarray

    from gausscollapse.retraining._component_pool import ComponentPool
    from gausscollapse.retraining.embedded_drift import KernelDrift

ENDS = ("lower", "upper")
# All pairs of components: about two seconds.
MOST_KERNEL_PAIRS = 1500


class _Recorded(Protocol):
    """What a trajectory has that a dataset is made of."""

    @property
    def generations(self) -> int: ...
    @property
    def data(self) -> Law: ...
    @property
    def fresh(self) -> Array: ...
    @property
    def means(self) -> Array: ...
    @property
    def covs(self) -> Array: ...
    @property
    def dropped(self) -> Array: ...
    @property
    def component_counts(self) -> np.ndarray: ...
    @property
    def wasserstein2(self) -> tuple[Enclosure, ...]: ...
    @property
    def accumulated_enclosure(self) -> Enclosure: ...
    @property
    def refreshed_enclosure(self) -> Enclosure: ...
    @property
    def innovation_energy_enclosure(self) -> Enclosure: ...
    @property
    def pool(self) -> ComponentPool: ...
    def mmd(self, *, width: float | None = None) -> KernelDrift: ...


def to_dataset(trajectory: _Recorded) -> xarray.Dataset:
    """Return the models' moments and what accumulated; see `Trajectory.to_dataset`."""
    try:
        import xarray
    except ModuleNotFoundError:
        raise MissingPackageError("xarray", "experiments") from None
    model, step = ("model",), ("generation",)
    count = trajectory.generations
    variables: dict[str, Any] = {
        "mean": ((*model, "axis"), trajectory.means, _words("mean of the model", "length")),
        "cov": ((*model, "axis", "other_axis"), trajectory.covs, _words("covariance of the model", "length^2")),
        "components": (model, trajectory.component_counts, _words("components of the model", "1")),
        "dropped": (model, trajectory.dropped, _words("mass of components left out", "1")),
        "fresh": (step, trajectory.fresh, _words("fresh fraction of the training data", "1")),
        **_interval("wasserstein2", model, _stacked(trajectory.wasserstein2), "2-Wasserstein distance of the "
                    "moment-matched Gaussians of model and data", "length"),
    }  # fmt: skip
    absent = []
    energies: tuple[tuple[str, tuple[str, ...], Callable[[], Enclosure], str], ...] = (
        (
            "accumulated",
            model,
            lambda: trajectory.accumulated_enclosure,
            "chi-squared of the model from the data, D_i",
        ),
        ("refreshed", step, lambda: trajectory.refreshed_enclosure, "chi-squared of the training law from the data"),
        ("innovation_energy", step, lambda: trajectory.innovation_energy_enclosure, "energy of the innovation, J_i"),
    )
    for name, dims, computed, words in energies:
        try:
            variables |= _interval(name, dims, computed(), words, "1")
        except NotSupportedError as problem:
            absent.append(f"{name}: {problem}")
    if len(trajectory.pool) <= MOST_KERNEL_PAIRS:
        variables |= _kernel_variables(trajectory.mmd())
    else:
        absent.append(f"mmd: more than {MOST_KERNEL_PAIRS} distinct components; ask for it with mmd()")
    coordinates = {
        "model": (model, np.arange(count + 1), _words("model; 0 is the start", "1")),
        "generation": (step, np.arange(count), _words("generation, which makes model generation + 1", "1")),
    }
    attributes = {"title": repr(trajectory), "data": repr(trajectory.data), "absent": "; ".join(absent)}
    return xarray.Dataset(variables, coordinates, attributes)


def _kernel_variables(drift: KernelDrift) -> dict[str, Any]:
    """Return drift, innovation energies and their Gram matrix in the norm of a kernel as wide as the data."""
    kernel = f"Gaussian kernel of width {drift.width:.6g}"
    gram = drift.innovation_gram_enclosure
    return {
        **_interval(
            "mmd", ("model",), drift.distances_enclosure, f"maximum mean discrepancy from the data, {kernel}", "1"
        ),
        **_interval(
            "mmd_innovation_energy", ("generation",), drift.innovation_energy_enclosure,
            f"square of the maximum mean discrepancy of new model and training law, {kernel}", "1",
        ),
        "mmd_innovation_gram": (
            ("generation", "other_generation"), np.asarray(gram.value),
            {**_words(f"inner products of the innovations, {kernel}", "1"), "method": gram.method,
             "guarantee": gram.guarantee, "width": drift.width},
        ),
    }  # fmt: skip


def _words(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


def _stacked(items: tuple[Enclosure, ...]) -> Enclosure:
    parts = (np.array([float(getattr(item, end)) for item in items]) for end in ("value", *ENDS))
    value, lower, upper = parts
    return Enclosure(value, lower, upper, items[0].method, items[0].guarantee)


def _interval(name: str, dims: tuple[str, ...], item: Enclosure, words: str, units: str) -> dict[str, Any]:
    """Return a variable and its two ends; how the interval is known is an attribute of all three."""
    known = {"method": item.method, "guarantee": item.guarantee}
    found = {name: (dims, np.asarray(item.value), {**_words(words, units), **known})}
    for end in ENDS:
        long_name = f"{end} end: {words}"
        found[f"{name}_{end}"] = (dims, np.asarray(getattr(item, end)), {**_words(long_name, units), **known})
    return found
