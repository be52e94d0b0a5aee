"""The mutation benchmark of the proofs: what it changes, whom it asks; a false proof dies and a true one lives."""

import pytest

from benchmarks.mutants import Mutant
from benchmarks.mutation import ROOT
from benchmarks.mutation_proofs import explained, files, judged, module_of, readers
from benchmarks.proof_mutants import chosen, of_mathematics, of_readings

SOURCE = b"""name = "tiny"
wrong = {"half": Rational(2, 5)}
x = symbols("x1:4")[2]
total = S.Half * x**2 - 3
step(reads=r"a_{12} + \\tfrac12 x^2")
"""


def test_constants_signs_and_exponents_are_changed_and_structure_is_not() -> None:
    changes = {(item.before, item.after) for item in of_mathematics(SOURCE)}
    assert {("S.Half", "S.One"), ("2", "3"), ("3", "6"), ("S.Half * x ** 2 - 3", "S.Half * x ** 2 + 3")} <= changes
    assert {item.line for item in of_mathematics(SOURCE)} == {4}


def test_numerals_of_readings_are_changed_and_subscripts_are_not() -> None:
    found = of_readings(SOURCE)
    assert {(item.before, item.after) for item in found} == {("1", "2"), ("1", "5"), ("2", "3"), ("2", "6")}
    texts = {item.apply(SOURCE).splitlines()[-1].decode() for item in found}
    assert r'step(reads=r"a_{12} + \tfrac22 x^2")' in texts
    assert all("a_{12}" in text for text in texts)


def test_every_proof_has_mutants_and_the_same_seed_draws_the_same() -> None:
    for path in files():
        every = of_mathematics((ROOT / path).read_bytes())
        assert every
        assert chosen(every, 5, 1) == chosen(every, 5, 1)
    assert len(files()) >= 39


def test_those_are_asked_that_read_a_file() -> None:
    assert readers("derivations/prop_3_3.py") == {"derivations.prop_3_3", "derivations.thm_3_4"}
    assert {module_of(f"derivations/{name}.py") for name in ("prop_3_1", "dv")} <= readers(
        "derivations/frame/steps.py"
    )
    assert readers("derivations/refresh.py") == {"derivations.refresh"}


def test_every_explanation_is_of_a_mutant_that_exists() -> None:
    for path, reasons in explained().items():
        source = (ROOT / path).read_bytes()
        every = [*of_mathematics(source), *of_readings(source)]
        for item in reasons:
            assert any(item.meets(mutant, source) for mutant in every), (path, item)
            assert item.why


def planted(after: str) -> Mutant:
    source, before = (ROOT / "derivations/refresh.py").read_bytes(), "1 - alpha"
    start = source.index(b"keep = 1 - alpha") + len("keep = ")
    line = source.count(b"\n", 0, start) + 1
    return Mutant(line, start, start + len(before), before, after)


@pytest.mark.slow
def test_a_false_proof_dies_and_a_true_one_lives() -> None:
    path = "derivations/refresh.py"
    before = (ROOT / path).read_bytes()
    assert judged(path, planted("1 - alpha / 3"), 60.0).killed
    assert judged(path, planted("1 - 2 * alpha + alpha"), 60.0).outcome == "survived"
    assert (ROOT / path).read_bytes() == before
