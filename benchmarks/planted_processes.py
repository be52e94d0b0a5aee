"""Planted false statements on one generation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import gausscollapse as gc
from benchmarks.planted_base import HIDDEN, Corner, Planted, Point, plausible, too_strong
from gausscollapse.checking import Comparison, at_most
from gausscollapse.core.enclosure import Enclosure


def process(
    eig: Any = 1.0, *, mean: Any = None, stop: float = 0.02, span: float = 3.0, error: Any = None,
    start: str = "marginal",
) -> gc.ReverseProcess:  # fmt: skip
    """Return a process on data of diagonal covariance; by default with a constant offset as its error."""
    values = np.atleast_1d(np.asarray(eig, dtype=np.float64))
    data = gc.Gaussian(np.zeros(values.size) if mean is None else mean, np.diag(values))
    if error is None:
        error = gc.AffineError(np.zeros((values.size, values.size)), np.full(values.size, 0.1))
    return gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(horizon=stop + span, stop=stop), error, start)


def typical_process() -> gc.ReverseProcess:
    """Return a process that is in no corner."""
    return gc.ReverseProcess(gc.Gaussian(0.3, 0.5), gc.OrnsteinUhlenbeck(3.0, 0.05), gc.AffineError(0.1, 0.1))


def slope(matrix: Any, offset: Any) -> gc.AffineError:
    """Return an affine error."""
    return gc.AffineError(matrix, offset)


def target(mean: Any, cov: Any) -> gc.RealizableError:
    """Return the error of a score that is the exact score of a Gaussian."""
    return gc.RealizableError(gc.Gaussian(mean, cov))


def swirl(size: float = 0.5) -> gc.SolenoidalError:
    """Return an invisible error in the plane."""
    return gc.SolenoidalError(size * np.array([[0.0, 1.0], [-1.0, 0.0]]))


def in_corner(name: str, words: str, corner: Corner, point: Point) -> Planted:
    """Return ``KL <= KL of the paths``, strengthened by 1e-12 in a corner."""

    def claim(s: Any) -> Iterator[Comparison]:
        factor = np.where(corner(s), HIDDEN, 1.0)
        yield at_most(f"KL <= path KL, far less where {words}", s.kl, Enclosure.exact(factor) * s.path_kl)

    made = gc.statement(name, kind="upper", assumes=("finite learned energy",))(claim)
    return Planted(made, words, "corner", point)


def least(s: Any) -> Any:
    """Return the smallest eigenvalue of the data."""
    return s.batch.eig[:, 0]


def most(s: Any) -> Any:
    """Return the largest eigenvalue of the data."""
    return s.batch.eig[:, -1]


def span(s: Any) -> Any:
    """Return T - t0."""
    return s.batch.horizon - s.batch.stop


def energy(s: Any) -> Any:
    """Return the ideal energy."""
    return np.asarray(s.ideal_energy.value)


def dimension(s: Any, at_least: int) -> Any:
    """Return whether the dimension is so large."""
    return np.full(s.size, s.dim >= at_least)


WIDE, TURNED = np.array([0.2, 1.0, 4.0]), np.array([[0.5, 0.3], [0.3, 0.5]])
SHEAR = slope([[-0.33, 0.33], [-0.33, 0.33]], [-0.33, -0.33])

CORNERS = (
    in_corner("in-space", "d >= 3", lambda s: dimension(s, 3), lambda: process(WIDE)),
    in_corner(
        "in-space-with-energy", "d >= 3 and the energy is above 1",
        lambda s: dimension(s, 3) & (energy(s) > 1.0),
        lambda: process(WIDE, error=slope(np.zeros((3, 3)), [0.8, 0, 0])),
    ),
    in_corner("in-four", "d >= 4", lambda s: dimension(s, 4), lambda: process([0.2, 0.5, 1.0, 2.0])),
    in_corner(
        "standard-start", "the start is N(0, I)", lambda s: ~s.matched, lambda: process(0.3, start="standard-normal")
    ),
    in_corner(
        "standard-start-soon", "the start is N(0, I) and T - t0 < 0.1",
        lambda s: ~s.matched & (span(s) < 0.1), lambda: process(0.3, span=0.05, start="standard-normal"),
    ),
    in_corner(
        "standard-start-in-space", "the start is N(0, I) and d >= 3",
        lambda s: ~s.matched & dimension(s, 3), lambda: process(WIDE, start="standard-normal"),
    ),
    in_corner("narrow", "an eigenvalue is below 1e-3", lambda s: least(s) < 1e-3, lambda: process(5e-4)),
    in_corner("very-narrow", "an eigenvalue is below 1e-5", lambda s: least(s) < 1e-5, lambda: process(5e-6)),
    in_corner("wide", "an eigenvalue is above 100", lambda s: most(s) > 100.0, lambda: process(300.0)),
    in_corner(
        "ill-conditioned", "the condition number is above 1e6",
        lambda s: most(s) / least(s) > 1e6, lambda: process([1e-5, 100.0]),
    ),
    in_corner("long-span", "T - t0 > 9.5", lambda s: span(s) > 9.5, lambda: process(span=12.0)),
    in_corner("very-long-span", "T - t0 > 15", lambda s: span(s) > 15.0, lambda: process(span=18.0)),
    in_corner("short-span", "T - t0 < 0.01", lambda s: span(s) < 0.01, lambda: process(span=0.005)),
    in_corner("early-stop", "t0 < 1e-3", lambda s: s.batch.stop < 1e-3, lambda: process(stop=5e-4)),
    in_corner("very-early-stop", "t0 < 1e-5", lambda s: s.batch.stop < 1e-5, lambda: process(stop=5e-6)),
    in_corner("late-stop", "t0 > 1.5", lambda s: s.batch.stop > 1.5, lambda: process(stop=2.0)),
    in_corner("short-horizon", "T < 0.01", lambda s: s.batch.horizon < 0.01, lambda: process(stop=1e-3, span=5e-3)),
    in_corner(
        "large-energy", "the energy is above 20",
        lambda s: energy(s) > 20.0, lambda: process(error=slope(0.0, 3.0)),
    ),
    in_corner(
        "tiny-energy", "the energy is below 1e-8", lambda s: energy(s) < 1e-8, lambda: process(error=slope(0.0, 1e-5))
    ),
    in_corner(
        "early-and-long", "t0 < 1e-4 and T - t0 > 9",
        lambda s: (s.batch.stop < 1e-4) & (span(s) > 9.0), lambda: process(stop=5e-5, span=12.0),
    ),
    in_corner(
        "narrow-and-early", "an eigenvalue and t0 are below 1e-4",
        lambda s: (least(s) < 1e-4) & (s.batch.stop < 1e-4), lambda: process(5e-5, stop=5e-5),
    ),
    in_corner(
        "strong-and-short", "the energy is above 10 and T - t0 < 0.1",
        lambda s: (energy(s) > 10.0) & (span(s) < 0.1), lambda: process(span=0.05, error=slope(0.0, 16.0)),
    ),
    in_corner(
        "turned-target", "the error is realizable and its target is turned by more than 45 degrees",
        lambda s: (s.batch.share == 1.0) & (np.abs(s.batch.basis[:, 0, -1]) > 0.75) & (s.dim == 2),
        lambda: process([0.5, 0.8], error=target([0.0, 0.0], np.diag([0.8, 0.5]) + 0.01)),
    ),
    in_corner(
        "target-in-space", "the error is realizable and d >= 3",
        lambda s: (s.batch.share == 1.0) & dimension(s, 3),
        lambda: process(WIDE, error=target([0.1, 0, 0], np.diag(WIDE))),
    ),
    in_corner(
        "wide-target", "the target is wider by a factor of 5",
        lambda s: (s.batch.share == 1.0) & (np.max(s.batch.target_eig / s.batch.eig, axis=1) > 5.0),
        lambda: process(0.1, error=target(0.0, 0.6)),
    ),
    in_corner(
        "far-mean", "the mean is 10 or more and the error has a slope",
        lambda s: (np.max(np.abs(s.batch.mean), axis=1) > 10.0) & np.any(s.batch.slope != 0.0, axis=(1, 2)),
        lambda: process(mean=[20.0], error=slope(0.01, 0.0)),
    ),
    in_corner(
        "weak-score", "the score is learned at less than half its strength",
        lambda s: (s.batch.response[:, 0, 0] > 0.5) & ~np.any(s.batch.slope != 0.0, axis=(1, 2)),
        lambda: process(0.5, error=gc.AmplifiedScoreError(-0.6)),
    ),
)  # fmt: skip

PLAUSIBLE = (
    plausible(
        "errors-show", "the error is a pure swirl", "lower", lambda s: (s.observability, 1e-6),
        lambda: process([0.5, 1.0], error=swirl()),
    ),
    plausible(
        "errors-show-in-space", "the error is a pure swirl in d >= 3", "lower",
        lambda s: (s.observability + float(s.dim < 3), 1e-6),
        lambda: process(WIDE, error=gc.SolenoidalError([[0, 0.2, 0.1], [-0.2, 0, 0.3], [-0.1, -0.3, 0]])),
    ),
    plausible(
        "half-of-it-shows", "long runs from far away", "lower",
        lambda s: (s.observability + 10.0 * float(s.dim > 1), 0.22),
        lambda: process(span=20.0),
    ),
    plausible(
        "training-loss", "the learned process leaves the ideal one", "upper", lambda s: (s.kl, 0.5 * s.ideal_energy),
        lambda: process(error=slope(0.8, 0.5)),
    ),
    plausible(
        "start-forgotten", "another start", "upper", lambda s: (s.kl, 0.5 * s.learned_energy),
        lambda: process(0.1, span=1.0, start="standard-normal", error=slope(0.0, 0.01)),
        assumes=("finite learned energy",),
    ),
    plausible(
        "start-forgotten-after-five", "another start and a far mean", "upper",
        lambda s: (Enclosure.exact(np.where(span(s) > 5.0, 1.0, 0.0)) * s.kl, 1e-6 + 0.5 * s.learned_energy),
        lambda: process(0.1, mean=[20.0], span=6.0, start="standard-normal", error=slope(0.0, 1e-5)),
        assumes=("finite learned energy",),
    ),
    plausible(
        "both-directions", "large errors", "upper", lambda s: (s.reverse_kl, 2.0 * s.kl + 0.1),
        lambda: process(0.5, error=gc.AmplifiedScoreError(2.0)),
    ),
    plausible(
        "chi2-is-kl", "large errors", "upper", lambda s: (s.chi2, 3.0 * s.kl), lambda: process(error=slope(0.0, 1.0))
    ),
    plausible(
        "gradient-part-is-smaller", "some errors: the ideal split is not orthogonal", "upper",
        lambda s: (s.gradient_energy("ideal"), s.learned_energy),
        lambda: process([999.0, 999.0], mean=[-30.0, 17.0], stop=3.0, span=20.0, error=SHEAR),
    ),
    plausible(
        "means-suffice", "the mean does not move", "lower", lambda s: (s.hammersley_affine(), 1e-4 * s.chi2),
        lambda: process(0.5, error=gc.AmplifiedScoreError(0.1)),
    ),
    plausible(
        "slack-is-small", "nearly all is given away", "upper", lambda s: (s.slack_integral, 0.999 * s.path_kl),
        lambda: process([0.5, 1.0], error=swirl(0.1)),
    ),
    plausible(
        "no-blow-up", "the learned process is unstable", "upper", lambda s: (s.learned_energy, 1e4 * s.ideal_energy),
        lambda: process(span=15.0, error=slope(1.0, 0.0)),
    ),
    plausible(
        "pythagoras", "the error is not orthogonal to what it does", "lower",
        lambda s: (s.kl, 0.5 * s.observed_energy - 0.01 * s.ideal_energy),
        lambda: process(1e-6, stop=0.0527, span=0.893, error=gc.AmplifiedScoreError(3.85)),
    ),
)  # fmt: skip
NEAR = process(0.5, error=target(0.0, 0.505), span=8.0, stop=1e-3)
NARROW = process(2.503e-6, stop=6.2386e-6, span=0.7989, error=target(9.033e-5, 3.8436e-6))
SHOWN = process(
    [2.548, 3.815], mean=[25.116, -1.0203], stop=2.345, span=0.889,
    error=slope([[-0.02499, 0.0041361], [0.017728, 0.00077813]], [0.0047243, 0.0052213])
    + gc.AmplifiedScoreError(0.012879),
)  # fmt: skip
BETWEEN = process(0.0755186, stop=0.0241689, span=11.30356, error=target(-0.0030577, 0.0590608))
EDGE = process(0.0822938, stop=0.00035833, span=0.495335, error=target(0.0352362, 0.067895))
ALIGNED = process(
    [0.0209977, 58.8135, 154.1027], stop=1.413856, span=20.0,
    error=target(
        [0.192557, -17.06214, -2.5053],
        [[0.500594, -4.812281, 1.666464], [-4.812281, 88.153785, 26.462357], [1.666464, 26.462357, 49.849415]],
    ),
)  # fmt: skip

CONSTANTS = (
    too_strong("prop-3.1", {"factor": 0.499}, "slow realizable errors", lambda: NEAR),
    too_strong("girsanov-forward", {"factor": 0.499}, "slow realizable errors", lambda: NEAR),
    too_strong("path-chi2", {"factor": 0.998}, "slow realizable errors", lambda: NEAR),
    too_strong("gradient-kl", {"factor": 0.499}, "slow realizable errors", lambda: NEAR),
    too_strong("hcr", {"factor": 1.001}, "constant offsets: attained", process),
    too_strong("dv", {"factor": 1.001}, "constant offsets: attained", process),
    too_strong("slack", {"factor": 0.4999}, "everywhere a little", process),
    too_strong("limit", {"target": 1.0001}, "everywhere a little", process),
    too_strong("impossibility", {"leak": 1e-4}, "d >= 2", lambda: process([0.5, 1.0])),
    too_strong("thm-3.4", {"upper": 1.1}, "narrow data, much shows", lambda: NARROW),
    too_strong("thm-3.4", {"perturbative": 0.9995}, "small errors that show wholly", lambda: SHOWN),
    too_strong("prop-3.3", {"leading": 0.9}, "between small and large errors", lambda: BETWEEN),
    too_strong("prop-3.3", {"perturbative": 0.8}, "the edge of the perturbative regime", lambda: EDGE),
    too_strong("sharp", {"factor": 0.99}, "errors whose remainder is aligned", lambda: ALIGNED),
    too_strong("realizable", {"factor": 0.4999}, "everywhere a little", lambda: NEAR),
)  # fmt: skip

PROCESSES = (*CORNERS, *PLAUSIBLE, *CONSTANTS)
