r"""Steps that several proofs write: the energy of Euler paths, the log-sum inequality, Cauchy-Schwarz, Jensen.

Each function writes into a proof; what differs from proof to proof is an argument. Shown on finitely many atoms of
arbitrary weights; more atoms add terms of the same kind.
"""

from dataclasses import dataclass

from sympy import Add, Expr, Matrix, S, Symbol, expand, log, symbols

from derivations.frame.certificates import Known
from derivations.frame.proof import Proof
from derivations.frame.tools import conditional_variance, expectation, log_density, pairs, weighted

WEIGHTS, X, Y = symbols("w1 w2 w3", positive=True), symbols("x1 x2 x3", real=True), symbols("y1 y2 y3", real=True)

Paths = tuple[Symbol, ...]
# The weights of two paths to each of two endpoints.
LEARNED_PATHS: Paths = symbols("p11 p12 p21 p22", positive=True)
IDEAL_PATHS: Paths = symbols("q11 q12 q21 q22", positive=True)


RATIO = Symbol("r", positive=True)


def phi_is_nonnegative(proof: Proof) -> Known:
    """Write that ``r log r - r + 1 >= 0``, of `RATIO`."""
    r = RATIO
    return proof.convex_minimum(
        "The function phi(r) = r log r - r + 1 is convex and touches zero at 1.",
        r * log(r) - r + 1,
        r,
        1,
        by="phi'' = 1/r",
    )


@dataclass(frozen=True)
class Chain:
    """Two Euler steps from one point: KL of the paths as the mean of their log-ratio, and the energy.

    Drift and error are any polynomials of first and second degree in the state. `divergence` is yet to be computed.
    """

    divergence: Expr
    energy: Expr


def euler_chain(*, learned: bool) -> Chain:
    """Return the chain under the learned law, with the log-ratio learned to ideal, or the other way round."""
    h = Symbol("h", positive=True)
    start, first, second, drift, error = symbols("y0 x1 x2 b0 e0", real=True)
    drift_there = Add(*(c * first**k for k, c in enumerate(symbols("beta0:2", real=True))))
    error_there = Add(*(c * first**k for k, c in enumerate(symbols("epsilon0:3", real=True))))

    def log_ratio(before: Expr, after: Expr, b: Expr, e: Expr) -> Expr:
        state, spread = Matrix([after]), Matrix([[h]])
        centres = [Matrix([before + h * (b + e)]), Matrix([before + h * b])]
        ratio = log_density(state, centres[0], spread) - log_density(state, centres[1], spread)
        return expand(ratio if learned else -ratio)

    def mean(polynomial: Expr, before: Expr, after: Symbol, b: Expr, e: Expr) -> Expr:
        centre = before + h * (b + e if learned else b)
        return expectation(polynomial, [after], Matrix([expand(centre)]), Matrix([[h]])).doit()

    later = mean(log_ratio(first, second, drift_there, error_there), first, second, drift_there, error_there)
    divergence = mean(log_ratio(start, first, drift, error) + later, start, first, drift, error)
    energy = h * error**2 + mean(h * error_there**2, start, first, drift, error)
    return Chain(divergence, energy)


def data_processing(proof: Proof, text: str, first: Paths, second: Paths, *, reads: str) -> Symbol:
    """Write that KL of the paths is KL of the endpoints plus a loss that is not negative, and return the loss."""
    proof.assume(
        "data processing is shown for two endpoints with two paths each and arbitrary weights; more atoms add more "
        "terms of the same kind"
    )
    phi = phi_is_nonnegative(proof)
    path = sum(a * (log(a) - log(c)) for a, c in zip(first, second, strict=True))
    endpoint, terms, values = S.Zero, [], []
    for i in (0, 2):
        numerator, denominator = first[i] + first[i + 1], second[i] + second[i + 1]
        endpoint += numerator * (log(numerator) - log(denominator))
        for j in (i, i + 1):
            relative = first[j] * denominator / (second[j] * numerator)
            values.append(proof.instance(phi, {RATIO: relative}))
            terms.append(second[j] * numerator / denominator * values[-1].expression)
    proof.at_least(
        text,
        path,
        endpoint,
        by="gap = sum over paths of q L phi(path ratio / endpoint ratio), each term non-negative by phi >= 0",
        terms=terms,
        given=values,
        reads=reads,
    )
    return Symbol("loss", nonnegative=True)


def half_of_energy(proof: Proof, text: str, chain: Chain, loss: Symbol, *, half: Expr, reads: str) -> None:
    """Conclude that KL at the endpoints, that of the paths less the loss, is at most `half` of the energy."""
    proof.at_least(
        text,
        half * chain.energy,
        chain.divergence - loss,
        by="Gaussian moments, one step after the other; the loss is the last step's gap",
        terms=[loss],
        reads=reads,
        concludes=True,
    )


def cauchy_schwarz(proof: Proof, text: str, *, reads: str, factor: Expr = S.One, concludes: bool = False) -> None:
    """Write that the squared inner product, times `factor`, is at most the product of the squared norms."""
    proof.at_least(
        text,
        weighted(WEIGHTS, X, X) * weighted(WEIGHTS, Y, Y),
        factor * weighted(WEIGHTS, X, Y) ** 2,
        by="Lagrange's identity",
        terms=pairs(WEIGHTS, X, Y),
        reads=reads,
        concludes=concludes,
    )


def jensen(proof: Proof, text: str, *, reads: str) -> None:
    """Write that a conditional expectation has at most the second moment; three atoms make one condition."""
    proof.at_least(
        text,
        weighted(WEIGHTS, X, X),
        weighted(WEIGHTS, X) ** 2 / sum(WEIGHTS),
        by="conditional variance (Lagrange's identity)",
        terms=conditional_variance(WEIGHTS, X),
        reads=reads,
    )
