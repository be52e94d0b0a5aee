"""The linear form of a score error, from which everything of the exact linear-Gaussian case is computed.

``e(x, t) = A x + b + R S_t^{-1}(x - m_t) + c (S_t^{-1}(x - m_t) - V_t^{-1}(x - n_t))`` with ``N(m_t, S_t)`` the
data's marginal and ``N(n_t, V_t)`` that of a target law.
"""

from __future__ import annotations

from dataclasses import dataclass

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian


@dataclass(frozen=True, eq=False)
class LinearForm:
    """Coefficients of an error that is affine in x, for Gaussian data of dimension d.

    Parameters
    ----------
    matrix : ndarray, shape (d, d)
        A, the constant slope (1/time).
    offset : ndarray, shape (d,)
        b, the constant part.
    response : ndarray, shape (d, d)
        R, the factor of ``S_t^{-1}(x - m_t)``.
    share : float
        c, the weight of the realizable part; 0 without a target.
    target : Gaussian or None
        The target law at time 0.

    Examples
    --------
    The forms of a sum and of a multiple are the sum and the multiple of the forms:

    >>> import gausscollapse as gc
    >>> data = gc.Gaussian(0, 1)
    >>> affine = gc.AffineError(1, 2).linear_form(data)
    >>> amplified = gc.AmplifiedScoreError(0.5).linear_form(data)
    >>> form = affine.scaled(3).plus(amplified)
    >>> form.matrix, form.offset, form.response
    (array([[3.]]), array([6.]), array([[-0.5]]))
    """

    matrix: Array
    offset: Array
    response: Array
    share: float = 0.0
    target: Gaussian | None = None

    def scaled(self, factor: float) -> LinearForm:
        """Return the form of `factor` times the error."""
        return LinearForm(
            factor * self.matrix,
            factor * self.offset,
            factor * self.response,
            factor * self.share,
            self.target,
        )

    @checked
    def plus(self, other: LinearForm) -> LinearForm:
        """Return the form of the sum; two different targets are refused."""
        if self.target is not None and other.target is not None and self.target != other.target:
            raise NotSupportedError("error: a sum of realizable errors needs one common target; accepted: one target")
        return LinearForm(
            self.matrix + other.matrix,
            self.offset + other.offset,
            self.response + other.response,
            self.share + other.share,
            self.target if self.target is not None else other.target,
        )
