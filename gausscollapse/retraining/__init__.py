"""Retraining over generations, exactly: channels, the recursion, what accumulates, and the limit of early stopping.

``p^_{i+1} = K_i (a_i p + (1 - a_i) p^_i)``: generation i is trained on the fraction a_i of fresh data and on the last
model's samples, and its error is the channel K_i.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
