"""Scenario files that come with the package, named after what they teach."""

from gausscollapse.lab.shipped import Shipped

_SHIPPED = Shipped(__name__, "preset")
names, document, find, about = _SHIPPED.names, _SHIPPED.document, _SHIPPED.find, _SHIPPED.about
