"""The call of the kernels: integrate a batch on as many threads as there are processors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.threads import thread_count
from gausscollapse.core.validation import Array
from gausscollapse.process.exact._layout import Exponent, Form, Status, error_groups
from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.exact.dormand_prince import dormand_prince

# Local tolerance of the integrator as a share of the stated accuracy: the global error of some tens of steps
# stays well inside, see tests/test_reverse_linear.py.
LOCAL_SHARE = 0.004
LEAST_LOCAL = 2e-14
THREAD_CHUNK = 32
NO_EXPONENT = Exponent(0.0, 0.0)


class Solution(NamedTuple):
    """Final states and the sums of their absolute increments, shape (B, size), and the statuses, shape (B,)."""

    state: Array
    absolute: Array
    status: NDArray[np.int64]


def integrate(
    batch: Batch, mode: int, tolerance: float, initial: Array, exponent: Exponent = NO_EXPONENT
) -> Solution:
    """Integrate all processes of a batch in one mode.

    Parameters
    ----------
    batch : Batch
        The processes.
    mode : int
        MOMENTS, GEOMETRY or EXPONENTIAL of `_layout`.
    tolerance : float
        Stated relative accuracy.
    initial : ndarray, shape (B, size)
        States at the start.
    exponent : Exponent
        Parameters of the exponential moment.

    Raises
    ------
    NotSupportedError
        If the moments of an instance leave the range of floats, or it needs more steps than the kernel allows.
    """
    from gausscollapse.process.exact import _integrator_kernels as kernels

    def whole(*parts: Any) -> tuple[Any, ...]:
        return tuple(np.ascontiguousarray(part) for part in parts)

    local = max(LOCAL_SHARE * tolerance, LEAST_LOCAL)
    setup = (mode, local, tuple(dormand_prince()), tuple(error_groups(mode, batch.dim)), tuple(exponent))
    forms = whole(*(getattr(batch, name) for name in Form._fields))
    state = np.ascontiguousarray(initial)
    found = Solution(state, np.zeros_like(state), np.zeros(batch.size, dtype=np.int64))
    single = (*whole(batch.horizon, batch.stop), *found)

    def run(part: slice) -> None:
        kernels.integrate_batch(*setup, tuple(array[part] for array in forms), *(array[part] for array in single))

    workers = thread_count(None) if batch.size > THREAD_CHUNK else 1
    if workers == 1:
        run(slice(batch.size))
    else:
        starts = range(0, batch.size, THREAD_CHUNK)
        with ThreadPoolExecutor(max_workers=workers) as pool:
            list(pool.map(run, [slice(first, first + THREAD_CHUNK) for first in starts]))
    _require_done(found.status, kernels.MAX_STEPS, exponent)
    return found


def _require_done(status: NDArray[np.int64], most: int, exponent: Exponent) -> None:
    """Refuse moments beyond floats and instances with more than `most` steps, and name what is at fault."""
    if not np.any(status > Status.BLOWN_UP):
        return
    fault, cure = "error", "a smaller error"
    if exponent != NO_EXPONENT:
        fault, cure = "theta1, theta2, error", "smaller exponents, a smaller error"
    lost, slow = (int(np.sum(status == code)) for code in (Status.BEYOND_FLOATS, Status.TOO_MANY_STEPS))
    if lost:
        raise NotSupportedError(
            f"{fault}: the moments of {lost} of {status.size} learned processes leave the range of floats; accepted: "
            f"{cure} or a shorter horizon"
        )
    if slow:
        raise NotSupportedError(
            f"{fault}: {slow} of {status.size} processes need more than {most} integration steps; accepted: "
            f"{cure} or a shorter horizon"
        )
