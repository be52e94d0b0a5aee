"""What every room stands on: enclosures and verdicts, exceptions, checks of arguments, threads, small numerics."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
