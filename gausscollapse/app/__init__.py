"""The command line, tables, pages and figures: heavy front-end libraries stay here."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
