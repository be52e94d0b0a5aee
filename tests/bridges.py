"""What a bridge is: closed forms of ``derivations`` and numbers of the package that must be equal.

A bridge belongs to one result of one proof. It draws a random instance, builds the statement from the result's value
and yields pairs (from the proof, from the package). With the result spoilt by a factor the pairs must part.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from derivations.frame.catalogue import derive

Value = Callable[..., float]
Pairs = Iterator[tuple[float, float]]
Key = tuple[str, str]


@dataclass(frozen=True)
class Bridge:
    """One result, how its statement is built, and the relative tolerance of every pair."""

    name: str
    result: str
    pairs: Callable[[np.random.Generator, Value], Pairs]
    tolerance: float

    def gaps(self, seed: int, closed: Value | None = None) -> list[float]:
        """Return the relative differences of one random instance, with `closed` in place of the result's value."""
        rng = np.random.default_rng([seed, *f"{self.name} {self.result}".encode()])
        pairs = self.pairs(rng, self.value if closed is None else closed)
        return [abs(float(ours) / float(theirs) - 1) for ours, theirs in pairs]

    def value(self, **values: float) -> float:
        """Return the value of the result."""
        return value(self.name, self.result, **values)


def value(name: str, result: str, **values: float) -> float:
    """Return the value of a proof's result."""
    return derive(name).results[result].value(**values)


def register(bridges: dict[Key, Bridge]) -> Callable[..., Callable]:
    """Return the decorator that puts the bridge of a result into `bridges`."""

    def bridge(name: str, result: str, *, tolerance: float) -> Callable:
        def put(pairs: Callable[[np.random.Generator, Value], Pairs]) -> Callable:
            bridges[name, result] = Bridge(name, result, pairs, tolerance)
            return pairs

        return put

    return bridge
