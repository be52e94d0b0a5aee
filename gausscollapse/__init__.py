"""Error propagation and collapse of retrained diffusion models, computed exactly on Gaussians and mixtures.

Names load on first use. ``__init__.pyi`` lists them with where they live, once for type checkers and the program.

Rooms:

  checking: How a statement is checked: the decorator, verification, counterexample search, controls, proofs on
      boxes.
  core: What every room stands on: enclosures and verdicts, exceptions, checks of arguments, threads, small
      numerics.
  divergences: Divergences between laws: one call each, which chooses the best method and says what it chose.
  lab: Scenario files, experiments over generations, and sweeps over their settings.
  laws: Gaussian laws and mixtures, forward diffusions, conversion from other libraries.
  learners: What one generation fits to its samples: a Gaussian, a mixture, a kernel density, or a neural
      network.
  process: One learned reverse process: score errors, its exact and numeric statistics, and the identities
      between them.
  retraining: Retraining over generations, exactly: channels, the recursion, what accumulates, and the limit of
      early stopping.
  sampling: Sampling of reverse processes, the exact law of the discretised chain, and what is estimated on
      paths.
  scenario: Scenario files: one learned generation, or retraining over many, in TOML; read, described and
      written.
  testing: Bounds as property tests for other people's continuous integration. Needs the extra ``testing``.
  theorems: Theorems as objects, one file each: statement, checked assumptions, enclosed sides, controls.
  trials: Other people's samplers on trial: against laws of which score, marginals and endpoint are known
      exactly.

Classes:

  AffineChannel: The random map ``x -> F x + c + N(0, H)``, which keeps Gaussians Gaussian and mixtures
      mixtures.
  AffineError: The error ``e(x, t) = matrix @ x + offset``, the same at all times.
  AmplifiedScoreError: A score learned too strong or too weak: ``e = factor * grad log q_t``, the score times
      ``1 + factor``.
  CosineSchedule: The cosine schedule: ``exp(-t(u)) = cos^2(a(u))/cos^2(a(0))``, ``a(u) = (u + s)/(1 + s)
      pi/2``.
  DiscretisedProcess: A reverse process and the sampler that runs it: the chain, its law, its error and where
      that comes from.
  Enclosure: A number (or an array of numbers) with an interval that holds it, and how that is known.
  ExplodingSchedule: The variance exploding schedule with EDM's grid: ``sigma(u)^(1/rho)`` goes evenly from
      `lowest` to `highest`.
  FokkerPlanck: Learned and ideal law of a reverse process in d = 1, and all that follows from them.
  FunctionError: An error that a function computes: NumPy, numba, or a model of torch, JAX or scikit-learn
      behind a function.
  GaussCollapseError: Base class of every error that this package raises on purpose.
  Gaussian: A Gaussian law on R^d.
  GaussianLearner: Fits one Gaussian.
  GaussianMixture: A mixture of K Gaussians on R^d.
  KernelDensityLearner: Fits a Gaussian kernel density estimate.
  LinearSchedule: The linear schedule of DDPM: ``beta(u) = lowest + (highest - lowest) u``, variance preserving.
  MixtureLearner: Fits a Gaussian mixture by expectation-maximisation, started from k-means++.
  NeuralLearner: Fits a multilayer perceptron by denoising score matching.
  OrnsteinUhlenbeck: The forward process ``dX_t = -X_t/2 dt + dW_t`` on ``[stop, horizon]``.
  Outcome: What a check of one statement on one instance came to.
  RandomFeatureError: A smooth bounded field, constant in time: ``e(x) = sum_r amplitudes_r cos(<frequencies_r,
      x> + phases_r)``.
  RealizableError: The learned score is the exact score of another law: ``e = grad log q~_t - grad log q_t``.
  ReverseProcess: The learned reverse process ``dY = (Y/2 + k (grad log q_t(Y) + e(Y, t))) ds + lam dB``, ``s =
      T - t``.
  Simulation: Simulated paths of one reverse process.
  SolenoidalError: An exactly invisible error: it leaves every marginal of the data as it is.
  Texture: A stationary Gaussian law of pictures on a torus, given by the variances of its Fourier coefficients.
  Trajectory: What `retrain` returns: the models of all generations and what accumulated.
  Verdict: The answer of `check`: an outcome with both sides of the comparison that decided it.

Functions:

  bhattacharyya: Return the Bhattacharyya distance in nats.
  check: Check a theorem on one instance.
  chi2: Return the chi-squared divergence ``chi2(p || q)``, which may be infinite.
  coupled: Simulate the learned and the ideal process with the same noise.
  discrete_law: Return the exact law of the chain that `simulate` runs, in the linear-Gaussian case.
  error_budget: Return the error budget of a sampler: start, discretisation and score, whose sum bounds KL.
  falsify: Search the families of a theorem's chapter for a counterexample, and for its best constants.
  fisher_divergence: Return the Fisher divergence: the mean squared difference of the two scores under p.
  fokker_planck: Solve the Fokker-Planck equation of a reverse process in d = 1.
  from_scipy: Return the law of frozen SciPy normals.
  from_sklearn: Return the mixture that a fitted scikit-learn estimator describes.
  gradient_energy_estimate: Return a lower estimate of ``E_{P^} int |Pi e|^2 ds``, split in L^2 of the learned
      marginals.
  hellinger2: Return the squared Hellinger distance, between 0 and 1.
  hodge: Return the symmetric B and the antisymmetric Q with ``matrix @ cov == B @ cov + Q``.
  jeffreys: Return the Jeffreys divergence in nats: KL in both directions, added up.
  kl: Return the Kullback-Leibler divergence ``KL(p || q)`` in nats.
  kl_bounds: Return the best interval for ``KL(p || q)`` in nats that bounds in closed form give, in any
      dimension.
  mmd: Return the maximum mean discrepancy of two laws under a Gaussian kernel (the distance, not its square).
  observable_score: Return ``u(y) = E_{P*}[M | Y_end = y]`` at points `(n, d)`, shape (n,).
  optimal_grid: Return the grid on which a scheme's discretisation costs least, to leading order.
  paired_energy: Return an estimate of ``eta eps*^2 = E u^2`` that is without bias: from pairs of forward paths.
  path_divergences: Estimate the divergences between the learned and the ideal path law.
  plot: Return the picture of something: of a reverse process, a sampler, a trajectory, or several of these.
  prove_on_box: Prove a statement at every point of a box of a one-dimensional closed-form family, or find where
      it fails.
  regressed_chi2: Return a lower estimate of ``chi2(p^ || q)`` of the endpoints from ideal paths.
  regressed_energy: Return a lower estimate of ``eta eps*^2`` from ideal paths: M regressed on functions of the
      endpoint.
  renyi: Return the Renyi divergence ``D_a(p || q)`` of order a in nats.
  retrain: Run the retraining recursion ``p^_{i+1} = K_i (a_i p + (1 - a_i) sum_j s_ij p^_j)`` exactly.
  richardson: Return the continuous-time limit of a linear-Gaussian chain by Richardson extrapolation.
  sample_reverse: Simulate the reverse process that is driven by the exact score of `law`, in the cheapest exact
      way.
  simulate: Simulate a reverse process, by the Euler-Maruyama scheme or another.
  statement: Turn a function of the statistics into a theorem that `check`, `falsify` and ``verify`` accept.
  time_grid: Return the decreasing times of a sampler.
  total_variation: Return the total variation distance, between 0 and 1.
  trial: Return how far a sampler's endpoint is from the data, without training anything: the score is exact.
  wasserstein1: Return the 1-Wasserstein distance, a length: the mean distance by which the best plan moves
      mass.
  wasserstein2: Return the 2-Wasserstein distance between Gaussians, a length (not its square).
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
