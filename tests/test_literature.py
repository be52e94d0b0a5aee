"""The literature desk: every law is run, and what it prints is compared with numbers found without the package."""

import dataclasses
import math
import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import mpmath
import pytest

import gausscollapse as gc
from gausscollapse.app import literature
from gausscollapse.app.literature import KnownLaw, Printed, Relation
from gausscollapse.app.literature_laws import BEYOND, LAWS

ROOT = str(Path(__file__).resolve().parents[1])
EXTENSIONS = Path(ROOT) / "docs" / "_ext"
BY_ID = {law.id: law for law in LAWS}


def walked(fresh, generations, energy=1):
    """Return the drift of orthogonal innovations, one generation after the other."""
    drift = Fraction(0)
    for _ in range(generations):
        drift = (1 - Fraction(fresh)) ** 2 * drift + energy
    return drift


def piled(generations, aligned):
    """Return the drift where everything is kept: the mean of all models so far, and an innovation, as vectors."""
    models = [{}]
    for n in range(generations):
        mean = {}
        for model in models:
            for axis, value in model.items():
                mean[axis] = mean.get(axis, Fraction(0)) + value / len(models)
        new = 0 if aligned else n
        mean[new] = mean.get(new, Fraction(0)) + 1
        models.append(mean)
    return sum(value**2 for value in models[-1].values())


def log_chi2(n):
    """Return E log of chi-squared with n - 1 degrees of freedom, by quadrature of its density."""
    k = mpmath.mpf(n - 1)
    density = lambda x: x ** (k / 2 - 1) * mpmath.exp(-x / 2) / (2 ** (k / 2) * mpmath.gamma(k / 2))  # noqa: E731
    return mpmath.quad(lambda x: mpmath.log(x) * density(x), [0, k / 2, k, 2 * k, 8 * k, 40 * k])


def golden():
    """Return the least of (w^2 + (1-w)^2)/(w (2-w)) and where it is, by golden section of its closed form."""
    loss = lambda w: (w * w + (1 - w) ** 2) / (w * (2 - w))  # noqa: E731
    w = mpmath.findroot(lambda w: mpmath.diff(loss, w), mpmath.mpf("0.6"))
    return w, loss(w)


def oracles():
    rate = float(log_chi2(10)) - math.log(10)
    slow = (float(log_chi2(50)) - math.log(50)) / 2
    best, least = golden()
    # The first has a standard deviation of sqrt(psi'(9/2)/100), 0.05: five of them.
    return {
        "variance-dies": [(rate, 0.25), (rate, 1e-9), (rate + math.log(10 / 9), 1e-9)],
        "mean-walks": [(1 + walked(0, 50, Fraction(1, 100)), 1e-12)],
        "linear": [(walked(0, 10), 1e-12), (walked(0, 40), 1e-12), (40**2, 1e-12)],
        "three-loops": [(walked(0, 200), 1e-12), (1 + walked("1/2", 100), 1e-12), (walked("1/2", 100), 1e-12)],
        "sampling-bias": [(Fraction(4, 5) ** 10, 1e-12), (Fraction(2, 3), 1e-12)],
        "accumulate": [(sum(Fraction(1, j**2) for j in range(1, 201)), 1e-12), (200, 1e-12)],
        "universality": [
            (1 / sum(Fraction(1, j**2) for j in range(1, 201)), 1e-12),
            (sum(Fraction(1, j) for j in range(1, 201)) ** 2, 1e-12),
        ],
        "rate": [(slow, 1e-8), (-1 / slow, 1e-8)],
        # Half of the training data is p: r = p^/p - 1 is halved.
        "stability": [(0.5, 1e-9)],
        "two-behaviours": [(float(1 / (Fraction(1, 100) * Fraction(199, 100))), 1e-12), (2000, 1e-12)],
        "golden-ratio": [(best, 1e-3), (least, 1e-6)],
    }


@pytest.fixture(scope="module")
def printed():
    return {law.id: [float(line) for line in literature.run(law)] for law in LAWS}


def test_every_law_prints_what_another_formula_gives(printed):
    expected = oracles()
    assert set(expected) == set(printed)
    for name, numbers in printed.items():
        for number, (truth, tolerance) in zip(numbers, expected[name], strict=True):
            spread = tolerance if tolerance > 0.1 else tolerance * abs(float(truth))
            assert abs(number - float(truth)) <= spread, (name, number, float(truth))


