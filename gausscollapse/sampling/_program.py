"""From a reverse process and a time grid to the tables of the sampler's kernels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.process.errors import ScoreError
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling import _features as features
from gausscollapse.sampling._features import Feature
from gausscollapse.sampling._law_tables import LawTables, law_tables
from gausscollapse.sampling._layout import (
    DENSE,
    DIAGONAL_MAP,
    FEATURE,
    NOTHING,
    OUTSIDE,
    SCALAR,
    Expansion,
    Layout,
    Start,
)
from gausscollapse.sampling._terms import Terms, take_apart
from gausscollapse.sampling.schemes import Steps


@dataclass(frozen=True)
class Program:
    """Everything that the kernel needs for one process, grid and law.

    Parameters
    ----------
    dim, full : int
        Dimension of the states, and of the points that are returned (larger where the rest is exact).
    rows, total_rows : int
        Rows of one state buffer; rows of a block's workspace.
    table : ndarray, shape (steps, width)
        Coefficients.
    plan : ndarray of `FEATURE`
        Features, in the order in which they are computed.
    layout : Layout
        Places of everything else.
    start : Start
        Law of the start.
    expansion : Expansion
        Map of state and exact normals to the returned points.
    outside_row : int
        First row of the values from outside, or -1.
    outside : list
        Factors and errors to be called.
    """

    dim: int
    full: int
    rows: int
    total_rows: int
    table: Array
    plan: Any
    layout: Layout
    start: Start
    expansion: Expansion
    outside_row: int
    outside: list[tuple[float, ScoreError]]

    def expanded(self, rows: int, expansion: Expansion) -> Program:
        """Return the program with state buffers of `rows` rows and a map to the full space."""
        extra = 2 * (rows - self.rows)
        plan = self.plan.copy()
        plan["row"] += extra
        plan["spare"] += extra
        return replace(
            self, full=expansion.offset.size, rows=rows, total_rows=self.total_rows + extra, plan=plan,
            layout=self.layout.moved(extra), expansion=expansion,
        )  # fmt: skip


@dataclass
class _AffineMap:
    """A map ``x -> slope x + constant`` a step, (steps, d, d) and (steps, d)."""

    slope: Array
    constant: Array

    def add_score(self, law: LawTables, matrix: Array) -> None:
        """Add `matrix` times the affine part of the score of a law with one covariance."""
        self.slope += -matrix @ law.precisions[:, 0]
        if law.weights.size == 1:
            self.constant += law.pulled_means(matrix)[:, :, 0]


@dataclass
class _Coefficients:
    """What the score's coefficient multiplies, and the error, each an affine map of the state and features."""

    drift: _AffineMap
    error: _AffineMap
    features: list[Feature] = field(default_factory=list)

    def add_score(
        self, law: LawTables, drift: Array | None, error: Array | None, swirl: Array | None, *, learned: bool
    ) -> None:
        """Add a law's score times a matrix to drift and error, and a swirl that differs between components."""
        if law.shared and swirl is None:
            for target, matrix in ((self.drift, drift), (self.error, error)):
                if matrix is not None:
                    target.add_score(law, matrix)
            if law.weights.size > 1:
                self.features.append(features.shared_posterior(law, drift, error))
        elif law.diagonal and swirl is None:
            self.features.append(features.diagonal_score(law, drift, error))
        else:
            self.features.append(features.full_score(law, drift, error, swirl, learned=learned))


def build(process: ReverseProcess, steps: Steps, *, learned: bool, record: bool) -> Program:
    """Return the program of a process and the steps of a scheme.

    Parameters
    ----------
    process : ReverseProcess
        What to simulate.
    steps : Steps
        Coefficients, from the horizon down to the stop.
    learned : bool
        Whether the error drives the paths; else it is only recorded.
    record : bool
        Whether energy and martingale are wanted.
    """
    terms, starts = take_apart(process), steps.times[:-1]
    found = _coefficients(process, terms, starts, learned=learned, record=record)
    if learned:
        found.drift.slope += terms.matrix
        found.drift.constant += terms.offset
    if learned or record:
        kinds = {"learned": learned, "record": record}
        found.features += [features.waves(wave, factor, starts.size, **kinds) for factor, wave in terms.waves]
        if terms.outside:
            found.features.append(features.called(process.dim, starts.size, **kinds))
    used = [item for item in found.features if item.drift is not None or item.error is not None]
    return _assemble(process, steps, found.drift, found.error, used, terms.outside if learned or record else [])


