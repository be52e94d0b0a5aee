"""The frame of the proofs: what is proved, refuted, spot-checked and refused."""

import mpmath
import pytest
from sympy import Rational, S, Symbol, atan, atanh, cos, erf, erfc, exp, gamma, lambdify, log, pi, sqrt, symbols

from derivations.frame.certificates import Known, Sign, is_zero, sign
from derivations.frame.points import value_at
from derivations.frame.proof import (
    InconsistentError,
    Proof,
    TrivialStepError,
    UnknownPremiseError,
    UnprovedResultError,
)
from derivations.frame.record import Status
from derivations.frame.tools import gaussian_integral

x, a, b = symbols("x a b", real=True)
t = Symbol("t", positive=True)


def one(write) -> tuple[Status, str]:
    proof = Proof("example", "Example", "none", lemma=True)
    write(proof)
    step = proof.finish().steps[-1]
    return step.status, step.evidence


def test_an_equality_is_proved_refuted_or_spot_checked() -> None:
    assert one(lambda p: p.equal("", (a + b) ** 2, a**2 + 2 * a * b + b**2, by=""))[0] is Status.PROVED
    status, evidence = one(lambda p: p.equal("", (a + b) ** 2, a**2 + b**2, by=""))
    assert status is Status.FAILED
    assert "a = " in evidence
    status, evidence = one(lambda p: p.equal("", atan(t) + atan(1 / t), pi / 2, by=""))
    assert status in {Status.PROVED, Status.SPOT_CHECKED}


def test_an_uncertified_inequality_is_only_spot_checked() -> None:
    status, evidence = one(lambda p: p.at_least("", x**4 + 1, x, by="", terms=[x**4 - x + 1]))
    assert status is Status.SPOT_CHECKED
    assert "exact rational points" in evidence


def test_a_false_inequality_and_a_wrong_certificate_fail() -> None:
    assert one(lambda p: p.at_least("", a**2 + b**2, 3 * a * b, by="", terms=[(a - b) ** 2]))[0] is Status.FAILED
    assert one(lambda p: p.at_least("", a**2 + b**2, 2 * a * b, by="", terms=[(a + b) ** 2]))[0] is Status.FAILED
    assert one(lambda p: p.at_least("", a**2 + b**2, 2 * a * b, by="", terms=[(a - b) ** 2]))[0] is Status.PROVED


def test_minima_positivity_and_difference() -> None:
    assert one(lambda p: p.convex_minimum("", exp(x) - 1 - x, x, 0, by=""))[0] is Status.PROVED
    assert one(lambda p: p.convex_minimum("", cos(x) - 1, x, 0, by=""))[0] is Status.FAILED
    # Touches zero at 0 and is convex there, but 0 is not in the domain of a positive variable.
    assert one(lambda p: p.convex_minimum("", exp(t) - 1 - t, t, 0, by=""))[0] is Status.FAILED
    assert one(lambda p: p.convex_minimum("", t - 1 - log(t), t, 1, by=""))[0] is Status.PROVED
    assert one(lambda p: p.convex_minimum("", exp(x) - 1 - 2 * x, x, 0, by=""))[0] is Status.FAILED
    assert one(lambda p: p.positive("", S(2) - exp(1), by=""))[0] is Status.FAILED
    assert one(lambda p: p.differ("", a + b, a - b, {a: S.One, b: S.Zero}, by=""))[0] is Status.FAILED
    assert one(lambda p: p.differ("", a + b, a - b, {a: S.One, b: S.One}, by=""))[0] is Status.PROVED


def test_comparing_an_expression_with_itself_is_refused() -> None:
    with pytest.raises(TrivialStepError, match="itself"):
        one(lambda p: p.equal("", a + b, b + a, by=""))
    with pytest.raises(TrivialStepError, match="itself"):
        one(lambda p: p.at_least("", a + b, b + a, by="", terms=[]))


def test_a_step_uses_only_what_its_proof_supposed_or_showed() -> None:
    """Of old ``at_least(0, 1, terms=[-1], given=[-1])`` was proved."""
    proof, other = Proof("example", "Example", "none", lemma=True), Proof("other", "Other", "none", lemma=True)
    for foreign in (Known(S.NegativeOne, False, "made up"), other.suppose("x >= 0", x)):
        with pytest.raises(UnknownPremiseError, match="has not supposed or shown"):
            proof.at_least("", S.Zero, S.One, by="", terms=[S.NegativeOne], given=[foreign])
    with pytest.raises(InconsistentError, match="no point"):
        proof.suppose("-1 >= 0", S.NegativeOne)
    proof.suppose("x >= 1", x - 1)
    with pytest.raises(InconsistentError, match="no point"):
        proof.suppose("x < 1", 1 - x, strict=True)
    proof.at_least("", x**2, x, by="", terms=[x * (x - 1)], given=proof.supposed)
    assert proof.steps[-1].status is not Status.PROVED
    positive = proof.suppose("x >= 0", x)
    gap = proof.at_least("", x**2, x, by="", terms=[x * (x - 1)], given=[proof.supposed[0], positive])
    assert proof.steps[-1].status is Status.PROVED
    assert gap.expression == x**2 - x
    # A step that failed shows nothing.
    false = proof.at_least("", x, x + 1, by="", terms=[S.NegativeOne])
    with pytest.raises(UnknownPremiseError):
        proof.at_least("", x, x + 1, by="", terms=[S.NegativeOne], given=[false])


