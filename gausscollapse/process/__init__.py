"""The learned reverse process, exactly in the linear-Gaussian case."""

from __future__ import annotations

from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.exact.statistics import LinearStatistics
from gausscollapse.process.process import RemainderConstants, ReverseProcess

__all__ = ["Batch", "LinearStatistics", "RemainderConstants", "ReverseProcess"]
