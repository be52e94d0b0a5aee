"""Theorems judged by certified statistics, and the referee: what it agrees to and what it finds out."""

from dataclasses import replace

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.app.tables import verification
from gausscollapse.checking import judge, judge_report, judge_search, verify
from gausscollapse.checking.referee import Claim
from gausscollapse.checking.ruling import Agreement, Ruling

SINGLE = [item.id for item in gc.theorems.registry.values() if item.chapter.name == "single generation"]

PROCESS = gc.ReverseProcess(
    gc.Gaussian([0.5, -0.25], [[0.8, 0.3], [0.3, 0.5]]),
    gc.OrnsteinUhlenbeck(horizon=1.5, stop=0.2),
    gc.AffineError([[0.1, -0.2], [0.15, 0.05]], [0.2, -0.1]),
)


@pytest.mark.parametrize("theorem", SINGLE)
def test_every_bound_of_one_generation_can_be_certified(theorem):
    verdict = gc.check(theorem, PROCESS, method="certified")
    assert str(verdict.outcome) == "HOLDS", verdict.reason
    assert verdict.rhs.guarantee in ("certified", "closed-form") or theorem == "limit"


# A constant offset of observability 0.81: what is nearly attained.
TIGHT = gc.ReverseProcess(
    gc.Gaussian([0, 0], np.eye(2)),
    gc.OrnsteinUhlenbeck(horizon=2.5, stop=0),
    gc.AffineError(np.zeros((2, 2)), [0.9, 0]),
)


@pytest.mark.parametrize("theorem", SINGLE)
def test_certified_statistics_can_refute(theorem):
    statement = gc.theorems.registry[theorem]
    refuted = any(
        gc.check(statement.with_constants(**control.constants), process, method="certified") == "VIOLATED"
        for control in statement.controls
        for process in (TIGHT, PROCESS)
    )
    # the controls of some bounds are false in other corners only; see test_theorems
    assert refuted or theorem in ("prop-3.3", "thm-3.4", "half", "three-halves", "w2-energy")


def test_an_assumption_that_fails_is_proved_to():
    times = gc.OrnsteinUhlenbeck(horizon=7, stop=0)
    process = gc.ReverseProcess(gc.Gaussian(0, 1), times, gc.AffineError(0.2, 0))
    verdict = gc.check("thm-3.4", process, method="certified")
    assert (str(verdict.outcome), "path chi-squared is finite" in verdict.reason) == ("NOT_APPLICABLE", True)


@pytest.mark.parametrize(
    ("theorem", "process", "method", "words"),
    [
        ("prop-3.1", PROCESS, "exact", "accepted: one of auto, certified"),
        ("realizable", PROCESS, "certified", "is not the exact score of another law"),
        (
            "prop-3.1",
            gc.ReverseProcess(
                gc.GaussianMixture([0.5, 0.5], [-1, 1], [1, 1]), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.1)
            ),
            "certified",
            "one Gaussian",
        ),
    ],
)
def test_methods_that_are_not_there(theorem, process, method, words):
    with pytest.raises(gc.GaussCollapseError, match=words):
        gc.check(theorem, process, method=method)


@pytest.mark.parametrize("theorem", ["prop-3.1", "prop-3.3", "sharp", "dv", "hcr", "girsanov-forward", "path-chi2"])
def test_the_referee_agrees(theorem):
    ruling = judge(theorem, PROCESS)
    assert (str(ruling.agreement), str(ruling.claimed)) == ("agreed", "HOLDS"), ruling.reason
    assert ruling.seconds > 0.0


@pytest.mark.parametrize(("factor", "agreement"), [(1.0, "agreed"), (1.0 + 1e-6, "disagreed"), (3.0, "disagreed")])
def test_a_planted_wrong_value_is_caught(monkeypatch, factor, agreement):
    kind = type(PROCESS.statistics)
    truth = kind.kl
    monkeypatch.setattr(kind, "kl", property(lambda self: truth.func(self) * factor))
    ruling = judge("prop-3.1", PROCESS)
    assert str(ruling.agreement) == agreement
    assert str(ruling.verdict.outcome) == "HOLDS"
    assert agreement == "agreed" or ruling.reason.startswith("KL(p^ || q) <= eps^^2/2: lhs is")


