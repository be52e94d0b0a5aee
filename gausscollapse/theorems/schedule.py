"""A noise schedule is a change of time: energies carry beta, and nothing of continuous time depends on it."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Comparison, equal, theorem
from gausscollapse.checking.sides import size
from gausscollapse.theorems.instances.schedule_statistics import ScheduleStatistics


@theorem(
    "schedule",
    kind="identity",
    source="own",
    chapter="noise schedules",
    controls={"weight": 0.0},
    latex=r"\varepsilon_*^2=\mathbb E\int\beta(u)\,|e|^2\,du=\mathbb E\int|e_\sigma|^2\,d\sigma^2",
)
def schedule(s: ScheduleStatistics, weight: float = 1.0) -> Iterator[Comparison]:
    """Schedules change nothing in continuous time.

    With energies that carry beta, ideal energy, learned energy and KL of the endpoints of a process with any variance
    preserving or exploding schedule are those of the process in the clock of constant noise. Discretised chains
    differ.
    """
    scaled = s.native_ideal_energy(weight)
    yield equal("E int beta |e|^2 du = eps*^2", scaled, s.ideal_energy, scale=size(s.ideal_energy))
    learned, kl = s.native_learned
    yield equal("learned energy is that of the clock", learned, s.learned_energy, scale=size(s.learned_energy))
    yield equal("KL of the endpoints is that of the clock", kl, s.kl, scale=size(s.learned_energy))
