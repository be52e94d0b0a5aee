"""Retraining over one Gaussian in ball arithmetic: every number a theorem about the floats given."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
