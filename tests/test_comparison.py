"""Comparisons of enclosed sides: what is certain, slack and ratio, by hand."""

import math

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.checking import at_least, at_most, equal, tends_to
from gausscollapse.core.exceptions import InvalidArgumentError


def sides(*ends):
    """Return the enclosures of some triples (lower, value, upper), as one array."""
    low, value, high = (np.array(column, dtype=float) for column in zip(*ends, strict=True))
    return gc.Enclosure(value, low, high, "by hand", "numeric")


def sharp(*values):
    return gc.Enclosure.exact(np.array(values, dtype=float))


@pytest.mark.parametrize("side", [1.0, 1, np.ones(1), [1.0], "1", None], ids=lambda side: type(side).__name__)
def test_sides_that_are_no_enclosures_are_refused_by_name(side):
    with pytest.raises(InvalidArgumentError, match=r"^lhs.*is no enclosure"):
        at_most("x", side, sharp(1))
    with pytest.raises(InvalidArgumentError, match=r"^rhs.*is no enclosure"):
        at_least("x", sharp(1), side)


def test_inequalities_are_certain_or_open():
    left = sides((0, 1, 2), (0, 1, 2), (0, 1, 2), (2, 3, 4))
    right = sides((2, 3, 4), (3, 3, 4), (1, 3, 4), (0, 1, 1.5))
    assert at_most("x", left, right).holds().tolist() == [True, True, False, False]
    assert at_most("x", left, right).violated().tolist() == [False, False, False, True]
    assert at_least("x", right, left).holds().tolist() == [True, True, False, False]
    assert at_least("x", right, left).violated().tolist() == [False, False, False, True]


def test_what_does_not_apply_holds_and_is_not_violated():
    somewhere = np.array([True, False])
    for item in (
        at_most("x", sharp(2, 2), sharp(1, 1), where=somewhere),
        at_least("x", sharp(1, 1), sharp(2, 2), where=somewhere),
        equal("x", sharp(1, 1), sharp(2, 2), where=somewhere),
    ):
        assert item.holds().tolist() == [False, True]
        assert item.violated().tolist() == [True, False]
    assert at_most("x", sharp(1, 1), sharp(2, 2), where=somewhere).ratio().tolist() == [0.5, 0.0]


@pytest.mark.parametrize("size", [1.0, -1.0, 1e-8, -1e8])
@pytest.mark.parametrize("state", [equal, tends_to])
def test_both_widths_of_an_identity_count_against_a_thousandth_of_its_size(state, size):
    exact = sharp(size)
    for share, narrow in ((0.9e-3, True), (1.1e-3, False)):
        wide = sides((size - 0.5 * share * abs(size), size, size + 0.5 * share * abs(size)))
        half = sides((size - 0.25 * share * abs(size), size, size + 0.25 * share * abs(size)))
        for item in (state("x", exact, wide), state("x", wide, exact), state("x", half, half)):
            assert bool(item.holds()[0]) == narrow
            assert not item.violated()[0]
    # The larger side is the size, on whichever side it is.
    left, right = sides((-1, size, 2 * size) if size > 0 else (2 * size, size, 1)), sharp(size)
    assert not state("x", left, right).holds()[0]


def test_an_identity_is_refuted_by_a_gap():
    item = equal("x", sides((0, 1, 2), (0, 1, 2)), sides((2, 3, 4), (2.5, 3, 4)))
    assert item.violated().tolist() == [False, True]
    assert not np.any(item.holds())


def test_the_size_of_an_identity_may_be_given():
    wide = sides((-0.5, 0, 0.5))
    assert bool(equal("x", wide, sharp(0), scale=np.array([1001.0])).holds()[0])
    assert not bool(equal("x", wide, sharp(0), scale=np.array([999.0])).holds()[0])
    assert not bool(equal("x", wide, sharp(0)).holds()[0])


def test_the_size_of_an_identity_is_that_of_its_larger_side():
    """A thousand against a half, whichever stands on the left and whatever its sign."""
    first, second = sides((-1001.0, -1001.0, 0.0)), sides((-1.0, 0.5, 0.5))
    for item in (equal("x", first, second), equal("x", second, first)):
        # 1 - |difference|/size
        assert item.ratio()[0] == pytest.approx(1.0 - 1001.5 / 1001.0, rel=1e-12)


def test_slack_is_larger_minus_smaller():
    assert at_most("x", sharp(1, 5, math.inf), sharp(3, 2, math.inf)).slack().tolist() == [2.0, -3.0, 0.0]
    assert at_least("x", sharp(3, 2, math.inf), sharp(1, 5, math.inf)).slack().tolist() == [2.0, -3.0, 0.0]
    assert equal("x", sharp(1, 5), sharp(3, 2)).slack().tolist() == [-2.0, -3.0]
    assert at_most("x", sharp(1), sharp(math.inf)).slack().tolist() == [math.inf]


def test_ratio_is_smaller_over_larger():
    left, right = (1, 6, -1, -2, 0, 1, 3), (4, 3, 2, -1, 0, math.inf, 3)
    expected = [0.25, 2.0, 0.0, 0.0, 1.0, 0.0, 1.0]
    assert at_most("x", sharp(*left), sharp(*right)).ratio().tolist() == expected
    assert at_least("x", sharp(*right), sharp(*left)).ratio().tolist() == expected
    # A side that is not positive measures nothing, also where the statement is false.
    assert at_most("x", sharp(1, 1, -1), sharp(0, -1, -2)).ratio().tolist() == [0.0, 0.0, 0.0]
    # Out of order within the enclosures is attained.
    assert at_most("x", sides((1, 3, 3)), sides((2, 2, 4))).ratio().tolist() == [1.0]


def test_ratio_of_an_identity_is_one_minus_the_relative_difference():
    assert equal("x", sharp(2, 0, -4, 1), sharp(1, 0, -4, -1)).ratio().tolist() == [0.5, 1.0, 1.0, -1.0]