def test_a_claimed_outcome_is_judged():
    assert judge("prop-3.1", PROCESS, claimed=gc.Outcome.VIOLATED).reason == "claimed VIOLATED, certified HOLDS"
    assert str(judge("prop-3.1", PROCESS, claimed=gc.Outcome.NOT_APPLICABLE).agreement) == "disagreed"
    assert str(judge("prop-3.1", PROCESS, claimed=gc.Outcome.INCONCLUSIVE).agreement) == "agreed"


def test_what_cannot_be_certified_is_undecided():
    mixture = gc.GaussianMixture([0.5, 0.5], [-1, 1], [1, 1])
    process = gc.ReverseProcess(mixture, gc.OrnsteinUhlenbeck(horizon=1.0, stop=0.1), gc.AffineError(0, 0.1))
    ruling = judge("prop-3.1", process)
    assert (str(ruling.agreement), ruling.verdict) == ("undecided", None)
    assert ruling.to_json()["certified"] is None
    assert str(judge("realizable", PROCESS).agreement) == "undecided"


def test_every_chapter_has_certified_statistics_or_says_why_not():
    """Every theorem has a referee, or one clear line that the ruling shows, which is no general phrase."""
    without = {item.id: item.chapter for item in gc.theorems.registry.values() if item.chapter.certify is None}
    for name, chapter in without.items():
        (sample,) = chapter.draw(1, np.random.default_rng(3))[:1]
        ruling = judge(name, sample.instances[0])
        assert (str(ruling.agreement), ruling.verdict) == ("undecided", None)
        assert ruling.reason == f"no certified statistics for {chapter.name}: {chapter.uncertified}"
        assert len(chapter.uncertified) > 30
        assert "\n" not in ruling.reason


def test_the_table_says_once_why_the_referee_could_not_tell():
    (report,) = verify(gc.theorems.select(["prop-3.1"]), instances=20)
    why = "no certified statistics for it: nobody derived them"
    open_ones = [
        Ruling(subject, gc.Outcome.HOLDS, Agreement.UNDECIDED, None, why, 0.0)
        for subject in ("worst instance", "counterexample to a replaced by b", "counterexample to c replaced by d")
    ]
    other = replace(report, theorem=replace(report.theorem, id="another"), rulings=open_ones[:1])
    table = verification([replace(report, rulings=open_ones), other])
    told = [note for note in table.notes if "undecided" in note]
    assert told == [f"referee undecided, prop-3.1 (worst instance, controls); another (worst instance): {why}"]
    agreed = replace(open_ones[0], agreement=Agreement.AGREED)
    assert not [note for note in verification([replace(report, rulings=[agreed])]).notes if "undecided" in note]


def test_the_work_limit_is_no_disagreement(monkeypatch):
    from gausscollapse.core.exceptions import UndecidedError
    from gausscollapse.process.certified.certified_process import CertifiedProcess

    truth = CertifiedProcess.ball

    def stopped(self, name):
        if name == "kl":
            self.undecided["kl"] = "kl: not decided (planted)"
            raise UndecidedError(self.undecided["kl"])
        return truth(self, name)

    monkeypatch.setattr(CertifiedProcess, "ball", stopped)
    ruling = judge("prop-3.1", PROCESS)
    assert (str(ruling.agreement), ruling.reason) == ("undecided", "kl: not decided (planted)")


def test_a_report_and_a_search_are_judged():
    (report,) = verify(gc.theorems.select(["girsanov-forward"]), instances=30)
    found = [(ruling.subject, str(ruling.agreement), str(ruling.verdict.outcome)) for ruling in judge_report(report)]
    assert found == [
        ("worst instance", "agreed", "HOLDS"),
        ("counterexample to factor = 0.5 replaced by 0.25", "agreed", "VIOLATED"),
    ]
    false = gc.theorems.registry["girsanov-forward"].with_constants(factor=0.25)
    ruling = judge_search(gc.falsify(false, budget=200, stop_at_violation=True))
    assert (str(ruling.agreement), str(ruling.claimed), str(ruling.verdict.outcome)) == (
        "agreed",
        "VIOLATED",
        "VIOLATED",
    )
    assert ruling.subject == "counterexample of the search"


