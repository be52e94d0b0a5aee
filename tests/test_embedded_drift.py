"""Drift in the norm of a kernel, against a recursion in mpmath that knows neither pools nor doubled floats."""

import mpmath
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.app import tables_runs
from gausscollapse.app.figures_retraining import trajectory_figure
from gausscollapse.retraining import filter_sum


class Widened:
    """Data on the line and a kernel density of one bandwidth: components of age k have the variance V + k H."""

    def __init__(self, data, bandwidth, fresh, width):
        self.weights = [mpmath.mpf(float(w)) for w in data.weights]
        self.means = [mpmath.mpf(float(m)) for m in data.means[:, 0]]
        self.variances = [mpmath.mpf(float(v)) for v in data.covs[:, 0, 0]]
        self.noise = mpmath.mpf(float(gc.retraining.kernel_density(bandwidth).noise[0, 0]))
        self.fresh, self.width, self.known = mpmath.mpf(float(fresh)), mpmath.mpf(width), {}

    def between(self, age):
        """Return the inner product of ages that add up to this."""
        if age not in self.known:
            total = mpmath.mpf(0)
            parts = list(zip(self.weights, self.means, self.variances, strict=True))
            for w, m, v in parts:
                for other, n, u in parts:
                    spread = self.width**2 + v + u + age * self.noise
                    total += w * other * self.width / mpmath.sqrt(spread) * mpmath.exp(-((m - n) ** 2) / spread / 2)
            self.known[age] = total
        return self.known[age]

    def model(self, n):
        law = {k: self.fresh * (1 - self.fresh) ** (k - 1) for k in range(1, n + 1)}
        law[n] = law.get(n, mpmath.mpf(0)) + (1 - self.fresh) ** n
        return law

    def deviation(self, n):
        return self.minus(self.model(n), {0: mpmath.mpf(1)})

    def innovation(self, n):
        trained = {k: (1 - self.fresh) * w for k, w in self.model(n).items()}
        trained[0] = trained.get(0, 0) + self.fresh
        return self.minus(self.model(n + 1), trained)

    @staticmethod
    def minus(law, other):
        return {k: law.get(k, 0) - other.get(k, 0) for k in {*law, *other}}

    def inner(self, left, right):
        return sum(u * v * self.between(i + j) for i, u in left.items() for j, v in right.items())


DATA = gc.GaussianMixture([0.3, 0.7], [-2.0, 2.0], 0.25)


def close(found, exact, relative=1e-10):
    assert found.lower <= exact <= found.upper
    assert found.upper - found.lower <= relative * abs(exact)


@pytest.mark.parametrize(("bandwidth", "fresh", "width"), [(0.1, 0.1, 1.0), (0.02, 0.3, 0.5), (0.7, 0.05, 4.0)])
def test_two_hundred_generations_are_those_of_mpmath(bandwidth, fresh, width):
    run = gc.retrain(DATA, fresh=fresh, step=gc.retraining.kernel_density(bandwidth), generations=200)
    drift = run.mmd(width=width)
    with mpmath.workdps(40):
        truth = Widened(DATA, bandwidth, fresh, width)
        for n in (1, 2, 60, 200):
            deviation = truth.deviation(n)
            square = truth.inner(deviation, deviation)
            close(drift.accumulated_enclosure[n], square)
            close(drift.distances_enclosure[n], mpmath.sqrt(square))
        rows = {n: truth.innovation(n) for n in (0, 3, 199)}
        for i, j in ((0, 0), (0, 199), (3, 199), (199, 199)):
            close(drift.innovation_gram_enclosure[i, j], truth.inner(rows[i], rows[j]))
        trained = truth.minus({k: (1 - truth.fresh) * w for k, w in truth.deviation(60).items()}, {})
        close(drift.refreshed_enclosure[60], truth.inner(trained, trained))


def test_finite_where_chi_squared_is_not_and_the_double_sum_of_its_innovations():
    run = gc.retrain(DATA, fresh=0.1, step=gc.retraining.kernel_density(0.3), generations=200)
    assert np.isinf(run.accumulated[-1])
    drift = run.mmd(width=1.0)
    assert np.all(np.isfinite(drift.accumulated_enclosure.upper))
    assert filter_sum(drift.innovation_gram, 0.1) == pytest.approx(drift.accumulated, rel=1e-10)
    # The control: without the cross terms it is another number.
    assert filter_sum(np.diag(drift.innovation_energy), 0.1)[-1] < 0.3 * drift.accumulated[-1]
    assert drift.refreshed == pytest.approx(0.9**2 * drift.accumulated[:-1], rel=1e-10)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_every_distance_is_that_of_the_two_laws(dim):
    rng = np.random.default_rng(dim)
    data = gc.GaussianMixture(
        [0.4, 0.6], rng.standard_normal((2, dim)), np.array([0.5, 1.5])[:, None, None] * np.eye(dim)
    )
    steps = [
        gc.AffineChannel(
            np.eye(dim) + 0.1 * rng.standard_normal((dim, dim)), 0.1 * rng.standard_normal(dim), 0.05 * np.eye(dim)
        )
        for _ in range(4)
    ]  # fmt: skip
    start = gc.Gaussian(0.1 * np.ones(dim), np.eye(dim))
    run = gc.retrain(data, fresh=[0.0, 0.2, 0.5, 0.3], step=steps, generations=4, start=start)
    drift = run.mmd(width=0.8)
    for n, model in enumerate(run.models):
        assert drift.distances_enclosure[n].overlaps(gc.mmd(model, data, width=0.8))
    for n, trained in enumerate(run.training_laws):
        away = gc.mmd(run.models[n + 1], trained, width=0.8)
        assert drift.innovation_energy_enclosure[n].overlaps(away * away)
    sums = filter_sum(drift.innovation_gram, run.fresh, initial=drift.accumulated[0], cross=drift.initial_products)
    assert sums == pytest.approx(drift.accumulated, rel=1e-10)


