"""Hypothesis strategies for laws, errors, processes and trajectories, and assertions on theorems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gausscollapse.core.exceptions import MissingPackageError

try:
    from hypothesis import assume, currently_in_test_context
    from hypothesis import strategies as st
except ModuleNotFoundError as problem:
    if (problem.name or "").partition(".")[0] != "hypothesis":
        raise
    raise MissingPackageError("hypothesis", "testing") from None

from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.search import DEFAULT_BUDGET, falsify
from gausscollapse.core.arguments import checked
from gausscollapse.core.validation import Array, as_count
from gausscollapse.core.verdict import Outcome
from gausscollapse.lab.toml_text import to_toml
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture
from gausscollapse.process.errors import (
    AffineError,
    AmplifiedScoreError,
    RealizableError,
    ScoreError,
    SolenoidalError,
)
from gausscollapse.process.process import ReverseProcess
from gausscollapse.theorems import check, find

if TYPE_CHECKING:
    from gausscollapse.retraining.channels import AffineChannel
    from gausscollapse.retraining.trajectory import Trajectory

# The first entry is what an example shrinks to.
VARIANCES = (1.0, 0.5, 2.0, 0.25, 4.0, 0.1, 0.05)
HORIZONS = (1.0, 2.0, 4.0, 0.5, 8.0)
STOPS = (0.1, 0.0, 0.02, 0.2, 0.4)
SCALES = (0.1, 0.01, 0.3, 1.0)
FRESH = (0.5, 1.0, 0.1, 0.9, 0.0)


def _tenths(largest: int) -> st.SearchStrategy[float]:
    return st.integers(-10 * largest, 10 * largest).map(lambda n: n / 10)


def _vectors(dim: int, largest: int) -> st.SearchStrategy[Array]:
    return st.lists(_tenths(largest), min_size=dim, max_size=dim).map(np.array)


def _matrices(dim: int, largest: int) -> st.SearchStrategy[Array]:
    return _vectors(dim * dim, largest).map(lambda entries: entries.reshape(dim, dim))


def _dimensions(dim: int | None, max_dim: int) -> st.SearchStrategy[int]:
    if dim is not None:
        return st.just(as_count("dim", dim, at_least=1))
    return st.integers(1, as_count("max_dim", max_dim, at_least=1))


@st.composite
def _covariances(draw: Any, dim: int) -> Array:
    """Draw ``L D L^T`` with a unit lower triangular L: the identity in the simplest case."""
    lower = np.eye(dim) + np.tril(draw(_matrices(dim, 1)), -1)
    diagonal = np.array(draw(st.lists(st.sampled_from(VARIANCES), min_size=dim, max_size=dim)))
    cov = (lower * diagonal) @ lower.T
    return np.asarray(0.5 * (cov + cov.T))


@st.composite
def gaussians(draw: Any, *, dim: int | None = None, max_dim: int = 3) -> Gaussian:
    """Draw a `Gaussian` with a mean in tenths and a well-conditioned covariance.

    Parameters
    ----------
    dim : int, optional
        Dimension; drawn from 1..max_dim by default.
    max_dim : int
        Largest dimension.

    Returns
    -------
    strategy of Gaussian
        Shrinks to the standard normal on the line.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from gausscollapse.testing import gaussians
    >>> @settings(max_examples=5, deadline=None, database=None)
    ... @given(gaussians(dim=2))
    ... def test(law):
    ...     assert law.dim == 2
    >>> test()
    """
    size = draw(_dimensions(dim, max_dim))
    return Gaussian(draw(_vectors(size, 3)), draw(_covariances(size)))


@st.composite
def mixtures(draw: Any, *, dim: int | None = None, max_dim: int = 2, max_components: int = 3) -> GaussianMixture:
    """Draw a `GaussianMixture` with weights in the ratio of small integers.

    Parameters
    ----------
    dim : int, optional
        Dimension; drawn from 1..max_dim by default.
    max_dim, max_components : int
        Largest dimension and number of components.

    Returns
    -------
    strategy of GaussianMixture
        Shrinks to one standard normal.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from gausscollapse.testing import mixtures
    >>> @settings(max_examples=5, deadline=None, database=None)
    ... @given(mixtures(max_components=2))
    ... def test(law):
    ...     assert len(law.components) <= 2
    >>> test()
    """
    size = draw(_dimensions(dim, max_dim))
    shares = draw(st.lists(st.integers(1, 5), min_size=1, max_size=as_count("max_components", max_components)))
    components = [draw(gaussians(dim=size)) for _ in shares]
    weights = np.array(shares) / sum(shares)
    means, covs = (np.array([getattr(part, name) for part in components]) for name in ("mean", "cov"))
    return GaussianMixture(weights, means, covs)


@st.composite
def diffusions(draw: Any) -> OrnsteinUhlenbeck:
    """Draw an `OrnsteinUhlenbeck` process with round times.

    Returns
    -------
    strategy of OrnsteinUhlenbeck
        Shrinks to horizon 1, stop 0.1.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from gausscollapse.testing import diffusions
    >>> @settings(max_examples=5, deadline=None, database=None)
    ... @given(diffusions())
    ... def test(forward):
    ...     assert 0.0 <= forward.stop < forward.horizon
    >>> test()
    """
    return OrnsteinUhlenbeck(horizon=draw(st.sampled_from(HORIZONS)), stop=draw(st.sampled_from(STOPS)))


@st.composite
def score_errors(draw: Any, *, dim: int) -> ScoreError:
    """Draw a score error of linear form: affine, amplified, solenoidal (dim >= 2) or realizable by a Gaussian.

    Parameters
    ----------
    dim : int
        Dimension of the data.

    Returns
    -------
    strategy of ScoreError
        Shrinks to an affine error.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from gausscollapse.testing import gaussians, score_errors
    >>> @settings(max_examples=5, deadline=None, database=None)
    ... @given(gaussians(dim=2), score_errors(dim=2))
    ... def test(law, error):
    ...     assert error.linear_form(law) is not None
    >>> test()
    """
    size = as_count("dim", dim, at_least=1)
    kinds = ["affine", "amplified", "realizable", *(["solenoidal"] if size > 1 else [])]
    kind = draw(st.sampled_from(kinds))
    scale = draw(st.sampled_from(SCALES))
    if kind == "affine":
        return AffineError(scale * draw(_matrices(size, 1)), scale * draw(_vectors(size, 1)))
    if kind == "amplified":
        return AmplifiedScoreError(scale * draw(st.sampled_from((1.0, -1.0))))
    if kind == "solenoidal":
        matrix = draw(_matrices(size, 1))
        return SolenoidalError(scale * (matrix - matrix.T))
    return RealizableError(draw(gaussians(dim=size)))


@st.composite
def single_generations(draw: Any, *, dim: int | None = None, max_dim: int = 3) -> ReverseProcess:
    """Draw a `ReverseProcess` with Gaussian data and an error of linear form, which all exact statistics accept.

    Parameters
    ----------
    dim : int, optional
        Dimension; drawn from 1..max_dim by default.
    max_dim : int
        Largest dimension.

    Returns
    -------
    strategy of ReverseProcess
        Instances of the single-generation theorems.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from gausscollapse.testing import single_generations
    >>> @settings(max_examples=5, deadline=None, database=None)
    ... @given(single_generations(max_dim=2))
    ... def test(process):
    ...     assert process.is_linear
    >>> test()
    """
    data = draw(gaussians(dim=dim, max_dim=max_dim))
    return ReverseProcess(data, draw(diffusions()), draw(score_errors(dim=data.dim)))


@st.composite
def channels(draw: Any, *, dim: int | None = None, max_dim: int = 3) -> AffineChannel:
    """Draw an `AffineChannel` near the identity: what one generation does to the law it was trained on.

    Parameters
    ----------
    dim : int, optional
        Dimension; drawn from 1..max_dim by default.
    max_dim : int
        Largest dimension.

    Returns
    -------
    strategy of AffineChannel
        Shrinks to the identity with a little noise.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from gausscollapse.testing import channels
    >>> @settings(max_examples=5, deadline=None, database=None)
    ... @given(channels(dim=1))
    ... def test(channel):
    ...     assert channel.noise[0, 0] > 0.0
    >>> test()
    """
    from gausscollapse.retraining.channels import AffineChannel

    size = draw(_dimensions(dim, max_dim))
    turn = np.eye(size) + 0.1 * draw(_matrices(size, 1))
    noise = 0.1 * np.diag(draw(st.lists(st.sampled_from(VARIANCES), min_size=size, max_size=size)))
    return AffineChannel(turn, 0.1 * draw(_vectors(size, 1)), noise)


@st.composite
def trajectories(draw: Any, *, dim: int | None = None, max_dim: int = 2, max_generations: int = 4) -> Trajectory:
    """Draw a `Trajectory`: retraining over one Gaussian with one channel and one fresh fraction.

    Parameters
    ----------
    dim : int, optional
        Dimension; drawn from 1..max_dim by default.
    max_dim, max_generations : int
        Largest dimension and number of generations.

    Returns
    -------
    strategy of Trajectory
        Instances of the retraining theorems.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from gausscollapse.testing import trajectories
    >>> @settings(max_examples=5, deadline=None, database=None)
    ... @given(trajectories(max_generations=2))
    ... def test(trajectory):
    ...     assert 1 <= trajectory.generations <= 2
    >>> test()
    """
    from gausscollapse.retraining.running import retrain

    data = draw(gaussians(dim=dim, max_dim=max_dim))
    step = draw(channels(dim=data.dim))
    count = draw(st.integers(1, as_count("max_generations", max_generations, at_least=1)))
    return retrain(data, fresh=draw(st.sampled_from(FRESH)), step=step, generations=count)


@checked
def assert_holds(theorem: str | Theorem, instance: Any, *, decided: bool = False) -> None:
    """Fail unless a theorem holds on an instance.

    Parameters
    ----------
    theorem : str or Theorem
        An id of the registry, or a statement of your own.
    instance : object
        An instance of its chapter.
    decided : bool
        Whether a tie, where the enclosures overlap, fails too.

    Raises
    ------
    AssertionError
        If the theorem is violated, with both sides and the instance as a scenario file. Outside a Hypothesis test
        also if its assumptions fail; inside one such an example is discarded.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> from gausscollapse.testing import assert_holds
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0.1, 0.2))
    >>> assert_holds("prop-3.1", process)
    >>> assert_holds(gc.theorems.registry["prop-3.1"].with_constants(factor=0.01), process)
    Traceback (most recent call last):
    AssertionError: ...
    """
    statement = find(theorem)
    verdict = check(statement, instance)
    if verdict.outcome is Outcome.NOT_APPLICABLE and currently_in_test_context():
        assume(False)
    accepted = {Outcome.HOLDS} if decided else {Outcome.HOLDS, Outcome.INCONCLUSIVE}
    if verdict.outcome not in accepted:
        scenario = to_toml(dict(statement.chapter.describe(instance)))
        raise AssertionError(f"{verdict}\n\n{scenario}")


@checked
def assert_unrefuted(theorem: str | Theorem, *, budget: int = DEFAULT_BUDGET, seed: int = 0) -> None:
    """Fail if a counterexample search refutes a theorem.

    Parameters
    ----------
    theorem : str or Theorem
        An id of the registry, or a statement of your own.
    budget : int
        Slack evaluations, from 1 to 10^8.
    seed : int
        Seed of the search.

    Raises
    ------
    AssertionError
        With the counterexample as a scenario file.

    Examples
    --------
    >>> from gausscollapse.testing import assert_unrefuted
    >>> assert_unrefuted("thm-3.4", budget=200)
    """
    search = falsify(theorem, budget=budget, seed=seed, stop_at_violation=True)
    if search.refuted:
        scenario = to_toml(dict(search.theorem.chapter.describe(search.instance)))
        raise AssertionError(f"{search.theorem.id} is refuted: {search.comparison}\n\n{scenario}")
