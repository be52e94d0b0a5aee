"""A stationary Gaussian picture on a torus: thousands of dimensions that Fourier coordinates make diagonal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError
from gausscollapse.core.excess import excess
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.validation import Array, as_array, as_generator, as_number, as_size, frozen

LARGEST_SIDE = 1024
SYMMETRY = 1e-10
UNIT = 2.0**-52


def mirrored(values: Array) -> Array:
    """Return an array over frequencies at the opposite frequencies."""
    return np.roll(values[::-1, ::-1], 1, axis=(0, 1))


def frequencies(shape: tuple[int, int]) -> tuple[Array, Array]:
    """Return the waves per picture along rows and columns of each Fourier coefficient, as columns and rows."""
    rows, columns = (np.asarray(np.fft.fftfreq(side, 1.0 / side), dtype=np.float64) for side in shape)
    return rows[:, None], columns[None, :]


def as_picture(argument: str, value: ArrayLike) -> Array:
    """Return `value` as a picture, two sides of 2 to 1024 pixels."""
    picture = as_array(argument, value)
    if picture.ndim != 2 or not all(2 <= side <= LARGEST_SIDE for side in picture.shape):
        raise InvalidArgumentError(
            argument, value, f"has shape {picture.shape}", f"a picture of two sides of 2 to {LARGEST_SIDE} pixels"
        )
    return picture


@dataclass(frozen=True, eq=False, repr=False)
class Texture(Presented):
    """A stationary Gaussian law of pictures on a torus, given by the variances of its Fourier coefficients.

    Parameters
    ----------
    spectrum : array_like, shape (h, w)
        Variance of each coefficient of the orthonormal Fourier transform, positive and the same at opposite
        frequencies; in the order of `numpy.fft`. Sides from 2 to 1024.
    brightness : float
        Mean of every pixel.

    Raises
    ------
    InvalidArgumentError
        If the spectrum is not positive or not the same at opposite frequencies.

    Notes
    -----
    The covariance of the d = h w pixels is a convolution; the orthonormal Fourier transform makes it diagonal with
    the spectrum as its eigenvalues, and so it does with every filter. Source: textbook (circulant matrices).

    Examples
    --------
    White noise of variance 4, and a texture with the falling spectrum of photographs:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> noise = gc.Texture(np.full((8, 8), 4.0))
    >>> noise.dim, noise.variance
    (64, 4.0)
    >>> soft = gc.Texture.power_law(32, exponent=2.0)
    >>> round(soft.variance, 12), soft.sample(3, rng=0).shape
    (1.0, (3, 32, 32))
    >>> neighbours = soft.covariance[0, :3]
    >>> bool(neighbours[0] > neighbours[1] > neighbours[2] > 0.0)
    True

    A picture has a texture, which forgets where things are; noise makes every texture whiter:

    >>> found = gc.Texture.of(np.add.outer(np.arange(8), np.arange(8)))
    >>> found.brightness, found.marginal(50.0).spectrum.round(6).max().item()
    (7.0, 1.0)

    Divergences are sums over frequencies. That of white noises is 64 times that of one pixel, ``(3 - log 4)/2``:

    >>> round(float(noise.kl(gc.Texture(np.ones((8, 8))))) / 64, 10)
    0.8068528194
    """

    spectrum: Array
    brightness: float = 0.0

    def __post_init__(self) -> None:
        spectrum = as_picture("spectrum", self.spectrum)
        if np.any(spectrum <= 0.0):
            raise InvalidArgumentError("spectrum", self.spectrum, "is not positive", "positive variances")
        if np.any(np.abs(spectrum - mirrored(spectrum)) > SYMMETRY * spectrum):
            raise InvalidArgumentError(
                "spectrum", self.spectrum, "differs at opposite frequencies", "the spectrum of real pictures"
            )
        object.__setattr__(self, "spectrum", frozen(0.5 * (spectrum + mirrored(spectrum))))
        object.__setattr__(self, "brightness", as_number("brightness", self.brightness))

    @classmethod
    def power_law(
        cls,
        size: int,
        *,
        exponent: float = 2.0,
        contrast: float = 1.0,
        corner: float = 1.0,
        brightness: float = 0.0,
    ) -> Texture:
        """Return a texture of ``size x size`` pixels with the variance ``(corner^2 + |k|^2)^(-exponent/2)``, scaled.

        Parameters
        ----------
        size : int
            Side in pixels, 2 to 1024.
        exponent : float
            How the variance falls with the number k of waves in the picture; 2 is that of photographs
            (Field 1987), 0 white noise.
        contrast : float
            Standard deviation of a pixel.
        corner : float
            Waves per picture below which the spectrum is flat.
        brightness : float
            Mean of every pixel.
        """
        side = as_size("size", size, at_least=2, each=1.0, unit="pixels a side", most=LARGEST_SIDE)
        rows, columns = frequencies((side, side))
        power = as_number("exponent", exponent, at_least=0.0, at_most=20.0)
        edge = as_number("corner", corner, at_least=1e-6, at_most=1e6)
        scale = as_number("contrast", contrast, at_least=1e-100, at_most=1e100)
        spectrum = (edge**2 + rows**2 + columns**2) ** (-0.5 * power)
        return cls(scale**2 * spectrum / np.mean(spectrum), brightness)

    @classmethod
    def of(cls, picture: ArrayLike) -> Texture:
        """Return the texture of a picture: its mean, and its periodogram averaged over rings of one frequency.

        Parameters
        ----------
        picture : array_like, shape (h, w)
            Grey values; not constant.
        """
        pixels = as_picture("picture", picture)
        periodogram = np.abs(np.fft.fft2(pixels - np.mean(pixels), norm="ortho")) ** 2
        rows, columns = frequencies(pixels.shape)
        ring = np.round(np.hypot(rows, columns)).astype(np.int64)
        ring[0, 0] = 1
        sums = np.bincount(ring.ravel(), periodogram.ravel())
        means = sums / np.maximum(np.bincount(ring.ravel()), 1)
        if not np.any(means > 0.0):
            raise InvalidArgumentError("picture", picture, "is constant", "a picture of varying grey values")
        spectrum = np.maximum(means, 1e-12 * np.max(means))[ring]
        return cls(spectrum, float(np.mean(pixels)))

    @property
    def shape(self) -> tuple[int, int]:
        """Sides in pixels, ``(h, w)``."""
        rows, columns = self.spectrum.shape
        return rows, columns

    @property
    def dim(self) -> int:
        """Number of pixels d."""
        return self.spectrum.size

    @property
    def variance(self) -> float:
        """Variance of a pixel, the mean of the spectrum."""
        return float(np.mean(self.spectrum))

    @cached_property
    def covariance(self) -> Array:
        """Covariance of a pixel with the one at each displacement, shape (h, w)."""
        return frozen(np.fft.ifft2(self.spectrum).real)

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        return (
            ("pixels", f"{self.shape[0]} x {self.shape[1]}"), ("brightness", self.brightness),
            ("variance of a pixel", self.variance),
        )  # fmt: skip

    def __repr__(self) -> str:
        height, width = self.shape
        return f"Texture({height} x {width}, brightness={self.brightness:g}, variance={self.variance:.6g})"

    def sample(self, n: int, *, rng: int | np.random.Generator) -> Array:
        """Return `n` pictures, shape (n, h, w).

        Parameters
        ----------
        n : int
            Number of pictures; together 4 GiB at most.
        rng : int or Generator
            Seed or generator; the same one gives the same noise to textures of one shape.
        """
        count = as_size("n", n, at_least=0, each=32.0 * self.dim)
        white = as_generator("rng", rng).standard_normal((count, *self.shape))
        waves = np.sqrt(self.spectrum) * np.fft.fft2(white, norm="ortho")
        return self.brightness + np.fft.ifft2(waves, norm="ortho").real

    def marginal(self, t: float) -> Texture:
        """Return the texture at time `t` of ``dX = -X/2 dt + dW`` started from this one."""
        time = as_number("t", t, at_least=0.0)
        shrink = np.exp(-time)
        return Texture(self.spectrum * shrink - np.expm1(-time), self.brightness * np.sqrt(shrink))

    @checked
    def kl(self, other: Texture) -> Enclosure:
        """Return ``KL(self || other)`` of whole pictures in nats: a sum over frequencies.

        Raises
        ------
        DimensionMismatchError
            If the pictures have different sides.
        """
        if self.shape != other.shape:
            raise DimensionMismatchError("other", other, f"has sides {other.shape}", f"a texture of {self.shape}")
        ratio = self.spectrum / other.spectrum
        gap = (self.brightness - other.brightness) ** 2 * self.dim / other.spectrum[0, 0]
        excesses = excess((self.spectrum - other.spectrum) / other.spectrum)
        value = 0.5 * (float(np.sum(excesses)) + gap)
        # A difference of spectra is exact, the quotient is off by a unit, and x - log(1 + x) by |x|/(1 + x) of that.
        slope = np.abs(ratio - 1.0) * np.abs(1.0 - 1.0 / ratio)
        error = 4.0 * UNIT * (float(np.sum(slope)) + 16.0 * value)
        return Enclosure(value, max(value - error, 0.0), value + error, "sum over frequencies", "closed-form")

    def rings(self) -> tuple[Array, Array]:
        """Return waves per picture 0, 1, 2, ... and the mean spectrum over each ring of them."""
        rows, columns = frequencies(self.shape)
        ring = np.round(np.hypot(rows, columns)).astype(np.int64).ravel()
        counts = np.bincount(ring)
        present = counts > 0
        means = np.bincount(ring, self.spectrum.ravel())[present] / counts[present]
        return np.flatnonzero(present).astype(np.float64), means
