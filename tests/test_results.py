"""Enclosures hold what exact rational arithmetic gives; verdicts compare and name themselves."""

import math
import operator
import re
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import gausscollapse as gc
from gausscollapse.core.enclosure import GUARANTEES, as_enclosure
from gausscollapse.core.exceptions import ComparisonError, InvalidArgumentError

LARGEST = Fraction(np.finfo(np.float64).max)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
MODERATE = st.floats(-1e6, 1e6) | st.integers(-8, 8).map(float)


@st.composite
def intervals(draw, numbers=NUMBERS):
    low, mid, high = sorted(draw(st.lists(numbers, min_size=3, max_size=3)))
    return gc.Enclosure(mid, low, high)


def members(enclosure):
    return [Fraction(end) for end in (enclosure.lower, enclosure.value, enclosure.upper)]


def holds(enclosure, exact):
    """Whether an interval holds a rational number, ends compared without rounding."""
    low = enclosure.lower == -math.inf or (enclosure.lower < math.inf and Fraction(enclosure.lower) <= exact)
    high = enclosure.upper == math.inf or (enclosure.upper > -math.inf and exact <= Fraction(enclosure.upper))
    return low and high


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
@given(a=intervals(NUMBERS | MODERATE), b=intervals(NUMBERS | MODERATE))
@example(a=gc.Enclosure.exact(2.0**-600), b=gc.Enclosure.exact(2.0**-600))
@example(a=gc.Enclosure.exact(2.0**-1), b=gc.Enclosure.exact(5e-324))
@example(a=gc.Enclosure.exact(1e300), b=gc.Enclosure.exact(2.0**600))
@example(a=gc.Enclosure.exact(0.0), b=gc.Enclosure(0.5, -1.0, 1.0))
def test_arithmetic_holds_every_exact_result(operation, a, b):
    result = operation(a, b)
    for x in members(a):
        for y in members(b):
            if operation is operator.truediv and y == 0:
                continue
            assert holds(result, operation(x, y))


@given(a=intervals())
def test_absolute_value_and_negation_are_exact(a):
    size = abs(a)
    assert all(holds(size, abs(x)) for x in members(a))
    assert size.upper == max(abs(a.lower), abs(a.upper))
    assert size.lower == (0.0 if a.lower <= 0.0 <= a.upper else min(abs(a.lower), abs(a.upper)))
    assert (-a).lower == -a.upper
    opposite = -a
    assert -opposite == a


@given(a=intervals(st.floats(min_value=0.0, allow_infinity=False)))
def test_square_root_holds_the_root_at_fifty_digits(a):
    root = a.sqrt()
    with mpmath.workdps(50):
        for x in (a.lower, a.value, a.upper):
            assert mpmath.mpf(root.lower) <= mpmath.sqrt(mpmath.mpf(x)) <= mpmath.mpf(root.upper)
    assert root.lower >= 0.0


def test_square_root_of_a_partly_negative_and_of_a_negative_interval():
    assert gc.Enclosure(0.0, -1e-9, 4.0).sqrt().lower == 0.0
    assert gc.Enclosure.exact(0.0).sqrt() == gc.Enclosure.exact(0.0)
    with pytest.raises(InvalidArgumentError, match="is negative under a square root"):
        gc.Enclosure(-2.0, -3.0, -1.0).sqrt()


@given(a=intervals(MODERATE), b=intervals(MODERATE))
def test_the_interval_is_wide_by_a_few_units_in_the_last_place_only(a, b):
    total = a + b
    assert Fraction(total.upper) - (Fraction(a.upper) + Fraction(b.upper)) <= 2 * Fraction(math.ulp(total.upper))
    product = a * b
    tight = max(x * y for x in members(a) for y in members(b))
    assert Fraction(product.upper) - tight <= 2 * Fraction(math.ulp(product.upper))


@given(value=st.integers(-(2**40), 2**40), power=st.integers(-30, 30))
def test_exact_operations_keep_width_zero(value, power):
    number = gc.Enclosure.exact(float(value))
    for result in (number + 3.0, number - 7, number * 2.0**power, 0.5 * number, -number, abs(number), number * 0.0):
        assert result.width == 0.0


