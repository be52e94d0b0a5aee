"""Training of the residual network: Adam on targets with less noise, and a running mean of the weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, frozen
from gausscollapse.learners._preconditioning import Scales

# Clean samples over which the target is a mean.
REFERENCE = 1024
# Corrections smaller than so are no longer weighted up.
SMALLEST = 0.05
MEMORY = 0.995


@dataclass(frozen=True)
class Training:
    """The network and how it is trained: the parameters of `TorchLearner`."""

    width: int
    blocks: int
    steps: int
    batch: int
    rate: float
    device: str

    def shapes(self, inputs: int, outputs: int) -> list[tuple[int, int]]:
        """Return inputs and outputs of each layer."""
        return [(inputs, self.width), *[(self.width, self.width)] * (2 * self.blocks), (self.width, outputs)]


def trained(
    torch: Any, plan: Training, scales: Scales, clean: Array, generator: np.random.Generator
) -> tuple[tuple[tuple[Array, Array], ...], float]:
    """Return the layers of the network trained on clean samples (n, d), and the last losses."""
    inputs = scales.features(clean[:1], np.ones(1)).shape[1]
    layers = _started(torch, plan, inputs, scales.fit.dim, generator)
    flat = [part for pair in layers for part in pair]
    means = [part.detach().clone() for part in flat]
    optimiser = torch.optim.Adam(flat, lr=plan.rate)
    losses = []
    for step in range(plan.steps):
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * 0.5 * (1.0 + math.cos(math.pi * step / plan.steps))
        told, target, weight = (
            torch.as_tensor(part, dtype=torch.float32, device=plan.device)
            for part in _batch(plan.batch, scales, clean, generator)
        )
        loss = (weight * (_network(torch, layers, told) - target) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(flat, 1.0)
        optimiser.step()
        losses.append(loss.detach())
        share = 1.0 - min(MEMORY, (1.0 + step) / (10.0 + step))
        with torch.no_grad():
            for mean, part in zip(means, flat, strict=True):
                mean.lerp_(part, share)
    arrays = [frozen(mean.to("cpu", torch.float64).numpy()) for mean in means]
    if not all(np.all(np.isfinite(part)) for part in arrays):
        raise InvalidArgumentError("rate", plan.rate, "makes training diverge", "a smaller rate")
    last = torch.stack(losses[-max(1, plan.steps // 10) :]).mean()
    return tuple(zip(arrays[::2], arrays[1::2], strict=True)), float(last)


def _started(
    torch: Any, plan: Training, inputs: int, dim: int, generator: np.random.Generator
) -> list[tuple[Any, Any]]:
    """Return layers at their start: uniform in what keeps the size, the last one 0, so that training begins at D."""
    shapes, found = plan.shapes(inputs, dim), []
    for place, (rows, columns) in enumerate(shapes):
        bound = 0.0 if place == len(shapes) - 1 else math.sqrt(1.0 / rows)
        weight = generator.uniform(-bound, bound, (rows, columns))
        try:
            pair = [torch.tensor(part, dtype=torch.float32, device=plan.device, requires_grad=True)
                    for part in (weight, np.zeros(columns))]  # fmt: skip
        except (RuntimeError, AssertionError) as error:
            raise InvalidArgumentError("device", plan.device, "is no device here", "cpu, cuda, mps, ...") from error
        found.append((pair[0], pair[1]))
    return found


def _network(torch: Any, layers: list[tuple[Any, Any]], inputs: Any) -> Any:
    """Return F; `ResidualModel.correction` is the same in NumPy."""
    silu = torch.nn.functional.silu
    first, *blocks, last = layers
    state = inputs @ first[0] + first[1]
    for one, two in zip(blocks[::2], blocks[1::2], strict=True):
        state = state + silu(silu(state) @ one[0] + one[1]) @ two[0] + two[1]
    return silu(state) @ last[0] + last[1]


def _batch(count: int, scales: Scales, clean: Array, generator: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return features of noisy points, targets of F and weights."""
    strata = (np.arange(count) + generator.random(count)) / count
    times = np.log1p(np.exp(-(scales.level_centre + scales.level_spread * (2.0 * strata - 1.0))))
    own = clean[generator.integers(0, clean.shape[0], count)]
    keep, noise = np.exp(-0.5 * times)[:, None], np.sqrt(-np.expm1(-times))[:, None]
    noisy = keep * own + noise * generator.standard_normal(own.shape)
    others = clean[generator.integers(0, clean.shape[0], REFERENCE)]
    factor, shrink = scales.factors(times)
    target = (_means(noisy, own, others, keep, noise) - scales.denoised(noisy, times)) / factor
    return scales.features(noisy, times), target, shrink**2 / (shrink**2 + SMALLEST**2)


def _means(noisy: Array, own: Array, others: Array, keep: Array, noise: Array) -> Array:
    """Return the mean of the clean samples given noisy ones (n, d), over some and each one's own."""

    def log_weight(cross: Array, square: Array) -> Array:
        return np.asarray((keep * cross - 0.5 * keep**2 * square) / noise**2)

    logs = log_weight(noisy @ others.T, np.sum(others**2, axis=1))
    mine = log_weight(np.sum(noisy * own, axis=1, keepdims=True), np.sum(own**2, axis=1, keepdims=True))
    top = np.maximum(logs.max(axis=1, keepdims=True), mine)
    weights, share = np.exp(logs - top), np.exp(mine - top)
    return np.asarray((weights @ others + share * own) / (weights.sum(axis=1, keepdims=True) + share))
