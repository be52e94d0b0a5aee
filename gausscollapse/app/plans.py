"""What `gausscollapse plan` prints: the best schedule of fresh data beside the constant one."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from gausscollapse.retraining.fresh_plan import FreshPlan, plan_fresh

TOLD = 5e-4


def plan(budget: float, *, generations: int, correlation: float, aim: str, figure: Path | None = None) -> None:
    """Print the best schedule, and draw it where a file is given."""
    from rich.console import Console

    from gausscollapse.app.figures import check_ending, save

    if figure is not None:
        check_ending(figure)
    found = plan_fresh(budget, generations=generations, correlation=correlation, aim=aim)
    console = Console()
    for line in plan_lines(found):
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    if figure is not None:
        from gausscollapse.app.figures_plans import plan_figure

        save(plan_figure(found), figure)


def plan_lines(found: FreshPlan) -> list[str]:
    """Return a plan in words: budget, drift of both schedules, floor, and the generations with fresh data."""
    count = found.fresh.size
    counted = f"mean of {count} models" if found.aim == "mean" else f"model {count}"
    saved = 100.0 * (1.0 - found.drift / found.constant_drift)
    lines = [
        f"Mean fresh fraction {found.budget:g} over {count} generations, correlation {found.correlation:g}",
        f"Drift D/J ({counted}):",
        f"  constant  {found.constant_drift:.6g}",
        f"  best      {found.drift:.6g}, {saved:.3g} % less" if saved > 0.01 else f"  best      {found.drift:.6g}",
    ]
    if not math.isnan(found.floor):
        # Rounded down: it is a floor.
        shown = math.floor(found.floor * 1e4) / 1e4
        lines.append(f"  floor     {shown:.6g}: no schedule in steps of 0.02 is below")
    return [*lines, "Fresh fractions by generation (no others):", *_schedule(found)]


def _schedule(found: FreshPlan) -> list[str]:
    shares = found.fresh
    if np.ptp(shares) < TOLD:
        return [f"  all: {shares[0]:.3f}"]
    given = np.flatnonzero(shares >= TOLD)
    parts = [f"{n + 1}: {shares[n]:.3f}" for n in given]
    return ["  " + "  ".join(parts[k : k + 8]) for k in range(0, len(parts), 8)]
