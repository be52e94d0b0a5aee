"""The formal core: its table against the registry, Coq's own list of axioms, and statements that must fail."""

import os
import re
import shutil

import pytest

import gausscollapse as gc
from formal.coq import (
    CHAPTERS,
    SOURCES,
    CoqError,
    assumptions,
    compile_all,
    compile_chapter,
    copied,
    escapes,
    parsed,
    required,
    unexpected,
)
from formal.index import BEYOND, FORMAL, names

# The gate sets it: there a missing Coq is a failure.
needs_coq = pytest.mark.skipif(
    shutil.which("coqc") is None and "GATE" not in os.environ, reason="coqc is not installed (formal/README.md)"
)
NOT_REACHED = {
    *("slack", "gradient-kl", "realizable"),
    *("remainder", "three-halves", "w2-energy"),
}


def test_every_theorem_of_the_registry_is_formal_or_named_as_not_reached():
    assert set(FORMAL) | NOT_REACHED == set(gc.theorems.registry)
    assert not set(FORMAL) & NOT_REACHED
    assert not set(BEYOND) & set(FORMAL)


@pytest.mark.parametrize("name", names())
def test_every_name_of_the_table_is_a_theorem_of_its_file(name):
    chapter, theorem = name.split(".")
    source = (SOURCES / f"{chapter}.v").read_text(encoding="utf-8")
    assert re.search(rf"^(Theorem|Lemma|Corollary) {theorem}\b", source, re.MULTILINE)


def test_no_source_leaves_a_proof_out():
    assert {path.stem for path in SOURCES.glob("*.v")} == set(CHAPTERS)
    for name in CHAPTERS:
        assert escapes((SOURCES / f"{name}.v").read_text(encoding="utf-8")) == []
    # The controls: such words are found, but not in comments.
    assert escapes("Lemma a : False. Admitted. (* an Axiom *)") == ["Admitted"]
    assert escapes("Axiom everything : False.") == ["Axiom"]


def test_axioms_are_read_from_what_coq_prints():
    first = "Axioms:\nA.one : Prop\nB.two\n  : forall x : nat,\n    x = x\n"
    output = first + "Closed under the global context\nAxioms:\nC.c : R"
    assert parsed(output) == [{"A.one", "B.two"}, frozenset(), {"C.c"}]
    assert unexpected("Atoms.dv", frozenset({"Classical_Prop.classic", "Atoms.cheat", "Uint63.sub_spec"})) == {
        "Atoms.cheat",
        "Uint63.sub_spec",
    }
    assert unexpected("Numbers.kl", frozenset({"Uint63.sub_spec"})) == frozenset()


def test_the_numbers_that_coq_encloses_are_those_of_the_package():
    source = (SOURCES / "Numbers.v").read_text(encoding="utf-8")
    displacement, kl = (float(text) for text in re.findall(r"- (\d\.\d{12,})\) <= 1e-14", source))
    process = gc.ReverseProcess(
        gc.Gaussian(0.0, 2.5), gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.1), gc.AffineError(0.0, 0.7)
    )
    answer = process.kl()
    assert answer.contains(kl)
    assert answer.width < 1e-9
    moved = process.endpoint().mean[0] - process.ideal_endpoint().mean[0]
    assert moved == pytest.approx(displacement, abs=1e-9)
    assert process.learned_energy().contains(0.49 * 1.9)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    folder = copied(tmp_path_factory.mktemp("coq"))
    assert [chapter.name for chapter in compile_all(folder)] == list(CHAPTERS)
    return folder


def test_what_a_chapter_requires_comes_before_it():
    for number, name in enumerate(CHAPTERS):
        assert set(required(SOURCES, name)) <= set(CHAPTERS[:number])
    assert required(SOURCES, "Beyond") == ["Sums", "InnerProduct", "Retraining", "LongRun"]


@needs_coq
@pytest.mark.slow
def test_coq_accepts_every_chapter_on_the_axioms_of_the_reals_alone(compiled):
    rests = assumptions(compiled, names())
    assert set(rests) == set(names())
    assert {name: found for name, axioms in rests.items() if (found := unexpected(name, axioms))} == {}
    # What is printed is what is there: analysis needs the reals.
    assert "ClassicalDedekindReals.sig_forall_dec" in rests["LongRun.range_upper"]


@needs_coq
@pytest.mark.slow
def test_an_axiom_is_found(tmp_path):
    copied(tmp_path)
    source = (tmp_path / "Sums.v").read_text(encoding="utf-8")
    proof = "Proof. induction n as [|n IH]; cbn; [reflexivity|rewrite IH; ring]. Qed."
    theorem = "Lemma total_zero n : total n (fun _ => 0) = 0.\n"
    assert theorem + proof in source
    cheat = source.replace(theorem + proof, "Axiom cheat : False.\n" + theorem + "Proof. destruct cheat. Qed.")
    (tmp_path / "Sums.v").write_text(cheat, encoding="utf-8")
    compile_chapter(tmp_path, "Sums")
    rests = assumptions(tmp_path, ["Sums.total_zero", "Sums.total_plus"])
    assert unexpected("Sums.total_zero", rests["Sums.total_zero"]) == {"Sums.cheat"}
    assert unexpected("Sums.total_plus", rests["Sums.total_plus"]) == frozenset()


