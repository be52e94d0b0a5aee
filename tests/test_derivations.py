"""The proofs run, can fail, and their closed forms agree with independent numbers."""

import ast
import inspect
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from sympy import Rational, S, Symbol, atan, cos, exp, log, pi, sqrt, symbols

import derivations
import gausscollapse as gc
from derivations.__main__ import main
from derivations.frame import catalogue
from derivations.frame.catalogue import LEMMAS, MODULES, READING_ORDER, UnknownDerivationError, derive, module, status
from derivations.frame.certificates import Known, Sign, sign
from derivations.frame.proof import (
    InconsistentError,
    Proof,
    TrivialStepError,
    UnknownPremiseError,
    UnprovedResultError,
)
from derivations.frame.record import Derivation, Status, weakest
from derivations.frame.tools import gaussian_integral
from derivations.frame.writers import latex_document, markdown, readable, text
from tests.derivations_oracles import CASES

# Proofs that take seconds each: the slow set runs them, with everything that needs all proofs.
HEAVY = {
    "gaussian-chi2",
    "gaussian-renyi",
    "gaussian-integral",
    "gaussian-kl",
    "dv",
    "ornstein-uhlenbeck",
    "sharp",
    "hodge",
    "propagator",
    "observability",
    "riccati",
}


def cases(rows):
    """Return parameters, those of heavy proofs marked slow."""
    return [pytest.param(*row, marks=[pytest.mark.slow] if row[0] in HEAVY else []) for row in rows]


PLANTS = [(name, coefficient) for name in MODULES for coefficient in module(name).wrong]


@pytest.mark.parametrize("name", cases([(name,) for name in MODULES]))
def test_nothing_fails_and_every_conclusion_is_proved(name: str) -> None:
    derivation = derive(name)
    assert derivation.name == name
    assert derivation.lemma == (name in LEMMAS) == (not derivation.conclusions)
    assert derivation.status is not Status.FAILED, [step for step in derivation.steps if step.status is Status.FAILED]
    assert derivation.steps[-1].status is Status.PROVED
    assert all(step.status is Status.PROVED for step in derivation.conclusions)
    assert derivation.results
    for step in derivation.steps:
        assert step.latex
        assert step.identity
        assert step.evidence


@pytest.mark.slow
def test_at_least_four_fifths_of_the_steps_are_proved() -> None:
    steps = [step for name in MODULES for step in derive(name).steps]
    assert sum(step.status is Status.PROVED for step in steps) >= 0.8 * len(steps)


def uncited(derivation: Derivation) -> set[str]:
    """Return the proofs with a dash in their names that a step mentions and the proof does not cite."""
    said = " ".join(f"{step.text} {step.identity}" for step in derivation.steps)
    mentioned = {
        name for name in MODULES if "-" in name and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", said)
    }
    return mentioned - {derivation.name, *derivation.cites}


@pytest.mark.parametrize("name", cases([(name,) for name in MODULES]))
def test_what_is_used_is_cited_and_comes_before(name: str) -> None:
    derivation = derive(name)
    assert not uncited(derivation)
    names = list(MODULES)
    assert all(names.index(cited) < names.index(name) for cited in derivation.cites)


def test_a_mention_without_a_citation_is_found() -> None:
    assert uncited(replace(derive("prop-4.1"), cites=("innovation",))) == {"prop-3.3"}


def test_the_status_of_a_proof_is_the_weakest_of_all_that_it_cites(monkeypatch) -> None:
    assert status("prop-4.1") is Status.PROVED
    planted = module("prop-3.3").derive(eighth=module("prop-3.3").wrong["eighth"])
    true = catalogue.derive
    monkeypatch.setattr(catalogue, "derive", lambda name: planted if name == "prop-3.3" else true(name))
    assert status("innovation") is Status.PROVED
    assert status("prop-4.1") is Status.FAILED
    assert weakest([Status.SPOT_CHECKED, Status.PROVED]) is Status.SPOT_CHECKED


@pytest.mark.parametrize("name", MODULES)
def test_every_coefficient_has_a_planted_error(name: str) -> None:
    signature = inspect.signature(module(name).derive)
    assert set(module(name).wrong) == set(signature.parameters)
    for coefficient, value in module(name).wrong.items():
        assert value != signature.parameters[coefficient].default


