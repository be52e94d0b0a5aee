"""
One generation, exactly
=======================

How far a learned reverse process lands from the data, and what bounds it.

Run with ``python examples/01_one_generation.py``.
"""

import gausscollapse as gc

# %%
# The data are one Gaussian on the line. The forward process blurs them until T = 4; the reverse process, which
# knows the true score, would bring them back to time t0 = 0.02.
data = gc.Gaussian(mean=1.0, cov=0.25)
diffusion = gc.OrnsteinUhlenbeck(horizon=4.0, stop=0.02)

# %%
# Our score is a little wrong everywhere: e(x, t) = 0.15 x + 0.25.
process = gc.ReverseProcess(data, diffusion, gc.AffineError(matrix=0.15, offset=0.25))

print("ideal endpoint  ", process.ideal_endpoint())
print("learned endpoint", process.endpoint())

# %%
# Score matching minimises the ideal energy; the learned energy is what the learned paths meet.
print("ideal energy    ", process.ideal_energy())
print("learned energy  ", process.learned_energy())

# %%
# Half the learned energy bounds the drift (proposition 3.1). The gap is a square: the slack.
print("KL              ", process.kl())
print("half the energy ", 0.5 * process.learned_energy())
print("the gap         ", process.slack())

# %%
# Not all of the energy shows at the endpoint: the observability says how much, and the drift is about that.
print("observability   ", process.observability())
print("chi-squared     ", process.chi2())
print("eta eps*^2      ", process.observed_energy())
for name in ("prop-3.1", "prop-3.3", "thm-3.4", "sharp"):
    print(gc.check(name, process))

# %%
# The endpoints, and the drift between its published bounds as the error grows.
figure = gc.plot(process)
