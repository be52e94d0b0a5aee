r"""Steps that several proofs write: the log-sum inequality, Cauchy-Schwarz, Jensen.

Each function writes into a proof; what differs from proof to proof is an argument. Shown on finitely many atoms of
arbitrary weights; more atoms add terms of the same kind.
"""

from sympy import Expr, S, Symbol, log, symbols

from derivations.frame.certificates import Known
from derivations.frame.proof import Proof
from derivations.frame.tools import conditional_variance, pairs, weighted

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


def data_processing(proof: Proof, text: str, first: Paths, second: Paths, *, half: Expr, reads: str) -> Expr:
    """Conclude that KL at the endpoints is at most `half` of the energy, twice KL of the paths, and return that."""
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
    squared_energy = 2 * path
    proof.at_least(
        text,
        half * squared_energy,
        endpoint,
        by="gap = sum over paths of q L phi(path ratio / endpoint ratio), each term non-negative by phi >= 0",
        terms=terms,
        given=values,
        reads=reads,
        concludes=True,
    )
    return squared_energy


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
