"""What statistics have in common that are computed one process at a time and stacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import GUARANTEES, Enclosure
from gausscollapse.core.exceptions import AbsentStatisticError, InvalidArgumentError
from gausscollapse.core.named import Named
from gausscollapse.core.validation import Array, as_one_each
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.errors import AffineError
from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.exact.statistics import LinearStatistics
from gausscollapse.process.process import ReverseProcess
from gausscollapse.process.statistics import NO_SLOPE


def stack(parts: Sequence[Enclosure]) -> Enclosure:
    """Return scalar enclosures as one of shape (B,), with the weakest guarantee."""
    value, lower, upper = (np.array([getattr(part, name) for part in parts]) for name in ("value", "lower", "upper"))
    weakest = max(parts, key=lambda part: GUARANTEES.index(part.guarantee))
    return Enclosure(value, lower, upper, weakest.method, weakest.guarantee)


class StackedStatistics(Named):
    """Statistics of B processes of one dimension, computed one by one.

    Parameters
    ----------
    processes : sequence of ReverseProcess
        The processes.
    """

    @checked
    def __init__(self, processes: Sequence[ReverseProcess]) -> None:
        if not processes:
            raise InvalidArgumentError("processes", processes, "is empty", "one process at least")
        self.processes = tuple(processes)

    @property
    def size(self) -> int:
        """Number B of processes."""
        return len(self.processes)

    @property
    def dim(self) -> int:
        """Dimension d of the data."""
        return self.processes[0].dim

    @property
    def matched(self) -> NDArray[np.bool_]:
        """Where the learned process starts from the marginal q_T, shape (B,)."""
        return np.array([process.matched for process in self.processes])

    @property
    def stochasticity(self) -> Array:
        """lam, shape (B,): 1 for the reverse process, 0 for the probability flow."""
        return np.array([float(process.stochasticity) for process in self.processes])

    @property
    def mixtures(self) -> Mapping[str, str]:
        """What is absent where the data are no Gaussians: from the name of a statistic to the reason."""
        names = ("transport_constant", "start_transport")
        return {} if all(isinstance(p.data, Gaussian) for p in self.processes) else dict.fromkeys(names, NO_SLOPE)

    def of_gaussians(self, name: str) -> Enclosure:
        """Return a statistic that hangs on the ideal process and its start alone, of Gaussian data.

        Parameters
        ----------
        name : str
            Of a statistic that `mixtures` lacks.

        Raises
        ------
        AbsentStatisticError
            If the data are no Gaussians.
        """
        if name in self.mixtures:
            raise AbsentStatisticError(name, NO_SLOPE)
        silent = [replace(p, error=AffineError(np.zeros((p.dim, p.dim)), np.zeros(p.dim))) for p in self.processes]
        found: Enclosure = getattr(LinearStatistics(Batch.of(silent)), name)
        return found

    def factors(self, factor: float | Array) -> Array:
        """Return one factor a process, shape (B,)."""
        return as_one_each("factor", factor, self.size)

    def scaled_processes(self, factor: float | Array) -> list[ReverseProcess]:
        """Return the processes with every error multiplied by `factor`, one for all or one a process."""
        return [
            replace(p, error=p.error.scaled(float(c)))
            for p, c in zip(self.processes, self.factors(factor), strict=True)
        ]
