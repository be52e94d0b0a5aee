"""
How much fresh data
===================

Long-run drift over innovation energy, for every fresh fraction and every correlation of successive innovations.

Run with ``python examples/06_regime_map.py``.
"""

import gausscollapse as gc
from gausscollapse.app import RegimePoint, regimes_figure

# %%
# Three runs of 400 generations, measured: their drift over their innovation energy sits on the map.
points = []
for fresh in (0.1, 0.3, 0.8):
    run = gc.retrain(gc.Gaussian(0.0, 1.0), fresh=fresh, step=gc.retraining.offset_channel([0.02]), generations=400)
    ratio = float(run.accumulated[-1]) / float(run.innovation_energy[-1])
    points.append(RegimePoint(fresh, correlation=1.0, ratio=ratio))
    print(f"fresh fraction {fresh}: D/J = {ratio:.4g}, upper end 1/a^2 = {1 / fresh**2:.4g}")
figure = regimes_figure(points)
