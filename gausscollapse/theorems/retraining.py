"""The retraining chapter: what accumulates over generations.

Notation: p is the data, ``p^_i`` model i, ``q_i = a_i p + (1 - a_i) p^_i`` its successor's training law,
``r_i = p^_i/p - 1``, innovations ``xi_i = (p^_{i+1} - q_i)/p`` in L^2(p), ``D_i = ||r_i||^2``, ``J_i = ||xi_i||^2``
and ``I_i = chi2(p^_{i+1} || q_i)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gausscollapse.checking.statement import IDENTITY, LOWER, UPPER, Assumption, Comparison, Control, Flags, Theorem
from gausscollapse.core.enclosure import Enclosure, Outcome
from gausscollapse.core.validation import Array
from gausscollapse.theorems.instances.retraining import (
    LONG_RUN,
    ORTHOGONAL,
    REGIMES,
    RETRAINING,
    SUMMABLE,
)
from gausscollapse.theorems.instances.trajectory_statistics import TrajectoryStatistics, around

Statistics = TrajectoryStatistics
Constants = Mapping[str, float]

PAPER = "arXiv 2602.16601"
OWN = "own"

DISCOUNTS = (0.1, 1.0, 10.0)


def _exact(value: Any) -> Enclosure:
    return around(value, 0.0, "exact")


def rounded(value: Any) -> Enclosure:
    """Return a number that a handful of operations computed from the fresh fractions."""
    return around(value, 1e-15 * np.abs(np.asarray(value)), "exact")


def _value(enclosure: Enclosure) -> Array:
    return np.asarray(enclosure.value)


def met(where: Flags) -> tuple[Flags, Array]:
    """Return a condition with itself as its value, 1 or 0."""
    return where, where.astype(np.float64)


FINITE = Assumption("all chi-squared divergences are finite", lambda s: met(s.finite))
FINITE_DRIFT = Assumption(
    "the drift of every model is finite", lambda s: met(np.all(np.isfinite(s.drift.upper), axis=1))
)
SOME_GENERATION = Assumption(
    "there is at least one generation",
    lambda s: (np.full(s.size, s.generations >= 1), np.full(s.size, float(s.generations))),
)
FROM_DATA = Assumption("the recursion starts from the data", lambda s: (s.from_data, np.asarray(s.drift.value)[:, 0]))
STEADY_FRESH = Assumption(
    "the fresh fraction is constant and positive", lambda s: (s.constant_fresh > 0.0, s.constant_fresh)
)


def _off_diagonal(s: Statistics) -> tuple[Flags, Array]:
    mask = ~np.eye(s.generations, dtype=bool)
    gap = np.maximum(np.asarray(s.gram.lower), -np.asarray(s.gram.upper))
    worst = np.max(np.where(mask, gap, -np.inf), axis=(1, 2), initial=-np.inf)
    return worst <= 0.0, np.maximum(worst, 0.0)


ORTHOGONALITY = Assumption("no inner product of two innovations can be told from 0", _off_diagonal)
OFFSETS = Assumption("every step is an offset", lambda s: met(s.offset_energy[1]))


REGIME = Assumption(
    "the fresh fraction is constant, and without fresh data all steps are equal or orthogonal offsets",
    lambda s: met((s.constant_fresh > 0.0) | s.closed_offsets[0] | s.closed_offsets[1]),
)
MORE_THAN_ONE = Assumption(
    "there are two generations or more, or one from another start than the data",
    lambda s: met((s.generations >= 2) | ((s.generations == 1) & ~s.from_data)),
)


def refresh(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare the drift of the training law with the discounted drift of the model."""
    comparisons = []
    for i in range(s.generations):
        factor = rounded((1.0 - s.fresh[:, i]) ** k["power"])
        name = f"chi2(q_{i} || p) = (1-a)^2 D_{i}"
        right = factor * s.drift[:, i]
        comparisons.append(Comparison(name, IDENTITY, s.refreshed[:, i], right, scale=_size(s.drift[:, i])))
    return comparisons


def _size(enclosure: Enclosure) -> Array:
    """Return the size to judge an identity against; 1e-300 where both sides are 0."""
    return np.maximum(np.abs(_value(enclosure)), 1e-300)


