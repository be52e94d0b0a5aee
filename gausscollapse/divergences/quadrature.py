"""Adaptive quadrature of divergences in d = 1 and d = 2, in log space; its guarantee is *numeric*.

d = 1: Gauss-Kronrod panels that start at multiples of every component's standard deviation, of p, of q and, for
powers, of their tilted products, so that no scale can be missed.

d = 2: with the carrier ``c = sum c_i N(m_i, L_i L_i^T)`` of `_carrier`, ``int f = sum_i c_i E[(f/c)(m_i + L_i z)]``
with z standard normal: one integral a component, in its own rotated and scaled coordinates, over boxes that are
first cut down to the scale of every component inside them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.divergences._carrier import Carrier, carrier
from gausscollapse.divergences._integral import Integral
from gausscollapse.divergences._integrands import EPSILON, evaluate
from gausscollapse.divergences._kronrod import NODES, Boxes, Labels, Quadrature
from gausscollapse.divergences._kronrod import integrate as integrate_boxes
from gausscollapse.divergences._loglaw import LogLaw
from gausscollapse.laws.gaussian import LOG_TWO_PI
from gausscollapse.laws.mixture import Law

REACH = 9.5
# Floats within a deviation that a component must have.
RESOLVED = 4.0
MARKS = np.array([-REACH, -7.0, -4.5, -3.0, -1.5, 0.0, 1.5, 3.0, 4.5, 7.0, REACH])
LARGEST_LINE, LARGEST_PLANE, LARGEST_KINKED, LARGEST_START = 20_000, 20_000, 4_000, 6_000
KINK_TOLERANCE = 3e-5


class _Integrand:
    """Integrand over the carrier or over 1, at points relative to the origin."""

    def __init__(self, integral: Integral, p: Law, q: Law, origin: Array, shift: float) -> None:
        self.integral, self.shift = integral, shift
        self.p, self.q = (LogLaw(law.weights, law.means - origin, law.covs) for law in (p, q))

    def log_ratio(self, x: Array) -> Array:
        return self.p.log(x)[0] - self.q.log(x)[0]

    def __call__(self, x: Array, log_unit: Array | float = 0.0) -> tuple[Array, Array]:
        log_p, noise_p = self.p.log(x)
        log_q, noise_q = self.q.log(x)
        gap = None
        if self.integral.kind == "fisher":
            scores = self.p.score(x), self.q.score(x)
            lengths = [np.linalg.norm(score, axis=1) for score in (scores[0] - scores[1], *scores)]
            gap = np.array([lengths[0], 16.0 * EPSILON * (lengths[1] + lengths[2])])
        return evaluate(self.integral, log_p, log_q, log_unit + self.shift, noise_p, noise_q, gap)


def _origin(p: Law, q: Law) -> Array:
    """Return the place that points are counted from: floats are densest there, so on a line the narrowest one's."""
    if p.dim > 1:
        return np.array(p.mean, dtype=float)
    means, covs = (np.concatenate([getattr(law, name) for law in (p, q)]) for name in ("means", "covs"))
    return np.array(means[np.argmin(covs[:, 0, 0])], dtype=float)


def _require_resolved(laws: Sequence[Law], origin: Array) -> None:
    """Refuse a component that lies between the floats around its mean: no panel meets it, and none tells."""
    for law in laws:
        widths = np.sqrt(np.diagonal(law.covs, axis1=1, axis2=2))
        if np.any(widths < RESOLVED * np.spacing(np.abs(law.means - origin))):
            raise NotSupportedError(
                "quadrature: a component is narrower than floats resolve at its mean; "
                "accepted: method='certified' in d = 1, or method='monte-carlo'"
            )


def _line_panels(cover: Carrier, origin: Array) -> Boxes:
    deviations = np.sqrt(cover.covs[:, 0, 0])
    centres = cover.means[:, 0] - origin[0]
    marks = (centres[:, None] + deviations[:, None] * MARKS).ravel()
    order = np.argsort(marks)
    rows = zip(marks[order].tolist(), np.repeat(deviations, MARKS.size)[order].tolist(), strict=True)
    last, scale = next(rows)
    kept = [last]
    for mark, deviation in rows:
        # a mark that repeats its neighbour on both their scales
        if mark - last > 0.5 * min(deviation, scale):
            kept.append(mark)
            last, scale = mark, deviation
    kept[-1] = max(kept[-1], float(marks.max()))
    marks = np.array(kept)
    if marks.size < 2:
        raise NotSupportedError("quadrature: the components are narrower than floats resolve at their means")
    return Boxes.between(_graded(marks))


def _graded(marks: Array) -> Array:
    """Halve intervals until none is more than six times as long as a neighbour: scales change by steps."""
    while True:
        gaps = np.diff(marks)
        beside = np.minimum(np.append(gaps[1:], np.inf), np.insert(gaps[:-1], 0, np.inf))
        long = np.flatnonzero(gaps > 6.0 * beside)
        if not long.size:
            return marks
        marks = np.sort(np.concatenate([marks, 0.5 * (marks[long] + marks[long + 1])]))


