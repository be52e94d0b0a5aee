"""A mapping whose values load when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Shelf(Mapping[str, Item], Generic[Item]):
    """Named things, each made when it is first asked for; the names are known before.

    Examples
    --------
    >>> shelf = Shelf()
    >>> shelf.put("answer", lambda: 6 * 7)
    >>> list(shelf), shelf["answer"]
    (['answer'], 42)
    """

    def __init__(self) -> None:
        self._makers: dict[str, Callable[[], Item]] = {}
        self._made: dict[str, Item] = {}

    def put(self, name: str, make: Callable[[], Item]) -> None:
        """Add what `make` returns under a name, after those that are there."""
        self._makers[name] = make

    def __getitem__(self, name: str) -> Item:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)
