"""From a reverse process and a time grid to the tables of the sampler's kernels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.process.errors import (
    AffineError,
    AmplifiedScoreError,
    RealizableError,
    ScoreError,
    SolenoidalError,
    SumError,
)
from gausscollapse.process.fields import RandomFeatureError
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling import _sampler_kernels as kernels

LOG2_E = float(np.log2(np.e))


@dataclass
class Terms:
    """An error taken apart: affine, on the data's score, swirls, targets, waves, and what only a call can give."""

    matrix: Array
    offset: Array
    factor: float = 0.0
    swirl: Array | None = None
    targets: list[tuple[float, Law]] = field(default_factory=list)
    waves: list[tuple[float, RandomFeatureError]] = field(default_factory=list)
    outside: list[tuple[float, ScoreError]] = field(default_factory=list)

    def add(self, error: ScoreError, share: float, data: Law) -> None:
        """Add `share` times an error."""
        if isinstance(error, SumError):
            for factor, term in error.terms:
                self.add(term, share * factor, data)
        elif isinstance(error, AffineError):
            _check(error.offset.size, data.dim)
            self.matrix = self.matrix + share * error.matrix
            self.offset = self.offset + share * error.offset
        elif isinstance(error, AmplifiedScoreError):
            self.factor += share * error.factor
        elif isinstance(error, SolenoidalError):
            error.evaluate(np.zeros((1, data.dim)), 1.0, data=data)
            turned = share * error.scale * np.atleast_3d(error.antisymmetric.T).T
            self.swirl = turned if self.swirl is None else self.swirl + turned
        elif isinstance(error, RealizableError):
            _check(error.target.dim, data.dim)
            self.factor -= share
            self.targets.append((share, error.target))
        elif isinstance(error, RandomFeatureError):
            _check(error.frequencies.shape[1], data.dim)
            self.waves.append((share, error))
        else:
            self.outside.append((share, error))


def _check(dim: int, wanted: int) -> None:
    if dim != wanted:
        raise DimensionMismatchError("error", dim, f"has dimension {dim}", f"dimension {wanted}, as the data")


def take_apart(process: ReverseProcess) -> Terms:
    """Return the terms of a process's error."""
    d = process.dim
    terms = Terms(np.zeros((d, d)), np.zeros(d))
    terms.add(process.error, 1.0, process.data)
    return terms


@dataclass(frozen=True)
class LawTables:
    """A law at the times of a grid: spectral form of every component's covariance.

    Parameters
    ----------
    weights : ndarray, shape (K,)
        Weights.
    means : ndarray, shape (steps, K, d)
        Component means at each time.
    precisions : ndarray, shape (steps, K, d, d)
        Component precisions; one component only where all are the same.
    log_dets : ndarray, shape (steps, K)
        Logarithms of the determinants of the covariances.
    shared, diagonal : bool
        Whether all components have one covariance; whether all are diagonal.
    """

    weights: Array
    means: Array
    precisions: Array
    log_dets: Array
    shared: bool
    diagonal: bool


def law_tables(law: Law, times: Array) -> LawTables:
    """Return the tables of a law; ``a^2 S_k + (1 - a^2) I`` has the eigenvectors of ``S_k`` at every time."""
    means, covs = (law.mean[None], law.cov[None]) if isinstance(law, Gaussian) else (law.means, law.covs)
    weights = np.ones(1) if isinstance(law, Gaussian) else law.weights
    shared = bool(np.all(covs == covs[0]))
    diagonal = bool(np.all(covs == covs * np.eye(law.dim)))
    distinct = covs[:1] if shared else covs
    if diagonal:
        eigenvalues, basis = np.einsum("kii->ki", distinct), np.broadcast_to(np.eye(law.dim), distinct.shape)
    else:
        eigenvalues, basis = np.linalg.eigh(distinct)
    spread = np.exp(-times)[:, None, None] * eigenvalues - np.expm1(-times)[:, None, None]
    precisions = np.einsum("kij,skj,klj->skil", basis, 1.0 / spread, basis)
    return LawTables(
        weights,
        np.exp(-0.5 * times)[:, None, None] * means,
        precisions,
        np.sum(np.log(spread), axis=2),
        shared,
        diagonal,
    )


@dataclass
class Feature:
    """One feature: its table (steps, m), its size, and its maps to drift and error (steps, d, columns)."""

    kind: int
    count: int
    rows: int
    scratch: int
    table: Array
    drift: Array | None
    error: Array | None
    swirl: int = 0