def test_every_number_agrees_with_its_paper(printed):
    for law in LAWS:
        for item, number in zip(law.printed, printed[law.id], strict=True):
            assert item.agrees(number), (law.id, item.words)


def test_the_harmonic_pile_is_that_of_vectors():
    assert piled(12, aligned=False) == sum(Fraction(1, j**2) for j in range(1, 13))
    assert piled(12, aligned=True) == sum(Fraction(1, j) for j in range(1, 13)) ** 2


def test_numbers_that_are_told_in_words_are_those_that_are_compared():
    for law in LAWS:
        for item in law.printed:
            if told := re.search(r"= ?(-?\d+\.?\d*)$", item.said):
                assert abs(float(told[1]) - item.value) <= 0.5 * 10.0 ** -len(told[1].partition(".")[2]), item.said


def test_a_number_that_does_not_agree_is_seen():
    assert not Printed("", "", 1.0).agrees(1.001)
    assert not Printed("", "", 1.0, Relation.BELOW).agrees(1.001)
    assert not Printed("", "", 1.0, Relation.ABOVE).agrees(0.999)
    assert not Printed("", "", 1.0).agrees(math.nan)
    spoilt = dataclasses.replace(BY_ID["mean-walks"], code=BY_ID["mean-walks"].code.replace("1 / 100", "1 / 90"))
    (row,) = literature.literature_table([spoilt]).rows
    assert any("(!)" in cell.text for cell in row)
    with pytest.raises(RuntimeError, match="prints 0 numbers"):
        literature.run(dataclasses.replace(spoilt, code="pass"))


def test_theorems_functions_and_addresses_are_there():
    for law in LAWS:
        assert not law.theorem or law.theorem in gc.theorems.registry
        assert callable(getattr(gc.retraining, law.function))
        assert law.code.splitlines()[0] == "import gausscollapse as gc"
    papers = [paper for item in (*LAWS, *BEYOND) for paper in item.papers]
    assert all(re.fullmatch(r"2[0-9](0[1-9]|1[0-2])\.\d{5}", paper.arxiv) for paper in papers)
    assert all(2000 + int(paper.arxiv[:2]) == paper.year for paper in papers)
    # The laws that were asked for.
    wanted = {"2305.17493", "2307.01850", "2404.01413", "2410.22812", "2412.17646", "2310.00429", "2506.09401"}
    assert wanted <= {paper.arxiv for law in LAWS for paper in law.papers}


def test_the_page_is_made_of_the_table(monkeypatch):
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    before = set(sys.modules)
    from literature_page import literature_page

    some = [BY_ID["accumulate"], BY_ID["stability"]]
    page = literature_page(some, BEYOND)
    for law in some:
        assert law.code in page
        assert law.statement in page
        assert all(f"https://arxiv.org/abs/{paper.arxiv}" in page for paper in law.papers)
    assert "| 1.63995 |" in page
    assert all(item.subject in page for item in BEYOND)
    wrong = dataclasses.replace(some[1], printed=(Printed("factor", "0.6", 0.6),))
    with pytest.raises(ValueError, match="stability, factor"):
        literature_page([wrong], ())
    for name in set(sys.modules) - before:
        if str(EXTENSIONS) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]


def test_commands_of_the_desk_are_commands():
    from typer.main import get_command

    from gausscollapse.app.cli import app

    known = get_command(app).commands
    for law in LAWS:
        if law.command:
            name, *arguments = law.command.split()[1:]
            known[name].make_context(name, arguments)


def test_a_law_has_all_its_fields():
    assert all(isinstance(law, KnownLaw) and law.title and law.statement and law.printed for law in LAWS)
    assert len(BY_ID) == len(LAWS)


@pytest.mark.slow
@pytest.mark.parametrize("command", sorted({law.command for law in LAWS if law.command}))
def test_a_command_of_the_desk_runs(command, tmp_path):
    arguments = [sys.executable, "-m", *command.split()]
    done = subprocess.run(arguments, cwd=tmp_path, env={**os.environ, "PYTHONPATH": ROOT}, capture_output=True)
    assert done.returncode == 0, done.stderr
