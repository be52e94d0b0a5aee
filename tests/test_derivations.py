"""The proofs run, can fail, and their closed forms agree with independent numbers."""

import ast
import inspect
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from sympy import Rational

import derivations
from derivations.__main__ import main
from derivations.frame import catalogue
from derivations.frame.audit import audit_markdown, row
from derivations.frame.catalogue import LEMMAS, MODULES, READING_ORDER, UnknownDerivationError, derive, module, status
from derivations.frame.lines import displayed
from derivations.frame.proof import (
    UnprovedResultError,
)
from derivations.frame.record import Derivation, Status, weakest
from derivations.frame.writers import latex_document, markdown, readable, text
from formal.index import FORMAL
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


def meets(name, result, values, oracle, tolerance) -> bool:
    """Whether a closed form has the value of its independent number."""
    return derive(name).results[result].value(**values) == pytest.approx(oracle(), rel=tolerance, abs=tolerance)


@pytest.mark.parametrize(
    ("name", "result", "values", "oracle", "tolerance"), cases(CASES), ids=[f"{c[0]}-{c[1]}" for c in CASES]
)
def test_closed_forms_against_independent_numbers(name, result, values, oracle, tolerance) -> None:
    assert meets(name, result, values, oracle, tolerance)


@pytest.mark.slow
def test_every_result_is_held_against_something() -> None:
    from tests.bridge_numbers import BRIDGES

    held = {case[:2] for case in CASES} | {(bridge.name, bridge.result) for bridge in BRIDGES.values()}
    assert held >= {(name, result) for name in MODULES for result in derive(name).results}


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
            write = {text: readable, markdown: displayed}.get(render, str)
            shown = [write(formula) for formula in formulas]
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


def test_the_audit_is_made_of_the_labels(monkeypatch, capsys) -> None:
    """A gap is what Coq takes, or what SymPy takes where Coq has no proof, or atoms where there are densities."""
    names = ("slack", "refresh", "sharp", "hcr")
    rows = {name: row(derive(name)) for name in names}
    assert rows["slack"].gap == module("slack").taken
    assert module("slack").scope in rows["slack"].proved
    assert rows["refresh"].gap == "none"
    assert rows["sharp"].gap == FORMAL["sharp"].taken
    assert rows["hcr"].gap == "from atoms to densities"
    monkeypatch.setattr("derivations.__main__.MODULES", names)
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["--audit"]) == 0
    assert "1 of 4 theorems have no gap" in " ".join(capsys.readouterr().out.split())
    lines = audit_markdown([derive(name) for name in names])
    assert all(line.count("|") == 5 for line in lines)


def test_a_step_that_is_not_proved_makes_the_command_fail(monkeypatch, capsys) -> None:
    def spotted(name: str) -> Derivation:
        steps = derive(name).steps
        return replace(derive(name), steps=(replace(steps[0], status=Status.SPOT_CHECKED), *steps[1:]))

    monkeypatch.setattr("derivations.__main__.MODULES", ("refresh",))
    monkeypatch.setattr("derivations.__main__.derive", spotted)
    assert main([]) == 1
    assert "SPOT-CHECKED refresh step 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\le\frac{\sqrt J}{2-\alpha}", "≤ √(J)/(2-α)"),
        (r"\tfrac12 a^{2} + \tfrac{1}{16} + \tfrac h2", "1/2 a^2 + 1/16 + h/2"),
        (r"\frac{\frac{a+b}{2}}{b c} \log{\left(x_{12} \right)}", "((a+b)/2)/(b c) log(x₁₂)"),
        (r"- \frac{E^{2} K}{8} + \log\frac{p_1}{p_2}", "- E^2 K/8 + log p₁/p₂"),
    ],
)
def test_a_fraction_in_one_line_means_the_same(latex: str, shown: str) -> None:
    """Of old half was printed as 12, and a root over a difference as the root less the rest."""
    assert readable(latex) == shown
