"""What one generation of a run on finite samples hands to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law
from gausscollapse.learners import LearnedModel


@dataclass(frozen=True, eq=False)
class LearnedGeneration:
    """Model i of a run on finite samples: what was learned, and draws of it.

    Parameters
    ----------
    index : int
        i; 0 is the data.
    model : LearnedModel or None
        What generation i - 1 learned; None for the data.
    law : Gaussian, GaussianMixture or None
        Law of the draws, where it is known: the discretisation of time is left out of it.
    draws : ndarray, shape (m, d)
        Draws of the model; the first of them train the next generation.
    trained_on : Gaussian, GaussianMixture or None
        The law q_{i-1} that the training samples follow, where it is known.
    training : ndarray, shape (n, d)
        The training samples; empty for the data.
    more : callable
        ``more(n, key)`` returns n new samples of q_{i-1}, or of the data.
    """

    index: int
    model: LearnedModel | None
    law: Law | None
    draws: Array
    trained_on: Law | None
    training: Array
    more: Callable[[int, int], Array]
