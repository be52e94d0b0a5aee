"""Inner products in L^2(p) of signed sums of pool entries: closed form over one Gaussian p, else quadrature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.divergences.finiteness import UNDECIDED as UNKNOWN
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture
from gausscollapse.retraining import _ratio_quadrature
from gausscollapse.retraining._component_pool import ComponentPool, SignedRows
from gausscollapse.retraining._reach import Reach, reach
from gausscollapse.retraining.ratio_states import DIVERGENT, UNDECIDED
from gausscollapse.retraining.ratios import ratio_products
from gausscollapse.retraining.whitened import Whitened

if TYPE_CHECKING:
    from scipy.sparse import csc_array

SMALL, DENSE = 400, 3000

# A sum of marks tells whether any integral diverges: there are fewer than 2^40 pairs.
OPEN, SURELY = 1.0, 2.0**40
BLOCK = 512
CLOSED = "closed form over one Gaussian"


class Products(Protocol):
    """What both computations offer; rows are signed weights over the pool that sum to zero."""

    def gram(self, rows: SignedRows, others: SignedRows | None = None) -> Enclosure:
        """Return ``<f_i, g_j>``, inf where the integral has no finite value; `others` is `rows` by default."""

    def energies(self, rows: SignedRows) -> Enclosure:
        """Return ``<f_i, f_i>``, inf where it is infinite."""

    def reason(self, row: SignedRows) -> str:
        """Return why ``<f, f>`` of one row `(1, P)` is infinite, or an empty string where it is finite."""


@dataclass(frozen=True, eq=False)
class ClosedProducts:
    """Inner products over one Gaussian p: ``sum_ab u_a v_b (I_ab - 1)``, since the weights of each row sum to zero.

    Parameters
    ----------
    pool : ComponentPool
        Components and weights, with `data` as their reference.
    data : Gaussian
        p.
    """

    pool: ComponentPool
    data: Gaussian

    @cached_property
    def whitened(self) -> Whitened:
        """The pool as seen from the data."""
        return self.pool.whitened(self.data)

    @cached_property
    def log_scales(self) -> Array:
        """Log of the greatest weight that each entry has in any law, shape (P,)."""
        return np.asarray(np.log(np.maximum(self.pool.greatest_weights, 1e-300)))

    @cached_property
    def _all(self) -> Block:
        everything = np.arange(len(self.pool))
        return self._block(everything, everything)

    def _block(self, here: Any, there: Any) -> Block:
        left = self.whitened[here], self.log_scales[here]
        right = left if here is there else (self.whitened[there], self.log_scales[there])
        values, errors, states = ratio_products(left[0], right[0], left[1], right[1])
        beyond = (states == UNDECIDED) | ~np.isfinite(values) | ~np.isfinite(errors)
        wild = np.where(states == DIVERGENT, SURELY, np.where(beyond, OPEN, 0.0))
        if np.any(wild):
            values[wild > 0.0], errors[wild > 0.0] = 0.0, 0.0
        # Relative errors of weights that passed N generations, twice, and of the sums.
        return Block(values, errors + 4.0 * EPS * (self.pool.fresh.size + 8.0) * np.abs(values), wild)

    def _scaled(self, rows: SignedRows) -> SignedRows:
        return rows.scaled(np.exp(-self.log_scales))

    def gram(self, rows: SignedRows, others: SignedRows | None = None) -> Enclosure:
        """Return ``<f_i, g_j>``; see `Products`."""
        left = self._scaled(rows)
        right = left if others is None else self._scaled(others)
        count = len(self.pool)
        if count <= DENSE:
            return _enclosed(*self._all.sum(_dense(left), _dense(right)))
        totals = [np.zeros((len(left), len(right))) for _ in range(3)]
        columns_left, columns_right = (
            [part.tocsc() for part in (side.weights, side.errors, side.sizes)] for side in (left, right)
        )
        starts = [np.arange(start, min(start + BLOCK, count)) for start in range(0, count, BLOCK)]
        for k, here in enumerate(starts):
            part, used = _used(columns_left, here)
            for there in starts[k:] if others is None else starts:
                counterpart, used_too = _used(columns_right, there)
                terms = self._block(here, there).sum(part, counterpart)
                for total, term in zip(totals, terms, strict=True):
                    total[np.ix_(used, used_too)] += term
                    if others is None and there is not here:
                        total[np.ix_(used_too, used)] += term.T
        return _enclosed(totals[0], totals[1], totals[2])

    def energies(self, rows: SignedRows) -> Enclosure:
        """Return ``<f_i, f_i>``; see `Products`."""
        from gausscollapse.retraining._ratio_kernels import quadratic_forms

        scaled = self._scaled(rows)
        count = len(self.pool)
        pairs = np.sum(np.diff(scaled.starts).astype(np.float64) ** 2)
        # Laws that share few components need their own pairs only.
        if count <= DENSE and (count <= SMALL or 2.0 * pairs >= count**2):
            block = self._all
            sums = quadratic_forms(
                scaled.starts, scaled.entries, scaled.weight, scaled.error, scaled.size,
                block.values, block.errors, block.wild,
            )  # fmt: skip
            return _enclosed(*sums, least=0.0)
        value, error, wild = (np.zeros(len(scaled)) for _ in range(3))
        for i in range(len(scaled)):
            row = scaled.row(i)
            weights = Weights(row.weight[None], row.error[None], row.size[None])
            if row.entries.size:
                parts = self._block(row.entries, row.entries).sum(weights, weights)
                value[i], error[i], wild[i] = (part[0, 0] for part in parts)
        return _enclosed(value, error, wild, least=0.0)

    def reason(self, row: SignedRows) -> str:
        """Return why ``<f, f>`` is infinite; see `Products`."""
        entries = row.entries[row.weight != 0.0]
        part, logs = self.whitened[entries], self.log_scales[entries]
        values, _, states = ratio_products(part, part, logs, logs)
        divergent = states == DIVERGENT
        ages = self.pool.components.ages[entries]
        if np.any(divergent):
            alone = np.flatnonzero(np.diag(divergent))
            age = int(np.min(ages[alone] if alone.size else ages[np.any(divergent, axis=0)]))
            return (
                "infinite: V_a^{-1} + V_b^{-1} - V_p^{-1} is not positive definite for components from age "
                f"{age} on"
            )
        if np.any(states == UNDECIDED):
            return "finite or infinite: V_a^{-1} + V_b^{-1} - V_p^{-1} is singular within rounding"
        if not np.all(np.isfinite(values)):
            return "finite, but beyond the range of floats"
        return ""


class Weights(NamedTuple):
    """`SignedRows` over some entries, dense, shape (n, A) each."""

    weights: Array
    errors: Array
    sizes: Array


def _dense(rows: SignedRows) -> Weights:
    return Weights(*(rows.dense(part) for part in (rows.weight, rows.error, rows.size)))


def _used(columns: list[csc_array], chosen: np.ndarray) -> tuple[Weights, np.ndarray]:
    """Return the rows of some columns that are not empty, dense, and their numbers."""
    parts = [part[:, chosen].tocsr() for part in columns]
    used = np.flatnonzero(np.diff(parts[0].indptr))
    return Weights(*(part[used].toarray() for part in parts)), used


@dataclass(frozen=True, eq=False)
class Block:
    """Scaled integrals minus one with bounds of their errors; both are 0 where `wild` says that there is no value."""

    values: Array
    errors: Array
    wild: Array

    def sum(self, left: Weights, right: Weights) -> list[Array]:
        """Return ``sum u v I``, a bound of its error and the sum of the marks of terms without a value.

        Weights u are `(n, A)`, v are `(m, B)`; sums are `(n, m)`.
        """
        here, there, sizes = np.abs(left.weights), np.abs(right.weights), np.abs(self.values)
        with np.errstate(over="ignore", invalid="ignore"):
            error = left.sizes @ self.errors @ right.sizes.T
            error = error + left.errors @ sizes @ (there + right.errors).T + here @ sizes @ right.errors.T
            sums = [left.weights @ self.values @ right.weights.T, error]
        if np.any(self.wild):
            return [*sums, (1.0 * (here > 0.0)) @ self.wild @ (1.0 * (there > 0.0)).T]
        return [*sums, np.zeros_like(sums[0])]


def _enclosed(value: Array, error: Array, marks: Array, *, least: float = -np.inf, method: str = CLOSED) -> Enclosure:
    """Return ``value +- error``, and inf where there are marks.

    The lower end is inf too where an energy diverges (`least` is 0); a value beyond floats, or a divergent integral
    of either sign, can be anything from `least` on.
    """
    # Sums of finite terms may leave the range of floats.
    wild = (marks > 0.0) | ~np.isfinite(value) | ~np.isfinite(error)
    divergent = marks >= SURELY
    value, error = np.where(wild, 0.0, value), np.where(wild, 0.0, error)
    centre = np.where(wild, np.inf, np.maximum(value, least))
    lowest = np.where(divergent & (least == 0.0), np.inf, least)
    low = np.where(wild, lowest, np.maximum(value - error, least))
    high = np.where(wild, np.inf, np.maximum(value + error, least))
    return Enclosure(centre, low, high, method, "closed-form" if method == CLOSED else "numeric")


def with_diagonal(gram: Enclosure, energies: Enclosure) -> Enclosure:
    """Return a Gram enclosure with the energies' intervals on its diagonal."""
    ends = []
    for end in ("value", "lower", "upper"):
        matrix = np.array(getattr(gram, end))
        np.fill_diagonal(matrix, getattr(energies, end))
        ends.append(matrix)
    return Enclosure(ends[0], ends[1], ends[2], gram.method, gram.guarantee)


