"""A run of injected score errors in the terms of the paper: energies and observabilities beside drift."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.stacking import stacked
from gausscollapse.core.validation import Array

NO_ENERGY_BOUND = (
    "lower sides from energies: what an energy forces is the divergence of the learned from the ideal endpoint, "
    "which is I_i where the diffusion stops at 0 and no law is refitted"
)


class _Injected(Protocol):
    """What a trajectory of score errors has that its terms are made of."""

    @property
    def generations(self) -> int: ...
    @property
    def fresh(self) -> Array: ...
    @property
    def replaces(self) -> bool: ...
    @property
    def learns_training_laws(self) -> bool: ...
    @property
    def accumulated_enclosure(self) -> Enclosure: ...
    @property
    def innovation_energy_enclosure(self) -> Enclosure: ...
    def intra(self) -> tuple[Enclosure, ...]: ...
    def ideal_energy(self) -> tuple[Enclosure, ...]: ...
    def learned_energy(self) -> tuple[Enclosure, ...]: ...
    def observability(self) -> tuple[Enclosure, ...]: ...
    def observed_energy(self) -> tuple[Enclosure, ...]: ...
    def remainder(self) -> tuple[Enclosure, ...]: ...


@dataclass(frozen=True, eq=False, repr=False)
class PaperTerms(Presented):
    """Drift, divergences and score errors of each generation, and the sides of proposition 4.1 in these terms.

    Every quantity is an enclosure of shape (N,), but `drift`, of shape (N + 1,). Energies and divergences are
    dimensionless.

    Parameters
    ----------
    fresh : ndarray, shape (N,)
        Fresh fractions ``a_i``.
    drift : Enclosure, shape (N + 1,)
        ``D_0..D_N``.
    innovation_energy : Enclosure
        ``J_i``.
    intra : Enclosure or None
        ``I_i = chi2(p^_{i+1} || q_i)``; None where it cannot be computed.
    ideal_energy, learned_energy : Enclosure
        ``eps*_i^2`` and ``eps^_i^2``.
    observability, observed_energy : Enclosure
        ``eta_i`` and ``eta_i eps*_i^2``.
    remainder : Enclosure
        ``C_i eps*_i^4`` of proposition 3.3, infinite upper end where only a lower one is known.
    absent : tuple of str
        What has no number here, and why.
    replaces : bool
        Whether the last model replaces all before it, which proposition 4.1 is about.
    energies_count : bool
        Whether an energy bounds ``I_i``: the diffusion stops at 0 and no law is refitted.

    Notes
    -----
    Source: arXiv 2602.16601, propositions 3.3 and 4.1, theorem 4.2.

    Examples
    --------
    An offset b of the score of N(m, 1) moves the mean by b over [0, 2 log 2]; all of it that can be seen is
    ``eta eps*^2 = b^2``:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> run = gc.retrain(
    ...     gc.Gaussian(0, 1), fresh=1.0, step=gc.AffineError(0, 0.25), generations=2,
    ...     diffusion=gc.OrnsteinUhlenbeck(2 * np.log(2), 0.0),
    ... )
    >>> terms = run.paper_terms()
    >>> terms.observed_energy.value.round(6).tolist(), terms.intra.value.round(6).tolist()
    ([0.0625, 0.0625], [0.064494, 0.064494])
    >>> terms.perturbative.tolist()
    [True, True]
    >>> terms.carried.value.round(6).tolist(), terms.forced_by_energy.value.round(6).tolist()
    ([0.064494, 0.064494], [0.003906, 0.003906])
    """

    fresh: Array
    drift: Enclosure
    innovation_energy: Enclosure
    intra: Enclosure | None
    ideal_energy: Enclosure
    learned_energy: Enclosure
    observability: Enclosure
    observed_energy: Enclosure
    remainder: Enclosure
    absent: tuple[str, ...]
    replaces: bool
    energies_count: bool

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        return (
            ("generations", self.fresh.size), ("fresh", self.fresh), ("D", self.drift.value),
            ("eps*^2", self.ideal_energy.value), ("eta", self.observability.value), ("absent", self.absent),
        )  # fmt: skip

    @cached_property
    def perturbative(self) -> np.ndarray:
        """Where ``eps*_i^2 <= min(1, eta_i/(8 C_i))`` for certain: there ``I_i >= eta_i eps*_i^2/8``; shape (N,)."""
        small = np.asarray(self.ideal_energy.upper) <= 1.0
        certain = np.asarray((8.0 * self.remainder).certainly_at_most(self.observed_energy))
        return np.asarray(small & certain & self.energies_count)

    @property
    def carried(self) -> Enclosure:
        """``D_{i+1} + (1 - a_i)^2 D_i``, the greater side of proposition 4.1 in generation i."""
        return self.drift[1:] + Enclosure.exact((1.0 - self.fresh) ** 2) * self.drift[:-1]

    @property
    def forced(self) -> Enclosure | None:
        """``a_i I_i/2``, the lesser side; at most `carried` where the last model replaces all before it."""
        return None if self.intra is None else Enclosure.exact(0.5 * self.fresh) * self.intra

    @property
    def forced_by_energy(self) -> Enclosure:
        """``a_i eta_i eps*_i^2/16``, the paper's lesser side where `perturbative`, and the lower end 0 elsewhere."""
        bound = Enclosure.exact(0.0625 * self.fresh) * self.observed_energy
        lower = np.where(self.perturbative, bound.lower, 0.0)
        value = np.where(self.perturbative, bound.value, 0.0)
        upper = np.where(self.perturbative, bound.upper, 0.0)
        return Enclosure(value, lower, upper, bound.method, bound.guarantee)

    @property
    def forced_by_half(self) -> Enclosure:
        """``a_i (eta_i eps*_i^2/2 - C_i eps*_i^4)/2``, in any regime (theorem `half`); 0 where that is negative."""
        least = (0.5 * self.observed_energy - self.remainder).clipped(at_least=0.0)
        counted = self.fresh if self.energies_count else np.zeros_like(self.fresh)
        return Enclosure.exact(0.5 * counted) * least

    @property
    def discounted_innovations(self) -> Enclosure:
        """``sum_{j<=i} (1 - a)^{2(i-j)} J_j + (1 - a)^{2(i+1)} D_0``: ``D_{i+1}`` of orthogonal innovations."""
        return _recursion(self.innovation_energy, (1.0 - self.fresh) ** 2, self.drift[0])

    @property
    def discounted_energies(self) -> Enclosure:
        """``sum_{j<=i} (1 - a)^{2(i-j)} eps*_j^2``: the sum of the paper's theorem 4.2 beside ``D_{i+1}``."""
        return _recursion(self.ideal_energy, (1.0 - self.fresh) ** 2, Enclosure.exact(0.0))

    @property
    def bias(self) -> Enclosure:
        """``C_bias`` of the appendix form: what aligned innovations add to `discounted_innovations`."""
        roots = _recursion(self.innovation_energy.sqrt(), 1.0 - self.fresh, self.drift[0].sqrt())
        return (roots * roots - self.discounted_innovations).clipped(at_least=0.0)

    def comparisons(self) -> tuple[TermComparison, ...]:
        """Return the statements about each generation, from `innovation` to `discounted`, with both sides.

        Those about a last model that replaces all before it are left out of other workflows, and those whose sides
        are `absent`.
        """
        if not self.replaces:
            return ()
        drift, energy = self.drift[1:], self.innovation_energy
        found = []
        if self.intra is not None and self.forced is not None:
            found += [
                TermComparison("innovation", "a I <= J", Enclosure.exact(self.fresh) * self.intra, energy),
                TermComparison("prop-4.1", "a I/2 <= D' + (1-a)^2 D", self.forced, self.carried),
            ]
        if self.energies_count:
            found += [
                TermComparison("prop-4.1", "a eta eps*^2/16 <= D' + (1-a)^2 D", self.forced_by_energy, self.carried),
                TermComparison("half", "a (eta eps*^2/4 - C eps*^4/2) <= D' + (1-a)^2 D", self.forced_by_half,
                               self.carried),
            ]  # fmt: skip
        away = abs(drift - self.discounted_innovations)
        bound = _recursion(2.0 * energy, 2.0 * (1.0 - self.fresh) ** 2, self.drift[0])
        # From the data the first generation has no other to be aligned with: 0 = 0.
        first = 1 if float(self.drift[0].upper) == 0.0 else 0
        return (
            *found,
            TermComparison("appendix-4.2", "|D' - discounted J| <= C_bias", away[first:], self.bias[first:]),
            TermComparison("discounted", "D' <= 2 sum (2 (1-a)^2)^k J", drift, bound),
        )


