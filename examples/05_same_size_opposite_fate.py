"""
Same size, opposite fate
========================

Errors of one size, with a fifth of the data fresh: those that agree add up, those that undo each other do not.

Run with ``python examples/05_same_size_opposite_fate.py``.
"""

import matplotlib.pyplot as plt
import numpy as np

import gausscollapse as gc

data, fresh = gc.Gaussian(0.0, 1.0), 0.2
always = gc.retraining.offset_channel([0.02])
schedules = {"the same every time": always, "undone by the next": gc.retraining.AlternatingOffset([0.02])}
runs = {name: gc.retrain(data, fresh=fresh, step=step, generations=40) for name, step in schedules.items()}

# %%
# Both add nearly the same innovation energy J in every generation. In the long run ``D_i`` is between ``J/(2-a)^2``
# and ``J/a^2`` (theorem ``range``), a factor of 81 here, and the two runs take one end each.
figure, panel = plt.subplots(figsize=(7.0, 4.2), layout="constrained")
for (name, run), colour in zip(runs.items(), ("#D55E00", "#0072B2"), strict=True):
    drift = np.array([float(value) for value in run.accumulated])
    panel.semilogy(np.arange(1, drift.size), drift[1:], color=colour, linewidth=2.0, label=name)
    print(f"{name}: J = {float(run.innovation_energy[-1]):.4g}, D after 40 generations {drift[-1]:.4g}")
energy = float(runs["the same every time"].innovation_energy[0])
for end in (energy / fresh**2, energy / (2 - fresh) ** 2):
    panel.axhline(end, color="#8a8f98", linestyle="--", linewidth=1.0)
panel.set_title("The angle between errors decides, not their size")
panel.set_xlabel("generation")
panel.set_ylabel("accumulated drift, chi-squared")
panel.legend(frameon=False)
