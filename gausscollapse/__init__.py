"""Error propagation and collapse of retrained diffusion models, computed exactly on Gaussians and mixtures.

Names load on first use: ``import gausscollapse as gc`` costs little more than NumPy. The names and where they live are
listed in ``__init__.pyi``, once for type checkers and for the running program.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
