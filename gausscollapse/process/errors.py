"""Score errors: what a learned score adds to the true one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked, of_function
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError, NotSupportedError
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import (
    Array,
    as_antisymmetric,
    as_array,
    as_matrix,
    as_number,
    as_points,
    as_vector,
    frozen,
)
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law, as_law
from gausscollapse.process.linear_form import LinearForm
from gausscollapse.process.smoothness import ANALYTIC, UNKNOWN, Smoothness


def _refuse_function(other: object) -> None:
    hint = of_function(other, ScoreError.of_function)
    if hint:
        raise InvalidArgumentError("error", other, "is a bare function", f"a ScoreError{hint}")


class ScoreError(Presented, ABC):
    """A vector field ``e(x, t)`` (1/length) that is added to the score; errors can be scaled and summed.

    A kind of one's own needs `evaluate`, and `linear_form`, which may refuse.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> class Ripple(gc.process.ScoreError):
    ...     def evaluate(self, x, t, *, data):
    ...         return np.sin(x)
    ...     def linear_form(self, data):
    ...         raise gc.core.NotSupportedError("error: a ripple is not affine; accepted: an AffineError")
    >>> data = gc.Gaussian(0, 1)
    >>> total = (Ripple() + gc.AffineError(0, 1)).scaled(2)
    >>> total.evaluate(np.array([0, np.pi / 2]), 1.0, data=data)
    array([2., 4.])
    >>> total.linear_form(data)
    Traceback (most recent call last):
    NotSupportedError: error: a ripple is not affine; accepted: an AffineError
    """

    of_function: ClassVar[str] = "an error: gausscollapse.FunctionError(function)"

    @abstractmethod
    @checked
    def evaluate(self, x: ArrayLike, t: float, *, data: Law) -> Array:
        """Return the error at points and a time.

        Parameters
        ----------
        x : array_like, shape (n, d)
            Points.
        t : float
            Time of the forward process.
        data : Gaussian or GaussianMixture
            Law of the data at time 0.

        Returns
        -------
        ndarray
            ``e(x, t)`` in the shape of `x`.
        """

    @abstractmethod
    @checked
    def linear_form(self, data: Gaussian) -> LinearForm:
        """Return the linear form on Gaussian data.

        Raises
        ------
        NotSupportedError
            If there is none.
        """

    @property
    def smoothness(self) -> Smoothness:
        """What quadratures may rely on; unknown unless a kind says more."""
        return UNKNOWN

    def scaled(self, factor: float) -> ScoreError:
        """Return the error ``factor * e``."""
        return SumError(((as_number("factor", factor), self),))

    def __add__(self, other: ScoreError) -> ScoreError:
        """Return the sum of two errors."""
        _refuse_function(other)
        if not isinstance(other, ScoreError):
            return NotImplemented
        return SumError(((1.0, self), (1.0, other)))


@dataclass(frozen=True, eq=False, repr=False)
class SumError(ScoreError):
    """A weighted sum of errors.

    Parameters
    ----------
    terms : tuple of (float, ScoreError)
        Factors and errors.
    """

    terms: tuple[tuple[float, ScoreError], ...]

    def __post_init__(self) -> None:
        flat: list[tuple[float, ScoreError]] = []
        for factor, error in self.terms:
            inner = error.terms if isinstance(error, SumError) else ((1.0, error),)
            flat.extend((factor * share, term) for share, term in inner)
        object.__setattr__(self, "terms", tuple(flat))

    @property
    def smoothness(self) -> Smoothness:
        """The smoothness that all terms have."""
        return reduce(Smoothness.joined, (error.smoothness for _, error in self.terms))

    def scaled(self, factor: float) -> SumError:
        """Return the sum with every term multiplied by `factor`."""
        number = as_number("factor", factor)
        return SumError(tuple((1.0, term.scaled(number * share)) for share, term in self.terms))

    @checked
    def evaluate(self, x: ArrayLike, t: float, *, data: Law) -> Array:
        """Return the weighted sum of the terms at points `(n, d)`."""
        return np.asarray(sum(factor * error.evaluate(x, t, data=data) for factor, error in self.terms))

    @checked
    def linear_form(self, data: Gaussian) -> LinearForm:
        """Return the sum of the terms' linear forms."""
        forms = [error.linear_form(data).scaled(factor) for factor, error in self.terms]
        total = forms[0]
        for form in forms[1:]:
            total = total.plus(form)
        return total


