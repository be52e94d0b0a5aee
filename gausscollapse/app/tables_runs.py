"""The tables of what was computed of one scenario: a generation, a sampler, a trajectory, pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from gausscollapse.app.rows import NONE, Column, Table, number, number_columns, row
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import AbsentStatisticError, InvalidArgumentError, NotSupportedError
from gausscollapse.core.interval_text import concise_text
from gausscollapse.lab.texture_scenario import TextureRuns
from gausscollapse.process.process import ReverseProcess
from gausscollapse.retraining.embedded_drift import KernelDrift
from gausscollapse.retraining.long_run import long_run_edges
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.sampling import DiscretisedProcess
from gausscollapse.sampling.schemes import scheme_name


def process(found: ReverseProcess) -> Table:
    """Return the exact figures of one learned reverse process, each with the half width of its interval."""
    quantities: Iterable[tuple[str, Callable[[], Enclosure]]] = (
        ("ideal energy eps*^2", found.ideal_energy),
        ("learned energy eps^^2", found.learned_energy),
        ("observability eta", found.observability),
        ("KL(p^ || q), nats", found.kl),
        ("KL(q || p^), nats", found.reverse_kl),
        ("chi2(p^ || q)", found.chi2),
        ("KL of paths, nats", found.path_kl),
        ("chi2 of paths", found.path_chi2),
        ("gradient energy (learned weight)", lambda: found.gradient_energy("learned")),
        ("gradient energy (ideal weight)", lambda: found.gradient_energy("ideal")),
        ("solenoidal energy", found.swirl_energy),
        ("slack of the path bound, nats", found.slack),
    )
    rows, reasons = [], dict[str, None]()
    for name, ask in quantities:
        try:
            value = ask()
        except AbsentStatisticError as absent:
            rows.append(row(name, "absent", NONE))
            reasons[absent.reason] = None
            continue
        half = 0.5 * float(value.width)
        rows.append(row(name, f"{float(value):.12g}", f"{half:.1e}" if math.isfinite(half) else "unbounded"))
    rows.append(row("stochasticity of the sampler", f"{found.stochasticity:.12g}", NONE))
    notes = [f"Absent: {reason}." for reason in reasons]
    return Table("One generation, exactly", [Column("quantity"), *number_columns("value", "half width")], rows, notes)


def sampler(found: DiscretisedProcess) -> Table:
    """Return the error budget of a sampler: start, discretisation, score, their sum, and KL of the endpoint."""
    parts = found.budget
    quantities: list[tuple[str, Enclosure]] = [
        ("start: KL(q_T || start)", parts.start),
        ("discretisation, exact score", parts.discretisation),
        ("score error", parts.score),
        ("sum, a bound", parts.total),
    ]
    if found.process.is_linear:
        quantities.append(("truth: KL(q || p^)", found.endpoint_kl))
    rows = []
    for name, value in quantities:
        half = 0.5 * float(value.width)
        rows.append(row(name, f"{float(value):.9g}", f"{half:.1e}"))
    grid = found.grid if isinstance(found.grid, str) else "given"
    notes = [f"{found.steps} steps, {grid} grid, {scheme_name(found.scheme)}; parts in nats."]
    if not found.process.is_linear:
        notes.append("The truth is known of Gaussian data with an affine error.")
    return Table(
        "Where a sampler's error comes from", [Column("part"), *number_columns("nats", "half width")], rows, notes
    )


def concise(item: Enclosure) -> str:
    """Return a number with its uncertainty in units of the last digit, as `concise_text`."""
    return concise_text(float(item.value), float(item.lower), float(item.upper))


def _six(item: Enclosure) -> str:
    """Return six digits where the interval allows them."""
    value, width = float(item.value), float(item.width)
    return concise(item) if width > 1e-5 * abs(value) and math.isfinite(value) else number(value, 6)


def _with_error(enclosure: Enclosure) -> str:
    """Return the value, with its half width where that would be seen in the digits printed."""
    value, half = float(enclosure), 0.5 * float(enclosure.width)
    return f"{value:.4g} +- {half:.1g}" if half > 5e-6 * abs(value) else number(value, 6)


# All pairs of components: under a second.
MOST_PAIRED = 800


def _told_of_kernel(drift: KernelDrift) -> str:
    """Return the kernel of the discrepancies and, from the Gram matrix of its innovations, how they are aligned."""
    told = f"MMD: maximum mean discrepancy under a Gaussian kernel of width {drift.width:.3g}, finite for all laws"
    if drift.fresh.size < 2:
        return f"{told}."
    return f"{told}; in its norm successive innovations correlate {drift.successive_correlation:.2f}."


def _told_of_range(found: Trajectory) -> str:
    """Return where the innovations' long-run drift lies between the ends of `range`; empty where it is not told."""
    fresh = float(found.fresh[0]) if found.generations > 1 else 0.0
    if not (found.workflow.last_model and 0.0 < fresh < 1.0 and np.all(found.fresh == fresh)):
        return ""
    try:
        spectrum = found.spectrum
    except InvalidArgumentError:
        return ""
    c, ratio = float(spectrum.effective_correlation(fresh)), float(spectrum.drift(fresh)) / spectrum.energy
    low, _, high = (number(float(edge), 3) for edge in long_run_edges(fresh))
    return (
        f"The errors act as if successive ones had the correlation c = {c:.3f}: drift {ratio:.3g} J in the long run, "
        f"between {low} J (c = -1, alternating) and {high} J (c = 1, the same error), J their mean energy."
    )


