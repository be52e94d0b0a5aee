"""The figures of a sweep: which ones a dataset gives, and its points on the regime map."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.app.figures import save
from gausscollapse.app.figures_curves import curves_figure
from gausscollapse.app.figures_lineages import LINEAGES, lineages_figure
from gausscollapse.app.figures_regimes import FEWEST_FRESH, RegimePoint, regimes_figure
from gausscollapse.app.figures_samples import PICTURES, POINTS, pictures_figure, points_figure
from gausscollapse.app.figures_shares import PARTS, shares_figure
from gausscollapse.app.grids import FRESH, inner_axes, places
from gausscollapse.app.tables_sweep import ALONG, GENERATION, RUN, SAMPLES, coordinate, quantities, short
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import UnknownNameError

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

FORMATS = ("png", "pdf", "svg")
CORRELATION, RATIO = "successive_correlation", "drift_ratio"
MOST_LINES = 10


@checked
def write_figures(dataset: xarray.Dataset, folder: Path, ending: str = "png") -> list[Path]:
    """Write all figures that a dataset of a sweep gives, and return their paths.

    One ``trajectory-X`` for each quantity X along generations or innovations, ``dependence-X`` for each single number
    along the longest numeric axis of the grid, ``pictures``, ``lineages`` and ``points`` where samples were kept, and
    ``regimes`` where drift and correlation of innovations were measured.

    Parameters
    ----------
    dataset : xarray.Dataset
        Of a sweep, as `load_results` returns it.
    folder : Path
        Where to; it is made.
    ending : {"png", "pdf", "svg"}
        Format.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    UnknownNameError
        If the ending is another one than png, pdf or svg.

    Examples
    --------
    >>> import tempfile, xarray
    >>> drift = xarray.DataArray(
    ...     np.ones((2, 1, 3)), dims=("fresh", "run", "generation"), attrs={"long_name": "drift", "units": "1"}
    ... )
    >>> attributes = {"title": "two fresh fractions", "axes": ["fresh"], "settings": "{}"}
    >>> dataset = xarray.Dataset({"drift": drift}, {"fresh": [0.1, 0.5]}, attributes)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_figures(dataset, Path(folder))]
    ['trajectory-drift.png']
    """
    if ending not in FORMATS:
        raise UnknownNameError("format", ending, "is not known", ", ".join(FORMATS))
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures(dataset):
        paths.append(folder / f"{name}.{ending}")
        # The folder may be that of the results, which may come from elsewhere.
        save(figure, paths[-1], follow=False)
    return paths


def figures(dataset: xarray.Dataset) -> Iterator[tuple[str, Figure]]:
    """Yield the figures of a dataset with their names; see `write_figures`."""
    dataset = _at_generations(dataset)
    numeric = [axis for axis in dataset.attrs["axes"] if dataset[axis].dtype.kind in "fi" and dataset.sizes[axis] > 1]
    longest = max(numeric, key=lambda axis: dataset.sizes[axis], default=None)
    for name in quantities(dataset):
        inner = inner_axes(dataset, name)
        if inner[:1] == [GENERATION] and inner[1:] in [[part] for part in PARTS] and dataset.sizes[GENERATION] > 1:
            yield f"trajectory-{name}", shares_figure(dataset, name)
            continue
        along = next((dim for dim in ALONG if dim in inner), None if inner else longest)
        lines = math.prod(dataset.sizes[dim] for dim in inner if dim != along)
        if along is None or dataset.sizes[along] < 2 or len(inner) > 2 or lines > MOST_LINES:
            continue
        # Counts of samples are a record of the settings; one finite point is no curve.
        if dataset[name].attrs["units"] == SAMPLES:
            continue
        if np.any(np.isfinite(dataset[name].isel({along: slice(1, None)}).values)):
            yield f"{'dependence' if not inner else 'trajectory'}-{name}", curves_figure(dataset, name, along)
    for name, build in ((PICTURES, pictures_figure), (LINEAGES, lineages_figure), (POINTS, points_figure)):
        if name in dataset:
            yield name, build(dataset)
    points = regime_points(dataset)
    if points:
        yield "regimes", regimes_figure(points)


def _at_generations(dataset: xarray.Dataset) -> xarray.Dataset:
    """Return the dataset with the generations whose energies were measured as values of their axis."""
    for name, axis in (("energy_generations", "energy_generation"), ("finite_generations", "finite_generation")):
        if name in dataset and axis not in dataset.coords:
            every = dataset[name].transpose(..., axis).values.reshape(-1, dataset.sizes[axis])
            if np.all(every == every[0]):
                dataset = dataset.drop_vars(name).assign_coords({axis: every[0]})
    return dataset


def _fresh_axis(dataset: xarray.Dataset) -> str | None:
    return next((a for a in dataset.attrs["axes"] if short(a) == FRESH and dataset[a].dtype.kind in "fi"), None)


def _fresh_setting(dataset: xarray.Dataset) -> float | None:
    """Return the one fresh fraction of the settings, at the top or in the table ``retraining``."""
    settings = json.loads(dataset.attrs["settings"])
    value = settings.get(FRESH, settings.get("retraining", {}).get(FRESH))
    return float(value) if isinstance(value, int | float) else None


def _correlation_and_ratio(dataset: xarray.Dataset) -> tuple[xarray.DataArray, xarray.DataArray] | None:
    """Return the correlation of successive innovations and drift over innovation energy, over runs; None without."""
    if CORRELATION in dataset and RATIO in dataset:
        return dataset[CORRELATION].mean(RUN), dataset[RATIO].mean(RUN)
    if not all(name in dataset for name in ("chi2", "innovation_energy", "innovation_product")):
        return None
    energy, product = dataset["innovation_energy"], dataset["innovation_product"]
    size = np.sqrt(energy.values[..., 1:] * energy.values[..., :-1])
    rho = product.sum((RUN, "pair")) / product.copy(data=size).sum((RUN, "pair"))
    return rho, dataset["chi2"].isel({GENERATION: -1}).mean(RUN) / energy.mean((RUN, "innovation"))


def regime_points(dataset: xarray.Dataset) -> list[RegimePoint]:
    """Return the measured points that lie on the regime map: means over runs, fresh fractions above 0.05."""
    measured = _correlation_and_ratio(dataset)
    if measured is None:
        return []
    rho, ratio = measured
    axis, setting = _fresh_axis(dataset), _fresh_setting(dataset)
    found = []
    for place in places(dataset, dataset.attrs["axes"]):
        fresh = float(dataset[axis].values[place[axis]]) if axis else setting
        others = {a: i for a, i in place.items() if a != axis and dataset.sizes[a] > 1}
        values = float(rho.isel(place)), float(ratio.isel(place))
        if fresh is None or not FEWEST_FRESH <= fresh <= 1.0 or not np.all(np.isfinite(values)) or values[1] <= 0.0:
            continue
        label = ", ".join(coordinate(dataset, a, i) for a, i in others.items())
        found.append(RegimePoint(fresh, *values, label or "measured", ", ".join(map(short, others))))
    return found