def test_inexact_operations_have_a_width():
    tenth = gc.Enclosure.exact(0.1)
    for result in (tenth + 0.2, tenth * 3.0, tenth / 3.0, tenth.sqrt()):
        assert result.width > 0.0
    assert not holds(gc.Enclosure.exact(0.1 + 0.2), Fraction(0.1) + Fraction(0.2))


def test_infinity_is_a_value_and_zero_times_infinity_is_zero():
    infinite = gc.Enclosure.exact(math.inf)
    assert float(infinite + 1.0) == math.inf
    assert (infinite + 1.0).width == 0.0
    assert (infinite * 0.0) == gc.Enclosure.exact(0.0)
    assert float(infinite * -2.0) == -math.inf
    nothing = infinite - infinite
    assert (nothing.lower, nothing.upper) == (-math.inf, math.inf)
    assert not infinite.finite
    assert gc.Enclosure(1.0, 0.0, math.inf).width == math.inf


@pytest.mark.parametrize("numerator", [0.0, 1.0, -2.0, math.inf])
@pytest.mark.parametrize(
    "denominator", [gc.Enclosure.exact(0.0), gc.Enclosure(0.0, -1.0, 1.0), gc.Enclosure(1.0, 0.0, 2.0)]
)
def test_division_by_an_interval_with_zero_knows_nothing(numerator, denominator):
    quotient = numerator / denominator
    assert (quotient.lower, quotient.upper) == (-math.inf, math.inf)


@pytest.mark.parametrize("part", range(3))
def test_nan_is_refused(part):
    ends = [0.0, 0.0, 0.0]
    ends[part] = math.nan
    with pytest.raises(InvalidArgumentError, match=r"(value|lower|upper) = nan: is NaN; accepted"):
        gc.Enclosure(*ends)
    with pytest.raises(InvalidArgumentError, match="is NaN"):
        gc.Enclosure.exact(np.array([1.0, math.nan]))


@given(a=intervals(st.floats(allow_nan=False)), b=intervals(st.floats(allow_nan=False)))
def test_no_operation_gives_nan(a, b):
    for result in (a + b, a - b, a * b, a / b, abs(a), abs(a).sqrt(), a.clipped(at_least=0.0)):
        assert not any(math.isnan(x) for x in (result.lower, result.value, result.upper, result.width))


def test_a_width_beyond_floats_is_infinite():
    assert gc.Enclosure(0.0, -9e307, 9.1e307).width == math.inf


def test_ends_out_of_order_unknown_guarantees_and_unequal_shapes_are_refused():
    with pytest.raises(InvalidArgumentError, match="is out of order; accepted: lower <= value <= upper"):
        gc.Enclosure(2.0, 0.0, 1.0)
    with pytest.raises(InvalidArgumentError, match="guarantee = 'hoped': is not known; accepted: one of certified"):
        gc.Enclosure(0.0, 0.0, 0.0, guarantee="hoped")
    with pytest.raises(InvalidArgumentError, match="differ; accepted: three equal shapes"):
        gc.Enclosure(np.zeros(2), np.zeros(3), np.zeros(2))


SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
ENDS = st.integers(-3, 3)


@given(sign=st.sampled_from(list(SIGNS)), ends=st.tuples(ENDS, ENDS, ENDS, ENDS))
def test_comparisons_are_true_of_every_pair_of_points_or_of_none_or_are_refused(sign, ends):
    (a, b), (c, d) = sorted(ends[:2]), sorted(ends[2:])
    first, second = gc.Enclosure(a, a, b), gc.Enclosure(d, c, d)
    answers = {SIGNS[sign](x, y) for x in np.linspace(a, b, 7) for y in np.linspace(c, d, 7)}
    if len(answers) == 2:
        with pytest.raises(ComparisonError, match="is not certain; accepted: certainly_above or certainly_at_most"):
            SIGNS[sign](first, second)
    else:
        assert bool(SIGNS[sign](first, second)) is bool(answers.pop())


