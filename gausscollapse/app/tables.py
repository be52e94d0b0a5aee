"""Tables for the terminal and files for later: what verification and simulation found."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from gausscollapse.checking.theorem_report import TheoremReport
from gausscollapse.core.enclosure import Enclosure, Outcome
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.lab.scenario import to_toml
from gausscollapse.process import ReverseProcess
from gausscollapse.retraining import Trajectory

TIGHT: Any = {"padding": 0, "pad_edge": False, "show_edge": False}

STYLES = {
    Outcome.HOLDS: "green",
    Outcome.VIOLATED: "bold red",
    Outcome.INCONCLUSIVE: "yellow",
    Outcome.NOT_APPLICABLE: "dim",
}


def _ratio(report: TheoremReport) -> str:
    if report.tightest_ratio is None:
        return "-"
    if any(word in report.theorem.kind for word in ("identity", "limit")):
        return f"1-{abs(1.0 - report.tightest_ratio):.0e}" if report.tightest_ratio != 1.0 else "1"
    return f"{report.tightest_ratio:.6f}" if report.tightest_ratio < 10.0 else f"{report.tightest_ratio:.0e}"


def _where(report: TheoremReport) -> str:
    if report.worst_instance is None:
        return "-"
    data = report.worst_instance["scenario"].get("data", {})
    mean = data.get("mean")
    dimension = f" d={len(mean)}" if isinstance(mean, Sequence) else ""
    return f"{report.worst_instance['family']}{dimension}"


def verification_table(reports: Sequence[TheoremReport], proofs: Mapping[str, str] | None = None) -> Table:
    """Return the table that `verify` prints, one row a theorem, with a column for proofs where they were run.

    *decided*: instances on which the enclosures tell; *ties*: those on which they overlap; *tightest*: the largest
    ratio of the smaller to the larger side (identities and limits: how far from agreeing at worst); *controls*:
    spoilt statements that were refuted.
    """
    table = Table(
        title="Theorems on exact Gaussians", title_justify="left", header_style="bold", box=SIMPLE_HEAD, **TIGHT
    )
    table.add_column("theorem", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    table.add_column("decided", justify="right", no_wrap=True)
    table.add_column("ties", justify="right", no_wrap=True)
    table.add_column("tightest", justify="right", no_wrap=True)
    table.add_column("worst instance", min_width=10)
    table.add_column("controls", justify="right", no_wrap=True)
    if proofs is not None:
        table.add_column("proof", no_wrap=True)
    for report in reports:
        refuted = sum(control.refuted for control in report.controls)
        controls = f"{refuted} of {len(report.controls)}" if report.controls else "-"
        complete = refuted == len(report.controls)
        expected = report.verdict in (report.theorem.expected, Outcome.NOT_APPLICABLE)
        verdict = str(report.verdict) + ("" if expected else " (!)")
        table.add_row(
            report.theorem.id,
            f"[{STYLES[report.verdict] if expected else 'bold red'}]{verdict}[/]",
            report.theorem.kind,
            str(report.instances),
            str(report.inconclusive),
            _ratio(report),
            _where(report),
            controls if complete else f"[bold red]{controls}[/]",
            *([] if proofs is None else [proofs.get(report.theorem.id, "-")]),
        )
    return table


def _finite(value: Any) -> Any:
    """Return `value` with infinities as the strings "inf" and "-inf", which JSON has no numbers for."""
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return value


def write_json(reports: Sequence[TheoremReport], path: Path) -> None:
    """Write the reports as a JSON list."""
    text = json.dumps(_finite([report.to_json() for report in reports]), indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_worst_instances(reports: Sequence[TheoremReport], folder: Path) -> list[Path]:
    """Write each theorem's worst instance as a scenario file that ``verify --instance`` reads; return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for report in reports:
        if report.worst_instance is None:
            continue
        worst = report.worst_instance
        comment = f"# Worst instance of {report.theorem.id} ({worst['family']}).\n# {worst['comparison']}\n\n"
        path = folder / f"{report.theorem.id}.toml"
        path.write_text(comment + to_toml(worst["scenario"]), encoding="utf-8")
        written.append(path)
    return written


def process_table(process: ReverseProcess) -> Table:
    """Return the exact figures of one learned reverse process, each with its interval."""
    table = Table(
        title="One generation, exactly", title_justify="left", header_style="bold", box=SIMPLE_HEAD, **TIGHT
    )
    table.add_column("quantity")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("half width", justify="right", no_wrap=True)
    for name, enclosure in (
        ("ideal energy eps*^2", process.ideal_energy()),
        ("learned energy eps^^2", process.learned_energy()),
        ("observability eta", process.observability()),
        ("KL(p^ || q), nats", process.kl()),
        ("KL(q || p^), nats", process.reverse_kl()),
        ("chi2(p^ || q)", process.chi2()),
        ("KL of paths, nats", process.path_kl()),
        ("chi2 of paths", process.path_chi2()),
        ("gradient energy (learned weight)", process.gradient_energy("learned")),
        ("gradient energy (ideal weight)", process.gradient_energy("ideal")),
        ("solenoidal energy", process.swirl_energy()),
        ("slack of the path bound, nats", process.slack()),
    ):
        width = 0.5 * float(enclosure.width)
        table.add_row(name, f"{float(enclosure):.12g}", f"{width:.1e}" if math.isfinite(width) else "unbounded")
    return table


def _number(value: float) -> str:
    return "inf" if math.isinf(value) else f"{value:.6g}"


def _with_error(enclosure: Enclosure) -> str:
    """Return the value, with its half width where that would be seen in the digits printed."""
    value, half = float(enclosure), 0.5 * float(enclosure.width)
    return f"{value:.4g} +- {half:.1g}" if half > 5e-6 * abs(value) else _number(value)


def trajectory_report(trajectory: Trajectory) -> list[Any]:
    """Return what `simulate` prints of a trajectory: a table, one row a generation, and notes.

    Columns: the generation; its number of components; ``D_i = chi2(p^_i || p)``; the innovation energy ``J_{i-1}``
    that led to it; KL(p^_i || p) in nats; the 2-Wasserstein distance of the moment-matched Gaussians (a length).
    """
    table = Table(title="Retraining, exactly", title_justify="left", header_style="bold", box=SIMPLE_HEAD, **TIGHT)
    for name in ("generation", "components", "D = chi2", "J", "KL, nats", "2-Wasserstein"):
        table.add_column(name, justify="right", no_wrap=True)
    notes = []
    try:
        drifts = [_number(value) for value in trajectory.accumulated]
        innovations = ["-", *(_number(value) for value in trajectory.innovation_energy)]
        for reason in dict.fromkeys(trajectory.finiteness):
            if reason != "finite":
                notes.append(f"D of generation {trajectory.finiteness.index(reason)}: {reason}.")
    except NotSupportedError as problem:
        drifts = innovations = ["-"] * (trajectory.generations + 1)
        notes.append(str(problem))
    try:
        divergences = [_with_error(value) for value in trajectory.kl()]
    except NotSupportedError as problem:
        divergences = ["-"] * (trajectory.generations + 1)
        notes.append(str(problem))
    distances = [_number(float(value)) for value in trajectory.wasserstein2]
    rows = zip(trajectory.component_counts, drifts, innovations, divergences, distances, strict=True)
    for n, (count, *cells) in enumerate(rows):
        table.add_row(str(n), str(count), *cells)
    if trajectory.dropped[-1] > 0.0:
        notes.append(f"Components of total weight {trajectory.dropped[-1]:.3g} were left out.")
    return [table, *notes]
