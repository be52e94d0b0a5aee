"""Settings of the test run."""

import gc
import os
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

# Small matrices lose far more to threads of linear algebra than they gain, and those of two workers on two cores spin
# while they wait for each other: fits of mixtures took six times as much work. Processes of their own inherit this.
THREADS = {"blas": "OPENBLAS_NUM_THREADS", "openmp": "OMP_NUM_THREADS"}
for name in THREADS.values():
    os.environ.setdefault(name, "1")
# The environment is read as a library loads, and another package's plugin may have loaded NumPy before this file.
threadpool_limits({kind: int(os.environ[name]) for kind, name in THREADS.items()})

# What collection loads stays until the end: to look for garbage among half a million such objects, while they are
# made and again during the tests, took a third of the time of collecting and a thirtieth of the rest.
gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    gc.freeze()
    gc.enable()


# A process derives a proof once, and compiles a kernel once.
TOGETHER = ("test_bridges", "test_derivations", "test_planted.py", "test_second_engine")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """One worker runs all files that derive the proofs, and one that compiles the same kernels."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "proofs" if Path(file).name.startswith(TOGETHER) else file

    return Scheduling(config, log)
