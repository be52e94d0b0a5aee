"""Plans of fresh data: recursion, cycles, dynamic programming, against sums, exhaustive search and closed forms."""

import math
from itertools import product

import numpy as np
import pytest

from gausscollapse.app.figures_plans import allocation_figure
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.retraining import (
    cycle_drift,
    filter_sum,
    innovation_correlation,
    long_run_drift,
    plan_fresh,
    schedule_drift,
)


@pytest.mark.parametrize("correlation", [-1.0, -0.6, 0.0, 0.3, 1.0])
def test_drift_of_a_schedule_is_the_double_sum(correlation):
    fresh = np.random.default_rng(1).uniform(0, 1, 200)
    lags = np.abs(np.subtract.outer(np.arange(200), np.arange(200)))
    expected = filter_sum(correlation**lags, fresh)[1:]
    assert schedule_drift(fresh, correlation=correlation) == pytest.approx(expected, rel=1e-10)
    assert schedule_drift(fresh, correlation=0.9 * correlation + 0.01) != pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("correlation", [-1.0, -0.4, 0.0, 0.7, 1.0])
def test_cycles_are_late_generations(correlation):
    cycle = [0.1, 0.0, 0.5]
    late = schedule_drift(cycle * 400, correlation=correlation)[-3:]
    assert cycle_drift(cycle, correlation=correlation) == pytest.approx(np.mean(late), rel=1e-11)
    constant = cycle_drift([0.2], correlation=correlation)
    assert constant == pytest.approx(float(long_run_drift(0.2, correlation)), rel=1e-12)


def test_three_policies_of_period_two_hundred():
    """Against the closed form, minimised by itself in steps of 0.001; the figure's numbers."""
    sizes = np.arange(500, 1001) / 1000
    ratio = np.array([cycle_drift([0.0] * 199 + [a]) / cycle_drift([a / 200]) for a in sizes])
    closed = ((1 + 199 * (1 - sizes) ** 2) / (sizes * (2 - sizes)) + 199 / 2) * (sizes / 200) * (2 - sizes / 200)
    assert ratio == pytest.approx(closed, rel=1e-11)
    best = int(np.argmin(ratio))
    assert abs(sizes[best] - 0.584) < 0.0011
    assert ratio[best] == pytest.approx(0.830, abs=5e-4)
    assert ratio[-1] == pytest.approx((1 + 1 / 200) * (2 - 1 / 200) / 2, rel=1e-12)
    assert ratio[best] > 2 * (np.sqrt(2) - 1)
    # A full refresh is no optimum: the control.
    assert ratio[-1] > 1.15 * ratio[best]


@pytest.mark.parametrize(("correlation", "aim"), [(0.0, "mean"), (0.5, "mean"), (1.0, "mean"), (0.0, "last")])
def test_no_schedule_on_a_grid_is_better(correlation, aim):
    """Every schedule of six generations in steps of a fifth with the budget; the floor is below them all."""
    steps = np.arange(6) / 5
    costs = []
    for fresh in product(steps, repeat=6):
        if abs(sum(fresh) - 1.2) < 1e-9:
            drift = schedule_drift(fresh, correlation=correlation)
            costs.append(drift[-1] if aim == "last" else np.mean(drift))
    plan = plan_fresh(0.2, generations=6, correlation=correlation, aim=aim)
    assert plan.drift <= min(costs) * (1 + 1e-9)
    assert plan.floor <= min(costs)
    assert plan.floor > 0.85 * plan.drift
    assert np.mean(plan.fresh) == pytest.approx(0.2, abs=1e-12)
    assert np.all((plan.fresh >= 0) & (plan.fresh <= 1))
    assert plan.drift == pytest.approx(_aimed(plan), rel=1e-12)


def _aimed(plan):
    drift = schedule_drift(plan.fresh, correlation=plan.correlation)
    return drift[-1] if plan.aim == "last" else np.mean(drift)


