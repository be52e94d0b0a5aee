"""
Finite samples and real learners
================================

What a model makes of finitely many samples, and what retraining makes of that.

Run with ``python examples/03_finite_samples.py``; it needs ``pip install "gausscollapse[experiments]"``.
"""

import matplotlib.pyplot as plt
import numpy as np

import gausscollapse as gc
from gausscollapse.lab.generations import run
from gausscollapse.laws.diffusion import marginal

# %%
# A Gaussian fitted to 200 samples is not quite the data. Fitted to its own samples again and again, it drifts. With a
# share alpha of fresh data by d (d + 3)/(2 n alpha (2 - alpha)) on average: errors are orthogonal, and forgotten.
settings = {
    "data": {"kind": "gaussian", "mean": [0.0], "cov": [[1.0]]},
    "learner": {"kind": "gaussian"},
    "samples": 200,
    "generations": 20,
    "measure": {"evaluation": 100},
}
for fresh in (0.2, 0.5, 0.9):
    runs = [run({**settings, "fresh": fresh}, key)["chi2"].values[10:].mean() for key in range(12)]
    law = 1 * 4 / (2 * 200 * fresh * (2 - fresh))
    error = np.std(runs) / np.sqrt(len(runs))
    print(f"alpha {fresh}: chi2 of models 10 to 20 {np.mean(runs):.4f} +- {error:.4f}, law {law:.4f}")

# %%
# Without fresh data nothing holds it: the variance shrinks like (1 - 1/n)^N, and the tails go first.
small = {**settings, "fresh": 0.0, "samples": 20, "measure": {"evaluation": 20, "divergences": False}}
variance = np.mean([run(small, key)["variance"].values[:, 0] for key in range(200)], axis=0)
law = (1 - 1 / 20) ** np.arange(21)
print(f"no fresh data, n = 20: variance after 20 generations {variance[-1]:.3f}, law {law[-1]:.3f}")

figure, panel = plt.subplots(figsize=(7.0, 4.2), layout="constrained")
panel.plot(law, color="#8a8f98", linestyle="--", label="law: (1 - 1/n)^i")
panel.plot(np.arange(21)[-variance.size :], variance, "o", color="#D55E00", label="mean of 200 runs")
panel.set_title("Twenty samples a generation, no error made, and the spread is going")
panel.set_xlabel("generation")
panel.set_ylabel("variance of the model")
panel.set_ylim(0.0, 1.05)
panel.legend(frameon=False)

# %%
# A network learns the score from noisy samples. Its error is one that nobody wrote down.
data = gc.GaussianMixture([0.5, 0.5], [[-1.5, 0.0], [1.5, 0.0]], 0.25 * np.eye(2))
diffusion = gc.OrnsteinUhlenbeck(horizon=4.0, stop=0.1)
network = gc.NeuralLearner(layers=(48, 48), epochs=12).fit(data.sample(2000, 1), diffusion, key=1)
error = gc.FunctionError(lambda x, t: network.score(x, t) - marginal(data, t).score(x))
process = gc.ReverseProcess(data, diffusion, error)

# %%
# Score matching sees all of its energy along the paths, the endpoint a part: the observability eta.
ideal = gc.simulate(process, 3000, 100, 7, grid="log-snr", law="ideal", functionals=True)
energy = float(np.mean(ideal.energy))
seen = gc.paired_energy(process, 3000, 8)
print(f"network: energy {energy:.3f}, seen at the endpoint {seen.value:.3f} +- {seen.standard_error:.3f}")
print(f"so eta is about {seen.value / energy:.2f}")

# %%
# What it does to the law of the endpoint, from below.
chi2 = gc.regressed_chi2(process, ideal)
print(f"chi2 of the endpoint is at least about {chi2.value:.3f} +- {chi2.standard_error:.3f}")