def test_a_report_of_wrong_floats_is_disowned_and_fails(monkeypatch):
    """The planted error is in the reverse KL alone; `verify` asks the referee, and the run is not as expected."""
    probe = gc.ReverseProcess(PROCESS.data, PROCESS.diffusion, PROCESS.error)
    kind = type(probe.statistics)
    truth = kind.reverse_kl
    (sound,) = verify(gc.theorems.select(["girsanov-forward"]), instances=30, referee=True)
    assert (sound.refereed, sound.as_expected, sound.disowned) == (True, True, [])
    with monkeypatch.context() as planted:
        planted.setattr(kind, "reverse_kl", property(lambda self: truth.func(self) * 5.0))
        (report,) = verify(gc.theorems.select(["girsanov-forward"]), instances=30)
        assert str(report.verdict) == "VIOLATED"
    ruling = judge_report(report)[0]
    assert (str(ruling.agreement), ruling.reason) == ("disagreed", "claimed VIOLATED, certified HOLDS")
    with monkeypatch.context() as planted:
        # Too small a change to alter a verdict.
        planted.setattr(kind, "reverse_kl", property(lambda self: truth.func(self) * (1.0 - 1e-6)))
        (report,) = verify(gc.theorems.select(["girsanov-forward"]), instances=30, referee=True)
    assert str(report.verdict) == "HOLDS"
    assert not report.as_expected
    assert report.disowned[0].reason.startswith("KL(q || p^) <= eps*^2/2: lhs is")
    table = verification([report, sound])
    words = [row[-1].text for row in table.rows]
    assert words == ["disagrees (!)", "refereed"]
    assert any("referee disagrees" in note for note in table.notes)


@pytest.mark.slow
def test_every_worst_instance_of_a_run_is_refereed():
    reports = verify(gc.theorems.select(SINGLE), instances=300, referee=True)
    for report in reports:
        assert report.refereed, [ruling for ruling in report.rulings if str(ruling.agreement) != "agreed"]


@pytest.mark.slow
def test_where_the_worst_instance_is_a_mixture_the_worst_gaussian_is_judged_too():
    (report,) = verify(gc.theorems.select(["slack"]), instances=1000, referee=True)
    told = {ruling.subject: str(ruling.agreement) for ruling in report.rulings}
    assert "mixture" in report.worst_instance["family"]
    assert told["worst instance"] == "undecided"
    assert told["worst instance that can be certified"] == "agreed"
    assert report.refereed_in_part
    assert not report.refereed
    # The control: a claim that is false of that instance is found out.
    entry = report.certifiable_instance
    false = Claim("it", {}, entry["scenario"], gc.Outcome.VIOLATED)
    assert str(false.ruling(report.theorem).agreement) == "disagreed"


def test_sides_that_few_digits_cannot_tell_are_judged_with_more(monkeypatch):
    statement = gc.theorems.find("prop-3.1")
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(horizon=2.5, stop=0), gc.AffineError(0, 0.9))
    # The offset moves the endpoint by 2b(1 - e^{-T/2}): KL is half of its square, the energy b^2 T.
    least = 2.0 * np.expm1(-1.25) ** 2 / 2.5
    for factor, outcome in ((least * (1 + 4e-15), "HOLDS"), (least * (1 - 4e-15), "VIOLATED")):
        ruling = judge(statement.with_constants(factor=factor), process, claimed=gc.Outcome(outcome))
        assert (str(ruling.agreement), str(ruling.verdict.outcome)) == ("agreed", outcome)
    only_few = replace(statement.chapter, certify=statement.chapter.certify_soon)
    close = replace(statement.with_constants(factor=least * (1 + 4e-15)), chapter=only_few)
    assert str(judge(close, process, claimed=gc.Outcome.HOLDS).agreement) == "undecided"
