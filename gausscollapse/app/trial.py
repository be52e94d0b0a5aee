"""The body of the command `trial`: samplers by steps, best first, as a table, a figure and a page."""

from __future__ import annotations

import html as text
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from rich.console import Console

from gausscollapse.app import tables_trial
from gausscollapse.app.terminal import show
from gausscollapse.core.exceptions import InvalidArgumentError, MissingPackageError, NotSupportedError
from gausscollapse.core.whole_file import check_writable, write_whole
from gausscollapse.lab import presets, scenario
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.trials.catalogue import OWN, USUAL, Trials, trials
from gausscollapse.trials.error_parts import Parts, parts
from gausscollapse.trials.laws import LAWS, trial_law
from gausscollapse.trials.running import STEPS

EVERY = "all"


def run(
    names: Sequence[str],
    *,
    data: str,
    steps: Sequence[int] = STEPS,
    samples: int = 50_000,
    html: Path | None = None,
    figure: Path | None = None,
) -> int:
    """Try samplers and print, draw and write what was found; return 1 where none ran.

    Parameters
    ----------
    names : sequence of str
        Schemes and schedulers; none for this package's own and, where `diffusers` is installed, those that most
        people run; ``all`` for all that are installed.
    data : str
        The name of a law, see `gausscollapse.trials.trial_law`, a scenario file or a preset.
    steps, samples
        As in `gausscollapse.trial`.
    html, figure : Path, optional
        Where to write.
    """
    law, words = _law(data)
    if figure is not None:
        from gausscollapse.app import figures

        figures.check_ending(figure)
    for path in (html, figure):
        if path is not None:
            check_writable(path)
    found = trials(_chosen(names), law, steps=steps, samples=samples)
    console = Console()
    overview = tables_trial.trials_table(found, words, [int(count) for count in steps])
    show(console, overview)
    told = _parts(found, steps)
    if told:
        show(console, tables_trial.parts_table(told, int(steps[-1])))
    if found.refused:
        show(console, tables_trial.refused_table(found))
    if figure is not None:
        from gausscollapse.app.figures_trial import trial_figure

        figures.save(trial_figure(found, title=words), figure)
    if html is not None:
        write_whole(html, page(found, words, [int(count) for count in steps], told).encode("utf-8"))
    return 0 if found.trials else 1


def _chosen(names: Sequence[str]) -> list[str]:
    if names and list(names) != [EVERY]:
        return list(names)
    from gausscollapse.trials.schedulers import scheduler_names

    try:
        return [*OWN, *(scheduler_names() if names else USUAL if scheduler_names() else ())]
    except MissingPackageError:
        if names:
            raise
        return list(OWN)


def _law(name: str) -> tuple[Law, str]:
    """Return a law and words for it."""
    if name in LAWS:
        return trial_law(name), LAWS[name][0]
    if not Path(name).suffix and name not in presets.names(table="data"):
        raise InvalidArgumentError("data", name, "is neither a law nor a file", f"a TOML file, or {', '.join(LAWS)}")
    found = scenario.read(presets.find(name))
    law = getattr(found, "data", None)
    if law is None or not hasattr(law, "weights"):
        raise InvalidArgumentError("data", name, "has no law on R^d", "a scenario with a table [data]")
    return law, f"the data of {Path(name).name}"


def _parts(found: Trials, steps: Sequence[int]) -> list[tuple[str, Parts]]:
    """Return the parts of the errors of the best samplers on Gaussian data; those that have none are left out."""
    if found.data.weights.size > 1:
        return []
    law = Gaussian(found.data.means[0], found.data.covs[0])
    told = []
    for item in found.trials:
        if item.rows[-1].steps is None:
            continue
        try:
            told.append((item.name, parts(item.sampler, law, steps=int(steps[-1]))))
        except NotSupportedError:
            continue
    return told


def page(found: Trials, words: str, steps: Sequence[int], told: Sequence[tuple[str, Parts]]) -> str:
    """Return a page of what was found: no network, no scripts, the figure inside the file."""
    from gausscollapse.app.figures_trial import trial_figure
    from gausscollapse.app.html import drawn
    from gausscollapse.app.typeset import svg

    style = files("gausscollapse.app").joinpath("report.css").read_text(encoding="utf-8")
    overview = tables_trial.trials_table(found, words, list(steps))
    sections = [drawn(overview)]
    if found.trials:
        caption = "Each line is a sampler; its slope on these scales is its order in the number of steps."
        picture = svg(trial_figure(found), "trial", dpi=160)
        sections.append(f'<figure class="wide">{picture}<figcaption>{caption}</figcaption></figure>')
    if told:
        table = tables_trial.parts_table(told, int(steps[-1]))
        sections.append(f"<h2>{text.escape(table.title)}</h2>{drawn(table)}")
    if found.refused:
        table = tables_trial.refused_table(found)
        sections.append(f"<h2>{text.escape(table.title)}</h2>{drawn(table)}")
    return "".join((
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>gausscollapse: samplers on trial</title><style>{style}</style></head><body>",
        f"<h1>{text.escape(overview.title)}</h1>",
        *sections,
        "</body></html>\n",
    ))  # fmt: skip
