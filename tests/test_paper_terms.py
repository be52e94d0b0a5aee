"""Runs of score errors in the terms of the paper: closed forms, quadrature, tables, datasets."""

import io
import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from rich.console import Console

import gausscollapse as gc
from gausscollapse.app import tables_runs, tables_terms
from gausscollapse.app.terminal import show
from gausscollapse.core.interval_text import concise_text
from gausscollapse.retraining.paper_terms import TermComparison

B, TIME = 0.25, 2 * math.log(2)
LONG = gc.OrnsteinUhlenbeck(TIME, 0.0)
# The mean of N(m, 1) moves by 2 b (1 - exp(-T/2)) = b, and A = [M] = b^2 T is the energy on all paths.
MOVE, ENERGY = B, B**2 * TIME
# E[M]^2/8 + E(e^Z - 1 - Z)^2 of a Gaussian Z.
REMAINDER = ENERGY**2 / 8 + math.expm1(ENERGY) - ENERGY + ENERGY**2 / 4


def offset(fresh, generations=4, **options):
    options = {"diffusion": LONG, **options}
    return gc.retrain(gc.Gaussian(0, 1), fresh=fresh, step=gc.AffineError(0, B), generations=generations, **options)


def holds(found, expected, slack=1e-12):
    expected = np.asarray(expected, dtype=float)
    lower, upper = np.asarray(found.lower), np.asarray(found.upper)
    size = slack * (1.0 + np.abs(expected))
    return bool(np.all((lower - size <= expected) & (expected <= upper + size)))


def printed(*found):
    console = Console(file=io.StringIO(), width=120)
    for table in found:
        show(console, table)
    return console.file.getvalue()


def test_no_fresh_data_against_closed_forms():
    """Model n is N(n b, 1): chi-squared, innovations and energies are exponentials."""
    terms, n = offset(0.0).paper_terms(), np.arange(5)
    drift = np.expm1((MOVE * n) ** 2)
    product = np.exp(MOVE**2 * n[1:] * n[:-1])
    energy = np.exp((MOVE * n[1:]) ** 2) + np.exp((MOVE * n[:-1]) ** 2) - 2 * product
    assert holds(terms.drift, drift)
    assert holds(terms.innovation_energy, energy, 1e-9)
    assert holds(terms.intra, [math.expm1(MOVE**2)] * 4)
    assert holds(terms.ideal_energy, [ENERGY] * 4)
    assert holds(terms.learned_energy, [ENERGY] * 4)
    assert holds(terms.observed_energy, [MOVE**2] * 4)
    assert holds(terms.observability, [MOVE**2 / ENERGY] * 4)
    assert holds(terms.remainder, [REMAINDER] * 4)
    assert holds(terms.carried, drift[1:] + drift[:-1])
    assert holds(terms.discounted_energies, ENERGY * n[1:])
    assert holds(terms.discounted_innovations, np.cumsum(energy), 1e-9)
    assert holds(terms.bias, np.cumsum(np.sqrt(energy)) ** 2 - np.cumsum(energy), 1e-8)
    assert float(np.max(terms.forced.upper)) == 0.0
    assert np.all(terms.perturbative == (8 * REMAINDER <= MOVE**2))


def test_fresh_data_alone_and_the_sides_of_proposition_4_1():
    terms = offset(1.0, 3).paper_terms()
    away = math.expm1(MOVE**2)
    assert holds(terms.carried, [away] * 3)
    assert holds(terms.forced, [away / 2] * 3)
    assert terms.perturbative.all()
    assert holds(terms.forced_by_energy, [MOVE**2 / 16] * 3)
    assert holds(terms.forced_by_half, [(MOVE**2 / 2 - REMAINDER) / 2] * 3)
    named = {(item.theorem, item.words): item for item in terms.comparisons()}
    assert {theorem for theorem, _ in named} == {"innovation", "prop-4.1", "half", "appendix-4.2", "discounted"}
    assert all(item.fails == 0 for item in named.values())
    assert sum(item.holds == len(item) == 3 for item in named.values()) >= 4


def test_a_wrong_constant_is_counted_as_failing():
    """Controls: the sides with a constant that is too strong."""
    terms = offset(1.0, 3).paper_terms()
    assert TermComparison("", "", 2.5 * terms.forced, terms.carried).fails == 3
    assert TermComparison("", "", 17.0 * terms.forced_by_energy, 0.9 * terms.carried).fails == 3
    # Late drift without fresh data is no discounted sum.
    old = offset(0.0).paper_terms()
    away = abs(old.drift[1:] - old.discounted_innovations)
    assert TermComparison("", "", away[1:], 0.8 * old.bias[1:]).fails == 3


@pytest.fixture(scope="module")
def mixed():
    """Trained on (p + t)/2 a realizable error gives its target t."""
    target = gc.Gaussian(0.3, 1.0)
    return target, gc.retrain(
        gc.Gaussian(0, 1), fresh=0.5, step=gc.RealizableError(target), generations=2, cells=160, steps=160,
        diffusion=gc.OrnsteinUhlenbeck(18.0, 0.0),
    )  # fmt: skip


