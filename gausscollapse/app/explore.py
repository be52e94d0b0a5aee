"""The explorer: one page that retrains Gaussians in the browser, and the command that writes and opens it."""

from __future__ import annotations

import html
import json
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import cast

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array
from gausscollapse.core.whole_file import check_writable, write_whole
from gausscollapse.lab import presets
from gausscollapse.lab.tables import Table
from gausscollapse.lab.trajectory_scenario import Retraining, read_retraining
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.channels import AffineChannel, Step, as_channels

PACKAGE, FOLDER = "gausscollapse.app", "explorer"
# In the order in which they use each other.
SCRIPTS = (
    "random", "laws", "quadrature", "bounds", "recursion", "state", "scenario", "words", "chart", "draw", "map",
    "controls", "page",
)  # fmt: skip
# The data laws beside the standard normal, and the presets that they are taken from.
CORRELATED, MODES = "fresh-data-saves", "early-stopping"


@dataclass(frozen=True)
class DataLaw:
    """A data law as the page has it: in two coordinates, of which a law on the line uses the first.

    Parameters
    ----------
    key, label : str
        Its name in addresses and on the page.
    dimensions : tuple of int
        Where it can be chosen.
    weights, means, covs
        The law itself.
    frame : list of list of float
        Covariance S: the page computes in the frame in which the data has covariance I.
    excesses : list of list of float
        Covariances less I in that frame, as ``[e00, e01, e11]``.
    direction : list of float
        Offset of size 1.
    noise : list of float
        Variances that a noise of 1 adds.
    """

    key: str
    label: str
    dimensions: tuple[int, ...]
    weights: list[float]
    means: list[list[float]]
    covs: list[list[list[float]]]
    frame: list[list[float]]
    excesses: list[list[float]]
    direction: list[float]
    noise: list[float]


def _plane(covs: Array) -> Array:
    """Return covariances in two coordinates; of one, the second is a standard normal of its own."""
    wide = np.tile(np.eye(2), (len(covs), 1, 1))
    wide[:, : covs.shape[1], : covs.shape[1]] = covs
    return wide


def _size(data: Gaussian, offset: Array) -> float:
    return float(np.sqrt(offset @ np.linalg.solve(data.cov, offset)))


def _first_channel(asked: Retraining) -> AffineChannel:
    return as_channels(cast("Step", asked.step), asked.generations, asked.data.dim)[0]


def data_laws() -> tuple[DataLaw, ...]:
    """Return the data laws of the page, all of mean zero: a standard normal, and those of two presets.

    Returns
    -------
    tuple of DataLaw

    Examples
    --------
    >>> from gausscollapse.app.explore import data_laws
    >>> [(law.key, law.dimensions) for law in data_laws()]
    [('standard', (1, 2)), ('correlated', (2,)), ('modes', (1,))]
    """
    flat = np.eye(2).tolist()
    standard = DataLaw("standard", "standard", (1, 2), [1.0], [[0.0, 0.0]], [flat], flat,
                       [[0.0, 0.0, 0.0]], [1.0, 0.0], [1.0, 1.0])  # fmt: skip
    asked = read_retraining(presets.document(CORRELATED))
    if not isinstance(asked.data, Gaussian):
        raise InvalidArgumentError("preset", CORRELATED, "has a mixture for data", "a preset of one Gaussian")
    offset = _first_channel(asked).offset
    direction = offset / _size(asked.data, offset)
    correlated = DataLaw("correlated", "correlated", (2,), [1.0], [[0.0, 0.0]], [asked.data.cov.tolist()],
                         asked.data.cov.tolist(), [[0.0, 0.0, 0.0]], direction.tolist(),
                         np.diag(asked.data.cov).tolist())  # fmt: skip
    mixture = read_retraining(presets.document(MODES)).data
    covs = _plane(mixture.covs)
    excesses = [[float(cov[0, 0] - 1.0), 0.0, 0.0] for cov in covs]
    modes = DataLaw("modes", "two modes", (1,), mixture.weights.tolist(),
                    [[float(mean[0]), 0.0] for mean in mixture.means], covs.tolist(), flat, excesses,
                    [1.0, 0.0], [1.0, 1.0])  # fmt: skip
    return standard, correlated, modes


