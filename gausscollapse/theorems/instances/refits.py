"""Draws of refitted Gaussians, and their chapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gausscollapse.checking.chapter import Chapter, LazyInstances, Sample, Space
from gausscollapse.core.validation import Array
from gausscollapse.lab.reading import read_table
from gausscollapse.lab.tables import require_keys
from gausscollapse.theorems.instances.refit_statistics import MOST_DIMENSIONS, MOST_SAMPLES, Refit, RefitStatistics

FAMILY = "refits"


def _sample(refits: Sequence[Refit]) -> Sample:
    return Sample(refits, RefitStatistics(refits), [FAMILY] * len(refits))


def _at(point: Array) -> Refit:
    dim = int(np.clip(np.rint(np.exp(point[1])), 1, MOST_DIMENSIONS))
    return Refit(int(np.clip(np.rint(dim + np.exp(point[0])), dim + 1, MOST_SAMPLES)), dim)


def _draw(count: int, rng: np.random.Generator) -> list[Sample]:
    points = SPACE.low + (SPACE.high - SPACE.low) * rng.uniform(size=(count, 2))
    # In one dimension, in turn with others.
    points[::2, 1] = 0.0
    return [_sample([_at(point) for point in points])]


def _searched(points: Array, _: float) -> Sample:
    refits = [_at(point) for point in points]
    return Sample(LazyInstances(len(refits), lambda k: refits[k]), RefitStatistics(refits), [FAMILY] * len(refits))


def _describe(refit: Refit) -> Mapping[str, Any]:
    return {"refit": {"samples": refit.samples, "dim": refit.dim}}


def _restore(tables: Mapping[str, Any]) -> Refit:
    require_keys(tables, "", needed=("refit",))
    return read_table(Refit, tables["refit"], "refit")


def _certify(refit: Refit) -> Sample:
    from gausscollapse.theorems.instances.certified_rates import CertifiedRefitStatistics

    return Sample([refit], CertifiedRefitStatistics(refit), ["certified"])


SPACE = Space(
    FAMILY, np.zeros(2), np.log([MOST_SAMPLES - MOST_DIMENSIONS, MOST_DIMENSIONS]), _searched, exact=True
)  # fmt: skip
REFITS = Chapter(
    "refits", _draw, lambda refit: _sample([refit]), _describe, Refit,
    share=0.1, search_share=0.01, spaces=(SPACE,), certify=_certify, restore=_restore, table="refit",
)  # fmt: skip
