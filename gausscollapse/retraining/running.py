"""Run retraining over generations: channels exactly, injected score errors exactly or on the line."""

from __future__ import annotations

from typing import cast

from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError
from gausscollapse.core.validation import as_choice, as_size, frozen
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.mixture import Law, as_law
from gausscollapse.retraining._recursion import run
from gausscollapse.retraining.accumulation import fresh_fractions
from gausscollapse.retraining.channels import Step, as_channels
from gausscollapse.retraining.injected import ErrorStep, as_errors, inject, injection_of, injects
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.retraining.workflows import LAST, Workflow, as_many, as_workflow

MOST_GENERATIONS = 20_000
LARGEST_GRID = 10**6
REFITS = ("none", "gaussian")
# Of the Fokker-Planck equation, in space and in time.
CELLS = 200


def as_refit(refit: object) -> str:
    """Return the word that says what a generation learns."""
    return as_choice("refit", refit, REFITS)


def as_grid(cells: object, steps: object) -> tuple[int, int]:
    """Return cells and steps of the Fokker-Planck equation."""
    found = [
        as_size(name, size, at_least=160, each=1.0, unit=name, most=LARGEST_GRID)
        for name, size in (("cells", cells), ("steps", steps))
    ]
    return found[0], found[1]


@checked
def retrain(
    data: Law,
    *,
    fresh: ArrayLike,
    step: Step | ErrorStep,
    generations: int,
    start: Law | None = None,
    workflow: Workflow | str = LAST,
    diffusion: OrnsteinUhlenbeck | None = None,
    refit: str = "none",
    cells: int = CELLS,
    steps: int = CELLS,
) -> Trajectory:
    """Run the retraining recursion ``p^_{i+1} = K_i (a_i p + (1 - a_i) sum_j s_ij p^_j)`` exactly.

    In the workflow "last" the sum is the last model ``p^_i``.

    Parameters
    ----------
    data : Gaussian or GaussianMixture
        The data law p.
    fresh : float or sequence of float, length N
        Fresh fraction(s) ``a_i`` in [0, 1].
    step : AffineChannel or ScoreError, sequence of one of them, or callable
        The channel of every generation, one a generation, or a function from i to the channel; or, with a
        `diffusion`, score errors, which are injected into the score of the training law.
    generations : int
        N from 0 to 20 000, where more than the last model counts to 2 000.
    start : Gaussian or GaussianMixture, optional
        Model 0; the data law by default.
    workflow : Workflow or {"last", "accumulate", "accumulate-subsample", "fixed-set"}
        What is kept of earlier models: shares s of models 0..i in generation i, see `retraining.Workflow`. The last
        model replaces all others by default. Where data accumulate, model 0 stands for the first data, so that
        ``fresh=0`` is training on the data and all models so far, equally.
    diffusion : OrnsteinUhlenbeck, optional
        Forward process of the learned reverse processes: for score errors, and only for them. With a stop above 0
        the innovations hold what stopping early does as well.
    refit : {"none", "gaussian"}
        With "gaussian" every generation learns the Gaussian of the mean and covariance of its training law.
    cells, steps : int
        Of the Fokker-Planck equation, where a generation needs it (see `fokker_planck`); from 160 to a million each.

    Returns
    -------
    Trajectory
        Models 0..N, what accumulated, and the innovations; for score errors an `InjectedTrajectory`, which has the
        energies and the observability of each generation as well.

    Raises
    ------
    InvalidArgumentError
        If a fraction is outside [0, 1], a sequence has the wrong length, a step is not a channel, the workflow has
        no such name or weights for another number of generations, a model would have no density, or score errors
        come without a diffusion.
    DimensionMismatchError
        If a channel or the start lives in another dimension than the data.
    NotSupportedError
        For score errors in d > 1 whose training laws are mixtures: exact are ``fresh=0`` or 1, and Gaussian refits.

    Notes
    -----
    Components of equal age are merged, so a constant channel keeps K (N + 1) components at most for data of K
    components. Where a workflow mixes models, channels that change multiply them: with more than 4096 (and more than
    four times those of a constant channel) the step is refused.
    Components of weight below 1e-300 are left out and their mass is reported in `Trajectory.dropped`.
    Source: *own*.

    Examples
    --------
    A kernel of variance 0.01 widens every generation. A tenth of the data fresh, the variances grow to 0.1 above the
    data's, as ``0.01/(1 - 0.9)``:

    >>> import gausscollapse as gc
    >>> widen = gc.retraining.kernel_density(0.1)
    >>> trajectory = gc.retrain(gc.Gaussian(0, 1), fresh=0.1, step=widen, generations=60)
    >>> (trajectory.covs[[0, 1, 2, 60], 0, 0]).round(4)
    array([1.    , 1.01  , 1.019 , 1.0998])

    One channel a generation, fresh fractions of one's own, or a function from i to the channel do as well:

    >>> steps = [gc.retraining.offset_channel(0.1), gc.retraining.offset_channel(-0.1)]
    >>> gc.retrain(gc.Gaussian(0, 1), fresh=[1.0, 0.0], step=steps, generations=2).models[2]
    Gaussian(mean=[0.0], cov=[[1.0]])

    An offset of 0.2 in every generation: replaced, the models run away; kept, they drift like a harmonic sum.

    >>> shift = gc.retraining.offset_channel(0.2)
    >>> gc.retrain(gc.Gaussian(0, 1), fresh=0, step=shift, generations=4).means.ravel().round(4)
    array([0. , 0.2, 0.4, 0.6, 0.8])
    >>> kept = gc.retrain(gc.Gaussian(0, 1), fresh=0, step=shift, generations=4, workflow="accumulate")
    >>> kept.means.ravel().round(4)
    array([0.    , 0.2   , 0.3   , 0.3667, 0.4167])
    """
    data = as_law("data", data)
    as_refit(refit)
    if data.weights.size == 1:
        data = data.components[0]
    first = data if start is None else as_law("start", start)
    if first.dim != data.dim:
        raise DimensionMismatchError(
            "start", start, f"has dimension {first.dim}", f"dimension {data.dim}, as the data"
        )
    count = as_size("generations", generations, each=1.0, unit="generations", most=MOST_GENERATIONS)
    fractions = fresh_fractions(fresh, count)
    kept = as_workflow(workflow)
    as_many(kept, count)
    sizes = as_grid(cells, steps)
    if diffusion is not None or injects(step, count):
        errors = as_errors(step, count)
        injection = injection_of(data, first, frozen(fractions), errors, diffusion, refit, workflow=kept)
        return inject(injection, cells=sizes[0], steps=sizes[1])
    if refit != "none":
        raise InvalidArgumentError("refit", refit, "is for score errors", "'none', or score errors and a diffusion")
    channels = as_channels(cast("Step", step), count, data.dim)
    return Trajectory(data, channels, frozen(fractions), run(data, first, fractions, channels, kept), kept)
