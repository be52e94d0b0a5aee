"""Certified statistics of a process whose learned score is the exact score of another Gaussian."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.named import Named
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.process.certified import certified_statistics
from gausscollapse.process.certified.balls import Ball, identity, rational, rational_matrix
from gausscollapse.process.certified.certified_process import DIGITS
from gausscollapse.process.certified.endpoint import Endpoints
from gausscollapse.process.process import ReverseProcess
from gausscollapse.retraining.certified.proven import enclosed, proven


class CertifiedRealizableStatistics(Named):
    """Divergences at both ends and the energy between them, certified, for one process; shape (1,) each.

    Parameters
    ----------
    process : ReverseProcess
        With Gaussian data.
    target : Gaussian or GaussianMixture
        The law whose exact score is learned.
    digits : int
        Relative decimal digits wanted of the energy.

    Raises
    ------
    NotSupportedError
        If one of the two laws is a mixture.
    """

    def __init__(self, process: ReverseProcess, target: Law, *, digits: int = DIGITS) -> None:
        if not isinstance(process.data, Gaussian) or not isinstance(target, Gaussian):
            raise NotSupportedError(
                "data: relative entropies along the diffusion have no closed form for mixtures, so that nothing is "
                "certified; accepted: Gaussian data and target"
            )
        self.process, self.target = process, target
        self._linear = certified_statistics(process, digits=digits)

    @property
    def undecided(self) -> dict[str, str]:
        """What was asked for and could not be decided: from its name to the reason."""
        return dict(self._linear.undecided)

    @property
    def size(self) -> int:
        """Number of processes, 1."""
        return 1

    @property
    def realizable(self) -> NDArray[np.bool_]:
        """Where the error is realizable, shape (1,)."""
        return np.ones(1, dtype=bool)

    def divergence(self, end: str) -> Enclosure:
        """Return ``KL(q_t || q~_t)`` in nats at the diffusion's `end`, "stop" or "horizon", shape (1,)."""
        if self.process.data == self.target:
            return enclosed([arb(0)], (1,))
        return enclosed(proven(lambda: [self._divergence(end)]), (1,), least=0.0)

    def _divergence(self, end: str) -> Ball:
        t = arb(rational(float(getattr(self.process.diffusion, end))))
        data, there, dim = self.process.gaussian, self.target, self.target.dim
        keep, cov = (-t).exp(), rational_matrix(there.cov)
        change = arb_mat(rational_matrix(data.cov) - cov) * keep
        moved = arb_mat(rational_matrix(data.mean) - rational_matrix(there.mean)) * keep.sqrt()
        return Endpoints(arb_mat(cov) * keep + identity(dim) * (1 - keep), change, moved).kl()

    @cached_property
    def energy(self) -> Enclosure:
        """``int E_{q_t} |grad log q_t - grad log q~_t|^2 dt``, shape (1,)."""
        return self._linear.ideal_energy
