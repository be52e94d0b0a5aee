"""Every key of every shipped scenario and sweep with values that it is not for: one line that names the key."""

import tomllib

import pytest

import gausscollapse as gc
from benchmarks import fuzz_documents as fuzz
from gausscollapse.lab.tables import read_document

FAIR = (fuzz.GOOD, fuzz.REFUSED)
# What stands for each kind of value; the benchmark has all of them.
QUICK = ("a kind of list", "text", "ragged", "date", "1e308", fuzz.LEFT_OUT)
# Solved on a grid, or fitted to images that have to be loaded; the slow test has them.
SLOW = ("score-error", "texture", "sweep digits", "sweep photograph-patches")


@pytest.fixture(scope="module")
def documents():
    return fuzz.documents()


def test_every_shipped_document_is_read_and_each_key_refuses_what_it_is_not_for(documents):
    wrong, count = [], 0
    for name, (read, document) in documents.items():
        if name in SLOW:
            continue
        read(document)  # compiled first: that is no part of what a call may take
        for place, keys in enumerate(fuzz.places(document)):
            value = QUICK[(place + len(name)) % len(QUICK)]
            found, words = fuzz.outcome(read, document, keys, fuzz.VALUES[value])
            count += 1
            if found not in FAIR:
                wrong.append((found, name, keys, value, words))
    assert not wrong
    assert count > 400


@pytest.mark.parametrize("kind", [[1], {"a": 1}, [[float("inf")]]])
def test_a_kind_that_is_no_text_is_refused_by_its_key(kind):
    """A list is no key of a table of kinds, not even one to ask for."""
    retraining = {"fresh": 0.5, "generations": 1, "step": {"kind": kind, "offset": [0.1]}}
    with pytest.raises(gc.core.ScenarioError, match=r"retraining\.step\.kind = .*is not known"):
        gc.lab.read({"data": {"mean": [0.0], "cov": [[1.0]]}, "retraining": retraining})


def test_the_benchmark_can_fail():
    def careless(document):
        return 1.0 / document["a"]["b"]

    found = {
        name: fuzz.outcome(careless, {"a": {"b": 1.0}}, ("a", "b"), value)[0] for name, value in fuzz.VALUES.items()
    }
    assert found["0.5"] == fuzz.GOOD
    assert found["nan"] == "silent NaN"
    assert sum(kind.startswith("foreign exception") for kind in found.values()) > 20
    assert list(fuzz.places({"a": {"b": [1, 2, 3]}, "c": 1})) == [
        ("a",), ("a", "b"), ("a", "b", 0), ("a", "b", 1), ("c",),
    ]  # fmt: skip


def test_a_mark_of_the_order_of_bytes_is_no_part_of_a_document(tmp_path):
    """Editors of Windows write one; the standard library's own parser takes it for a statement."""
    text = "[data]\nmean = [0.5]\n"
    path = tmp_path / "marked.toml"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_document(path) == tomllib.loads(text)
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads("\ufeff" + text)


@pytest.mark.slow
def test_all_keys_with_drawn_values(documents):
    wrong = []
    for read, document in documents.values():
        read(document)
    for name, keys, value in fuzz.cases(3000, 5):
        found, words = fuzz.outcome(*documents[name], keys, fuzz.VALUES[value])
        # Fewer samples than centres are refused by the name of the centres.
        if found not in FAIR and not (keys[-1] == "samples" and ".centres = " in words):
            wrong.append((found, name, keys, value, words))
    assert not wrong