def test_energies_on_a_mixture_against_quadrature(mixed):
    """``eps*^2 = int E_{q_t} |grad log(t_t/q_t)|^2 dt``, Gauss-Legendre in time and the trapezoidal rule in space."""
    _, run = mixed
    terms = run.paper_terms()
    x = np.linspace(-12, 12, 3001)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    total = 0.0
    for node, weight in zip(nodes, weights, strict=True):
        time = 9.0 * (node + 1.0)
        shrink = math.exp(-time / 2)
        parts = [np.exp(-0.5 * (x - shrink * m) ** 2) / math.sqrt(2 * math.pi) for m in (0.0, 0.3)]
        density = 0.5 * (parts[0] + parts[1])
        score = 0.5 * sum(-(x - shrink * m) * part for m, part in zip((0.0, 0.3), parts, strict=True)) / density
        error = -(x - 0.3 * shrink) - score
        total += 9.0 * weight * float(np.sum(error**2 * density)) * (x[1] - x[0])
    assert holds(terms.ideal_energy[1], total, 1e-7)
    assert float(terms.ideal_energy.value[1]) == pytest.approx(total, rel=1e-3)
    away = math.expm1(0.09)
    assert holds(terms.carried, [away, away * 1.25], 1e-8)
    assert holds(terms.discounted_innovations, [away, away * 0.5], 1e-8)
    # Aligned innovations: J_1 = a^2 D.
    assert all(item.fails == 0 for item in terms.comparisons())
    assert not holds(terms.discounted_innovations[1], away * 0.55, 1e-8)


@pytest.mark.parametrize("options", [{"diffusion": gc.OrnsteinUhlenbeck(TIME, 0.1)}, {"refit": "gaussian"}])
def test_energies_bound_nothing_where_another_law_is_learned(options):
    """With an early stop, or a refit of a mixture, ``I_i`` holds what no score error did."""
    terms = offset(0.5, 2, **options).paper_terms()
    assert not terms.energies_count
    assert not terms.perturbative.any()
    assert float(np.max(terms.forced_by_energy.upper)) == float(np.max(terms.forced_by_half.upper)) == 0.0
    assert any("stops at 0" in words for words in terms.absent)
    assert not any("eta" in item.words for item in terms.comparisons())


def test_what_is_not_known_is_said():
    run = gc.retrain(
        gc.Gaussian([0, 0], np.eye(2)), fresh=0.5, step=gc.AffineError(np.zeros((2, 2)), [0.1, 0]), generations=2,
        diffusion=LONG, refit="gaussian",
    )  # fmt: skip
    terms = run.paper_terms()
    assert terms.intra is None
    assert terms.forced is None
    assert any(words.startswith("I: intra") for words in terms.absent)
    other = offset(0.5, 2, workflow="accumulate").paper_terms()
    assert other.comparisons() == ()
    text = printed(tables_terms.score_errors(terms), tables_terms.sides(terms), tables_terms.sides(other))
    assert "No number: I: intra" in text
    assert "not this workflow" in text


def test_a_dataset_has_the_terms_with_their_intervals(mixed):
    _, run = mixed
    data, terms = run.to_dataset(), run.paper_terms()
    for name in ("intra", "ideal_energy", "learned_energy", "observability", "carried", "forced", "bias"):
        item = getattr(terms, name)
        for end, expected in (("", item.value), ("_lower", item.lower), ("_upper", item.upper)):
            np.testing.assert_array_equal(data[name + end], expected)
        assert data[name].attrs["guarantee"] == "numeric"
        assert data[name].dims == ("generation",)
    assert data["perturbative"].dtype == bool
    assert "mmd" in data.attrs["absent"]


def test_tables_say_no_more_than_the_intervals(mixed):
    _, run = mixed
    terms = run.paper_terms()
    text = printed(tables_runs.trajectory(run), tables_terms.score_errors(terms), tables_terms.sides(terms))
    assert "Retraining with score errors" in text
    assert "…" not in text
    assert "prop-4.1: a I/2 <= D' + (1-a)^2 D: holds in 2 of 2." in text
    spoilt = tables_terms.sides(offset(1.0, 2).paper_terms())
    assert "(!)" not in spoilt.title


def test_a_concise_number_holds_its_interval():
    """Parsed with exact decimals, over random intervals of all sizes."""
    rng = np.random.default_rng(5)
    seen = 0
    for _ in range(2000):
        value = float(rng.choice([-1, 1]) * 10 ** rng.uniform(-9, 4))
        low, high = value - abs(value) * 10 ** rng.uniform(-12, 1), value + abs(value) * 10 ** rng.uniform(-12, 1)
        text = concise_text(value, low, high)
        found = re.fullmatch(r"(-?[\d.]+)\((\d)\)(e-?\d+)?", text)
        if not found:
            continue
        seen += 1
        power = Decimal(1).scaleb(int(found[3][1:]) if found[3] else 0)
        unit = Decimal(1).scaleb(-len(found[1].partition(".")[2])) * power
        middle, half = Decimal(found[1]) * power, int(found[2]) * unit
        assert middle - half <= Decimal(low)
        assert Decimal(high) <= middle + half
        # Not more than it must be: at most three times the longer side, and two units of rounding.
        side = max(Fraction(high) - Fraction(value), Fraction(value) - Fraction(low))
        assert Fraction(half) <= 3 * side + 2 * Fraction(unit)
    assert seen > 800
    assert concise_text(0.0366, 0.0357, 0.0375) == "0.0366(9)"
    assert concise_text(0.5, 0.1, math.inf) == ">= 0.1"
    assert concise_text(0.5, -math.inf, 0.7) == "<= 0.7"
    assert concise_text(0.5, -math.inf, math.inf) == "unknown"
    assert concise_text(0.0, 0.0, 0.0) == "0"