@pytest.mark.parametrize("sign", SIGNS)
def test_numbers_on_the_left_and_functions_of_numpy_compare_with_certainty_too(sign):
    wide = gc.Enclosure(np.array([1.0, 1.0]), np.array([0.5, 0.5]), np.array([1.5, 1.5]))
    for left in (0.25, np.float64(2.0), np.array([0.25, 2.0])):
        expected = SIGNS[sign](np.broadcast_to(left, (2,)), 1.0)
        assert np.array_equal(SIGNS[sign](left, wide), expected)
    for undecided in (1.0, np.float64(1.2), np.array([0.25, 1.2])):
        with pytest.raises(ComparisonError, match=re.escape("1.0 ± 0.5")):
            SIGNS[sign](undecided, wide)
    with pytest.raises(ComparisonError):
        max(wide[0], gc.Enclosure(1.25, 1.0, 1.5))


def test_equality_with_a_number_asks_whether_the_interval_is_that_number():
    wide, exact = gc.Enclosure(1.0, 0.5, 1.5), gc.Enclosure.exact(1.0)
    assert exact == 1.0
    assert np.float64(1.0) == exact
    assert wide != 1.0
    assert wide != 1.25
    assert wide != "1.0"
    assert wide != gc.Enclosure(1.0, 0.5, 1.25)
    pair = gc.Enclosure(np.array([1.0, 1.0]), np.array([1.0, 0.5]), np.array([1.0, 1.5]))
    assert (pair == 1.0).tolist() == (pair == np.ones(2)).tolist() == (np.ones(2) == pair).tolist() == [True, False]
    assert (np.ones(2) != pair).tolist() == [False, True]


def test_certain_comparisons_use_the_ends():
    low, high, wide = gc.Enclosure(1.0, 0.5, 1.5), gc.Enclosure(3.0, 2.0, 4.0), gc.Enclosure(1.1, 0.0, 5.0)
    assert low.certainly_at_most(high)
    assert high.certainly_above(low)
    assert not low.certainly_at_most(wide)
    assert low.overlaps(wide)
    assert not low.overlaps(high)
    assert low.contains(1.5)
    assert not low.contains(1.6)


def test_float_format_and_str():
    enclosure = gc.Enclosure(1.25, 1.0, 1.5, "quadrature", "numeric")
    assert float(enclosure) == 1.25
    assert f"{enclosure:.1f}" == "1.2"
    assert str(enclosure) == "1.25 ± 0.25 (numeric, quadrature)"
    assert float(np.asarray(enclosure)) == 1.25


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((0.5, 0.5, 0.5), "0.5"),
        ((0.1, 0.1, 0.1), "0.1"),
        ((math.inf, math.inf, math.inf), "inf"),
        ((12345.6, 12000.0, 12600.0), "12350 ± 350"),
        ((0.125, 0.1249999999, 0.1250000001), "0.12500000000 ± 1.1e-10"),
        ((2.0, 1.5, math.inf), "2 in [1.5, inf]"),
        ((0.05, 0.01, 0.4), "0.05 in [0.01, 0.4]"),
        ((0.0, -1 / 3, 1.0), "0 in [-0.3333333334, 1]"),
        ((1e22, 1e22 - 3e6, 1e22 + 4e6), "1.00000000000000000e+22 ± 4.2e+06"),
    ],
)
def test_an_interval_in_words(ends, text):
    assert gc.Enclosure(*ends).interval == text


@given(enclosure=intervals(st.floats(allow_nan=False)))
def test_an_interval_in_words_holds_the_interval(enclosure):
    text = enclosure.interval
    if "±" in text:
        value, half = map(Fraction, text.split(" ± "))
        low, high = value - half, value + half
        assert high - low <= 3 * (Fraction(enclosure.upper) - Fraction(enclosure.lower))
    else:
        low, high = map(float, text.partition(" in ")[2].strip("[]").split(", ") if " in " in text else 2 * [text])
    assert low <= enclosure.lower
    assert enclosure.upper <= high


