"""Work that a second process does, or that is taken back from it, gives the reports of one process."""

from concurrent.futures import Future

import pytest

from gausscollapse.checking import verification
from gausscollapse.checking._elsewhere import Elsewhere, Errand, travels
from gausscollapse.checking.verification import verify
from gausscollapse.theorems import registry

# Of the first chapter two, and of two others one each.
IDS = ["girsanov-forward", "w2-energy", "hermite", "realizable"]
INSTANCES = 60


def plain(reports):
    found = [{**report.to_json(), "seconds": None} for report in reports]
    for report in found:
        report["rulings"] = [{**ruling, "seconds": None} for ruling in report["rulings"]]
        report["search"] = {**report["search"], "seconds": None} if report["search"] else None
    return found


def reports(**options):
    theorems = [registry[name] for name in IDS]
    return verify(theorems, instances=INSTANCES, seed=5, budget=60, control_seeds=1, referee=True, **options)


@pytest.fixture(autouse=True)
def few_are_worth_a_process(monkeypatch):
    monkeypatch.setattr(verification, "WORTH_A_PROCESS", INSTANCES)


@pytest.fixture(scope="module")
def alone():
    return plain(reports())


def not_here(items):
    raise AssertionError(f"{items} were done in this process")


def test_reports_of_a_second_process_are_the_same(alone, monkeypatch):
    sent = []

    class Watched(Elsewhere):
        def send(self, work, items):
            sent.append([getattr(item, "theorem", item).id for item in items])
            errand = super().send(work, items)
            # What is not begun is not taken back.
            errand.answer.cancel = lambda: False
            return Errand(not_here, items, errand.answer)

    monkeypatch.setattr(verification, "Elsewhere", Watched)
    found = reports(workers=2)
    # Searches of the first chapter, the other chapters, and the referee of the first one, from the end.
    assert sent == [[IDS[0]], [IDS[1]], [IDS[2]], [IDS[3]], [IDS[1]], [IDS[0]]]
    assert plain(found) == alone
    assert all(report.theorem is registry[report.theorem.id] for report in found)
    # Another seed is seen: the comparison can fail.
    assert plain(verify([registry["hermite"]], instances=INSTANCES, seed=6)) != alone[2:3]


def test_what_is_not_begun_is_taken_back(alone, monkeypatch):
    class Idle(Elsewhere):
        def send(self, work, items):
            return Errand(work, items, Future())

    monkeypatch.setattr(verification, "Elsewhere", Idle)
    assert plain(reports(workers=2)) == alone


@pytest.mark.slow
def test_what_a_killed_process_leaves_is_done_here(alone, monkeypatch):
    class Killed(Elsewhere):
        def send(self, work, items):
            errand = super().send(work, items)
            for process in list(self._pool._processes.values()):
                process.kill()
            return errand

    monkeypatch.setattr(verification, "Elsewhere", Killed)
    assert plain(reports(workers=2)) == alone


def test_changed_theorems_do_not_travel():
    theorem = registry["hermite"]
    assert travels(theorem)
    assert not travels(theorem.with_constants(**theorem.controls[0].constants))
