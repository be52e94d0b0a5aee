"""The audit of A1 to A5: theta* against the closed form of constant coefficients, and what is said of the rest."""

import json
import sys
from functools import cache

import mpmath as mp
import pytest

import gausscollapse as gc
from gausscollapse.app.cli import main
from gausscollapse.checking import audit
from gausscollapse.checking.paper_assumptions import Standing, between

SPAN = 2.9
TIMES = gc.OrnsteinUhlenbeck(3.0, 0.1)


def process(slope, offset=0.0, data=None):
    return gc.ReverseProcess(data or gc.Gaussian(0, 1), TIMES, gc.AffineError(slope, offset))


def blow_up(theta, slope):
    """Return the time in which the moment of order theta diverges, for dY = -Y/2 ds + dB from N(0, 1), e = a Y.

    ``E exp(theta Z)`` is that of ``exp(k a^2 int Y^2)``, ``k = (theta^2 - theta)/2``, under the drift
    ``b Y``, ``b = theta a - 1/2``; its exponent ``p Y^2/2`` solves ``p' = p^2 + 2 b p + 2 k a^2``, and the start
    N(0, 1) has a finite mean of it where ``p < 1``. The integral of ``1/p'`` to there is an arctangent, of complex
    numbers where p' has real roots outside.
    """
    b, c = theta * slope - mp.mpf(1) / 2, (theta**2 - theta) * slope**2
    least = c - b * b if -1 < b < 0 else c if b >= 0 else 1 + 2 * b + c
    if least <= 0:
        return mp.inf
    root = mp.sqrt(mp.mpc(c - b * b))
    return ((mp.atan((1 + b) / root) - mp.atan(b / root)) / root).real


@cache
def truth(slope):
    """Return theta* to twelve digits, from below, by bisection on the time of the blow-up."""
    with mp.workdps(25):
        low, high = mp.mpf(1), mp.mpf(100)
        for _ in range(47):
            middle = (low + high) / 2
            low, high = (low, middle) if blow_up(middle, mp.mpf(slope)) <= SPAN else (middle, high)
        return low


@pytest.mark.parametrize("slope", [0.5, 0.1, -0.1, -0.4, 0.25])
def test_theta_brackets_the_closed_form(slope):
    found = audit(process(slope, 0.3)).theta
    expected = truth(slope)
    assert float(found.lower) <= expected <= float(found.upper)
    assert float(found.width) <= 2e-4 * float(found.lower)
    # The control: the closed form of a slope that is a little larger is outside.
    assert not float(found.lower) <= truth(1.001 * slope) <= float(found.upper)


def test_the_third_assumption_is_a_finite_moment_above_two():
    for slope in (0.1, 0.25, 0.5):
        found = {item.name: item.standing for item in audit(process(slope)).assumptions}
        assert found["A3"] is (Standing.HOLDS if truth(slope) > 2 else Standing.FAILS)
        assert [found[name] for name in ("A1", "A2", "A4")] == [Standing.BY_CLASS] * 3
        assert found["A5"] is Standing.SEQUENCE


def test_an_error_that_no_state_changes_has_every_moment():
    found = audit(process(0.0, 2.0))
    assert float(found.theta.lower) == float("inf")
    assert found.words.startswith("theta* = inf, delta* = inf; holds by the class: A1, A2, A4; holds here: A3")


def test_a_mixture_is_not_audited_beyond_what_is_known():
    data = gc.GaussianMixture([0.5, 0.5], [-1, 1], 0.5)
    found = audit(process(0.1, 0.0, data))
    assert found.theta is None
    assert found.delta is None
    assert [str(item.standing) for item in found.assumptions] == [*["not audited"] * 4, "speaks of sequences"]


def test_intervals_are_rounded_outwards():
    assert between(gc.Enclosure(1.5, 1.23456789, 1.98765432, "", "numeric")) == "in [1.23456, 1.98766]"
    assert between(gc.Enclosure(3.0, 3.0, float("inf"), "", "numeric")) == ">= 3"


def test_verify_tells_the_audit_beside_the_paper_and_writes_it(tmp_path, capsys, monkeypatch):
    path = tmp_path / "found.json"
    arguments = ["prop-3.3", "hcr", "--budget", "quick", "--no-boxes", "--json", str(path)]
    monkeypatch.setattr(sys, "argv", ["gausscollapse", "verify", *arguments])
    with pytest.raises(SystemExit):
        main()
    out = capsys.readouterr().out
    assert "The paper's assumptions on the extremal instance" in out
    audits = {item["id"]: item["audit"] for item in json.loads(path.read_text())}
    assert audits["hcr"] is None
    assert [item["name"] for item in audits["prop-3.3"]["assumptions"]] == ["A1", "A2", "A3", "A4", "A5"]
    low, high = audits["prop-3.3"]["theta"]
    assert 1.0 < low <= high
