"""
Train a network and measure it
==============================

A small network learns the noise of the paper's mixture in PyTorch; then everything about its score error but the
network is exact.

Run with ``python examples/09_torch_train_and_measure.py``; it needs ``pip install "gausscollapse[torch]"``.
"""

import numpy as np
import torch

import gausscollapse as gc

torch.manual_seed(0)
means = np.zeros((5, 10))
means[1:, :2] = [[4, 4], [4, -4], [-4, 4], [-4, -4]]
data = gc.GaussianMixture(np.full(5, 0.2), means, 0.36 * np.eye(10))
diffusion = gc.OrnsteinUhlenbeck(horizon=4.0, stop=0.05)


# %%
# A network as one would write it: called as ``network(x, t)``, it says the noise in x.
class Network(torch.nn.Module):
    """Three layers of 128 units, told x, log t and t."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(12, 128), torch.nn.SiLU(), torch.nn.Linear(128, 128), torch.nn.SiLU(),
            torch.nn.Linear(128, 128), torch.nn.SiLU(), torch.nn.Linear(128, 10),
        )  # fmt: skip

    def forward(self, x, t):
        """Return the noise."""
        return self.layers(torch.cat([x, torch.log(t)[:, None], t[:, None]], dim=1))


network = Network()
samples = torch.tensor(data.sample(20_000, 1), dtype=torch.float32)
steps = 1000
optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
for _ in range(steps):
    clean = samples[torch.randint(len(samples), (512,))]
    t = torch.exp(torch.empty(512).uniform_(np.log(diffusion.stop), np.log(diffusion.horizon)))
    noise = torch.randn_like(clean)
    noisy = torch.exp(-0.5 * t)[:, None] * clean + torch.sqrt(-torch.expm1(-t))[:, None] * noise
    loss = torch.mean((network(noisy, t) - noise) ** 2)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    schedule.step()
print(f"training loss {loss.item():.3f}")

# %%
# How large is its score error, where in time, and how much of it reaches the samples?
found = gc.measure(network, data, diffusion, parametrisation="eps", n=2000, steps=100, rng=1)
print(found)

# %%
# Early in the reverse process an error is forgotten; late it is all there is.
gc.plot(found)
