"""How steps read in the theorem's notation: every numeral there occurs in what is checked, or in the statement."""

import re
from collections import Counter
from dataclasses import replace
from math import gcd

import pytest
from sympy import Expr, Rational, S, latex

import gausscollapse as gc
from derivations.frame.catalogue import MODULES, derive
from derivations.frame.record import Derivation, Step
from tests.test_derivations import cases

SUBSCRIPT = re.compile(r"_\{[^{}]*\}|_\w")
FRACTION = re.compile(r"\\[td]?frac\s*(?:\{(\d+)\}|(\d))\s*(?:\{(\d+)\}|(\d))")
ALONE = re.compile(r"(?:\\[lg]e|[<>=]|\\to)\s*(\d+)\s*(?=$|[,;]|\\(?:q?quad|;))")
# Readings with a numeral that stands nowhere in what is checked: proof, numeral, what it is.
EXPLAINED = {
    ("gradient-kl", "2"): "2 b x_2 is what is projected, whose gradient part is checked",
    ("gradient-kl", "3/2"): "b^2 (exp(2) - 3)/(2 exp(2)), written as a sum",
    ("range", "2"): "2 - alpha for alpha = 2/5, of which 5/8 is the inverse",
    ("regimes", "2"): "the exponent n^2 is written m + 1",
    ("thm-4.2-display", "2"): "the powers of k^2 = 1/4",
    ("finite-samples", "2"): "sigma^2 is the variance S",
    ("annealed", "2"): "k t/2 is written h",
    ("robust-ball", "2"): "the name of the distance, and a range of t",
    ("three-halves", "4"): "4 A is multiplied out in the discriminant that is checked",
    ("girsanov", "1"): "the mean is 1 where the logarithms of the integrals are equal",
    ("heavy-tails", "2"): "F^2 is written 1 + u, and F^2k is written K",
    ("propagator", "1"): "the initial value, of which the logarithm is checked",
}
# Those that stand in more than one reading, and in how many.
OFTEN = {("annealed", "2"): 2, ("three-halves", "4"): 2, ("heavy-tails", "2"): 3}

# How many readings of a proof have the numerals of what is checked, or of the statement, no one more often.
CONTAINED = {
    "gaussian-integral": 2, "gaussian-chi2": 1, "gaussian-renyi": 5, "gaussian-wasserstein": 4, "propagator": 6,
    "girsanov": 6, "path-chi2": 2, "gradient-kl": 3, "prop-3.3": 1, "thm-3.4": 1, "sharp": 3, "limit": 1,
    "hcr": 3, "observability": 5, "hodge": 8, "impossibility": 2, "refresh": 1, "filter": 3, "innovation": 1,
    "prop-4.1": 3, "coherent": 2, "incoherent": 2, "range": 5, "discounted": 2, "regimes": 6, "realizable": 3,
    "hermite": 7, "early-stopping": 3, "euler-maruyama": 4, "finite-samples": 4,
    "remainder": 5, "half": 5, "three-halves": 9, "w2-energy": 6, "lambda-slack": 4, "flow-no-energy-bound": 3,
    "start": 9, "schedule": 5, "discretisation": 2, "budget": 1, "leading": 4, "accumulate": 9, "allocation": 6,
    "annealed": 3, "appendix-4.2": 3, "kl-step": 4, "memory": 4, "mmd-filter": 3, "norm-filter": 3, "robust-ball": 3,
    "spectral": 8, "heavy-tails": 11, "collapse-rate": 9, "stopping": 6,
}  # fmt: skip


def counted(formula: str) -> Counter[Rational]:
    """Return the numbers of a formula, but those of subscripts, and how often each is there."""
    plain = SUBSCRIPT.sub(" ", formula)
    fractions = Counter(Rational(int(m[1] or m[2]), int(m[3] or m[4])) for m in FRACTION.finditer(plain))
    return fractions + Counter(Rational(number) for number in re.findall(r"\d+(?:\.\d+)?", FRACTION.sub(" ", plain)))


