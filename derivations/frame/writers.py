"""A finished proof as text, Markdown or LaTeX, and all of them as a table."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pylatexenc.latex2text import LatexNodes2Text
from rich.table import Table
from sympy import latex

from derivations.frame.lines import displayed
from derivations.frame.record import Derivation, Status, Step
from formal.index import FORMAL

# One letter or command, or one pair of brackets, with a subscript or a power.
SINGLE = re.compile(r"(\\[A-Za-z]+|\d+|\w)(_\w)?(\^\w)?")
BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
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


def scope_table(derivations: Sequence[Derivation]) -> Table:
    """Return one row a theorem: for what its algebra is checked, what is taken, for what Coq proves it."""
    table = Table(title="For what the theorems are proved", box=None, title_justify="left", padding=(0, 2, 1, 0))
    for heading in ("theorem", "SymPy checks it for", "taken from analysis", "Coq proves it for"):
        table.add_column(heading, overflow="fold")
    for item in derivations:
        formal = FORMAL.get(item.name)
        coq = "not reached" if formal is None else formal.scope + (f"; taken: {formal.taken}" if formal.taken else "")
        table.add_row(item.name, item.scope, item.taken or "nothing", coq)
    return table


def scope_lines(derivation: Derivation) -> list[str]:
    """Return for what a theorem is proved, one sentence a line; nothing of a lemma."""
    if derivation.lemma:
        return []
    lines = [f"Scope: {derivation.scope}."]
    if derivation.taken:
        lines.append(f"Taken from analysis: {derivation.taken}.")
    formal = FORMAL.get(derivation.name)
    if formal is not None:
        lines.append(f"Formal in Coq ({', '.join(formal.theorems)}): {formal.scope}.")
        if formal.taken:
            lines.append(f"Taken there: {formal.taken}.")
    return lines


def book(
    derivations: Sequence[Derivation],
    numbers: Mapping[str, Sequence[str]] = MappingProxyType({}),
    audit: Sequence[str] = (),
) -> str:
    """Return all proofs as one Markdown document: contents, the audit's table, and numbers of the package by name."""
    lines = ["# The book of proofs", ""]
    lines += [
        "Each step is checked by SymPy when the book is made; its formula is made from what is checked. How it",
        "reads in the theorem's notation stands beside it, for the reader: nothing compares the two. The scope says",
        "for what a proof holds as it stands; where Coq proves more, its theorem is named.",
        "",
    ]
    lines += [f"- [{item.title}](#{_anchor(item.title)}) (`{item.name}`)" for item in derivations]
    if audit:
        lines += ["", "## What is proved, and what is not", "", *audit]
    pages = (markdown(item, numbers.get(item.name, ())).replace("# ", "## ", 1) for item in derivations)
    return "\n".join(lines) + "\n\n" + "\n".join(pages)


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _argument(formula: str, start: int) -> tuple[str, int]:
    """Return the argument of a command that begins at a place, without braces, and where it ends."""
    while formula[start] == " ":
        start += 1
    if formula[start] != "{":
        command = re.compile(r"\\[A-Za-z]+|.").match(formula, start)
        return (formula[start], start + 1) if command is None else (command.group(), command.end())
    depth = 0
    for place in range(start, len(formula)):
        depth += (formula[place] == "{") - (formula[place] == "}")
        if depth == 0:
            return formula[start + 1 : place], place + 1
    raise ValueError(f"{formula!r} has a brace that is not closed")


def _in_one_line(formula: str) -> str:
    """Write fractions with a slash, with brackets where they are needed, and functions of groups without braces."""
    found = re.search(r"\\[td]?frac(?![A-Za-z])|\\(?:log|exp)(?={)", formula)
    if found is None:
        return formula
    before, (above, end) = formula[: found.start()], _argument(formula, found.end())
    above = _in_one_line(above)
    if "frac" not in found.group():
        return f"{before}{found.group()} {above} {_in_one_line(formula[end:])}"
    below, end = _argument(formula, end)
    below = _in_one_line(below)
    above = rf"\left({above}\right)" if re.search(r"[+\-/]", _outside(above).strip().lstrip("-")) else above
    below = below if SINGLE.fullmatch(_outside(below).strip()) else rf"\left({below}\right)"
    return f"{before} {above}/{below} {_in_one_line(formula[end:])}"


def _outside(formula: str) -> str:
    """Return what stands outside of brackets, each pair of them a letter."""
    formula, before = formula.replace(r"\left", "").replace(r"\right", ""), ""
    while formula != before:
        formula, before = re.sub(r"\([^()]*\)|\{[^{}]*\}", "g", formula), formula
    return formula


