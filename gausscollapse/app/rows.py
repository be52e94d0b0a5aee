"""What was found, as plain values: the one model that the terminal, the page and JSON render.

The fields of `TheoremRow`, and of what it holds, are the keys of ``verify --json`` in their order; those marked
`FOR_THE_PAGE` are not in it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from typing import Any

from gausscollapse.checking.controls import ControlPower
from gausscollapse.checking.falsification import Falsification
from gausscollapse.checking.verify import Cloud, TheoremReport
from gausscollapse.core.enclosure import Enclosure, Outcome
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.process import ReverseProcess
from gausscollapse.retraining import Trajectory

FOR_THE_PAGE: Mapping[str, bool] = {"in JSON": False}

Scenario = Mapping[str, Any]


@dataclass(frozen=True)
class InstanceRow:
    """One instance: its family, its verdict, both sides in words, and the tables of its scenario file."""

    family: str
    verdict: str
    comparison: str
    scenario: Scenario

    @property
    def place(self) -> str:
        """Family and dimension, in words."""
        mean = self.scenario.get("data", {}).get("mean")
        return f"{self.family} d={len(mean)}" if isinstance(mean, Sequence) else self.family


@dataclass(frozen=True)
class ControlRow:
    """A spoilt statement: on how many instances it holds its assumptions, and on how many it is certainly false."""

    words: str
    constants: Mapping[str, float]
    refuted: bool
    violations: int
    instances: int


@dataclass(frozen=True)
class ConstantRow:
    """How far a search could strengthen a constant, and where it stopped."""

    name: str
    stated: float
    value: float
    certified: bool
    family: str
    scenario: Scenario


@dataclass(frozen=True)
class SearchRow:
    """What a counterexample search found; `trace` holds pairs of evaluations and smallest normalised slack."""

    verdict: Outcome
    evaluations: int
    budget: int
    seed: int
    tightest_ratio: float
    slack: float
    family: str
    comparison: str
    violations: int
    scenario: Scenario
    best_constants: tuple[ConstantRow, ...]
    trace: list[list[float]]

    @property
    def refuted(self) -> bool:
        """Whether a counterexample is certified."""
        return self.verdict is Outcome.VIOLATED


@dataclass(frozen=True)
class TheoremRow:
    """What verification found for one theorem; the words are those of `TheoremReport`."""

    id: str
    title: str
    source: str
    kind: str
    expected: Outcome
    verdict: Outcome
    instances: int
    applicable: int
    drawn: int
    violated: int
    inconclusive: int
    informative: int
    min_slack: float | None
    tightest_ratio: float | None
    worst_instance: InstanceRow | None
    controls: tuple[ControlRow, ...]
    power: tuple[ControlPower, ...]
    search: SearchRow | None
    problem: str
    seconds: float
    as_expected: bool = field(metadata=FOR_THE_PAGE)
    words: str = field(metadata=FOR_THE_PAGE)
    latex: str = field(metadata=FOR_THE_PAGE)
    assumptions: tuple[str, ...] = field(metadata=FOR_THE_PAGE)
    clouds: tuple[Cloud, ...] = field(metadata=FOR_THE_PAGE)

    @property
    def exact(self) -> bool:
        """Whether the statement is an equality."""
        return self.kind in ("identity", "limit")


def theorem_row(report: TheoremReport) -> TheoremRow:
    """Return the plain values of a report."""
    theorem, worst = report.theorem, report.worst_instance
    same = (
        "verdict", "instances", "applicable", "drawn", "violated", "inconclusive", "informative", "min_slack",
        "tightest_ratio", "problem", "as_expected",
    )  # fmt: skip
    return TheoremRow(
        **{name: getattr(theorem, name) for name in ("id", "title", "source", "kind", "expected", "words", "latex")},
        **{name: getattr(report, name) for name in same},
        worst_instance=None if worst is None else InstanceRow(**worst),
        controls=tuple(
            ControlRow(item.words, dict(item.constants), item.refuted, item.violations, item.instances)
            for item in report.controls
        ),
        power=tuple(report.power),
        search=None if report.search is None else _search_row(report.search),
        seconds=round(report.seconds, 3),
        assumptions=tuple(item.words for item in theorem.assumptions),
        clouds=tuple(report.clouds),
    )


def _search_row(search: Falsification) -> SearchRow:
    describe = search.theorem.chapter.describe
    same = (
        "verdict", "evaluations", "budget", "seed", "tightest_ratio", "slack", "family", "comparison", "violations"
    )  # fmt: skip
    return SearchRow(
        **{name: getattr(search, name) for name in same},
        scenario=dict(describe(search.instance)),
        best_constants=tuple(
            ConstantRow(
                item.name, item.stated, item.value, item.certified, item.family, dict(describe(item.instance))
            )
            for item in search.best_constants
        ),
        trace=search.trace.tolist(),
    )


def plain(value: Any) -> Any:
    """Return a row as values that JSON knows: infinities become the strings "inf" and "-inf"."""
    if is_dataclass(value):
        return {
            item.name: plain(getattr(value, item.name))
            for item in fields(value)
            if item.metadata.get("in JSON", True)
        }
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return str(value) if isinstance(value, StrEnum) else value


def json_text(rows: Sequence[TheoremRow]) -> str:
    """Return the document of ``verify --json``: a list with an object for each theorem."""
    return json.dumps(plain(rows), indent=1, allow_nan=False) + "\n"


@dataclass(frozen=True)
class Quantity:
    """A number with the half width of its interval."""

    name: str
    value: float
    half_width: float


def quantity(name: str, enclosure: Enclosure) -> Quantity:
    """Return an enclosure of one number as a row."""
    return Quantity(name, float(enclosure), 0.5 * float(enclosure.width))


def process_rows(process: ReverseProcess) -> tuple[Quantity, ...]:
    """Return the exact figures of one learned reverse process; divergences in nats, the rest dimensionless."""
    return tuple(
        quantity(name, enclosure)
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
        )
    )


@dataclass(frozen=True)
class GenerationRow:
    """One model of a trajectory; None where a quantity has no closed form, or there is none yet.

    Parameters
    ----------
    number, components : int
        The generation and its number of components.
    drift : float or None
        ``D_i = chi2(p^_i || p)``.
    innovation : float or None
        The innovation energy ``J_{i-1}`` that led to it.
    kl : Quantity or None
        KL(p^_i || p) in nats.
    wasserstein2 : float
        2-Wasserstein distance of the moment-matched Gaussians, a length.
    """

    number: int
    components: int
    drift: float | None
    innovation: float | None
    kl: Quantity | None
    wasserstein2: float


def trajectory_rows(trajectory: Trajectory) -> tuple[tuple[GenerationRow, ...], tuple[str, ...]]:
    """Return a row for each model of a trajectory, and notes on what is infinite, missing or left out."""
    models = trajectory.generations + 1
    drifts: Sequence[float | None] = [None] * models
    innovations: Sequence[float | None] = [None] * models
    divergences: Sequence[Quantity | None] = [None] * models
    notes = []
    try:
        drifts = trajectory.accumulated.tolist()
        innovations = [None, *trajectory.innovation_energy.tolist()]
        for reason in dict.fromkeys(trajectory.finiteness):
            if reason != "finite":
                notes.append(f"D of generation {trajectory.finiteness.index(reason)}: {reason}.")
    except NotSupportedError as problem:
        notes.append(str(problem))
    try:
        divergences = [quantity("KL, nats", value) for value in trajectory.kl()]
    except NotSupportedError as problem:
        notes.append(str(problem))
    distances = [float(value) for value in trajectory.wasserstein2]
    rows = tuple(
        GenerationRow(n, int(trajectory.component_counts[n]), drifts[n], innovations[n], divergences[n], distances[n])
        for n in range(models)
    )
    if trajectory.dropped[-1] > 0.0:
        notes.append(f"Components of total weight {trajectory.dropped[-1]:.3g} were left out.")
    return rows, tuple(notes)