@pytest.mark.slow
@pytest.mark.parametrize("correlation", [-1.0, -0.5, 0.0, 0.5, 1.0])
def test_plans_beat_random_and_periodic_ones(correlation):
    plan = plan_fresh(0.1, generations=30, correlation=correlation)
    rng = np.random.default_rng(3)
    for _ in range(2000):
        fresh = rng.dirichlet(np.full(30, rng.choice([0.05, 0.3, 2.0]))) * 3
        if np.max(fresh) <= 1:
            assert np.mean(schedule_drift(fresh, correlation=correlation)) >= plan.drift * (1 - 1e-9)
    if correlation >= 0:
        assert plan.drift - plan.floor < 0.03 * plan.drift
    else:
        assert np.isnan(plan.floor)


@pytest.mark.parametrize("correlation", [-1.0, -0.5, 0.0, 0.8, 1.0])
def test_correlation_of_a_gram_matrix_places_the_run(correlation):
    lags = np.abs(np.subtract.outer(np.arange(200), np.arange(200)))
    gram = 0.3 * correlation**lags
    found = innovation_correlation(gram)
    assert found == pytest.approx(correlation, abs=1e-12)
    limit = float(long_run_drift(0.3, found))
    assert filter_sum(gram, 0.3)[-1] == pytest.approx(0.3 * limit, rel=1e-10)
    if correlation:
        assert filter_sum(gram, 0.3)[-1] != pytest.approx(0.3 * float(long_run_drift(0.3, -found)), rel=0.1)


def test_correlation_needs_a_gram_matrix():
    for gram in ([[1.0]], [[0.0, 0.0], [0.0, 0.0]], [[1.0, 2.0], [2.0, 1.0]], [[-1.0, 0.0], [0.0, 1.0]]):
        with pytest.raises(InvalidArgumentError, match="gram"):
            innovation_correlation(gram)


def test_edges_of_plans():
    assert plan_fresh(0.0, generations=4).drift == pytest.approx(2.5)
    assert plan_fresh(1.0, generations=4).drift == pytest.approx(1.0)
    assert plan_fresh(0.3, generations=1).drift == 1.0
    with pytest.raises(InvalidArgumentError, match="budget"):
        plan_fresh(1.5)
    with pytest.raises(InvalidArgumentError, match="has no fresh data"):
        cycle_drift([0.0, 0.0])


def test_figure_marks_the_best_refresh():
    left, right = allocation_figure(period=200).axes
    # Of ((1 + 199 (1-a)^2)/(a (2-a)) + 199/2) over that of the constant a/200, by calculus on a fine grid.
    a = np.linspace(0.5, 0.7, 20001)
    costs = ((1 + 199 * (1 - a) ** 2) / (a * (2 - a)) + 99.5) * (a / 200) * (2 - a / 200)
    least = f"{costs.min():.3f}"
    assert (least, f"{a[np.argmin(costs)]:.3f}") == ("0.830", "0.584")
    # All squares from 1 to 200^2 over 200^2 of the constant.
    full = sum(n * n for n in range(1, 201)) / 200 / 200**2
    assert [text.get_text() for text in left.texts] == ["$a$ = 0.584: 0.830"]
    assert [text.get_text() for text in right.texts] == [f"$a$ = 1.000: {full:.3f}"]
    # The limit of long periods: 2 (sqrt 2 - 1) at 2 - sqrt 2.
    (curve,) = [line for line in left.lines if "long periods" in str(line.get_label())]
    x, y = (np.asarray(part) for part in curve.get_data())
    assert abs(x[np.argmin(y)] - (2 - math.sqrt(2))) < 0.005
    assert abs(y.min() - 2 * (math.sqrt(2) - 1)) < 1e-5
    assert r"2(\sqrt{2}-1)" in curve.get_label()


def test_command_prints_both_schedules(capsys):
    from gausscollapse.app.plans import plan

    plan(0.1, generations=20, correlation=0.0, aim="mean")
    out = capsys.readouterr().out
    assert "constant" in out
    assert "% less" in out
