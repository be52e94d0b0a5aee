"""Innovations at small fresh fractions, against 80 digits: what cancels between two laws has its error or none."""

import mpmath as mp
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.rounding import EPS

GENERATIONS = 24


def products(matrix, noise, fresh, start, generations):
    """Return the Gram matrix of the innovations over N(0, 1) for a channel without offset, by mpmath."""
    matrix, noise, fresh = mp.mpf(matrix), mp.mpf(noise), mp.mpf(fresh)
    spreads, data, model = {"p": mp.mpf(1), 0: mp.mpf(start)}, "p", {0: mp.mpf(1)}
    if start == 1.0:
        spreads, model = {"p": mp.mpf(1)}, {"p": mp.mpf(1)}

    def image(name):
        key = ("K", name)
        spreads.setdefault(key, matrix**2 * spreads[name] + noise)
        return key

    rows = []
    for _ in range(generations):
        trained = {name: (1 - fresh) * weight for name, weight in model.items()}
        trained[data] = trained.get(data, mp.mpf(0)) + fresh
        model = {image(name): weight for name, weight in trained.items()}
        rows.append({name: model.get(name, 0) - trained.get(name, 0) for name in {*model, *trained}})
    names, dense = list(spreads), [[row.get(name, mp.mpf(0)) for name in spreads] for row in rows]
    excess = [spreads[name] - 1 for name in names]
    half = [[mp.expm1(-mp.log1p(-x * y) / 2) for y in excess[: i + 1]] for i, x in enumerate(excess)]
    table = [[half[max(i, j)][min(i, j)] for j in range(len(names))] for i in range(len(names))]
    # Row by table first: one sum an entry instead of a double one.
    summed = [[mp.fdot(row, column) for column in table] for row in dense]
    return [[mp.fdot(left, right) for right in dense] for left in summed]


def outside(found, truth):
    """Return how many entries of a Gram enclosure do not hold their truth."""
    lower, upper = np.asarray(found.lower), np.asarray(found.upper)
    return sum(
        not mp.mpf(float(lower[i, j])) <= number <= mp.mpf(float(upper[i, j]))
        for i, row in enumerate(truth)
        for j, number in enumerate(row)
    )


@pytest.mark.parametrize(("matrix", "noise", "start"), [(0.3, 0.9, 1.0), (0.2, 0.7, 1.3)])
def test_innovations_hold_the_truth_at_every_decade(matrix, noise, start):
    channel = gc.AffineChannel(matrix, 0.0, noise)
    with mp.workdps(80):
        for decade in (1, 9, 14, 15):
            fresh = 10.0**-decade
            trajectory = gc.retrain(
                gc.Gaussian(0, 1), fresh=fresh, step=channel, generations=GENERATIONS, start=gc.Gaussian(0, start)
            )
            truth = products(matrix, noise, fresh, start, GENERATIONS)
            assert outside(trajectory.innovation_gram_enclosure, truth) == 0


def test_control_an_innovation_that_is_off_by_its_rounding_before_the_difference_is_seen():
    channel = gc.AffineChannel(0.5, 0.0, 0.6)
    trajectory = gc.retrain(gc.Gaussian(0, 1), fresh=1e-3, step=channel, generations=12)
    with mp.workdps(80):
        truth = products(0.5, 0.6, 1e-3, 1.0, 12)
    found = trajectory.innovation_gram_enclosure
    assert outside(found, truth) == 0
    assert outside(found * (1.0 + 1e-3), truth) > 0


def test_a_small_difference_of_weights_keeps_its_digits():
    # q has a times the data's weight more than the model: a^2 of the image of the data is left.
    channel = gc.AffineChannel(0.5, 0.0, 0.6)
    for fresh in (1e-5, 1e-9, 1e-14):
        pool = gc.retrain(gc.Gaussian(0, 1), fresh=fresh, step=channel, generations=3).pool
        row = pool.innovations.weights[[2]].toarray()[0]
        exact = mp.mpf(fresh) ** 2
        assert min(abs(mp.mpf(float(u)) / exact - 1) for u in row if u) < 4 * EPS
