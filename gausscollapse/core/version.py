"""The version of the package, which results carry with them."""

__version__ = "0.1.0"
