"""The judge of the benchmark of surroundings, and a few of its calls: an answer, one line, or silence."""

import pytest

from benchmarks import fuzz_surroundings as fuzz


def test_the_judge_tells_endings_apart():
    kept, gone, stopped = fuzz.Place(), fuzz.Place(output="gone"), fuzz.Place(interrupted=True)
    line = "gausscollapse: x = 1: is bad; accepted: 2\n"
    found = {
        (0, "", kept): "answer",
        (2, line, kept): "refusal",
        (3, line, kept): "bad",
        (2, line + line, kept): "bad",
        (1, "Traceback (most recent call last):\n", kept): "bad",
        (0, "Exception ignored in: x\n", kept): "bad",
        (-13, "", gone): "gone",
        (-13, "", kept): "bad",
        (130, "gausscollapse: interrupted\n", stopped): "refusal",
        (130, "gausscollapse: interrupted\n", kept): "bad",
        (1, "Traceback (most recent call last):\n gausscollapse\n", stopped): "bad",
    }
    assert {key: fuzz.judged(*key) for key in found} == found


@pytest.mark.slow
@pytest.mark.parametrize("where", [name for name in fuzz.PLACES if name != "interrupt"])
def test_a_command_that_writes_ends_well_everywhere(where):
    found, status, words = fuzz.answer("explore", fuzz.PLACES[where])
    assert found in ("answer", "refusal", "gone"), (status, words)


@pytest.mark.slow
def test_a_figure_is_drawn_whatever_draws_elsewhere():
    found, status, words = fuzz.answer("allocation", fuzz.PLACES["display of another"])
    assert found == "answer", (status, words)


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.3, 0.6, 1.0])
def test_an_interrupt_is_one_line_at_any_moment(after):
    found, status, words = fuzz.answer("verify", fuzz.PLACES["interrupt"], after)
    assert found in ("answer", "refusal", "gone"), (status, words)