def numerals(formula: str) -> set[Rational]:
    """Return the numbers of a formula, but those of subscripts."""
    return set(counted(formula))


def contained(derivation: Derivation) -> int:
    """Return how many readings have no numeral more often than what is checked, or than the theorem's statement."""
    total = 0
    for step in derivation.steps:
        whole = counted(" ".join(latex(side) for side in step.sides))
        stated = counted(gc.theorems.registry[derivation.name].latex) if step.concludes else Counter()
        total += bool(step.reads) and (counted(step.reads) <= whole or counted(step.reads) <= stated)
    return total


def reducible(formula: str) -> set[str]:
    """Return the fractions of a formula that are not in lowest terms."""
    found = (tuple(int(part) for part in hit.groups() if part) for hit in FRACTION.finditer(formula))
    return {f"{above}/{below}" for above, below in found if gcd(above, below) > 1}


def alone(formula: str) -> set[Rational]:
    """Return the numbers that are all of a side."""
    return {Rational(number) for number in ALONE.findall(SUBSCRIPT.sub(" ", formula))}


def checked(sides: tuple[Expr, ...]) -> set[Rational]:
    """Return the numbers of what is checked, with numerators, denominators and inverses, and 0 and 1."""
    numbers = {abs(number) for side in sides for number in side.atoms(Rational)} - {S.Zero}
    parts = {S(part) for number in numbers for part in (number.p, number.q)}
    return numbers | parts | {1 / number for number in numbers} | {S.Zero, S.One}


def unheld(derivation: Derivation) -> Counter[tuple[str, str]]:
    """Return how many readings have a numeral that is neither in what is checked nor in the theorem's statement."""
    found: Counter[tuple[str, str]] = Counter()
    for step in derivation.steps:
        known, whole = checked(step.sides), {S.Zero, *step.sides}
        if step.concludes:
            stated = numerals(gc.theorems.registry[derivation.name].latex)
            known, whole = known | stated, whole | alone(gc.theorems.registry[derivation.name].latex)
        wrong = {str(number) for number in (numerals(step.reads) - known) | (alone(step.reads) - whole)}
        found.update((derivation.name, number) for number in wrong | reducible(step.reads))
    return found


def allowed(name: str) -> Counter[tuple[str, str]]:
    """Return the explained numerals of a proof, and in how many readings they stand."""
    return Counter({key: OFTEN.get(key, 1) for key in EXPLAINED if key[0] == name})


@pytest.mark.parametrize("name", cases([(name,) for name in MODULES]))
def test_every_numeral_of_a_reading_is_checked(name: str) -> None:
    assert unheld(derive(name)) == allowed(name)
    assert contained(derive(name)) == CONTAINED.get(name, contained(derive(name)))


def test_most_readings_are_held_with_multiplicity() -> None:
    assert set(CONTAINED) <= set(MODULES)
    assert sum(CONTAINED.values()) >= 198


def spoilt(step: Step) -> list[Step]:
    """Return the step with each numeral of its reading, but those of subscripts, changed to 7."""
    plain = SUBSCRIPT.sub(lambda hit: "_" * len(hit.group()), step.reads)
    places = [hit.span() for hit in re.finditer(r"(?<![\w])\d+|(?<=frac)\d", plain)]
    return [replace(step, reads=f"{step.reads[:i]}7{step.reads[j:]}") for i, j in places]


@pytest.mark.parametrize("name", ["prop-3.3", "innovation", "prop-4.1"])
def test_another_numeral_is_seen(name: str) -> None:
    derivation = derive(name)
    for number, step in enumerate(derivation.steps):
        for other in spoilt(step):
            steps = (*derivation.steps[:number], other, *derivation.steps[number + 1 :])
            assert unheld(replace(derivation, steps=steps)), other.reads