def _empty(rows: SignedRows) -> np.ndarray:
    return np.asarray(abs(rows.weights).sum(axis=1) == 0.0)


@dataclass(frozen=True, eq=False)
class QuadratureProducts:
    """Inner products over a mixture p: quadrature in d = 1; for d > 1 only what is infinite (or zero) can be said.

    Parameters
    ----------
    pool : ComponentPool
        Components and weights.
    data : GaussianMixture
        p.
    """

    pool: ComponentPool
    data: GaussianMixture

    @cached_property
    def reaches(self) -> list[Reach]:
        """Whether ``int a^2/p`` is finite, entry by entry."""
        parts = self.pool.components
        rows = zip(parts.means, parts.covs, parts.mean_errors, parts.cov_errors, parts.ages, strict=True)
        # ||sum of n errors||^2 is at most n times the sum of the squares.
        return [
            reach(mean, cov, max(int(age), 1) * first, second, self.data) for mean, cov, first, second, age in rows
        ]

    @cached_property
    def usable(self) -> np.ndarray:
        """Entries with a finite integral, shape (U,)."""
        return np.flatnonzero([found.finite for found in self.reaches])

    @cached_property
    def rule(self) -> _ratio_quadrature.Rule:
        """The quadrature rule for the usable entries, d = 1."""
        parts = self.pool.components.chosen(self.usable)
        return _ratio_quadrature.build(
            parts.means[:, 0],
            parts.covs[:, 0, 0],
            self.data.weights,
            self.data.means[:, 0],
            self.data.covs[:, 0, 0],
            [self.reaches[entry] for entry in self.usable],
        )

    def _wild(self, rows: SignedRows) -> tuple[np.ndarray, np.ndarray]:
        """Return which rows have an infinite norm, and which are without a number."""
        infinite = np.array([1.0 * found.infinite for found in self.reaches])
        unknown = np.array([1.0 * (found.state == UNKNOWN) for found in self.reaches])
        endless = (abs(rows.weights) @ infinite) > 0.0
        empty = _empty(rows)
        if self.data.dim > 1 and not np.all(endless | empty):
            raise NotSupportedError(
                f"data: chi-squared integrals over a mixture in dimension {self.data.dim} have no closed form and no "
                "joint quadrature, and this one is not known to be infinite; available: kl(), wasserstein2, means "
                "and covs of the trajectory, gausscollapse.chi2 of one model at a time, or data that is one Gaussian"
            )
        return np.asarray(endless), np.asarray(endless | ((abs(rows.weights) @ unknown) > 0.0))

    def gram(self, rows: SignedRows, others: SignedRows | None = None) -> Enclosure:
        """Return ``<f_i, g_j>``; see `Products`. Infinite as soon as either factor has an infinite norm."""
        right = rows if others is None else others
        (endless, unknown), (endless_right, unknown_right) = self._wild(rows), self._wild(right)
        # An innovation that is zero has inner product 0 with everything.
        some = ~_empty(rows)[:, None] & ~_empty(right)[None, :]
        surely = (endless[:, None] | endless_right[None, :]) & some
        wild = (unknown[:, None] | unknown_right[None, :]) & some
        value, error = np.zeros(wild.shape), np.zeros(wild.shape)
        if self.data.dim == 1 and self.usable.size and not np.all(wild):
            columns = self.usable
            value, error = self.rule.gram(rows.columns(columns), None if others is None else others.columns(columns))
        return _enclosed(
            value, error, np.where(surely, SURELY, OPEN * wild), method="Gauss-Legendre quadrature, panels halved"
        )

    def energies(self, rows: SignedRows) -> Enclosure:
        """Return ``<f_i, f_i>``; see `Products`."""
        gram = self.gram(rows)
        value, low, high = (np.diag(np.asarray(part)) for part in (gram.value, gram.lower, gram.upper))
        low = np.where(self._wild(rows)[0] & ~_empty(rows), np.inf, np.maximum(low, 0.0))
        return Enclosure(np.maximum(value, 0.0), low, np.maximum(high, 0.0), gram.method, gram.guarantee)

    def reason(self, row: SignedRows) -> str:
        """Return why ``<f, f>`` is infinite; see `Products`."""
        ages = self.pool.components.ages
        entries = row.entries[row.weight != 0.0]
        for entry in sorted(entries, key=lambda entry: int(ages[entry])):
            found = self.reaches[entry]
            if found.infinite:
                return f"infinite: {found.reason} for a component of age {int(ages[entry])}"
        for entry in entries:
            if self.reaches[entry].state == UNKNOWN:
                return f"finite or infinite: {self.reaches[entry].reason}"
        return "finite, but beyond what the quadrature resolves"
