"""Sweep files that come with the package, named after what they show."""

from gausscollapse.lab.shipped import Shipped

_SHIPPED = Shipped(__name__, "sweep", {"paper-mixture": "fresh-fractions"})
names, document, find, about = _SHIPPED.names, _SHIPPED.document, _SHIPPED.find, _SHIPPED.about
