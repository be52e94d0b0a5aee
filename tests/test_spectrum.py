"""Spectra of innovations against quadratures of many digits, Gram matrices, linear programs and whole runs."""

import mpmath
import numpy as np
import pytest
from scipy.optimize import linprog

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.retraining import Spectrum, filter_sum, long_run_drift, long_run_edges, power_gain


def exact_drift(spectrum, fresh):
    """Return the long-run drift as an integral of the gain over density and atoms, with 30 digits."""
    with mpmath.workdps(30):
        k, g = 1 - mpmath.mpf(fresh), [mpmath.mpf(float(x)) for x in spectrum.autocovariances]

        def gain(w):
            return 1 / abs(1 - k * mpmath.expj(w)) ** 2

        def density(w):
            tail = mpmath.re(g[-1] * spectrum.decay * mpmath.expj(w * len(g)) / (1 - spectrum.decay * mpmath.expj(w)))
            return g[0] + 2 * sum(x * mpmath.cos(n * w) for n, x in enumerate(g[1:], 1)) + 2 * tail

        found = sum(
            mpmath.mpf(w) * gain(mpmath.mpf(a)) for a, w in zip(spectrum.angles, spectrum.weights, strict=True)
        )
        if g:
            found += (
                mpmath.quad(lambda w: gain(w) * density(w), [*np.linspace(0, np.pi, 9).tolist()[:-1], mpmath.pi])
                / mpmath.pi
            )
        return found


SPECTRA = [
    Spectrum([1.0], decay=0.5),
    Spectrum([1.0, 0.3, -0.2]),
    Spectrum([0.5, 0.2], angles=[0.0, 1.3, np.pi], weights=[0.2, 0.4, 0.1], decay=0.7),
    Spectrum(angles=[2.0, 0.4], weights=[1.5, 0.01]),
    Spectrum([2.0, 0.1, 0.9], decay=0.3),
]


@pytest.mark.parametrize("fresh", [0.04, 0.5, 1.0])
@pytest.mark.parametrize("spectrum", SPECTRA)
def test_drift_holds_the_integral_of_the_gain(spectrum, fresh):
    truth, found = exact_drift(spectrum, fresh), spectrum.drift(fresh)
    assert found.lower <= truth <= found.upper
    assert found.width < 1e-11 * float(truth)
    # The number c: its autoregressive innovations leave the same drift.
    place = spectrum.effective_correlation(fresh)
    if fresh < 1.0:
        k = 1 - mpmath.mpf(fresh)
        ratio = truth * (1 - k**2) / mpmath.mpf(spectrum.energy)
        assert place.lower - 1e-15 <= (ratio - 1) / (k * (ratio + 1)) <= place.upper + 1e-15
        assert spectrum.energy * float(long_run_drift(fresh, float(place))) == pytest.approx(float(truth), rel=1e-10)
    # One part in a million is seen.
    assert not found.contains(float(truth) * (1 + 1e-6))


@pytest.mark.parametrize("spectrum", SPECTRA)
def test_drift_is_that_of_the_gram_matrix(spectrum):
    lags = np.abs(np.subtract.outer(np.arange(200), np.arange(200)))
    gram, fresh = spectrum.autocovariance(lags), 0.3
    assert filter_sum(gram, fresh)[-1] == pytest.approx(float(spectrum.drift(fresh)), rel=1e-10)
    # The control: c for -c.
    assert filter_sum(gram * (-1.0) ** lags, fresh)[-1] != pytest.approx(float(spectrum.drift(fresh)), rel=1e-3)
    assert spectrum.successive_correlation == pytest.approx(gram[0, 1] / gram[0, 0])


def test_the_gain_has_the_ends_and_the_mean_of_the_range():
    fresh = np.array([0.1, 0.6])
    low, middle, high = long_run_edges(fresh)
    assert power_gain(fresh, np.pi) == pytest.approx(low)
    assert power_gain(fresh, 0.0) == pytest.approx(high)
    circle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    assert np.mean(power_gain(fresh[:, None], circle), axis=1) == pytest.approx(middle)


def program(autocovariances, fresh, sign):
    """Return the least (1) or greatest (-1) drift of atoms on a grid of frequencies with these autocovariances."""
    angles = np.linspace(0, np.pi, 4001)
    rows = np.cos(np.outer(np.arange(len(autocovariances)), angles))
    gains = power_gain(fresh, angles)
    return sign * linprog(sign * gains, A_eq=rows, b_eq=autocovariances, bounds=(0, None)).fun


