"""One page a theorem, from the theorem itself, a run of `verify` and its derivation; a table of all; the glossary."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure
from page_text import dropdown, escaped, fenced, quoted, table, write

from derivations.frame.catalogue import THEOREMS, derive
from derivations.frame.lines import displayed as in_rows
from derivations.frame.record import Derivation, Status
from formal.index import FORMAL
from gausscollapse.app import accumulate_figure, allocation_figure, regimes_figure, spectrum_figure, tables
from gausscollapse.app.figures_verification import scatter, scatter_caption, trace_figure
from gausscollapse.app.rows import Cell, Column, Section, Table, number
from gausscollapse.app.typeset import displayed
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.glossary import GLOSSARY, Symbol, symbols
from gausscollapse.checking.theorem_report import TheoremReport
from gausscollapse.core.verdict import Outcome

INTRODUCTION = """Each theorem has a page: its statement, every symbol, what is assumed, how close random instances
and a search come to it, the controls that must be refuted, and its proof. The pages are made from the package when
this site is built, so that they say what `gausscollapse verify` says.
"""
READING = """A verdict is reached by intervals alone: *decided* are the instances on which the intervals of both sides
tell. *Tightest* is the largest ratio of the smaller to the larger side; of an
identity or a limit, what it lacks to agreeing. *Controls* counts statements spoilt on purpose that were refuted.
*Refereed* means that the worst instance and a counterexample to each control were computed again in ball arithmetic.
"""
KINDS = {
    "upper": "An upper bound",
    "lower": "A lower bound",
    "two-sided": "A bound from both sides",
    "identity": "An identity",
    "limit": "A limit",
}
SIDES = """Each point is one instance, with one side of the statement on each axis; on the line both are equal.
"""
SEARCH = "The search for a counterexample: the closest that it had come so far."
BEST = """A search moves through families of instances to where the two sides come closest. *Best* is the strongest
value of a constant that no instance found contradicts. It is not a proved limit.
"""
STEPS = """The algebra of each step is checked in exact arithmetic when this page is built. Its words, and what is
taken as given, are not checked.
"""


def anchor(symbol: Symbol) -> str:
    """Return the label of a symbol's entry in the glossary."""
    return f"symbol-{symbol.name.replace(' ', '-')}"


def write_theorems(reports: Sequence[TheoremReport], folder: Path, root: Path) -> None:
    """Write the page of every theorem, their figures and the table of all into `folder`."""
    for report in reports:
        section = tables.section(report)
        figures = (list(_says(section.id, folder)), list(_figures(section, folder)))
        write(folder / f"{report.theorem.id}.md", _page(report, section, figures, root))
    write(folder / "index.md", _index(reports))


# Figures of what a theorem says, before those of how close instances come.
SAYS: Mapping[str, tuple[Callable[[], Figure], str]] = {
    "range": (regimes_figure, "Long-run drift over fresh fraction and correlation, and its two ends."),
    "accumulate": (
        accumulate_figure,
        "Keeping everything against replacing, where errors agree, do not, and cancel.",
    ),
    "allocation": (allocation_figure, "Refreshes of every size against the same data spread evenly."),
    "spectral": (
        spectrum_figure,
        "Left: the gain of each frequency of the errors, with the ends of range at 0 and pi. Right: examples on the "
        "curve of long-run drift by their one number c; bars are all that the correlation of successive errors "
        "allows.",
    ),
}