def test_a_small_drift_over_one_gaussian_keeps_its_digits():
    offset = 1e-9
    run = gc.retrain(gc.Gaussian(3.0, 2.0), fresh=0.0, step=gc.retraining.offset_channel(offset), generations=3)
    drift = run.mmd(width=1.0)
    with mpmath.workdps(40):
        # -2 expm1(-(3 c)^2/(2 (l^2 + 2 V))) l/sqrt(l^2 + 2 V)
        exact = -2 * mpmath.expm1(-((3 * mpmath.mpf(offset)) ** 2) / 10) / mpmath.sqrt(5)
        assert drift.accumulated_enclosure[3].lower <= exact <= drift.accumulated_enclosure[3].upper
    assert drift.accumulated[3] == pytest.approx(float(exact), rel=1e-6)


def test_no_generations_and_no_drift():
    run = gc.retrain(DATA, fresh=0.5, step=gc.retraining.perfect(), generations=0)
    assert run.mmd(width=1.0).distances.tolist() == [0.0]
    assert run.mmd(width=1.0).innovation_gram.shape == (0, 0)
    still = gc.retrain(DATA, fresh=0.5, step=gc.retraining.perfect(), generations=3)
    assert not np.any(still.mmd(width=1.0).distances)


def test_too_many_components_and_bad_widths_are_one_line(monkeypatch):
    monkeypatch.setattr("gausscollapse.retraining.trajectory.MOST_KERNEL_COMPONENTS", 60)
    run, short = (
        gc.retrain(gc.Gaussian(0, 1), fresh=0.01, step=gc.retraining.kernel_density(0.01), generations=count)
        for count in (60, 59)
    )
    with pytest.raises(gc.core.NotSupportedError, match="61 distinct components"):
        run.mmd(width=1.0)
    assert short.mmd(width=1.0).distances.size == 60
    with pytest.raises(gc.GaussCollapseError, match="width"):
        run.mmd(width=0.0)


def test_a_dataset_has_the_drift_with_its_gram_matrix():
    run = gc.retrain(DATA, fresh=0.3, step=gc.retraining.kernel_density(0.6), generations=4)
    found, drift = run.to_dataset(), run.mmd()
    assert found["mmd"].values == pytest.approx([gc.mmd(m, DATA, width=drift.width).value for m in run.models])
    assert np.all(found["mmd_lower"] <= found["mmd"])
    assert found["mmd_innovation_gram"].dims == ("generation", "other_generation")
    assert np.diag(found["mmd_innovation_gram"]) == pytest.approx(found["mmd_innovation_energy"].values)
    assert f"width {drift.width:.6g}" in found["mmd"].attrs["long_name"]


def test_the_table_tells_a_finite_drift_and_its_kernel():
    run = gc.retrain(DATA, fresh=0.3, step=gc.retraining.kernel_density(0.6), generations=4)
    table, drift = tables_runs.trajectory(run), run.mmd()
    column = [heading.heading for heading in table.columns].index("MMD")
    shown = [float(row[column].text) for row in table.rows]
    assert shown == pytest.approx(drift.distances, rel=1e-5)
    assert drift.width == pytest.approx(np.sqrt(np.trace(DATA.cov)))
    assert any(f"successive innovations correlate {drift.successive_correlation:.2f}" in note for note in table.notes)


def test_the_figure_has_a_panel_where_chi_squared_is_infinite_and_only_there():
    endless = gc.retrain(DATA, fresh=0.3, step=gc.retraining.kernel_density(0.6), generations=4)
    panel = trajectory_figure(endless).axes[2]
    lines = {line.get_label(): line.get_ydata() for line in panel.lines}
    assert lines["exact"] == pytest.approx(endless.mmd().distances)
    assert np.all(lines["coherent (upper bound)"] >= lines["exact"] * (1 - 1e-9))
    steady = gc.retrain(gc.Gaussian(0, 1), fresh=0.5, step=gc.retraining.offset_channel(0.1), generations=4)
    assert len(trajectory_figure(steady).axes) == 2
