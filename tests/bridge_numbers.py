"""One number of the package for each proof, beside the same number by the proof's closed form, for the book."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from tests.bridges import Bridge, Key

# Every module beside this one whose name begins with "bridges_".
NAMES = sorted(path.stem for path in Path(__file__).parent.glob("bridges_*.py"))
BRIDGES: Mapping[Key, Bridge] = {
    key: bridge for name in NAMES for key, bridge in import_module(f"tests.{name}").BRIDGES.items()
}
SEED = 1


@dataclass(frozen=True)
class Number:
    """One pair of a bridge: the closed form's values, the number by the proof and by the package."""

    result: str
    given: tuple[Mapping[str, float], ...]
    proof: float
    package: float

    @property
    def words(self) -> str:
        """The pair as a sentence."""
        values = ", ".join(f"{name} = {float(value):.4g}" for name, value in self.given[0].items())
        where = values if len(self.given) == 1 else f"{len(self.given)} points"
        gap = abs(self.proof / self.package - 1)
        told = "the same float" if gap == 0.0 else f"they differ by {gap:.0e} of it"
        return (
            f"The closed form {self.result} at {where} leads to {self.proof:.12g}, the package computes "
            f"{self.package:.12g}: {told}."
        )


def number(bridge: Bridge, seed: int = SEED) -> Number:
    """Return the first pair of a bridge's instance, with the values that the closed form was asked for."""
    asked = []

    def value(**values: float) -> float:
        asked.append(values)
        return bridge.value(**values)

    rng = np.random.default_rng([seed, *f"{bridge.name} {bridge.result}".encode()])
    proof, package = next(iter(bridge.pairs(rng, value)))
    return Number(bridge.result, tuple(asked), float(proof), float(package))


def numbers(names: Iterable[str]) -> Mapping[str, list[str]]:
    """Return a sentence for each result of some proofs."""
    wanted = set(names)
    found: dict[str, list[str]] = {}
    for bridge in BRIDGES.values():
        if bridge.name in wanted:
            found.setdefault(bridge.name, []).append(number(bridge).words)
    return found
