"""Interval arithmetic against exact rationals, the resolution of identities, and balls about 0."""

import math
import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from flint import arb

import gausscollapse as gc
from gausscollapse.checking.comparison import IDENTITY, RESOLUTION, Comparison
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.divergences.certified import integral as certified

OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def random_numbers(rng, count):
    """Return floats over decades, some with few bits, so that exact sums and products occur."""
    numbers = rng.standard_normal(count) * 10.0 ** rng.uniform(-20, 20, count)
    few = rng.uniform(size=count) < 0.4
    return np.where(few, rng.integers(-8, 9, count) * 2.0 ** rng.integers(-6, 7, count), numbers)


def exact_ends(symbol, first, second):
    """Return the least and the greatest result over two intervals with rational ends."""
    operation = OPERATIONS[symbol]
    corners = [operation(a, b) for a in first for b in second]
    return min(corners), max(corners)


@pytest.mark.parametrize("symbol", OPERATIONS)
def test_arithmetic_holds_the_exact_interval_and_is_tight(symbol):
    rng = np.random.default_rng(3)
    values = random_numbers(rng, 4000).reshape(1000, 4)
    exact = 0
    for a, b, c, d in values.tolist():
        (a, b), (c, d) = sorted((a, b)), sorted((c, d))
        found = OPERATIONS[symbol](gc.Enclosure(a, a, b), gc.Enclosure(c, c, d))
        low, high = exact_ends(symbol, (Fraction(a), Fraction(b)), (Fraction(c), Fraction(d)))
        assert Fraction(found.lower) <= low
        assert high <= Fraction(found.upper)
        # at most one rounding and one step outwards
        assert Fraction(math.nextafter(math.nextafter(found.lower, math.inf), math.inf)) > low
        assert Fraction(math.nextafter(math.nextafter(found.upper, -math.inf), -math.inf)) < high
        exact += Fraction(found.lower) == low and Fraction(found.upper) == high
    assert exact > 50


def test_a_sum_takes_both_ends_of_both_terms():
    first, second = gc.Enclosure(1.0, 0.5, 2.0), gc.Enclosure(16.0, 8.0, 32.0)
    total, swapped = first + second, second + first
    for found in (total, swapped):
        assert (found.lower, found.value, found.upper) == (8.5, 17.0, 34.0)
    assert ((first - second).lower, (first - second).upper) == (-31.5, -6.0)
    # 1 + 2^-60 is not a float: the ends move by one unit of the last place, in their own directions only
    small = gc.Enclosure.exact(2.0**-60)
    for found in (1.0 + small, small + 1.0):
        assert (found.lower, found.upper) == (math.nextafter(1.0, 0.0), math.nextafter(1.0, 2.0))


def test_arrays_move_only_the_ends_that_were_rounded():
    found = gc.Enclosure.exact(np.array([1.0, 1.0])) + gc.Enclosure.exact(np.array([0.5, 2.0**-60]))
    assert found.lower.tolist() == [1.5, math.nextafter(1.0, 0.0)]
    assert found.upper.tolist() == [1.5, math.nextafter(1.0, 2.0)]


def identity(width, *, value=1.0):
    """Return an identity whose two sides share `width` equally."""
    half = 0.25 * width
    side = gc.Enclosure(np.array([value]), np.array([value - half]), np.array([value + half]))
    return Comparison("same", IDENTITY, side, side)


def test_an_identity_is_decided_at_a_thousandth_of_its_size():
    assert RESOLUTION == 1e-3
    for size in (1.0, 1e-6, 1e9):
        assert bool(identity(0.99e-3 * size, value=size).holds()[0])
        assert not bool(identity(1.01e-3 * size, value=size).holds()[0])
        assert not bool(identity(1.01e-3 * size, value=size).violated()[0])


def test_two_numbers_beyond_floats_are_not_called_equal():
    beyond = gc.Enclosure(np.array([math.inf]), np.array([np.finfo(float).max]), np.array([math.inf]))
    assert not bool(Comparison("same", IDENTITY, beyond, beyond).holds()[0])
    infinite = gc.Enclosure.exact(np.array([math.inf]))
    assert bool(Comparison("same", IDENTITY, infinite, infinite).holds()[0])


def test_a_ball_that_straddles_zero_keeps_its_upper_part():
    straddling = arb(1, 3) / 1024
    found = certified._nonnegative(straddling)
    assert found.lower() <= 0
    assert found.contains(0)
    assert found.contains(arb(4) / 1024)
    assert found.upper() < arb(4.01) / 1024
    # what is left of 0 is gone but for the rounding of a ball
    assert found.lower() > arb(-1) / 10**6
    low, high = certified.ends(straddling)
    assert -2.0001 / 1024 < low <= -2.0 / 1024
    assert 4.0 / 1024 <= high < 4.0001 / 1024
    enclosure = certified.enclosure(found, digits=12)
    assert enclosure.lower == 0.0
    assert 4.0 / 1024 <= enclosure.upper < 4.01 / 1024
    assert 0.0 <= enclosure.value <= enclosure.upper
    for other in (arb(5, 1), arb(-5, 1)):
        assert certified._nonnegative(other).overlaps(other)
        assert certified._nonnegative(other).rad() == other.rad()


