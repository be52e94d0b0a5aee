"""Chapters verified in a second process give the reports of one process."""

from dataclasses import replace

import pytest

from gausscollapse.checking import verification
from gausscollapse.checking._elsewhere import Elsewhere, travels
from gausscollapse.checking.verification import verify
from gausscollapse.theorems import registry

IDS = ["girsanov-forward", "hermite", "realizable"]
AWAY = ["hermite", "realizable"]
INSTANCES = 60


def plain(reports):
    found = [{**report.to_json(), "seconds": None} for report in reports]
    for report in found:
        report["rulings"] = [{**ruling, "seconds": None} for ruling in report["rulings"]]
    return found


def reports(**options):
    return verify([registry[name] for name in IDS], instances=INSTANCES, seed=5, referee=True, **options)


@pytest.fixture(autouse=True)
def few_are_worth_a_process(monkeypatch):
    monkeypatch.setattr(verification, "WORTH_A_PROCESS", INSTANCES)


@pytest.fixture(scope="module")
def alone():
    return plain(reports())


def not_here(theorems):
    raise AssertionError(f"{theorems} were verified in this process")


def test_reports_of_a_second_process_are_the_same(alone, monkeypatch):
    sent = []

    class Watched(Elsewhere):
        def send(self, work, theorems):
            sent.append([theorem.id for theorem in theorems])
            return replace(super().send(work, theorems), work=not_here)

    monkeypatch.setattr(verification, "Elsewhere", Watched)
    found = reports(workers=2)
    assert sent == [AWAY]
    assert plain(found) == alone
    assert all(report.theorem is registry[report.theorem.id] for report in found)
    # Another seed is seen: the comparison can fail.
    assert plain(verify([registry["hermite"]], instances=INSTANCES, seed=6)) != alone[1:2]


@pytest.mark.slow
def test_what_a_killed_process_leaves_is_done_here(alone, monkeypatch):
    class Killed(Elsewhere):
        def send(self, work, theorems):
            errand = super().send(work, theorems)
            for process in list(self._pool._processes.values()):
                process.kill()
            return errand

    monkeypatch.setattr(verification, "Elsewhere", Killed)
    assert plain(reports(workers=2)) == alone


def test_changed_theorems_do_not_travel():
    theorem = registry["hermite"]
    assert travels(theorem)
    assert not travels(theorem.with_constants(**theorem.controls[0].constants))