@pytest.mark.parametrize("autocovariances", [[1.0], [1.0, 0.5], [2.0, -0.6, 0.9], [1.0, 0.2, 0.1, -0.3]])
def test_what_is_not_known_is_enclosed_by_ends_that_are_attained(autocovariances):
    fresh = 0.25
    found = Spectrum(autocovariances, decay=None).drift(fresh)
    low, high = program(autocovariances, fresh, 1), program(autocovariances, fresh, -1)
    # Atoms on a grid come within its mesh of the ends, from inside.
    assert found.lower - 1e-9 <= low <= found.lower + 1e-4
    assert found.upper - 1e-3 <= high <= found.upper + 1e-9
    assert found.contains(float(Spectrum(autocovariances).drift(fresh)))
    if len(autocovariances) == 1:
        assert [found.lower, found.upper] == pytest.approx([float(e) for e in long_run_edges(fresh)[::2]], rel=1e-13)


def test_the_value_in_between_is_autoregressive():
    found = Spectrum([1.0, 0.5], decay=None)
    assert float(found.drift(0.3)) == pytest.approx(float(long_run_drift(0.3, 0.5)), rel=1e-13)
    k = 0.7
    assert found.drift(0.3).lower == pytest.approx(1 / (1 - 2 * k * 0.5 + k**2), rel=1e-13)
    assert found.drift(0.3).upper == pytest.approx((1 + 2 * k * 0.5 + k**2) / (1 - k**2) ** 2, rel=1e-13)
    # One frequency is known from two lags on: nothing is left open.
    wave = Spectrum(np.cos(1.1 * np.arange(6)), decay=None).drift(0.2)
    assert wave.width < 1e-9
    assert wave.contains(float(Spectrum(angles=1.1, weights=1.0).drift(0.2)))


@pytest.mark.parametrize("fresh", [0.2, 0.7])
def test_a_runs_spectrum_gives_its_drifts(fresh):
    step = gc.retraining.RandomOffset(0.2, seed=3)
    run = gc.retrain(gc.Gaussian(0.0, 1.0), fresh=fresh, step=step, generations=12)
    k, drift = 1 - fresh, run.accumulated
    whole = drift[1:].sum() + k**2 / (1 - k**2) * drift[-1]
    found = run.spectrum.drift(fresh)
    assert 12 * float(found) == pytest.approx(whole, rel=1e-11)
    assert 12 * float(found) != pytest.approx(drift[1:].sum(), rel=1e-3)
    low, _, high = long_run_edges(fresh)
    assert low <= float(found) / run.spectrum.energy <= high
    embedded = run.mmd(width=1.0)
    whole = embedded.accumulated[1:].sum() + k**2 / (1 - k**2) * embedded.accumulated[-1]
    assert 12 * float(embedded.spectrum.drift(fresh)) == pytest.approx(whole, rel=1e-9)


def test_ends_of_the_range_have_the_numbers_one_and_minus_one():
    data, size = gc.Gaussian(0.0, 1.0), 0.01
    same = gc.retrain(data, fresh=0.4, step=gc.retraining.DriftingOffset([size]), generations=60)
    turned = gc.retrain(data, fresh=0.4, step=gc.retraining.AlternatingOffset([size]), generations=60)
    # Sixty generations begin and end: the spectrum of a finite run is no atom.
    assert 0.95 < float(same.spectrum.effective_correlation(0.4)) < 1.0
    assert -1.0 < float(turned.spectrum.effective_correlation(0.4)) < -0.95


def test_the_density_is_that_of_the_runs_periodogram():
    rng = np.random.default_rng(5)
    innovations = rng.normal(size=(9, 3))
    angles = np.linspace(0, np.pi, 7)
    waves = np.exp(1j * np.outer(angles, np.arange(9))) @ innovations
    found = Spectrum.of_innovations(innovations @ innovations.T)
    assert found.density(angles) == pytest.approx(np.sum(np.abs(waves) ** 2, axis=1) / (9 * 2 * np.pi))


