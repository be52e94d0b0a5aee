"""Mutants of a proof: constants, signs and exponents of its mathematics, numerals of its readings.

What is structure and no mathematics is left alone: subscripts, counts of atoms, the planted errors in ``wrong``.
"""

import ast
import random
import re
from collections.abc import Iterator

from benchmarks.mutants import Mutant, mutants

NAMED = {"Half": ("One", "NegativeOne"), "One": ("Half", "NegativeOne"), "Zero": ("One",)}
COUNTS = ("range", "eye", "zeros", "ones", "symbols")
SUBSCRIPT = re.compile(rb"_\{[^{}]*\}|_\w")
NUMERAL = re.compile(rb"(?<!\w)\d+|(?<=frac)\d")


def _places(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is no mathematics: subscripts, counts, planted errors."""
    for item in ast.walk(node):
        if isinstance(item, ast.Subscript):
            yield item.slice
        elif _counts(item) or (isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == "wrong"):
            yield item


def _counts(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in COUNTS


class _Text:
    """A module's text, and where its nodes are in bytes."""

    def __init__(self, source: bytes) -> None:
        self.source, self.starts = source, [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def span(self, node: ast.AST) -> tuple[int, int]:
        start = self.starts[getattr(node, "lineno", 1) - 1] + getattr(node, "col_offset", 0)
        return start, self.starts[getattr(node, "end_lineno", 1) - 1] + getattr(node, "end_col_offset", 0)


def _named(node: ast.AST) -> tuple[str, ...]:
    """Return the names that may stand for a constant of SymPy, ``S.Half``."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "S":
        return NAMED.get(node.attr, ())
    return ()


def of_mathematics(source: bytes) -> list[Mutant]:
    """Return every change of a constant, a sign, an operation or an exponent, in the order of the text."""
    tree, text = ast.parse(source), _Text(source)
    found = mutants(source)
    for node in ast.walk(tree):
        for after in _named(node):
            (start, stop), before = text.span(node), ast.unparse(node)
            found.append(Mutant(getattr(node, "lineno", 1), start, stop, before, f"S.{after}"))
    left_alone = [text.span(node) for node in _places(tree)]
    kept = [
        item for item in found if not any(start <= item.start and item.stop <= stop for start, stop in left_alone)
    ]
    return sorted(kept, key=lambda item: (item.start, item.stop, item.after))


def of_readings(source: bytes) -> list[Mutant]:
    """Return every change of a numeral in what a step reads like in the theorem's notation."""
    text, found = _Text(source), []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.keyword) and node.arg == "reads" and isinstance(node.value, ast.Constant)):
            continue
        start, stop = text.span(node.value)
        formula = SUBSCRIPT.sub(lambda hit: b"_" * len(hit.group()), source[start:stop])
        for hit in NUMERAL.finditer(formula):
            before, place = hit.group(), start + hit.start()
            line = source.count(b"\n", 0, place) + 1
            for after in (int(before) + 1, int(before) + 4):
                found.append(ReadingMutant(line, place, place + len(before), before.decode(), str(after)))
    return found


class ReadingMutant(Mutant):
    """A change inside a string, where no brackets are put around what is new."""

    def apply(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.stop :]


def chosen(every: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """Return ``count`` of some mutants, drawn without replacement from the seed."""
    drawn = random.Random(seed).sample(every, min(count, len(every)))
    return sorted(drawn, key=lambda item: (item.start, item.after))