@dataclass(frozen=True, eq=False, repr=False)
class TermComparison(Presented):
    """One inequality, said of each of some generations.

    Parameters
    ----------
    theorem, words : str
        The id of the theorem and the inequality; D' is the drift after the generation, D before it.
    lesser, greater : Enclosure, shape (k,)
        Its two sides.
    """

    theorem: str
    words: str
    lesser: Enclosure
    greater: Enclosure

    @property
    def holds(self) -> int:
        """In how many generations the intervals tell that it holds."""
        return int(np.sum(self.lesser.certainly_at_most(self.greater)))

    @property
    def fails(self) -> int:
        """In how many generations the intervals tell that it does not."""
        return int(np.sum(self.lesser.certainly_above(self.greater)))

    def __len__(self) -> int:
        return len(self.lesser)


def _recursion(drive: Enclosure, keep: Array, first: Enclosure) -> Enclosure:
    """Return ``s_1..s_N`` of ``s_{n+1} = keep_n s_n + drive_n``."""
    found = [first]
    for n, share in enumerate(keep.tolist()):
        found.append(share * found[-1] + drive[n])
    return stacked(found[1:])


def paper_terms(run: _Injected) -> PaperTerms:
    """Return the terms of a run; see `InjectedTrajectory.paper_terms`."""
    absent: list[str] = []

    def known(ask: Callable[[], Sequence[Enclosure]], name: str) -> Enclosure | None:
        try:
            return stacked(ask())
        except NotSupportedError as problem:
            absent.append(f"{name}: {problem}")
            return None

    intra = known(run.intra, "I")
    if not run.learns_training_laws:
        absent.append(NO_ENERGY_BOUND)
    return PaperTerms(
        run.fresh, run.accumulated_enclosure, run.innovation_energy_enclosure, intra, stacked(run.ideal_energy()),
        stacked(run.learned_energy()), stacked(run.observability()), stacked(run.observed_energy()),
        stacked(run.remainder()), tuple(absent), run.replaces, run.learns_training_laws,
    )  # fmt: skip
