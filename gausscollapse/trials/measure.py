"""How far a sampler's endpoint is from the data: without Monte Carlo error where it is Gaussian."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.excess import excess
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import Array
from gausscollapse.divergences.sampled_discrepancy import mmd_from_samples
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.process.exact.enclosures import Interval, enclose_spectral, enclosed, one, raised
from gausscollapse.trials.affine import AffineLaw

PROBED = "affine map, probed"
SAFETY = 4.0
# Points of each sample that go into the maximum mean discrepancy, whose cost is their square.
DISCREPANCY_POINTS = 4000
MISS = 1e-3


@dataclass(frozen=True, eq=False, repr=False)
class Accuracy(Presented):
    """How far an endpoint law p^ is from the data p; what is not known is None.

    Parameters
    ----------
    kl, reverse_kl : Enclosure or None
        ``KL(p^ || p)`` and ``KL(p || p^)`` in nats.
    chi2 : Enclosure or None
        ``chi2(p^ || p)``.
    wasserstein2 : Enclosure or None
        A length.
    mean_bias : Enclosure
        Distance of the means, a length.
    variance_ratios : tuple of float
        The smallest and the largest variance of p^ in directions that the data have variance 1 in.
    mmd : Enclosure or None
        Maximum mean discrepancy, with a kernel as wide as the data: of samples.
    kl_below : Enclosure or None
        ``KL(p^ || p)`` from below: that of the Gaussian with the moments of the samples, for Gaussian data.
    mode_weights : Enclosure or None
        Weight that p^ gives to each mode of a mixture, shape (K,), points told apart by the likeliest component.
    kolmogorov : Enclosure or None
        Greatest difference of the distribution functions, on the line.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> accuracy = gc.trial("exponential", "narrow", steps=[100]).rows[0].accuracy
    >>> accuracy.exact, accuracy.words, bool(accuracy.kl < 1e-3), accuracy.mmd
    (True, 'KL', True, None)
    """

    mean_bias: Enclosure
    variance_ratios: tuple[float, float]
    kl: Enclosure | None = None
    reverse_kl: Enclosure | None = None
    chi2: Enclosure | None = None
    wasserstein2: Enclosure | None = None
    mode_weights: Enclosure | None = None
    kolmogorov: Enclosure | None = None
    mmd: Enclosure | None = None
    kl_below: Enclosure | None = None

    @property
    def exact(self) -> bool:
        """Whether there is no Monte Carlo error in it."""
        return self.kl is not None

    @property
    def error(self) -> Enclosure:
        """What trials are sorted by: KL where it is known, else what is known of it from below, else the MMD."""
        return next(part for part in (self.kl, self.kl_below, self.mmd) if part is not None)

    @property
    def words(self) -> str:
        """What `error` is."""
        return "KL" if self.kl is not None else "KL >=" if self.kl_below is not None else "MMD"


def of_law(found: AffineLaw, data: Gaussian) -> Accuracy:
    """Return the accuracy of a Gaussian endpoint on Gaussian data."""
    root = data.cholesky
    half = np.linalg.solve(root, np.linalg.cholesky(found.cov + 1e-300 * np.eye(data.dim)))
    seen = half @ half.T - np.eye(data.dim)
    eigenvalues, basis = np.linalg.eigh(seen)
    mean = basis.T @ np.linalg.solve(root, found.mean - data.mean)
    # In the data's metric a length counts as much as its least standard deviation makes it.
    blur = (
        SAFETY
        * (found.error + 2.0**-50 * np.max(np.abs(found.mean)))
        / float(np.sqrt(np.min(np.linalg.eigvalsh(data.cov))))
    )
    spread = float(np.sqrt(max(1.0 + np.max(eigenvalues), 0.0)))
    error = np.array([2.0 * blur * spread + blur**2 + 2.0**-48 * (1.0 + spread**2)])
    shift = np.array([blur + 2.0**-48 * float(np.linalg.norm(mean))])

    def spectral(weight: object, volume: object) -> Interval:
        return enclose_spectral(weight, volume, mean[None], eigenvalues[None], error, shift)  # type: ignore[arg-type]

    def other_volume(x: Array) -> Array:
        return np.asarray(np.where(x > 1.0, np.log1p(x) - x / (1.0 + x), excess(-x / (1.0 + x))))

    kl = enclosed(PROBED, spectral(one, excess))[0]
    reverse = enclosed(PROBED, spectral(lambda x: 1.0 / (1.0 + x), other_volume))[0]
    chi2 = enclosed(PROBED, raised(np.expm1, spectral(lambda x: 2.0 / (1.0 - x), lambda x: excess(x) + excess(-x))))[
        0
    ]
    length = float(np.linalg.norm(found.mean - data.mean))
    bias = Enclosure(
        length, max(length - SAFETY * found.error, 0.0), length + SAFETY * found.error, PROBED, "numeric"
    )
    ratios = 1.0 + eigenvalues
    return Accuracy(bias, (float(ratios[0]), float(ratios[-1])), kl, reverse, chi2, _wasserstein(found, data))


def _wasserstein(found: AffineLaw, data: Gaussian) -> Enclosure:
    """Return the 2-Wasserstein distance; it moves by at most as much as the laws do."""
    values, basis = np.linalg.eigh(data.cov)
    root = (basis * np.sqrt(values)) @ basis.T
    inner = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ found.cov @ root), 0.0))
    gap = float(np.trace(found.cov) + np.trace(data.cov) - 2.0 * np.sum(inner))
    value = float(np.sqrt(max(float(np.sum((found.mean - data.mean) ** 2)) + gap, 0.0)))
    # The square is a difference of traces, which rounds.
    rounding = 2.0**-48 * data.dim * float(np.trace(found.cov) + np.trace(data.cov))
    low, high = (np.sqrt(max(value**2 + sign * rounding, 0.0)) for sign in (-1.0, 1.0))
    moved = SAFETY * found.error * np.sqrt(float(data.dim))
    return Enclosure(value, max(float(low) - moved, 0.0), float(high) + moved, PROBED, "numeric")


def of_samples(samples: Array, data: Law, rng: np.random.Generator) -> Accuracy:
    """Return the accuracy of samples, shape (n, d); every interval holds with probability 0.999 or more.

    Moments have 3.3 standard errors; a distribution function is known by the inequality of Dvoretzky, Kiefer,
    Wolfowitz and Massart, the weights of K modes by Hoeffding's.
    """
    n, d = samples.shape
    words = f"{n} samples"
    centre, gap = samples.mean(axis=0), samples - samples.mean(axis=0)
    cov = gap.T @ gap / (n - 1.0)
    root = np.linalg.cholesky(data.cov)
    white = np.linalg.solve(root, np.linalg.solve(root, cov).T)
    ratios = np.linalg.eigvalsh(0.5 * (white + white.T))
    length = float(np.linalg.norm(centre - data.mean))
    blur = 3.3 * float(np.sqrt(np.trace(cov) / n))
    bias = Enclosure(length, max(length - blur, 0.0), length + blur, words, "statistical")
    chosen = samples[rng.permutation(n)[:DISCREPANCY_POINTS]]
    other = data.sample(len(chosen), rng=rng).reshape(len(chosen), d)
    width = float(np.sqrt(np.trace(data.cov)))
    distance = mmd_from_samples(chosen, other, width=width, confidence=1.0 - MISS).distance
    return Accuracy(
        bias, (float(ratios[0]), float(ratios[-1])), mmd=distance,
        kl_below=_below(samples, data) if data.weights.size == 1 else None,
        mode_weights=_modes(samples, data) if data.weights.size > 1 else None,
        kolmogorov=_kolmogorov(samples[:, 0], data) if d == 1 else None,
    )  # fmt: skip


def _modes(samples: Array, data: Law) -> Enclosure:
    logs = np.array([np.log(w) + part.logpdf(samples) for w, part in zip(data.weights, data.components, strict=True)])
    shares = np.bincount(np.argmax(logs.reshape(len(logs), -1), axis=0), minlength=len(logs)) / len(samples)
    blur = np.sqrt(np.log(2.0 * len(logs) / MISS) / (2.0 * len(samples)))
    low, high = np.maximum(shares - blur, 0.0), np.minimum(shares + blur, 1.0)
    return Enclosure(shares, low, high, f"{len(samples)} samples", "statistical")


def _kolmogorov(samples: Array, data: Law) -> Enclosure:
    from scipy.special import ndtr

    points = np.sort(samples)
    ends = data.weights @ ndtr((points - data.means) / np.sqrt(data.covs[:, 0]))
    steps = np.arange(len(points) + 1.0) / len(points)
    value = float(max(np.max(steps[1:] - ends), np.max(ends - steps[:-1])))
    blur = float(np.sqrt(np.log(2.0 / MISS) / (2.0 * len(points))))
    return Enclosure(value, max(value - blur, 0.0), min(value + blur, 1.0), f"{len(points)} samples", "statistical")


def _below(samples: Array, data: Law) -> Enclosure:
    """Return KL of the Gaussian g with the samples' moments from Gaussian data.

    ``KL(p^ || p) = KL(p^ || g) + KL(g || p)``, since log g - log p is quadratic. The standard error is that of the
    influence ``y.z + z^T (I - V^{-1}) z/2`` of a sample, z its whitened distance from the mean y, V the covariance.
    """
    root = np.linalg.cholesky(data.covs[0])
    white = np.linalg.solve(root, (samples - data.means[0]).T).T
    centre, gap = white.mean(axis=0), white - white.mean(axis=0)
    cov = gap.T @ gap / len(samples)
    eigenvalues = np.linalg.eigvalsh(cov) - 1.0
    value = 0.5 * float(centre @ centre + np.sum(excess(eigenvalues)))
    pull = np.eye(len(centre)) - np.linalg.inv(cov)
    influence = gap @ centre + 0.5 * np.sum((gap @ pull) * gap, axis=1)
    blur = 3.3 * float(np.std(influence)) / np.sqrt(len(samples)) + (len(centre) * (len(centre) + 3)) / len(samples)
    return Enclosure(value, max(value - float(blur), 0.0), np.inf, f"{len(samples)} samples", "statistical")
