"""The laws on which samplers are tried by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from gausscollapse.core.validation import as_choice
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law, as_law


def _eight_modes() -> GaussianMixture:
    angles = 2.0 * np.pi * np.arange(8) / 8.0
    means = np.column_stack([np.cos(angles), np.sin(angles)])
    return GaussianMixture(np.full(8, 1.0 / 8.0), means, np.repeat(0.01 * np.eye(2)[None], 8, axis=0))


def _paper_mixture() -> GaussianMixture:
    corners = np.zeros((5, 10))
    corners[1:, :2] = [[4.0, 4.0], [4.0, -4.0], [-4.0, 4.0], [-4.0, -4.0]]
    return GaussianMixture(np.full(5, 0.2), corners, np.repeat(0.36 * np.eye(10)[None], 5, axis=0))


LAWS: Mapping[str, tuple[str, Callable[[], Law]]] = {
    "narrow": ("a narrow Gaussian on the line, N(0.7, 0.25)", lambda: Gaussian(0.7, 0.25)),
    "correlated": (
        "a correlated Gaussian in the plane", lambda: Gaussian([0.5, -0.5], [[0.5, 0.42], [0.42, 0.5]])
    ),
    "heavy-ended": (
        "a Gaussian of variances 1 and 1e-4, detail last", lambda: Gaussian([0.0, 0.3], np.diag([1.0, 1e-4]))
    ),
    "eight-modes": ("eight modes on the unit circle", _eight_modes),
    "paper-mixture": ("the mixture of arXiv 2602.16601 in ten dimensions", _paper_mixture),
}  # fmt: skip


def trial_law(name: str) -> Law:
    """Return a law on which samplers are tried, by its name.

    Parameters
    ----------
    name : {"narrow", "correlated", "heavy-ended", "eight-modes", "paper-mixture"}
        See `LAWS` for what each is.

    Returns
    -------
    Gaussian or GaussianMixture

    Raises
    ------
    UnknownNameError
        If there is none of that name.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.trials.trial_law("narrow")
    Gaussian(mean=[0.7], cov=[[0.25]])
    >>> sorted(gc.trials.LAWS)
    ['correlated', 'eight-modes', 'heavy-ended', 'narrow', 'paper-mixture']
    """
    return LAWS[as_choice("name", name, tuple(LAWS))][1]()


def as_trial_law(argument: str, value: Law | str) -> Law:
    """Return a law as it is, or the one of that name."""
    return LAWS[as_choice(argument, value, tuple(LAWS))][1]() if isinstance(value, str) else as_law(argument, value)