@dataclass(frozen=True)
class Program:
    """Everything that the kernel `run` needs for one process, grid and law.

    Parameters
    ----------
    dim, full : int
        Dimension of the states, and of the points that are returned (larger where the rest is exact).
    rows, total_rows : int
        Rows of one state buffer; rows of a block's workspace.
    table : ndarray, shape (steps, width)
        Coefficients.
    plan, widths : ndarray of int64
        Layout.
    cumulative, centres, factors : ndarray
        The start: cumulative weights (K,), means (K, d), Cholesky factors (K, d, d).
    matrix, shift : ndarray
        Map of state and exact normals to the returned points; empty where nothing is exact.
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
    widths: Any
    cumulative: Array
    centres: Array
    factors: Array
    matrix: Array
    shift: Array
    outside_row: int
    outside: list[tuple[float, ScoreError]]


def _scaled(law: LawTables, coefficient: Array) -> Array:
    """Return ``coefficient @ precision @ mean`` for every step and component, shape (steps, d, K)."""
    precisions = np.broadcast_to(law.precisions, law.means.shape[:2] + law.precisions.shape[2:])
    return np.asarray(np.einsum("ij,skjl,skl->sik", coefficient, precisions, law.means))


def _shared(law: LawTables, drift: Array | None, error: Array | None) -> Feature:
    pulled = np.swapaxes(_scaled(law, np.eye(law.means.shape[2])), 1, 2)
    constants = np.log2(law.weights) - 0.5 * LOG2_E * np.einsum("skd,skd->sk", pulled, law.means)
    count = law.weights.size
    table = np.concatenate([constants, LOG2_E * pulled.reshape(len(pulled), -1)], axis=1)
    maps = [None if c is None else _scaled(law, c) for c in (drift, error)]
    return Feature(kernels.SHARED, count, count, 3, table, maps[0], maps[1])


def _diagonal(law: LawTables, drift: Array | None, error: Array | None) -> Feature:
    steps, count, d = law.means.shape
    precision = np.einsum("skii->ski", law.precisions)
    pulled = precision * law.means
    constants = np.log2(law.weights) - 0.5 * LOG2_E * (law.log_dets + np.sum(pulled * law.means, axis=2))
    parts = [
        constants,
        LOG2_E * pulled,
        -0.5 * LOG2_E * precision,
        np.swapaxes(pulled, 1, 2),
        np.swapaxes(precision, 1, 2),
    ]
    table = np.concatenate([part.reshape(steps, -1) for part in parts], axis=1)
    maps = [None if c is None else np.broadcast_to(c, (steps, d, d)) for c in (drift, error)]
    return Feature(kernels.DIAGONAL, count, d, 3 + 2 * d + count, table, maps[0], maps[1])


def _full(law: LawTables, drift: Array | None, error: Array | None, swirl: Array | None, learned: bool) -> Feature:
    steps, count, d = law.means.shape
    precisions = np.broadcast_to(law.precisions, (steps, count, d, d))
    log_dets = np.broadcast_to(law.log_dets, (steps, count))
    parts = [
        (np.log2(law.weights) - 0.5 * LOG2_E * log_dets)[:, :, None],
        np.full((steps, count, 1), -0.5 * LOG2_E),
        law.means,
        -np.einsum("skij,skj->ski", precisions, law.means),
        precisions.reshape(steps, count, d * d),
    ]
    maps = [None if c is None else np.broadcast_to(c, (steps, d, d)) for c in (drift, error)]
    if swirl is not None:
        parts.append(np.broadcast_to(swirl.reshape(count, d * d), (steps, count, d * d)))
        # The kernel's second part is -sum_k p_k Q_k S_k^{-1}(x - m_k).
        tail = np.broadcast_to(-np.eye(d), (steps, d, d))
        shares = (learned, error is not None)
        maps = [
            None if m is None else np.concatenate([m, tail if share else 0.0 * tail], axis=2)
            for m, share in zip(maps, shares, strict=True)
        ]
    table = np.concatenate(parts, axis=2).reshape(steps, -1)
    extra = 0 if swirl is None else 1
    scratch = 3 + count + (count + 1) * d
    return Feature(kernels.FULL, count, d * (1 + extra), scratch, table, maps[0], maps[1], swirl=extra)


def build(process: ReverseProcess, times: Array, *, learned: bool, record: bool) -> Program:
    """Return the program of a process on a decreasing grid of times.

    Parameters
    ----------
    process : ReverseProcess
        What to simulate.
    times : ndarray, shape (steps + 1,)
        From the horizon down to the stop.
    learned : bool
        Whether the error drives the paths; else it is only recorded.
    record : bool
        Whether energy and martingale are wanted.
    """
    d, data = process.dim, process.data
    terms = take_apart(process)
    starts, h = times[:-1], -np.diff(times)
    steps = h.size
    eye = np.eye(d)
    law = law_tables(data, starts)
    swirl = terms.swirl
    common = swirl is None or swirl.shape[0] == 1
    on_score = terms.factor * eye - (swirl[0] if swirl is not None and common else 0.0)
    slope = np.broadcast_to(terms.matrix, (steps, d, d)).copy()
    constant = np.broadcast_to(terms.offset, (steps, d)).copy()
    base_slope, base_constant = np.broadcast_to(0.5 * eye, (steps, d, d)).copy(), np.zeros((steps, d))
    features: list[Feature] = []

    def add_law(tables: LawTables, drift: Array | None, error: Array | None, turned: Array | None = None) -> None:
        """Add a law's score times a matrix to drift and error."""
        nonlocal slope, constant, base_slope, base_constant
        if tables.shared and turned is None:
            for matrix, is_error in ((drift, False), (error, True)):
                if matrix is None:
                    continue
                change = -matrix @ tables.precisions[:, 0]
                if is_error:
                    slope += change
                else:
                    base_slope += change
                if tables.weights.size == 1:
                    shifted = _scaled(tables, matrix)[:, :, 0]
                    if is_error:
                        constant += shifted
                    else:
                        base_constant += shifted
            if tables.weights.size > 1:
                features.append(_shared(tables, drift, error))
        elif tables.diagonal and turned is None:
            features.append(_diagonal(tables, drift, error))
        else:
            features.append(_full(tables, drift, error, turned, learned))

    turned = None if common else swirl
    wanted = on_score if record and (np.any(on_score) or turned is not None) else None
    add_law(law, eye + on_score if learned else eye, wanted, turned if learned or record else None)
    for share, target in terms.targets:
        factor = share * eye
        if learned or record:
            add_law(law_tables(target, starts), factor if learned else None, factor if record else None)
    if learned:
        base_slope += terms.matrix
        base_constant += terms.offset
    for share, waves in terms.waves:
        turns = 1.0 / (2.0 * np.pi)
        table = np.concatenate([turns * waves.phases, turns * waves.frequencies.ravel()])
        outputs = np.broadcast_to(share * waves.amplitudes.T, (steps, d, waves.phases.size))
        size = waves.phases.size
        features.append(
            Feature(
                kernels.COSINE, size, size, 0, np.broadcast_to(table, (steps, table.size)),
                outputs if learned else None, outputs if record else None,
            )
        )  # fmt: skip
    if terms.outside and (learned or record):
        unit = np.broadcast_to(eye, (steps, d, d))
        features.append(
            Feature(
                kernels.OUTSIDE, 0, d, 0, np.zeros((steps, 0)), unit if learned else None, unit if record else None
            )
        )
    features = [item for item in features if item.drift is not None or item.error is not None]
    return _assemble(
        process, d, h, base_slope, base_constant, slope, constant, features, terms if learned or record else None
    )


