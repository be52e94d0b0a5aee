"""The tables and sections of what was found: their columns, and every number in words, once for all who draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gausscollapse.app.rows import NONE, Cell, Column, Row, Section, Table, Tone, Trace, number, number_columns, row
from gausscollapse.checking.boxes import BoxProof
from gausscollapse.checking.falsification import BestConstant
from gausscollapse.checking.paper_assumptions import between
from gausscollapse.checking.proofs import PROVED, scope
from gausscollapse.checking.ruling import Agreement
from gausscollapse.checking.theorem_report import TheoremReport
from gausscollapse.core.verdict import Outcome
from gausscollapse.lab.toml_text import to_toml

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


def _marked(words: str, *, good: bool) -> Cell:
    return Cell(words, Tone.PLAIN if good else Tone.BAD)


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
    spoilt statements that were refuted; *referee*: what proven bounds say of the worst instance and of the
    counterexamples to the controls.
    """
    judged = any(report.rulings for report in reports)
    columns = [
        Column("theorem"), Column("verdict"), Column("kind", spare=True), *number_columns("decided"),
        Column("ties", number=True, spare=True), *number_columns("tightest"),
        Column("worst instance", wraps=True), *number_columns("controls"), *([Column("referee")] if judged else []),
        *([] if proofs is None else [Column("proof")]),
    ]  # fmt: skip
    rows, notes = [], []
    for report in reports:
        name, kind, worst = report.theorem.id, report.theorem.kind, report.worst_instance
        refuted, count = sum(control.refuted for control in report.controls), len(report.controls)
        cells = row(
            Cell(name, target=name), verdict(report), kind, report.instances, report.inconclusive,
            tightness(report.tightest_ratio, exact=kind in EXACT), place(worst),
            _marked(f"{refuted} of {count}" if count else NONE, good=refuted == count),
        )  # fmt: skip
        if judged:
            cells.append(_referee(report))
            notes += [f"{name}, {item.subject}, referee disagrees: {item.reason}" for item in report.disowned]
        if proofs is not None:
            status = proofs.get(name, NONE)
            notes += [f"{name}, proof: {line}" for line in scope(report.theorem)] if scopes else []
            cells.append(_marked(status, good=status in (PROVED, NONE)))
        rows.append(cells)
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
        Column("theorem"), Column("search"), Column("constant"), *number_columns("stated", "best"),
        Column("left", number=True, spare=True), Column("on", wraps=True), *number_columns("power"),
    ]  # fmt: skip
    rows: list[Row] = []
    for report in reports:
        search, name = report.search, report.theorem.id
        if search is None:
            continue
        expected = search.refuted == (report.theorem.expected is Outcome.VIOLATED)
        refuted, seeds = sum(item.refuted for item in report.power), sum(item.seeds for item in report.power)
        power = _marked(f"{refuted}/{seeds}" if seeds else NONE, good=refuted == seeds)
        first, *others = map(_constant, search.best_constants) if search.best_constants else [row(*4 * [NONE])]
        family = search.best_constants[0].family if search.best_constants else search.family
        outcome = _marked("refuted" if search.refuted else "stands", good=expected)
        rows.append(row(Cell(name, target=name), outcome, *first, family, power))
        for item, cells in zip(search.best_constants[1:], others, strict=True):
            rows.append(row("", "", *cells, item.family, ""))
    return Table("Counterexample search", columns, rows)


def _constant(item: BestConstant) -> list[Cell]:
    left = NONE if item.left is None else f"x {item.left:.3g}"
    return row(item.name, number(item.stated), item.words, left)


def controls(report: TheoremReport) -> Table:
    """Return the controls of one theorem: by how many instances and by how many searches each was refuted."""
    columns = [
        Column("control"), *number_columns("refuted by instances", "refuted by searches", "evaluations at most"),
    ]  # fmt: skip
    powers = {item.words: item for item in report.power}
    rows = []
    for control in report.controls:
        cells = row(
            control.words, _marked(f"{control.violations} of {control.instances}", good=control.refuted), NONE, NONE
        )
        if power := powers.get(control.words):
            searched = _marked(f"{power.refuted} of {power.seeds}", good=power.complete)
            cells[2:] = row(searched, f"{power.most_evaluations} of {power.budget}")
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
            rows.append(row(name, NONE, NONE, "not audited: no reverse process in the instance"))
        else:
            theta, delta = (NONE if part is None else between(part) for part in (found.theta, found.delta))
            rows.append(row(name, theta, delta, found.standing))
    notes = ("One instance: that a bound is uniform over generations, and A5, cannot be audited on it.",)
    return Table("The paper's assumptions on the extremal instance", columns, rows, notes)


def boxes(proofs: Sequence[BoxProof]) -> Table:
    """Return the proofs on boxes, one row a statement and family; the boxes, and cells that fail, are notes."""
    columns = [Column("theorem"), Column("verdict"), Column("family"), *number_columns("cells", "seconds")]
    rows = [
        row(
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
