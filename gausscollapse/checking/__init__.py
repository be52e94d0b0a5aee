"""How a statement is checked: the decorator, verification, counterexample search, controls, proofs on boxes."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
