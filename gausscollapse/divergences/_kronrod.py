"""Adaptive tensor-product Gauss-Kronrod quadrature of vectorised functions on boxes in d = 1 or 2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.validation import Array

# Kronrod (1965): 10 Gauss nodes (odd places) extended to 21.
_NODES = [
    0.995657163025808080735527280689003,
    0.973906528517171720077964012084452,
    0.930157491355708226001207180059508,
    0.865063366688984510732096688423493,
    0.780817726586416897063717578345042,
    0.679409568299024406234327365114874,
    0.562757134668604683339000099272694,
    0.433395394129247190799265943165784,
    0.294392862701460198131126603103866,
    0.148874338981631210884826001129720,
    0.0,
]
_KRONROD = [
    0.011694638867371874278064396062192,
    0.032558162307964727478818972459390,
    0.054755896574351996031381300244580,
    0.075039674810919952767043140916190,
    0.093125454583697605535065465083366,
    0.109387158802297641899210590325805,
    0.123491976262065851077958109585166,
    0.134709217311473325928054001771707,
    0.142775938577060080797094273138717,
    0.147739104901338491374841515972068,
    0.149445554002916905664936468389821,
]
_GAUSS = [
    0.0,
    0.066671344308688137593568809893332,
    0.0,
    0.149451349150580593145863397657697,
    0.0,
    0.219086362515982043995534934228163,
    0.0,
    0.269266719309996355091226921569469,
    0.0,
    0.295524224714752870173815619188769,
    0.0,
]


def _mirror(values: list[float], sign: float = 1.0) -> Array:
    half = np.array(values)
    return np.concatenate([sign * half[:-1], half[::-1]])


NODES, KRONROD, GAUSS = _mirror(_NODES, -1.0), _mirror(_KRONROD), _mirror(_GAUSS)

KINK_SAFETY = 4.0

Labels = NDArray[np.intp]
Function = Callable[[Array, Labels], tuple[Array, Array]]


class Quadrature(NamedTuple):
    """A sum over boxes: value, estimate of the quadrature error, bound of the rounding error, evaluations."""

    value: float
    error: float
    rounding: float
    points: int
    converged: bool


class Boxes(NamedTuple):
    """Boxes in d = 1 or 2: centres (m, d), half widths (m, d), and a label (m,) that their halves inherit."""

    centres: Array
    radii: Array
    labels: Labels

    @classmethod
    def labelled(cls, centres: Array, radii: Array, label: int = 0) -> Boxes:
        """Return boxes with one label."""
        return cls(centres, radii, np.full(len(centres), label))

    @classmethod
    def between(cls, marks: Array) -> Boxes:
        """Return the intervals between ascending marks (m + 1,) on the line."""
        return cls.labelled(0.5 * (marks[1:] + marks[:-1])[:, None], 0.5 * np.diff(marks)[:, None])

    @classmethod
    def joined(cls, parts: Sequence[Boxes]) -> Boxes:
        """Return the boxes of all parts, one after another."""
        return cls(*(np.concatenate(fields) for fields in zip(*parts, strict=True)))

    def chosen(self, which: NDArray[np.bool_]) -> Boxes:
        """Return some of the boxes."""
        return Boxes(self.centres[which], self.radii[which], self.labels[which])

    def halved(self) -> Boxes:
        """Return the 2^d halves of every box."""
        dim = self.centres.shape[1]
        corners = np.array(np.meshgrid(*[[-0.5, 0.5]] * dim)).reshape(dim, -1).T
        centres = self.centres[:, None, :] + self.radii[:, None, :] * corners
        count = len(corners)
        return Boxes(
            centres.reshape(-1, dim), np.repeat(0.5 * self.radii, count, axis=0), np.repeat(self.labels, count)
        )


class _Sums(NamedTuple):
    """Box by box: the integral, the estimate of its error and the bound of its rounding error, each (m,)."""

    values: Array
    errors: Array
    rounding: Array


def _rule(dim: int) -> tuple[Array, Array, Array]:
    if dim == 1:
        return NODES[:, None], KRONROD, GAUSS
    x, y = np.meshgrid(NODES, NODES, indexing="ij")
    nodes = np.column_stack([x.ravel(), y.ravel()])
    return nodes, np.outer(KRONROD, KRONROD).ravel(), np.outer(GAUSS, GAUSS).ravel()


def _sums(function: Function, boxes: Boxes, rule: tuple[Array, Array, Array], *, smooth: bool) -> _Sums | None:
    """Return the sums of every box; None where the integrand is not finite."""
    nodes, kronrod, gauss = rule
    dim = boxes.centres.shape[1]
    where = (boxes.centres[:, None, :] + boxes.radii[:, None, :] * nodes).reshape(-1, dim)
    flat, noise = function(where, np.repeat(boxes.labels, len(nodes)))
    values = flat.reshape(-1, len(nodes))
    if not np.all(np.isfinite(values)):
        return None
    volume = np.prod(boxes.radii, axis=1)
    sums = volume * (values @ kronrod)
    crude = np.abs(sums - volume * (values @ gauss))
    means = (sums / (volume * 2.0**dim))[:, None]
    spread = volume * (np.abs(values - means) @ kronrod)
    with np.errstate(divide="ignore", invalid="ignore"):
        sharp = np.where(spread > 0.0, spread * np.minimum(1.0, (200.0 * crude / spread) ** 1.5), 0.0)
    local = np.minimum(crude, sharp) if smooth else KINK_SAFETY * crude
    return _Sums(sums, local, volume * (noise.reshape(-1, len(nodes)) @ kronrod))


def integrate(function: Function, boxes: Boxes, *, relative: float, largest: int, smooth: bool = True) -> Quadrature:
    """Return the integral over a union of boxes, halving those whose error estimate is too large.

    Parameters
    ----------
    function : callable
        Of points (n, d) and labels (n,): the integrand and a bound of its rounding error, both (n,).
    boxes : Boxes
        Where to integrate; a box's label is passed on to the function with every point of it and of its halves.
    relative : float
        Stops when the sum of error estimates is below ``relative * |value|``.
    largest : int
        Greatest number of boxes.
    smooth : bool
        Whether the integrand has no kinks, so that the error estimate may be sharpened.

    Notes
    -----
    The estimate e of a box is the difference between the Kronrod and the Gauss sum; for smooth integrands sharpened
    as in QUADPACK to ``min(e, (200 e/s)^1.5 s)``, s the integral of ``|f - mean|``,
    for others four times e.
    """
    rule = _rule(boxes.centres.shape[1])
    total = error = rounding = 0.0
    points = count = 0
    while True:
        found = _sums(function, boxes, rule, smooth=smooth)
        if found is None:
            return Quadrature(np.inf, np.inf, np.inf, points, False)
        points += len(boxes.centres) * len(rule[0])
        count += len(boxes.centres)
        target = relative * abs(total + float(found.values.sum()))
        order = np.argsort(found.errors)
        # what may stay: the smallest boxes' errors that together fit half of what is left of the tolerance
        fits = np.cumsum(found.errors[order]) <= 0.5 * max(target - error, 0.0)
        stay = np.zeros(len(order), dtype=bool)
        stay[order[fits]] = True
        stay |= found.errors <= 2.0 * found.rounding
        if error + float(found.errors.sum()) <= target or count > largest:
            stay[:] = True
        total += float(found.values[stay].sum())
        error += float(found.errors[stay].sum())
        rounding += float(found.rounding[stay].sum())
        if stay.all():
            return Quadrature(total, error, rounding, points, error <= max(target, 4.0 * rounding))
        boxes = boxes.chosen(~stay).halved()