def test_intervals_of_products_are_carried_along():
    gram = gc.Enclosure(np.eye(3), np.eye(3) - 0.01, np.eye(3) + 0.01)
    found = Spectrum.of_innovations(gram).drift(0.5)
    corners = [float(Spectrum.of_innovations(np.eye(3) + e).drift(0.5)) for e in (-0.01, 0.01)]
    assert found.lower <= corners[0] < corners[1] <= found.upper
    assert found.upper - corners[1] < 1e-12


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Spectrum([1.0, 0.9]), "energy -0.8 at frequency 3.142"),
        (lambda: Spectrum([1.0, 0.9, 0.0], decay=None), "from lag 2 on"),
        (lambda: Spectrum([1.0, -0.2], decay=1), "no atom"),
        (lambda: Spectrum(), "leaves no energy"),
        (lambda: Spectrum([1.0], angles=[4.0], weights=1.0), "frequencies"),
        (lambda: Spectrum.of_innovations(np.zeros((2, 2))), "has no energy"),
        (lambda: Spectrum([1.0]).drift(0.0), "out of range"),
        (lambda: Spectrum([1.0]).autocovariance([0.5]), "number of generations"),
    ],
)
def test_what_is_no_spectrum_is_refused(build, words):
    with pytest.raises(InvalidArgumentError, match=words):
        build()


def test_what_never_decays_is_an_atom():
    mixed = Spectrum([1.0, 0.2], decay=1.0)
    assert mixed.autocovariance([0, 1, 7]).tolist() == pytest.approx([1.0, 0.2, 0.2])
    assert float(mixed.drift(0.5)) == pytest.approx(0.8 / 0.75 + 0.2 / 0.25, rel=1e-14)
    turned = Spectrum([1.0, -0.2], decay=-1.0)
    assert turned.autocovariance([0, 1, 2]).tolist() == pytest.approx([1.0, -0.2, 0.2])


def test_the_figure_marks_both_ends_and_places_runs_on_the_curve():
    from gausscollapse.app import spectrum_figure

    runs = {"forgotten": Spectrum([1.0], decay=0.5), "third": Spectrum(angles=2 * np.pi / 3, weights=2.0)}
    left, right = spectrum_figure(runs, fresh=0.2).axes
    low, _, high = (float(edge) for edge in long_run_edges(0.5))
    ends = next(
        line for line in left.lines if line.get_marker() == "o" and line.get_ydata()[0] == pytest.approx(high)
    )
    assert ends.get_ydata()[1] == pytest.approx(low)
    assert list(ends.get_xdata()) == pytest.approx([0.0, np.pi])
    drawn = {line.get_label().split(":")[0]: line.get_xydata()[0] for line in right.lines if ":" in line.get_label()}
    for name, spectrum in runs.items():
        c, ratio = drawn[name]
        assert ratio == pytest.approx(float(exact_drift(spectrum, 0.2)) / spectrum.energy)
        assert float(long_run_drift(0.2, c)) == pytest.approx(ratio)
    # Where no correlation is known the bar is all of the range.
    (bar,) = (
        line
        for line in spectrum_figure({"unknown": Spectrum([1.0], decay=None)}, fresh=0.5).axes[1].lines
        if len(line.get_xdata()) == 2 and line.get_linewidth() == 5.0
    )
    assert list(bar.get_ydata()) == pytest.approx([low, high])
    with pytest.raises(InvalidArgumentError, match="no spectrum"):
        spectrum_figure({"numbers": [1.0]})


def test_a_table_of_a_run_tells_its_one_number():
    from gausscollapse.app import tables_runs

    run = gc.retrain(gc.Gaussian(0.0, 1.0), fresh=0.5, step=gc.retraining.DriftingOffset([0.01]), generations=20)
    (note,) = (note for note in tables_runs.trajectory(run).notes if "correlation c" in note)
    k, drift, energy = 0.5, run.accumulated, run.innovation_energy
    ratio = (drift.sum() + k**2 / (1 - k**2) * drift[-1]) / energy.sum()
    c = (ratio * (1 - k**2) - 1) / (k * (ratio * (1 - k**2) + 1))
    assert f"c = {c:.3f}: drift {ratio:.3g} J" in note
    assert "between 0.444 J" in note
    # Where drift has no such place nothing is said.
    kept = gc.retrain(run.data, fresh=0.0, step=gc.retraining.DriftingOffset([0.01]), generations=3)
    assert not any("correlation c" in note for note in tables_runs.trajectory(kept).notes)
