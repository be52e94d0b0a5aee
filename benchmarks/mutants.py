"""Mutants of a module: every change of one expression of its text."""

import ast
import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
}
OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
EXTREMES = {"max": "min", "min": "max", "maximum": "minimum", "minimum": "maximum"}
TEXTS = ("__repr__", "__str__")


@dataclass(frozen=True)
class Mutant:
    """One change of a module's text: the bytes from start to stop become ``after``."""

    line: int
    start: int
    stop: int
    before: str
    after: str

    def apply(self, source: bytes) -> bytes:
        return source[: self.start] + f"({self.after})".encode() + source[self.stop :]


def _compiled(node: ast.FunctionDef) -> bool:
    return any(word in ast.unparse(item) for item in node.decorator_list for word in ("jit", "kernel"))


def mutable(node: ast.AST, *, kernels: bool = False) -> Iterator[ast.expr]:
    """Yield the expressions that may change: no annotations, decorators, messages, patterns; kernels where asked."""
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.pattern):
        return
    if isinstance(node, ast.FunctionDef):
        if node.name in TEXTS or (_compiled(node) and not kernels):
            return
        defaults = (item for item in (*node.args.defaults, *node.args.kw_defaults) if item is not None)
        children: Iterator[ast.AST] = iter((*defaults, *node.body))
    elif isinstance(node, ast.AnnAssign):
        children = iter(() if node.value is None else (node.value,))
    elif isinstance(node, ast.ClassDef):
        children = iter(node.body)
    else:
        children = ast.iter_child_nodes(node)
    if isinstance(node, ast.expr):
        yield node
    for child in children:
        yield from mutable(child, kernels=kernels)


def changes(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what stands in the place of an expression: each one a mutant."""
    match node:
        case ast.Compare(ops=[operator]):
            for other in COMPARISONS.get(type(operator), ()):
                yield ast.Compare(node.left, [other()], node.comparators)
        case ast.BinOp():
            if type(node.op) in OPERATORS:
                yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
            if isinstance(node.op, ast.Add | ast.Sub):
                yield node.left
                yield node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            yield from (ast.Constant(new) for new in (2 * value, value + 1, 0) if new != value)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            yield node.operand
        case ast.Call(func=ast.Name(id="abs") | ast.Attribute(attr="abs"), args=[argument]):
            yield argument
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in EXTREMES:
            other = copy.deepcopy(node)
            if isinstance(other.func, ast.Name):
                other.func.id = EXTREMES[name]
            elif isinstance(other.func, ast.Attribute):
                other.func.attr = EXTREMES[name]
            yield other


def mutants(source: bytes, *, kernels: bool = False) -> list[Mutant]:
    """Return every mutant of a module's text, in the order of the text; those of compiled functions where asked."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node in mutable(ast.parse(source), kernels=kernels):
        start = starts[node.lineno - 1] + node.col_offset
        stop = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        for new in changes(node):
            found.append(Mutant(node.lineno, start, stop, ast.unparse(node), ast.unparse(new)))
    return sorted(found, key=lambda item: (item.start, item.stop, item.after))


def chosen(source: bytes, count: int, seed: int, *, kernels: bool = False) -> list[Mutant]:
    """Return ``count`` of a module's mutants, drawn without replacement from the seed."""
    every = mutants(source, kernels=kernels)
    drawn = random.Random(seed).sample(every, min(count, len(every)))
    return sorted(drawn, key=lambda item: (item.start, item.after))
