"""Spectral measures of innovations: the drift that they leave in the long run, and one number that places it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.validation import Array, as_array, as_number, as_one_each, as_symmetric, frozen
from gausscollapse.retraining import _spectral_sums as sums

# A density is refused where it is below this share of its mean under 0: rounding leaves less.
NEGATIVE, FREQUENCIES = 1e-9, 2048


@dataclass(frozen=True, eq=False, repr=False)
class Spectrum(Presented):
    """How the energy of stationary innovations is spread over frequencies.

    It is the measure mu on the circle with ``<xi_i, xi_(i+n)> = int cos(n w) dmu(w)``: atoms, and a density that is
    given by its autocovariances.

    Parameters
    ----------
    autocovariances : array_like or Enclosure, shape (m + 1,)
        ``g_0..g_m`` of the part without atoms; empty where all are atoms.
    angles, weights : array_like, shape (k,)
        Frequencies of atoms in [0, pi], in radians a generation, and their energies; one at w stands for the pair
        at w and -w.
    decay : float or None
        c in [-1, 1]: what follows is ``g_(m+n) = g_m c^n``; None where it is not known.

    Raises
    ------
    InvalidArgumentError
        If there is no energy, or no innovations can have such inner products.

    Notes
    -----
    Drift of retraining from the data with a constant fresh fraction a tends to
    ``int |1 - k exp(iw)|^-2 dmu = (g_0 + 2 sum_n k^n g_n)/(1 - k^2)`` with k = 1 - a. Where only ``g_0..g_m`` are
    known it is ``J (1 + k f)/((1 - k f)(1 - k^2))`` with Schur's function f of the measure at k, which ``g_0..g_m``
    enclose; both ends are attained. That f is also the one number c of `long_run_drift` that leaves the same drift.
    Source: *own*; Schur 1917 for the parameters.

    Examples
    --------
    Errors that forget each other at one rate:

    >>> import gausscollapse as gc
    >>> forgotten = gc.retraining.Spectrum([1.0], decay=0.5)
    >>> round(float(forgotten.drift(0.5)), 6), round(float(forgotten.effective_correlation(0.5)), 6)
    (2.222222, 0.5)

    Half of the energy comes back every third generation, the other half is independent:

    >>> mixed = gc.retraining.Spectrum([0.5], angles=[2 * 3.141592653589793 / 3], weights=[0.5])
    >>> round(mixed.successive_correlation, 6), round(float(mixed.drift(0.5)), 6)
    (-0.25, 0.952381)

    What two autocovariances leave open:

    >>> print(gc.retraining.Spectrum([1.0, 0.5], decay=None).drift(0.5).interval)
    2.22 ± 0.9

    A run whose errors alternate has its energy at the frequency pi, and a number c near -1:

    >>> turned = gc.retraining.AlternatingOffset([0.1])
    >>> run = gc.retrain(gc.Gaussian(0, 1), fresh=0.5, step=turned, generations=20)
    >>> found = gc.retraining.Spectrum.of_innovations(run.innovation_gram)
    >>> bool(found.density(3.1) > 100 * found.density(0.1))
    True
    >>> (found.autocovariance([1, 2]) / found.energy).round(2), round(float(found.effective_correlation(0.5)), 2)
    (array([-0.95,  0.9 ]), -0.95)
    """

    autocovariances: Array
    angles: Array
    weights: Array
    decay: float | None
    _enclosed: Enclosure

    def __init__(
        self,
        autocovariances: ArrayLike | Enclosure = (),
        *,
        angles: ArrayLike = (),
        weights: ArrayLike = (),
        decay: float | None = 0.0,
    ) -> None:
        density, places = _covariances(autocovariances), np.atleast_1d(as_array("angles", angles))
        if places.ndim != 1 or not np.all((places >= 0.0) & (places <= np.pi)):
            raise InvalidArgumentError("angles", angles, "is no list of frequencies", "numbers in [0, pi]")
        energies = as_one_each("weights", weights, places.size)
        if np.any(energies < 0.0):
            raise InvalidArgumentError("weights", weights, "has an energy below 0", "numbers >= 0")
        rate = None if decay is None else as_number("decay", decay, at_least=-1.0, at_most=1.0)
        if rate is not None and abs(rate) == 1.0 and len(density):
            density, places, energies, rate = _persistent(density, places, energies, rate)
        object.__setattr__(self, "autocovariances", frozen(np.asarray(density.value)))
        object.__setattr__(self, "_enclosed", density)
        object.__setattr__(self, "angles", frozen(places))
        object.__setattr__(self, "weights", frozen(energies))
        object.__setattr__(self, "decay", rate)
        if not 0.0 < self.energy < np.inf:
            raise InvalidArgumentError("autocovariances", autocovariances, "leaves no energy", "g_0 > 0, or atoms")
        self._require_measure()

    @classmethod
    def of_innovations(cls, gram: ArrayLike | Enclosure) -> Self:
        """Return the spectrum of a run's innovations, as they were: that of their autocovariances along the run.

        Parameters
        ----------
        gram : array_like or Enclosure, shape (N, N)
            Inner products of the innovations, such as `Trajectory.innovation_gram_enclosure`.

        Returns
        -------
        Spectrum
            ``g_n = (1/N) sum_i <xi_i, xi_(i+n)>``, with the intervals of the products.

        Raises
        ------
        InvalidArgumentError
            If it is no finite Gram matrix, or all innovations vanish.

        Notes
        -----
        Nothing need be stationary: ``N drift(a) = D_1 + ... + D_N + (1-a)^2/(a (2-a)) D_N`` for every run from the
        data with the fresh fraction a, where the last term is what further generations without errors would add
        (Parseval). Source: *own*.
        """
        products = gram if isinstance(gram, Enclosure) else Enclosure.exact(as_symmetric("gram", gram))
        matrix = as_symmetric("gram", np.asarray(products.value))
        if not (np.all(np.isfinite(products.lower)) and np.all(np.isfinite(products.upper))):
            raise InvalidArgumentError("gram", matrix, "has unbounded intervals", "finite ones")
        count = len(matrix)
        # Row i from its diagonal on, then zeros: columns are lags.
        rows, lags = np.arange(count)[:, None], np.arange(count)[None, :]
        inside = rows + lags < count
        total = Enclosure.exact(np.zeros(count))
        for i in range(count):
            middle, lower, upper = (
                np.where(inside[i], np.roll(np.asarray(end)[i], -i), 0.0)
                for end in (products.value, products.lower, products.upper)
            )
            total = total + Enclosure(middle, lower, upper, products.method, products.guarantee)
        if not float(total[0]) > 0.0:
            raise InvalidArgumentError("gram", matrix, "has no energy", "innovations that do not all vanish")
        return cls(total / float(count))

    @property
    def energy(self) -> float:
        """J, the energy of one innovation."""
        return float(np.sum(self.weights) + np.sum(self.autocovariances[:1]))

    @property
    def successive_correlation(self) -> float:
        """Correlation of innovations that follow each other, in [-1, 1]; NaN where it is not known."""
        return float(np.clip(self.autocovariance(1) / self.energy, -1.0, 1.0))

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Return ``<xi_i, xi_(i+n)>`` at lags n >= 0; NaN where it is not known.

        Parameters
        ----------
        lag : array_like
            Integers >= 0.

        Returns
        -------
        ndarray
            Of the shape of `lag`.

        Raises
        ------
        InvalidArgumentError
            If a lag is negative or no integer.
        """
        lags = as_array("lag", lag)
        if np.any((lags < 0.0) | (lags != np.floor(lags))):
            raise InvalidArgumentError("lag", lag, "is no number of generations", "integers >= 0")
        found = np.cos(np.multiply.outer(lags, self.angles)) @ self.weights
        density = self.autocovariances
        if density.size:
            last = density.size - 1
            rate = np.nan if self.decay is None else self.decay
            beyond = density[-1] * rate ** np.maximum(lags - last, 0.0)
            found = found + np.where(lags <= last, density[np.minimum(lags, last).astype(int)], beyond)
        return np.asarray(found)

    def density(self, angle: ArrayLike) -> Array:
        """Return the density of the part without atoms, an energy a radian; that of an open end is unpredictable.

        Parameters
        ----------
        angle : array_like
            Frequencies in radians a generation; w and -w have the same density.

        Returns
        -------
        ndarray
            ``(1/2 pi) sum_n g_|n| cos(n w)``, of the shape of `angle`; where ``decay`` is None, with a sum that ends.
        """
        angles, g = as_array("angle", angle), self.autocovariances
        if not g.size:
            return np.zeros(angles.shape)
        return sums.energy_density(g, self.decay or 0.0, angles) / (2.0 * np.pi)

    def drift(self, fresh: float) -> Enclosure:
        """Return where drift tends in the long run.

        Parameters
        ----------
        fresh : float
            Constant fresh fraction a in (0, 1].

        Returns
        -------
        Enclosure
            ``int |1 - (1-a) exp(iw)|^-2 dmu(w)``; where autocovariances to come are not known, all that they allow.
            The value then is that of the most unpredictable innovations with the known ones.

        Raises
        ------
        InvalidArgumentError
            If the fraction is out of range.
        """
        share = as_number("fresh", fresh, above=0.0, at_most=1.0)
        found = sums.summed(Enclosure.exact(self.weights) * sums.gains(share, self.angles))
        if len(self.autocovariances):
            k, first = sums.kept(share), self._enclosed[0]
            whole = Enclosure.exact(share) * (2.0 - Enclosure.exact(share))
            found = found + (first + 2.0 * k * self._discounted(share)) / whole
        return found

    def effective_correlation(self, fresh: float) -> Enclosure:
        """Return the one number that places long-run drift between its ends.

        Parameters
        ----------
        fresh : float
            Constant fresh fraction a in (0, 1].

        Returns
        -------
        Enclosure
            c in [-1, 1] with ``drift = J (1 + (1-a) c)/((1 - (1-a) c) a (2-a))``: -1 at the lower end, 0 where the
            energies add up, 1 at the upper end.

        Raises
        ------
        InvalidArgumentError
            If the fraction is out of range.
        """
        share = as_number("fresh", fresh, above=0.0, at_most=1.0)
        total = sums.summed(Enclosure.exact(self.weights) * sums.atom_sums(share, self.angles))
        energy = sums.summed(Enclosure.exact(self.weights))
        if len(self.autocovariances):
            total, energy = total + self._discounted(share), energy + self._enclosed[0]
        return sums.place_of(total / energy, share)

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        return (
            ("energy of an innovation", self.energy), ("atoms", self.angles.size),
            ("autocovariances", len(self.autocovariances)),
            ("correlation of successive", self.successive_correlation),
        )  # fmt: skip

    def _discounted(self, share: float) -> Enclosure:
        """Return ``sum_(n >= 1) (1-a)^(n-1) g_n`` of the part without atoms."""
        if self.decay is not None:
            return sums.discounted(self._enclosed, share, self.decay)
        place = sums.schur_value(sums.schur_parameters(self._enclosed), share)
        return self._enclosed[0] * sums.sum_of(place, share)

    def _require_measure(self) -> None:
        if not len(self.autocovariances):
            return
        values = self.autocovariances
        if values[0] <= 0.0 < np.max(np.abs(values)):
            raise InvalidArgumentError("autocovariances", values, "begins without energy", "g_0 > 0, or none at all")
        if self.decay is None:
            sums.schur_parameters(self._enclosed)
            return
        angles = np.linspace(0.0, np.pi, max(FREQUENCIES, 2 * values.size))
        found = sums.energy_density(values, self.decay, angles)
        least = int(np.argmin(found))
        if found[least] < -NEGATIVE * values[0]:
            raise InvalidArgumentError(
                "autocovariances", values, f"is of no innovations: energy {found[least]:.3g} at frequency "
                f"{angles[least]:.4g}", "a positive semidefinite sequence, or decay=None",
            )  # fmt: skip