@dataclass(frozen=True, eq=False, repr=False)
class AffineError(ScoreError):
    """The error ``e(x, t) = matrix @ x + offset``, the same at all times.

    Parameters
    ----------
    matrix : array_like, shape (d, d)
        Slope; a scalar is accepted for d = 1.
    offset : array_like, shape (d,)
        Constant part; a scalar is accepted for d = 1.

    Raises
    ------
    InvalidArgumentError, DimensionMismatchError
        If an entry is not finite or the shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> data = gc.Gaussian([0, 0], np.eye(2))
    >>> error = gc.AffineError([[0, 1], [0, 0]], [1, 0])
    >>> error.evaluate([[2, 3]], 0.5, data=data)
    array([[4., 0.]])
    >>> error.scaled(2).offset
    array([2., 0.])
    >>> error.linear_form(data).matrix
    array([[0., 1.],
           [0., 0.]])
    """

    matrix: Array
    offset: Array

    def __init__(self, matrix: ArrayLike, offset: ArrayLike) -> None:
        vector = as_vector("offset", offset)
        object.__setattr__(self, "offset", frozen(vector))
        object.__setattr__(self, "matrix", frozen(as_matrix("matrix", matrix, vector.size)))

    @checked
    def evaluate(self, x: ArrayLike, t: float, *, data: Law) -> Array:
        """Return ``matrix @ x + offset`` at points `(n, d)`."""
        as_number("t", t, at_least=0.0)
        _same_dimension(self.offset.size, data)
        points, _ = as_points("x", x, self.offset.size)
        return np.asarray(points @ self.matrix.T + self.offset).reshape(np.shape(x))

    @checked
    def linear_form(self, data: Gaussian) -> LinearForm:
        """Return the form with slope and offset alone."""
        _same_dimension(self.offset.size, data)
        return LinearForm(self.matrix, self.offset, np.zeros_like(self.matrix))

    @property
    def smoothness(self) -> Smoothness:
        """Analytic at every time."""
        return ANALYTIC

    def scaled(self, factor: float) -> AffineError:
        """Return the affine error with slope and offset multiplied by `factor`."""
        number = as_number("factor", factor)
        return AffineError(number * self.matrix, number * self.offset)


@dataclass(frozen=True, eq=False, repr=False)
class SolenoidalError(ScoreError):
    """An exactly invisible error: it leaves every marginal of the data as it is.

    On Gaussian data ``e(x, t) = scale Q S_t^{-1}(x - m_t)``; on a mixture the posterior-weighted sum
    ``scale sum_k (w_k N_k/q) Q_k S_k^{-1}(x - m_k)``, whose q_t-weighted divergence is 0 at every time.

    Parameters
    ----------
    antisymmetric : array_like, shape (d, d) or (K, d, d)
        Q with ``Q^T = -Q``, one for all components or one a component.
    scale : float
        Factor; 1 by default.

    Raises
    ------
    InvalidArgumentError
        If a matrix is not antisymmetric or not finite.

    Notes
    -----
    Source: the gradient paper (arXiv 2606.06179) for Gaussians; *own* for mixtures.

    Examples
    --------
    On the standard normal, ``S_t = I`` at every time, and the error turns points about the origin:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> data = gc.Gaussian([0, 0], np.eye(2))
    >>> error = gc.SolenoidalError([[0, 1], [-1, 0]])
    >>> error.evaluate([[1, 0], [0, 2]], 0.7, data=data).round(12) + 0.0
    array([[ 0., -1.],
           [ 2.,  0.]])
    >>> error.scaled(3).scale
    3.0
    >>> error.linear_form(data).response
    array([[ 0.,  1.],
           [-1.,  0.]])
    """

    antisymmetric: Array
    scale: float = 1.0

    def __init__(self, antisymmetric: ArrayLike, scale: float = 1.0) -> None:
        array = as_array("antisymmetric", antisymmetric)
        if array.ndim == 3 and array.shape[0] > 0:
            array = np.array([as_antisymmetric(f"antisymmetric[{k}]", block) for k, block in enumerate(array)])
        else:
            array = as_antisymmetric("antisymmetric", array)
        object.__setattr__(self, "antisymmetric", frozen(array))
        object.__setattr__(self, "scale", as_number("scale", scale))

    @checked
    def evaluate(self, x: ArrayLike, t: float, *, data: Law) -> Array:
        """Return the posterior-weighted solenoidal field at points `(n, d)`."""
        law = marginal(data, t)
        swirl = self._matrices(law)
        points, _ = as_points("x", x, law.dim)
        if isinstance(law, Gaussian):
            field_values = -law.score(points) @ swirl[0].T
        else:
            scores = law.component_scores(points)
            field_values = -np.einsum("nk,kij,knj->ni", law.posterior(points), swirl, scores)
        return np.asarray(self.scale * field_values).reshape(np.shape(x))

    def _matrices(self, law: Law) -> Array:
        count = law.weights.size
        array = self.antisymmetric
        _same_dimension(array.shape[-1], law)
        if array.ndim == 3 and array.shape[0] != count:
            raise DimensionMismatchError(
                "antisymmetric",
                array,
                f"has {array.shape[0]} matrices",
                f"one matrix, or {count}, one a component",
            )
        return np.broadcast_to(array, (count, law.dim, law.dim))

    @checked
    def linear_form(self, data: Gaussian) -> LinearForm:
        """Return the form with ``response = scale Q`` alone."""
        swirl = self._matrices(data)[0]
        return LinearForm(np.zeros_like(swirl), np.zeros(data.dim), self.scale * swirl)

    @property
    def smoothness(self) -> Smoothness:
        """Analytic at every time."""
        return ANALYTIC

    def scaled(self, factor: float) -> SolenoidalError:
        """Return the solenoidal error with its scale multiplied by `factor`."""
        return SolenoidalError(self.antisymmetric, self.scale * as_number("factor", factor))


