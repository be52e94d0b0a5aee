"""Blocks of paths: their work space and their way through the kernels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.threads import in_turns
from gausscollapse.core.validation import Array
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling._layout import Kept
from gausscollapse.sampling._program import Program

RESIDENT_PATHS = 65536


def aligned(shape: tuple[int, ...], dtype: Any) -> Any:
    """Return an array of zeros that begins at a multiple of 64 bytes."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.zeros(size + 64, dtype=np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(dtype).reshape(shape)


@dataclass(frozen=True, eq=False)
class Request:
    """Which paths are wanted, and what of them is kept.

    Parameters
    ----------
    key : ndarray of uint64, shape (2,)
        Seed and generation.
    first, paths : int
        Number of the first path, and number of paths.
    stops : ndarray of int64, shape (m,)
        Numbers of steps after which the states are kept, the last of them that of all steps.
    functionals : bool
        Whether energy and martingale are kept.
    threads : int
        Number of threads.
    """

    key: Any
    first: int
    paths: int
    stops: Any
    functionals: bool
    threads: int

    def storage(self, dim: int) -> Kept:
        """Return arrays for what is kept of points in `dim` dimensions."""
        shape = (self.stops.size, self.paths, dim)
        try:
            snapshots = np.empty(shape)
        except (MemoryError, ValueError):
            size = 8.0 * self.stops.size * self.paths * dim / 2**30
            raise InvalidArgumentError(
                "n",
                self.paths,
                f"needs {size:.3g} GiB for its answer",
                "fewer paths a call; `first` continues where one ended",
            ) from None
        size = self.paths if self.functionals else 0
        return Kept(snapshots, np.empty(size), np.empty(size))


class PathBlocks:
    """The blocks of paths of one program."""

    def __init__(self, program: Program, process: ReverseProcess, times: Array, request: Request) -> None:
        from gausscollapse.core import random_kernels
        from gausscollapse.sampling import _sampler_kernels

        self.kernel = _sampler_kernels.run_blocks
        self.block, self.stream_rows = random_kernels.BLOCK, random_kernels.STREAM_ROWS
        self.program, self.process, self.times, self.request = program, process, times, request
        self.kept = request.storage(program.full)

    def run(self) -> Kept:
        """Run all blocks through all steps and return what is kept of them."""
        count = -(-self.request.paths // self.block)
        if self.program.outside:
            largest = max(1, RESIDENT_PATHS // self.block)
            for first in range(0, count, largest):
                self._with_calls(first, min(largest, count - first))
            return self.kept
        steps = (0, self.times.size - 1)

        def work_through(tasks: Iterable[tuple[int, int]]) -> None:
            work, states = self._scratch(1)
            for first, blocks in tasks:
                self._advance(first, blocks, steps, work, states)

        in_turns(work_through, count, self.request.threads)
        return self.kept

    def _scratch(self, blocks: int) -> tuple[Any, Any]:
        """Return work space and streams of some blocks."""
        rows, streams = self.program.total_rows * self.block, self.stream_rows * self.block
        return aligned((blocks, rows), np.float64), aligned((blocks, streams), np.uint64)

    def _advance(self, first: int, blocks: int, steps: tuple[int, int], work: Any, states: Any) -> None:
        """Run some blocks through some steps."""
        program, request = self.program, self.request
        self.kernel(
            blocks, first, request.key, np.uint64(request.first), request.paths, program.dim, program.rows, steps,
            program.start, program.plan, program.layout, program.table, request.functionals, request.stops,
            program.expansion, work, states, self.kept,
        )  # fmt: skip

    def _with_calls(self, first: int, blocks: int) -> None:
        """Run resident blocks step by step, with values from outside in each."""
        program, block, d = self.program, self.block, self.program.dim
        work, states = self._scratch(max(blocks, 2))
        paths = min(blocks * block, self.request.paths - first * block)
        rows = work.reshape(work.shape[0], program.total_rows, block)
        self._advance(first, blocks, (0, 0), work, states)
        for step in range(self.times.size - 1):
            begin = 0 if step % 2 == 0 else program.rows
            points = rows[:blocks, begin : begin + d].transpose(0, 2, 1).reshape(-1, d)
            if not np.all(np.isfinite(points[:paths])):
                self.kept.snapshots[-1, first * block : first * block + paths] = np.nan
                return
            values = np.zeros(points.shape)
            time = float(self.times[step])
            values[:paths] = sum(
                factor * error.evaluate(points[:paths], time, data=self.process.data)
                for factor, error in program.outside
            )
            inside = values.reshape(blocks, block, d).transpose(0, 2, 1)
            rows[:blocks, program.outside_row : program.outside_row + d] = inside
            self._advance(first, blocks, (step, step + 1), work, states)