@given(pairs=st.lists(st.tuples(intervals(MODERATE), intervals(MODERATE)), min_size=1, max_size=5))
def test_arrays_agree_with_scalars_entry_by_entry(pairs):
    def stacked(items):
        return gc.Enclosure(*(np.array([getattr(x, name) for x in items]) for name in ("value", "lower", "upper")))

    first, second = stacked([a for a, _ in pairs]), stacked([b for _, b in pairs])
    for operation in (operator.add, operator.sub, operator.mul, operator.truediv):
        together = operation(first, second)
        assert len(together) == len(pairs)
        for item, (a, b) in zip(together, pairs, strict=True):
            assert item == operation(a, b)


@pytest.mark.parametrize("left", [np.float64(3.0), np.array([3.0, 3.0]), 3, 3.0])
@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_numpy_operands_on_the_left_keep_the_interval(left, operation):
    third = gc.Enclosure.exact(1.0) / 3.0
    result = operation(left, third)
    assert isinstance(result, gc.Enclosure)
    assert np.all(np.asarray(result.width) > 0.0)
    assert result.shape == np.shape(left)


def test_numpy_functions_see_the_value():
    enclosure = gc.Enclosure(np.array([1.0, math.inf]), np.array([0.5, 1.0]), np.array([2.0, math.inf]))
    assert np.isinf(enclosure).tolist() == [False, True]
    assert np.exp(gc.Enclosure.exact(0.0)) == 1.0
    assert isinstance(np.sqrt(enclosure), gc.Enclosure)


@pytest.mark.parametrize("left", GUARANTEES)
@pytest.mark.parametrize("right", GUARANTEES)
def test_the_weaker_guarantee_survives(left, right):
    strength = ("certified", "closed-form", "numeric", "statistical")
    a, b = gc.Enclosure(1.0, 0.5, 2.0, "a", left), gc.Enclosure(3.0, 2.0, 4.0, "b", right)
    weaker = max(left, right, key=strength.index)
    for result in (a + b, a * b, a - b, a / b):
        assert result.guarantee == weaker
        assert result.method == "a, b"
    assert (2.0 * a).method == "a"


@given(value=NUMBERS)
def test_equal_enclosures_have_equal_hashes(value):
    assert hash(gc.Enclosure.exact(value)) == hash(gc.Enclosure.exact(value))
    pair = [gc.Enclosure.exact(np.array([sign * 0.0, value])) for sign in (1.0, -1.0)]
    assert pair[0] == pair[1]
    assert hash(pair[0]) == hash(pair[1])


@given(low=NUMBERS, a=intervals())
def test_clipping_keeps_what_is_above_the_bound(low, a):
    assume(low <= a.upper)
    cut = a.clipped(at_least=low)
    assert cut.lower == max(low, a.lower)
    assert cut.upper == a.upper
    assert as_enclosure(cut) is cut


def verdict(outcome, theorem="prop-3.1", **rest):
    sides = {"lhs": gc.Enclosure.exact(1.0), "rhs": gc.Enclosure.exact(2.0), "ratio": 0.5, "slack": 1.0, **rest}
    return gc.Verdict(outcome, theorem, reason="1 <= 2", **sides)


@pytest.mark.parametrize("outcome", list(gc.Outcome))
def test_verdicts_equal_their_outcome_and_their_name(outcome):
    answer = verdict(outcome)
    assert answer == outcome
    assert answer == str(outcome)
    assert answer.name == str(outcome)
    assert getattr(gc.Verdict, str(outcome)) is outcome
    assert answer.holds == (outcome is gc.Outcome.HOLDS)
    assert hash(answer) == hash(str(outcome))
    assert answer != "holds"
    assert answer != 1
    assert str(answer) == f"{outcome} prop-3.1: 1 <= 2"


def test_verdicts_are_equal_when_outcome_theorem_and_sides_are():
    first = verdict(gc.Outcome.HOLDS)
    assert first == verdict(gc.Outcome.HOLDS)
    assert first != verdict(gc.Outcome.VIOLATED)
    assert first != verdict(gc.Outcome.HOLDS, "sharp")
    assert first != verdict(gc.Outcome.HOLDS, rhs=gc.Enclosure.exact(3.0))
