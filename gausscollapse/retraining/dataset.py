"""A trajectory as an `xarray.Dataset`: named axes, units, one variable a quantity."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import MissingPackageError, NotSupportedError
from gausscollapse.core.stacking import stacked
from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law

if TYPE_CHECKING:
    import xarray

    from gausscollapse.retraining._component_pool import ComponentPool
    from gausscollapse.retraining.embedded_drift import KernelDrift
    from gausscollapse.retraining.paper_terms import PaperTerms

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
        **_interval("wasserstein2", model, stacked(trajectory.wasserstein2), "2-Wasserstein distance of the "
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
        try:
            variables |= _kernel_variables(trajectory.mmd())
        except NotSupportedError as problem:
            absent.append(str(problem))
    else:
        absent.append(f"mmd: more than {MOST_KERNEL_PAIRS} distinct components; ask for it with mmd()")
    coordinates = {
        "model": (model, np.arange(count + 1), _words("model; 0 is the start", "1")),
        "generation": (step, np.arange(count), _words("generation, which makes model generation + 1", "1")),
    }
    attributes = {"title": repr(trajectory), "data": repr(trajectory.data), "absent": "; ".join(absent)}
    return xarray.Dataset(variables, coordinates, attributes)


def with_terms(dataset: xarray.Dataset, terms: PaperTerms) -> xarray.Dataset:
    """Return a dataset with the terms of the paper added; see `InjectedTrajectory.to_dataset`."""
    step = ("generation",)
    quantities: tuple[tuple[str, Enclosure | None, str], ...] = (
        ("intra", terms.intra, "chi-squared of the new model from its training law, I_i"),
        ("ideal_energy", terms.ideal_energy, "energy of the error on ideal paths, eps*_i^2"),
        ("learned_energy", terms.learned_energy, "energy of the error on learned paths, eps^_i^2"),
        ("observability", terms.observability, "share of the ideal energy that shows in the endpoint, eta_i"),
        ("observed_energy", terms.observed_energy, "observed energy, eta_i eps*_i^2"),
        ("carried", terms.carried, "D_{i+1} + (1 - a_i)^2 D_i, greater side of proposition 4.1"),
        ("forced", terms.forced, "a_i I_i/2, lesser side of proposition 4.1"),
        ("forced_by_energy", terms.forced_by_energy, "a_i eta_i eps*_i^2/16 in the perturbative regime, else 0"),
        ("forced_by_half", terms.forced_by_half, "a_i (eta_i eps*_i^2/4 - C_i eps*_i^4/2), at least 0"),
        ("bias", terms.bias, "C_bias: what aligned innovations add to the discounted sum"),
        ("discounted_innovations", terms.discounted_innovations, "sum of (1 - a)^(2(i-j)) J_j, and of D_0"),
        ("discounted_energies", terms.discounted_energies, "sum of (1 - a)^(2(i-j)) eps*_j^2"),
    )
    variables: dict[str, Any] = {
        "perturbative": (
            step,
            terms.perturbative,
            _words("whether eps*_i^2 <= min(1, eta_i/(8 C_i)) for certain", "1"),
        )
    }
    for name, item, words in quantities:
        if item is not None:
            variables |= _interval(name, step, item, words, "1")
    absent = "; ".join(part for part in (dataset.attrs["absent"], *terms.absent) if part)
    return dataset.assign(variables).assign_attrs(absent=absent)


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


def _interval(name: str, dims: tuple[str, ...], item: Enclosure, words: str, units: str) -> dict[str, Any]:
    """Return a variable and its two ends; how the interval is known is an attribute of all three."""
    known = {"method": item.method, "guarantee": item.guarantee}
    found = {name: (dims, np.asarray(item.value), {**_words(words, units), **known})}
    for end in ENDS:
        long_name = f"{end} end: {words}"
        found[f"{name}_{end}"] = (dims, np.asarray(getattr(item, end)), {**_words(long_name, units), **known})
    return found
