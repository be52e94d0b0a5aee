"""One learned reverse process: score errors, its exact and numeric statistics, and the identities between them.

The learned process is ``dY = (Y/2 + grad log q_t(Y) + e(Y, t)) ds + dB`` with ``s = T - t``: the ideal reverse
process with an error e added to its score.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
