"""The score error of a trained network on a known law: PyTorch modules, and any function of arrays.

Everything but the network is exact: the true score is that of the data's marginal. With ``x_t = a x_0 + s eps``,
``a = exp(-t/2)`` and ``s^2 = 1 - exp(-t)``, what networks predict and the score of x_t are one linear map apart:

    eps     score = -eps/s
    x0      score = (a x_0 - x_t)/s^2
    v       score = -x_t - (a/s) v,  v = a eps - s x_0  (Salimans and Ho 2022, arXiv 2202.00512)
    score   as it is; of the law of x_t/a, the variance exploding process, divided by a
"""

from __future__ import annotations

import copy
import importlib
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscollapse.core.arguments import asked, checked
from gausscollapse.core.exceptions import InvalidArgumentError, MissingPackageError
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import Array, as_choice, as_number, as_size
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck, marginal
from gausscollapse.laws.mixture import Law, as_law
from gausscollapse.laws.noise import NoiseSchedule
from gausscollapse.process.errors import ScoreError
from gausscollapse.process.fields import FunctionError

PARAMETRISATIONS = ("eps", "x0", "v", "score")
SCALINGS = ("variance-preserving", "variance-exploding")
TIMES = ("t", "sigma", "log-snr")
PRECISIONS = ("single", "double")


def torch_package() -> Any:
    """Return PyTorch, or say in one line how to get it."""
    try:
        return importlib.import_module("torch")
    except ImportError:
        raise MissingPackageError("torch", "torch") from None


@contextmanager
def _evaluating(torch: Any, module: Any) -> Iterator[None]:
    """Keep no gradient, and switch dropout and batch statistics off; every part is left as it was."""
    parts = [(part, part.training) for part in module.modules()] if hasattr(module, "modules") else []
    try:
        for part, _ in parts:
            part.training = False
        with torch.no_grad():
            yield
    finally:
        for part, was in parts:
            part.training = was


@dataclass(frozen=True, eq=False, repr=False)
class _Tensors:
    """A PyTorch module, or a function of tensors, as a function of arrays."""

    module: Any
    device: Any
    precision: Any

    def __call__(self, x: Array, t: Array) -> Array:
        torch = torch_package()
        points, times = (torch.as_tensor(part, dtype=self.precision, device=self.device) for part in (x, t))
        with _evaluating(torch, self.module):
            found = _output(self.module(points, times))
            return np.asarray(found.detach().to(device="cpu", dtype=torch.float64).numpy())


def _output(found: Any) -> Any:
    """Return the prediction in what a network answers: itself, its field `sample`, or the first of a tuple."""
    if isinstance(found, tuple):
        return found[0]
    return getattr(found, "sample", found) if not hasattr(found, "shape") else found


