"""The command line; errors a user can make are one line and exit status 2."""

from __future__ import annotations

import functools
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from gausscollapse.app.status import Status

# Triangular solves of small matrices lose far more to BLAS threads than they gain; NumPy is not loaded yet.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

app = typer.Typer(
    rich_markup_mode=None,
    name="gausscollapse",
    help="How fast does a diffusion model that is retrained on its own samples drift, and do the bounds hold?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

P = ParamSpec("P")


def _version(wanted: bool) -> None:
    """Print the version and stop, where that is wanted."""
    if wanted:
        from gausscollapse.core.version import __version__

        print(f"gausscollapse {__version__}")  # noqa: T201
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """How fast does a diffusion model that is retrained on its own samples drift, and do the bounds hold?"""


class Interrupted(BaseException):
    """A command was interrupted; the parser, which would end it without a word, does not know of this one."""


def told(command: Callable[P, None]) -> Callable[P, None]:
    """Return a command that says so in one line where it is interrupted."""

    @functools.wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt as problem:
            raise Interrupted(str(problem) or "interrupted") from None

    return run


def whole(word: str) -> int:
    """Return the integer of a word of digits; Python itself reads no thousands of them."""
    try:
        return int(word)
    except ValueError:
        from gausscollapse.core.exceptions import InvalidArgumentError

        raise InvalidArgumentError("steps", word, "has too many digits", "numbers of steps") from None


def tell(problem: str) -> None:
    """Print what went wrong as one line on standard error."""
    from gausscollapse.core.exceptions import one_line

    print(f"gausscollapse: {one_line(problem)}", file=sys.stderr)  # noqa: T201


@app.command(short_help="Check the theorems, try to break them, run controls that fail.")
@told
def verify(
    ids: Annotated[list[str] | None, typer.Argument(help="Theorem ids; all of them if none is given.")] = None,
    instance: Annotated[
        Path | None, typer.Option(help="Check one scenario file instead of random instances.")
    ] = None,
    instances: Annotated[
        int | None, typer.Option(help="Decided instances wanted for each theorem: 1000, of a quick budget 200.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random instances, >= 0.")] = 0,
    json: Annotated[Path | None, typer.Option(help="Write the results as JSON to this file.")] = None,
    worst: Annotated[
        Path | None, typer.Option(help="Write each theorem's worst instance, a scenario file, to this folder.")
    ] = None,
    budget: Annotated[
        str,
        typer.Option(
            help="Evaluations of each counterexample search: quick (fewer instances and searches of controls too), "
            "default, thorough or a number."
        ),
    ] = "default",
    theorem: Annotated[
        list[Path] | None,
        typer.Option(help="Python file with statements of your own, whose code is run: name only files you trust."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report page, one file, to this path.")] = None,
    boxes: Annotated[bool, typer.Option(help="Prove statements on boxes of parameters.")] = True,
    referee: Annotated[
        bool | None,
        typer.Option(
            help="Judge worst instances and counterexamples again with proven bounds; left out by a quick budget."
        ),
    ] = None,
    proofs: Annotated[
        bool, typer.Option("--proofs", help="Run the derivations too (in a checkout; a minute more).")
    ] = False,
) -> None:
    """Check the theorems on exact Gaussians, try to break them, and run controls that must fail.

    Exit status: 0 if every verdict is the expected one, every control was refuted and the referee disagreed nowhere,
    1 if not, 2 for arguments or theorems that cannot be used; the other theorems are reported all the same.
    """
    from gausscollapse.app.verification import INSTANCES, QUICK_INSTANCES, Request, run

    quick = budget == "quick"
    wanted = (QUICK_INSTANCES if quick else INSTANCES) if instances is None else instances
    request = Request(
        ids=ids or (), files=theorem or (), instance=instance, instances=wanted, seed=seed, budget=budget,
        boxes=boxes, referee=not quick if referee is None else referee, proofs=proofs, json=json, html=html,
        worst=worst,
    )  # fmt: skip
    raise typer.Exit(run(request))


@app.command("list", short_help="List the theorems, the presets and the sweeps.")
@told
def list_all(
    literature: Annotated[
        bool, typer.Option("--literature", help="Known laws of collapse instead: here, and in their papers.")
    ] = False,
) -> None:
    """List the theorems, the presets of `simulate` and the sweeps."""
    from gausscollapse.app.listing import print_lists, print_literature

    if literature:
        print_literature()
    else:
        print_lists()


@app.command("show", short_help="Show one theorem in full.")
@told
def show_theorem(theorem: Annotated[str, typer.Argument(help="Id of a theorem.")]) -> None:
    """Show one theorem: statement, symbols, assumptions, constants, controls, files."""
    from gausscollapse.app.listing import print_theorem

    print_theorem(theorem)


@app.command(short_help="Compute one scenario exactly, and draw it.")
@told
def simulate(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE.toml | PRESET]", help="Scenario file or preset; without one, a built-in example."
        ),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(help="Write a figure to this file (png, pdf, svg; over generations also gif, mp4).")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write a trajectory to this file (.json).")] = None,
) -> None:
    """Print the exact figures of a scenario, and draw them: one learned generation, a sampler, or retraining.

    \b
    Presets: alternating, coherent, ddpm, early-stopping, edm,
    error-budget, fresh-data-saves, no-fresh-data, optimal-grid,
    paper-mixture, score-error, sde-or-ode, texture.
    """  # noqa: D301
    from gausscollapse.app import simulation

    simulation.simulate(file, figure=figure, output=output)


@app.command("trial", short_help="Try samplers on a law of which everything is known.")
@told
def trial_command(
    samplers: Annotated[
        list[str] | None,
        typer.Argument(metavar="ids", help="Schemes, schedulers of diffusers, or `all`."),
    ] = None,
    data: Annotated[str, typer.Option(metavar="LAW | FILE.toml", help="What to draw from.")] = "narrow",
    steps: Annotated[list[int] | None, typer.Option(min=1, metavar="10 25 50 100", help="Numbers of steps.")] = None,
    samples: Annotated[int, typer.Option(min=100, help="Samples where the endpoint is not Gaussian.")] = 50_000,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
    figure: Annotated[Path | None, typer.Option(help="Write a figure to this file (png, pdf, svg).")] = None,
) -> None:
    """Try samplers: how far are their endpoints from the data, by steps, best first?

    Without names, the schemes of this package and, where the extra `diffusers` is
    installed, the schedulers that most people run.

    \b
    Schemes: euler-maruyama, exponential, martingale, relative, ancestral.
    Laws: narrow, correlated, heavy-ended, eight-modes, paper-mixture.
    """  # noqa: D301
    from gausscollapse.app import trial

    # Numbers that follow the first one are read as samplers: an option has one value.
    words = samplers or []
    counts = [*(steps or []), *(whole(word) for word in words if word.isdecimal())] or [10, 25, 50, 100]
    names = [word for word in words if not word.isdecimal()]
    raise typer.Exit(trial.run(names, data=data, steps=counts, samples=samples, html=html, figure=figure))


@app.command(short_help="Run an experiment over a grid of settings and seeds.")
@told
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

    \b
    Presets:
      correlation      The correlation of innovations decides long-run drift
      digits           Fresh digits hold the model; without them it drifts away
      fresh-fractions  The less fresh data, the farther the drift
      gaussian-mle     Fresh data stop the drift of a refitted Gaussian
      modes-vanish     Without fresh data modes die out
      neural-2d        The error of a network, generation after generation
      photograph-patches  Without fresh patches few kinds of patches remain
      tails-vanish     Without fresh data the tails go first
      unet-digits      A U-Net trained on its own digits, again and again
    """  # noqa: D301
    from gausscollapse.app import commands

    commands.sweep(file, out, workers=workers, scheduler=scheduler, quick=quick, only_estimate=dry_run)


@app.command(short_help="Find the best schedule for a budget of fresh data.")
@told
def plan(
    budget: Annotated[
        float, typer.Argument(metavar="BUDGET", help="Mean fresh fraction of a generation, in [0, 1].")
    ],
    generations: Annotated[int, typer.Option(help="Horizon, from 1 to 400 generations.")] = 50,
    correlation: Annotated[
        float, typer.Option(help="Of successive innovations, in [-1, 1]: 0 orthogonal, 1 aligned, else AR(1).")
    ] = 0.0,
    aim: Annotated[
        str, typer.Option(metavar="mean | last", help="Mean drift of all models, or that of the last.")
    ] = ("mean"),
    figure: Annotated[Path | None, typer.Option(help="Draw both schedules to this file (png, pdf, svg).")] = None,
) -> None:
    """Find the best schedule for a budget of fresh data, by dynamic programming, beside the constant one."""
    from gausscollapse.app import plans

    plans.plan(budget, generations=generations, correlation=correlation, aim=aim, figure=figure)


@app.command(short_help="Draw regimes, accumulated data, refreshes, spectra, tails, or a sweep.")
@told
def plot(
    target: Annotated[
        str,
        typer.Argument(
            metavar="regimes | accumulate | allocation | spectrum | tails | DIR",
            help="The regime map, keeping against replacing, sizes of refreshes, gains of frequencies, heavy tails, "
            "or the folder of a finished sweep.",
        ),
    ],
    figure: Annotated[Path | None, typer.Option(help="File of the one figure; by default TARGET.png.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of a sweep's figures; by default DIR/figures.")] = None,
    ending: Annotated[str, typer.Option("--format", help="Format of a sweep's figures: png, pdf, svg.")] = "png",
) -> None:
    """Draw `regimes`, `accumulate` (keep or replace), `allocation`, `spectrum`, `tails`, or a sweep (`DIR`)."""
    from gausscollapse.app import commands

    commands.plot(target, figure=figure, out=out, ending=ending)


@app.command(short_help="Write a page that retrains Gaussians in the browser.")
@told
def explore(
    output: Annotated[Path, typer.Option(help="File of the page.")] = Path("explorer.html"),
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
    lectures: Annotated[str | None, typer.Option(help="Address of the lectures, to link them.")] = None,
) -> None:
    """Write a page that retrains Gaussians in the browser, with controls for the errors and the fresh data."""
    from gausscollapse.app import explore as explorer

    explorer.explore(output, show=show, lectures=lectures)


class Interrupts:
    """Whether an interrupt came; libraries that are cut off while they load make another error of it, or none."""

    def __init__(self) -> None:
        self.came = False

    def __call__(self, *_: object) -> None:
        """Remember the signal, and raise what Python raises for it."""
        self.came = True
        raise KeyboardInterrupt


def main() -> None:
    """Run the command line; a mistake of the user's is one line on standard error and exit status 2."""
    interrupts = Interrupts()
    before = signal.signal(signal.SIGINT, interrupts)
    try:
        run()
    except (KeyboardInterrupt, Interrupted) as stop:
        tell(str(stop) or "interrupted")
        sys.exit(Status.INTERRUPTED)
    except SystemExit as stop:
        # A parser that was interrupted itself ends with 130 and no word, or with 1 and its own.
        if interrupts.came and stop.code == Status.INTERRUPTED:
            tell("interrupted")
        sys.exit(Status.INTERRUPTED if interrupts.came and stop.code == 1 else stop.code)
    except Exception:
        if not interrupts.came:
            raise
        tell("interrupted")
        sys.exit(Status.INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, before)


def run() -> None:
    """Run the command line; mistakes of the user's, full disks and too little memory are one line each."""
    from gausscollapse.core.exceptions import GaussCollapseError

    for stream in (sys.stdout, sys.stderr):
        # A name that is no text, or a sign that the terminal does not have, is shown as its code.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except GaussCollapseError as problem:
        tell(str(problem))
        sys.exit(Status.UNUSABLE)
    except OSError as problem:
        tell(f"{problem.filename or 'standard output'}: {problem.strerror or problem}")
        sys.exit(Status.UNUSABLE)
    except MemoryError as problem:
        tell(
            f"what was asked for does not fit the memory{f' ({problem})' if str(problem) else ''}; ask for less of it"
        )
        sys.exit(Status.UNUSABLE)


if __name__ == "__main__":
    main()
