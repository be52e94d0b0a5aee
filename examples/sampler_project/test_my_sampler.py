"""What holds for `my_sampler`, without a trained network and without Monte Carlo error."""

from my_sampler import my_sampler

from gausscollapse.testing import assert_order, assert_sampler_accuracy


def test_it_is_close_at_a_hundred_steps():
    assert_sampler_accuracy(my_sampler, "narrow", steps=100, at_most=1e-5)


def test_it_is_of_second_order():
    # KL is quadratic in what mean and variance are off by: twice the weak order.
    assert_order(my_sampler, "narrow", at_least=3.8)


def test_its_last_step_is_right():
    # One variance is 1e-4: whatever happens at the end of the grid is seen there.
    assert_sampler_accuracy(my_sampler, "heavy-ended", steps=50, at_most=4e-4)
