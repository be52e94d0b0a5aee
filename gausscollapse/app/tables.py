"""The tables and sections of what was found: their columns, and every number in words, once for all who draw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gausscollapse.app.rows import Cell, Column, Row, Section, Table, Tone, Trace
from gausscollapse.checking.boxes import BoxProof
from gausscollapse.checking.falsification import BestConstant
from gausscollapse.checking.paper_assumptions import between
from gausscollapse.checking.proofs import PROVED, scope
from gausscollapse.checking.ruling import Agreement
from gausscollapse.checking.theorem_report import TheoremReport
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import AbsentStatisticError, NotSupportedError
from gausscollapse.core.interval_text import concise_text
from gausscollapse.core.verdict import Outcome
from gausscollapse.lab.toml_text import to_toml

if TYPE_CHECKING:
    from gausscollapse.lab.texture_scenario import TextureRuns
    from gausscollapse.process.process import ReverseProcess
    from gausscollapse.retraining.embedded_drift import KernelDrift
    from gausscollapse.retraining.trajectory import Trajectory
    from gausscollapse.sampling import DiscretisedProcess

NONE = "-"
HOME = (
    "Statement and controls of a theorem: gausscollapse/theorems/<id with _ for - and .>.py; its proof: derivations/ "
    "under the same file name."
)
TONES = {
    Outcome.HOLDS: Tone.GOOD,
    Outcome.VIOLATED: Tone.GOOD,
    Outcome.INCONCLUSIVE: Tone.UNSURE,
    Outcome.NOT_APPLICABLE: Tone.SOFT,
}
EXACT = ("identity", "limit")


def _numbers(*headings: str) -> list[Column]:
    return [Column(heading, number=True) for heading in headings]


def _row(*words: object) -> list[Cell]:
    return [word if isinstance(word, Cell) else Cell(str(word)) for word in words]


def _marked(words: str, *, good: bool) -> Cell:
    return Cell(words, Tone.PLAIN if good else Tone.BAD)


def number(value: float, digits: int = 4) -> str:
    """Return a number in so many significant digits."""
    return f"{value:.{digits}g}" if math.isfinite(value) else str(value)


def tightness(ratio: float | None, *, exact: bool) -> str:
    """Return the ratio of the smaller to the larger side; of an equality, what it lacks to 1."""
    if ratio is None:
        return NONE
    if exact:
        return f"1-{abs(1.0 - ratio):.0e}" if ratio != 1.0 else "1"
    return f"{ratio:.6f}" if ratio < 10.0 else f"{ratio:.0e}"


def box_words(box: Mapping[str, tuple[float, float]]) -> str:
    """Return the sides of a box."""
    return ", ".join(f"{name} in [{low:g}, {high:g}]" for name, (low, high) in box.items())


def place(worst: Mapping[str, Any] | None) -> str:
    """Return the family of an instance, and its dimension where its scenario tells."""
    if worst is None:
        return NONE
    mean = worst["scenario"].get("data", {}).get("mean")
    return f"{worst['family']} d={len(mean)}" if isinstance(mean, Sequence) else str(worst["family"])


def verdict(report: TheoremReport) -> Cell:
    """Return the verdict, with a mark where another one was expected."""
    if report.problem:
        return Cell("unusable", Tone.BAD)
    if report.verdict not in (report.theorem.expected, Outcome.NOT_APPLICABLE):
        return Cell(f"{report.verdict} (!)", Tone.BAD)
    return Cell(report.verdict, TONES[report.verdict])


def verification(
    reports: Sequence[TheoremReport], proofs: Mapping[str, str] | None = None, *, scopes: bool = True
) -> Table:
    """Return what was checked on instances, one row a theorem, with a column for proofs where they were run.

    Notes say for what the proofs hold, where `scopes`.

    *decided*: instances on which the enclosures tell; *ties*: those on which they overlap; *tightest*: the largest
    ratio of the smaller to the larger side (identities and limits: how far from agreeing at worst); *controls*:
    spoilt statements that were refuted; *referee*: what ball arithmetic says of the worst instance and of the
    counterexamples to the controls.
    """
    judged = any(report.rulings for report in reports)
    columns = [
        Column("theorem"), Column("verdict"), Column("kind", spare=True), *_numbers("decided"),
        Column("ties", number=True, spare=True), *_numbers("tightest"),
        Column("worst instance", wraps=True), *_numbers("controls"), *([Column("referee")] if judged else []),
        *([] if proofs is None else [Column("proof")]),
    ]  # fmt: skip
    rows, notes = [], []
    for report in reports:
        name, kind, worst = report.theorem.id, report.theorem.kind, report.worst_instance
        refuted, count = sum(control.refuted for control in report.controls), len(report.controls)
        row = _row(
            Cell(name, target=name), verdict(report), kind, report.instances, report.inconclusive,
            tightness(report.tightest_ratio, exact=kind in EXACT), place(worst),
            _marked(f"{refuted} of {count}" if count else NONE, good=refuted == count),
        )  # fmt: skip
        if judged:
            row.append(_referee(report))
            notes += [f"{name}, {item.subject}, referee disagrees: {item.reason}" for item in report.disowned]
        if proofs is not None:
            status = proofs.get(name, NONE)
            notes += [f"{name}, proof: {line}" for line in scope(report.theorem)] if scopes else []
            row.append(_marked(status, good=status in (PROVED, NONE)))
        rows.append(row)
        if report.verdict is Outcome.VIOLATED and worst is not None:
            expected = ", as expected" if report.theorem.expected is Outcome.VIOLATED else ""
            notes.append(f"{name} is refuted{expected}: {worst['comparison']} ({worst['family']})")
    return Table("Theorems on exact Gaussians", columns, rows, [*notes, *_undecided(reports), HOME])


def _undecided(reports: Sequence[TheoremReport]) -> list[str]:
    """Return why the referee could not tell: each reason once, with the theorems and what was judged of them."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for report in reports:
        for item in report.rulings:
            if item.agreement is Agreement.UNDECIDED:
                reasons.setdefault(item.reason, {}).setdefault(report.theorem.id, []).append(item.subject)
    return [
        "referee undecided, "
        + "; ".join(f"{name} ({', '.join(dict.fromkeys(map(_kind, subjects)))})" for name, subjects in where.items())
        + f": {reason}"
        for reason, where in reasons.items()
    ]