def test_a_negative_ball_is_a_contradiction_and_stays_visible():
    """An integral of a non-negative function cannot be below 0: nothing turns that into 0."""
    assert certified._nonnegative(arb(-5, 1)) < 0


@pytest.mark.parametrize("digits", [1, 2, 12])
def test_near_laws_with_few_digits_have_intervals_from_zero(digits):
    # KL = d^2/2 for unit Gaussians d apart; the ball of few digits may straddle 0 on the way
    for distance in (1e-3, 1e-7):
        answer = gc.kl(gc.Gaussian(0.0, 1.0), gc.Gaussian(distance, 1.0), method="certified", digits=digits)
        truth = Fraction(distance) ** 2 / 2
        assert answer.lower >= 0.0
        assert Fraction(answer.lower) <= truth <= Fraction(answer.upper)


def interval(low: float, high: float) -> gc.Enclosure:
    return gc.Enclosure(value=0.5 * (low + high), lower=low, upper=high)


@pytest.mark.parametrize(("low", "high"), [(3.0, 7.0), (-7.0, -3.0), (0.1, 0.3)])
@pytest.mark.parametrize(("first", "last"), [(1.0, 2.0), (-2.0, 5.0), (-0.7, -0.1)])
def test_a_quotient_holds_its_exact_corners_and_is_tight(first, last, low, high):
    corners = [Fraction(a) / Fraction(b) for a in (first, last) for b in (low, high)]
    quotient = interval(first, last) / interval(low, high)
    for end, truth, outwards in ((quotient.lower, min(corners), 1), (quotient.upper, max(corners), -1)):
        assert 0 <= outwards * (truth - Fraction(float(end))) <= abs(truth) / 2**49


@pytest.mark.parametrize(("low", "high"), [(-1.0, 2.0), (0.0, 2.0), (-1.0, 0.0)])
def test_a_quotient_by_what_may_be_zero_knows_nothing(low, high):
    for first in (interval(1.0, 2.0), interval(0.0, 0.0)):  # 0 / 0 is no number, so not 0 either
        quotient = first / interval(low, high)
        assert (quotient.lower, quotient.upper) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("ends", "truth"), [((-3, 2), (0, 3)), ((-2, 3), (0, 3)), ((1, 4), (1, 4)), ((-4, -1), (1, 4))]
)
def test_the_size_of_an_interval(ends, truth):
    size = abs(interval(*ends))
    assert (size.lower, size.upper) == truth


def test_an_enclosure_is_cut_from_below():
    cut = interval(-1.0, 3.0).clipped(at_least=0.0)
    assert (cut.lower, cut.upper) == (0.0, 3.0)


def test_a_number_on_the_left_is_a_term_a_factor_and_a_minuend():
    one = interval(2.0, 4.0)
    assert [(x.lower, x.upper) for x in (3.0 + one, 3.0 * one, 3.0 - one)] == [(5, 7), (6, 12), (-1, 1)]


def test_a_product_with_zero_and_an_infinite_number_is_exact():
    zero, tenth, infinite = gc.Enclosure.exact(0.0), gc.Enclosure.exact(0.1), gc.Enclosure.exact(math.inf)
    for found in (zero * tenth, tenth * zero, zero * infinite, infinite * zero):
        assert (found.lower, found.value, found.upper) == (0.0, 0.0, 0.0)
    for found in (infinite * tenth, tenth * infinite):
        assert (found.lower, found.value, found.upper) == (math.inf, math.inf, math.inf)


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.04), (0.09, 0.25), (2.0, 3.0), (-1.0, 0.5), (-1.0, 0.0)])
def test_a_square_root_holds_both_roots_and_is_tight(low, high):
    root = interval(low, high).sqrt()
    for end, truth, outwards in ((root.lower, max(low, 0.0), 1), (root.upper, high, -1)):
        assert end >= 0.0
        assert outwards * (Fraction(truth) - Fraction(end) ** 2) >= 0
        assert abs(Fraction(truth) - Fraction(end) ** 2) <= Fraction(truth) / 2**50
    assert root.value == pytest.approx(max(0.5 * (low + high), 0.0) ** 0.5, rel=1e-15)


def test_the_value_of_a_quotient_is_the_quotient_of_the_values():
    quotient = gc.Enclosure(3.0, 1.0, 4.0) / gc.Enclosure(4.0, 1.0, 16.0)
    assert quotient.value == 0.75
    assert (-6.0 / gc.Enclosure(4.0, 1.0, 16.0)).value == -1.5
    # of what nothing is known the value is 0, as with inf - inf
    infinite = gc.Enclosure.exact(math.inf)
    assert (interval(1.0, 2.0) / gc.Enclosure.exact(0.0)).value == (infinite - infinite).value == 0.0


