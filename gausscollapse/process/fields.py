"""Score errors that are no affine fields: a function of the user's, and random smooth bounded gradient fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import (
    DimensionMismatchError,
    GaussCollapseError,
    InvalidArgumentError,
    NotSupportedError,
)
from gausscollapse.core.validation import (
    Array,
    as_array,
    as_generator,
    as_number,
    as_points,
    as_size,
    as_vector,
    frozen,
)
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck, marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.process.errors import ScoreError, SolenoidalError
from gausscollapse.process.linear_form import LinearForm
from gausscollapse.process.smoothness import Smoothness

TIME_NODES = 64


# Waves shorter than this are beyond the resolution of floats at points of size one.
SHORTEST = 1e-12


def called(function: Callable[[Any, float], Any], points: Array, t: float) -> Array:
    """Return ``function(points, t)`` for points (n, d), refusing another shape and numbers that are not finite.

    Raises
    ------
    InvalidArgumentError
        With the time, and the number of points.
    """
    name = getattr(function, "__name__", "function")
    accepted = f"finite numbers of shape {points.shape}"
    try:
        values = np.asarray(function(points, t), dtype=np.float64)
    except GaussCollapseError:
        raise
    except Exception as error:  # the caller's function may raise anything
        raise InvalidArgumentError("function", name, f"fails at t = {t:.6g}: {error}", accepted) from error
    if values.shape != points.shape:
        raise InvalidArgumentError(
            "function", name, f"returns shape {values.shape} at t = {t:.6g}", f"shape {points.shape}"
        )
    if not np.all(np.isfinite(values)):
        bad = int(np.sum(~np.all(np.isfinite(values), axis=1)))
        where = f"at t = {t:.6g} for {bad} of {points.shape[0]} points"
        raise InvalidArgumentError("function", name, f"returns NaN or infinity {where}", accepted)
    return values


@dataclass(frozen=True, eq=False, repr=False)
class FunctionError(ScoreError):
    """An error that a function computes: NumPy, numba, or a model of torch, JAX or scikit-learn behind a function.

    Parameters
    ----------
    function : callable
        ``function(x, t)`` with points x of shape (n, d) and a time t > 0 returns the errors, shape (n, d). It is
        called with many points at once, one call a time step.
    breakpoints, break_times : sequence of float, optional
        Points x (in d = 1) and times t where the function or a derivative jumps.
    length_scale, time_scale : float, optional
        Lengths in x and in t over which the function, between those jumps, is well approximated by a polynomial of
        degree 7: a quarter of a wave length, half the width of a bump. What is ``"numeric"`` rests on these. Where
        one is not stated, energies are sampled and ``"statistical"``, and `fokker_planck` gives wide intervals.

    Raises
    ------
    InvalidArgumentError
        If a scale is not positive or a point not finite, or `function` is not callable; later, where it
        returns another shape or NaN, with the time and the number of
        points.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> data = gc.Gaussian(0, 1)
    >>> error = gc.FunctionError(lambda x, t: np.tanh(x) * t)
    >>> error.evaluate([0, 100], 0.5, data=data)
    array([0. , 0.5])
    >>> error.scaled(2).evaluate([100], 0.5, data=data)
    array([1.])
    >>> error.linear_form(data)
    Traceback (most recent call last):
    NotSupportedError: error: a function is not affine to the eye; accepted: an AffineError

    A step has its energy by quadrature once its place is stated; for N(0, 1) at every time it is half the span:

    >>> step = gc.FunctionError(lambda x, t: 1.0 * (x > 0), breakpoints=[0], length_scale=1, time_scale=1)
    >>> found = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(2, 1), step).ideal_energy()
    >>> round(float(found), 9), found.guarantee
    (0.5, 'numeric')
    >>> unknown = gc.FunctionError(lambda x, t: 1.0 * (x > 0))
    >>> gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(2, 1), unknown).ideal_energy().guarantee
    'statistical'
    """

    function: Callable[[Any, float], Any]
    breakpoints: Sequence[float] = field(default=(), kw_only=True)
    break_times: Sequence[float] = field(default=(), kw_only=True)
    length_scale: float | None = field(default=None, kw_only=True)
    time_scale: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for name in ("breakpoints", "break_times"):
            object.__setattr__(self, name, tuple(as_number(name, point) for point in getattr(self, name)))
        for name in ("length_scale", "time_scale"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, as_number(name, getattr(self, name), above=0.0))
        if not callable(self.function):
            raise InvalidArgumentError("function", self.function, "is not callable", "a function f(x, t)")

    @property
    def smoothness(self) -> Smoothness:
        """What was stated."""
        return Smoothness(
            tuple(self.breakpoints), tuple(self.break_times), self.length_scale or 0.0, self.time_scale or 0.0
        )

    @checked
    def evaluate(self, x: ArrayLike, t: float, *, data: Law) -> Array:
        """Return ``function(x, t)`` at points `(n, d)`, in the shape of `x`."""
        points, _ = as_points("x", x, data.dim)
        return called(self.function, points, as_number("t", t, at_least=0.0)).reshape(np.shape(x))

    @checked
    def linear_form(self, data: Gaussian) -> LinearForm:  # noqa: ARG002
        """Raise `NotSupportedError`: a function has no linear form."""
        raise NotSupportedError("error: a function is not affine to the eye; accepted: an AffineError")


@dataclass(frozen=True, eq=False, repr=False)
class RandomFeatureError(ScoreError):
    """A smooth bounded field, constant in time: ``e(x) = sum_r amplitudes_r cos(<frequencies_r, x> + phases_r)``.

    Parameters
    ----------
    amplitudes : array_like, shape (R, d)
        Vectors; where each is parallel to its frequency the field is a gradient.
    frequencies : array_like, shape (R, d)
        Wave vectors, in radians per length.
    phases : array_like, shape (R,)
        Phases in radians.

    Raises
    ------
    InvalidArgumentError, DimensionMismatchError
        If an entry is not finite or the shapes do not fit.

    Examples
    --------
    One wave on the line, ``e(x) = cos(2 x)``. For X standard normal ``E cos(2 X)^2 = (1 + exp(-8))/2``:

    >>> import math
    >>> import gausscollapse as gc
    >>> data = gc.Gaussian(0, 1)
    >>> wave = gc.RandomFeatureError([1], [2], [0])
    >>> wave.evaluate([0, math.pi / 2], 1.0, data=data)
    array([ 1., -1.])
    >>> wave.scaled(3).amplitudes
    array([[3.]])
    >>> round(wave.energy_density(data), 10), round((1 + math.exp(-8)) / 2, 10)
    (0.5001677313, 0.5001677313)
    >>> wave.linear_form(data)
    Traceback (most recent call last):
    NotSupportedError: error: random features are not affine; accepted: an AffineError
    """

    amplitudes: Array
    frequencies: Array
    phases: Array

    def __init__(self, amplitudes: ArrayLike, frequencies: ArrayLike, phases: ArrayLike) -> None:
        shifts = as_vector("phases", phases)
        arrays: list[Array] = []
        for name, value in (("amplitudes", amplitudes), ("frequencies", frequencies)):
            array = as_array(name, value)
            array = array.reshape(-1, 1) if array.ndim == 1 else array
            if array.ndim != 2 or array.shape[0] != shifts.size or (arrays and array.shape != arrays[0].shape):
                raise DimensionMismatchError(name, value, f"has shape {array.shape}", f"shape ({shifts.size}, d)")
            arrays.append(array)
        object.__setattr__(self, "amplitudes", frozen(arrays[0]))
        object.__setattr__(self, "frequencies", frozen(arrays[1]))
        object.__setattr__(self, "phases", frozen(shifts))

    @checked
    def evaluate(self, x: ArrayLike, t: float, *, data: Law) -> Array:  # noqa: ARG002
        """Return the field at points `(n, d)`, in the shape of `x`."""
        as_number("t", t, at_least=0.0)
        points, _ = as_points("x", x, self.frequencies.shape[1])
        waves = np.cos(points @ self.frequencies.T + self.phases)
        return np.asarray(waves @ self.amplitudes).reshape(np.shape(x))

    @checked
    def linear_form(self, data: Gaussian) -> LinearForm:  # noqa: ARG002
        """Raise `NotSupportedError`: waves have no linear form."""
        raise NotSupportedError("error: random features are not affine; accepted: an AffineError")

    def scaled(self, factor: float) -> RandomFeatureError:
        """Return the field with its amplitudes multiplied by `factor`."""
        return RandomFeatureError(as_number("factor", factor) * self.amplitudes, self.frequencies, self.phases)

    @property
    def smoothness(self) -> Smoothness:
        """A radian of the shortest wave."""
        largest = float(np.max(np.linalg.norm(self.frequencies, axis=1), initial=0.0))
        return Smoothness(length_scale=1.0 / largest if largest > 0.0 else np.inf, time_scale=np.inf)

    @checked
    def energy_density(self, law: Law) -> float:
        """Return ``E |e(X)|^2`` (1/time) for X of a law, in closed form: the characteristic function of Gaussians."""
        gram = self.amplitudes @ self.amplitudes.T
        total = 0.0
        for sign in (1.0, -1.0):
            waves = self.frequencies[:, None, :] + sign * self.frequencies[None, :, :]
            phases = self.phases[:, None] + sign * self.phases
            for weight, part in zip(law.weights, law.components, strict=True):
                damping = np.exp(-0.5 * np.einsum("rsi,ij,rsj->rs", waves, part.cov, waves))
                total += 0.5 * float(weight * np.sum(gram * damping * np.cos(waves @ part.mean + phases)))
        return total

    @staticmethod
    @checked
    def draw(
        data: Law,
        diffusion: OrnsteinUhlenbeck,
        *,
        energy: float,
        gradient_fraction: float = 1.0,
        features: int = 32,
        length: float = 1.0,
        rng: int | np.random.Generator,
    ) -> ScoreError:
        """Return a random error with a chosen ideal energy and a chosen gradient fraction.

        The gradient part is a sum of random waves along their wave vectors, the rest a `SolenoidalError` of the data
        with a random matrix: orthogonal in ``L^2(q_t)`` at every time, so that the shares are those of the split.

        Parameters
        ----------
        data, diffusion : Gaussian or GaussianMixture, OrnsteinUhlenbeck
            Law of the data and forward process.
        energy : float
            Wanted ``eps*^2 > 0``. Exact up to quadrature in time where the error is a gradient or the data one
            Gaussian; for the solenoidal part on mixtures within about 1 %, by quasi-Monte Carlo.
        gradient_fraction : float
            Share of the energy in the gradient part, in [0, 1]; 1 in d = 1.
        features : int
            Number of waves, from 1 to 42 949.
        length : float
            Typical wave length over 2 pi: frequencies are normal with standard deviation 1/length.
        rng : int or numpy.random.Generator
            Seed or generator.

        Returns
        -------
        ScoreError
            A `RandomFeatureError`, a `SolenoidalError` or their sum.

        Raises
        ------
        InvalidArgumentError
            If an argument is out of range.

        Examples
        --------
        >>> import gausscollapse as gc
        >>> data, diffusion = gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck()
        >>> error = gc.RandomFeatureError.draw(data, diffusion, energy=0.3, rng=1)
        >>> round(float(gc.ReverseProcess(data, diffusion, error).ideal_energy()), 6)
        0.3
        """
        wanted = as_number("energy", energy, above=0.0)
        share = as_number("gradient_fraction", gradient_fraction, at_least=0.0, at_most=1.0)
        count = as_size("features", features, at_least=1, each=1e5)
        scale = as_number("length", length, at_least=SHORTEST)
        if data.dim == 1 and share != 1.0:
            problem = "cannot be kept in d = 1, where every field is a gradient"
            raise InvalidArgumentError("gradient_fraction", gradient_fraction, problem, "1")
        generator = as_generator("rng", rng)
        waves = _random_waves(data.dim, count, scale, generator)
        matrix = generator.standard_normal((data.dim, data.dim))
        return _mixed(waves, SolenoidalError(0.5 * (matrix - matrix.T)), data, diffusion, wanted, share)


def _mixed(
    waves: RandomFeatureError,
    swirl: SolenoidalError,
    data: Law,
    diffusion: OrnsteinUhlenbeck,
    wanted: float,
    share: float,
) -> ScoreError:
    """Return the sum of a gradient and a solenoidal field, scaled to an energy and the share of the first in it."""
    parts: list[ScoreError] = []
    if share > 0.0:
        found = _over_time(diffusion, lambda t: waves.energy_density(marginal(data, t)))
        parts.append(waves.scaled(float(np.sqrt(share * wanted / found))))
    if share < 1.0:
        found = _over_time(diffusion, lambda t: _swirl_density(swirl, data, t))
        parts.append(swirl.scaled(float(np.sqrt((1.0 - share) * wanted / found))))
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


def _random_waves(dim: int, count: int, length: float, generator: np.random.Generator) -> RandomFeatureError:
    """Return a gradient field of random waves of a typical length, not yet scaled."""
    frequencies = generator.standard_normal((count, dim)) / length
    heights = generator.standard_normal(count) / np.linalg.norm(frequencies, axis=1)
    phases = generator.uniform(0.0, 2.0 * np.pi, count)
    return RandomFeatureError(heights[:, None] * frequencies, frequencies, phases)


def _over_time(diffusion: OrnsteinUhlenbeck, density: Callable[[float], float]) -> float:
    """Return the integral of a density over [stop, horizon], by a Gauss-Legendre rule in the clock log(1/50 + t)."""
    start, end = (np.log(0.02 + t) for t in (diffusion.stop, diffusion.horizon))
    nodes, weights = np.polynomial.legendre.leggauss(TIME_NODES)
    clock = 0.5 * (start + end) + 0.5 * (end - start) * nodes
    shares = 0.5 * (end - start) * weights * np.exp(clock)
    return float(sum(w * density(t) for t, w in zip(np.exp(clock) - 0.02, shares, strict=True)))


def _swirl_density(swirl: SolenoidalError, data: Law, t: float) -> float:
    law = marginal(data, t)
    if isinstance(law, Gaussian):
        turned = swirl.scale * swirl.antisymmetric
        return float(np.trace(turned @ np.linalg.solve(law.cov, turned.T)))
    from scipy.special import ndtri
    from scipy.stats import qmc

    points = ndtri(qmc.Sobol(law.dim, seed=0).random_base2(10))
    total = 0.0
    for weight, part in zip(law.weights, law.components, strict=True):
        values = swirl.evaluate(part.mean + points @ part.cholesky.T, t, data=data)
        total += float(weight * np.mean(np.sum(values**2, axis=1)))
    return total
