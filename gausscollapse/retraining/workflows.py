"""Workflows: what is kept of earlier models. ``q_i = a_i p + (1 - a_i) sum_{j <= i} s_ij p^_j``.

Every workflow is a table of shares s over the models so far, each row with the sum one; so that, with
``W_ij = (1 - a_i) s_ij``, ``r_{i+1} = sum_j W_ij r_j + xi_i``. Source: *own*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_array, as_choice, as_count, as_size

KINDS = ("last", "accumulate", "accumulate-subsample", "fixed-set", "window", "weights")
NAMED = KINDS[:4]
ACCEPTED = f"one of {', '.join(map(repr, NAMED))}, or a gausscollapse.retraining.Workflow"
# Of the sum of a row of shares from one; rows are divided by their exact sums.
CLOSE = 1e-9
# Their shares fill 2 GiB, and the weights of all models as much again.
MOST_REMEMBERED = 2_000
LONGEST_WINDOW = 20_000


def _length(value: object) -> int:
    return as_size("length", value, at_least=1, each=1.0, unit="models", most=LONGEST_WINDOW)


@dataclass(frozen=True)
class Workflow:
    """What a generation is trained on beside fresh data: shares of the models so far.

    Parameters
    ----------
    kind : {"last", "accumulate", "accumulate-subsample", "fixed-set", "window", "weights"}
        "last": the last model replaces all before it. "accumulate": all models so far, model 0 being the data unless
        another start is given. "accumulate-subsample": the same laws, from training sets of one size that are drawn
        from the pile. "fixed-set": the last model, and in the place of fresh draws of p the same set in all
        generations, whose law is model 0. "window": the last `length` models. "weights": rows of one's own.
    length : int, optional
        Of a window, from 1 to 20 000; it is shorter as long as there are fewer models.
    rows : tuple of tuple of float, optional
        Of "weights": row i has the shares of models 0..i in generation i.

    Raises
    ------
    InvalidArgumentError
        If the kind is unknown, a window has no length, or rows are negative, do not sum to one, or name models that
        do not exist yet.

    Notes
    -----
    The fresh fraction counts first: the shares are of what is left. Source: *own*; the theorems ``accumulate`` and
    ``memory``.

    Examples
    --------
    Everything is kept: the data, which is model 0, and every model count the same.

    >>> import gausscollapse as gc
    >>> gc.retraining.Workflow("accumulate").shares(3)
    array([[1.        , 0.        , 0.        ],
           [0.5       , 0.5       , 0.        ],
           [0.33333333, 0.33333333, 0.33333333]])
    >>> gc.retraining.Workflow.window(2).shares(3)
    array([[1. , 0. , 0. ],
           [0.5, 0.5, 0. ],
           [0. , 0.5, 0.5]])
    """

    kind: str = "last"
    length: int | None = None
    rows: tuple[tuple[float, ...], ...] | None = None

    def __post_init__(self) -> None:
        as_choice("kind", self.kind, KINDS)
        for name, owner in (("length", "window"), ("rows", "weights")):
            given = getattr(self, name)
            if (given is not None) != (self.kind == owner):
                reason = "is missing" if given is None else f"has no meaning for the workflow {self.kind!r}"
                raise InvalidArgumentError(name, given, reason, f"{name} with kind {owner!r}, and only there")
        if self.length is not None:
            object.__setattr__(self, "length", _length(self.length))
        if self.rows is not None:
            object.__setattr__(self, "rows", _as_rows(self.rows))

    @classmethod
    def window(cls, length: int) -> Workflow:
        """Return the workflow that trains on the last `length` models, equally.

        Parameters
        ----------
        length : int
            From 1, which is the last model alone, to 20 000.

        Returns
        -------
        Workflow
            Of kind "window".

        Raises
        ------
        InvalidArgumentError
            If the length is no integer >= 1.

        Examples
        --------
        >>> import gausscollapse as gc
        >>> gc.retraining.Workflow.window(3).length
        3
        """
        return cls("window", _length(length))

    @classmethod
    def weights(cls, shares: ArrayLike) -> Workflow:
        """Return the workflow of a table of shares of one's own.

        Parameters
        ----------
        shares : array_like, shape (N, N)
            Row i: the shares of models 0..i in generation i, >= 0 and of sum one; 0 beyond.

        Returns
        -------
        Workflow
            Of kind "weights", for N generations.

        Raises
        ------
        InvalidArgumentError
            If the table is not square, an entry is negative or stands for a model that does not exist yet, or a row
            does not sum to one within 1e-9. Rows are divided by their exact sums.

        Examples
        --------
        A quarter of what is not fresh stays with the first model for ever:

        >>> import gausscollapse as gc
        >>> anchored = gc.retraining.Workflow.weights([[1, 0], [0.25, 0.75]])
        >>> anchored.rows
        ((1.0,), (0.25, 0.75))
        """
        table = as_array("shares", shares)
        if table.ndim != 2 or table.shape[0] != table.shape[1]:
            reason = f"has shape {table.shape}"
            raise InvalidArgumentError("shares", shares, reason, "a square table, one row a generation")
        for i, row in enumerate(table):
            if np.any(row[i + 1 :] != 0.0):
                reason = f"gives a share in generation {i} to a model that does not exist yet"
                raise InvalidArgumentError("shares", shares, reason, f"zeros beyond column {i} in row {i}")
        return cls("weights", rows=tuple(tuple(row[: i + 1].tolist()) for i, row in enumerate(table)))

    @property
    def last_model(self) -> bool:
        """Whether the last model replaces all before it, and the real part is fresh."""
        return self.kind == "last" or self.length == 1

    @property
    def accumulates(self) -> bool:
        """Whether all models so far count the same."""
        return self.kind in ("accumulate", "accumulate-subsample")

    @property
    def real_is_start(self) -> bool:
        """Whether the fresh fraction is not drawn from p but taken from model 0."""
        return self.kind == "fixed-set"

    def shares(self, generations: int) -> Array:
        """Return the shares s of models 0..N-1 in generations 0..N-1, shape (N, N), rounded to floats.

        Parameters
        ----------
        generations : int
            N from 0 to 2 000: the shares of more, and the weights of their models, would fill 4 GiB.

        Returns
        -------
        ndarray, shape (N, N)
            Lower triangular, rows of sum one.

        Raises
        ------
        InvalidArgumentError
            If there are more generations than that, or than the rows of "weights".

        Examples
        --------
        >>> import gausscollapse as gc
        >>> gc.retraining.Workflow("last").shares(2)
        array([[1., 0.],
               [0., 1.]])
        """
        count = as_many(self, as_count("generations", generations))
        if count > MOST_REMEMBERED:
            accepted = f"an integer from 0 to {MOST_REMEMBERED}"
            raise InvalidArgumentError("generations", generations, "is too many for a table of shares", accepted)
        table = np.zeros((count, count))
        for i in range(count):
            used, shares = shares_of(self, i)
            table[i, used] = shares / np.sum(shares)
        return table


LAST = Workflow()


def as_workflow(value: object) -> Workflow:
    """Return a workflow, or the one of that name.

    Raises
    ------
    InvalidArgumentError
        If it is neither; a window needs its length and weights their table, so that these have no name.
    """
    if isinstance(value, Workflow):
        return value
    if isinstance(value, str) and value in NAMED:
        return Workflow(value)
    accepted = ACCEPTED
    if value == "window" or value == "weights":
        accepted = f"gausscollapse.retraining.Workflow.{value}(...)"
    raise InvalidArgumentError("workflow", value, "is no workflow", accepted)


def shares_of(workflow: Workflow, generation: int) -> tuple[np.ndarray, Array]:
    """Return the models that `generation` is trained on and their shares, up to a common factor."""
    if workflow.kind in ("last", "fixed-set"):
        return np.array([generation]), np.ones(1)
    if workflow.rows is not None:
        row = np.array(workflow.rows[generation])
        used = np.flatnonzero(row)
        return used, row[used]
    first = 0 if workflow.length is None else max(0, generation + 1 - workflow.length)
    used = np.arange(first, generation + 1)
    return used, np.ones(used.size)


def training_weights(workflow: Workflow, fresh: Array) -> Array:
    """Return the weights of p and of models 0..N-1 in every training law, shape (N, N + 1)."""
    count = fresh.size
    table = np.zeros((count, count + 1))
    table[:, 1:] = (1.0 - fresh)[:, None] * workflow.shares(count)
    table[:, 1 if workflow.real_is_start else 0] += fresh
    return table


def as_many(workflow: Workflow, generations: int) -> int:
    """Return a number of generations for which there are rows.

    Raises
    ------
    InvalidArgumentError
        If "weights" has another number of rows, or, unless the last model alone counts, N is above 2 000.
    """
    if workflow.rows is not None and len(workflow.rows) != generations:
        reason = f"has weights for {len(workflow.rows)} generations, not for {generations}"
        raise InvalidArgumentError(
            "workflow", workflow.kind, reason, f"a table of shape ({generations}, {generations})"
        )
    if generations > MOST_REMEMBERED and not (workflow.last_model or workflow.real_is_start):
        reason = f"is too many for the workflow {workflow.kind!r}, which keeps all models"
        raise InvalidArgumentError("generations", generations, reason, f"an integer from 0 to {MOST_REMEMBERED}")
    return generations


def _as_rows(rows: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    found = []
    for i, row in enumerate(rows):
        shares = as_array("rows", row)
        if shares.shape != (i + 1,):
            accepted = f"{i + 1} numbers, one for each of models 0..{i}"
            raise InvalidArgumentError("rows", row, f"has shape {shares.shape} in generation {i}", accepted)
        if np.any(shares < 0.0):
            raise InvalidArgumentError("rows", row, f"has a negative weight in generation {i}", "weights >= 0")
        total = float(np.sum(shares))
        if abs(total - 1.0) > CLOSE:
            accepted = "weights >= 0 that sum to one"
            raise InvalidArgumentError("rows", row, f"sums to {total:.12g} in generation {i}", accepted)
        found.append(tuple(shares.tolist()))
    return tuple(found)