def test_arithmetic_of_numpy_keeps_the_interval_and_other_functions_see_the_value():
    pair = gc.Enclosure(np.array([1.0, 2.0]), np.array([0.5, 1.0]), np.array([1.5, 4.0]))
    for found in (np.multiply(2.0, pair), np.array([2.0, 2.0]) * pair, np.add(pair, pair)):
        assert isinstance(found, gc.Enclosure)
        assert (found.lower.tolist(), found.upper.tolist()) == ([1.0, 2.0], [3.0, 8.0])
    # with options, and other functions, NumPy does what it does with the values
    assert np.add(pair, 1.0, dtype=np.float64).tolist() == [2.0, 3.0]
    assert np.log2(pair).tolist() == [0.0, 1.0]
    assert np.add.reduce(pair.value) == np.add.reduce(pair) == 3.0


def test_an_array_is_shown_from_its_least_to_its_greatest_end():
    pair = gc.Enclosure(np.array([1.0, 2.0]), np.array([0.5, 1.0]), np.array([1.5, 4.0]))
    facts = dict(pair.facts())
    assert (facts["shape"], facts["from"], facts["to"]) == ("(2,)", 0.5, 4.0)


def test_what_is_no_float_is_held_by_the_floats_around_it():
    """The truth is exact: Python compares fractions and integers with floats without rounding."""
    third, large = Fraction(1, 3), 2**53 + 1
    for number in (third, Decimal("0.1"), large, 10**30, -third):
        kept = Enclosure.exact(number)
        assert kept.lower < number < kept.upper or kept.lower == kept.upper == number
        assert kept.contains(number)
    assert not Enclosure.exact(1.0 / 3.0).contains(third)
    assert not Enclosure.exact(2.0**53).contains(large)
    assert Enclosure.exact(0.5).width == Enclosure.exact(Fraction(1, 2)).width == Enclosure.exact(7).width == 0.0
    several = Enclosure.exact(np.array([large, 1]))
    assert list(several.width > 0.0) == [True, False]


@pytest.mark.parametrize("value", ["x", None, True, 10**400, [1.0, "a"], b"1", np.longdouble("1e4000"), {"a": 1}])
def test_what_is_no_number_is_refused_by_name(value):
    one = Enclosure.exact(1.0)
    for call, name in (
        (lambda: Enclosure(value, value, value), "value"),
        (lambda: Enclosure(1.0, value, 2.0), "lower"),
        (lambda: one.certainly_at_most(value), "other"),
        (lambda: one.clipped(at_least=value), "at_least"),
        (lambda: one.contains(value), "value"),
        (lambda: one + value, "other"),
    ):
        with pytest.raises(InvalidArgumentError, match=f"^{name} = "):
            call()


def test_ends_of_random_operations_hold_the_exact_result_and_move_by_one_unit_at_most():
    """Truth: rational arithmetic on the four pairs of ends; exact ends stay, others move to the next float."""
    rng = np.random.default_rng(11)
    numbers = [0.0, 1.0, -2.0, 0.5, 3.0, 0.1, 1e-300, 1e300, 5e-324]
    for _ in range(300):
        (a, b), (c, d) = np.sort(
            np.where(rng.random((2, 2)) < 0.5, rng.choice(numbers, (2, 2)), rng.normal(size=(2, 2)))
        )
        left, right = (gc.Enclosure(np.array([x]), np.array([x]), np.array([y])) for x, y in ((a, b), (c, d)))
        corners = [Fraction(float(x)) * Fraction(float(y)) for x in (a, b) for y in (c, d)]
        pairs = (
            (left + right, Fraction(float(a)) + Fraction(float(c)), Fraction(float(b)) + Fraction(float(d))),
            (left * right, min(corners), max(corners)),
            (0.25 * left, Fraction(float(a)) / 4, Fraction(float(b)) / 4),
        )
        for found, low, high in pairs:
            lower, upper = float(found.lower[0]), float(found.upper[0])
            assert lower <= low <= high <= upper
            assert np.nextafter(np.nextafter(lower, np.inf), np.inf) >= low
            assert np.nextafter(np.nextafter(upper, -np.inf), -np.inf) <= high


def test_arrays_of_zeros_of_both_signs_are_equal_and_have_one_hash():
    plus = Enclosure.exact(np.array([0.0, 1.0]))
    minus = Enclosure(*(np.array([-0.0, 1.0]),) * 3)
    assert np.signbit(minus.value[0])
    assert hash(plus) == hash(minus)
    assert hash(plus) != hash(Enclosure.exact(np.array([0.0, 2.0])))


@pytest.mark.parametrize("factor", [-2.0, -0.25, 4.0])
def test_powers_of_two_scale_both_ends_exactly_and_a_negative_one_turns_them(factor):
    interval = Enclosure(1.0, 0.5, 2.0, "m", "numeric")
    ends = sorted((factor * 0.5, factor * 2.0))
    array = Enclosure(np.array([1.0]), np.array([0.5]), np.array([2.0]), "m", "numeric")
    for found in (factor * interval, interval * factor, factor * array):
        assert [float(np.ravel(end)[0]) for end in (found.lower, found.value, found.upper)] == [
            ends[0],
            factor,
            ends[1],
        ]