def filter_identity(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare every drift with the double sum over innovations."""
    sums = s.filtered(cross=k["cross"])
    return [
        Comparison(f"D_{n} = double sum", IDENTITY, s.drift[:, n], sums[:, n], scale=_size(s.drift[:, n]))
        for n in range(1, s.generations + 1)
    ]


def innovation(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare innovation energies with intra-generation divergences, and with the move of the mean."""
    numbers, intra, known = s.intra
    rows = np.arange(s.size)
    share = _exact(s.fresh[rows, numbers])
    kept = rounded((1.0 - s.fresh[rows, numbers]) ** 2)
    energy = s.energy[rows, numbers]
    both = s.drift[rows, numbers + 1] + kept * s.drift[rows, numbers]
    comparisons = [
        Comparison("J_i >= a I_i", LOWER, energy, k["factor"] * (share * intra), applies=known),
        Comparison("D_{i+1} + (1-a)^2 D_i >= a I_i/2", LOWER, both, k["half"] * (share * intra), applies=known),
    ]
    last = s.generations - 1
    shift = around(s.visible_shift[:, last], 1e-9 * s.visible_shift[:, last], "moments")
    comparisons.append(
        Comparison(
            "J_i >= a |mean move|^2", LOWER, s.energy[:, last], k["factor"] * (_exact(s.fresh[:, last]) * shift)
        )
    )
    return comparisons


def _max(parts: Sequence[Enclosure]) -> Enclosure:
    ends = (np.maximum.reduce([np.asarray(getattr(p, end)) for p in parts]) for end in ("value", "lower", "upper"))
    value, lower, upper = ends
    return Enclosure(value, lower, upper, parts[0].method, parts[0].guarantee)


def _min(parts: Sequence[Enclosure]) -> Enclosure:
    return -_max([-part for part in parts])


def _sum(parts: Sequence[Enclosure]) -> Enclosure:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def prop_4_1(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare sums and maxima of drifts with those of the intra-generation divergences that they must carry.

    ``I_i`` is represented by the squared move of the mean under the training law, which it is at least.
    """
    share, count = s.constant_fresh, s.generations
    both = rounded(1.0 + (1.0 - share) ** 2)
    forced = [
        0.5 * k["factor"] * _exact(share) * around(column, 1e-9 * column, "moments") for column in s.visible_shift.T
    ]
    drifts = [s.drift[:, n] for n in range(count + 1)]
    half = count // 2
    return (
        Comparison("(1 + (1-a)^2) sum D_i >= a/2 sum I_i", LOWER, both * _sum(drifts), _sum(forced)),
        Comparison(
            "(1 + (1-a)^2) max D_i >= a/2 min I_i late", LOWER, both * _max(drifts[half:]), _min(forced[half:])
        ),
    )


def coherent(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare every drift with that of aligned innovations of the same energies."""
    roots = s.energy.sqrt()
    sizes = s.recursive(roots, 1.0 - s.fresh, s.drift[:, 0].sqrt())
    # From the data the first step is the equality D_1 = J_0, which enclosures cannot decide.
    return [
        Comparison(
            f"sqrt D_{n} <= sum of sqrt J", UPPER, s.drift[:, n].sqrt(), rounded(k["factor"]) * sizes[:, n],
            applies=~s.from_data if n == 1 else None,
        )
        for n in range(1, s.generations + 1)
    ]  # fmt: skip


def incoherent(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare every drift with the discounted sum of energies."""
    sums = s.recursive(s.energy, (1.0 - s.fresh) ** k["power"], s.drift[:, 0])
    return [
        Comparison(f"D_{n} = discounted sum", IDENTITY, s.drift[:, n], _widened(sums[:, n], n))
        for n in range(1, s.generations + 1)
    ]


def _widened(enclosure: Enclosure, count: int) -> Enclosure:
    """Add the rounding of `count` powers of the fresh fraction."""
    return enclosure * around(np.ones(enclosure.shape), 1e-15 * count, "exact")


def long_run_range(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare late drifts with the two ends of the range, which hold for every trajectory from the data."""
    share, count = s.constant_fresh, s.generations
    energies = [s.energy[:, n] for n in range(count)]
    drifts = [s.drift[:, n] for n in range(count + 1)]
    low, high = rounded(k["low"] / (2.0 - share) ** 2), rounded(k["high"] / share**2)
    geometric = rounded(1.0 / (share * (2.0 - share)))
    ends = rounded(1.0 / ((2.0 - share) ** 2 * share**2)).sqrt()
    return (
        Comparison("D_N <= max J/a^2", UPPER, drifts[-1], high * _max(energies)),
        Comparison("max(D_{N-1}, D_N) >= J/(2-a)^2", LOWER, _max(drifts[-2:]), low * energies[-1]),
        Comparison("1/(a(2-a)) is the geometric mean of the ends", IDENTITY, geometric, ends),
    )


def display(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare ``D_{N+1} + C_bias`` with a constant times the discounted sum of energies, as transcribed."""
    energies, _ = s.offset_energy
    drive = around(energies, 1e-9 * energies, "offset energies")
    sums = s.recursive(drive, (1.0 - s.fresh) ** 2, s.drift[:, 0])
    last = s.generations
    left = s.drift[:, last] + _exact(np.full(s.size, k["bias"]))
    return (Comparison("D_{N+1} + C_bias <= C * discounted sum", UPPER, left, k["constant"] * sums[:, last]),)


def discounted(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare every drift with the discounted bounds of three theta, and J with sup(q/p) I where known."""
    comparisons = []
    for theta in DISCOUNTS:
        drive = rounded(k["one"] + 1.0 / theta) * s.energy
        growth = (1.0 + theta) * (1.0 - s.fresh) ** 2
        bound = s.recursive(drive, growth, s.drift[:, 0])
        comparisons += [
            Comparison(f"D_{n} <= bound, theta = {theta:g}", UPPER, s.drift[:, n], _widened(bound[:, n], n))
            for n in range(1, s.generations + 1)
        ]
    numbers, intra, known = s.intra
    # The first training law may be the data itself: then sup = 1 and J_0 = I_0.
    there = known & np.isfinite(s.ratio_supremum) & ~(s.from_data & (numbers == 0))
    supremum = _exact(np.where(there, k["supremum"] * s.ratio_supremum, 0.0))
    energy = s.energy[np.arange(s.size), numbers]
    comparisons.append(Comparison("J_i <= sup(q_i/p) I_i", UPPER, energy, supremum * intra, applies=there))
    return comparisons


def regimes(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare growth without fresh data with N and N^2, and drift with fresh data with what its errors allow."""
    share, count = s.constant_fresh, s.generations
    drifts = [s.drift[:, n] for n in range(count + 1)]
    energies = [s.energy[:, n] for n in range(count)]
    open_ = share > 0.0
    safe = np.where(open_, share, 1.0)
    half = count // 2
    aligned, alone = s.closed_offsets
    roots = [energy.sqrt() for energy in energies]
    old = _sum(roots[:half]) * rounded((1.0 - safe) ** (count - half))
    tail = (old + _max(roots[half:]) / _exact(safe)) if half else _sum(roots)
    return (
        Comparison(
            "a = 0, aligned errors: D_N >= N^2 D_1", LOWER, drifts[-1], k["square"] * count**2.0 * drifts[1],
            applies=aligned,
        ),
        Comparison(
            "a = 0, orthogonal errors: D_N >= N min D_1", LOWER, drifts[-1], k["linear"] * count * _min(energies),
            applies=alone,
        ),
        Comparison(
            "a > 0: D_N <= max J/a^2 (plateau)", UPPER, drifts[-1], k["plateau"] * _max(energies) / _exact(safe**2),
            applies=open_,
        ),
        Comparison(
            "a > 0: sqrt D_N <= (1-a)^(N/2) sum sqrt J + sup late sqrt J/a", UPPER, drifts[-1].sqrt(),
            k["late"] * tail, applies=open_,
        ),
        Comparison(
            "a > 0: 2 sum D >= sum J/(2-a)^2", LOWER, 2.0 * _sum(drifts),
            k["sum"] * _sum(energies) / _exact((2.0 - safe) ** 2),
            applies=open_,
        ),
    )  # fmt: skip


def _theorem(chapter: Any = RETRAINING, **entries: Any) -> Theorem:
    return Theorem(chapter=chapter, **entries)


THEOREMS = (
    _theorem(
        id="refresh",
        title="Fresh data discounts the drift",
        derivation="refresh",
        words="Mixing in a fraction a of fresh data multiplies chi-squared against the data by (1 - a)^2 exactly.",
        latex=r"\chi^2(q_i\,\|\,p)=(1-\alpha)^2D_i",
        source=f"{PAPER}",
        kind="identity",
        statement=refresh,
        constants={"power": 2.0},
        assumptions=(SOME_GENERATION, FINITE),
        controls=(Control("(1 - a)^2 replaced by (1 - a)^1.9", {"power": 1.9}),),
    ),
    _theorem(
        id="filter",
        title="Retraining is an autoregressive filter",
        derivation="filter",
        words="The drift is the double sum of the inner products of the innovations, discounted by (1 - a) a "
        "generation: r_{i+1} = (1 - a) r_i + xi_i.",
        latex=r"D_N=\sum_{i,j}(1-\alpha)^{2N-2-i-j}\langle\xi_i,\xi_j\rangle+\dots",
        source=OWN,
        kind="identity",
        statement=filter_identity,
        constants={"cross": 1.0},
        assumptions=(SOME_GENERATION, FINITE),
        controls=(
            Control("inner products of different generations dropped", {"cross": 0.0}),
            Control("inner products of different generations times 1.01", {"cross": 1.01}),
        ),
    ),
    _theorem(
        id="innovation",
        title="An error that shows is an innovation",
        derivation="innovation",
        words="The innovation energy is at least a times the intra-generation divergence, so two successive drifts "
        "carry half of that.",
        latex=r"J_i\ge\alpha I_i,\qquad D_{i+1}+(1-\alpha)^2D_i\ge\tfrac12\alpha I_i",
        source=f"{PAPER}",
        kind="lower",
        statement=innovation,
        constants={"factor": 1.0, "half": 0.5},
        assumptions=(SOME_GENERATION, FINITE),
        controls=(
            Control("a I replaced by 1.5 a I", {"factor": 1.5}),
            Control("1/2 replaced by 2", {"half": 2.0}),
        ),
    ),
    _theorem(
        LONG_RUN,
        id="prop-4.1",
        title="Errors that do not vanish force drift that does not vanish",
        derivation="prop-4.1",
        words="The sum of the drifts is at least a constant times the sum of the intra-generation divergences, and "
        "late drift at least a constant times the smallest of them. The paper's statement puts eta eps^2/8 for "
        "I_i, which prop-3.3 allows in the perturbative regime; here I_i is represented by the squared move of the "
        "mean under the training law.",
        latex=r"(1+(1-\alpha)^2)\sum D_i\ge\tfrac\alpha2\sum I_i,\qquad"
        r"\limsup D_i\ge\frac{\alpha\,\underline\eta\,\underline e}{16(1+(1-\alpha)^2)}",
        source=f"{PAPER}, proposition 4.1",
        kind="lower",
        statement=prop_4_1,
        constants={"factor": 1.0},
        assumptions=(FINITE, FROM_DATA, STEADY_FRESH),
        controls=(Control("a/2 replaced by 4 a", {"factor": 8.0}),),
    ),
    _theorem(
        id="coherent",
        title="Aligned errors are the worst",
        derivation="coherent",
        words="The root of the drift is at most the discounted sum of the roots of the innovation energies; aligned "
        "innovations attain it.",
        latex=r"\sqrt{D_N}\le\sum_i(1-\alpha)^{N-1-i}\sqrt{J_i}+(1-\alpha)^N\sqrt{D_0}",
        source=OWN,
        kind="upper",
        statement=coherent,
        constants={"factor": 1.0},
        assumptions=(MORE_THAN_ONE, FINITE),
        controls=(Control("bound times 0.99", {"factor": 0.99}),),
    ),
    _theorem(
        ORTHOGONAL,
        id="incoherent",
        title="Orthogonal errors give the discounted sum",
        derivation="incoherent",
        words="If the innovations are orthogonal in L^2(p), the drift is exactly the sum of their energies "
        "discounted by (1 - a)^2 a generation.",
        latex=r"D_N=\sum_i(1-\alpha)^{2(N-1-i)}J_i+(1-\alpha)^{2N}D_0",
        source=OWN,
        kind="identity",
        statement=incoherent,
        constants={"power": 2.0},
        assumptions=(SOME_GENERATION, FINITE, ORTHOGONALITY),
        controls=(Control("(1 - a)^2 replaced by (1 - a)", {"power": 1.0}),),
    ),
    _theorem(
        LONG_RUN,
        id="range",
        title="Long-run drift lies between two exact ends",
        derivation="range",
        words="From the data, drift never exceeds the largest innovation energy over a^2; of two successive drifts "
        "one is at least the energy between them over (2 - a)^2. Constant and alternating innovations attain the "
        "ends; the incoherent value is their geometric mean.",
        latex=r"\frac{J}{(2-\alpha)^2}\le\limsup_i D_i\le\frac{J}{\alpha^2}",
        source=OWN,
        kind="two-sided",
        statement=long_run_range,
        constants={"low": 1.0, "high": 1.0},
        assumptions=(FINITE, FROM_DATA, STEADY_FRESH),
        controls=(
            Control("upper end times 0.99", {"high": 0.99}),
            Control("lower end times 1.01", {"low": 1.01}),
        ),
    ),
    _theorem(
        SUMMABLE,
        id="thm-4.2-display",
        title="A display that is false as transcribed",
        derivation="thm-4.2-display",
        words="A public reproduction of version 2 of the paper shows D_{N+1} + C_bias, C_bias > 0 a constant, as "
        "equivalent up to constants to the discounted sum of the energies, under summable energies. The right side "
        "tends to 0 and the left does not: refuted, for C_bias = 0.001 and C = 1000, by offsets of geometric size. "
        "The transcription is that reproduction's; what holds is filter, coherent, incoherent and discounted.",
        latex=r"D_{N+1}+C_{\mathrm{bias}}\asymp\sum_i(1-\alpha)^{2(N-i)}\varepsilon_i^2+(1-\alpha)^{2(N+1)}D_0",
        source=f"{PAPER} v2, theorem 4.2, as transcribed by a public reproduction",
        kind="upper",
        statement=display,
        constants={"bias": 1e-3, "constant": 1e3},
        assumptions=(SOME_GENERATION, FINITE_DRIFT, OFFSETS),
        controls=(Control("a constant C of a million does not save it", {"constant": 1e6}),),
        expected=Outcome.VIOLATED,
    ),
    _theorem(
        id="discounted",
        title="A discounted bound without angles",
        derivation="discounted",
        words="For every theta > 0 the drift is at most 1 + 1/theta times the sum of the energies discounted by "
        "(1 + theta)(1 - a)^2; and an innovation energy is at most sup(q/p) times the intra-generation divergence.",
        latex=r"D_N\le(1+\tfrac1\theta)\sum_i g^{N-1-i}J_i+g^ND_0,\quad g=(1+\theta)(1-\alpha)^2;\qquad"
        r"J_i\le\sup(q_i/p)\,I_i",
        source=OWN,
        kind="upper",
        statement=discounted,
        constants={"one": 1.0, "supremum": 1.0},
        assumptions=(SOME_GENERATION, FINITE),
        controls=(
            Control("1 + 1/theta replaced by 0.5 + 1/theta", {"one": 0.5}),
            Control("sup(q/p) times 0.9", {"supremum": 0.9}),
        ),
    ),
    _theorem(
        REGIMES,
        id="regimes",
        title="Growth, plateau, decay",
        derivation="regimes",
        words="Without fresh data drift grows at least like N for orthogonal and like N^2 for aligned errors; with "
        "fresh data it stays below a plateau, vanishes with errors that vanish, and is not summable if the energies "
        "are not.",
        latex=r"\alpha=0:\ D_N\ge ND_1,\ N^2D_1;\qquad\alpha>0:\ D_N\le\max J/\alpha^2,\ "
        r"2\sum D\ge\sum J/(2-\alpha)^2",
        source=OWN,
        kind="two-sided",
        statement=regimes,
        constants={"square": 1.0, "linear": 1.0, "plateau": 1.0, "late": 1.0, "sum": 1.0},
        assumptions=(SOME_GENERATION, FINITE, FROM_DATA, REGIME),
        controls=(
            Control("N^2 replaced by 1.5 N^2", {"square": 1.5}),
            Control("N replaced by 1.5 N", {"linear": 1.5}),
            Control("plateau times 0.9", {"plateau": 0.9}),
            Control("bound of late drift times 0.5", {"late": 0.5}),
        ),
    ),
)
