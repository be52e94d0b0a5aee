"""Checks of arguments at their limits, by hand."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from gausscollapse.core import validation
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError, UnknownNameError


def refused(function, *arguments, match="x", **options):
    with pytest.raises(InvalidArgumentError, match=match):
        function("x", *arguments, **options)


def test_arrays_of_any_kind_of_real_numbers():
    for value in ([1, 2], (1.0, 2.0), np.array([1, 2], dtype=np.int8), np.array([1, 2], dtype=np.float32)):
        found = validation.as_array("x", value)
        assert (found.dtype, found.tolist()) == (np.float64, [1.0, 2.0])
    mixed = np.array([Fraction(1, 3), Decimal("0.1"), 2, np.float32(0.5)], dtype=object)
    assert validation.as_array("x", mixed).tolist() == [1 / 3, 0.1, 2.0, 0.5]
    assert validation.as_array("x", np.uint64(2**63)).tolist() == 2.0**63
    assert math.copysign(1.0, validation.as_array("x", -0.0)) == 1.0


@pytest.mark.parametrize(
    "value",
    [
        True, [1.0, True], np.array([True]), ["1"], b"1", 1j, [1.0, None], [[1.0], [1.0, 2.0]],
        np.array([1.0, "a"], dtype=object), np.array([1.0, True], dtype=object), np.datetime64("2020"),
        np.ma.masked_array([1.0, 2.0], [0, 1]), math.nan, [1.0, math.inf],
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_array_of_real_numbers(value):
    refused(validation.as_array, value)


def test_infinity_where_it_is_allowed():
    assert validation.as_array("x", [-math.inf, math.inf], infinite=True).tolist() == [-math.inf, math.inf]
    refused(validation.as_array, [math.nan], infinite=True)


def test_the_array_is_new():
    there = np.ones(2)
    validation.as_array("x", there)[0] = 5.0
    assert there.tolist() == [1.0, 1.0]


def test_vectors_and_matrices_of_one_number():
    assert validation.as_vector("x", 3).tolist() == [3.0]
    assert validation.as_vector("x", [1, 2], 2).tolist() == [1.0, 2.0]
    for value in ([], [[1.0]], np.zeros((2, 2))):
        refused(validation.as_vector, value, match=r"has shape")
    with pytest.raises(DimensionMismatchError, match="has dimension 2"):
        validation.as_vector("x", [1.0, 2.0], 3)
    for value in (4, [4], [[4]]):
        assert validation.as_matrix("x", value).tolist() == [[4.0]]
    for value in ([], [[]], [1.0, 2.0], [[[4.0]]], [[[[4.0]]]], np.zeros((2, 3)), np.zeros((0, 0))):
        refused(validation.as_matrix, value, match=r"has shape")
    with pytest.raises(DimensionMismatchError, match="has dimension 2"):
        validation.as_matrix("x", np.eye(2), 3)


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200, 1.7e308])
def test_symmetry_is_judged_by_size(size):
    near, far = np.array([[1.0, 0.5], [0.5 + 0.9e-10, 0.25]]), np.array([[1.0, 0.5], [0.5 + 1.1e-10, 0.25]])
    found = validation.as_symmetric("x", size * near)
    assert np.array_equal(found, found.T)
    assert found[0, 1] == pytest.approx(size * (0.5 + 0.45e-10), rel=1e-14, abs=0.0)
    assert np.diag(found).tolist() == [size, 0.25 * size]
    refused(validation.as_symmetric, size * far, match="is not symmetric")
    turned = size * np.array([[0.0, 1.0], [-1.0 + 0.9e-10, 0.0]])
    found = validation.as_antisymmetric("x", 0.5 * turned)
    assert np.array_equal(found, -found.T)
    assert found[0, 1] == pytest.approx(0.5 * size * (1.0 - 0.45e-10), rel=1e-14, abs=0.0)
    refused(validation.as_antisymmetric, size * np.array([[0.0, 0.5], [-0.5 + 1.1e-10, 0.0]]), match="not antisym")


def test_definite_and_semidefinite_matrices():
    assert validation.as_covariance("x", [[2, 1], [1, 2]]).tolist() == [[2.0, 1.0], [1.0, 2.0]]
    for value in ([[1, 2], [2, 1]], [[1, 1], [1, 1]], 0, -1):
        refused(validation.as_covariance, value, match="is not positive definite")
    for value in ([[1, 1], [1, 1]], 0, np.diag([1.0, -0.9e-12]), np.zeros((2, 2))):
        assert validation.as_semidefinite("x", value) is not None
    for value in (-1, np.diag([1.0, -1.1e-12]), [[1, 2], [2, 1]], -np.eye(2)):
        refused(validation.as_semidefinite, value, match=r"is not positive semi-definite")


def test_weights_near_one_are_normalised_and_others_refused():
    for total in (1.0 + 0.9e-9, 1.0 - 0.9e-9, 1.0 + 1e-14):
        raw = np.array([0.25, 0.75]) * total
        found = validation.as_weights("x", raw)
        assert abs(math.fsum(found) - 1.0) <= 2.0**-52
        assert found == pytest.approx([0.25, 0.75], rel=1e-15)
    for total in (1.0 + 1.1e-9, 1.0 - 1.1e-9, 0.0, 2.0):
        refused(validation.as_weights, np.array([0.25, 0.75]) * total, match="sums to")
    refused(validation.as_weights, [-0.5, 1.5], match="negative")
    assert validation.as_weights("x", [0.0, 1.0]).tolist() == [0.0, 1.0]
    # up to rounding they are kept to the last bit
    kept = np.full(10, 0.1)
    assert validation.as_weights("x", kept).tolist() == kept.tolist()


def test_numbers_inside_of_their_limits():
    limits = {"at_least": 1.0, "at_most": 3.0}
    assert [validation.as_number("x", value, **limits) for value in (1, 2.0, Fraction(5, 2), np.int8(3))] == [
        1,
        2,
        2.5,
        3,
    ]
    for value in (math.nextafter(1.0, 0.0), math.nextafter(3.0, 4.0)):
        refused(validation.as_number, value, match=r"out of range.*a finite number >= 1 <= 3$", **limits)
    limits = {"above": 1.0, "below": 3.0}
    assert validation.as_number("x", math.nextafter(1.0, 2.0), **limits) > 1.0
    assert validation.as_number("x", math.nextafter(3.0, 2.0), **limits) < 3.0
    for value in (1.0, 3.0):
        refused(validation.as_number, value, match=r"out of range.*a finite number > 1 < 3$", **limits)
    for value in (math.inf, math.nan):
        refused(validation.as_number, value, match="is not finite")
    for value in (True, "1", None, 1j, np.ones(1), 10**400):
        refused(validation.as_number, value, match="is not a number")


def test_counts_and_sizes():
    assert validation.as_count("n", 0) == 0
    assert validation.as_count("n", np.uint8(3), at_least=3) == 3
    for value in (-1, True, 1.0, "1", np.timedelta64(1)):
        refused(validation.as_count, value)
    refused(validation.as_count, 2, at_least=3, match=r"an integer >= 3")
    # 2^32 bytes are the limit; 8 bytes for each number
    assert validation.as_size("n", 2**29, each=8.0) == 2**29
    refused(validation.as_size, 2**29 + 1, each=8.0, match=r"needs about 4 GiB.*from 0 to 536870912$")
    refused(validation.as_size, 2**31, each=8.0, match=r"needs about 16 GiB")
    assert validation.as_size("n", 5, each=2.0, most=10.0) == 5
    refused(
        validation.as_size, 6, each=2.0, unit="steps", most=10.0, cure="less", match=r"about 12 steps.*to 5, or less"
    )
    refused(validation.as_size, 0, at_least=1, each=1.0)
    assert validation.as_size("n", 0, each=1.0) == 0


def test_points_and_the_shape_of_one_number_a_point():
    for value, points, shape in (
        (1.0, [[1.0]], ()),
        ([1.0, 2.0], [[1.0], [2.0]], (2,)),
        ([[1.0], [2.0]], [[1.0], [2.0]], (2,)),
    ):
        found = validation.as_points("x", value, 1)
        assert (found[0].tolist(), found[1]) == (points, shape)
    for value, points, shape in (([1.0, 2.0], [[1.0, 2.0]], ()), ([[1.0, 2.0]] * 3, [[1.0, 2.0]] * 3, (3,))):
        found = validation.as_points("x", value, 2)
        assert (found[0].tolist(), found[1]) == (points, shape)
    for value, dim in (
        (1.0, 2),
        ([1.0], 2),
        (np.zeros((2, 2)), 1),
        (np.zeros((1, 1, 1)), 1),
        (np.zeros((1, 1, 2)), 2),
    ):
        with pytest.raises(DimensionMismatchError, match=rf"points of shape \(n, {dim}\)"):
            validation.as_points("x", value, dim)


def test_seeds_words_and_keys():
    generator = np.random.default_rng(3)
    assert validation.as_generator("rng", generator) is generator
    assert validation.as_generator("rng", 3).integers(1000) == np.random.default_rng(3).integers(1000)
    assert validation.as_word("key", 2**64 - 1) == 2**64 - 1
    refused(validation.as_word, 2**64, match="does not fit 64 bits")
    assert validation.as_key("key", 7) == 7
    drawn = validation.as_key("key", np.random.default_rng(3))
    assert drawn == int(np.random.default_rng(3).integers(0, 2**64, dtype=np.uint64))
    for function in (validation.as_generator, validation.as_word, validation.as_key):
        refused(function, -1)
        refused(function, "a")


def test_choices_answers_and_frozen_arrays():
    assert validation.as_choice("x", "a", ("a", "b")) == "a"
    for value in ("c", 1, None):
        with pytest.raises(UnknownNameError, match="one of a, b"):
            validation.as_choice("x", value, ("a", "b"))
    assert validation.require_finite("x", 1, np.ones(2)).tolist() == [1.0, 1.0]
    refused(validation.require_finite, 1, np.array([1.0, math.inf]), match="beyond the range")
    with pytest.raises(ValueError, match="read-only"):
        validation.frozen([1.0])[0] = 2.0


def test_one_number_for_a_larger_matrix_is_told_how_to_become_one():
    with pytest.raises(DimensionMismatchError, match=r"is one number in dimension 3; .*such as 2 \* numpy\.eye\(3\)"):
        validation.as_matrix("m", 2.0, 3)
    with pytest.raises(InvalidArgumentError, match="has shape"):
        validation.as_matrix("m", [2.0, 1.0, 1.0], 3)


@pytest.mark.parametrize("scale", [1e-200, 1e-8, 1.0, 1e8, 1e200])
def test_what_counts_as_rounding_of_an_eigenvalue_is_a_share_of_the_largest(scale):
    validation.as_semidefinite("m", np.diag([scale, -1e-13 * scale]))
    with pytest.raises(InvalidArgumentError, match="is not positive semi-definite"):
        validation.as_semidefinite("m", np.diag([scale, -1e-9 * scale]))
