"""What objects show of themselves: one short line, one small table; nothing of the user's is read as HTML."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.presentation import brief, card, sheet

RNG = np.random.default_rng(0)
LARGE = gc.GaussianMixture(np.full(25, 0.04), RNG.standard_normal((25, 2)), np.eye(2))
PROCESS = gc.ReverseProcess(
    gc.Gaussian(np.zeros(10), np.eye(10)),
    gc.OrnsteinUhlenbeck(1.0, 0.1),
    gc.AffineError(np.zeros((10, 10)), np.ones(10)) + gc.SolenoidalError(np.zeros((10, 10))),
)
SMALL = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(1.0, 0.1), gc.AffineError(0, 0.5))
WIDE = gc.AffineChannel(np.eye(6), np.ones(6), np.eye(6))
CHANNEL = gc.retraining.offset_channel(0.2)


@pytest.fixture(scope="module")
def shown():
    """Return one object of every kind that people look at, by its class."""
    items = [
        gc.Enclosure(1.0, 0.5, 1.5),
        gc.Enclosure.exact(np.zeros(1000)),
        gc.check("prop-3.1", SMALL),
        gc.falsify("prop-3.1", budget=60),
        gc.retrain(gc.Gaussian(np.zeros(6), np.eye(6)), fresh=0.5, step=WIDE, generations=40),
        gc.simulate(SMALL, 1000, 10, 1, snapshots=[0.5]),
        *gc.checking.verify(gc.theorems.select(["prop-3.1"]), instances=20),
        gc.theorems.registry["prop-3.3"],
        gc.discrete_law(SMALL, 100),
        gc.fokker_planck(SMALL, cells=100, steps=40),
        LARGE, PROCESS, SMALL, PROCESS.error, PROCESS.data, CHANNEL,
    ]  # fmt: skip
    return items


def test_every_object_is_one_line_of_a_few_hundred_characters(shown):
    for item in shown:
        assert "\n" not in repr(item), type(item)
        assert len(repr(item)) < 900, (type(item), len(repr(item)))


def test_every_object_is_a_small_well_formed_table(shown):
    for item in shown:
        page = item._repr_html_()
        tree = ET.fromstring(page)
        assert tree.tag == "table"
        assert tree.find("caption").text == type(item).__name__
        assert len(page) < 4000, type(item)
        assert not re.search(r"<(script|style|a|img)\b", page)


def test_a_notebook_shows_what_is_asked_first(shown):
    verdict = next(item for item in shown if isinstance(item, gc.Verdict))
    assert "<th>outcome</th><td>HOLDS</td>" in verdict._repr_html_()
    assert "<td>1.0 ± 0.5</td>" in shown[0]._repr_html_()
    assert "(1000,)" in shown[1]._repr_html_()


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a & b", '"quoted"'])
def test_names_and_values_are_escaped(text):
    enclosure = gc.Enclosure(1.0, 1.0, 1.0, method=text)
    for page in (enclosure._repr_html_(), card(text, [(text, text)]), sheet(text, [text], [[text]])):
        assert text.replace('"', "&quot;") not in page or text == '"quoted"'
        assert text in "".join(ET.fromstring(page).itertext())


def test_small_laws_read_back():
    law = gc.GaussianMixture([0.25, 0.75], [0.0, 1.0], 2.0)
    read = eval(repr(law), {"GaussianMixture": gc.GaussianMixture})
    assert read == law
    assert repr(LARGE) == "GaussianMixture(weights=array (25,), means=array (25, 2), covs=array (25, 2, 2))"
    assert brief(np.arange(9.0)) == str(np.arange(9.0).tolist())