def preset_settings(document: Table) -> dict[str, str | float] | None:
    """Return a scenario as what the controls of the page say, or None where they cannot say it.

    Parameters
    ----------
    document : mapping
        A scenario; of one without a table ``[retraining]`` the answer is None.

    Returns
    -------
    dict or None
        Values of controls by their names in addresses.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> from gausscollapse.app.explore import preset_settings
    >>> found = preset_settings(gc.lab.presets.document("alternating"))
    >>> found["law"], found["fresh"], found["error"], found["angle"]
    ('standard', 0.2, 0.05, 180.0)
    >>> preset_settings(gc.lab.presets.document("paper-mixture")) is None
    True
    """
    if "retraining" not in document:
        return None
    asked = read_retraining(document)
    law = next((law for law in data_laws() if _is(law, asked.data)), None)
    if law is None or asked.start is not None or asked.generations < 1 or asked.diffusion is not None:
        return None
    steps = as_channels(cast("Step", asked.step), asked.generations, asked.data.dim)
    fresh = np.unique(np.asarray(asked.fresh))
    dim = asked.data.dim
    first, unit = steps[0], np.array(law.direction[:dim])
    error = _size(Gaussian(np.zeros(dim), np.array(law.frame)[:dim, :dim]), first.offset)
    turn = float(first.matrix[0, 1]) if dim == 2 else 0.0
    noise = float(first.noise[0, 0] / law.noise[0])
    angle = 180.0 if len(steps) > 1 and np.any(steps[1].offset != first.offset) else 0.0
    scale = float(first.matrix[0, 0])
    matrix = np.array([[scale, turn], [-turn, scale]])[:dim, :dim]
    for i, step in enumerate(steps):
        offset = (-1.0 if angle and i % 2 else 1.0) * error * unit
        same = np.array_equal(step.matrix, matrix) and np.allclose(step.offset, offset, rtol=1e-14, atol=0.0)
        if not same or not np.allclose(step.noise, noise * np.diag(law.noise[:dim]), rtol=1e-14, atol=0.0):
            return None
    if fresh.size != 1:
        return None
    return {
        "law": law.key, "dimension": dim, "fresh": float(fresh[0]), "generations": asked.generations, "error": error,
        "angle": angle, "scale": scale, "turn": turn, "noise": noise,
    }  # fmt: skip


def _is(law: DataLaw, data: Law) -> bool:
    if data.dim not in law.dimensions or len(law.weights) != len(data.weights):
        return False
    means, covs = np.array(law.means)[:, : data.dim], np.array(law.covs)[:, : data.dim, : data.dim]
    return (
        np.array_equal(law.weights, data.weights)
        and np.array_equal(means, data.means)
        and np.array_equal(covs, data.covs)
    )


def render(*, lectures: str | None = None) -> str:
    """Return the explorer as text.

    Parameters
    ----------
    lectures : str, optional
        Address of the lectures, relative to the page or not, ending in a slash; without one, no lecture is linked.

    Returns
    -------
    str
        An HTML document that asks for nothing outside itself, and forbids its scripts to.

    Examples
    --------
    >>> from gausscollapse.app.explore import render
    >>> page = render(lectures="../lectures/")
    >>> "default-src 'none'" in page, 'href="../lectures/' in page
    (True, True)
    """
    known = {name: preset_settings(presets.document(name)) for name in presets.names(table="retraining")}
    given = {
        "laws": [asdict(law) for law in data_laws()],
        "presets": {name: settings for name, settings in known.items() if settings is not None},
    }
    # The end of a script element is the only text that JSON and HTML read differently.
    constants = '"use strict";\nconst given = ' + json.dumps(given, allow_nan=False).replace("</", "<\\/") + ";\n"
    scripts = [constants, *(_text(f"{name}.js") for name in SCRIPTS)]
    link = "" if lectures is None else f'<a id="lecture" href="{html.escape(lectures, quote=True)}">Lectures</a>'
    return (
        _text("page.html")
        .replace("<!-- style -->", f"<style>\n{_text('page.css')}</style>")
        .replace("<!-- lectures -->", link)
        .replace("<!-- scripts -->", "".join(f"<script>\n{script}</script>\n" for script in scripts))
    )


def _text(name: str) -> str:
    return files(PACKAGE).joinpath(FOLDER, name).read_text(encoding="utf-8")


def explore(output: Path, *, show: bool = True, lectures: str | None = None) -> None:
    """Write the explorer, and open it in the browser.

    Parameters
    ----------
    output : Path
        The file to write.
    show : bool
        Whether to open it.
    lectures : str, optional
        See `render`.
    """
    from rich.console import Console

    check_writable(output)
    write_whole(output, render(lectures=lectures))
    opened = False
    if show:
        import webbrowser

        opened = webbrowser.open(output.resolve().as_uri())
    hint = "" if opened or not show else " No browser was found: open it yourself."
    Console().print(f"Explorer: {output}.{hint}", highlight=False, soft_wrap=True, markup=False)
