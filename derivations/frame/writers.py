"""A finished proof as text, Markdown or LaTeX, and all of them as a table."""

from collections.abc import Sequence

from rich.table import Table
from sympy import latex

from derivations.frame.record import Derivation, Status, Step

STYLES = {Status.PROVED: "green", Status.SPOT_CHECKED: "yellow", Status.FAILED: "bold red"}


def summary_table(derivations: Sequence[Derivation]) -> Table:
    """Return one row a proof: what it is, steps, proved, spot-checked, failed, seconds."""
    table = Table(title="Derivations", caption="spot: no proof found, exact rational points tried instead")
    table.add_column("derivation", no_wrap=True)
    table.add_column("kind")
    for heading in ("steps", "proved", "spot", "failed", "seconds"):
        table.add_column(heading, justify="right")
    for derivation in derivations:
        counts = [derivation.count(status) for status in Status]
        failed = f"[bold red]{counts[2]}[/]" if counts[2] else "0"
        table.add_row(
            derivation.name,
            "lemma" if derivation.lemma else "theorem",
            str(len(derivation.steps)),
            str(counts[0]),
            str(counts[1]),
            failed,
            f"{derivation.seconds:.1f}",
        )
    totals = [sum(derivation.count(status) for derivation in derivations) for status in Status]
    steps = sum(totals)
    table.add_section()
    table.add_row(
        f"all {len(derivations)}",
        f"{100 * totals[0] / steps:.0f} % proved" if steps else "",
        str(steps),
        f"{totals[0]}",
        str(totals[1]),
        str(totals[2]),
        f"{sum(derivation.seconds for derivation in derivations):.1f}",
    )
    return table


def text(derivation: Derivation) -> str:
    """Return the proof for a terminal; formulas are LaTeX."""
    lines = [derivation.title, "=" * len(derivation.title), f"Source: {derivation.source}"]
    lines += [f"Cites: {name}" for name in derivation.cites]
    lines += [f"Assume: {assumption}" for assumption in derivation.assumptions]
    for number, step in enumerate(derivation.steps, 1):
        lines += [
            "",
            f"({number}) {step.text}",
            f"      {step.latex}",
            f"      by {step.identity}",
            f"      {_status(step)}",
        ]
    for name, result in derivation.results.items():
        lines += ["", f"Result {name}: {result.expression}"]
        lines += [f"      {symbol}: {meaning}" for symbol, meaning in result.symbols.items()]
    return "\n".join(lines)


def markdown(derivation: Derivation) -> str:
    """Return the proof as Markdown with dollar-delimited mathematics."""
    lines = [f"# {derivation.title}", "", f"Source: {derivation.source}."]
    lines += ["", f"A lemma, `{derivation.name}`." if derivation.lemma else f"Concludes `{derivation.name}`."]
    if derivation.cites:
        lines += ["", "Cites " + ", ".join(f"`{name}`" for name in derivation.cites) + "."]
    if derivation.assumptions:
        lines += ["", "Assumptions:", ""]
        lines += [f"- {assumption}" for assumption in derivation.assumptions]
    for number, step in enumerate(derivation.steps, 1):
        lines += [
            "",
            f"**Step {number}.** {step.text}",
            "",
            f"$$\n{step.latex}\n$$",
            "",
            f"*By {step.identity}.* {_status(step)}.",
        ]
    for name, result in derivation.results.items():
        lines += ["", f"**Result** `{name}`:", "", f"$$\n{latex(result.expression)}\n$$", ""]
        lines += [f"- ${latex(symbol)}$: {meaning}" for symbol, meaning in result.symbols.items()]
    return "\n".join(lines) + "\n"


def latex_document(derivation: Derivation) -> str:
    """Return the proof as a LaTeX section (packages amsmath and amssymb)."""
    lines = [rf"\section*{{{_escape(derivation.title)}}}", f"Source: {_escape(derivation.source)}."]
    if derivation.cites:
        lines.append(f"Cites: {_escape(', '.join(derivation.cites))}.")
    if derivation.assumptions:
        items = "\n".join(rf"  \item {_escape(assumption)}" for assumption in derivation.assumptions)
        lines.append(f"\\paragraph{{Assumptions}}\n\\begin{{itemize}}\n{items}\n\\end{{itemize}}")
    for number, step in enumerate(derivation.steps, 1):
        lines.append(
            rf"\paragraph{{Step {number}}} {_escape(step.text)}"
            f"\n\\[\n{step.latex}\n\\]\n"
            rf"\emph{{By {_escape(step.identity)}.}} {_escape(_status(step))}."
        )
    for name, result in derivation.results.items():
        meanings = "; ".join(f"${latex(symbol)}$: {_escape(meaning)}" for symbol, meaning in result.symbols.items())
        lines.append(
            f"\\paragraph{{Result}} \\texttt{{{_escape(name)}}}\n\\[\n{latex(result.expression)}\n\\]\n{meanings}."
        )
    return "\n\n".join(lines) + "\n"


def _status(step: Step) -> str:
    concluded = "; concludes the theorem" if step.concludes else ""
    return f"{step.status} ({step.evidence}){concluded}"


SPECIAL = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "_": r"\_",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "{": r"\{",
    "}": r"\}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}


def _escape(words: str) -> str:
    return "".join(SPECIAL.get(character, character) for character in words)