@dataclass(frozen=True, eq=False, repr=False)
class AmplifiedScoreError(ScoreError):
    """A score learned too strong or too weak: ``e = factor * grad log q_t``, the score times ``1 + factor``.

    Parameters
    ----------
    factor : float
        Relative error of the score, dimensionless.

    Raises
    ------
    InvalidArgumentError
        If the factor is not finite.

    Examples
    --------
    The score of N(0, 4) at 2 is -1/2; at time 0 a tenth of it is the error.

    >>> import gausscollapse as gc
    >>> data, error = gc.Gaussian(0, 4), gc.AmplifiedScoreError(0.1)
    >>> error.evaluate(2.0, 0.0, data=data).round(12)
    np.float64(-0.05)
    >>> error.scaled(-2)
    AmplifiedScoreError(factor=-0.2)
    >>> error.linear_form(data).response
    array([[-0.1]])
    """

    factor: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "factor", as_number("factor", self.factor))

    @checked
    def evaluate(self, x: ArrayLike, t: float, *, data: Law) -> Array:
        """Return ``factor * grad log q_t`` at points `(n, d)`."""
        return self.factor * marginal(data, t).score(x)

    @checked
    def linear_form(self, data: Gaussian) -> LinearForm:
        """Return the form with ``response = -factor I``."""
        zero = np.zeros((data.dim, data.dim))
        return LinearForm(zero, np.zeros(data.dim), -self.factor * np.eye(data.dim))

    @property
    def smoothness(self) -> Smoothness:
        """Analytic at every time."""
        return ANALYTIC

    def scaled(self, factor: float) -> AmplifiedScoreError:
        """Return the error with its relative factor multiplied by `factor`."""
        return AmplifiedScoreError(self.factor * as_number("factor", factor))


@dataclass(frozen=True, eq=False, repr=False)
class RealizableError(ScoreError):
    """The learned score is the exact score of another law: ``e = grad log q~_t - grad log q_t``.

    Parameters
    ----------
    target : Gaussian or GaussianMixture
        The law q~ at time 0.

    Raises
    ------
    InvalidArgumentError
        If the target is not a law.

    Examples
    --------
    The score of N(1, 1) is ``1 - x``, that of N(0, 1) is ``-x``: at time 0 they differ by 1 everywhere.

    >>> import gausscollapse as gc
    >>> data, error = gc.Gaussian(0, 1), gc.RealizableError(gc.Gaussian(1, 1))
    >>> error.evaluate([-3, 0, 5], 0.0, data=data)
    array([1., 1., 1.])
    >>> error.scaled(2).evaluate(0, 0.0, data=data)
    array(2.)
    >>> error.linear_form(data).share
    1.0
    """

    target: Law

    def __post_init__(self) -> None:
        as_law("target", self.target)

    @property
    def smoothness(self) -> Smoothness:
        """Analytic at every time."""
        return ANALYTIC

    @checked
    def evaluate(self, x: ArrayLike, t: float, *, data: Law) -> Array:
        """Return the difference of the two scores at points `(n, d)`."""
        _same_dimension(self.target.dim, data)
        return np.asarray(marginal(self.target, t).score(x) - marginal(data, t).score(x))

    @checked
    def linear_form(self, data: Gaussian) -> LinearForm:
        """Return the form with ``share = 1``; a mixture target has none."""
        if not isinstance(self.target, Gaussian):
            raise NotSupportedError(
                "error: a realizable error with a mixture target is not affine; accepted: a Gaussian"
            )
        _same_dimension(self.target.dim, data)
        zero = np.zeros((data.dim, data.dim))
        return LinearForm(zero, np.zeros(data.dim), zero, 1.0, self.target)


def _same_dimension(dim: int, data: Law) -> None:
    if dim != data.dim:
        raise DimensionMismatchError("error", dim, f"has dimension {dim}", f"dimension {data.dim}, as the data")
