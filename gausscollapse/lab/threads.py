"""One thread for BLAS and OpenMP, whose sums depend on the number of threads."""

from __future__ import annotations

from typing import Any

from gausscollapse.core.exceptions import MissingPackageError


def one_thread() -> Any:
    """Return a context in which BLAS and OpenMP use one thread, so that the bytes of results do not depend on it."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise MissingPackageError("threadpoolctl", "experiments") from None
    return threadpool_limits(limits=1)
