r"""A discounted bound for every innovation sequence.

Young's inequality along the filter: for every :math:`\theta > 0`, with :math:`g = (1+\theta)(1-\alpha)^2`:
:math:`D_N \le (1+1/\theta)\sum_i g^{N-1-i}J_i + g^N D_0`. The best constant-energy choice is :math:`\theta =
\alpha/(1-\alpha)`.
"""

from sympy import Derivative, Rational, S, Subs, Symbol, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "discounted"
wrong = {"one": Rational(2, 3), "supremum": Rational(9, 10)}
scope = "the bound by induction, any number of generations; unrolled for four"
taken = ""


def derive(*, one: Rational = S.One, supremum: Rational = S.One) -> Derivation:
    """Derive the bound, the best theta and the comparison with the intra-generation divergence."""
    proof = Proof(name, "Discounted accumulation", "*own*", cites=("filter",))
    proof.assume("theta > 0, k = 1 - alpha in (0, 1)", "any two vectors span a plane, so two coordinates suffice")
    k, theta = symbols("k theta", positive=True)
    r, xi = symbols("r1 r2", real=True), symbols("xi1 xi2", real=True)
    growth = (1 + theta) * k**2
    norm_r, norm_xi = sum(x**2 for x in r), sum(x**2 for x in xi)
    proof.at_least(
        "Young's inequality with weight theta.",
        growth * norm_r + (1 + one / theta) * norm_xi,
        sum((k * x + y) ** 2 for x, y in zip(r, xi, strict=True)),
        by="a square",
        terms=[theta * (k * x - y / theta) ** 2 for x, y in zip(r, xi, strict=True)],
        reads=r"(1+\theta)k^2\|r\|^2 + (1+\tfrac1\theta)\|\xi\|^2 - \|kr+\xi\|^2 = \|\sqrt\theta\,k r - "
        r"\xi/\sqrt\theta\|^2 \ge 0",
    )
    bound, short, gap, J = symbols("B s g J", nonnegative=True)
    proof.at_least(
        "Induction: D_i = B_i - s and D_{i+1} = g D_i + (1 + 1/theta) J_i - (gap) give D_{i+1} <= B_{i+1} = g B_i "
        "+ (1 + 1/theta) J_i.",
        growth * bound + (1 + one / theta) * J,
        growth * (bound - short) + (1 + 1 / theta) * J - gap,
        by="both gaps are non-negative",
        terms=[growth * short, gap],
        reads=r"D_{i+1} \le g B_i + (1+\tfrac1\theta) J_i = B_{i+1}",
        concludes=True,
    )
    energies, start = symbols("J0:4", nonnegative=True), Symbol("D0", nonnegative=True)
    g = Symbol("G", positive=True)
    state = start
    for energy in energies:
        state = g * state + (1 + one / theta) * energy
    proof.equal(
        "The bound unrolled (four generations; one more multiplies by g and adds a term).",
        state,
        (1 + 1 / theta) * sum(g ** (3 - i) * energy for i, energy in enumerate(energies)) + g**4 * start,
        by="Horner's rule",
        reads=r"D_N \le (1+\tfrac1\theta)\sum_{i<N} g^{N-1-i}J_i + g^N D_0,\quad g = (1+\theta)(1-\alpha)^2",
        concludes=True,
    )
    plateau = (1 + one / theta) / (1 - (1 + theta) * k**2)
    best = (1 - k) / k
    proof.equal(
        "For constant energy the plateau (1 + 1/theta)/(1 - g) is stationary at theta = alpha/(1 - alpha) ...",
        Subs(Derivative(plateau, theta), theta, best),
        0,
        by="derivative",
    )
    proof.equal(
        "... where it equals the coherent value 1/alpha^2.",
        plateau.subs(theta, best),
        1 / (1 - k) ** 2,
        by="substitution",
    )
    stable = 1 - (1 + theta) * k**2
    below = proof.suppose("(1 + theta) k^2 < 1, for the plateau: g < 1", stable, strict=True)
    fresh = proof.suppose("k < 1, for the plateau", 1 - k, strict=True)
    proof.at_least(
        "No theta with g < 1 does better.",
        plateau,
        1 / (1 - k) ** 2,
        by="the numerator of the gap is a square",
        terms=[(1 - k - theta * k) ** 2 / (theta * stable * (1 - k) ** 2)],
        given=[below, fresh],
    )
    p, excess, later = symbols("p s n", positive=True)
    # s p - q >= 0 is written as excess; q = ceiling p - excess
    ceiling = Symbol("c", positive=True)
    mixed = ceiling * p - excess
    density = proof.suppose("c p > s: q = c p - s is positive", mixed, strict=True)
    proof.at_least(
        "Where q <= c p the innovation energy is at most c times the intra-generation divergence.",
        supremum * ceiling * (later - mixed) ** 2 / mixed,
        (later - mixed) ** 2 / p,
        by="c p - q >= 0",
        terms=[(later - mixed) ** 2 * excess / (p * mixed)],
        given=[density],
        reads=r"c\,\frac{(\hat p_{i+1}-q_i)^2}{q_i} - \xi_i^2 p = \frac{(\hat p_{i+1}-q_i)^2 (c\,p-q_i)}{p\,q_i} "
        r"\ge 0",
        concludes=True,
    )
    alpha = Symbol("alpha", positive=True)
    proof.result("best_theta", best.subs(k, 1 - alpha), {alpha: "fresh fraction"}, where={k: 1 - alpha})
    proof.result(
        "constant_energy_plateau",
        J * plateau,
        {J: "innovation energy", theta: "weight", k: "1 - alpha"},
        where={J: S.One},
    )
    return proof.finish()
