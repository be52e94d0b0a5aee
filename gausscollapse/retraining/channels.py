"""Affine-Gaussian channels: what one generation's learned sampler does to the law it was trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import asked, checked
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import (
    Array,
    as_matrix,
    as_number,
    as_semidefinite,
    as_size,
    as_vector,
    frozen,
)
from gausscollapse.laws.mixture import Law


@dataclass(frozen=True, eq=False, repr=False)
class AffineChannel(Presented):
    """The random map ``x -> F x + c + N(0, H)``, which keeps Gaussians Gaussian and mixtures mixtures.

    A generation whose learned score is the exact score of ``K q`` produces the law ``K q``.

    Parameters
    ----------
    matrix : array_like, shape (d, d)
        F; a scalar is accepted for d = 1.
    offset : array_like, shape (d,)
        c; a scalar is accepted for d = 1.
    noise : array_like, shape (d, d)
        H, symmetric positive semi-definite; a scalar (the variance) is accepted for d = 1.

    Raises
    ------
    InvalidArgumentError
        If an entry is not finite or the noise is not symmetric positive semi-definite.
    DimensionMismatchError
        If the shapes do not fit together.

    Notes
    -----
    ``K N(m, S) = N(F m + c, F S F^T + H)``. Source: *own*.

    Examples
    --------
    A generation that halves everything and adds noise of variance 3/4 keeps the standard normal and forgets the rest:

    >>> import gausscollapse as gc
    >>> channel = gc.AffineChannel(0.5, 0.0, 0.75)
    >>> channel.apply(gc.Gaussian(0, 1)), channel.apply(gc.Gaussian(8, 1))
    (Gaussian(mean=[0.0], cov=[[1.0]]), Gaussian(mean=[4.0], cov=[[1.0]]))

    Two generations are one channel again, with noise ``1/4 * 3/4 + 3/4``:

    >>> channel.then(channel)
    AffineChannel(matrix=[[0.25]], offset=[0.0], noise=[[0.9375]])
    """

    matrix: Array
    offset: Array
    noise: Array

    def __init__(self, matrix: ArrayLike, offset: ArrayLike, noise: ArrayLike) -> None:
        square = as_matrix("matrix", matrix)
        object.__setattr__(self, "matrix", frozen(square))
        object.__setattr__(self, "offset", frozen(as_vector("offset", offset, square.shape[0])))
        object.__setattr__(self, "noise", frozen(as_semidefinite("noise", noise, square.shape[0])))

    @property
    def dim(self) -> int:
        """Dimension d."""
        return self.offset.size

    @checked
    def apply(self, law: Law) -> Law:
        """Return the law of ``F X + c + N(0, H)`` for X of law `law`, of the same kind as `law`.

        Raises
        ------
        DimensionMismatchError
            If the law lives in another dimension.
        InvalidArgumentError
            If the result has no density: F and H are both singular in some direction.
        """
        if law.dim != self.dim:
            raise DimensionMismatchError("law", law, f"has dimension {law.dim}", f"a law of dimension {self.dim}")
        try:
            return law.with_components(law.means @ self.matrix.T + self.offset, self._spread(law.covs))
        except DimensionMismatchError:
            raise
        except InvalidArgumentError as error:
            raise InvalidArgumentError(
                "law", law, f"has no density after the channel: {error.reason}", "a channel with F S F^T + H > 0"
            ) from None

    def _spread(self, covs: Array) -> Array:
        moved = self.matrix @ covs @ self.matrix.T + self.noise
        return np.asarray(0.5 * (moved + np.swapaxes(moved, -1, -2)))

    @checked
    def then(self, following: AffineChannel) -> AffineChannel:
        """Return the channel that applies this one first and `following` second."""
        if following.dim != self.dim:
            raise DimensionMismatchError(
                "following", following, f"has dimension {following.dim}", f"a channel of dimension {self.dim}"
            )
        return AffineChannel(
            following.matrix @ self.matrix,
            following.matrix @ self.offset + following.offset,
            following._spread(self.noise),
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AffineChannel):
            return NotImplemented
        pairs = ((self.matrix, other.matrix), (self.offset, other.offset), (self.noise, other.noise))
        return all(np.array_equal(a, b) for a, b in pairs)

    def __hash__(self) -> int:
        return hash((self.matrix.tobytes(), self.offset.tobytes(), self.noise.tobytes()))


MOST_DIMENSIONS = 4096

Step: TypeAlias = AffineChannel | Sequence[AffineChannel] | Callable[[int], AffineChannel]


def as_channels(step: Step, generations: int, dim: int) -> tuple[AffineChannel, ...]:
    """Return one channel a generation from a channel, a sequence or a function; see `retrain`."""
    accepted = f"an AffineChannel of dimension {dim}, {generations} of them, or a function from i to one"
    if isinstance(step, AffineChannel):
        channels: tuple[Any, ...] = (step,) * generations
    elif callable(step):
        channels = tuple(asked(f"step({i})", step, i) for i in range(generations))
    else:
        try:
            channels = tuple(step)
        except Exception:  # an iterator of the caller may raise anything
            raise InvalidArgumentError("step", step, "is not a channel", accepted) from None
        if len(channels) != generations:
            raise InvalidArgumentError(
                "step", step, f"has {len(channels)} channels for {generations} generations", accepted
            )
    checked = (step,) if isinstance(step, AffineChannel) else channels
    for i, channel in enumerate(checked):
        name = "step" if isinstance(step, AffineChannel) else f"step[{i}]"
        if not isinstance(channel, AffineChannel):
            raise InvalidArgumentError(name, channel, "is not a channel", "an AffineChannel")
        if channel.dim != dim:
            raise DimensionMismatchError(
                name, channel, f"has dimension {channel.dim}", f"dimension {dim}, as the data"
            )
    return channels


def perfect(dim: int = 1) -> AffineChannel:
    """Return the channel of a perfect generation: ``K q = q``.

    Parameters
    ----------
    dim : int
        Dimension d from 1 to 4096.

    Returns
    -------
    AffineChannel
        ``F = I, c = 0, H = 0``.

    Raises
    ------
    InvalidArgumentError
        If the dimension is not a positive integer.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.retraining.perfect().apply(gc.Gaussian(3, 2))
    Gaussian(mean=[3.0], cov=[[2.0]])
    """
    size = as_size("dim", dim, at_least=1, each=1.0, unit="dimensions", most=MOST_DIMENSIONS)
    return AffineChannel(np.eye(size), np.zeros(size), np.zeros((size, size)))


def offset_channel(offset: ArrayLike) -> AffineChannel:
    """Return the channel ``x -> x + offset``: the endpoint of a score error that is constant in x.

    On data ``N(m, S)`` it moves the law by a chi-squared divergence of ``exp(c^T S^{-1} c) - 1``.

    Parameters
    ----------
    offset : array_like, shape (d,)
        c, in units of the data.

    Returns
    -------
    AffineChannel
        ``F = I, H = 0``.

    Raises
    ------
    InvalidArgumentError
        If the offset is not a vector of finite numbers.

    Notes
    -----
    Source: *own*.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> data = gc.Gaussian(0, 4)
    >>> moved = gc.retraining.offset_channel(2.0).apply(data)
    >>> bool(np.isclose(gc.chi2(moved, data).value, np.expm1(2.0**2 / 4)))
    True
    """
    vector = as_vector("offset", offset)
    return AffineChannel(np.eye(vector.size), vector, np.zeros((vector.size, vector.size)))


def kernel_density(bandwidth: float, dim: int = 1) -> AffineChannel:
    """Return the channel of a Gaussian kernel density estimate of infinitely many samples.

    ``F = I, c = 0, H = bandwidth^2 I``: the population reading of a generation that fits a kernel density.

    Parameters
    ----------
    bandwidth : float
        Standard deviation of the kernel, >= 0, in units of the data.
    dim : int
        Dimension, from 1 to 4096.

    Returns
    -------
    AffineChannel
        Convolution with the kernel.

    Raises
    ------
    InvalidArgumentError
        If the bandwidth is negative or the dimension not positive.

    Notes
    -----
    Source: Parzen 1962; its reading as a channel is *own*.

    Examples
    --------
    Smoothing adds the variance of the kernel:

    >>> import gausscollapse as gc
    >>> gc.retraining.kernel_density(0.5).apply(gc.Gaussian(0, 1)).cov
    array([[1.25]])
    """
    size = as_size("dim", dim, at_least=1, each=1.0, unit="dimensions", most=MOST_DIMENSIONS)
    width = as_number("bandwidth", bandwidth, at_least=0.0, at_most=1e150)
    return AffineChannel(np.eye(size), np.zeros(size), width**2 * np.eye(size))


def early_stopping(time: float, dim: int = 1) -> AffineChannel:
    """Return the channel of sampling with a perfect score that stops at forward time `time`.

    ``F = exp(-t0/2) I, c = 0, H = (1 - exp(-t0)) I``: the Ornstein-Uhlenbeck marginal at ``t0 = time``.

    Parameters
    ----------
    time : float
        t0 >= 0.
    dim : int
        Dimension, from 1 to 4096.

    Returns
    -------
    AffineChannel
        The forward process run for the time t0.

    Raises
    ------
    InvalidArgumentError
        If the time is negative or the dimension not positive.

    Notes
    -----
    Source: the limit paper (arXiv 2606.13796).

    Examples
    --------
    It is the marginal of the forward process:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> law = gc.GaussianMixture([0.5, 0.5], [-2, 2], 0.1)
    >>> stopped = gc.retraining.early_stopping(0.3).apply(law)
    >>> bool(np.allclose(stopped.covs, gc.laws.marginal(law, 0.3).covs))
    True
    """
    size = as_size("dim", dim, at_least=1, each=1.0, unit="dimensions", most=MOST_DIMENSIONS)
    stop = as_number("time", time, at_least=0.0)
    return AffineChannel(np.exp(-0.5 * stop) * np.eye(size), np.zeros(size), -np.expm1(-stop) * np.eye(size))


def sampling_temperature(temperature: float, mean: ArrayLike) -> AffineChannel:
    """Return the channel of a perfect model that is sampled at a temperature: quality against diversity.

    Below 1 samples are drawn nearer to the mean than the model's law has them, as truncation and strong guidance do.

    Parameters
    ----------
    temperature : float
        l > 0, dimensionless: the covariance about `mean` is multiplied by l.
    mean : array_like, shape (d,)
        The centre that samples are drawn to; usually the data's mean.

    Returns
    -------
    AffineChannel
        ``x -> mean + sqrt(l) (x - mean)``, without noise.

    Raises
    ------
    InvalidArgumentError
        If the temperature is not positive, or the mean not a vector of finite numbers.

    Notes
    -----
    Of N(mean, S) it makes N(mean, l S), which has the density to the power 1/l; of a mixture it shrinks the whole
    law, where that power would sharpen each mode. Without fresh data the variance is ``l^N`` of the data's after N
    generations, even of infinitely many samples. With a fresh fraction a it tends to ``a l V/(1 - (1 - a) l)`` in the
    models, and ``a V/(1 - (1 - a) l)`` in what they are trained on. Source: Alemohammad et al., "Self-consuming
    generative models go MAD", arXiv 2307.01850 (sampling bias); the limits are *own*.

    Examples
    --------
    With a tenth of the data fresh, a temperature of 0.9 keeps 0.474 of the variance:

    >>> import gausscollapse as gc
    >>> data = gc.Gaussian(3, 1)
    >>> cool = gc.retraining.sampling_temperature(0.9, data.mean)
    >>> run = gc.retrain(data, fresh=0.1, step=cool, generations=100)
    >>> run.covs[-1].round(6), gc.retraining.limit_moments(data, cool, fresh=0.1).cov.round(6)
    (array([[0.473684]]), array([[0.473684]]))
    """
    heat = as_number("temperature", temperature, above=0.0, at_most=1e300)
    centre = as_vector("mean", mean)
    root = float(np.sqrt(heat))
    return AffineChannel(root * np.eye(centre.size), (1.0 - root) * centre, np.zeros((centre.size, centre.size)))