def test_nothing_is_divided_by_what_may_be_zero() -> None:
    """1/x has no sign where x >= 0 is all that is known."""
    proof = Proof("example", "Example", "none", lemma=True)
    weak, strong = proof.suppose("a >= 0", a), proof.suppose("b > 0", b, strict=True)
    for known, wanted in ((weak, False), (strong, True)):
        symbol = known.expression
        proof.at_least("", 1 + 1 / symbol, 1, by="", terms=[1 / symbol], given=[known])
        assert (proof.steps[-1].status is Status.PROVED) == wanted
    u = Symbol("u", nonnegative=True)
    assert sign(1 / u) is Sign.UNKNOWN
    assert sign(u) is Sign.NONNEGATIVE
    assert sign(1 / (1 + u)) is Sign.POSITIVE


def test_what_is_known_in_general_is_known_of_expressions_of_the_same_sign() -> None:
    proof = Proof("example", "Example", "none", lemma=True)
    phi = proof.convex_minimum("", t - 1 - log(t), t, 1, by="")
    special = proof.instance(phi, {t: 1 + t**2})
    proof.at_least("", t**2, log(1 + t**2), by="", terms=[special.expression], given=[special])
    assert proof.steps[-1].status is Status.PROVED
    with pytest.raises(UnknownPremiseError, match="sign"):
        proof.instance(phi, {t: x})


def test_an_interval_is_covered_or_the_sign_is_not_known() -> None:
    z = Symbol("z", real=True)
    proof = Proof("made-up", "", "")
    for least in (Rational(9, 10), Rational(101, 100), S.One):
        proof.positive_between("", exp(z) - z - least, z, Rational(-2), Rational(2), by="")
    assert [step.status for step in proof.steps] == [Status.PROVED, Status.FAILED, Status.FAILED]
    assert "negative about z" in proof.steps[1].evidence
    assert "no sign about z" in proof.steps[2].evidence


def test_a_sign_is_that_of_a_ball() -> None:
    """10^-30 above and below exp(1); pi to 40 digits is not pi."""
    near = Rational(2718281828459045235360287471352, 10**30)
    assert sign(exp(1) - near) is Sign.POSITIVE
    assert sign(near - exp(1)) is Sign.UNKNOWN
    assert sign(exp(log(2)) - 2 + 0 * pi) is not Sign.UNKNOWN
    assert sign(sqrt(2) - Rational(14142135623730950488, 10**19)) is Sign.POSITIVE


def test_a_result_is_a_side_of_a_step() -> None:
    proof = Proof("example", "Example", "none", lemma=True)
    proof.equal("", (a + b) ** 2, a**2 + 2 * a * b + b**2, by="")
    proof.result("square", a**2 + 2 * a * b + b**2, {a: "one", b: "other"})
    proof.result("renamed", (x + b) ** 2, {x: "one", b: "other"}, where={x: a})
    with pytest.raises(UnprovedResultError, match="no side"):
        proof.result("wrong", a**2 + 3 * a * b + b**2, {a: "one", b: "other"})


def test_gaussian_integrals_are_of_quadratics_that_decay() -> None:
    assert gaussian_integral(-(x**2) / 2, x) == sqrt(2 * pi)
    with pytest.raises(ValueError, match="degree 4"):
        gaussian_integral(-(x**4), x)
    with pytest.raises(ValueError, match="decay"):
        gaussian_integral(x**2 / 2, x)
    with pytest.raises(ValueError, match="decay"):
        gaussian_integral(-a * x**2, x)


def test_an_unfinished_proof_is_refused() -> None:
    with pytest.raises(ValueError, match="no step concludes"):
        Proof("example", "Example", "none").finish()
    lemma = Proof("example", "Example", "none", lemma=True)
    lemma.positive("", S.One, by="", concludes=True)
    with pytest.raises(ValueError, match="a lemma, and a step concludes"):
        lemma.finish()
    with pytest.raises(ValueError, match="unexplained"):
        Proof("example", "Example", "none").result("r", a + b, {a: "known"})


def test_values_at_points_are_those_of_mpmath() -> None:
    """Through balls, and by SymPy where a function has none (cos, atan)."""
    point = {a: Rational(2, 7), b: Rational(-5, 3), t: Rational(3, 2)}
    for expression in (
        a**2 * b - pi / t, sqrt(t) ** 3 + exp(b * a), log(t - b) / erf(a), erfc(b) * gamma(t), atanh(a) - exp(1),
        cos(a) + atan(b), t**b,
    ):  # fmt: skip
        with mpmath.workdps(40):
            there = lambdify((a, b, t), expression, "mpmath")
            wanted = there(*(mpmath.mpf(int(v.p)) / int(v.q) for v in point.values()))
            assert abs(mpmath.mpf(str(value_at(expression, point))) - wanted) < abs(wanted) * mpmath.mpf(10) ** -26


def test_values_at_points_are_exact_or_none() -> None:
    point = {a: Rational(2, 3), b: Rational(2, 3), t: Rational(4, 5)}
    assert value_at((a + b) ** 2 / t, point) == Rational(20, 9)
    assert value_at(sqrt(t) * sqrt(t) - t + exp(a - b) - 1, point) == 0
    assert value_at(log(a) - log(b), point) == 0
    for expression in (1 / (a - b), log(-a), sqrt(-t - a), log(a - b)):
        assert value_at(expression, point) is None


def test_logarithms_of_positive_sums_cancel() -> None:
    p, q, r = symbols("p q r", positive=True)
    mean = p / (p + q) + r * q / (p + q)
    assert is_zero(log(mean) + log(p + q) - log(p + r * q))
    assert not is_zero(log(mean) + log(p + q) - log(p + 2 * r * q))
    # Of a product that may be of two negative factors a logarithm is not split.
    assert not is_zero(log(a * b) - log(a) - log(b))
