"""The learned reverse process, exactly in the linear-Gaussian case."""

from __future__ import annotations

from gausscollapse.reverse.batch import Batch
from gausscollapse.reverse.linear import LinearStatistics
from gausscollapse.reverse.process import RemainderConstants, ReverseProcess

__all__ = ["Batch", "LinearStatistics", "RemainderConstants", "ReverseProcess"]
