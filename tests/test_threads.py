"""One rule for the number of threads."""

import os

import numba
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.threads import thread_count
from tests.conftest import THREADS


def test_threads_are_those_asked_for_or_those_that_numba_may_use():
    assert thread_count(5) == 5
    assert thread_count(None) == numba.get_num_threads() <= (os.cpu_count() or 1)
    allowed = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        assert thread_count(None) == 1
    finally:
        numba.set_num_threads(allowed)


@pytest.mark.parametrize("threads", [0, -1, 1.5])
def test_no_number_of_threads_is_refused(threads):
    with pytest.raises(InvalidArgumentError, match="threads"):
        thread_count(threads)


def test_linear_algebra_has_the_threads_that_conftest_allows():
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    assert libraries
    for library in libraries:
        assert library["num_threads"] == int(os.environ[THREADS["blas"]]), library
    with threadpool_limits(2, user_api="blas"):
        assert {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"} == {2}
