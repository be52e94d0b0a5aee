"""Settings of the test run."""

import os

from threadpoolctl import threadpool_limits

# Small matrices lose far more to threads of linear algebra than they gain, and those of two workers on two cores spin
# while they wait for each other: fits of mixtures took six times as much work. Processes of their own inherit this.
THREADS = {"blas": "OPENBLAS_NUM_THREADS", "openmp": "OMP_NUM_THREADS"}
for name in THREADS.values():
    os.environ.setdefault(name, "1")
# The environment is read as a library loads, and another package's plugin may have loaded NumPy before this file.
threadpool_limits({kind: int(os.environ[name]) for kind, name in THREADS.items()})
