"""
Five modes die, or stay
=======================

The same small blur in every generation: on the model's own samples alone the modes melt into one; with half of the
data fresh all five stay.

Run with ``python examples/04_collapse.py``.
"""

import gausscollapse as gc

data = gc.GaussianMixture([0.2] * 5, means=[-6, -3, 0, 3, 6], covs=[0.3] * 5)
blur = gc.AffineChannel(1, 0, 0.15)
runs = [gc.retrain(data, fresh=share, step=blur, generations=32) for share in (0.0, 0.5)]
figure = gc.plot(*runs)

# %%
# Every density is a closed form: a mixture whose components are counted here.
for run in runs:
    print(f"{run.component_counts[-1]} components after {run.generations} generations")
