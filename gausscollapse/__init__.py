"""Error propagation and collapse of retrained diffusion models, computed exactly on Gaussians and mixtures.

Names load on first use. ``__init__.pyi`` lists them with where they live, once for type checkers and the program.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
