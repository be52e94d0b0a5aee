"""Tables of a run of injected score errors in the terms of the paper: what each generation did, and both sides."""

from __future__ import annotations

import numpy as np

from gausscollapse.app.rows import NONE, Cell, Column, Table, Tone
from gausscollapse.app.tables_runs import concise
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.retraining.paper_terms import PaperTerms, TermComparison

CARRIED = (
    "carried: D' + (1-a)^2 D, D' being the drift after the generation; at least a I/2 (by I), a eta eps*^2/16 in the "
    "perturbative regime (by eps*^2), and a (eta eps*^2/4 - C eps*^4/2) in any (by half)."
)
SUMS = "sum: over the generations so far, discounted by (1-a)^2 each; that of J is D' of orthogonal innovations."


def score_errors(terms: PaperTerms) -> Table:
    """Return energies and divergences, one row a generation.

    Columns: the generation; ``eps*^2`` and ``eps^^2``, the energies on ideal and on learned paths; the observability;
    ``I_i = chi2(p^_{i+1} || q_i)``; ``J_i``; ``D_{i+1}``, the drift after it.
    """
    headings = ("generation", "eps*^2", "eps^^2", "eta", "I", "J", "D after")
    parts = (
        terms.ideal_energy, terms.learned_energy, terms.observability, terms.intra, terms.innovation_energy,
        terms.drift[1:],
    )  # fmt: skip
    notes = ["0.0367(9) stands for 0.0367 +- 0.0009; without brackets the last digit is rounded."]
    notes += [f"No number: {words}." for words in terms.absent]
    return _by_generation("Score errors, generation by generation", headings, parts, terms.fresh.size, notes)


def sides(terms: PaperTerms) -> Table:
    """Return both sides of proposition 4.1 and the discounted sums of theorem 4.2, one row a generation.

    Columns: the generation; ``D_{i+1} + (1 - a)^2 D_i``; what it is at least, by ``I_i``, by ``eta_i eps*_i^2`` in
    the perturbative regime, and by theorem `half` in any; the drift of orthogonal innovations, and the sum with
    energies of score errors in their place. Notes count in how many generations each statement holds.
    """
    headings = ("gen.", "carried", "by I", "by eps*^2", "by half", "sum J", "sum eps*^2")
    by_energy, by_half = (terms.forced_by_energy, terms.forced_by_half) if terms.energies_count else (None, None)
    parts = (
        terms.carried, terms.forced, by_energy, by_half, terms.discounted_innovations,
        terms.discounted_energies,
    )  # fmt: skip
    notes = [CARRIED, SUMS, *(_counted(item) for item in terms.comparisons())]
    if not terms.replaces:
        notes.append("The statements are about a last model that replaces all before it: not this workflow.")
    count = int(np.sum(terms.perturbative))
    if terms.energies_count:
        notes.append(f"Perturbative (eps*^2 <= min(1, eta/(8 C)), for certain): {count} of {terms.fresh.size}.")
    found = _by_generation("Both sides, in these terms", headings, parts, terms.fresh.size, notes)
    bad = any(item.fails for item in terms.comparisons())
    return Table(found.title + (" (!)" if bad else ""), found.columns, found.rows, found.notes)


def _counted(item: TermComparison) -> str:
    rest = len(item) - item.holds - item.fails
    words = f"{item.theorem}: {item.words}: holds in {item.holds} of {len(item)}"
    if item.fails:
        words += f", VIOLATED in {item.fails}"
    return words + (f", cannot be told in {rest}." if rest else ".")


def _by_generation(
    title: str, headings: tuple[str, ...], parts: tuple[Enclosure | None, ...], count: int, notes: list[str]
) -> Table:
    rows = [
        [Cell(str(i)), *(Cell(NONE, Tone.SOFT) if part is None else Cell(concise(part[i])) for part in parts)]
        for i in range(count)
    ]
    return Table(title, [Column(heading, number=True) for heading in headings], rows, notes)
