"""What one generation fits to its samples: a Gaussian, a mixture, a kernel density, or a neural network.

A `Learner` fits; what it has learned is a `LearnedModel`, a score at every time, and a law where there is one. A
learner of your own subclasses `Learner`.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