def _classify(matrices: Array | None) -> tuple[int, Array | None]:
    """Return the cheapest kind of map for matrices (steps, d, m), and its entries (steps, size)."""
    if matrices is None or not np.any(matrices):
        return kernels.NOTHING, None
    steps, d, columns = matrices.shape
    if columns == d and np.all(matrices == matrices * np.eye(d)):
        diagonal = np.einsum("sii->si", matrices)
        if np.all(diagonal == diagonal[:, :1]):
            return kernels.SCALAR, diagonal[:, :1]
        return kernels.DIAGONAL_MAP, diagonal
    return kernels.DENSE, matrices.reshape(steps, d * columns)


def _assemble(
    process: ReverseProcess,
    d: int,
    h: Array,
    drift_slope: Array,
    drift_constant: Array,
    error_slope: Array,
    error_constant: Array,
    features: list[Feature],
    terms: Terms | None,
) -> Program:
    steps = h.size
    parts: list[Array] = []
    width = 0

    def put(array: Array | None) -> int:
        nonlocal width
        if array is None or array.size == 0:
            return 0
        entry = width
        parts.append(np.ascontiguousarray(array.reshape(steps, -1)))
        width += parts[-1].shape[1]
        return entry

    rows = d
    spare, energy, martingale, first_error = 2 * rows, 2 * rows + 1, 2 * rows + 2, 2 * rows + 3
    row = first_error + d
    full = h[:, None, None] * drift_slope + np.eye(d)
    kinds = [_classify(full), _classify(error_slope)]
    widths = np.zeros(11, dtype=np.int64)
    widths[0], widths[1] = kinds[0][0], put(kinds[0][1])
    widths[2], widths[3] = kinds[1][0], put(kinds[1][1])
    widths[4], widths[5] = put(h[:, None] * drift_constant), put(error_constant)
    widths[6] = put(np.stack([h, np.sqrt(h)], axis=1))
    widths[7:11] = first_error, energy, martingale, spare
    plan = np.zeros((len(features), kernels.FIELDS), dtype=np.int64)
    outside_row = -1
    for index, item in enumerate(features):
        drift = _classify(None if item.drift is None else h[:, None, None] * item.drift)
        error = _classify(item.error)
        plan[index] = (
            item.kind, item.count, put(item.table), row, item.rows, 0,
            drift[0], put(drift[1]), error[0], put(error[1]), item.swirl,
        )  # fmt: skip
        if item.kind == kernels.OUTSIDE:
            outside_row = row
        row += item.rows
    plan[:, 5] = row
    row += max((item.scratch for item in features), default=0)
    table = np.ascontiguousarray(np.concatenate(parts, axis=1))
    start: Law = marginal(process.data, process.diffusion.horizon)
    if not process.matched:
        start = Gaussian(np.zeros(d), np.eye(d))
    factors: Array
    if isinstance(start, Gaussian):
        weights, centres, factors = np.ones(1), start.mean[None], start.cholesky[None]
    else:
        weights, centres, factors = start.weights, start.means, np.asarray(np.linalg.cholesky(start.covs))
    if not np.all(np.isfinite(table)):
        raise InvalidArgumentError("error", process.error, "gives coefficients beyond floats", "a smaller error")
    return Program(
        dim=d, full=d, rows=rows, total_rows=row, table=table, plan=plan, widths=widths,
        # Copies: numba would compile once more for arrays that are read-only.
        cumulative=np.cumsum(weights), centres=np.array(centres, order="C"), factors=np.array(factors, order="C"),
        matrix=np.zeros((0, 0)), shift=np.zeros(0), outside_row=outside_row,
        outside=[] if terms is None else terms.outside,
    )  # fmt: skip


