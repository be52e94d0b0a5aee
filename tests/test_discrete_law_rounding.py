"""The chain's energy against its recursion with 80 digits, where parts cancel or matrices are near singular."""

import mpmath as mp
import numpy as np
import pytest

import gausscollapse as gc

DIGITS = 80


def column(values):
    return mp.matrix([mp.mpf(float(x)) for x in values])


def square(values):
    return mp.matrix([[mp.mpf(float(x)) for x in row] for row in values])


def energy_truth(process, times, *, learned):
    """Return the energy by the plain recursion of means and covariances, from the stored floats."""
    with mp.workdps(DIGITS):
        data, form = process.gaussian, process.form
        eye, mean, cov = mp.eye(data.dim), column(data.mean), square(data.cov)
        matrix, offset, response = square(form.matrix), column(form.offset), square(form.response)

        def law(mu, sigma, t):
            keep = mp.exp(-t)
            return mp.sqrt(keep) * mu, (keep * sigma + (1 - keep) * eye) ** -1

        t = mp.mpf(float(times[0]))
        m, v = mp.zeros(data.dim, 1), eye
        if process.matched:
            m, precision = law(mean, cov, t)
            v = precision**-1
        energy = mp.mpf(0)
        for following in times[1:]:
            h = t - mp.mpf(float(following))
            centre, precision = law(mean, cov, t)
            slope = matrix + response * precision
            constant = offset - response * precision * centre
            if form.target is not None:
                share = mp.mpf(form.share)
                other, drawn = law(column(form.target.mean), square(form.target.cov), t)[::-1]
                slope += share * (precision - other)
                constant += share * (other * drawn - precision * centre)
            e = slope * m + constant
            spread = slope * v * slope.T
            energy += h * ((e.T * e)[0] + mp.fsum(spread[i, i] for i in range(data.dim)))
            drift = eye + h * (eye / 2 - precision + (slope if learned else 0 * eye))
            m = drift * m + h * (precision * centre + (constant if learned else 0 * constant))
            v = drift * v * drift.T + h * eye
            t = mp.mpf(float(following))
        return energy


def check(process, *, steps=8, width=None, grid="log-snr"):
    for law in ("learned", "ideal"):
        found = gc.discrete_law(process, steps, grid=grid, law=law)
        truth = energy_truth(process, found.times, learned=law == "learned")
        assert mp.mpf(found.energy.lower) <= truth <= mp.mpf(found.energy.upper), (process, law)
        if width is not None:
            assert found.energy.width <= width * float(truth), (process, law)


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("start", ["marginal", "standard-normal"])
def test_a_target_near_the_data_cancels_nothing(gap, start):
    cov = np.array([[1.0, 0.3], [0.3, 0.5]])
    data = gc.Gaussian([0.3, -0.2], cov)
    target = gc.Gaussian(data.mean + gap, cov * (1.0 + gap))
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(2.0, 0.1), gc.RealizableError(target), start=start)
    check(process, width=1e-11)


@pytest.mark.parametrize("mean", [1.0, 1e2, 1e4, 1e8])
def test_large_means_cancel_nothing(mean):
    data = gc.Gaussian([mean, -mean], [[1.0, 0.3], [0.3, 0.5]])
    error = gc.AmplifiedScoreError(0.1) + gc.RealizableError(gc.Gaussian(data.mean + 0.25, 1.1 * data.cov))
    check(gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(2.0, 0.1), error), width=1e-11)


@pytest.mark.parametrize("gap", [1e-2, 1e-5, 1e-8, 1e-11])
def test_conditioning_is_in_the_interval(gap):
    data = gc.Gaussian([1.0, 2.0], [[1.0, 1.0 - gap], [1.0 - gap, 1.0]])
    error = gc.AmplifiedScoreError(0.1) + gc.AffineError([[0.1, 0.2], [0.0, 0.1]], [0.0, 0.1])
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(2.0, 0.01 * gap), error)
    check(process, steps=20, width=max(1e-11, 1e-10 / gap**1.5))


def random_process(rng):
    dim = int(rng.integers(1, 4))

    def cov():
        rotation = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
        product = (rotation * 10.0 ** rng.uniform(-rng.choice([1.0, 6.0, 10.0]), 1.0, dim)) @ rotation.T
        return 0.5 * (product + product.T)

    def matrix():
        return 10.0 ** rng.uniform(-3, 0) * rng.standard_normal((dim, dim))

    data = gc.Gaussian(10.0 ** rng.uniform(-2, 5) * rng.standard_normal(dim), cov())
    near = 10.0 ** rng.uniform(-13, 0)
    targets = (
        gc.Gaussian(data.mean + near * rng.standard_normal(dim), data.cov * (1.0 + near)),
        gc.Gaussian(rng.standard_normal(dim), cov()),
    )
    swirl = matrix()
    parts = [
        gc.AffineError(matrix(), rng.standard_normal(dim)),
        gc.SolenoidalError(swirl - swirl.T),
        gc.RealizableError(targets[int(rng.integers(0, 2))]).scaled(rng.uniform(-1, 1)),
        gc.AmplifiedScoreError(rng.uniform(-0.5, 0.5)),
    ]
    error = parts[int(rng.integers(0, 4))]
    for part in parts:
        if rng.uniform() < 0.3 and part is not error:
            error = error + part
    start = "marginal" if rng.uniform() < 0.5 else "standard-normal"
    stop = 10.0 ** rng.uniform(-6, -1)
    return gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(rng.uniform(0.3, 4.0), stop), error, start=start)


@pytest.mark.parametrize("seed", range(40))
def test_random_chains_over_decades(seed):
    rng = np.random.default_rng([77, seed])
    check(random_process(rng), steps=int(rng.integers(1, 25)), grid=("uniform", "log-snr")[seed % 2])


def test_the_intervals_are_narrow_enough_to_fail():
    """The control: an error that is off by 1e-9 of itself has its energy outside."""
    data = gc.Gaussian([1e4, -1e4], [[1.0, 0.3], [0.3, 0.5]])
    diffusion, error = gc.OrnsteinUhlenbeck(2.0, 0.1), gc.AmplifiedScoreError(0.1)
    found = gc.discrete_law(gc.ReverseProcess(data, diffusion, error), 8)
    other = gc.ReverseProcess(data, diffusion, error.scaled(1.0 + 1e-9))
    assert not found.energy.contains(float(energy_truth(other, found.times, learned=True)))


@pytest.mark.parametrize("gap", [1e-4, 1e-7, 1e-10])
def test_a_response_far_from_the_ideal_mean_is_as_bad_as_the_conditioning(gap):
    # from N(0, I) with data at 1e5 the mean error R P delta outweighs all that the spread does
    data = gc.Gaussian([1e5, 0.7e5], [[1.0, 1.0 - gap], [1.0 - gap, 1.0]])
    diffusion = gc.OrnsteinUhlenbeck(0.3, gap)
    check(gc.ReverseProcess(data, diffusion, gc.AmplifiedScoreError(0.1), start="standard-normal"), steps=4)
