"""What a proof supposes is what its words say: the inequality in the words is that of the expression."""

import inspect
import re
from unittest.mock import patch

import pytest
from sympy import Expr, simplify
from sympy.parsing.sympy_parser import (
    convert_xor,
    implicit_multiplication,
    parse_expr,
    standard_transformations,
)

from derivations.frame.catalogue import MODULES
from derivations.frame.proof import Proof
from tests.test_derivations import cases

INEQUALITY = re.compile(r"^(.+?)(<=|>=|<|>)([^<>=]+)$")
READ = (*standard_transformations, implicit_multiplication, convert_xor)


def read(words: str, expression: Expr) -> Expr | None:
    """Return what words are in the symbols of an expression; None where they are no formula of these."""
    names = {str(symbol): symbol for symbol in expression.free_symbols}
    try:
        found = parse_expr(words.strip(), local_dict=dict(names), transformations=READ)
    except Exception:  # words are no formula
        return None
    return found if isinstance(found, Expr) and found.free_symbols <= set(names.values()) else None


def told(text: str, expression: Expr) -> list[tuple[Expr, bool]]:
    """Return the gaps of the inequalities in a text, and whether they are strict."""
    found = []
    for part in re.split(r"[,:;]", text):
        hit = INEQUALITY.match(part)
        if hit is None:
            continue
        # A chain, K = ... <= ..., is read at both of its ends.
        for words in {hit[1].split(" = ")[0], hit[1].split(" = ")[-1]}:
            left, right = read(words, expression), read(hit[3], expression)
            if left is not None and right is not None:
                found.append((right - left if "<" in hit[2] else left - right, "=" not in hit[2]))
    return found


def same(gap: Expr, expression: Expr) -> bool:
    """Whether two gaps have one sign: their ratio is positive."""
    return gap != 0 and bool(simplify(expression / gap).is_positive)


def suppositions(name: str) -> list[tuple[str, Expr, bool]]:
    """Return what a proof supposes: words, expression, whether it is strict."""
    found, suppose = [], Proof.suppose

    def heard(self, text, expression, *, strict=False):
        found.append((text, expression, strict))
        return suppose(self, text, expression, strict=strict)

    with patch.object(Proof, "suppose", heard):
        MODULES[name].derive()
    return found


def says(text: str, expression: Expr, *, strict: bool) -> bool:
    """Whether the words of a supposition have its inequality."""
    return any(same(gap, expression) and sharp == strict for gap, sharp in told(text, expression))


def held(name: str) -> bool:
    """Whether all that a proof supposes is what its words say."""
    return all(
        (name, text) in COMPUTED or says(text, expression, strict=strict)
        for text, expression, strict in suppositions(name)
    )


# What is supposed of an expression that the proof has computed before, with no formula of its own.
COMPUTED = {
    ("prop-4.1", "the last drift is not negative"), ("range", "sqrt(D) is not negative"),
    ("regimes", "the next root is not negative"),
}  # fmt: skip
# Names of proofs that suppose something.
SUPPOSING = (
    "prop-3.3", "thm-3.4", "sharp", "half", "hcr", "innovation", "prop-4.1", "coherent", "range", "discounted",
    "regimes", "early-stopping", "accumulate", "allocation", "appendix-4.2", "kl-step", "memory", "mmd-filter",
    "norm-filter", "spectral", "collapse-rate",
)  # fmt: skip


def test_the_proofs_that_suppose_something_are_all_here():
    sources = {name: inspect.getsource(module) for name, module in MODULES.items()}
    assert {name for name, source in sources.items() if ".suppose(" in source} <= set(SUPPOSING)


@pytest.mark.parametrize("name", cases([(name,) for name in SUPPOSING]))
def test_the_words_of_a_supposition_are_its_expression(name):
    for text, expression, strict in suppositions(name):
        if (name, text) in COMPUTED:
            continue
        assert says(text, expression, strict=strict), (text, expression, strict)
        # The controls: another number in the expression, or another strictness, is seen.
        assert not says(text, expression - 1, strict=strict), text
        assert not says(text, expression, strict=not strict), text
