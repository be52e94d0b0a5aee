"""Exit statuses of the command line."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """What a command came to."""

    EXPECTED = 0
    UNEXPECTED = 1
    UNUSABLE = 2
    INTERRUPTED = 130
