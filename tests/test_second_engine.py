"""The inequalities of the proofs by a second engine: z3 proves each again, or the reason why not is listed."""

import pytest
from sympy import Symbol, log, symbols

from derivations.frame.catalogue import MODULES, derive
from derivations.frame.certificates import Known
from derivations.frame.record import Status

pytest.importorskip("z3", reason="the second engine is in the extra dev: pip install 'gausscollapse[dev]'")

from tests.second_engine import Answer, answer, ask
from tests.test_derivations import cases

# Convex functions that touch zero: of a logarithm or an exponential z3 knows nothing.
OPAQUE = {
    ("gaussian-kl", 4): "r - 1 - log r",
    ("prop-3.1", 1): "r log r - r + 1",
    ("girsanov-forward", 1): "r log r - r + 1",
    ("dv", 1): "r log r - r + 1",
    ("hcr", 5): "exp(s) - 1 - s",
    ("regimes", 2): "x^(1+m) - 1 - (1+m)(x-1)",
    ("gradient-kl", 10): "exp(2) > 3",
    ("annealed", 3): "exp(-x) - 1 + x",
    ("budget", 1): "r log r - r + 1",
    ("kl-step", 2): "r log r - r + 1",
    ("remainder", 4): "Psi, of exp",
    ("three-halves", 3): "the trapezoid of exp",
    ("start", 7): "z - 1 - log z",
    ("allocation", 5): "the root of 2",
    ("collapse-rate", 6): "the trapezoid of 1/x",
    ("collapse-rate", 8): "the corrected trapezoid of 1/x",
    ("stopping", 8): "exp(x) - 1 - x",
    ("stopping", 9): "exp(x) - 1 - x",
    ("collapse-rate", 9): "r - 1 - log r",
    ("three-halves", 4): "the trapezoid of exp",
    ("three-halves", 10): "exp(h) - 1 - h",
    ("three-halves", 11): "exp(4) exp(h)",
}
# Steps of which z3 finds no answer within its effort, each with the reason.
UNANSWERED: dict[tuple[str, int], str] = {}


def answers(name: str) -> dict[tuple[str, int], Answer]:
    """Return what z3 says of each inequality of a proof."""
    found = ((number, answer(step)) for number, step in enumerate(derive(name).steps, 1))
    return {(name, number): said for number, said in found if said is not None}


# z3 takes seconds for its steps, SymPy does not.
LONG = "three-halves"


@pytest.mark.parametrize(
    "name",
    [*cases([(name,) for name in MODULES if name != LONG]), pytest.param(LONG, marks=pytest.mark.slow)],
)
def test_every_inequality_is_proved_again(name: str) -> None:
    for key, said in answers(name).items():
        wanted = Answer.OPAQUE if key in OPAQUE else Answer.TIMEOUT if key in UNANSWERED else Answer.PROVED
        assert said is wanted, key


@pytest.mark.slow
def test_three_quarters_are_proved_and_none_is_passed_over() -> None:
    every = [step for name in MODULES for step in derive(name).steps if step.shows is not None]
    said = [found for name in MODULES for found in answers(name).values()]
    assert len(said) == len(every)
    assert said.count(Answer.PROVED) >= 0.75 * len(said) > 0
    assert set(OPAQUE) | set(UNANSWERED) <= {key for name in MODULES for key in answers(name)}


@pytest.mark.parametrize("name", ["innovation", "coherent", "prop-4.1", "discounted", "range", "prop-3.3"])
def test_one_more_is_refuted(name: str) -> None:
    """The same steps with one taken off what they show: z3 finds a point."""
    spoilt = 0
    for step in derive(name).steps:
        if step.shows is not None and step.sides[1:]:
            claim = step.shows.expression - 1
            assert ask(Known(claim, False, "spoilt"), step.given) is Answer.REFUTED, step.text
            spoilt += 1
    assert spoilt


x, y = symbols("x y", real=True)
u = Symbol("u", nonnegative=True)


def test_a_false_inequality_is_refuted_and_a_false_hypothesis_is_seen() -> None:
    assert ask(Known(x**2 - x * y + y**2, False, "")) is Answer.PROVED
    assert ask(Known(x**2 - 3 * x * y + y**2, False, "")) is Answer.REFUTED
    assert ask(Known(x**2, True, "")) is Answer.REFUTED
    assert ask(Known(x, False, ""), [Known(x - 1, False, "")]) is Answer.PROVED
    assert ask(Known(x, False, ""), [Known(x - 1, False, ""), Known(-x, False, "")]) is Answer.INCONSISTENT
    assert ask(Known(log(u), False, "")) is Answer.OPAQUE


def test_a_division_by_what_may_be_zero_is_no_proof() -> None:
    """Of old regimes divided by 1 - k without k < 1."""
    assert ask(Known(1 / (1 - u) - 1 / (1 - u) + u / (1 + u), False, "")) is Answer.PROVED
    gap = (u * (1 - u)) / (1 - u)
    assert ask(Known(gap, False, "")) is Answer.PROVED
    unsimplified = x**2 / (1 - u) ** 2
    assert ask(Known(unsimplified, False, "")) is Answer.REFUTED
    assert ask(Known(unsimplified, False, ""), [Known(1 - u, True, "")]) is Answer.PROVED


def test_no_step_is_less_than_proved() -> None:
    assert all(step.status is Status.PROVED for step in derive("regimes").steps)
