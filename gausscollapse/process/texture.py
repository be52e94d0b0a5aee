"""Score errors that are filters, and the learned reverse process of a texture: exact at the size of pictures (*own*).

The orthonormal Fourier transform turns data, noise and error into independent pairs of coordinates, one pair for
opposite frequencies: all statistics are sums and products over them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.validation import Array, as_array, as_choice, as_number, as_vector, frozen
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.texture import Texture, frequencies, mirrored
from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.exact.statistics import DEFAULT_TOLERANCE, LinearStatistics
from gausscollapse.process.process import STARTS
from gausscollapse.process.product_statistics import ProductStatistics


@dataclass(frozen=True, eq=False, repr=False)
class FilterError(Presented):
    """A score error that treats every place of a picture alike.

    ``e(x, t) = A * x + R * S_t^{-1} (x - m_t) + b - (v . grad) x`` with filters A and R, * a convolution.

    Parameters
    ----------
    slope : float or array_like, shape (h, w)
        A as a factor of each Fourier coefficient (1/time), the same at opposite frequencies; one number for all.
    response : float or array_like, shape (h, w)
        R likewise: the score's own size is wrong by this share, frequency by frequency.
    brightness : float
        b, the same for every pixel.
    motion : array_like, shape (2,)
        v, in pixels per unit of time along rows and columns. The samples move and their law does not: an error that
        no endpoint shows.

    Raises
    ------
    InvalidArgumentError
        If a filter differs at opposite frequencies.

    Notes
    -----
    The derivative is that of the trigonometric polynomial through the pixels, 0 at the greatest frequency of an even
    side. Source: *own*.

    Examples
    --------
    What a blur does to white noise, a share of its high frequencies:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> noise = gc.Texture(np.ones((16, 16)))
    >>> blur = gc.process.FilterError.fading(noise, strength=0.5, above=4.0)
    >>> blur.slope[0, [0, 4, 6, 8]]
    array([ 0.  ,  0.  , -0.25, -0.5 ])
    >>> blur.scaled(2).filters(noise)[0][0, 8].item()
    -1.0
    >>> wave = np.cos(np.pi * np.arange(16)) * np.ones((16, 1))
    >>> bool(np.allclose(blur.evaluate(wave, 1.0, data=noise), -0.5 * wave))
    True

    A score that is too small there lets too much noise through; a moving picture turns its pairs of coordinates:

    >>> gc.process.FilterError.sharpening(noise, strength=0.1, above=4.0).response[0, 8].item()
    0.1
    >>> gc.process.FilterError(motion=(0.0, 1.0)).rotation(noise)[0, 1].round(4).item()
    0.3927
    """

    slope: Array | float = 0.0
    response: Array | float = 0.0
    brightness: float = 0.0
    motion: ArrayLike = (0.0, 0.0)

    def __post_init__(self) -> None:
        for name in ("slope", "response"):
            factors = as_array(name, getattr(self, name))
            if factors.ndim not in {0, 2}:
                raise InvalidArgumentError(
                    name, factors, f"has shape {factors.shape}", "a number or one factor a frequency, (h, w)"
                )
            if factors.ndim == 2 and not np.allclose(factors, mirrored(factors), rtol=1e-10, atol=0.0):
                raise InvalidArgumentError(
                    name, factors, "differs at opposite frequencies", "the factors of a filter"
                )
            object.__setattr__(self, name, frozen(factors))
        object.__setattr__(self, "brightness", as_number("brightness", self.brightness))
        object.__setattr__(self, "motion", frozen(as_vector("motion", self.motion, 2)))

    @classmethod
    @checked
    def fading(cls, data: Texture, *, strength: float, above: float) -> FilterError:
        """Return the error that damps frequencies above `above` waves a picture by `strength` (1/time), smoothly."""
        rows, columns = frequencies(data.shape)
        ring = np.hypot(rows, columns)
        edge = as_number("above", above, above=0.0)
        share = np.clip(ring / edge - 1.0, 0.0, 1.0)
        return cls(slope=-as_number("strength", strength) * share * share * (3.0 - 2.0 * share))

    @classmethod
    @checked
    def sharpening(cls, data: Texture, *, strength: float, above: float) -> FilterError:
        """Return the error of a score that is too small by `strength` above `above` waves a picture."""
        return cls(response=-cls.fading(data, strength=strength, above=above).slope)

    def scaled(self, factor: float) -> FilterError:
        """Return `factor` times the error."""
        c = as_number("factor", factor)
        return FilterError(
            c * np.asarray(self.slope),
            c * np.asarray(self.response),
            c * self.brightness,
            c * np.asarray(self.motion),
        )

    @checked
    def filters(self, data: Texture) -> tuple[Array, Array]:
        """Return slope and response at each frequency of the data, shape (h, w) each."""
        shape = data.shape
        found = []
        for name in ("slope", "response"):
            factors = np.asarray(getattr(self, name))
            if factors.ndim == 2 and factors.shape != shape:
                raise DimensionMismatchError(name, factors, f"has shape {factors.shape}", f"factors of shape {shape}")
            found.append(np.broadcast_to(factors, shape))
        return found[0], found[1]

    @checked
    def rotation(self, data: Texture) -> Array:
        """Return ``v . omega`` at each frequency, the speed (1/time) at which its pair of coordinates turns."""
        speeds = []
        for wave, side in zip(frequencies(data.shape), data.shape, strict=True):
            speeds.append(np.where(2.0 * np.abs(wave) == side, 0.0, 2.0 * np.pi * wave / side))
        v = np.asarray(self.motion)
        return np.asarray(v[0] * speeds[0] + v[1] * speeds[1])

    @checked
    def evaluate(self, x: ArrayLike, t: float, *, data: Texture) -> Array:
        """Return the error at pictures x, shape (..., h, w), at forward time t."""
        pictures = as_array("x", x)
        if pictures.shape[-2:] != data.shape:
            raise DimensionMismatchError("x", x, f"has shape {pictures.shape}", f"pictures of shape {data.shape}")
        now = data.marginal(t)
        slope, response = self.filters(data)
        waves = np.fft.fft2(pictures, norm="ortho")
        centred = np.fft.fft2(pictures - now.brightness, norm="ortho")
        turned = (slope - 1j * self.rotation(data)) * waves + response / now.spectrum * centred
        return self.brightness + np.fft.ifft2(turned, norm="ortho").real


class Group(NamedTuple):
    """Frequencies whose coordinates are independent blocks of one dimension, equal ones together.

    Parameters
    ----------
    dim : int
        1, or 2 where opposite frequencies turn into each other.
    rows : ndarray, shape (B, 6)
        Variance, mean, slope, offset, response and turning speed of each block.
    places : ndarray of int
        The frequencies, numbered along rows and columns.
    inverse : ndarray of int
        The block of each of them.
    counts : ndarray, shape (B,)
        How many blocks are equal to each.
    """

    dim: int
    rows: Array
    places: np.ndarray
    inverse: np.ndarray
    counts: Array

    @classmethod
    def of(cls, dim: int, rows: Array, places: np.ndarray) -> Group:
        """Return the group of some frequencies; a block of the plane holds two of them."""
        distinct, inverse, counts = np.unique(rows[places], axis=0, return_inverse=True, return_counts=True)
        return cls(dim, distinct, places, inverse.ravel(), counts / float(dim))


@dataclass(frozen=True, eq=False, repr=False)
class TextureProcess(Presented):
    """The learned reverse process of a texture, whose score is off by a filter.

    Parameters
    ----------
    data : Texture
        Law of the pictures.
    diffusion : OrnsteinUhlenbeck
        Forward process of every pixel.
    error : FilterError
        Score error.
    start : {"marginal", "standard-normal"}
        Law of the start: ``q_T`` or white noise.
    tolerance : float
        Relative accuracy of the differential equations, between 1e-12 and 1e-3.

    Raises
    ------
    DimensionMismatchError
        If a filter has other sides than the data.

    Notes
    -----
    Pairs of coordinates with equal coefficients are solved once. Energies, divergences and remainders are those of
    the whole picture; `statistics` answers what any theorem on one generation asks. Source: *own*.

    Examples
    --------
    A picture that moves: a large error, of which the endpoint shows nothing.

    >>> import gausscollapse as gc
    >>> data = gc.Texture.power_law(16)
    >>> moving = gc.process.FilterError(motion=(0.5, 0.0))
    >>> s = gc.process.TextureProcess(data, gc.OrnsteinUhlenbeck(2.0, 0.1), moving).statistics
    >>> bool(s.ideal_energy.lower[0] > 10.0), bool(s.kl.upper[0] < 1e-12)
    (True, True)

    A score that is 5 % too small at high frequencies: KL is below half the energy.

    >>> error = gc.process.FilterError.sharpening(data, strength=0.05, above=2.0)
    >>> s = gc.process.TextureProcess(data, gc.OrnsteinUhlenbeck(2.0, 0.1), error).statistics
    >>> bool(0.0 < s.kl[0] < 0.5 * s.learned_energy[0]), s.dim
    (True, 256)
    """

    data: Texture
    diffusion: OrnsteinUhlenbeck
    error: FilterError
    start: str = "marginal"
    tolerance: float = DEFAULT_TOLERANCE

    @checked
    def __init__(
        self,
        data: Texture,
        diffusion: OrnsteinUhlenbeck,
        error: FilterError,
        start: str = "marginal",
        tolerance: float = DEFAULT_TOLERANCE,
    ) -> None:
        error.filters(data)
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "diffusion", diffusion)
        object.__setattr__(self, "error", error)
        object.__setattr__(self, "start", as_choice("start", start, STARTS))
        object.__setattr__(self, "tolerance", as_number("tolerance", tolerance, at_least=1e-12, at_most=1e-3))

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        return (("data", self.data), ("diffusion", self.diffusion), ("start", self.start))

    @property
    def dim(self) -> int:
        """Number of pixels d."""
        return self.data.dim

    @property
    def matched(self) -> bool:
        """Whether the process starts from q_T."""
        return self.start == "marginal"

    @cached_property
    def _groups(self) -> tuple[Group, ...]:
        """Blocks on the line, and those in the plane that turn."""
        slope, response = self.error.filters(self.data)
        turn = np.abs(self.error.rotation(self.data))
        mean, offset = np.zeros((2, *self.data.shape))
        # The mean of an orthonormal transform is sqrt(d) times that of the pixels.
        mean[0, 0], offset[0, 0] = np.sqrt(self.dim) * np.array([self.data.brightness, self.error.brightness])
        rows = np.column_stack([x.ravel() for x in (self.data.spectrum, mean, slope, offset, response, turn)])
        kinds = [(1, np.flatnonzero(rows[:, -1] == 0.0)), (2, np.flatnonzero(rows[:, -1] != 0.0))]
        return tuple(Group.of(dim, rows, places) for dim, places in kinds if places.size)

    @cached_property
    def _parts(self) -> list[LinearStatistics]:
        return [LinearStatistics(self._batch(group), self.tolerance) for group in self._groups]

    @cached_property
    def statistics(self) -> ProductStatistics:
        """Exact statistics of the whole picture."""
        return ProductStatistics(self._parts, [group.counts for group in self._groups])

    @cached_property
    def ideal_endpoint(self) -> Texture:
        """Law of the endpoint without the error, started from q_T: the data at time t0."""
        return self.data.marginal(self.diffusion.stop)

    @cached_property
    def endpoint(self) -> Texture:
        """Law of the learned endpoint, again a texture; its spectrum is known to `tolerance`."""
        ideal = self.ideal_endpoint
        ratio = np.ones(self.dim)
        shift = 0.0
        for part, group in zip(self._parts, self._groups, strict=True):
            mean, cov = part.deviation
            ratio[group.places] += cov[:, 0, 0][group.inverse]
            if group.places[0] == 0:
                shift = float(mean[group.inverse[0], 0]) * np.sqrt(ideal.spectrum[0, 0] / self.dim)
        spectrum = ideal.spectrum * ratio.reshape(self.data.shape)
        return Texture(spectrum, ideal.brightness + shift)

    @cached_property
    def endpoint_error(self) -> Array:
        """Bound of the relative error of the endpoint's spectrum, shape (h, w)."""
        error = np.zeros(self.dim)
        for part, group in zip(self._parts, self._groups, strict=True):
            share = part.spectral_error / np.maximum(1.0 + part.deviation[1][:, 0, 0], np.finfo(float).tiny)
            error[group.places] = share[group.inverse]
        return error.reshape(self.data.shape)

    def _batch(self, group: Group) -> Batch:
        variance, mean, slope, offset, response, turn = group.rows.T
        size, dim = variance.size, group.dim
        eye = np.repeat(np.eye(dim)[None], size, axis=0)
        quarter = np.array([[0.0, -1.0], [1.0, 0.0]])[:dim, :dim]
        eig = np.repeat(variance[:, None], dim, axis=1)
        return Batch(
            rotation=eye, eig=eig, basis=eye, target_eig=eig,
            mean=np.repeat(mean[:, None], dim, axis=1),
            slope=slope[:, None, None] * eye + turn[:, None, None] * quarter,
            offset=np.repeat(offset[:, None], dim, axis=1),
            response=response[:, None, None] * eye,
            share=np.zeros(size), change=np.zeros_like(eye), shift=np.zeros_like(eig),
            horizon=np.full(size, self.diffusion.horizon), stop=np.full(size, self.diffusion.stop),
            matched=np.full(size, self.matched), stochasticity=np.ones(size),
        )  # fmt: skip
