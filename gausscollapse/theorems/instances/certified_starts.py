"""Certified statistics of the exact score from N(0, I): the flow and the stochastic sampler on the same data."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.named import Named
from gausscollapse.core.validation import Array
from gausscollapse.process.certified import certified_statistics
from gausscollapse.process.certified.balls import Ball, identity, rational
from gausscollapse.process.certified.endpoint import Endpoints
from gausscollapse.process.certified.exact_process import ExactProcess
from gausscollapse.process.errors import AffineError
from gausscollapse.process.process import ReverseProcess
from gausscollapse.retraining.certified.proven import enclosed, proven

# Where data and N(0, I) are one law.
FLOOR = 1e-40


class CertifiedStartStatistics(Named):
    """Flow and stochastic sampler from N(0, I) with the exact score, certified, for one process; shape (1,) each.

    Parameters
    ----------
    process : ReverseProcess
        With Gaussian data; its error, start and stochasticity are not looked at but for `perfect`.
    start : str
        The name of N(0, I) as a start.
    """

    def __init__(self, process: ReverseProcess, start: str) -> None:
        self._exact = ExactProcess.of(process)
        self._process, dim = process, process.dim
        nothing = AffineError(np.zeros((dim, dim)), np.zeros(dim))
        self.flow, self.noisy = (
            certified_statistics(replace(process, error=nothing, start=start, stochasticity=lam))
            for lam in (0.0, 1.0)
        )

    @property
    def undecided(self) -> dict[str, str]:
        """What was asked for and could not be decided: from its name to the reason."""
        return {**self.flow.undecided, **self.noisy.undecided}

    @property
    def size(self) -> int:
        """Number of pairs, 1."""
        return 1

    @property
    def perfect(self) -> NDArray[np.bool_]:
        """Where the process has the exact score, shape (1,)."""
        return np.array([self._exact.silent])

    @cached_property
    def span(self) -> Array:
        """T - t0, shape (1,)."""
        return np.array([self._process.diffusion.horizon - self._process.diffusion.stop])

    def distance(self, end: str) -> Enclosure:
        """Return ``KL(q_t || N(0, I))`` in nats at the diffusion's `end`, "stop" or "horizon", shape (1,)."""
        time = rational(float(getattr(self._process.diffusion, end)))

        def ball() -> Ball:
            keep = (-arb(time)).exp()
            change, mean = arb_mat(self._exact.change) * keep, arb_mat(self._exact.mean) * keep.sqrt()
            return Endpoints(identity(self._exact.dim), change, mean).kl()

        return enclosed(proven(lambda: [ball()], floors=[arb(FLOOR)]), (1,), least=0.0)
