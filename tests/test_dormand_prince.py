"""The Runge-Kutta pair: the conditions of its order, and the same numbers in SciPy."""

import numpy as np
import pytest
from scipy.integrate import DOP853

from gausscollapse.process.exact.dormand_prince import dormand_prince


def defects(stages, weights, nodes):
    """Return by how much the conditions of tall and bushy trees up to order 8 are missed."""
    bushy = [weights @ nodes ** (order - 1) - 1.0 / order for order in range(1, 9)]
    chain, tall, factorial = np.ones_like(nodes), [], 1.0
    for order in range(1, 9):
        factorial *= order
        tall.append(weights @ chain - 1.0 / factorial)
        chain = stages @ chain
    return np.abs([*bushy, *tall, *(stages.sum(axis=1) - nodes)])


def test_the_pair_has_order_eight_and_a_control():
    stages, weights, nodes, *_ = dormand_prince()
    assert np.max(defects(stages, weights, nodes)) <= 1e-13
    spoilt = stages.copy()
    spoilt[10, 7] *= 1.0 + 1e-9
    assert np.max(defects(spoilt, weights, nodes)) > 1e-10


@pytest.mark.parametrize(("part", "name"), [(0, "A"), (1, "B"), (2, "C"), (3, "E3"), (4, "E5")])
def test_scipy_has_the_same_numbers(part, name):
    count = DOP853.n_stages
    theirs = getattr(DOP853, name)[:count]
    assert np.array_equal(dormand_prince()[part], theirs[:, :count] if name == "A" else theirs)