def _covariances(given: ArrayLike | Enclosure) -> Enclosure:
    """Return autocovariances with intervals, shape (m + 1,)."""
    if isinstance(given, Enclosure):
        found = given
    else:
        found = Enclosure.exact(np.atleast_1d(as_array("autocovariances", given)))
    if len(found.shape) != 1 or not np.all(np.isfinite(found.lower)) or not np.all(np.isfinite(found.upper)):
        raise InvalidArgumentError("autocovariances", given, "is no list of numbers", "finite numbers g_0..g_m")
    return found


def _persistent(
    density: Enclosure, places: Array, energies: Array, rate: float
) -> tuple[Enclosure, Array, Array, float]:
    """Return the same spectrum with an atom for what never decays: ``g_n = g_m (+-1)^(n-m)`` from m on."""
    last = len(density) - 1
    weight = float(np.asarray(density.value)[-1]) * rate ** (last % 2)
    if weight < 0.0 or np.any(np.not_equal(density[-1].width, 0.0)):
        raise InvalidArgumentError(
            "decay", rate, "leaves no atom of known energy >= 0", "a last autocovariance of its sign, exact"
        )
    rest = density[:-1] - Enclosure.exact(weight * rate ** np.arange(last))
    angle = 0.0 if rate > 0.0 else np.pi
    return rest, np.append(places, angle), np.append(energies, weight), 0.0
