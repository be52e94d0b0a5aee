"""A small U-Net in torch, preconditioned as a denoiser, as functions of named parameters.

With ``X_t = a x + s xi``, ``sigma = s/a`` and data of variance one a pixel the denoiser is
``D = y/(1 + sigma^2) + sigma/sqrt(1 + sigma^2) F(y/sqrt(1 + sigma^2), log sigma)``, y = x/a (Karras et al. 2022):
where F = 0 it is that of the standard normal law. The learned score is ``(a D - x)/s^2``.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from gausscollapse.core.exceptions import MissingPackageError

Parameters: TypeAlias = Mapping[str, Any]
GROUPS, WAVES = 8, 8


def torch_module(name: str = "torch") -> Any:
    """Return a module of torch or torchvision, or say in one line how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingPackageError(name.partition(".")[0], "torch") from None


def parameters(channels: int, width: int, depth: int, key: int, device: str) -> dict[str, Any]:
    """Return new parameters of a network that halves images `depth` times, doubling its width each time."""
    torch = torch_module()
    generator = torch.Generator().manual_seed(key % 2**63)
    found: dict[str, Any] = {}

    def kernel(name: str, out: int, into: int, side: int, size: float = 1.0) -> None:
        scale = size / math.sqrt(into * side * side)
        found[name] = scale * torch.randn((out, into, side, side), generator=generator)
        found[f"{name}.bias"] = torch.zeros(out)

    def block(name: str, into: int, out: int) -> None:
        kernel(f"{name}.first", out, into, 3)
        kernel(f"{name}.second", out, out, 3, 0.0)
        kernel(f"{name}.skip", out, into, 1)
        found[f"{name}.level"] = torch.randn((out, 4 * width), generator=generator) / math.sqrt(4 * width)

    found["level"] = torch.randn((4 * width, 2 * WAVES), generator=generator) / math.sqrt(2 * WAVES)
    kernel("in", width, channels, 3)
    widths = [width * 2**i for i in range(depth + 1)]
    for i in range(depth):
        block(f"down{i}", widths[i], widths[i])
        kernel(f"half{i}", widths[i + 1], widths[i], 1)
    block("middle", widths[depth], widths[depth])
    block("last", widths[depth], widths[depth])
    for i in reversed(range(depth)):
        kernel(f"double{i}", widths[i], widths[i + 1], 1)
        block(f"up{i}", 2 * widths[i], widths[i])
    kernel("out", channels, width, 3, 0.0)
    return {name: tensor.to(device).requires_grad_(True) for name, tensor in found.items()}


def _convolved(net: Parameters, name: str, x: Any) -> Any:
    functional = torch_module("torch.nn.functional")
    weight = net[name]
    return functional.conv2d(x, weight, net[f"{name}.bias"], padding=weight.shape[-1] // 2)


def _active(x: Any) -> Any:
    functional = torch_module("torch.nn.functional")
    return functional.silu(functional.group_norm(x, GROUPS))


def _block(net: Parameters, name: str, x: Any, level: Any) -> Any:
    inner = _convolved(net, f"{name}.first", _active(x)) + (level @ net[f"{name}.level"].T)[:, :, None, None]
    return _convolved(net, f"{name}.second", _active(inner)) + _convolved(net, f"{name}.skip", x)


def network(net: Parameters, x: Any, log_sigma: Any) -> Any:
    """Return F at images (n, c, h, w) and noise levels (n,)."""
    torch, functional = torch_module(), torch_module("torch.nn.functional")
    depth = sum(name.startswith("half") and not name.endswith("bias") for name in net)
    waves = log_sigma[:, None] * 2.0 ** torch.arange(-3, WAVES - 3, device=x.device)
    level = functional.silu(torch.cat([torch.sin(waves), torch.cos(waves)], dim=1) @ net["level"].T)
    x = _convolved(net, "in", x)
    kept = []
    for i in range(depth):
        x = _block(net, f"down{i}", x, level)
        kept.append(x)
        x = _convolved(net, f"half{i}", functional.avg_pool2d(x, 2))
    x = _block(net, "last", _block(net, "middle", x, level), level)
    for i in reversed(range(depth)):
        x = functional.interpolate(_convolved(net, f"double{i}", x), scale_factor=2)
        x = _block(net, f"up{i}", torch.cat([x, kept[i]], dim=1), level)
    return _convolved(net, "out", _active(x))


def denoised(net: Parameters, y: Any, sigma: Any) -> Any:
    """Return D at images ``y = x/a``, (n, c, h, w), with noise of deviations sigma (n,)."""
    torch = torch_module()
    wide = sigma[:, None, None, None]
    root = torch.sqrt(1.0 + wide**2)
    return y / root**2 + wide / root * network(net, y / root, torch.log(sigma))


def noise_level(t: float) -> float:
    """Return ``sigma = s/a = sqrt(exp(t) - 1)``."""
    return math.sqrt(math.expm1(t))


def times_between(stop: float, horizon: float, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return times from the horizon to the stop, uniform in the logarithm of sigma."""
    ends = [math.log(noise_level(t)) for t in (horizon, stop)]
    return np.log1p(np.exp(2.0 * np.linspace(ends[0], ends[1], count)))
