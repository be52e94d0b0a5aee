"""Settings of the test run."""

import os

# Triangular solves of small matrices lose far more to BLAS threads than they gain.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
