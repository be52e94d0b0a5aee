"""Families of instances: where theorems are checked. Each chapter has its file, and loads when a theorem needs it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from gausscollapse.checking.chapter import Chapter

# The file of each chapter, and its name there.
CHAPTERS: Mapping[str, tuple[str, str]] = {
    "single generation": ("single", "SINGLE_GENERATION"),
    "retraining": ("retraining", "RETRAINING"),
    "long runs": ("retraining", "LONG_RUN"),
    "orthogonal innovations": ("retraining", "ORTHOGONAL"),
    "summable errors": ("retraining", "SUMMABLE"),
    "regimes": ("retraining", "REGIMES"),
    "early stopping": ("retraining", "STOPPING"),
    "realizable errors": ("realizable", "REALIZABLE"),
    "other norms": ("norms", "NORMS"),
    "the norm of a kernel": ("norms", "KERNEL"),
    "early stopping with errors": ("norms", "ROBUST"),
    "annealed early stopping": ("norms", "ANNEALED"),
    "noise schedules": ("samplers", "NOISE_SCHEDULES"),
    "samplers": ("samplers", "SAMPLERS"),
    "small steps": ("samplers", "SMALL_STEPS"),
    "samplers with noise": ("flows", "NOISY_SAMPLERS"),
    "probability flows": ("flows", "FLOWS"),
    "wrong starts": ("wrong_starts", "WRONG_STARTS"),
    "workflows": ("workflows", "WORKFLOWS"),
    "accumulated data": ("workflows", "ACCUMULATED"),
    "correlated innovations": ("correlated_runs", "CORRELATED"),
    "refresh cycles": ("refresh_cycles", "REFRESH_CYCLES"),
    "amplifying channels": ("amplified_runs", "AMPLIFYING"),
    "refits": ("refits", "REFITS"),
    "early stopping and score errors": ("stopping_tradeoffs", "TRADEOFFS"),
}


def chapter(name: str) -> Chapter:
    """Return the chapter of a name."""
    module, variable = CHAPTERS[name]
    found = getattr(import_module(f"{__name__}.{module}"), variable)
    if not isinstance(found, Chapter) or found.name != name:
        raise ImportError(f"instances/{module}.py must hold the chapter {name!r} as {variable}")
    return found