def _is_module(module: object) -> bool:
    """Whether an object is a module of PyTorch, which must have been imported to make it."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(module, torch.nn.Module)


def _as_arrays(module: Any, device: Any, precision: str | None) -> Callable[[Array, Array], Any]:
    """Return a module or a function as a function of arrays."""
    if not _is_module(module) and device is None:
        kind = np.float32 if precision == "single" else np.float64
        return lambda x, t: _output(module(x.astype(kind), t.astype(kind)))
    torch = torch_package()
    parameters = module.parameters() if _is_module(module) else ()
    tensors = next((part for part in parameters if part.is_floating_point()), None)
    own = (torch.float32, torch.device("cpu")) if tensors is None else (tensors.dtype, tensors.device)
    try:
        place = own[1] if device is None else torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise InvalidArgumentError("device", device, "is no device of torch", "cpu, cuda, mps, ...") from error
    kind = {None: own[0], "single": torch.float32, "double": torch.float64}[precision]
    if tensors is not None and (kind, place) != own:
        # The caller's network stays where and as it is.
        module = asked("device", lambda: copy.deepcopy(module).to(device=place, dtype=kind))
    return _Tensors(module, place, kind)


@dataclass(frozen=True, eq=False, repr=False)
class NetworkScore(Presented):
    """The score of the package's process that a network says, as a function ``(x, t)`` of points (n, d).

    Parameters
    ----------
    network : callable
        ``network(x, t)`` of arrays.
    parametrisation, scaling, shape, batch
        As in `score_error`.
    number : callable
        What the network is told of the time t.

    Examples
    --------
    A network that says there is no noise at all says that the score is 0:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> data, diffusion = gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck()
    >>> error = gc.torch.score_error(lambda x, t: 0 * x, data, diffusion)
    >>> error.function.score(np.ones((2, 1)), 1.0).ravel() + 0.0
    array([0., 0.])
    """

    network: Callable[[Array, Array], Any]
    parametrisation: str
    scaling: str
    number: Callable[[float], float]
    shape: tuple[int, ...] | None
    batch: int

    def __call__(self, x: Array, t: float) -> Array:
        """Return the score at points (n, d) and a time t > 0, shape (n, d)."""
        time = as_number("t", t, above=0.0)
        keep, noise = math.exp(-0.5 * time), math.sqrt(-math.expm1(-time))
        exploding = self.scaling == SCALINGS[1]
        inputs = x / keep if exploding else x
        told = as_number("time", asked("time", self.number, time))
        said = np.empty_like(x)
        for first in range(0, x.shape[0], self.batch):
            part = slice(first, first + self.batch)
            said[part] = self._asked(inputs[part], told)
        if self.parametrisation == "eps":
            return said / -noise
        if self.parametrisation == "x0":
            return np.asarray((keep * said - x) / noise**2)
        if self.parametrisation == "v":
            return np.asarray(-x - (keep / noise) * said)
        return said / keep if exploding else said

    def _asked(self, points: Array, told: float) -> Array:
        shape = points.shape if self.shape is None else (points.shape[0], *self.shape)
        answer = np.asarray(self.network(points.reshape(shape), np.full(points.shape[0], told)), dtype=np.float64)
        if answer.shape != shape:
            raise InvalidArgumentError(
                "module", type(self.network).__name__, f"returns shape {answer.shape}", f"shape {shape}, as its input"
            )
        return answer.reshape(points.shape)


@dataclass(frozen=True)
class _NetworkError:
    """The score that a network says less the true one."""

    score: NetworkScore
    data: Law

    def __call__(self, x: Array, t: float) -> Array:
        return self.score(x, t) - marginal(self.data, t).score(x)


def _number_of(time: object) -> Callable[[float], float]:
    """Return what a network is told of the time t, as a function of it."""
    if isinstance(time, NoiseSchedule):
        schedule = time
        return lambda t: float(schedule.parameter(t))
    if callable(time):
        return time
    as_choice("time", time, TIMES)
    if time == "sigma":
        return lambda t: math.sqrt(math.expm1(t))
    return (lambda t: -math.log(math.expm1(t))) if time == "log-snr" else float


@checked
def score_error(
    module: Callable[..., Any],
    data: Law,
    diffusion: OrnsteinUhlenbeck,
    parametrisation: str = "eps",
    *,
    time: str | NoiseSchedule | Callable[[float], float] = "t",
    scaling: str | None = None,
    shape: tuple[int, ...] | None = None,
    batch: int = 4096,
    device: Any = None,
    precision: str | None = None,
    length_scale: float | None = None,
    time_scale: float | None = None,
) -> ScoreError:
    """Return the score error of a trained network on a known law.

    Parameters
    ----------
    module : torch.nn.Module or callable
        Called as ``module(x, t)`` with points x (n, d) and times t (n,), all equal; answers in the shape of x, or an
        object with a field `sample` (as diffusers do), or a tuple that begins with it. A module of torch gets
        tensors; any other function, of NumPy or JAX, gets arrays.
    data : Gaussian or GaussianMixture
        Law of the data at time 0 that the network is measured on.
    diffusion : OrnsteinUhlenbeck
        Forward process with a stop above 0.
    parametrisation : {"eps", "x0", "v", "score"}
        What the network predicts.
    time : {"t", "sigma", "log-snr"}, NoiseSchedule or callable
        What the network is told as t: the package's time, ``sigma = sqrt(exp(t) - 1)`` (EDM), ``log(a^2/s^2)``, the
        parameter u in [0, 1] of a schedule, or any function of the package's time, such as
        ``lambda t: 1000 * schedule.parameter(t)`` for a network of a thousand steps.
    scaling : {"variance-preserving", "variance-exploding"}, optional
        What the network is told as x: ``x_t = a x_0 + s eps`` with ``a = exp(-t/2)``, ``s^2 = 1 - exp(-t)``; or
        ``x_t/a = x_0 + sigma eps``, as EDM. By default that of the schedule, else the first.
    shape : tuple of int, optional
        Shape of one point as the network wants it, such as (1, 8, 8), of product d.
    batch : int
        Most points a call, within 4 GiB.
    device : str or torch.device, optional
        Where the network runs; by default where its parameters are. A copy is made where they are elsewhere. A plain
        function that wants tensors needs it.
    precision : {"single", "double"}, optional
        Of the network; by default that of its parameters, or double. All else is double.
    length_scale, time_scale : float, optional
        Smoothness that you vouch for; see `FunctionError`.

    Returns
    -------
    FunctionError
        ``e(x, t)``: the score that the network says less ``grad log q_t``. Dropout is off and no gradient is kept
        while it is called.

    Raises
    ------
    MissingPackageError
        If torch is needed and missing.
    InvalidArgumentError, DimensionMismatchError
        If an argument is out of range; later, where the network returns another shape or NaN.

    Notes
    -----
    ``-eps/s``, ``(a x_0 - x_t)/s^2`` and ``-x_t - (a/s) v`` are the score (Vincent 2011; arXiv 2202.00512).

    Examples
    --------
    Of N(0, 1) the noise is expected to be ``s x``. A network that says ``1.1 s x`` has a score a tenth too strong:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> data, diffusion = gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(2.0, 0.5)
    >>> def network(x, t):
    ...     return 1.1 * np.sqrt(-np.expm1(-t))[:, None] * x
    >>> error = gc.torch.score_error(network, data, diffusion, parametrisation="eps")
    >>> error.evaluate([1.0, -2.0], 1.0, data=data).round(9)
    array([-0.1,  0.2])

    The same network as a linear schedule of a thousand steps would ask it:

    >>> schedule = gc.LinearSchedule()
    >>> steps = lambda x, t: network(x, schedule.clock(t / 1000))
    >>> same = gc.torch.score_error(steps, data, diffusion, time=lambda t: 1000 * schedule.parameter(t))
    >>> same.evaluate([1.0, -2.0], 1.0, data=data).round(9)
    array([-0.1,  0.2])
    """
    law = as_law("data", data)
    as_choice("parametrisation", parametrisation, PARAMETRISATIONS)
    if scaling is None:
        scaling = SCALINGS[isinstance(time, NoiseSchedule) and time.exploding]
    as_choice("scaling", scaling, SCALINGS)
    if precision is not None:
        as_choice("precision", precision, PRECISIONS)
    if diffusion.stop == 0.0:
        raise InvalidArgumentError("diffusion.stop", 0.0, "is where networks have no score", "a stop > 0")
    if shape is not None:
        shape = _point_shape(shape, law.dim)
    many = as_size("batch", batch, at_least=1, each=8.0 * law.dim)
    score = NetworkScore(
        _as_arrays(module, device, precision), parametrisation, scaling, _number_of(time), shape, many
    )  # fmt: skip
    return FunctionError(_NetworkError(score, law), length_scale=length_scale, time_scale=time_scale)


def _point_shape(shape: object, dim: int) -> tuple[int, ...]:
    """Return the shape of a point, whose product is the dimension."""
    whole = isinstance(shape, tuple | list) and all(isinstance(size, int) and size > 0 for size in shape)
    if not (isinstance(shape, tuple | list) and whole and math.prod(shape) == dim):
        raise InvalidArgumentError("shape", shape, "is no shape of a point", f"positive integers of product {dim}")
    return tuple(shape)