# A constant, a sign, an exponent or an order of each statement changed: none may compile.
MUTATIONS = [
    ("Retraining", "k i ^ 2 * D i.\nProof. unfold D. rewrite inner_times", "^ 2", "^ 3"),
    ("Retraining", "+ 2 * kept k n * carried k", "2", "3"),
    ("Retraining", "D n = carried (fun i => k i ^ 2) J n +", "^ 2", "^ 1"),
    ("Retraining", ">= J i / 2.", "2", "1"),
    ("Retraining", "D n <= (1 + / theta) * carried", "(1 +", "(1 / 2 +"),
    ("Retraining", "total n J <= (1 + share) ^ 2 *", "^ 2", "^ 1"),
    ("Retraining", "D n <= most / (1 - share) ^ 2.", "^ 2", "^ 1"),
    ("Retraining", "c * (exp x - 1) <= exp (c * x) - 1.", "(exp x - 1)", "(exp x + 1)"),
    ("LongRun", "Rbar_le (least / (1 + k) ^ 2) (LimSup_seq drift).", "^ 2", "^ 1"),
    ("LongRun", "Rbar_le (LimSup_seq drift) (most / (1 - k) ^ 2).", "^ 2", "^ 1"),
    ("LongRun", "Rbar_le (alpha * eta * e / (16 * (1 + k ^ 2)))", "16", "8"),
    ("OneGeneration", "Theorem prop_3_3 : eta * E / 4", "E / 4", "E / 2"),
    ("OneGeneration", "chi2 excess <= 4 * E +", "4", "3"),
    ("OneGeneration", "<= sqrt (chi2_paths excess + E - 2 * El).", "- 2", "- 3"),
    ("OneGeneration", "(1 - s) / s * ((K / 8 + C) * E ^ 2) <= chi2", "/ s *", "*"),
    ("Atoms", "kl_ends learned ideal <= energy / 2.", "2", "3"),
    ("Atoms", "innovation_energy >= alpha * intra.", "alpha", "2 * alpha"),
    ("Offset", "displacement ^ 2 / (2 * S t0) <= energy / 2.", "energy / 2", "energy / 4"),
    ("EarlyStopping", "(((1 - alpha) * exp (- t0 / 2)) ^ i) ^ 2 *", "t0 / 2", "t0"),
    ("Swirl", "is_derive (fun y => q x y * swirl_y x y) y (- a).", "(- a)", "a"),
    ("Beyond", "inner (xi n) z + total n (fun j => inner (xi j) z / INR (j + 2)).", "j + 2", "j + 1"),
    ("Beyond", "is_lim_seq (D H r) (J0 * (1 + k * c)", "(1 + k", "(1 - k"),
    ("Norms", "Rabs (D n - Q n) <= s n ^ 2 - Q n.", "s n ^ 2", "s n ^ 2 / 2"),
    ("Norms", "(fun i => - (1 - g i)) n + kept", "(1 - g i)", "(1 + g i)"),
    ("Norms", "1 + r n = kept g n * (1 + r 0%nat).", "(1 + r", "(2 + r"),
    ("Workflows", "+ 2 * c n * total n (fun i => G n i * inner (xi i) (r 0%nat))", "2 *", "3 *"),
    ("Workflows", "= total n (fun i => total n (fun j => G n i * G n j *", "G n j", "G n i"),
    ("Workflows", "norm _ (r n) <= total n (fun i => G n i * norm _ (xi i)) +", "<= total", "<= 1 / 2 * total"),
    ("Workflows", "total n (fun i => G n i ^ 2 * inner (xi i) (xi i)) + c n ^ 2", "G n i ^ 2", "G n i ^ 3"),
    ("Spectrum", "is_lim_seq (D H r) ((g 0%nat + 2 * k * s)", "2 * k", "k"),
    ("Spectrum", "is_lim_seq (D H r) (total count (fun j => e j * /", "e j", "2 * e j"),
    ("Spectrum", "Theorem spectral_least : J / (1 - 2", "1 - 2", "1 - 3"),
    ("Spectrum", "<= J * (1 + 2 * k * c + k ^ 2) / (1 - k ^ 2) ^ 2.", "1 + 2", "1 - 2"),
    ("Entropy", "kl n new p <= (1 + / u) * kl n new trained + renyi u.", "(1 + / u)", "(/ u)"),
    ("Entropy", "kl n mixed p <= (1 - alpha) * kl", "(1 - alpha)", "(1 - alpha) ^ 2"),
    ("Entropy", "kl n p mixed <= ln (/ alpha).", "/ alpha", "alpha"),
    ("Entropy", "hellinger2 mixed p <= (1 - alpha) * hellinger2", "(1 - alpha)", "(1 - alpha) ^ 2"),
    ("Clock", "(fun u => beta u * f (clock u)) a b", "beta u *", "beta u ^ 2 *"),
    ("Clock", "(low + rise * u).", "rise * u", "2 * rise * u"),
]


@needs_coq
@pytest.mark.slow
@pytest.mark.parametrize(
    ("chapter", "line", "true", "false"), MUTATIONS, ids=[f"{m[0]}-{n}" for n, m in enumerate(MUTATIONS)]
)
def test_a_mutated_statement_does_not_compile(compiled, tmp_path, chapter, line, true, false):
    for path in compiled.iterdir():
        shutil.copy(path, tmp_path)
    source = (SOURCES / f"{chapter}.v").read_text(encoding="utf-8")
    assert source.count(line) == 1
    (tmp_path / f"{chapter}.v").write_text(source.replace(line, line.replace(true, false)), encoding="utf-8")
    with pytest.raises(CoqError, match=rf"{chapter}\.v"):
        compile_chapter(tmp_path, chapter)
