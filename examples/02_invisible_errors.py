"""
An error that nobody can see
============================

Large energy, no drift at all.

Run with ``python examples/02_invisible_errors.py``.
"""

import matplotlib.pyplot as plt
import numpy as np

import gausscollapse as gc

data = gc.Gaussian(mean=[1.0, 0.0], cov=[[1.0, 0.6], [0.6, 0.5]])
diffusion = gc.OrnsteinUhlenbeck(horizon=4.0, stop=0.02)

# %%
# e = c Q S_t^{-1}(x - m_t) with Q antisymmetric turns the cloud around within its own level sets.
for scale in (0.1, 1.0, 10.0):
    swirl = gc.SolenoidalError([[0.0, scale], [-scale, 0.0]])
    process = gc.ReverseProcess(data, diffusion, swirl)
    energy, drift, seen = (float(x) for x in (process.ideal_energy(), process.kl(), process.observability()))
    print(f"energy {energy:12.4f}   KL {drift:.1e}   eta {seen:.1e}")

# %%
# So no bound from below can rest on the energy alone. A small leak out of the level sets does show:
leak = gc.SolenoidalError([[0.0, 1.0], [-1.0, 0.0]]) + gc.AffineError([[0.05, 0.0], [0.0, 0.0]], [0.0, 0.0])
process = gc.ReverseProcess(data, diffusion, leak)
print("with a leak:    ", process.kl())
print("whole energy/2  ", 0.5 * process.learned_energy())
print("gradient part/2 ", 0.5 * process.gradient_energy())
print(gc.check("gradient-kl", process))

# %%
# Arrows are the error times the density, at the end of the process: the swirl follows the level sets, and a leak
# crosses them. It is ten times larger here, to be seen.
figure, panels = plt.subplots(1, 2, figsize=(8.4, 4.0), sharex=True, sharey=True, layout="constrained")
x, y = np.meshgrid(np.linspace(-1.5, 3.5, 101), np.linspace(-2.2, 2.2, 89))
density = data.pdf(np.column_stack([x.ravel(), y.ravel()])).reshape(x.shape)
some = np.s_[::6, ::6]
points = np.column_stack([x[some].ravel(), y[some].ravel()])
swirl = gc.SolenoidalError([[0.0, 1.0], [-1.0, 0.0]])
leak = swirl + gc.AffineError([[0.5, 0.0], [0.0, 0.0]], [0.0, 0.0])
for panel, error, title in zip(panels, (swirl, leak), ("Seen by nobody", "With a leak"), strict=True):
    arrows = error.evaluate(points, diffusion.stop, data=data) * data.pdf(points)[:, None]
    panel.contour(x, y, density, colors="#8a8f98", linewidths=1.0)
    panel.quiver(*points.T, *arrows.T, color="#D55E00", width=0.006)
    panel.set_title(title)
    panel.set_aspect("equal")
