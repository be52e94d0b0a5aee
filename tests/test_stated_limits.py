"""What is refused for its size is refused at a limit that the docstring states."""

import inspect
import re

import pytest

from benchmarks import fuzz_api as fuzz
from gausscollapse.core.validation import as_size


def written(number):
    """Return the ways in which a limit may be written; large ones may be rounded down to millions."""
    ways = {str(number), f"{number:,}".replace(",", " ")}
    ways |= {f"10^{k}" for k in range(3, 19) if number == 10**k} | ({"a million"} if number == 10**6 else set())
    ways |= {f"2^{k}" for k in range(10, 64) if number == 2**k}
    return ways | ({f"{number // 10**6} million"} if number > 10**6 else set())


def paragraph(doc, argument):
    """Return what a docstring says of an argument; a method of one line says it all in it."""
    found = re.search(rf"^[\w, ]*\b{argument}\b[\w, ]*( : .*)?\n((?:    .*\n?)+)", doc, re.M)
    return doc if found is None else found.group(2)


def stated(doc, argument, limit, unit):
    """Return whether a docstring states a limit, or refers to a function that does."""
    said = " ".join(paragraph(doc, argument).split())
    # What depends on the dimension is stated in bytes.
    others = {"GiB": "4 GiB", "updates": "in their product"}
    ways = written(limit) | ({others[unit]} if unit in others else set())
    return any(way in said for way in ways) or re.search(r"[Aa]s in `\w+`", said) is not None


@pytest.fixture(scope="module")
def limits():
    """Return the limit of every argument that is refused for its size, by callable and argument."""
    known, found = fuzz.targets(more=True), {}
    for name, (function, right) in known.items():
        for argument, value in right.items():
            if isinstance(value, int) and not isinstance(value, bool):
                words = fuzz.outcome(known, (name, argument, "10**400"))[1]
                said = re.search(r"needs about \S+ (\w+).* to (\d+)", words)
                if said:
                    found[name, argument] = (inspect.getdoc(function) or "", int(said[2]), said[1])
    return found


def test_every_limit_is_stated_where_it_holds(limits):
    assert len(limits) > 40
    assert {key: found[1:] for key, found in limits.items() if not stated(found[0], key[1], *found[1:])} == {}


def test_a_limit_that_is_not_stated_is_caught():
    def vague(n):
        """Return nothing.

        Parameters
        ----------
        n : int
            Number of things.
        """
        as_size("n", n, each=1.0, unit="things", most=77)

    doc = inspect.getdoc(vague)
    assert not stated(doc, "n", 77, "things")
    assert stated(doc.replace("of things", "of things, at most 77"), "n", 77, "things")
    assert not stated(doc.replace("of things", "of things, at most 78"), "n", 77, "things")
