"""
Stopping early is a low-pass filter
===================================

A perfect score, but sampling stops a little before time 0. Retraining then has a limit law, in which fine structure
is gone.

Run with ``python examples/08_early_stopping.py``.
"""

import matplotlib.pyplot as plt
import numpy as np

import gausscollapse as gc

data = gc.GaussianMixture([0.5, 0.5], means=[-1.2, 1.2], covs=[0.1, 0.1])
stop = gc.retraining.early_stopping(0.05)

# %%
# The more fresh data, the more of the two modes is left.
x = np.linspace(-4, 4, 401)
figure, panel = plt.subplots(figsize=(7.0, 4.2), layout="constrained")
panel.plot(x, data.pdf(x[:, None]), color="#8a8f98", linewidth=2.0, label="data")
for fresh, colour in zip((0.5, 0.1, 0.0), ("#009E73", "#0072B2", "#D55E00"), strict=True):
    run = gc.retrain(data, fresh=fresh, step=stop, generations=60)
    density = run.models[-1].pdf(x[:, None])
    panel.plot(x, density, color=colour, linewidth=2.0, label=f"fresh fraction {fresh:g}")
    print(f"fresh fraction {fresh}: density at 0 after 60 generations {density[200]:.4f}")
panel.set_title("After sixty generations that each stop at 0.05")
panel.set_xlabel("x")
panel.set_ylabel("density")
panel.legend(frameon=False)