def _kind(subject: str) -> str:
    """Return what was judged, without the constants of a control."""
    return "controls" if subject.startswith("counterexample to") else subject


def _referee(report: TheoremReport) -> Cell:
    """Return the word of the referee."""
    if report.disowned:
        return Cell("disagrees (!)", Tone.BAD)
    if report.refereed:
        return Cell("refereed", Tone.GOOD)
    if report.refereed_in_part:
        return Cell("in part", Tone.UNSURE)
    return Cell("undecided", Tone.UNSURE) if report.rulings else Cell(NONE)


def closing(reports: Sequence[TheoremReport]) -> str:
    """Return in one sentence whether everything is as it should be, or else what is not."""
    good = [report for report in reports if report.as_expected]
    refuted = sum(report.verdict is Outcome.VIOLATED for report in good)
    words = f"{len(good)} of {len(reports)} as expected"
    if refuted:
        words += f"; {refuted} of them refuted, as it should be"
    wrong = [f"{report.theorem.id}: {_fault(report)}" for report in reports if not report.as_expected]
    return f"{words}. Not as expected: {'; '.join(wrong)}." if wrong else f"{words}."


def _fault(report: TheoremReport) -> str:
    """Return why a report is not as expected."""
    if report.problem:
        return "unusable"
    if report.verdict is not report.theorem.expected:
        return f"{report.verdict} where {report.theorem.expected} was expected"
    if report.disowned:
        return f"the referee disagrees ({report.disowned[0].subject})"
    standing = [item.words for item in report.controls if not item.refuted]
    standing += [item.words for item in report.power if not item.complete]
    return f"the control {standing[0]} was not refuted" if standing else "no control was refuted"


