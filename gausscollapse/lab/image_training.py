"""Train a U-Net on images, draw from it, and evaluate its score: the learner of image generations.

On one machine, one version of torch and one thread on a processor the same key gives the same bits; between machines,
versions and on a graphics card torch does not promise that, and neither does this.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np

from gausscollapse.core.validation import Array, as_count, as_number
from gausscollapse.lab.reading import Checked
from gausscollapse.lab.unet import Parameters, denoised, noise_level, parameters, times_between, torch_module
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck

CHUNK = 500
# Logarithms of sigma: most are normal (Karras et al. 2022, of their width for data of variance one), a share uniform.
LEVEL_MEAN, LEVEL_SPREAD, EVEN = -0.3, 1.2, 0.1
# Steps over which the learning rate rises.
RISE = 50
Positive = Annotated[int, partial(as_count, at_least=1)]


@dataclass(frozen=True)
class UNetLearner(Checked):
    """How a network is trained.

    Parameters
    ----------
    width : int
        Channels at full size, a multiple of eight; doubled at each halving.
    depth : int
        Number of halvings.
    steps, batch : int
        Steps of AdamW, and images a step.
    further : int
        Steps of every later generation, whose network goes on from that of the last one; 0: each starts from scratch,
        and makes `steps`.
    rate, decay : float
        Largest learning rate, which falls to 0 along half a cosine, and weight decay.
    further_rate : float
        Largest learning rate of networks that go on.
    average : float
        Decay of the exponential moving average of the parameters, which is what is drawn from.
    device : str
        ``"cpu"``, on one thread, or a device of torch.
    """

    width: Positive = 32
    depth: Positive = 1
    steps: Positive = 1000
    batch: Positive = 64
    further: Annotated[int, as_count] = 0
    rate: Annotated[float, partial(as_number, above=0.0)] = 2e-3
    further_rate: Annotated[float, partial(as_number, above=0.0)] = 2e-3
    decay: Annotated[float, partial(as_number, at_least=0.0)] = 0.01
    average: Annotated[float, partial(as_number, at_least=0.0, at_most=1.0)] = 0.99
    device: str = "cpu"


@dataclass(frozen=True, eq=False)
class UNetModel:
    """A trained network for images of one shape (channels, rows, columns), as flat points."""

    net: Parameters
    shape: tuple[int, ...]
    diffusion: OrnsteinUhlenbeck
    device: str

    def clean(self, points: Array, t: float) -> Array:
        """Return the denoised points D, for points of X_t, shape (n, d)."""
        torch = torch_module()
        found, sigma, keep = [], noise_level(t), math.exp(-0.5 * t)
        with torch.no_grad():
            for first in range(0, points.shape[0], CHUNK):
                part = points[first : first + CHUNK] / keep
                images = torch.tensor(part, dtype=torch.float32, device=self.device).reshape(-1, *self.shape)
                levels = torch.full((images.shape[0],), sigma, device=self.device)
                found.append(denoised(self.net, images, levels).reshape(images.shape[0], -1).cpu().numpy())
        return np.concatenate(found).astype(np.float64)

    def score(self, points: Array, t: float) -> Array:
        """Return ``(a D - x)/s^2`` at points of X_t, shape (n, d)."""
        return np.asarray((math.exp(-0.5 * t) * self.clean(points, t) - points) / -math.expm1(-t))

    def sample(self, count: int, steps: int, key: int) -> Array:
        """Return draws: ancestral sampling from N(0, I) at the horizon, then the denoised image at the stop."""
        generator = np.random.default_rng(key)
        x = generator.standard_normal((count, math.prod(self.shape)))
        times = times_between(self.diffusion.stop, self.diffusion.horizon, steps + 1)
        for now, then in itertools.pairwise(times):
            # Between the two times the forward process keeps `kept`; the law of X_then given D and X_now is Gaussian.
            kept, first, last = math.exp(-0.5 * (now - then)), -math.expm1(-then), -math.expm1(-now)
            added = -math.expm1(-(now - then))
            mean = math.exp(-0.5 * then) * added / last * self.clean(x, float(now)) + kept * first / last * x
            x = mean + math.sqrt(first * added / last) * generator.standard_normal(x.shape)
        return self.clean(x, float(times[-1]))


def train(
    learner: UNetLearner,
    points: Array,
    shape: tuple[int, ...],
    diffusion: OrnsteinUhlenbeck,
    key: int,
    last: UNetModel | None = None,
) -> UNetModel:
    """Return the moving average of a network trained on points (n, d), from scratch or where the last one ended."""
    torch = torch_module()
    torch.set_num_threads(1)
    device, steps, rate = learner.device, learner.steps, learner.rate
    net = parameters(shape[0], learner.width, learner.depth, key, device)
    if last is not None and learner.further > 0:
        steps, rate = learner.further, learner.further_rate
        net = {name: tensor.detach().clone().requires_grad_(True) for name, tensor in last.net.items()}
    mean = {name: tensor.detach().clone() for name, tensor in net.items()}
    generator = torch.Generator().manual_seed((key + 1) % 2**63)
    data = torch.tensor(points, dtype=torch.float32).reshape(-1, *shape)
    optimiser = torch.optim.AdamW(list(net.values()), lr=rate, weight_decay=learner.decay)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 0.5 * rate * (1.0 + math.cos(math.pi * step / steps)) * min(1.0, (step + 1.0) / RISE)
        chosen = torch.randint(0, data.shape[0], (learner.batch,), generator=generator)
        sigma = levels(learner.batch, diffusion, generator)
        noise = torch.randn((learner.batch, *shape), generator=generator)
        loss = _loss(net, *(part.to(device) for part in (data[chosen], sigma, noise)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        share = min(learner.average, (1.0 + step) / (10.0 + step))
        with torch.no_grad():
            for name, tensor in net.items():
                mean[name].lerp_(tensor, 1.0 - share)
    return UNetModel(mean, shape, diffusion, device)


def levels(count: int, diffusion: OrnsteinUhlenbeck, generator: Any) -> Any:
    """Return levels of noise sigma to train at, a tensor of shape (count,)."""
    torch = torch_module()
    low, high = (math.log(noise_level(t)) for t in (diffusion.stop, diffusion.horizon))
    normal = LEVEL_MEAN + LEVEL_SPREAD * torch.randn(count, generator=generator)
    even = low + (high - low) * torch.rand(count, generator=generator)
    return torch.exp(torch.where(torch.rand(count, generator=generator) < EVEN, even, normal.clamp(low, high)))


def _loss(net: Parameters, images: Any, sigma: Any, noise: Any) -> Any:
    """Return the mean squared error of D over that of the best denoiser of the standard normal law."""
    wide = sigma[:, None, None, None]
    error = denoised(net, images + wide * noise, sigma) - images
    return (error**2 * (1.0 + wide**2) / wide**2).mean()