def fails(name: str, argument: str, value: Rational) -> bool:
    """Whether a proof with a wrong coefficient fails: a step is false, or a result is none of its sides any more."""
    try:
        return module(name).derive(**{argument: value}).status is Status.FAILED
    except UnprovedResultError:
        return True


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.parametrize(("name", "coefficient"), PLANTS)
def test_a_planted_coefficient_is_found(name: str, coefficient: str) -> None:
    assert fails(name, coefficient, module(name).wrong[coefficient])


@pytest.mark.parametrize(
    ("name", "result", "values", "oracle", "tolerance"), cases(CASES), ids=[f"{c[0]}-{c[1]}" for c in CASES]
)
def test_closed_forms_against_independent_numbers(name, result, values, oracle, tolerance) -> None:
    assert derive(name).results[result].value(**values) == pytest.approx(oracle(), rel=tolerance, abs=tolerance)


@pytest.mark.slow
def test_every_result_is_held_against_something() -> None:
    assert {case[:2] for case in CASES} == {(name, result) for name in MODULES for result in derive(name).results}


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_the_proofs_do_not_import_the_program() -> None:
    folder = Path(derivations.__file__).parent
    files = sorted(folder.rglob("*.py"))
    assert {path.stem for path in files} >= {re.sub(r"\W", "_", name) for name in MODULES}
    for path in files:
        assert not any(name.split(".")[0] == "gausscollapse" for name in imported(path)), path


x, a, b = symbols("x a b", real=True)
t = Symbol("t", positive=True)


def one(write) -> tuple[Status, str]:
    proof = Proof("example", "Example", "none", lemma=True)
    write(proof)
    step = proof.finish().steps[-1]
    return step.status, step.evidence


def test_an_equality_is_proved_refuted_or_spot_checked() -> None:
    assert one(lambda p: p.equal("", (a + b) ** 2, a**2 + 2 * a * b + b**2, by=""))[0] is Status.PROVED
    status, evidence = one(lambda p: p.equal("", (a + b) ** 2, a**2 + b**2, by=""))
    assert status is Status.FAILED
    assert "a = " in evidence
    status, evidence = one(lambda p: p.equal("", atan(t) + atan(1 / t), pi / 2, by=""))
    assert status in {Status.PROVED, Status.SPOT_CHECKED}


def test_an_uncertified_inequality_is_only_spot_checked() -> None:
    status, evidence = one(lambda p: p.at_least("", x**4 + 1, x, by="", terms=[x**4 - x + 1]))
    assert status is Status.SPOT_CHECKED
    assert "exact rational points" in evidence


def test_a_false_inequality_and_a_wrong_certificate_fail() -> None:
    assert one(lambda p: p.at_least("", a**2 + b**2, 3 * a * b, by="", terms=[(a - b) ** 2]))[0] is Status.FAILED
    assert one(lambda p: p.at_least("", a**2 + b**2, 2 * a * b, by="", terms=[(a + b) ** 2]))[0] is Status.FAILED
    assert one(lambda p: p.at_least("", a**2 + b**2, 2 * a * b, by="", terms=[(a - b) ** 2]))[0] is Status.PROVED


def test_minima_positivity_and_difference() -> None:
    assert one(lambda p: p.convex_minimum("", exp(x) - 1 - x, x, 0, by=""))[0] is Status.PROVED
    assert one(lambda p: p.convex_minimum("", cos(x) - 1, x, 0, by=""))[0] is Status.FAILED
    # Touches zero at 0 and is convex there, but 0 is not in the domain of a positive variable.
    assert one(lambda p: p.convex_minimum("", exp(t) - 1 - t, t, 0, by=""))[0] is Status.FAILED
    assert one(lambda p: p.convex_minimum("", t - 1 - log(t), t, 1, by=""))[0] is Status.PROVED
    assert one(lambda p: p.convex_minimum("", exp(x) - 1 - 2 * x, x, 0, by=""))[0] is Status.FAILED
    assert one(lambda p: p.positive("", S(2) - exp(1), by=""))[0] is Status.FAILED
    assert one(lambda p: p.differ("", a + b, a - b, {a: S.One, b: S.Zero}, by=""))[0] is Status.FAILED
    assert one(lambda p: p.differ("", a + b, a - b, {a: S.One, b: S.One}, by=""))[0] is Status.PROVED


