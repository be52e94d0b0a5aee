"""What a perfectly trained network would answer, in every parametrisation that samplers ask for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import Array, as_choice, as_number, as_points, frozen
from gausscollapse.laws.mixture import Law, as_law

PREDICTIONS = ("epsilon", "sample", "v_prediction", "flow_prediction")


class Posterior(NamedTuple):
    """Means of the noise and of the data given a noisy point, shapes (n, d)."""

    noise: Array
    data: Array


@dataclass(frozen=True, eq=False, repr=False)
class ExactModel(Presented):
    """The exact score of a Gaussian or a mixture, as a sampler may ask for it.

    Parameters
    ----------
    data : Gaussian or GaussianMixture
        Law of X.

    Notes
    -----
    With ``x = a X + s xi``, component k has ``C_k = a^2 S_k + s^2 I`` and the share ``w_k N(x; a m_k, C_k)``, which
    gives ``E[xi | x] = sum s C_k^{-1}(x - a m_k)`` and ``E[X | x] = sum (m_k + a S_k C_k^{-1}(x - a m_k))``; no
    difference of large numbers at any level of noise. Source: textbook (Gaussian conditioning, Tweedie's formula).

    Examples
    --------
    As a score in the package's clock, and in words of practitioners: from ``x = a X + s xi`` the noise, the data,
    ``v = a xi - s X`` and the velocity ``xi - X`` of a straight path.

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> model = gc.trials.ExactModel(gc.Gaussian(0, 4))
    >>> float(model(2.0, t=0.0)), float(gc.Gaussian(0, 4).score(2.0))
    (-0.5, -0.5)
    >>> x, a, s = np.array([[1.0]]), np.sqrt(0.5), np.sqrt(0.5)  # C = 2.5
    >>> [model.predict(x, signal=a, noise=s, kind=kind).round(4).item()
    ...  for kind in ("epsilon", "sample", "v_prediction", "flow_prediction")]
    [0.2828, 1.1314, -0.6, -0.8485]
    >>> model.posterior(x, signal=a, noise=s).data.round(4).item()
    1.1314
    """

    data: Law

    def __post_init__(self) -> None:
        as_law("data", self.data)

    @property
    def dim(self) -> int:
        """Dimension d of the data."""
        return self.data.dim

    @cached_property
    def _logs(self) -> Array:
        with np.errstate(divide="ignore"):
            return frozen(np.log(self.data.weights))

    def __call__(self, x: ArrayLike, t: float) -> Array:
        """Return the score of the data's marginal at time t of ``dX = -X/2 dt + dW``, in the shape of x."""
        time = as_number("t", t, at_least=0.0)
        points, _ = as_points("x", x, self.dim)
        signal = np.exp(-0.5 * time)
        variance = -np.expm1(-time)
        found = -self._shares(points, signal, variance)[0]
        return np.asarray(found.reshape(np.shape(x)))

    def posterior(self, x: ArrayLike, *, signal: float, noise: float) -> Posterior:
        """Return ``E[xi | x]`` and ``E[X | x]`` for points ``x = signal X + noise xi``, shape (n, d)."""
        a, s = as_number("signal", signal, at_least=0.0), as_number("noise", noise, at_least=0.0)
        if a == s == 0.0:
            raise InvalidArgumentError("noise", noise, "is 0, and so is the signal", "one of them positive")
        points, _ = as_points("x", x, self.dim)
        pulled, data = self._shares(points, a, s * s)
        return Posterior(s * pulled, data)

    def predict(self, x: ArrayLike, *, signal: float, noise: float, kind: str = "epsilon") -> Array:
        """Return the prediction of a kind, one of `PREDICTIONS`, for points ``x = signal X + noise xi``, (n, d)."""
        as_choice("kind", kind, PREDICTIONS)
        found = self.posterior(x, signal=signal, noise=noise)
        if kind == "epsilon":
            return found.noise
        if kind == "sample":
            return found.data
        if kind == "v_prediction":
            return np.asarray(signal * found.noise - noise * found.data)
        return np.asarray(found.noise - found.data)

    def _shares(self, x: Array, a: float, variance: float) -> tuple[Array, Array]:
        """Return ``sum r_k C_k^{-1}(x - a m_k)`` and ``E[X | x]``."""
        law, logs, pulls, ends = self.data, [], [], []
        for weight, mean, cov in zip(self._logs, law.means, law.covs, strict=True):
            root = np.linalg.cholesky(a * a * cov + variance * np.eye(self.dim))
            gap = x - a * mean
            white = np.linalg.solve(root, gap.T)
            pull = np.linalg.solve(root.T, white).T
            logs.append(weight - 0.5 * np.sum(white * white, axis=0) - np.sum(np.log(np.diag(root))))
            pulls.append(pull)
            ends.append(mean + a * pull @ cov)
        if len(logs) == 1:
            return pulls[0], ends[0]
        stacked = np.array(logs)
        shares = np.exp(stacked - np.max(stacked, axis=0))
        shares /= np.sum(shares, axis=0)
        return (
            np.einsum("kn,knd->nd", shares, np.array(pulls)), np.einsum("kn,knd->nd", shares, np.array(ends))
        )  # fmt: skip