def searches(reports: Sequence[TheoremReport]) -> Table:
    """Return what the counterexample searches found, one row a constant.

    *stands*: not refuted. *best*: the strongest value of the constant that no instance found contradicts, with a
    question mark where that is not certified, "none" where an instance contradicts every value, or 0 where none that
    was found needs the constant; *left*: how many times as strong the constant could still be, were the best instance
    the worst that there is; *on*: the family
    of the instance that stops there, or is tightest; *power*: searches that refuted a control, of all.
    """
    columns = [
        Column("theorem"), Column("search"), Column("constant"), *_numbers("stated", "best"),
        Column("left", number=True, spare=True), Column("on", wraps=True), *_numbers("power"),
    ]  # fmt: skip
    rows: list[Row] = []
    for report in reports:
        search, name = report.search, report.theorem.id
        if search is None:
            continue
        expected = search.refuted == (report.theorem.expected is Outcome.VIOLATED)
        refuted, seeds = sum(item.refuted for item in report.power), sum(item.seeds for item in report.power)
        power = _marked(f"{refuted}/{seeds}" if seeds else NONE, good=refuted == seeds)
        first, *others = map(_constant, search.best_constants) if search.best_constants else [_row(*4 * [NONE])]
        family = search.best_constants[0].family if search.best_constants else search.family
        outcome = _marked("refuted" if search.refuted else "stands", good=expected)
        rows.append(_row(Cell(name, target=name), outcome, *first, family, power))
        for item, cells in zip(search.best_constants[1:], others, strict=True):
            rows.append(_row("", "", *cells, item.family, ""))
    return Table("Counterexample search", columns, rows)


def _constant(item: BestConstant) -> list[Cell]:
    left = NONE if item.left is None else f"x {item.left:.3g}"
    return _row(item.name, number(item.stated), item.words, left)


def controls(report: TheoremReport) -> Table:
    """Return the controls of one theorem: by how many instances and by how many searches each was refuted."""
    columns = [
        Column("control"), *_numbers("refuted by instances", "refuted by searches", "evaluations at most"),
    ]  # fmt: skip
    powers = {item.words: item for item in report.power}
    rows = []
    for control in report.controls:
        cells = _row(
            control.words, _marked(f"{control.violations} of {control.instances}", good=control.refuted), NONE, NONE
        )
        if power := powers.get(control.words):
            searched = _marked(f"{power.refuted} of {power.seeds}", good=power.complete)
            cells[2:] = _row(searched, f"{power.most_evaluations} of {power.budget}")
        rows.append(cells)
    return Table("", columns, rows)


def audits(reports: Sequence[TheoremReport]) -> Table:
    """Return how the paper's assumptions A1 to A5 stand beside each verdict of its theorems, one row a theorem.

    *theta* *: the supremum of the exponents at which ``E exp(theta Z)`` is finite on the extremal instance.
    """
    columns = [Column("theorem"), Column("theta*"), Column("delta*"), Column("A1 to A5", wraps=True)]
    rows = []
    for report in reports:
        found, name = report.audit, Cell(report.theorem.id, target=report.theorem.id)
        if found is None:
            rows.append(_row(name, NONE, NONE, "not audited: no reverse process in the instance"))
        else:
            theta, delta = (NONE if part is None else between(part) for part in (found.theta, found.delta))
            rows.append(_row(name, theta, delta, found.standing))
    notes = ("One instance: that a bound is uniform over generations, and A5, cannot be audited on it.",)
    return Table("The paper's assumptions on the extremal instance", columns, rows, notes)


def boxes(proofs: Sequence[BoxProof]) -> Table:
    """Return the proofs on boxes, one row a statement and family; the boxes, and cells that fail, are notes."""
    columns = [Column("theorem"), Column("verdict"), Column("family"), *_numbers("cells", "seconds")]
    rows = [
        _row(
            Cell(proof.theorem, target=proof.theorem), Cell(proof.verdict, Tone.GOOD if proof.proved else Tone.BAD),
            proof.family, proof.cells, f"{proof.seconds:.2f}",
        )
        for proof in proofs
    ]  # fmt: skip
    notes = [f"{family}: {box_words(box)}" for family, box in {item.family: item.box for item in proofs}.items()]
    notes += [
        f"{proof.theorem}, {proof.family}: {proof.verdict}: {box_words(proof.failing_cell)}"
        for proof in proofs
        if proof.failing_cell is not None
    ]
    return Table("Every point of a box, in ball arithmetic", columns, rows, notes)