def test_comparing_an_expression_with_itself_is_refused() -> None:
    with pytest.raises(TrivialStepError, match="itself"):
        one(lambda p: p.equal("", a + b, b + a, by=""))
    with pytest.raises(TrivialStepError, match="itself"):
        one(lambda p: p.at_least("", a + b, b + a, by="", terms=[]))


def test_a_step_uses_only_what_its_proof_supposed_or_showed() -> None:
    """Of old ``at_least(0, 1, terms=[-1], given=[-1])`` was proved."""
    proof, other = Proof("example", "Example", "none", lemma=True), Proof("other", "Other", "none", lemma=True)
    for foreign in (Known(S.NegativeOne, False, "made up"), other.suppose("x >= 0", x)):
        with pytest.raises(UnknownPremiseError, match="has not supposed or shown"):
            proof.at_least("", S.Zero, S.One, by="", terms=[S.NegativeOne], given=[foreign])
    with pytest.raises(InconsistentError, match="no point"):
        proof.suppose("-1 >= 0", S.NegativeOne)
    proof.suppose("x >= 1", x - 1)
    with pytest.raises(InconsistentError, match="no point"):
        proof.suppose("x < 1", 1 - x, strict=True)
    proof.at_least("", x**2, x, by="", terms=[x * (x - 1)], given=proof.supposed)
    assert proof.steps[-1].status is not Status.PROVED
    positive = proof.suppose("x >= 0", x)
    gap = proof.at_least("", x**2, x, by="", terms=[x * (x - 1)], given=[proof.supposed[0], positive])
    assert proof.steps[-1].status is Status.PROVED
    assert gap.expression == x**2 - x
    # A step that failed shows nothing.
    false = proof.at_least("", x, x + 1, by="", terms=[S.NegativeOne])
    with pytest.raises(UnknownPremiseError):
        proof.at_least("", x, x + 1, by="", terms=[S.NegativeOne], given=[false])


def test_nothing_is_divided_by_what_may_be_zero() -> None:
    """1/x has no sign where x >= 0 is all that is known."""
    proof = Proof("example", "Example", "none", lemma=True)
    weak, strong = proof.suppose("a >= 0", a), proof.suppose("b > 0", b, strict=True)
    for known, wanted in ((weak, False), (strong, True)):
        symbol = known.expression
        proof.at_least("", 1 + 1 / symbol, 1, by="", terms=[1 / symbol], given=[known])
        assert (proof.steps[-1].status is Status.PROVED) == wanted
    u = Symbol("u", nonnegative=True)
    assert sign(1 / u) is Sign.UNKNOWN
    assert sign(u) is Sign.NONNEGATIVE
    assert sign(1 / (1 + u)) is Sign.POSITIVE


def test_what_is_known_in_general_is_known_of_expressions_of_the_same_sign() -> None:
    proof = Proof("example", "Example", "none", lemma=True)
    phi = proof.convex_minimum("", t - 1 - log(t), t, 1, by="")
    special = proof.instance(phi, {t: 1 + t**2})
    proof.at_least("", t**2, log(1 + t**2), by="", terms=[special.expression], given=[special])
    assert proof.steps[-1].status is Status.PROVED
    with pytest.raises(UnknownPremiseError, match="sign"):
        proof.instance(phi, {t: x})


def test_an_interval_is_covered_or_the_sign_is_not_known() -> None:
    z = Symbol("z", real=True)
    proof = Proof("made-up", "", "")
    proof.positive_between("above", exp(z) - z - Rational(9, 10), z, Rational(-2), Rational(2), by="")
    proof.positive_between(
        "below in the middle", exp(z) - z - Rational(101, 100), z, Rational(-2), Rational(2), by=""
    )
    proof.positive_between("touches 0", exp(z) - z - 1, z, Rational(-2), Rational(2), by="")
    assert [step.status for step in proof.steps] == [Status.PROVED, Status.FAILED, Status.FAILED]
    assert "negative about z" in proof.steps[1].evidence
    assert "no sign about z" in proof.steps[2].evidence


