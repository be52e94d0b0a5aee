"""Attributes that do not exist are told with those that do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gausscollapse.core.exceptions import UnknownStatisticError


class Named:
    """What lists its public names where another one is asked for."""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or hasattr(type(self), name):
                # Known, and it failed inside; or asked for by Python itself.
                return object.__getattribute__(self, name)
            known = [entry for entry in dir(self) if not entry.startswith("_")]
            raise UnknownStatisticError("statistic", name, "is not known", "one of " + ", ".join(known))
