"""Textures against dense Gaussians of the same pixels, against sampling, and over generations."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import chi2 as chi2_law

import gausscollapse as gc
from gausscollapse.process import FilterError, TextureProcess
from gausscollapse.retraining import retrain_texture

SHAPE = (2, 3)
DIFFUSION = gc.OrnsteinUhlenbeck(1.5, 0.05)


def texture(seed=0, shape=SHAPE, brightness=0.4):
    spectrum = np.exp(np.random.default_rng(seed).standard_normal(shape))
    return gc.Texture(0.5 * (spectrum + np.roll(spectrum[::-1, ::-1], 1, axis=(0, 1))), brightness)


def even(seed, shape=SHAPE, size=0.2):
    factors = size * np.random.default_rng(seed).standard_normal(shape)
    return 0.5 * (factors + np.roll(factors[::-1, ::-1], 1, axis=(0, 1)))


def shifts(shape):
    """Return the permutation matrices that move a picture by one pixel down and to the right."""
    numbers = np.arange(shape[0] * shape[1]).reshape(shape)
    return [np.eye(numbers.size)[np.roll(numbers, 1, axis=axis).ravel()] for axis in (0, 1)]


def dense(kernel):
    """Return the matrix of a convolution on a torus, a sum of powers of the two shifts."""
    down, right = shifts(kernel.shape)
    power = np.linalg.matrix_power
    return sum(
        kernel[i, j] * power(down, i) @ power(right, j)
        for i in range(kernel.shape[0])
        for j in range(kernel.shape[1])
    )


def kernel_of(factors):
    """Return the convolution kernel of a filter by a plain sum of cosines."""
    rows, columns = factors.shape
    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    found = np.zeros(factors.shape)
    for k in range(rows):
        for m in range(columns):
            found += factors[k, m] * np.cos(2.0 * np.pi * (k * i / rows + m * j / columns))
    return found / factors.size


def law(item):
    return gc.Gaussian(np.full(item.dim, item.brightness), dense(kernel_of(item.spectrum)))


def derivative(shape, motion):
    """Return the matrix of ``v . grad`` of trigonometric polynomials, column by column."""
    found = np.zeros((shape[0] * shape[1],) * 2)
    waves = [np.fft.fftfreq(side, 1.0 / side) for side in shape]
    i, j = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
    for a in waves[0]:
        for b in waves[1]:
            speed = sum(
                v * (0.0 if 2 * abs(k) == side else 2.0 * np.pi * k / side)
                for v, k, side in zip(motion, (a, b), shape, strict=True)
            )
            wave = np.exp(2j * np.pi * (a * i / shape[0] + b * j / shape[1])).ravel()
            found += (1j * speed * np.outer(wave, wave.conj())).real / found.shape[0]
    return found


def errors():
    return {
        "slope": FilterError(slope=even(1)),
        "response": FilterError(response=even(2)),
        "brightness": FilterError(brightness=0.3),
        "motion": FilterError(motion=(0.2, -0.3)),
        "all": FilterError(even(1), even(2), 0.3, (0.2, -0.3)),
    }


class Dense(gc.process.ScoreError):
    """The same error as matrices."""

    def __init__(self, error, data):
        slope, response = (dense(kernel_of(part)) for part in error.filters(data))
        self.matrix = slope - derivative(data.shape, error.motion)
        self.offset, self.response = np.full(data.dim, error.brightness), response

    def linear_form(self, data):
        return gc.process.LinearForm(self.matrix, self.offset, self.response)

    def evaluate(self, x, t, *, data):
        now = gc.laws.marginal(data, t)
        centred = np.linalg.solve(now.cov, (np.atleast_2d(x) - now.mean).T)
        return (self.matrix @ np.atleast_2d(x).T + self.response @ centred).T + self.offset


@pytest.mark.parametrize("start", ["marginal", "standard-normal"])
@pytest.mark.parametrize("name", errors())
def test_statistics_are_those_of_the_dense_gaussian(name, start):
    data, error = texture(), errors()[name]
    found = TextureProcess(data, DIFFUSION, error, start=start)
    whole = gc.ReverseProcess(law(data), DIFFUSION, Dense(error, data), start=start)
    for item in ("ideal_energy", "learned_energy", "kl", "reverse_kl", "observed_energy", "path_kl", "path_chi2",
                 "variation_square", "martingale_remainder", "swirl_energy", "slack_integral"):  # fmt: skip
        left, right = getattr(found.statistics, item), getattr(whole.statistics, item)
        assert np.all(left.overlaps(right)), item
        if np.isfinite(right.value[0]):
            assert abs(left.value[0] - right.value[0]) <= 1e-6 * abs(right.value[0]) + 1e-11, item
    endpoint = whole.endpoint()
    assert np.allclose(dense(kernel_of(found.endpoint.spectrum)), endpoint.cov, atol=1e-8)
    assert np.allclose(found.endpoint.brightness, endpoint.mean, atol=1e-8)


@pytest.mark.parametrize("name", errors())
def test_the_field_is_that_of_the_dense_error(name):
    data, error = texture(), errors()[name]
    x = np.random.default_rng(5).standard_normal((4, *SHAPE))
    there = Dense(error, data).evaluate(x.reshape(4, -1), 0.3, data=law(data))
    assert np.allclose(error.evaluate(x, 0.3, data=data).reshape(4, -1), there, atol=1e-12)


def test_kl_is_that_of_dense_gaussians():
    first, second = texture(0), texture(7, brightness=-0.2)
    assert abs(float(first.kl(second)) / float(gc.kl(law(first), law(second))) - 1.0) < 1e-12
    assert float(first.kl(first)) == 0.0


def test_samples_have_the_spectrum():
    """The periodogram of n pictures at each pair of frequencies is S chi2_2n/2n; false alarm 1e-6 in all."""
    data, n = texture(3, (6, 5)), 4000
    pictures = data.sample(n, rng=11)
    power = np.sum(np.abs(np.fft.fft2(pictures - data.brightness, norm="ortho")) ** 2, axis=0) / data.spectrum
    lonely = np.zeros(data.shape, dtype=bool)
    lonely[0, 0] = lonely[3, 0] = True
    for freedom, values in ((n, power[lonely]), (2 * n, 2.0 * power[~lonely])):
        chance = 2.0 * np.minimum(chi2_law.cdf(values, freedom), chi2_law.sf(values, freedom))
        assert np.min(chance) > 1e-6 / data.dim
    # The control: a spectrum that is 15 % larger is refused.
    assert np.min(chi2_law.sf(1.15 * 2.0 * power[~lonely], 2 * n)) < 1e-6 / data.dim


def test_what_moves_is_not_seen():
    data = gc.Texture.power_law(16)
    s = TextureProcess(data, DIFFUSION, FilterError(motion=(1.0, 2.0))).statistics
    assert s.ideal_energy.lower[0] > 100.0
    assert s.kl.upper[0] < 1e-12
    assert s.observability.upper[0] < 1e-12
    assert abs(s.swirl_energy.value[0] / s.ideal_energy.value[0] - 1.0) < 1e-8
    # Its energy is int sum_k (v . omega_k)^2 S_t(k) dt, here by the trapezoidal rule in t.
    times = np.linspace(DIFFUSION.stop, DIFFUSION.horizon, 4001)
    turns = FilterError(motion=(1.0, 2.0)).rotation(data) ** 2
    terms = [float(np.sum(turns * (data.spectrum * np.exp(-t) + 1.0 - np.exp(-t)))) for t in times]
    assert abs(np.trapezoid(terms, times) / s.ideal_energy.value[0] - 1.0) < 1e-6


def test_sampled_paths_end_in_the_endpoint():
    """Euler-Maruyama on pictures, 200 steps, variances of 2500 of them: 5 standard errors and 3 % for the steps."""
    data = gc.Texture.power_law(4, exponent=1.0)
    error = FilterError(slope=-0.2, response=0.1, brightness=0.3)
    process = TextureProcess(data, DIFFUSION, error)
    rng, n, steps = np.random.default_rng(2), 2500, 200
    times = np.linspace(DIFFUSION.horizon, DIFFUSION.stop, steps + 1)
    pictures = data.marginal(DIFFUSION.horizon).sample(n, rng=rng)
    for now, later in pairwise(times):
        law_now, step = data.marginal(now), now - later
        waves = np.fft.fft2(pictures - law_now.brightness, norm="ortho") / law_now.spectrum
        drift = 0.5 * pictures - np.fft.ifft2(waves, norm="ortho").real + error.evaluate(pictures, now, data=data)
        pictures = pictures + step * drift + np.sqrt(step) * rng.standard_normal(pictures.shape)
    power = np.mean(np.abs(np.fft.fft2(pictures - process.endpoint.brightness, norm="ortho")) ** 2, axis=0)
    ratio = power / process.endpoint.spectrum
    assert np.max(np.abs(ratio - 1.0)) < 5.0 * np.sqrt(2.0 / n) + 0.03
    spread = np.sqrt(process.endpoint.spectrum[0, 0] / data.dim / n)
    assert abs(np.mean(pictures) - process.endpoint.brightness) < 5.0 * spread + 0.01
    # The control: the endpoint of the ideal process is refused.
    ideal = power / process.ideal_endpoint.spectrum
    assert np.max(np.abs(ideal - 1.0)) > 5.0 * np.sqrt(2.0 / n) + 0.03


def test_retraining_is_that_of_dense_gaussians():
    """Five generations of the dense process, refitted with the moments of the mixture."""
    data, error, share = texture(), FilterError(even(1, size=0.1), even(2, size=0.1), 0.2), 0.3
    run = retrain_texture(data, fresh=share, error=error, diffusion=DIFFUSION, generations=5)
    target = model = law(data)
    for n in range(1, 6):
        gap = model.mean - target.mean
        cov = share * target.cov + (1.0 - share) * model.cov + share * (1.0 - share) * np.outer(gap, gap)
        trained = gc.Gaussian(share * target.mean + (1.0 - share) * model.mean, cov)
        process = gc.ReverseProcess(trained, DIFFUSION, Dense(error, data))
        model = process.endpoint()
        assert np.allclose(dense(kernel_of(run.textures[n].spectrum)), model.cov, atol=1e-7)
        assert abs(run.kl.value[n] / float(gc.kl(model, target)) - 1.0) < 1e-6
        assert abs(run.intra_kl.value[n - 1] / float(gc.kl(model, process.ideal_endpoint())) - 1.0) < 1e-6
        assert run.kl.lower[n] <= float(gc.kl(model, target)) + 1e-9 * n


def test_finer_tolerances_stay_inside():
    """Each interval of a coarse run holds the value of a run of a thousandth of its tolerance."""
    data = gc.Texture.power_law(12)
    settings = {"fresh": 0.2, "error": FilterError.fading(data, strength=0.4, above=2.0),
                "diffusion": DIFFUSION, "generations": 6}  # fmt: skip
    coarse, fine = (retrain_texture(data, tolerance=accuracy, **settings) for accuracy in (1e-5, 1e-10))
    assert np.all(coarse.kl.lower <= fine.kl.value)
    assert np.all(fine.kl.value <= coarse.kl.upper)
    assert np.all(coarse.kl.width[1:] > 0.0)


def test_hostile_arguments_are_named():
    data = gc.Texture.power_law(8)
    lopsided = np.ones((4, 4))
    lopsided[1, 2] = 2.0
    for call, name in (
        (lambda: gc.Texture(lopsided), "spectrum"),
        (lambda: gc.Texture(-np.ones((4, 4))), "spectrum"),
        (lambda: gc.Texture(np.ones(4)), "spectrum"),
        (lambda: gc.Texture.power_law(5000), "size"),
        (lambda: gc.Texture.of(np.ones((4, 4))), "picture"),
        (lambda: FilterError(slope=lopsided), "slope"),
        (lambda: FilterError(motion=(1.0,)), "motion"),
        (lambda: TextureProcess(data, DIFFUSION, FilterError(slope=np.ones((4, 4)))), "slope"),
        (lambda: retrain_texture(data, fresh=2.0, error=FilterError(), diffusion=DIFFUSION, generations=1), "fresh"),
        (lambda: retrain_texture(data, fresh=0.0, error=FilterError(), diffusion=DIFFUSION, generations=10**9),
         "generations"),
    ):  # fmt: skip
        with pytest.raises(gc.GaussCollapseError, match=name):
            call()