def test_a_sign_is_that_of_a_ball() -> None:
    """10^-30 above and below exp(1); pi to 40 digits is not pi."""
    near = Rational(2718281828459045235360287471352, 10**30)
    assert sign(exp(1) - near) is Sign.POSITIVE
    assert sign(near - exp(1)) is Sign.UNKNOWN
    assert sign(exp(log(2)) - 2 + 0 * pi) is not Sign.UNKNOWN
    assert sign(sqrt(2) - Rational(14142135623730950488, 10**19)) is Sign.POSITIVE


def test_a_result_is_a_side_of_a_step() -> None:
    proof = Proof("example", "Example", "none", lemma=True)
    proof.equal("", (a + b) ** 2, a**2 + 2 * a * b + b**2, by="")
    proof.result("square", a**2 + 2 * a * b + b**2, {a: "one", b: "other"})
    proof.result("renamed", (x + b) ** 2, {x: "one", b: "other"}, where={x: a})
    with pytest.raises(UnprovedResultError, match="no side"):
        proof.result("wrong", a**2 + 3 * a * b + b**2, {a: "one", b: "other"})


def test_gaussian_integrals_are_of_quadratics_that_decay() -> None:
    assert gaussian_integral(-(x**2) / 2, x) == sqrt(2 * pi)
    with pytest.raises(ValueError, match="degree 4"):
        gaussian_integral(-(x**4), x)
    with pytest.raises(ValueError, match="decay"):
        gaussian_integral(x**2 / 2, x)
    with pytest.raises(ValueError, match="decay"):
        gaussian_integral(-a * x**2, x)


def test_an_unfinished_proof_is_refused() -> None:
    with pytest.raises(ValueError, match="no step concludes"):
        Proof("example", "Example", "none").finish()
    lemma = Proof("example", "Example", "none", lemma=True)
    lemma.positive("", S.One, by="", concludes=True)
    with pytest.raises(ValueError, match="a lemma, and a step concludes"):
        lemma.finish()
    with pytest.raises(ValueError, match="unexplained"):
        Proof("example", "Example", "none").result("r", a + b, {a: "known"})


def test_values_are_checked() -> None:
    with pytest.raises(ValueError, match="symbols are"):
        derive("refresh").results["refreshed"].value(alpha=0.3)


def test_an_unknown_name_lists_the_known_ones(capsys) -> None:
    with pytest.raises(UnknownDerivationError, match="gaussian-kl"):
        derive("nonsense")
    assert main(["nonsense"]) == 2
    message = " ".join(capsys.readouterr().err.split())
    assert all(name in message for name in MODULES)


def test_the_command_writes_prints_and_exits_zero(tmp_path, capsys) -> None:
    assert main(["refresh", "--latex", str(tmp_path / "tex"), "--markdown", str(tmp_path / "md")]) == 0
    assert "PROVED" in capsys.readouterr().out
    assert r"\section*" in (tmp_path / "tex" / "refresh.tex").read_text()
    assert "**Step 1.**" in (tmp_path / "md" / "refresh.md").read_text()


def test_the_table_and_the_exit_status_of_a_failure(monkeypatch, capsys) -> None:
    monkeypatch.setattr("derivations.__main__.MODULES", ("refresh", "innovation"))
    assert main([]) == 0
    assert "100 % proved" in capsys.readouterr().out

    def planted(name: str) -> Derivation:
        wrong = module(name).wrong
        return module(name).derive(**wrong)

    monkeypatch.setattr("derivations.__main__.derive", planted)
    assert main([]) == 1
    assert "FAILED refresh step 2" in capsys.readouterr().out


@pytest.mark.slow
def test_documents_have_every_step() -> None:
    for name in MODULES:
        derivation = derive(name)
        for render in (text, markdown, latex_document):
            page = render(derivation)
            formulas = [formula for step in derivation.steps for formula in (step.latex, step.reads)]
            shown = [readable(formula) for formula in formulas] if render is text else formulas
            assert all(formula in page for formula in shown)
            assert all(formula.count("{") == formula.count("}") for formula in formulas)
            assert all(formula.count(r"\left") == formula.count(r"\right") for formula in formulas)
            assert page.count("PROVED") >= derivation.count(Status.PROVED)


