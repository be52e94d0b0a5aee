"""The 1-Wasserstein distance: on the line for all laws, beyond for Gaussians of one covariance."""

from __future__ import annotations

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import as_choice
from gausscollapse.divergences._exact import same_law
from gausscollapse.divergences._laws import as_laws
from gausscollapse.divergences.line_norms import SignedLine
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law

UNIT = 2.0**-53


def wasserstein1(p: Law, q: Law, *, method: str = "auto") -> Enclosure:
    """Return the 1-Wasserstein distance, a length: the mean distance by which the best plan moves mass.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension: in d = 1 any, beyond Gaussians of one covariance.
    method : {"auto", "closed-form"}
        Both are the closed form.

    Returns
    -------
    Enclosure
        A length, symmetric in p and q.

    Raises
    ------
    DimensionMismatchError, UnknownNameError
        As in `kl`.
    NotSupportedError
        Beyond d = 1, but for Gaussians of one covariance.

    Notes
    -----
    In d = 1 it is ``int |F_p - F_q|`` over the distribution functions; where their difference keeps its sign the
    integral is exact, elsewhere it is bounded. Between Gaussians of one covariance it is ``|m_p - m_q|``: moving all
    mass by that much does it, and no function of slope 1 tells more. Source: Vallender 1974; the bounds: *own*.

    Examples
    --------
    A spread that doubles moves mass by ``E |Z|``, the mean size of a standard normal:

    >>> import gausscollapse as gc
    >>> round(gc.wasserstein1(gc.Gaussian(0, 1), gc.Gaussian(0, 4)).value, 10)
    0.7978845608

    The distance to a law that is wider by a mode of weight 1/10, three away:

    >>> outlier = gc.GaussianMixture([0.9, 0.1], [0.0, 3.0], 1.0)
    >>> round(gc.wasserstein1(gc.Gaussian(0, 1), outlier).value, 10)
    0.3
    """
    as_choice("method", method, ("auto", "closed-form"))
    first, second = as_laws(p, q)
    if same_law(first, second):
        return Enclosure.exact(0.0, "identical laws", "certified")
    if first.dim == 1:
        return SignedLine.difference(first, second).wasserstein1()
    if isinstance(first, Gaussian) and isinstance(second, Gaussian) and np.array_equal(first.cov, second.cov):
        length = float(np.linalg.norm(first.mean - second.mean))
        error = 4.0 * UNIT * (first.dim + 4.0) * length
        return Enclosure(length, length - error, length + error, "closed form between Gaussians", "closed-form")
    raise NotSupportedError(
        f"wasserstein1 has no closed form in dimension {first.dim} for these laws; accepted: laws in dimension 1, "
        "Gaussians of one covariance; wasserstein2 bounds it between Gaussians, mmd is finite for all laws"
    )