def _coefficients(
    process: ReverseProcess, terms: Terms, starts: Array, *, learned: bool, record: bool
) -> _Coefficients:
    """Return drift and error with all scores, those of the data and of the error's targets."""
    d, steps, swirl = process.dim, starts.size, terms.swirl
    eye = np.eye(d)
    found = _Coefficients(
        drift=_AffineMap(np.zeros((steps, d, d)), np.zeros((steps, d))),
        error=_AffineMap(
            np.broadcast_to(terms.matrix, (steps, d, d)).copy(), np.broadcast_to(terms.offset, (steps, d)).copy()
        ),
    )
    common = swirl is None or swirl.shape[0] == 1
    on_score = terms.amplification * eye - (swirl[0] if swirl is not None and common else 0.0)
    turned = None if common else swirl
    found.add_score(
        law_tables(process.data, starts),
        eye + on_score if learned else eye,
        on_score if record and (np.any(on_score) or turned is not None) else None,
        turned if learned or record else None,
        learned=learned,
    )
    if learned or record:
        for factor, target in terms.targets:
            matrix = factor * eye
            found.add_score(
                law_tables(target, starts), matrix if learned else None, matrix if record else None, None,
                learned=learned,
            )  # fmt: skip
    return found


def _classify(matrices: Array | None) -> tuple[int, Array | None]:
    """Return the cheapest kind of map for matrices (steps, d, m), and its entries (steps, size)."""
    if matrices is None or not np.any(matrices):
        return NOTHING, None
    steps, d, columns = matrices.shape
    if columns == d and np.all(matrices == matrices * np.eye(d)):
        diagonal = np.einsum("sii->si", matrices)
        if np.all(diagonal == diagonal[:, :1]):
            return SCALAR, diagonal[:, :1]
        return DIAGONAL_MAP, diagonal
    return DENSE, matrices.reshape(steps, d * columns)


class _Columns:
    """A table that grows to the right."""

    def __init__(self, steps: int) -> None:
        self.steps, self.parts, self.width = steps, list[Array](), 0

    def put(self, array: Array | None) -> int:
        """Append an array (steps, ...) and return its first entry; 0 where there is nothing."""
        if array is None or array.size == 0:
            return 0
        entry = self.width
        self.parts.append(np.ascontiguousarray(array.reshape(self.steps, -1)))
        self.width += self.parts[-1].shape[1]
        return entry

    def put_map(self, matrices: Array | None) -> tuple[int, int]:
        """Append a map in its cheapest form and return its kind and its first entry."""
        kind, entries = _classify(matrices)
        return kind, self.put(entries)


def _assemble(
    process: ReverseProcess,
    steps: Steps,
    drift: _AffineMap,
    error: _AffineMap,
    used: list[Feature],
    outside: list[tuple[float, ScoreError]],
) -> Program:
    d, columns, rows = process.dim, _Columns(len(steps.score)), process.dim
    drift_map = columns.put_map(steps.score[:, :, None] * drift.slope + steps.state[:, :, None] * np.eye(d))
    error_map = columns.put_map(error.slope)
    layout = Layout(
        *drift_map,
        *error_map,
        drift_constant=columns.put(steps.score * drift.constant),
        error_constant=columns.put(error.constant),
        step=columns.put(np.concatenate([steps.weight, np.sqrt(steps.weight), np.sqrt(steps.variance)], axis=1)),
        width=steps.weight.shape[1],
        # After the two state buffers.
        spare_row=2 * rows,
        energy_row=2 * rows + 1,
        martingale_row=2 * rows + 2,
        error_row=2 * rows + 3,
    )
    plan = np.zeros(len(used), dtype=FEATURE)
    row, outside_row = layout.error_row + d, -1
    for index, item in enumerate(used):
        by_drift = columns.put_map(None if item.drift is None else steps.score[:, :, None] * item.drift)
        by_error = columns.put_map(item.error)
        plan[index] = (
            item.kind, item.count, columns.put(item.table), row, item.rows, 0, *by_drift, *by_error, item.swirl
        )  # fmt: skip
        if item.kind == OUTSIDE:
            outside_row = row
        row += item.rows
    plan["spare"] = row
    row += max((item.scratch for item in used), default=0)
    table = np.ascontiguousarray(np.concatenate(columns.parts, axis=1))
    if not np.all(np.isfinite(table)):
        raise InvalidArgumentError("error", process.error, "gives coefficients beyond floats", "a smaller error")
    return Program(
        dim=d, full=d, rows=rows, total_rows=row, table=table, plan=plan, layout=layout, start=_start(process),
        expansion=Expansion(np.zeros((0, 0)), np.zeros(0)), outside_row=outside_row, outside=outside,
    )  # fmt: skip


def _start(process: ReverseProcess) -> Start:
    d = process.dim
    law: Law = (
        marginal(process.data, process.diffusion.horizon) if process.matched else Gaussian(np.zeros(d), np.eye(d))
    )
    # Copies: numba would compile once more for arrays that are read-only.
    return Start(
        np.cumsum(law.weights), np.array(law.means, order="C"), np.array(np.linalg.cholesky(law.covs), order="C")
    )