def test_the_reading_order_names_proofs_that_exist_and_others_come_after() -> None:
    assert len(set(READING_ORDER)) == len(READING_ORDER)
    assert list(MODULES)[: len(READING_ORDER)] == list(READING_ORDER)


def test_a_file_that_is_not_named_after_its_proof_is_refused(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "misnamed"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "prop_9_9.py").write_text('name = "prop-9.8"\n')
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match=r"prop_9_9\.py must declare"):
        catalogue.proofs_of(import_module("misnamed"))


@pytest.mark.parametrize("name", catalogue.THEOREMS)
def test_every_theorem_says_for_what_it_is_proved(name: str) -> None:
    found = module(name)
    assert found.scope
    assert isinstance(found.taken, str)


def test_the_list_the_book_and_a_page_carry_the_scope(monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setattr("derivations.__main__.MODULES", ("refresh", "limit"))
    assert main(["--list", "--book", str(tmp_path / "book.md")]) == 0
    shown = capsys.readouterr().out
    assert "integrability" in shown
    assert "the half about KL" in " ".join(shown.split())
    page = (tmp_path / "book.md").read_text()
    assert "Scope: any densities, pointwise; integrated on three atoms." in page
    assert "Formal in Coq (Retraining.refresh)" in page
    assert main(["limit"]) == 0
    text_page = capsys.readouterr().out
    assert "Taken from analysis: uniform integrability" in text_page
    assert "\\frac" not in text_page
    assert "ρ" in text_page or "δ" in text_page


def test_a_step_that_is_not_proved_makes_the_command_fail(monkeypatch, capsys) -> None:
    def spotted(name: str) -> Derivation:
        steps = derive(name).steps
        return replace(derive(name), steps=(replace(steps[0], status=Status.SPOT_CHECKED), *steps[1:]))

    monkeypatch.setattr("derivations.__main__.MODULES", ("refresh",))
    monkeypatch.setattr("derivations.__main__.derive", spotted)
    assert main([]) == 1
    assert "SPOT-CHECKED refresh step 1" in capsys.readouterr().out


# The constants of the registry and the arguments of proofs; the constants of other theorems stand in no argument.
CONSTANTS = {
    "prop-3.1": {"factor": "half"},
    "prop-3.3": {"leading": "quarter", "perturbative": "eighth"},
    "thm-3.4": {"upper": "four", "perturbative": "eighth"},
    "half": {"leading": "half", "upper": "two", "least": "least", "most": "most"},
    "three-halves": {"factor": "three_halves"},
    "girsanov-forward": {"factor": "half"},
    "slack": {"factor": "half"},
    "path-chi2": {"factor": "one"},
    "hcr": {"factor": "one"},
    "dv": {"factor": "one"},
    "gradient-kl": {"factor": "half"},
    "refresh": {"power": "power"},
    "innovation": {"half": "half"},
    "coherent": {"factor": "one"},
    "incoherent": {"power": "power"},
    "discounted": {"one": "one"},
    "early-stopping": {"rate": "one"},
    "realizable": {"factor": "half"},
}
PAIRS = [(name, constant, argument) for name, pairs in CONSTANTS.items() for constant, argument in pairs.items()]


@pytest.mark.parametrize(("name", "constant", "argument"), PAIRS)
def test_a_proof_has_the_constants_of_the_registry(name: str, constant: str, argument: str) -> None:
    default = inspect.signature(module(name).derive).parameters[argument].default
    assert float(default) == gc.theorems.registry[name].constants[constant]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "constant", "argument"), PAIRS)
def test_a_control_of_the_registry_is_refuted_by_the_proof_too(name: str, constant: str, argument: str) -> None:
    spoilt = [item.constants[constant] for item in gc.theorems.registry[name].controls if constant in item.constants]
    for value in spoilt:
        assert fails(name, argument, Rational(str(value)))