def _cut_at_crossings(panels: Boxes, log_ratio: Callable[[Array], Array]) -> Boxes:
    """Cut panels at the sign changes of log p/q, found by bisection between the points of a first pass."""
    centres, radii = panels.centres, panels.radii
    grid = np.sort((centres + radii * NODES).ravel())
    positive = log_ratio(grid[:, None]) > 0.0
    changes = np.flatnonzero(positive[1:] != positive[:-1])
    low, high, sign = grid[changes], grid[changes + 1], positive[changes]
    for _ in range(60):
        middle = 0.5 * (low + high)
        same = (log_ratio(middle[:, None]) > 0.0) == sign if middle.size else sign
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    edges = np.unique(np.concatenate([(centres - radii).ravel(), (centres[-1] + radii[-1]), 0.5 * (low + high)]))
    return Boxes.between(edges)


def _plane_boxes(label: int, cover: Carrier, factor: Array) -> Boxes:
    """Return boxes in the coordinates of one component, none much wider than a component that meets it."""
    grid = np.linspace(-REACH, REACH, 5)
    middles = 0.5 * (grid[1:] + grid[:-1])
    centres = np.array([[x, y] for x in middles for y in middles])
    boxes = Boxes.labelled(centres, np.full_like(centres, 0.5 * (grid[1] - grid[0])), label)
    places = np.linalg.solve(factor, (cover.means - cover.means[label]).T).T
    halves = np.linalg.solve(factor, np.linalg.cholesky(cover.covs))
    shapes = halves @ np.swapaxes(halves, 1, 2)
    extents = 4.0 * np.sqrt(np.diagonal(shapes, axis1=1, axis2=2))
    widths = np.sqrt(np.maximum(np.linalg.eigvalsh(shapes)[:, 0], 0.0))
    for place, extent, width in zip(places, extents, widths, strict=True):
        while True:
            near = np.all(np.abs(boxes.centres - place) <= boxes.radii + extent, axis=1)
            meets = near & (boxes.radii[:, 0] > 12.0 * width)
            if not meets.any():
                break
            boxes = Boxes.joined([boxes.chosen(~meets), boxes.chosen(meets).halved()])
            if len(boxes.centres) > LARGEST_START:
                raise NotSupportedError(
                    "quadrature: components of too different scales in d = 2; accepted: method='monte-carlo'"
                )
    return boxes


def integrate(integral: Integral, p: Law, q: Law, *, tolerance: float, shift: float = 0.0) -> Enclosure:
    """Return ``exp(-shift)`` times the integral of `integral`, which must be finite, for laws of dimension 1 or 2.

    Parameters
    ----------
    integral : Integral
        What to integrate.
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension.
    tolerance : float
        Relative tolerance; in d = 2 at least 3e-5 for total variation, whose integrand has a kink. The interval is
        the sum of the error estimates and of the rounding bounds, and never narrower than a twentieth of it.
    shift : float
        Natural logarithm of a scale that keeps the answer within floats.

    Raises
    ------
    NotSupportedError
        If a component is so narrow that floats do not resolve it where it is, or if d = 2 and the scales of the
        components differ too much to be resolved by boxes.
    """
    smooth = integral.kind != "variation"
    if p.dim == 2 and not smooth:
        tolerance = max(tolerance, KINK_TOLERANCE)
    cover = carrier(integral, p, q)
    origin = _origin(p, q)
    _require_resolved((p, q), origin)
    density = _Integrand(integral, p, q, origin, shift)
    if p.dim == 1:
        panels = _line_panels(cover, origin)
        if not smooth:
            panels = _cut_at_crossings(panels, density.log_ratio)
        found = integrate_boxes(
            lambda x, _: density(x), panels, relative=tolerance, largest=LARGEST_LINE, smooth=smooth
        )
    else:
        found = _plane(density, cover, origin, tolerance, smooth)
    if np.isinf(found.value):
        return Enclosure(np.inf, 0.0, np.inf, "adaptive quadrature (beyond the range of floats)", "numeric")
    rounding = found.rounding + 8.0 * EPSILON * abs(found.value)
    half = found.error + rounding + 0.05 * tolerance * abs(found.value)
    name = "adaptive Gauss-Kronrod quadrature" if p.dim == 1 else "adaptive cubature in component coordinates"
    note = "" if found.converged else ", tolerance not reached"
    value = max(found.value, 0.0)
    low, high = max(0.0, value - half), value + half
    if shift == 0.0:
        value, high = min(value, integral.unit), min(high, integral.unit)
    return Enclosure(value, min(low, value), high, f"{name} ({found.points} points{note})", "numeric")


def _plane(density: _Integrand, cover: Carrier, origin: Array, tolerance: float, smooth: bool) -> Quadrature:
    means = cover.means - origin
    factors = np.linalg.cholesky(cover.covs)
    mixture = LogLaw(cover.weights, means, cover.covs)
    boxes = Boxes.joined([_plane_boxes(i, cover, factor) for i, factor in enumerate(factors)])

    def function(z: Array, label: Labels) -> tuple[Array, Array]:
        x = means[label] + np.einsum("nij,nj->ni", factors[label], z)
        log_c, _ = mixture.log(x)
        log_normal = np.log(cover.weights)[label] - 0.5 * np.sum(z * z, axis=1) - LOG_TWO_PI
        return density(x, log_c - log_normal)

    return integrate_boxes(
        function,
        boxes,
        relative=tolerance,
        largest=LARGEST_PLANE if smooth else LARGEST_KINKED,
        smooth=smooth,
    )
