"""
How tight are the bounds?
=========================

Random instances of several families, each with both sides of a bound. Distance to 1 is what the bound gives away.

Run with ``python examples/07_how_tight.py``.
"""

import matplotlib.pyplot as plt
import numpy as np

import gausscollapse as gc

names = ("prop-3.1", "prop-3.3", "thm-3.4", "sharp")
reports = gc.checking.verify(gc.theorems.select(names), instances=200, seed=0)

# %%
# Where a box is near 1 the bound leaves little; ``prop-3.3`` has a constant of 1/4 that could be larger.
ratios, labels = [], []
for report in reports:
    for cloud in report.clouds:
        small, large = np.minimum(cloud.lhs, cloud.rhs), np.maximum(cloud.lhs, cloud.rhs)
        counted = np.isfinite(large) & (small > 0.0)
        ratios.append(small[counted] / large[counted])
        labels.append(f"{report.theorem.id}\n{cloud.name}")
        print(f"{report.theorem.id}: {cloud.name}: largest ratio {ratios[-1].max():.6f}")
figure, panel = plt.subplots(figsize=(8.0, 0.8 + 0.75 * len(labels)), layout="constrained")
panel.boxplot(ratios, orientation="horizontal", tick_labels=labels, whis=(0, 100))
panel.invert_yaxis()
panel.axvline(1.0, color="#8a8f98", linestyle="--", linewidth=1.0)
panel.set_xlabel("smaller side over larger side")
panel.set_title("Some bounds are met, some give most of it away")