def readable(formula: str) -> str:
    """Return LaTeX as Unicode text."""
    formula = re.sub(r"\\operatorname\{(\w+)\}", r" \1 ", _in_one_line(formula)).replace(r"\|", "‖")
    formula = re.sub(
        r"(\\(?:log|lim|limsup|det|exp|max|min|sup))(?![A-Za-z]) *(?=\\(?!left)|[A-Za-z])", r"\1\\ ", formula
    )
    words = LatexNodes2Text(math_mode="text", keep_braced_groups=True).latex_to_text(formula)
    words = re.sub(r"_\{(\d+)\}|_(\d)", lambda hit: (hit[1] or hit[2]).translate(BELOW), words)
    words = re.sub(r"([=≤≥≠→])", r" \1 ", words)
    return " ".join(re.sub(r" +([)}])|([({]) +", r"\1\2", words).split())


def text(derivation: Derivation) -> str:
    """Return the proof for a terminal, formulas as Unicode text."""
    lines = [derivation.title, "=" * len(derivation.title), f"Source: {derivation.source}", *scope_lines(derivation)]
    lines += [f"Cites: {name}" for name in derivation.cites]
    lines += [f"Assume: {assumption}" for assumption in derivation.assumptions]
    for number, step in enumerate(derivation.steps, 1):
        lines += [
            "",
            f"({number}) {step.text}",
            f"      {readable(step.latex)}",
            *([f"      that is {readable(step.reads)}"] if step.reads else []),
            f"      by {step.identity}",
            f"      {_status(step)}",
        ]
    for name, result in derivation.results.items():
        lines += ["", f"Result {name}: {result.expression}"]
        lines += [f"      {symbol}: {meaning}" for symbol, meaning in result.symbols.items()]
    return "\n".join(lines)


def markdown(derivation: Derivation, numbers: Sequence[str] = ()) -> str:
    """Return the proof as Markdown with dollar-delimited mathematics, numbers of the package last."""
    lines = [f"# {derivation.title}", "", f"Source: {derivation.source}."]
    lines += ["", f"A lemma, `{derivation.name}`." if derivation.lemma else f"Concludes `{derivation.name}`."]
    for line in scope_lines(derivation):
        lines += ["", _plain(line)]
    if derivation.cites:
        lines += ["", "Cites " + ", ".join(f"`{name}`" for name in derivation.cites) + "."]
    if derivation.assumptions:
        lines += ["", "Assumptions:", ""]
        lines += [f"- {_plain(assumption)}" for assumption in derivation.assumptions]
    for number, step in enumerate(derivation.steps, 1):
        lines += [
            "",
            f"**Step {number}.** {_plain(step.text)}",
            "",
            f"$$\n{displayed(step.latex)}\n$$",
            "",
            *([f"that is, in the theorem's notation,\n\n$$\n{displayed(step.reads)}\n$$", ""] if step.reads else []),
            f"*By {_plain(step.identity)}.* {_plain(_status(step))}.",
        ]
    for name, result in derivation.results.items():
        lines += ["", f"**Result** `{name}`:", "", f"$$\n{displayed(latex(result.expression))}\n$$", ""]
        lines += [f"- ${latex(symbol)}$: {_plain(meaning)}" for symbol, meaning in result.symbols.items()]
    for line in numbers:
        lines += ["", f"**A number of the package.** {_plain(line)}"]
    return "\n".join(lines) + "\n"


def _plain(words: str) -> str:
    """Return words in which Markdown reads no markup."""
    return re.sub(r"([\\`*_<>\[\]$~^{}|])", r"\\\1", words)


def latex_document(derivation: Derivation) -> str:
    """Return the proof as a LaTeX section (packages amsmath and amssymb)."""
    lines = [rf"\section*{{{_escape(derivation.title)}}}", f"Source: {_escape(derivation.source)}."]
    lines += [_escape(line) for line in scope_lines(derivation)]
    if derivation.cites:
        lines.append(f"Cites: {_escape(', '.join(derivation.cites))}.")
    if derivation.assumptions:
        items = "\n".join(rf"  \item {_escape(assumption)}" for assumption in derivation.assumptions)
        lines.append(f"\\paragraph{{Assumptions}}\n\\begin{{itemize}}\n{items}\n\\end{{itemize}}")
    for number, step in enumerate(derivation.steps, 1):
        lines.append(
            rf"\paragraph{{Step {number}}} {_escape(step.text)}"
            f"\n\\[\n{step.latex}\n\\]\n"
            + (f"that is, in the theorem's notation,\n\\[\n{step.reads}\n\\]\n" if step.reads else "")
            + rf"\emph{{By {_escape(step.identity)}.}} {_escape(_status(step))}."
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
