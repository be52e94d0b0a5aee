"""Who is told how far a long check is."""

from __future__ import annotations

from collections.abc import Callable

# Called with a stage in words and the share done, in [0, 1].
Progress = Callable[[str, float], None]


def silent(stage: str, share: float) -> None:
    """Report progress to nobody."""