def reduced(process: ReverseProcess, times: Array, *, learned: bool) -> Program | None:
    """Return a program that simulates only the span of the component means, or None where that is not exact.

    With one isotropic covariance ``s I`` and an error that is ``(alpha x + b)`` plus a multiple of the score, the
    coordinates orthogonal to all differences of means are independent Gaussian chains
    ``w' = F w + f + sqrt(h) xi`` with a scalar F: their end is drawn at once.
    """
    data, d = process.data, process.dim
    if isinstance(data, Gaussian) or data.weights.size < 2:
        return None
    variance = float(data.covs[0, 0, 0])
    terms = take_apart(process)
    if np.any(data.covs != variance * np.eye(d)):
        return None
    slope = float(terms.matrix[0, 0])
    others = terms.targets or terms.waves or terms.outside or terms.swirl is not None
    if learned and (others or np.any(terms.matrix != slope * np.eye(d))):
        return None
    centred = data.means - data.means[0]
    _, sizes, directions = np.linalg.svd(centred)
    rank = int(np.sum(sizes > 1e-12 * max(float(np.max(np.abs(data.means))), np.sqrt(variance))))
    if rank == 0 or rank == d:
        return None
    inside, outside = directions[:rank], directions[rank:]
    small = ReverseProcess(
        type(data)(data.weights, data.means @ inside.T, variance * np.eye(rank)),
        process.diffusion,
        AffineError(slope * np.eye(rank), inside @ terms.offset) + AmplifiedScoreError(terms.factor),
        start=process.start,
    )
    program = build(small, times, learned=learned, record=False)
    centre, offset = outside @ data.means[0], outside @ terms.offset
    factor = terms.factor if learned else 0.0
    slope, offset = (slope, offset) if learned else (0.0, 0.0 * offset)
    last = times[0]
    mean, spread = np.exp(-0.5 * last) * centre, variance * np.exp(-last) - np.expm1(-last)
    if not process.matched:
        mean, spread = 0.0 * centre, 1.0
    for t, h in zip(times[:-1], -np.diff(times), strict=True):
        precision = 1.0 / (variance * np.exp(-t) - np.expm1(-t))
        keep = 1.0 + h * (0.5 + slope - (1.0 + factor) * precision)
        mean = keep * mean + h * (offset + (1.0 + factor) * precision * np.exp(-0.5 * t) * centre)
        spread = keep**2 * spread + h
    matrix = np.concatenate([inside.T, np.sqrt(spread) * outside.T], axis=1)
    rows = max(rank, d - rank)
    return _with_exact(program, rows, np.ascontiguousarray(matrix), outside.T @ mean)


def _with_exact(program: Program, rows: int, matrix: Array, shift: Array) -> Program:
    """Return the program with state buffers of `rows` rows and a map to the full space."""
    extra = 2 * (rows - program.rows)
    plan, widths = program.plan.copy(), program.widths.copy()
    widths[7:11] += extra
    plan[:, [3, 5]] += extra
    return replace(
        program, full=shift.size, rows=rows, total_rows=program.total_rows + extra, plan=plan, widths=widths,
        matrix=matrix, shift=np.ascontiguousarray(shift),
    )  # fmt: skip
