"""What is kept of earlier models: their mixture in the shares of a workflow, to twice the precision of floats."""

from __future__ import annotations

import numpy as np

from gausscollapse.retraining._component_pool import PooledLaw
from gausscollapse.retraining._long_weights import LongWeights
from gausscollapse.retraining.workflows import Workflow, shares_of


class Past:
    """The models so far, side by side, and the mixtures of them that a workflow asks for.

    Parameters
    ----------
    workflow : Workflow
        Which models count, and how much.
    start : PooledLaw
        Model 0.

    Attributes
    ----------
    passed : int
        Roundings that the weights of the mixtures have, in units of a step of the last model's.
    """

    def __init__(self, workflow: Workflow, start: PooledLaw) -> None:
        self.workflow, self.passed = workflow, 0
        self.last = start
        self.starts = np.zeros(1, dtype=np.int64)
        self.entries, self.high, self.low = np.empty(64, dtype=np.int64), np.empty(64), np.empty(64)
        self.keeps = workflow.kind not in ("last", "fixed-set")
        self.add(start)

    def add(self, model: PooledLaw) -> None:
        """Enter the next model."""
        self.last = model
        if not self.keeps:
            return
        first, end = self.starts[-1], self.starts[-1] + model.entries.size
        self.starts = np.append(self.starts, end)
        while end > self.entries.size:
            self.entries, self.high, self.low = (
                np.concatenate([part, np.empty_like(part)]) for part in (self.entries, self.high, self.low)
            )
        weights = model.long_weights
        self.entries[first:end], self.high[first:end], self.low[first:end] = model.entries, weights.high, weights.low

    def mixture(self, generation: int) -> tuple[PooledLaw, np.ndarray, np.ndarray]:
        """Return ``sum_j s_ij p^_j``, the models in it and their shares up to a common factor."""
        from gausscollapse.retraining._weight_kernels import weighted_mean

        used, shares = shares_of(self.workflow, generation)
        self.passed += 1
        if used.size == 1 and used[0] == generation:
            return self.last, used, shares
        # A product and a sum a model, and a division, of two units.
        self.passed += (used.size + 4) // 2
        end = self.starts[-1]
        width = int(np.max(self.entries[:end])) + 1
        entries, high, low = weighted_mean(
            self.starts, self.entries[:end], self.high[:end], self.low[:end], used, shares, width
        )
        return PooledLaw(entries, LongWeights(high, low)), used, shares
