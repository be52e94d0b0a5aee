"""
Measure a checkpoint
====================

A network from a file, trained elsewhere by the conventions of a thousand steps, on a law that is known.

Run with ``python examples/10_torch_measure_a_checkpoint.py``; it needs ``pip install "gausscollapse[torch]"``.
"""

import tempfile
from pathlib import Path

import numpy as np
import torch

import gausscollapse as gc


class Network(torch.nn.Module):
    """Predicts the noise of a point at a step from 0 to 1000 of the linear schedule."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(2, 32), torch.nn.SiLU(), torch.nn.Linear(32, 1))

    def forward(self, x, step):
        """Return the noise."""
        return self.layers(torch.cat([x, step[:, None] / 1000.0], dim=1))


# %%
# Somebody trained it and left a file. (Here that is now, for a few seconds.)
torch.manual_seed(0)
data, schedule = gc.GaussianMixture([0.3, 0.7], [-1.5, 1.0], 0.2), gc.LinearSchedule()
samples, network = torch.tensor(data.sample(10_000, 1), dtype=torch.float32), Network()
optimiser = torch.optim.Adam(network.parameters(), lr=5e-3)
for step in range(800):
    u = np.random.default_rng(step).uniform(0.02, 1.0, 512)
    t = torch.tensor(schedule.clock(u), dtype=torch.float32)[:, None]
    clean, noise = samples[torch.randint(len(samples), (512,))], torch.randn(512, 1)
    noisy = torch.exp(-0.5 * t) * clean + torch.sqrt(-torch.expm1(-t)) * noise
    loss = torch.mean((network(noisy, torch.tensor(1000.0 * u, dtype=torch.float32)) - noise) ** 2)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
path = Path(tempfile.mkdtemp()) / "network.pt"
torch.save(network.state_dict(), path)

# %%
# The file is loaded into a network of its kind. ``weights_only`` refuses files that would run code.
loaded = Network()
loaded.load_state_dict(torch.load(path, weights_only=True))

# %%
# The package's time of the schedule's steps is said once: what the network is told of a time t.
diffusion = schedule.diffusion(first=0.05, last=0.8)
found = gc.measure(
    loaded, data, diffusion, parametrisation="eps", time=lambda t: 1000.0 * schedule.parameter(t), rng=1, steps=100
)
print(found)

# %%
# On the line the Fokker-Planck equation says what no sample can: the last rows are the truth up to its grid.
gc.plot(found)
