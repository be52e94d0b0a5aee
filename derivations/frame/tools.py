"""What several proofs use: Gaussian integrals and moments, generic covariances, finite probability spaces."""

from collections.abc import Sequence
from functools import cache

from sympy import Add, Expr, Function, Matrix, Poly, S, Symbol, cancel, diff, exp, log, pi, sqrt, symbols

from derivations.frame.certificates import Sign, sign


def gaussian_integral(exponent: Expr, variable: Symbol) -> Expr:
    r"""Integrate ``exp(exponent)`` over the line, for a quadratic exponent (the lemma of ``gaussian-integral``).

    Raises `ValueError` where it is not quadratic, or not known to decay.

    .. math:: \int e^{-a x^2/2 + b x + c} dx = \sqrt{2 \pi / a}\, e^{b^2 / (2 a) + c}
    """
    quadratic = Poly(exponent, variable)
    if quadratic.degree() > 2:
        raise ValueError(f"the exponent has degree {quadratic.degree()} in {variable}; accepted: at most 2")
    a, b, c = (
        -2 * quadratic.coeff_monomial(variable**2),
        quadratic.coeff_monomial(variable),
        quadratic.coeff_monomial(1),
    )
    if sign(a) is not Sign.POSITIVE and sign(cancel(a)) is not Sign.POSITIVE:
        raise ValueError(f"the exponent is not known to decay: {-a / 2} {variable}^2")
    return sqrt(2 * pi / a) * exp(b**2 / (2 * a) + c)


def expectation(polynomial: Expr, variables: Sequence[Symbol], mean: Matrix, cov: Matrix) -> Expr:
    r"""Expectation of a polynomial under ``N(mean, cov)`` by Stein's recursion (the lemma of
    ``gaussian-integral``).

    .. math:: E[x_i f(x)] = m_i E f + \sum_j S_{ij} E\, \partial_j f

    The sum over monomials is left as it is, for a step to compute.
    """

    @cache
    def moment(powers: tuple[int, ...]) -> Expr:
        first = next((i for i, power in enumerate(powers) if power), None)
        if first is None:
            return S.One
        lower = _less(powers, first)
        total = mean[first] * moment(lower)
        for j, power in enumerate(lower):
            if power:
                total += cov[first, j] * power * moment(_less(lower, j))
        return total

    terms = (coefficient * moment(powers) for powers, coefficient in Poly(polynomial, *variables).terms())
    return Add(*terms, evaluate=False)


def _less(powers: tuple[int, ...], index: int) -> tuple[int, ...]:
    return tuple(power - (i == index) for i, power in enumerate(powers))


def log_density(x: Matrix, mean: Matrix, cov: Matrix) -> Expr:
    """Log-density of ``N(mean, cov)``."""
    centred = x - mean
    return -(centred.T * cov.inv() * centred)[0] / 2 - log(cov.det()) / 2 - len(x) * log(2 * pi) / 2


def normal(x: Expr, mean: Expr, variance: Expr) -> Expr:
    """Density of the one-dimensional normal law."""
    return exp(-((x - mean) ** 2) / (2 * variance)) / sqrt(2 * pi * variance)


def covariance(name: str) -> Matrix:
    """Return the general 2 x 2 covariance, by its Cholesky factor (positive diagonal, real corner)."""
    a, c = symbols(f"{name}_1 {name}_2", positive=True)
    b = Symbol(f"{name}_3", real=True)
    factor = Matrix([[a, 0], [b, c]])
    return factor * factor.T


def vector(name: str) -> Matrix:
    """Return the general vector of two real entries."""
    return Matrix(symbols(f"{name}_1 {name}_2", real=True))


def gradient(function: Expr, x: Sequence[Symbol]) -> Matrix:
    """Return the column of partial derivatives."""
    return Matrix([diff(function, coordinate) for coordinate in x])


def divergence(field: Sequence[Expr], x: Sequence[Symbol]) -> Expr:
    """Return the divergence of a vector field."""
    return sum(diff(component, coordinate) for component, coordinate in zip(field, x, strict=True))


def laplacian(function: Expr, x: Sequence[Symbol]) -> Expr:
    """Return the sum of second derivatives."""
    return sum(diff(function, coordinate, 2) for coordinate in x)


def positive_function(name: str, *arguments: Symbol) -> Expr:
    """Return a density that is otherwise arbitrary."""
    return Function(name, positive=True)(*arguments)


def weighted(weights: Sequence[Expr], *factors: Sequence[Expr]) -> Expr:
    """Return the weighted sum of products over the atoms of a finite space."""
    total = S.Zero
    for i, weight in enumerate(weights):
        term = weight
        for factor in factors:
            term *= factor[i]
        total += term
    return total


def pairs(weights: Sequence[Expr], first: Sequence[Expr], second: Sequence[Expr]) -> list[Expr]:
    """Return the terms of Lagrange's identity: ``w_i w_j (x_i y_j - x_j y_i)^2`` over ``i < j``."""
    n = len(weights)
    return [
        weights[i] * weights[j] * (first[i] * second[j] - first[j] * second[i]) ** 2
        for i in range(n)
        for j in range(i + 1, n)
    ]


def conditional_variance(weights: Sequence[Expr], values: Sequence[Expr]) -> list[Expr]:
    """Return the terms of ``sum w x^2 - (sum w x)^2 / sum w``, the variance given one endpoint times its mass."""
    return [term / sum(weights) for term in pairs(weights, values, [S.One] * len(weights))]
