"""Sampling of reverse processes, the exact law of the discretised chain, and what is estimated on paths.

`simulate` runs the Euler-Maruyama chain of any process and `sample_reverse` that of a law's own score; `discrete_law`
and `richardson` are the chain of a linear-Gaussian process without sampling. The other functions estimate divergences
and energies on paths, each with a standard error.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
