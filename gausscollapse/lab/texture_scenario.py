"""Scenarios of textures: one texture, one diffusion, and runs of retraining whose scores are off in different ways.

name, finding          as in a scenario of retraining
[texture]              size, exponent, contrast, corner and brightness of `Texture.power_law`
[diffusion]            horizon and stop
[[run]]                one row of the figure each
name = "..."           what is wrong with its score, in a few words
fresh = 0.0            one number, or one a generation
generations = 16
error                  kind = "fading" or "sharpening", with strength and above; or "filter", with slope, response,
                       brightness and motion
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from gausscollapse.core.exceptions import InvalidArgumentError, ScenarioError
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.validation import as_text
from gausscollapse.lab.reading import Kinds, read_table
from gausscollapse.lab.tables import Table, require_keys
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.texture import Texture
from gausscollapse.process.texture import FilterError
from gausscollapse.retraining.textures import TextureTrajectory, retrain_texture

# A million times finer than a picture shows.
TOLERANCE = 1e-8


@dataclass(frozen=True, eq=False, repr=False)
class TextureRuns(Presented):
    """Named runs of retraining on one texture.

    Parameters
    ----------
    names : tuple of str
        What each is called.
    runs : tuple of TextureTrajectory
        The runs, of one shape.
    """

    names: tuple[str, ...]
    runs: tuple[TextureTrajectory, ...]

    def __post_init__(self) -> None:
        if not self.runs or len(self.names) != len(self.runs):
            raise InvalidArgumentError("runs", self.runs, "do not fit the names", "one run a name, and one at least")

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        return tuple(zip(self.names, self.runs, strict=True))


def read_textures(document: Table) -> TextureRuns:
    """Return the runs of a scenario with a table ``[texture]``.

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted.
    """
    require_keys(document, "", needed=("texture", "run"), optional=("diffusion", "name", "finding"))
    data = read_table(Texture.power_law, document["texture"], "texture")
    diffusion = read_table(OrnsteinUhlenbeck, document.get("diffusion", {}), "diffusion")
    kinds: Kinds[FilterError] = Kinds(
        {
            "filter": FilterError,
            "fading": partial(FilterError.fading, data),
            "sharpening": partial(FilterError.sharpening, data),
        },
        default="filter",
    )
    entries = document["run"]
    if not isinstance(entries, list) or not entries:
        raise ScenarioError("run", entries, "is no list of tables", "at least one table [[run]]")
    run = partial(retrain_texture, data, diffusion=diffusion, tolerance=TOLERANCE)
    names, runs = [], []
    for i, entry in enumerate(entries):
        where = f"run[{i}]"
        runs.append(read_table(run, entry, where, readers={"error": kinds.read}, also=("name",)))
        names.append(as_text(f"{where}.name", entry.get("name", f"run {i + 1}")))
    return TextureRuns(tuple(names), tuple(runs))
