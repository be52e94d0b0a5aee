"""What finite training sets are made of, generation after generation, in every workflow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.lab.generation_settings import FiniteSampleSettings
from gausscollapse.laws.mixture import GaussianMixture, Law
from gausscollapse.retraining.workflows import shares_of


@dataclass(eq=False)
class Pile:
    """Every fresh draw and every model draw so far, and the training sets that a workflow takes from them.

    A generation adds ``alpha n`` fresh samples and ``(1 - alpha) n`` samples of the last model. "accumulate" trains
    on all of them, "window" on those of the last generations, "accumulate-subsample" on n of all of them, drawn
    without replacement; "fixed-set" has the first fresh samples in every generation; "weights" takes
    ``(1 - alpha) n`` samples of the models in its shares, rounded so that their number is kept.

    Parameters
    ----------
    spec : FiniteSampleSettings
        The run.
    """

    spec: FiniteSampleSettings
    fresh: list[Array] = field(default_factory=list)
    drawn: list[Array] = field(default_factory=list)

    def training(self, fresh: Array, drawn: Array, key: int) -> Array:
        """Enter what a generation adds, fresh samples and those of the last model, and return its training set."""
        kind, index = self.spec.workflow.kind, len(self.fresh)
        self.fresh.append(self.fresh[0] if kind == "fixed-set" and self.fresh else fresh)
        self.drawn.append(drawn)
        if kind in ("last", "fixed-set"):
            return np.concatenate([self.fresh[-1], drawn])
        models, shares = shares_of(self.spec.workflow, index)
        if kind == "weights":
            counts = whole_counts(shares, self.spec.model_count)
            parts = [self.drawn[j][:count] for j, count in zip(models, counts, strict=True)]
            return np.concatenate([fresh, *parts])
        everything = np.concatenate([part for j in models for part in (self.fresh[j], self.drawn[j])])
        if kind == "accumulate-subsample":
            chosen = np.random.default_rng(key).choice(len(everything), self.spec.samples, replace=False)
            return np.asarray(everything[np.sort(chosen)])
        return everything


def whole_counts(shares: Array, total: int) -> list[int]:
    """Return whole numbers of the sum `total` in the given shares: what is left goes to the largest remainders."""
    exact = shares / np.sum(shares) * total
    counts = np.floor(exact).astype(np.int64)
    order = np.argsort(counts - exact, kind="stable")
    counts[order[: total - int(np.sum(counts))]] += 1
    return [int(count) for count in counts]


def trained_on(spec: FiniteSampleSettings, laws: Sequence[Law | None]) -> Law | None:
    """Return the law that the next training samples follow, one by one; None where one of the models has none.

    A fixed set is a draw of the data, so that its samples follow the data's law as well.
    """
    index = len(laws) - 1
    models, shares = shares_of(spec.workflow, index)
    weights = (1.0 - spec.fresh_fraction) * shares / np.sum(shares)
    parts = [(spec.fresh_fraction, spec.data), *((w, laws[j]) for j, w in zip(models, weights, strict=True))]
    kept = [(weight, law) for weight, law in parts if weight > 0.0]
    found: list[Law] = [law for _, law in kept if law is not None]
    if len(found) < len(kept):
        return None
    if all(law is found[0] for law in found):
        return found[0]
    return GaussianMixture(
        np.concatenate([weight * law.weights for (weight, _), law in zip(kept, found, strict=True)]),
        np.concatenate([law.means for law in found]),
        np.concatenate([law.covs for law in found]),
    )
