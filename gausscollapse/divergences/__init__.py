"""Divergences between laws: one call each, which chooses the best method and says what it chose.

All answers are `Enclosure` objects, in nats where the quantity is logarithmic; ``inf`` is an answer. The methods:

- ``closed-form``: between Gaussians, and chi2 (and Renyi of order 2) of a mixture from one Gaussian.
- ``certified`` (d = 1): ball arithmetic with proved tails; ``digits=`` up to 50.
- ``quadrature`` (d = 1, 2): adaptive, with error estimates; ``tolerance=``.
- ``monte-carlo``: importance sampling with a confidence interval; ``rng=``, ``standard_error=``, ``draws=``,
  ``confidence=``.

``auto`` takes the closed form where there is one; else ``certified`` in d = 1, ``quadrature`` in d = 2 (Monte Carlo
where the components' scales differ too much for it) and ``monte-carlo`` beyond. Finiteness is decided before any
number is computed; where it cannot be decided `UndecidedError` says so. `kl_bounds` and `chi2_bounds` give proved
intervals in any dimension.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
