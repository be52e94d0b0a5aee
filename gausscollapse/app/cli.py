"""The command line: verify, simulate, sweep, plot. Errors a user can make are one line and exit status 2."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gausscollapse.checking.definition import Theorem
    from gausscollapse.process import ReverseProcess
    from gausscollapse.retraining import Trajectory

# Triangular solves of small matrices lose far more to BLAS threads than they gain; NumPy is not loaded yet.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

EXPECTED, UNEXPECTED, UNUSABLE = 0, 1, 2

app = typer.Typer(
    name="gausscollapse",
    help="How fast does a diffusion model that is retrained on its own samples drift, and do the bounds hold?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def verify(
    ids: Annotated[list[str] | None, typer.Argument(help="Theorem ids; all of them if none is given.")] = None,
    instance: Annotated[
        Path | None, typer.Option(help="Check one scenario file instead of random instances.")
    ] = None,
    instances: Annotated[int, typer.Option(help="Decided instances wanted for each theorem.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the random instances, >= 0.")] = 0,
    json: Annotated[Path | None, typer.Option(help="Write the results as JSON to this file.")] = None,
    worst: Annotated[
        Path, typer.Option(help="Folder for each theorem's worst instance, as scenario files for --instance.")
    ] = Path("worst-instances"),
    budget: Annotated[
        str,
        typer.Option(
            help="Evaluations of each counterexample search: quick (fewer searches of controls too), default, "
            "thorough or a number."
        ),
    ] = "default",
    theorem: Annotated[
        list[Path] | None,
        typer.Option(help="Python file with statements of your own, whose code is run: name only files you trust."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report page, one file, to this path.")] = None,
    boxes: Annotated[bool, typer.Option(help="Prove statements on boxes of parameters.")] = True,
    proofs: Annotated[
        bool, typer.Option("--proofs", help="Run the derivations too (in a checkout; a minute more).")
    ] = False,
) -> None:
    """Check the theorems on exact Gaussians, try to break them, and run controls that must fail.

    Exit status: 0 if every verdict is the expected one and every control was refuted, 1 if not, 2 for arguments or
    theorems that cannot be used; the other theorems are reported all the same.
    """
    from rich.console import Console

    from gausscollapse.app import tables as report
    from gausscollapse.app import tables_search as engine_report
    from gausscollapse.app.progress import progress_bar
    from gausscollapse.checking.controls import QUICK_SEEDS, SEEDS
    from gausscollapse.checking.search import as_budget
    from gausscollapse.checking.verification import accepting, verify_instance
    from gausscollapse.checking.verification import verify as run
    from gausscollapse.lab import scenario
    from gausscollapse.theorems import check, select

    evaluations = as_budget(budget)
    seeds = QUICK_SEEDS if budget == "quick" else SEEDS
    theorems = select(ids or []) if ids or not theorem else []
    theirs, problems = _user_theorems(theorem or [])
    theorems = [*theorems, *theirs]
    if not theorems:
        for problem in problems:
            print(f"gausscollapse: {problem}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(UNUSABLE)
    console = Console()
    # Opened before the work: a path that cannot be written must not cost a run.
    for path in (json, html):
        if path is not None:
            path.open("a", encoding="utf-8").close()
    if instance is None:
        worst.mkdir(parents=True, exist_ok=True)
    if instance is not None:
        given = scenario.load(instance)
        theorems = accepting(theorems, given, named=bool(ids))
        reports = verify_instance(theorems, given)
    else:
        with progress_bar() as progress:
            reports = run(
                theorems, instances=instances, seed=seed, budget=evaluations, control_seeds=seeds,
                workers=os.cpu_count() or 1, progress=progress,
            )  # fmt: skip
    proved = None
    if proofs:
        from gausscollapse.checking.proofs import prove

        proved = prove(theorems)
    console.print(report.verification_table(reports, proved))
    found = engine_report.box_proofs([item.id for item in theorems]) if boxes and instance is None else []
    if instance is None:
        console.print(engine_report.search_table(reports))
    if found:
        console.print(engine_report.box_table(found))
        for note in engine_report.box_notes(found):
            console.print(note, highlight=False, soft_wrap=True)
    if json is not None:
        report.write_json(reports, json)
    for item in reports if instance is None else ():
        if item.verdict == "VIOLATED" and item.worst_instance is not None:
            console.print(
                f"Refuted: {item.theorem.id}, {item.worst_instance['comparison']} ({item.worst_instance['family']})",
                highlight=False, soft_wrap=True, markup=False,
            )  # fmt: skip
    if instance is None:
        written = report.write_worst_instances(reports, worst)
        console.print(
            f"Worst instances: {worst}/<theorem>.toml ({len(written)} files). "
            f"Run one again: gausscollapse verify <theorem> --instance {worst}/<theorem>.toml",
            highlight=False,
            soft_wrap=True,
        )
        good = all(item.as_expected for item in reports) and all(proof.proved for proof in found)
        if html is not None:
            from gausscollapse.app import html as html_report

            html_report.write(reports, found, html)
            console.print(f"Report page: {html}", highlight=False, soft_wrap=True)
    else:
        for item in reports:
            reason = check(item.theorem, given).reason
            console.print(f"{item.theorem.id}: {reason}", highlight=False, soft_wrap=True, markup=False)
        applicable = [item for item in reports if item.applicable]
        good = all(item.as_expected for item in applicable)
    problems += [item.problem for item in reports if item.problem]
    for problem in problems:
        print(f"gausscollapse: {problem}", file=sys.stderr)  # noqa: T201
    raise typer.Exit(UNUSABLE if problems else EXPECTED if good else UNEXPECTED)


def _user_theorems(paths: list[Path]) -> tuple[list[Theorem], list[str]]:
    """Return the theorems of files that the user named, and what is wrong with the other files."""
    from gausscollapse.core.exceptions import TheoremFileError
    from gausscollapse.theorems import load

    theorems: list[Theorem] = []
    problems = []
    for path in paths:
        print(f"gausscollapse: running the code of {path}", file=sys.stderr)  # noqa: T201
        try:
            theorems.extend(load(path))
        except TheoremFileError as problem:
            problems.append(str(problem))
    return theorems, problems


@app.command()
def simulate(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE.toml | PRESET]", help="Scenario file or preset; without one, a built-in example."
        ),
    ] = None,
    figure: Annotated[Path | None, typer.Option(help="Write a figure to this file (png, pdf or svg).")] = None,
    output: Annotated[Path | None, typer.Option(help="Write a trajectory to this file (.json).")] = None,
) -> None:
    """Print the exact figures of a scenario, and draw them: one learned generation, or retraining over many.

    Presets: alternating, coherent, early-stopping, fresh-data-saves, no-fresh-data, paper-mixture.
    """
    from rich.console import Console

    from gausscollapse.app import tables as report
    from gausscollapse.core.exceptions import InvalidArgumentError
    from gausscollapse.lab import storage
    from gausscollapse.retraining import Trajectory

    console = Console()
    found = _scenario(file)
    if isinstance(found, Trajectory):
        if output is not None:
            storage.check_ending(output)
        for part in report.trajectory_report(found):
            console.print(part, highlight=False)
        if output is not None:
            storage.write(found, output)
    elif output is not None:
        raise InvalidArgumentError(
            "output", str(output), "is for trajectories", "a scenario with a table [retraining]"
        )
    else:
        console.print(report.process_table(found))
    if figure is not None:
        from gausscollapse.app import figures as plots
        from gausscollapse.app import figures_retraining as plots_retraining

        drawn = (
            plots_retraining.trajectory_figure(found)
            if isinstance(found, Trajectory)
            else plots.single_generation(found)
        )
        plots.save(drawn, figure)


def _scenario(name: str | None) -> ReverseProcess | Trajectory:
    """Return what a file or a preset describes; without a name, the built-in example."""
    from gausscollapse.lab import scenario

    return scenario.read(scenario.EXAMPLE) if name is None else scenario.load(name)


@app.command()
def sweep(
    file: Annotated[str, typer.Argument(metavar="FILE.toml | PRESET", help="Sweep file or preset.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the results; begun ones are finished.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes here; by default one a core.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="tcp://HOST:PORT", help="A Dask scheduler, instead of processes here.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="The short form that the file names.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many cells and how long.")] = False,
) -> None:
    """Run an experiment over a grid of settings and seeds; killed and started again, it does the rest.

    Needs the extra `experiments`. Results are an xarray dataset in Zarr, OUT/results.zarr.
    """
    from gausscollapse.app import commands as sweep_commands

    sweep_commands.sweep(file, out, workers=workers, scheduler=scheduler, quick=quick, only_estimate=dry_run)


@app.command()
def plot(
    target: Annotated[
        str, typer.Argument(metavar="regimes | DIR", help="The regime map, or the folder of a finished sweep.")
    ],
    figure: Annotated[Path | None, typer.Option(help="File of the regime map; by default regimes.png.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of a sweep's figures; by default DIR/figures.")] = None,
    ending: Annotated[str, typer.Option("--format", help="Format of a sweep's figures: png, pdf, svg.")] = "png",
) -> None:
    """Draw the map of long-run drift with its exact edges (`regimes`), or the figures of a sweep (`DIR`)."""
    from gausscollapse.app import commands as sweep_commands

    sweep_commands.plot(target, figure=figure, out=out, ending=ending)


def main() -> None:
    """Run the command line; a mistake of the user's is one line on standard error and exit status 2."""
    from gausscollapse.core.exceptions import GaussCollapseError

    try:
        app()
    except GaussCollapseError as problem:
        print(f"gausscollapse: {problem}", file=sys.stderr)  # noqa: T201
        sys.exit(UNUSABLE)
    except OSError as problem:
        name = problem.filename or "file"
        print(f"gausscollapse: {name}: {problem.strerror or problem}", file=sys.stderr)  # noqa: T201
        sys.exit(UNUSABLE)


if __name__ == "__main__":
    main()
