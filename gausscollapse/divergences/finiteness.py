r"""Whether ``int p^a q^(1-a)`` is finite, decided before any number is computed.

For a <= 1 it is at most 1. For a > 1, since ``p^a`` lies between ``max_k`` and a constant times the sum of
``(w_k N_k)^a``, it is finite iff ``int N_k^a q^(1-a)`` is for every component k of p; and since q lies between
``max_j v_j M_j`` and a constant times it, that is so iff ``exp(-max_j g_kj/2)`` is integrable, with g_kj the
quadratic with matrix ``D_kj = a S_k^{-1} - (a-1) V_j^{-1}``.

- d = 1: as x tends to +inf one component of q dominates (largest variance, then largest mean); the integral
  converges there iff ``D > 0``, or ``D = 0`` and the exponent falls linearly. This is decided in rational arithmetic.
- d >= 2: finite if for every k some convex combination of the D_kj is positive definite (one j alone is tested
  first, by the equivalent ``a V_j - (a-1) S_k > 0``); infinite if for some k there is a direction u with
  ``u^T D_kj u < 0`` for every j, for then the integrand grows on an open cone. Between the two lie cases where these
  certificates do not tell, and the answer is *undecided*. Where q has one component the first test decides alone.

Own derivation; for two Gaussians it is the known condition (Gil, Alajaji and Linder 2013).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import UndecidedError
from gausscollapse.core.rounding import EPS
from gausscollapse.core.triangular import solve_triangle
from gausscollapse.core.validation import Array, as_number
from gausscollapse.divergences._definite import mix_is_positive
from gausscollapse.divergences._exact import LineLaw, line_law
from gausscollapse.divergences._laws import as_laws
from gausscollapse.divergences.closed import correlation_condition
from gausscollapse.laws.mixture import Law

FINITE, INFINITE, UNDECIDED = "finite", "infinite", "undecided"


@dataclass(frozen=True)
class Finiteness:
    """The answer of `decide`: whether an integral is finite, and why.

    Parameters
    ----------
    state : {"finite", "infinite", "undecided"}
        What is known of ``int p^a q^(1-a)``.
    reason : str
        Why, in words.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> answer = gc.divergences.decide(gc.Gaussian(0, 1), gc.Gaussian(0, 1), order=2)
    >>> answer.state, answer.finite, answer.infinite
    ('finite', True, False)
    """

    state: str
    reason: str

    @property
    def finite(self) -> bool:
        """Whether the integral is known to be finite."""
        return self.state == FINITE

    @property
    def infinite(self) -> bool:
        """Whether the integral is known to be infinite."""
        return self.state == INFINITE


@checked
def decide(p: Law, q: Law, *, order: float) -> Finiteness:
    """Return whether ``int p^a q^(1-a)`` is finite, and why.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension.
    order : float
        a > 0. Chi2 and the Renyi divergence of order 2 ask for a = 2; KL, total variation, Hellinger and Fisher
        divergences between non-degenerate mixtures are always finite and need no decision.

    Returns
    -------
    Finiteness
        In d = 1 never undecided: the tails are compared in rational arithmetic.

    Raises
    ------
    InvalidArgumentError
        If an argument is not a law, or the order not a number above 0.
    DimensionMismatchError
        If the dimensions differ.

    Notes
    -----
    Between Gaussians: finite iff ``a S_q - (a - 1) S_p`` is positive definite. The module has the rule for mixtures.
    Source: Gil, Alajaji and Linder 2013 (Gaussians); *own* (mixtures).

    Examples
    --------
    A law of twice the variance has an infinite chi2, whose integrand is then a constant far out, but a finite Renyi
    divergence of order 3/2:

    >>> import gausscollapse as gc
    >>> p, q = gc.Gaussian(0, 2), gc.Gaussian(0, 1)
    >>> gc.divergences.decide(p, q, order=2).state, gc.divergences.decide(p, q, order=1.5).state
    ('infinite', 'finite')
    """
    p, q = as_laws(p, q)
    order = as_number("order", order, above=0.0)
    if order <= 1.0:
        return Finiteness(FINITE, "for order a <= 1, p^a q^(1-a) is at most a p + (1 - a) q")
    if p.dim == 1:
        return _on_the_line(line_law(p), line_law(q), Fraction(order))
    return _in_space(p, q, order)


def _on_the_line(p: LineLaw, q: LineLaw, order: Fraction) -> Finiteness:
    for first, second, end in ((p, q, "+inf"), (p.reflected(), q.reflected(), "-inf")):
        _, centre, variance = second.dominant()
        for _, mean, spread in first.components:
            curvature = order / spread - (order - 1) / variance
            slope = order * mean / spread - (order - 1) * centre / variance
            if curvature > 0 or (curvature == 0 and slope < 0):
                continue
            sign = 1 if end == "+inf" else -1
            compared = "is negative" if curvature < 0 else "is 0 and the linear term does not fall"
            return Finiteness(
                INFINITE,
                f"as x tends to {end} the component N({float(sign * mean):.6g}, {float(spread):.6g}) of p wins over "
                f"N({float(sign * centre):.6g}, {float(variance):.6g}) of q: "
                f"a/{float(spread):.6g} - (a-1)/{float(variance):.6g} {compared} for order a = {float(order):.6g}",
            )
    return Finiteness(FINITE, "in both tails the integrand falls, by exact comparison of the winning components")


def _pair_is_finite(spread: Array, other: Array, order: float) -> bool | None:
    """Return whether ``a V - (a-1) S`` is positive definite; None where even the exact test could not tell."""
    try:
        return mix_is_positive(spread, other, order)
    except UndecidedError:
        return None


def _in_space(p: Law, q: Law, order: float) -> Finiteness:
    for k, spread in enumerate(p.covs):
        alone = [_pair_is_finite(spread, other, order) for other in q.covs]
        if any(alone):
            continue
        if len(alone) == 1 and alone[0] is False:
            return Finiteness(
                INFINITE,
                f"component {k} of p is too wide for q: a V - (a-1) S is not positive definite for a = {order:g}",
            )
        forms, error = _forms(spread, q.covs, order)
        if _combination_is_positive(forms, error):
            continue
        direction = _negative_direction(forms, error)
        if direction is not None:
            world = np.linalg.cholesky(spread) @ direction
            world = world / np.linalg.norm(world)
            shown = ", ".join(f"{x:.4g}" for x in world[:6]) + (", ..." if world.size > 6 else "")
            return Finiteness(
                INFINITE,
                f"along ({shown}) the tail of component {k} of p wins over every component of q: "
                f"u^T (a S^-1 - (a-1) V^-1) u < 0 for each, a = {order:g}",
            )
        return Finiteness(
            UNDECIDED,
            f"component {k} of p: no component of q (and no convex combination found) dominates it in every "
            "direction, and no direction was found in which it wins over all of them",
        )
    return Finiteness(FINITE, "every component of p is dominated by q in every direction")


def _forms(spread: Array, others: Array, order: float) -> tuple[Array, float]:
    """Return ``a I - (a-1) L^T V_j^{-1} L`` with ``L L^T = S``, shape (J, d, d), and a bound of its error."""
    factor = np.linalg.cholesky(spread)
    dim = len(factor)
    forms, error = [], 0.0
    for other in others:
        half = solve_triangle(np.linalg.cholesky(other), factor)
        gram = half.T @ half
        conditions = correlation_condition(spread) + correlation_condition(other)
        forms.append(order * np.eye(dim) - (order - 1.0) * gram)
        error = max(error, 64.0 * EPS * dim * conditions * (order + float(np.linalg.norm(gram, 2))))
    return np.array(forms), error


def _combination_is_positive(forms: Array, error: float) -> bool:
    """Return whether a convex combination with eigenvalues above `error` is found, by mirror ascent."""
    weights = np.full(len(forms), 1.0 / len(forms))
    size = float(np.max(np.abs(forms)))
    for step in range(1, 200):
        eigenvalues, vectors = np.linalg.eigh(np.einsum("j,jab->ab", weights, forms))
        if eigenvalues[0] > error:
            return True
        gains = np.einsum("a,jab,b->j", vectors[:, 0], forms, vectors[:, 0])
        weights = weights * np.exp((gains - gains.max()) / (size * np.sqrt(step)) * 4.0)
        weights /= weights.sum()
    return False


def _negative_direction(forms: Array, error: float) -> Array | None:
    """Return a unit vector u with ``u^T D_j u < -error`` for every j, where one is found."""
    dim = forms.shape[1]
    rng = np.random.default_rng(0)
    starts: list[Any] = [vector for form in forms for vector in np.linalg.eigh(form)[1].T]
    starts += list(rng.standard_normal((64, dim)))
    if dim == 2:
        angles = np.linspace(0.0, np.pi, 2049)[:-1]
        starts = list(np.column_stack([np.cos(angles), np.sin(angles)]))
    u = np.array(starts)
    size = float(np.max(np.abs(forms)))
    for step in range(1, 200):
        u = u / np.linalg.norm(u, axis=1, keepdims=True)
        values = np.einsum("na,jab,nb->nj", u, forms, u)
        worst = np.argmax(values, axis=1)
        best = int(np.argmin(values.max(axis=1)))
        if values[best].max() < -error:
            return np.asarray(u[best])
        u = u - 2.0 * np.einsum("nab,nb->na", forms[worst], u) / (size * np.sqrt(step) * 2.0)
    return None
