"""The maximum mean discrepancy of two laws: finite for all of them, in any dimension, in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array, as_choice
from gausscollapse.divergences._laws import as_laws
from gausscollapse.divergences.mean_embeddings import FAINT, MeanEmbeddings, as_width
from gausscollapse.laws.mixture import Law

METHOD = "closed form, sum over pairs of components"
SHARP = 1e-10


def mmd(p: Law, q: Law, *, width: float, method: str = "auto") -> Enclosure:
    """Return the maximum mean discrepancy of two laws under a Gaussian kernel (the distance, not its square).

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension.
    width : float
        l of the kernel ``exp(-|x - y|^2/(2 l^2))``, a length, from 1e-100 to 1e100: what differs on a much shorter
        scale is not seen.
    method : {"auto", "closed-form"}
        Both are the closed form.

    Returns
    -------
    Enclosure
        Dimensionless value between 0 and sqrt(2), symmetric in p and q; 0 for equal laws only.

    Raises
    ------
    DimensionMismatchError, UnknownNameError, InvalidArgumentError
        As in `kl`, or where the width is out of range.

    Notes
    -----
    ``MMD(p, q)^2 = E k(X, X') - 2 E k(X, Y) + E k(Y, Y')`` with independent ``X, X' ~ p`` and ``Y, Y' ~ q``; between
    Gaussians ``E k = l^d det(S)^{-1/2} exp(-|S^{-1/2}(m - m')|^2/2)``, ``S = l^2 I + V + V'``. It is the distance of
    two points of a Hilbert space, and at most ``sqrt(2)`` times the total variation, so finite where chi-squared
    is not. The sum is formed to twice the precision of floats, and of exact rationals where that is too coarse.
    Source: Gretton et al. 2012; the closed form: convolution of Gaussians.

    Examples
    --------
    Two unit Gaussians one apart, seen at the scale 1: ``sqrt(2 (1 - exp(-1/6))/sqrt(3))``.

    >>> import gausscollapse as gc
    >>> round(gc.mmd(gc.Gaussian(0, 1), gc.Gaussian(1, 1), width=1.0).value, 10)
    0.4210316317

    A heavier tail makes chi-squared infinite, not this:

    >>> wide = gc.Gaussian(0, 3)
    >>> gc.chi2(wide, gc.Gaussian(0, 1)).value, gc.mmd(wide, gc.Gaussian(0, 1), width=1.0).value < 0.25
    (inf, True)
    """
    as_choice("method", method, ("auto", "closed-form"))
    first, second = as_laws(p, q)
    return _distance(_difference(first, second), as_width(width))


@dataclass(frozen=True, eq=False)
class _Difference:
    """``p - q`` as a signed sum of distinct Gaussians; weights are exact."""

    weights: tuple[Fraction, ...]
    means: Array
    covs: Array


def _difference(p: Law, q: Law) -> _Difference:
    found: dict[tuple[bytes, bytes], tuple[Fraction, Array, Array]] = {}
    for law, sign in ((p, 1), (q, -1)):
        weights = [Fraction(weight) for weight in law.weights.tolist()]
        total = sign * sum(weights, Fraction(0))
        # Adding 0 turns -0 into 0, whose bytes differ.
        for weight, mean, cov in zip(weights, law.means + 0.0, law.covs + 0.0, strict=True):
            key = mean.tobytes(), cov.tobytes()
            known = found[key][0] if key in found else Fraction(0)
            found[key] = known + weight / total, mean, cov
    kept = [entry for entry in found.values() if entry[0] != 0]
    dim = p.dim
    means = np.array([mean for _, mean, _ in kept]).reshape(-1, dim)
    covs = np.array([cov for *_, cov in kept]).reshape(-1, dim, dim)
    return _Difference(tuple(weight for weight, *_ in kept), means, covs)


def _distance(difference: _Difference, width: float) -> Enclosure:
    if not difference.weights:
        return Enclosure.exact(0.0, "identical laws", "certified")
    highs = [float(weight) for weight in difference.weights]
    lows = [float(exact - Fraction(high)) for exact, high in zip(difference.weights, highs, strict=True)]
    means, covs = (np.array([part, np.zeros_like(part)]) for part in (difference.means, difference.covs))
    value, error = MeanEmbeddings(means, covs, width).form(np.array([highs, lows]))
    if error <= SHARP * value:
        return _root(value, error)
    from gausscollapse.divergences.certified import discrepancy_sum, gaussians

    if gaussians.fits(difference.means.shape[1], len(highs)):
        return discrepancy_sum.distance(difference.weights, difference.means, difference.covs, width)
    return _root(value, error)


def _root(value: float, error: float) -> Enclosure:
    value = min(max(value, 0.0), 2.0)
    low, high = max(value - error, 0.0), min(value + error + FAINT, 2.0)
    return Enclosure(value, low, high, METHOD, "closed-form").sqrt()