def _says(name: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Draw what a theorem says, where there is such a figure; return its file and caption."""
    if name in SAYS:
        draw, caption = SAYS[name]
        yield _saved(draw(), f"{name}-says", folder), caption


def _saved(figure: Figure, name: str, folder: Path) -> str:
    path = folder / "figures" / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    return f"figures/{path.name}"


def _figures(section: Section, folder: Path) -> Iterator[tuple[str, str]]:
    """Draw what there is to see; return file and caption of each figure."""
    drawn = [(scatter(cloud), scatter_caption(cloud)) for cloud in section.clouds]
    if section.trace is not None:
        drawn.append((trace_figure(section.trace), SEARCH))
    for place, (figure, caption) in enumerate(drawn):
        yield _saved(figure, f"{section.id}-{place}", folder), caption


def _page(
    report: TheoremReport, section: Section, figures: tuple[list[tuple[str, str]], list[tuple[str, str]]], root: Path
) -> str:
    """Return the page; figures are those of what the theorem says, and of how close instances come."""
    theorem, (said, compared) = report.theorem, figures
    parts = [
        f"(theorem-{theorem.id})=\n# {theorem.id}: {escaped(theorem.title)}\n",
        f"{escaped(theorem.words)}\n",
        _formula(theorem.latex),
        f"*{escaped(theorem.source)}. {KINDS[theorem.kind]}; instances: {escaped(theorem.chapter.name)}.*\n",
        _expectation(report),
        _pictures(said),
        "## Symbols\n",
        _symbols(symbols(theorem)),
        "## Assumptions\n",
        "\n".join(f"- {escaped(item.words)}" for item in theorem.assumptions) or "None.",
        "\n## How close it comes\n",
        SIDES,
        _pictures(compared),
        _tightest(report, section),
        _best(report),
        "## What refutes it\n",
        f"Constants: {_constants(theorem)}. Each control below spoils one of them, and must be refuted.\n",
        table(section.controls),
        _boxes(theorem),
        "## Proof\n",
        _proof(theorem),
        _formal(theorem),
        _source(theorem, root),
    ]
    return "\n".join(part for part in parts if part)


def _formula(latex: str) -> str:
    lines = [line.rstrip(",; ") for line in displayed(latex)]
    whole = lines[0] if len(lines) == 1 else "\\begin{gathered}\n" + " \\\\\n".join(lines) + "\n\\end{gathered}"
    return f"$$\n{whole}\n$$\n"


def _expectation(report: TheoremReport) -> str:
    if report.theorem.expected is Outcome.VIOLATED:
        return ":::{admonition} Refuted\n:class: warning\nThis statement is kept because it is false.\n:::\n"
    return ""


def _symbols(used: Sequence[Symbol]) -> str:
    lines = ["| symbol | name | meaning |", "|---|---|---|"]
    lines += [
        f"| ${item.latex}$ | {{ref}}`{item.name} <{anchor(item)}>` | {escaped(item.meaning)} |" for item in used
    ]
    return "\n".join(lines) + "\n" if used else "None but those of the formula.\n"


def _pictures(figures: Sequence[tuple[str, str]]) -> str:
    return "\n".join(
        f"```{{figure}} {file}\n:alt: {quoted(caption)}\n:figclass: theorem-figure\n\n{escaped(caption)}\n```\n"
        for file, caption in figures
    )


def _tightest(report: TheoremReport, section: Section) -> str:
    worst, (headline, scenario) = report.worst_instance, section.instance
    if worst is None:
        return ""
    ratio = tables.tightness(report.tightest_ratio, exact=report.theorem.kind in tables.EXACT)
    word = "Refuted most clearly" if report.verdict is Outcome.VIOLATED else "Tightest instance"
    told = f"**{word}:** {escaped(tables.place(worst))}, ratio {ratio}; `{worst['comparison']}`.\n"
    facts = [f"- {escaped(name)}: {escaped(words)}" for name, words in section.facts if name == "referee"]
    file = dropdown(escaped(headline), fenced(scenario, "toml")) if headline else ""
    return "\n".join([told, *(["Judged again in ball arithmetic:\n", *facts, ""] if facts else []), file])


def _best(report: TheoremReport) -> str:
    if report.search is None or not report.search.best_constants:
        return ""
    columns = [Column("constant"), Column("stated", number=True), Column("best", number=True), Column("on")]
    rows = [
        [
            Cell(item.name),
            Cell(number(item.stated)),
            Cell(number(item.value) + ("" if item.certified else " (not certified)")),
            Cell(item.family),
        ]
        for item in report.search.best_constants
    ]
    return "### Best constants\n\n" + BEST + "\n" + table(Table("", columns, rows))


def _constants(theorem: Theorem) -> str:
    return ", ".join(f"{escaped(name)} = {value:g}" for name, value in theorem.constants.items()) or "none"


def _boxes(theorem: Theorem) -> str:
    if not theorem.boxes:
        return ""
    return f"\nProved at every point of boxes, in ball arithmetic, for: {escaped(', '.join(theorem.boxes))}.\n"


def _proof(theorem: Theorem) -> str:
    if theorem.id not in THEOREMS:
        return "There is no derivation of it here.\n"
    derivation = derive(theorem.id)
    parts = [f"{STEPS}\nSteps: {_counted(derivation)}."]
    if derivation.cites:
        parts[0] += f" It cites {', '.join(f'`{name}`' for name in derivation.cites)}."
    if derivation.assumptions:
        parts.append("\nTaken as given:\n\n" + "\n".join(f"- {escaped(words)}" for words in derivation.assumptions))
    parts.append("")
    parts.append(dropdown("The steps", _steps(derivation)))
    return "\n".join(parts)


def _formal(theorem: Theorem) -> str:
    """Return what of a theorem is formal, from the table that holds Coq to the registry; nothing where nothing is."""
    entry = FORMAL.get(theorem.id)
    if entry is None:
        return ""
    lines = ", ".join("`formal/{}.v`: `{}`".format(*name.split(".")) for name in entry.theorems)
    taken = f"\n- Taken as given: {escaped(entry.taken)}." if entry.taken else ""
    return f"## In Coq\n\n- Statements: {lines}.\n- Proved for: {escaped(entry.scope)}.{taken}\n"


def _counted(derivation: Derivation) -> str:
    counts = ((derivation.count(status), str(status).lower().replace("-", " ")) for status in Status)
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def _steps(derivation: Derivation) -> str:
    return "\n".join(
        f"**{number}.** {escaped(step.text)}\n\n$$\n{in_rows(step.latex)}\n$$\n\n*By* {escaped(step.identity)}."
        f" {escaped(str(step.status).capitalize())}: {escaped(step.evidence)}.\n"
        for number, step in enumerate(derivation.steps, 1)
    )


def _source(theorem: Theorem, root: Path) -> str:
    statement, proof = f"gausscollapse/theorems/{theorem.file_name}.py", f"derivations/{theorem.file_name}.py"
    shown = [
        dropdown(f"`{path}`", fenced((root / path).read_text(encoding="utf-8"), "python"))
        for path in (statement, proof)
        if (root / path).is_file()
    ]
    check = fenced(f"gausscollapse show {theorem.id}\ngausscollapse verify {theorem.id}", "sh")
    return "\n".join(["## Source\n", "Statement and proof, each one file:\n", *shown, "Check it yourself:\n", check])


def _index(reports: Sequence[TheoremReport]) -> str:
    overview = tables.verification(reports)
    by_id = {report.theorem.id: report.theorem for report in reports}
    kept = [number for number, column in enumerate(overview.columns) if number and not column.spare]
    rows = [[row[0], Cell(by_id[row[0].text].title), *(row[number] for number in kept)] for row in overview.rows]
    columns = [overview.columns[0], Column("says"), *(overview.columns[number] for number in kept)]
    notes = overview.notes[:-1] if overview.notes else ()
    shown = table(Table("", columns, rows, notes), lambda target: f"{target}.md")
    toctree = "\n".join(report.theorem.id for report in reports)
    return (
        f"# Theorems\n\n{INTRODUCTION}\n{shown}\n{READING}\n"
        f"{escaped(tables.closing(reports))}\n\n```{{toctree}}\n:hidden:\n\n{toctree}\n```\n"
    )


def glossary_page(theorems: Mapping[str, Theorem]) -> str:
    """Return the page of all symbols, each with the theorems that use it."""
    parts = [
        "# Glossary\n",
        "The symbols of the theorems. `gausscollapse show` and the report page print the same sentences; beside each "
        "symbol stands how the program writes it. Divergences are in nats.\n",
    ]
    for item in GLOSSARY:
        users = ", ".join(f"[{name}](theorems/{name}.md)" for name, it in theorems.items() if item in symbols(it))
        parts.append(
            f"({anchor(item)})=\n\n${item.latex}$ **{escaped(item.name)}** (`{item.plain}`)\n"
            f": {escaped(item.meaning)}.{f' In: {users}.' if users else ''}\n"
        )
    return "\n".join(parts)
