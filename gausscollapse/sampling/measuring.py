"""What a network's score error is and does, measured: all that can be said of it, each number with an interval.

A network may be large where no path went. So each number has two intervals: one that holds if no rare event that no
path met carries more, five standard errors, and one that is proven whatever the network does. The path numbers are
those of the chains of so many steps (`girsanov.py`), those of the endpoint and of time have a rule in time.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.core.mean_bounds import lower_mean
from gausscollapse.core.validation import Array, as_key, as_size
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.mixture import Law
from gausscollapse.process.errors import ScoreError
from gausscollapse.process.grid import FokkerPlanck, fokker_planck
from gausscollapse.process.process import ReverseProcess
from gausscollapse.process.torch import score_error
from gausscollapse.sampling._bases import basis, least_squares, require_paths
from gausscollapse.sampling.confidence import EACH
from gausscollapse.sampling.error_profile import ErrorProfile, error_profile
from gausscollapse.sampling.estimates import ERRORS, Estimate, positive_estimate, skewed_estimate
from gausscollapse.sampling.euler_maruyama import simulate
from gausscollapse.sampling.girsanov import (
    LEAST_SHARE,
    DegenerateWeightsWarning,
    PathDivergences,
    divergences_of,
)
from gausscollapse.sampling.gradient_energy import gradient_energy_estimate
from gausscollapse.sampling.measured_error import MeasuredError, MeasuredNumber
from gausscollapse.sampling.rare_events import told_by
from gausscollapse.sampling.regression import regressed_chi2
from gausscollapse.sampling.simulation import Simulation
from gausscollapse.sampling.weight_moments import chain_moments

# The logarithm of the density ratio that tells KL from below is cut off here, on either side.
CUT = 2.0


def _number(found: Estimate, *, low: float = -math.inf, high: float = math.inf, told: bool = False) -> MeasuredNumber:
    """Return an estimate with both intervals, in the range that the number is known to have.

    Without bounds nothing is proven but that range, unless the draws tell the error.
    """
    likely = _within(replace(found, bounds=None).enclosure, low, high)
    nothing = Enclosure(found.value, -math.inf, math.inf, likely.method, "statistical")
    proven = found.enclosure if told or found.bounds is not None else nothing
    return MeasuredNumber(found.value, found.standard_error, likely, _within(proven, low, high))


def _within(item: Enclosure, low: float, high: float) -> Enclosure:
    ends = max(float(item.lower), low), min(float(item.upper), high)
    return Enclosure(min(max(float(item), ends[0]), ends[1]), *ends, item.method, "statistical")


def _ratio(above: Array, below: Array, told: bool) -> MeasuredNumber:
    """Return the ratio of two means over the same end states, a share: by the delta method."""
    mean = float(np.mean(below))
    if mean == 0.0:
        return _number(Estimate(0.0, 0.0, above.size), low=0.0, high=1.0)
    value = float(np.mean(above)) / mean
    found = skewed_estimate(value + (above - value * below) / mean)
    return _number(replace(found, value=value), low=0.0, high=1.0, told=told)


def _kl_below(process: ReverseProcess, ideal: Simulation, learned: Simulation, degree: int) -> Estimate:
    """Return KL of the endpoints from below: ``E_{p^} f - log E_q exp(f)``, f the logarithm of a fitted ratio.

    The ratio is fitted by least squares on half of the ends of both laws, ``min E_q r^2/2 - E_{p^} r`` (Kanamori,
    Hido and Sugiyama 2009), cut off, and tried on the other halves. No weight of a path is needed.
    """
    law, half = process.ideal_endpoint(), ideal.n // 2

    def functions(x: Array) -> Array:
        return np.concatenate([np.ones((len(x), 1)), basis(law, x, degree)[0]], axis=1)

    fitted = functions(ideal.endpoint[:half])
    require_paths("n", ideal.n, fitted.shape[1])
    change = functions(learned.endpoint[:half]).mean(axis=0) - fitted.mean(axis=0)
    factors = least_squares(fitted.T @ fitted, half * change)

    def ratio(x: Array) -> Array:
        return np.asarray(np.log(np.clip(1.0 + functions(x) @ factors, math.exp(-CUT), math.exp(CUT))))

    high, low = ratio(learned.endpoint[half:]), np.exp(ratio(ideal.endpoint[half:]))
    value = float(np.mean(high) - np.log(np.mean(low)))
    error = math.hypot(
        float(np.std(high, ddof=1)) / math.sqrt(high.size),
        float(np.std(low, ddof=1)) / math.sqrt(low.size) / float(np.mean(low)),
    )
    # Both are bounded, so that these hold whatever the laws are.
    least = lower_mean(high + CUT, miss=EACH) - CUT
    most = math.exp(CUT) - lower_mean(math.exp(CUT) - low, miss=EACH)
    return Estimate(value, error, high.size, (max(least - math.log(most), 0.0), math.inf), one_sided=True)


def _chi2_below(
    process: ReverseProcess, ideal: Simulation, kl: Estimate, degree: int, share: float
) -> MeasuredNumber:
    """Return chi2 from below, by regression, and by ``log(1 + chi2) >= KL``: alone where the weights tell little."""
    floor = math.expm1(float(kl.enclosure.lower))
    proven = _within(Enclosure(floor, floor, math.inf), 0.0, math.inf)
    if share < LEAST_SHARE:
        least = max(kl.value - ERRORS * kl.standard_error, 0.0)
        value = math.expm1(max(kl.value, 0.0))
        likely = Enclosure(max(value, math.expm1(least)), math.expm1(least), math.inf, "Jensen", "statistical")
        return MeasuredNumber(value, math.exp(max(kl.value, 0.0)) * kl.standard_error, likely, proven)
    found = _number(regressed_chi2(process, ideal, degree=degree), low=0.0)
    return replace(found, proven=proven)


def _gradient_share(gradient: Estimate, energy: Estimate) -> MeasuredNumber:
    if energy.value == 0.0:
        return _number(Estimate(0.0, 0.0, energy.paths), low=0.0, high=1.0)
    value = gradient.value / energy.value
    error = math.hypot(gradient.standard_error, value * energy.standard_error) / energy.value
    likely = float(gradient.enclosure.lower) / float(replace(energy, bounds=None).enclosure.upper)
    low = min(max(likely, 0.0), 1.0)
    words = "dual Sobolev form, from below"
    return MeasuredNumber(
        value, error, Enclosure(min(max(value, low), 1.0), low, 1.0, words, "statistical"),
        Enclosure(min(max(value, 0.0), 1.0), 0.0, 1.0, words, "statistical"),
    )  # fmt: skip


def _at_most(bound: Estimate, told: bool) -> MeasuredNumber:
    """Return an estimate of an upper bound: of what it bounds, only upper ends are known."""
    high = float(replace(bound, bounds=None).enclosure.upper)
    likely = Enclosure(min(bound.value, high), -math.inf, high, "half the learned energy", "statistical")
    nothing = Enclosure(bound.value, -math.inf, math.inf, likely.method, "statistical")
    return MeasuredNumber(bound.value, bound.standard_error, likely, likely if told else nothing)


@dataclass(frozen=True)
class _Plan:
    """How much is drawn."""

    paths: int
    steps: int
    slices: int
    degree: int
    key: int


def _paths(process: ReverseProcess, plan: _Plan) -> tuple[PathDivergences, Simulation, Simulation]:
    options: dict[str, Any] = {"grid": "log-snr", "functionals": True}
    ideal = simulate(process, plan.paths, plan.steps, plan.key, law="ideal", **options)
    learned = simulate(process, plan.paths, plan.steps, plan.key, law="learned", first=plan.paths, **options)
    moments = chain_moments(process, ideal.times)
    with warnings.catch_warnings():
        # The table says it.
        warnings.simplefilter("ignore", DegenerateWeightsWarning)
        found = divergences_of(ideal, learned, moments=moments, told=told_by(process, plan.paths))
    return found, ideal, learned


def _on_the_line(process: ReverseProcess) -> FokkerPlanck | None:
    if process.dim != 1:
        return None
    try:
        return fokker_planck(process, cells=400, steps=200)
    except NotSupportedError:
        return None


def _measured(process: ReverseProcess, plan: _Plan) -> MeasuredError:
    told = told_by(process, plan.paths)
    found, ideal, learned = _paths(process, plan)
    generator = np.random.default_rng([plan.key, 1])
    profile = error_profile(process, plan.paths, generator, plan.slices)
    gradient = gradient_energy_estimate(
        process, plan.paths, plan.steps, plan.key, degree=plan.degree, grid="log-snr"
    )  # fmt: skip
    kl = _kl_below(process, ideal, learned, plan.degree)
    return MeasuredError(
        process=process,
        energy=_number(found.ideal_energy, low=0.0, told=told),
        learned_energy=_number(found.learned_energy, low=0.0, told=told),
        observability=_ratio(profile.total_observed, profile.total_energy, told),
        observed_energy=_number(skewed_estimate(profile.total_observed), low=0.0, told=told),
        chi2=_chi2_below(process, ideal, kl, plan.degree, found.effective_share),
        kl_least=_number(kl, low=0.0),
        kl_most=_at_most(found.path_kl, told),
        gradient_share=_gradient_share(gradient, found.learned_energy),
        effective_share=found.effective_share,
        **_over_time(profile, told),
        line=_on_the_line(process),
        paths=plan.paths,
        steps=plan.steps,
    )


def _over_time(profile: ErrorProfile, told: bool) -> dict[str, Any]:
    """Return what the slices of time have, by the names of fields."""
    pairs = zip(profile.first * profile.second, profile.energy, strict=True)
    return {
        "edges": profile.edges,
        "slice_energy": tuple(
            _number(positive_estimate(row, told=told), low=0.0, told=told) for row in profile.energy
        ),
        "slice_observability": tuple(_ratio(seen, energy, told) for seen, energy in pairs),
        "slice_added": tuple(_number(skewed_estimate(row), told=told) for row in profile.added),
    }


@checked
def measure(
    error: Any,
    data: Law,
    diffusion: OrnsteinUhlenbeck,
    *,
    n: int = 4000,
    steps: int = 200,
    rng: int | np.random.Generator = 0,
    slices: int = 8,
    degree: int | None = None,
    **options: Any,
) -> MeasuredError:
    """Measure a score error, or a trained network, on a known law: what it is, and what it does.

    Parameters
    ----------
    error : ScoreError, torch.nn.Module or callable
        An error, or a network, of which `score_error` makes one with `options`.
    data : Gaussian or GaussianMixture
        Law of the data at time 0.
    diffusion : OrnsteinUhlenbeck
        Forward process.
    n : int
        Paths of each law and end states, at least 64, and four times as many as there are functions of `degree`;
        within 4 GiB.
    steps : int
        Steps of a path, evenly spaced in ``log(a^2/s^2)`` where the stop is above 0; at most 10^6.
    rng : int or numpy.random.Generator
        Seed, or a generator.
    slices : int
        Slices of time, from 1 to 64.
    degree : int, optional
        Degree of the polynomials by which chi2, KL and the gradient share are bounded, at most 64; 2 in d <= 2,
        else 1.
    **options
        As in `gausscollapse.torch.score_error`, for a network.

    Returns
    -------
    MeasuredError
        Energies over time, observability, chi2 and KL from below, KL from above and the gradient share.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range, or options are given for an error.

    Notes
    -----
    ``KL(p^ || q) <= eps^^2/2`` (arXiv 2602.16601), ``KL >= E_{p^} f - log E_q exp(f)`` for every f (Donsker and
    Varadhan), ``log(1 + chi2) >= KL`` (Jensen). Energies, the observed energy and eta are of the stationary formula
    and a rule in time, path numbers of the chains of so many steps.

    Examples
    --------
    A network that says a tenth too much noise on N(0, 1): the whole error is a gradient, and the energy is
    ``0.01 (T - t0)``.

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> data, diffusion = gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(2.0, 0.5)
    >>> def network(x, t):
    ...     return 1.1 * np.sqrt(-np.expm1(-t))[:, None] * x
    >>> found = gc.measure(network, data, diffusion, parametrisation="eps", n=1000, steps=40)
    >>> bool(found.energy.likely.contains(0.01 * 1.5)), len(found.rows()), found.facts()[3][0]
    (True, 27, 'observability eta')
    """
    if isinstance(error, ScoreError):
        if options:
            raise InvalidArgumentError(
                "options", ", ".join(options), "are those of a network, and this is an error", "none"
            )
        made: ScoreError = error
    elif callable(error):
        made = score_error(error, data, diffusion, **options)
    else:
        raise InvalidArgumentError("error", error, "is neither", "a ScoreError, a network, or a function f(x, t)")
    process = ReverseProcess(data, diffusion, made)
    plan = _Plan(
        as_size("n", n, at_least=64, each=64.0 * process.dim),
        as_size("steps", steps, at_least=2, each=1.0, unit="steps", most=10**6),
        as_size("slices", slices, at_least=1, each=1.0, unit="slices", most=64),
        (2 if process.dim <= 2 else 1) if degree is None else as_size(
            "degree", degree, at_least=1, each=1.0, unit="powers", most=64
        ),
        as_key("rng", rng),
    )  # fmt: skip
    return _measured(process, plan)
