"""A neural score: scikit-learn's multilayer perceptron, trained by denoising score matching.

With ``X_t = a x + s xi``, ``a = exp(-t/2)``, ``s^2 = 1 - a^2``, the marginal's score is ``-E[xi | X_t]/s`` (Vincent
2011): the network learns to predict the noise xi from X_t and t by least squares.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_number, as_points, as_size, frozen
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.learners.base import LearnedModel, Learner, scikit_learn, seed32


def log_snr(t: Any) -> Any:
    """Return the logarithm of the signal-to-noise ratio, ``log(a^2/s^2) = -log(exp(t) - 1)``."""
    return -np.log(np.expm1(t))


@dataclass(frozen=True, eq=False)
class NeuralModel(LearnedModel):
    """A multilayer perceptron that predicts the noise.

    Parameters
    ----------
    weights, biases : tuple of ndarray
        Layers; rectified linear units between them.
    centre, spread : ndarray, shape (d,)
        Mean and standard deviation of the training samples, by which inputs are standardised at every time.
    level_centre, level_spread : float
        Middle and scale of the feature ``log(a^2/s^2)``.
    loss : float
        Final training loss a coordinate: half the mean squared error of the predicted noise, dimensionless.
    least_samples : int
        Number of samples that the learner needs at least.

    Examples
    --------
    A network by hand: one layer that predicts the standardised point itself. Of standardised data with variance 1
    the standardised point is x at every time, and the score ``-x/s``, s^2 = 1 - exp(-t).

    >>> import numpy as np
    >>> from gausscollapse.learners import NeuralModel
    >>> model = NeuralModel((np.array([[1.0], [0.0]]),), (np.zeros(1),), np.zeros(1), np.ones(1), 0.0, 1.0, loss=0.0)
    >>> model.score([1.0, 3.0], np.log(4.0 / 3.0))  # s = 1/2
    array([-2., -6.])
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    centre: Array
    spread: Array
    level_centre: float
    level_spread: float
    loss: float
    least_samples: int = 1

    @property
    def dim(self) -> int:
        """Dimension d."""
        return self.centre.size

    def score(self, x: ArrayLike, t: float) -> Array:
        """Return ``-xi(x, t)/s`` at points `(n, d)`, in the shape of `x`."""
        points = as_points("x", x, self.dim)[0]
        time = as_number("t", t, above=0.0)
        layer = _features(points, np.full(points.shape[0], time), self)
        for depth, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            layer = layer @ weight + bias
            if depth + 1 < len(self.weights):
                np.maximum(layer, 0.0, out=layer)
        return np.asarray(-layer / np.sqrt(-np.expm1(-time))).reshape(np.shape(x))


@dataclass(frozen=True)
class _Scaling:
    centre: Array
    spread: Array
    level_centre: float
    level_spread: float


def _features(points: Array, times: Array, scaling: NeuralModel | _Scaling) -> Array:
    """Return standardised points and noise levels (n, d + 1)."""
    keep = np.exp(-0.5 * times)[:, None]
    deviation = np.sqrt((keep * scaling.spread) ** 2 - np.expm1(-times)[:, None])
    level = (log_snr(times) - scaling.level_centre) / scaling.level_spread
    return np.concatenate([(points - keep * scaling.centre) / deviation, level[:, None]], axis=1)


@dataclass(frozen=True)
class NeuralLearner(Learner[NeuralModel]):
    """Fits a multilayer perceptron by denoising score matching.

    Parameters
    ----------
    layers : tuple of int
        Widths of the hidden layers, from 1 to 4096.
    repeats : int
        Noisy copies of each sample, at most a million, at times uniform in ``log(a^2/s^2)`` between stop and horizon.
    epochs : int
        Passes over them, at most a million.
    rate : float
        Initial learning rate of Adam.
    batch : int
        Size of a batch, at most a million.

    Raises
    ------
    InvalidArgumentError
        If a parameter is out of range.

    Notes
    -----
    The same samples and key give the same network to the last bit on one machine, if BLAS runs on one thread.
    Source: Vincent, "A connection between score matching and denoising autoencoders", 2011.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> learner = gc.NeuralLearner(layers=(8,), repeats=1, epochs=2)
    >>> learner.least_samples(2)  # a spread in every coordinate
    3
    >>> data = gc.Gaussian([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]])
    >>> model = learner.fit(data.sample(50, 1), gc.OrnsteinUhlenbeck(), key=3)
    >>> model.score([[0.5, -0.5]], 1.0).shape, model.law
    ((1, 2), None)
    """

    layers: tuple[int, ...] = (64, 64)
    repeats: int = 4
    epochs: int = 20
    rate: float = 2e-3
    batch: int = 256

    def __post_init__(self) -> None:
        if not isinstance(self.layers, tuple | list):
            raise InvalidArgumentError("layers", self.layers, "is no sequence of widths", "positive integers")
        object.__setattr__(self, "layers", tuple(self.layers))
        if not self.layers:
            raise InvalidArgumentError("layers", self.layers, "is empty", "at least one width")
        for width in self.layers:
            as_size("layers", width, at_least=1, each=1.0, unit="units", most=4096)
        for name in ("repeats", "epochs", "batch"):
            as_size(name, getattr(self, name), at_least=1, each=1.0, unit="rounds", most=10**6)
        as_number("rate", self.rate, above=0.0)

    def least_samples(self, dim: int) -> int:
        """Return d + 1: the samples must have a spread in every coordinate."""
        return dim + 1

    def _fit(self, points: Array, diffusion: OrnsteinUhlenbeck, key: int) -> NeuralModel:
        if diffusion.stop == 0.0:
            raise InvalidArgumentError("diffusion.stop", 0.0, "makes the smallest noise 0", "a stop > 0")
        generator = np.random.default_rng(key)
        clean = np.tile(points, (self.repeats, 1))
        ends = log_snr(np.array([diffusion.horizon, diffusion.stop]))
        times = np.log1p(np.exp(-generator.uniform(ends[0], ends[1], clean.shape[0])))
        noise = generator.standard_normal(clean.shape)
        noisy = np.exp(-0.5 * times)[:, None] * clean + np.sqrt(-np.expm1(-times))[:, None] * noise
        spread = points.std(axis=0)
        if not np.all(spread > 0.0):
            raise InvalidArgumentError("samples", points.shape, "have a constant coordinate", "a spread in each")
        scaling = _Scaling(
            frozen(points.mean(axis=0)), frozen(spread), float(np.mean(ends)), float(np.ptp(ends) / np.sqrt(12.0))
        )
        network = scikit_learn("neural_network").MLPRegressor(
            hidden_layer_sizes=self.layers,
            learning_rate_init=self.rate,
            batch_size=min(self.batch, clean.shape[0]),
            max_iter=self.epochs,
            n_iter_no_change=self.epochs,
            random_state=seed32(key),
        )
        with warnings.catch_warnings():
            # The number of passes is a setting, not a failure.
            warnings.simplefilter("ignore", scikit_learn("exceptions").ConvergenceWarning)
            network.fit(_features(noisy, times, scaling), noise if points.shape[1] > 1 else noise[:, 0])
        return NeuralModel(
            tuple(frozen(weight) for weight in network.coefs_),
            tuple(frozen(bias) for bias in network.intercepts_),
            scaling.centre, scaling.spread, scaling.level_centre, scaling.level_spread,
            float(network.loss_), self.least_samples(points.shape[1]),
        )  # fmt: skip
