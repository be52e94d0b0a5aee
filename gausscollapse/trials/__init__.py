"""Other people's samplers on trial: against laws of which score, marginals and endpoint are known exactly."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