def trajectory(found: Trajectory) -> Table:
    """Return the models of a trajectory, one row a generation, and notes on what is infinite or left out.

    Columns: the generation; its number of components; ``D_i = chi2(p^_i || p)``; the innovation energy ``J_{i-1}``
    that led to it; KL(p^_i || p) in nats; the maximum mean discrepancy under a kernel as wide as the data, of up to
    `MOST_PAIRED` components; the 2-Wasserstein distance of the moment-matched Gaussians (a length).
    """
    headings = ("generation", "components", "D = chi2", "J", "KL, nats", "MMD", "W2 (length)")
    notes = []
    missing = [NONE] * (found.generations + 1)
    try:
        drifts = [_six(value) for value in found.accumulated_enclosure]
        innovations = [NONE, *(_six(value) for value in found.innovation_energy_enclosure)]
        for reason in dict.fromkeys(found.finiteness):
            if reason != "finite":
                notes.append(f"D of generation {found.finiteness.index(reason)}: {reason}.")
        notes += filter(None, [_told_of_range(found)])
    except NotSupportedError as problem:
        drifts = innovations = missing
        notes.append(str(problem))
    try:
        divergences = [_with_error(value) for value in found.kl()]
    except NotSupportedError as problem:
        divergences = missing
        notes.append(str(problem))
    discrepancies = missing
    if len(found.pool) <= MOST_PAIRED:
        try:
            drift = found.mmd()
            discrepancies = [number(value, 6) for value in drift.distances]
            notes.append(_told_of_kernel(drift))
        except NotSupportedError as problem:
            notes.append(str(problem))
    distances = [_six(value) for value in found.wasserstein2]
    columns = (
        range(len(missing)),
        found.component_counts,
        drifts,
        innovations,
        divergences,
        discrepancies,
        distances,
    )
    rows = [row(*values) for values in zip(*columns, strict=True)]
    if found.limit_finiteness.startswith("infinite"):
        notes.append(f"The variance of what this run tends to is {found.limit_finiteness}.")
    if found.dropped[-1] > 0.0:
        notes.append(f"Components of total weight {found.dropped[-1]:.3g} were left out.")
    exactly = "Retraining, exactly" if found.channels else "Retraining with score errors"
    return Table(exactly, number_columns(*headings), rows, notes)


def textures(found: TextureRuns) -> Table:
    """Return runs on textures, one row each: the first generation's score error, and what became of the picture.

    Columns: what is wrong; the fresh fraction; ``eps*^2`` and the observability of the first generation;
    KL(p^_n || p) in nats a pixel after one generation and after all; the variance of a pixel at the end.
    """
    rows = []
    for name, run in zip(found.names, found.runs, strict=True):
        first = 3 * [NONE]
        if run.generations:
            parts = (run.ideal_energy[0], run.observability[0], run.kl[1] / run.data.dim)
            first = [number(float(part)) for part in parts]
        shares = sorted(set(run.fresh.tolist())) or [0.0]
        fresh = number(shares[0]) if len(shares) == 1 else f"{shares[0]:g} to {shares[-1]:g}"
        ends = (float(run.kl[-1]) / run.data.dim, run.textures[-1].variance)
        rows.append(row(name, fresh, *first, *map(number, ends)))
    run = found.runs[0]
    notes = [f"Pictures of {run.data.dim} pixels, exactly, as sums over frequencies; KL in nats a pixel."]
    headings = ("fresh", "eps*^2", "eta", "KL_1", f"KL_{run.generations}", "variance")
    return Table(
        "Retraining on textures", [Column("score error", wraps=True), *number_columns(*headings)], rows, notes
    )
