"""Retraining on textures: every generation fits a Gaussian to a mixture of data and samples, and its score is off."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.excess import excess
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.validation import Array, as_number, as_size
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.texture import Texture
from gausscollapse.process.exact.enclosures import enclose_spectral, enclosed, one
from gausscollapse.process.exact.statistics import DEFAULT_TOLERANCE
from gausscollapse.process.stacked import stack
from gausscollapse.process.texture import FilterError, TextureProcess
from gausscollapse.retraining.accumulation import fresh_fractions

METHOD = "moment equations, frequency by frequency"
# One generation takes about as long as this many pixels, however few it has.
OVERHEAD, MOST_WORK = 4096.0, 2.0**24
# A relative change of the spectra, from which the sensitivity of a generation to the last one is taken.
CHANGE = 1e-4
MARGIN = 0.01


@dataclass(frozen=True, eq=False, repr=False)
class TextureTrajectory(Presented):
    """What `retrain_texture` returns: the textures of all generations, and what each score error cost.

    Parameters
    ----------
    data : Texture
        The data law p.
    fresh : ndarray, shape (N,)
        Fresh fractions.
    processes : tuple of TextureProcess
        The learned reverse process of each generation.

    Notes
    -----
    Divergences are those of whole pictures, in nats. Source: *own*.

    Examples
    --------
    A score that fades high frequencies, with and without fresh data:

    >>> import gausscollapse as gc
    >>> data, diffusion = gc.Texture.power_law(16), gc.OrnsteinUhlenbeck(2.0, 0.01)
    >>> error = gc.process.FilterError.fading(data, strength=0.3, above=2.0)
    >>> runs = [
    ...     gc.retraining.retrain_texture(data, fresh=fresh, error=error, diffusion=diffusion, generations=6)
    ...     for fresh in (0.0, 0.5)
    ... ]
    >>> bool(runs[0].kl[-1] > 3.0 * runs[1].kl[-1])
    True
    >>> bool(all(runs[0].observability.upper <= 1.0)), len(runs[0].textures)
    (True, 7)
    """

    data: Texture
    fresh: Array
    processes: tuple[TextureProcess, ...]

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        return (("generations", self.generations), ("data", self.data), ("fresh", self.fresh))

    @property
    def generations(self) -> int:
        """Number N of generations."""
        return len(self.processes)

    @cached_property
    def textures(self) -> tuple[Texture, ...]:
        """Laws ``p^_0..p^_N``; index 0 is the data."""
        return (self.data, *(process.endpoint for process in self.processes))

    @property
    def training_laws(self) -> tuple[Texture, ...]:
        """What each generation is trained on: the Gaussian with the moments of the mixture, N of them."""
        return tuple(process.data for process in self.processes)

    @cached_property
    def spectrum_errors(self) -> tuple[Array, ...]:
        """Relative errors of the spectra of models 0..N, shape (h, w) each.

        What one generation is off is carried on by the derivative of the next, taken from a second solution.
        """
        errors = [np.zeros(self.data.shape)]
        for process, share in zip(self.processes, self.fresh, strict=True):
            carried = (1.0 - share) * errors[-1] * self.textures[len(errors) - 1].spectrum / process.data.spectrum
            moved = Texture(process.data.spectrum * (1.0 + CHANGE), process.data.brightness)
            other = TextureProcess(moved, process.diffusion, process.error, process.start, process.tolerance)
            slope = np.abs(np.log(other.endpoint.spectrum / process.endpoint.spectrum)) / CHANGE
            errors.append(((1.0 + MARGIN) * slope + MARGIN) * carried + process.endpoint_error)
        return tuple(errors)

    @cached_property
    def kl(self) -> Enclosure:
        """``KL(p^_i || p)`` of whole pictures in nats, shape (N + 1,)."""
        found = []
        for texture, error in zip(self.textures, self.spectrum_errors, strict=True):
            gap = (texture.spectrum - self.data.spectrum) / self.data.spectrum
            mean = np.zeros_like(gap)
            mean[0, 0] = (texture.brightness - self.data.brightness) * np.sqrt(self.data.dim)
            mean[0, 0] /= np.sqrt(self.data.spectrum[0, 0])
            blur = (error + 4.0 * 2.0**-53) * (1.0 + gap)
            terms = enclose_spectral(
                one,
                excess,
                mean.reshape(-1, 1),
                gap.reshape(-1, 1),
                blur.ravel(),
                error.ravel() * np.abs(mean.ravel()),
            )
            found.append(enclosed(METHOD, type(terms)(*(np.array([np.sum(part)]) for part in terms)))[0])
        return stack(found)

    def _each(self, name: str) -> Enclosure:
        return stack([getattr(process.statistics, name)[0] for process in self.processes])

    @cached_property
    def intra_kl(self) -> Enclosure:
        """``KL(p^_{i+1} || q_i)`` of each generation in nats, shape (N,), q_i the law that it was trained on."""
        return self._each("kl")

    @cached_property
    def ideal_energy(self) -> Enclosure:
        """``eps_i*^2`` of each generation, shape (N,)."""
        return self._each("ideal_energy")

    @cached_property
    def learned_energy(self) -> Enclosure:
        """``eps^_i^2`` of each generation, shape (N,)."""
        return self._each("learned_energy")

    @cached_property
    def observability(self) -> Enclosure:
        """``eta_i`` of each generation, shape (N,)."""
        return self._each("observability")


@checked
def retrain_texture(
    data: Texture,
    *,
    fresh: ArrayLike,
    error: FilterError,
    diffusion: OrnsteinUhlenbeck,
    generations: int,
    tolerance: float = DEFAULT_TOLERANCE,
) -> TextureTrajectory:
    """Retrain on a texture: each generation learns the Gaussian fit of its training law, with the same score error.

    Parameters
    ----------
    data : Texture
        The data law p.
    fresh : float or sequence of float, length N
        Fresh fraction(s) in [0, 1].
    error : FilterError
        Error of the score of every generation.
    diffusion : OrnsteinUhlenbeck
        Forward process of every generation.
    generations : int
        N >= 0; N and the number of pixels plus 4096 are at most 2^24 in their product.
    tolerance : float
        Relative accuracy of each generation's differential equations.

    Returns
    -------
    TextureTrajectory
        Textures, divergences and energies of all generations.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range, or a spectrum leaves the range of floats on the way.
    DimensionMismatchError
        If the error's filters have other sides than the data.

    Notes
    -----
    Generation i is trained on the Gaussian with the moments of ``a_i p + (1 - a_i) p^_i``: the spectra are mixed, and
    ``a_i (1 - a_i) d (difference of brightness)^2`` is added to the variance of the brightness. Source: *own*.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> run = gc.retraining.retrain_texture(
    ...     gc.Texture.power_law(16), fresh=0.1, error=gc.process.FilterError(brightness=0.1),
    ...     diffusion=gc.OrnsteinUhlenbeck(2.0, 0.0), generations=3)
    >>> drift = [texture.brightness for texture in run.textures]
    >>> drift == sorted(drift)
    True
    """
    count = as_size("generations", generations, each=OVERHEAD + data.dim, unit="updates", most=MOST_WORK)
    shares = fresh_fractions(fresh, count)
    accuracy = as_number("tolerance", tolerance, at_least=1e-12, at_most=1e-3)
    processes: list[TextureProcess] = []
    model = data
    for share in shares:
        trained = _mixed(data, model, float(share))
        processes.append(TextureProcess(trained, diffusion, error, tolerance=accuracy))
        model = processes[-1].endpoint
    return TextureTrajectory(data, shares, tuple(processes))


def _mixed(data: Texture, model: Texture, share: float) -> Texture:
    """Return the Gaussian with the moments of ``share data + (1 - share) model``."""
    spectrum = share * data.spectrum + (1.0 - share) * model.spectrum
    spectrum[0, 0] += share * (1.0 - share) * data.dim * (data.brightness - model.brightness) ** 2
    return Texture(spectrum, share * data.brightness + (1.0 - share) * model.brightness)