def section(report: TheoremReport, proof: str = "") -> Section:
    """Return all that a page says of one theorem; `proof` is the status of its derivation, where it was run."""
    theorem, search = report.theorem, report.search
    counts = f"{report.instances} decided, {report.inconclusive} ties, {report.violated} violated"
    facts = [("assumptions", "; ".join(item.words for item in theorem.assumptions) or "none"), ("instances", counts)]
    facts += [("referee", f"{item.subject}: {item.agreement} ({item.reason})") for item in report.rulings]
    if proof:
        facts.append(("proof", " ".join([f"{proof}.", *scope(theorem)])))
    if report.audit is not None:
        facts.append(("paper's assumptions", report.audit.words))
        facts += [(f"{item.name}: {item.words}", item.told) for item in report.audit.assumptions]
    trace, instance = None, ("", "")
    if search is not None:
        outcome = "refuted" if search.refuted else "not refuted"
        facts.append(("search", f"{outcome} in {search.evaluations} evaluations (seed {search.seed})"))
        for item in search.best_constants:
            fails = "every value" if item.value is None else "a stronger one"
            stops = f"{fails} fails on {item.family} ({'' if item.certified else 'not '}certified)"
            words = f"{item.name}: stated {number(item.stated)}, best {item.words.removesuffix(' (?)')}; {stops}"
            facts.append(("best constant", words))
        if len(search.trace):
            trace = Trace(search.trace, search.evaluations, theorem.kind in EXACT)
        scenario = to_toml(dict(theorem.chapter.describe(search.instance)))
        instance = f"Extremal instance, on {search.family}: {search.comparison}", scenario
    return Section(
        theorem.id, verdict(report), f"{theorem.title} — {theorem.source}", theorem.latex, theorem.words,
        report.problem, facts, report.clouds, trace, controls(report), instance,
    )  # fmt: skip


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
            rows.append(_row(name, "absent", NONE))
            reasons[absent.reason] = None
            continue
        half = 0.5 * float(value.width)
        rows.append(_row(name, f"{float(value):.12g}", f"{half:.1e}" if math.isfinite(half) else "unbounded"))
    rows.append(_row("stochasticity of the sampler", f"{found.stochasticity:.12g}", NONE))
    notes = [f"Absent: {reason}." for reason in reasons]
    return Table("One generation, exactly", [Column("quantity"), *_numbers("value", "half width")], rows, notes)


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
        rows.append(_row(name, f"{float(value):.9g}", f"{half:.1e}"))
    grid = found.grid if isinstance(found.grid, str) else "given"
    from gausscollapse.sampling.schemes import scheme_name

    notes = [f"{found.steps} steps, {grid} grid, {scheme_name(found.scheme)}; parts in nats."]
    if not found.process.is_linear:
        notes.append("The truth is known of Gaussian data with an affine error.")
    return Table("Where a sampler's error comes from", [Column("part"), *_numbers("nats", "half width")], rows, notes)


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
    rows = [_row(*values) for values in zip(*columns, strict=True)]
    if found.limit_finiteness.startswith("infinite"):
        notes.append(f"The variance of what this run tends to is {found.limit_finiteness}.")
    if found.dropped[-1] > 0.0:
        notes.append(f"Components of total weight {found.dropped[-1]:.3g} were left out.")
    exactly = "Retraining, exactly" if found.channels else "Retraining with score errors"
    return Table(exactly, _numbers(*headings), rows, notes)


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
        rows.append(_row(name, fresh, *first, *map(number, ends)))
    run = found.runs[0]
    notes = [f"Pictures of {run.data.dim} pixels, exactly, as sums over frequencies; KL in nats a pixel."]
    headings = ("fresh", "eps*^2", "eta", "KL_1", f"KL_{run.generations}", "variance")
    return Table("Retraining on textures", [Column("score error", wraps=True), *_numbers(*headings)], rows, notes)
