"""A neural score that falls back to the Gaussian fit: a residual network in PyTorch, preconditioned.

With ``X_t = a x + s xi``, ``a = exp(-t/2)``, ``s^2 = 1 - a^2``, the network F corrects the denoiser D of the fitted
Gaussian, and with it the score:

    D_F = D + c b F,  score = grad log N_t + gate (a/s^2) c b F,  c^2 = v s^2/(a^2 v + s^2),  b = a^2 v/(a^2 v + s^2)

v is the mean variance of a coordinate, c the spread of what D leaves (EDM's c_out, arXiv 2206.00364), and b falls
with the signal. The gate is how much of the correction samples that F was not trained on tell to be right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_number, as_points, as_size, frozen
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck, marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.learners._preconditioning import Scales
from gausscollapse.learners._residual_training import Training, trained
from gausscollapse.learners.base import LearnedModel, Learner
from gausscollapse.learners.gaussian import GaussianLearner
from gausscollapse.learners.neural import log_snr
from gausscollapse.process.torch import torch_package

# Noise levels at which the gate is measured, and noisy copies of each sample that is kept apart for it.
GATES, COPIES = 25, 8
# A correction counts where it is so many standard errors above nothing.
SURE = 2.0


@dataclass(frozen=True, eq=False)
class ResidualModel(LearnedModel):
    """A Gaussian fit and a residual network that corrects its score; evaluated without PyTorch.

    Parameters
    ----------
    scales : Scales
        The Gaussian fit and the preconditioning.
    layers : tuple of pairs of ndarray
        Weights and biases: the first layer, two a residual block, the last layer.
    gate_levels, gate : ndarray, shape (m,)
        Noise levels ``log(a^2/s^2)``, increasing, and the share of the correction that counts there, in [0, 1].
    loss : float
        Mean of the training loss over its last tenth, dimensionless.
    least_samples : int
        Number of samples that the learner needs at least.

    Examples
    --------
    A network that says nothing leaves the score of the fit, here that of N(0, 1):

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> from gausscollapse.learners import ResidualModel, Scales
    >>> scales = Scales(gc.Gaussian(0.0, 1.0), 0.0, 4.0)
    >>> layers = ((np.zeros((10, 2)), np.zeros(2)), (np.zeros((2, 1)), np.zeros(1)))
    >>> model = ResidualModel(scales, layers, np.array([-4.0, 4.0]), np.ones(2), loss=0.0)
    >>> model.score([1.0, -2.0], 0.5)
    array([-1.,  2.])
    >>> model.correction(np.array([[1.0], [-2.0]]), np.full(2, 0.5)).ravel()
    array([0., 0.])
    """

    scales: Scales
    layers: tuple[tuple[Array, Array], ...]
    gate_levels: Array
    gate: Array
    loss: float
    least_samples: int = 1

    @property
    def dim(self) -> int:
        """Dimension d."""
        return self.scales.fit.dim

    def correction(self, points: Array, times: Array) -> Array:
        """Return F at points (n, d), each at its own time; no gate, no factor."""
        first, *blocks, last = self.layers
        state = self.scales.features(points, times) @ first[0] + first[1]
        for one, two in zip(blocks[::2], blocks[1::2], strict=True):
            state = state + _silu(_silu(state) @ one[0] + one[1]) @ two[0] + two[1]
        return np.asarray(_silu(state) @ last[0] + last[1])

    def score(self, x: ArrayLike, t: float) -> Array:
        """Return the learned score at points `(n, d)`, in the shape of `x`."""
        points, time = as_points("x", x, self.dim)[0], as_number("t", t, above=0.0)
        gaussian = marginal(self.scales.fit, time).score(points).reshape(points.shape)
        gate = float(np.interp(log_snr(time), self.gate_levels, self.gate))
        if gate > 0.0:
            times = np.full(points.shape[0], time)
            scale = gate * math.exp(-0.5 * time) / -math.expm1(-time) * self.scales.factors(times)[0]
            gaussian = gaussian + scale * self.correction(points, times)
        return gaussian.reshape(np.shape(x))


def _silu(x: Array) -> Array:
    # x/(1 + exp(-x)) without overflow.
    return np.asarray(0.5 * x * (1.0 + np.tanh(0.5 * x)))


@dataclass(frozen=True)
class TorchLearner(Learner[ResidualModel]):
    """Fits a residual network in PyTorch that falls back to the Gaussian fit; needs the extra ``torch``.

    Parameters
    ----------
    width : int
        Units of a layer, from 1 to 4096.
    blocks : int
        Residual blocks of two layers, from 1 to 64.
    steps : int
        Steps of Adam, at most a million.
    batch : int
        Noisy points a step, at most a million, at times uniform in ``log(a^2/s^2)`` between stop and horizon.
    rate : float
        Initial learning rate, which falls to 0 like a cosine.
    device : str
        Where to train, such as ``"cpu"`` or ``"cuda"``. The model is one of arrays whatever the device.

    Raises
    ------
    InvalidArgumentError
        If a parameter is out of range.
    MissingPackageError
        By `fit`, if torch is missing.

    Notes
    -----
    The target is the mean of the clean samples given the noisy one, over a batch of them: less noise than the sample
    itself (Xu, Tong and Jaakkola 2023, arXiv 2302.00670). An eighth of the samples is kept apart. At each noise level
    the correction is multiplied by what they tell: its projection on what the Gaussian fit leaves, less two standard
    errors, from 0 to 1. So at large times, where nothing is to be learned, the score is that of the Gaussian fit.
    The same samples and key give the same network on one machine and one thread.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> learner = gc.TorchLearner(width=32, blocks=1, steps=100)
    >>> learner.least_samples(2)
    16
    >>> data = gc.GaussianMixture([0.5, 0.5], [[-2, 0], [2, 0]], [[0.1, 0], [0, 0.1]])
    >>> model = learner.fit(data.sample(500, 1), gc.OrnsteinUhlenbeck(), key=3)  # doctest: +SKIP
    >>> model.score([[0.5, -0.5]], 1.0).shape  # doctest: +SKIP
    (1, 2)
    """

    width: int = 128
    blocks: int = 3
    steps: int = 1500
    batch: int = 512
    rate: float = 2e-3
    device: str = "cpu"

    def __post_init__(self) -> None:
        for name, most in (("width", 4096), ("blocks", 64), ("steps", 10**6), ("batch", 10**6)):
            as_size(name, getattr(self, name), at_least=1, each=1.0, unit="units", most=most)
        as_number("rate", self.rate, above=0.0)
        if not isinstance(self.device, str):
            raise InvalidArgumentError("device", self.device, "is no name", "cpu, cuda, mps, ...")

    def least_samples(self, dim: int) -> int:
        """Return enough for a covariance, and 16: an eighth is kept apart."""
        return max(16, 2 * (dim + 1))

    def _fit(self, points: Array, diffusion: OrnsteinUhlenbeck, key: int) -> ResidualModel:
        torch = torch_package()
        if diffusion.stop == 0.0:
            raise InvalidArgumentError("diffusion.stop", 0.0, "makes the smallest noise 0", "a stop > 0")
        low, high = (float(log_snr(t)) for t in (diffusion.horizon, diffusion.stop))
        fit = GaussianLearner().fit(points, diffusion).law
        if not isinstance(fit, Gaussian):
            raise TypeError("the Gaussian learner fits one Gaussian")
        scales = Scales(fit, 0.5 * (low + high), 0.5 * (high - low))
        generator = np.random.default_rng(key)
        order = generator.permutation(points.shape[0])
        apart, kept = points[order[: points.shape[0] // 8]], points[order[points.shape[0] // 8 :]]
        plan = Training(self.width, self.blocks, self.steps, self.batch, float(self.rate), self.device)
        layers, loss = trained(torch, plan, scales, kept, generator)
        levels = np.linspace(low, high, GATES)
        bare = ResidualModel(scales, layers, levels, np.ones(GATES), loss, self.least_samples(points.shape[1]))
        gate = [_gate(bare, apart, float(level), generator) for level in levels]
        return ResidualModel(scales, layers, levels, frozen(np.array(gate)), loss, bare.least_samples)


def _gate(model: ResidualModel, clean: Array, level: float, generator: np.random.Generator) -> float:
    """Return how much of the correction counts at a noise level, by samples (n, d) that it was not trained on."""
    time = float(np.log1p(np.exp(-level)))
    copies = np.repeat(clean, COPIES, axis=0)
    times = np.full(copies.shape[0], time)
    noisy = math.exp(-0.5 * time) * copies + math.sqrt(-math.expm1(-time)) * generator.standard_normal(copies.shape)
    found = model.scales.factors(times)[0] * model.correction(noisy, times)
    gains = np.sum(found * (copies - model.scales.denoised(noisy, times)), axis=1).reshape(-1, COPIES).mean(axis=1)
    size = float(np.mean(np.sum(found**2, axis=1)))
    error = float(np.std(gains, ddof=1)) / math.sqrt(gains.size)
    return min(max((float(np.mean(gains)) - SURE * error) / size, 0.0), 1.0) if size > 0.0 else 0.0
