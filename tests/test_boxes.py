"""Proofs on boxes: closed forms against the moment equations, proofs, and wrong constants with their cells."""

import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from flint import arb, ctx

import gausscollapse as gc
from gausscollapse.checking import at_most
from gausscollapse.checking import balls as _balls
from gausscollapse.checking.boxes import BoxVerdict, box_slack, provable, prove_on_box
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError, UnknownNameError
from gausscollapse.theorems import registry
from gausscollapse.theorems.instances.boxes import BOX_FAMILIES


def process_of(family, point):
    """Return a process of the family at a point, and the factors by which its slack was divided."""
    if family == "constant offset":
        variance, span, energy = point
        stop = 0.05
        data = gc.Gaussian(0.7, math.exp(stop) * (variance - 1.0) + 1.0)
        error = gc.AffineError(0.0, math.sqrt(energy / span))
        return gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(horizon=stop + span, stop=stop), error), energy
    if family == "amplified score":
        delta, length = point
        cov, stop = 0.4, 0.1
        horizon = math.log((math.exp(stop) + cov - 1.0) * math.exp(length) - cov + 1.0)
        process = gc.ReverseProcess(
            gc.Gaussian(-1.0, cov), gc.OrnsteinUhlenbeck(horizon=horizon, stop=stop), gc.AmplifiedScoreError(delta)
        )
        return process, delta**2 * length
    slope, span = point
    return (slope, span), span


FAMILIES = {family.name: family for family in BOX_FAMILIES}


def comparison(theorem, process):
    return float(registry[theorem].comparisons(process.statistics)[0].slack()[0])


def slack(theorem, family, point, **constants):
    return box_slack(registry[theorem].with_constants(**constants), FAMILIES[family], [arb(x) for x in point])


PAIRS = [(theorem.id, family) for theorem, family in provable(list(registry.values()))]
POINTS = {
    "constant offset": [(0.2, 0.6, 0.3), (1.0, 2.0, 1.5), (3.5, 3.0, 0.01)],
    "amplified score": [(-0.08, 1.0), (0.3, 2.5), (0.45, 0.05)],
}


@pytest.mark.parametrize(("theorem", "family"), [pair for pair in PAIRS if pair[1] in POINTS])
def test_slack_is_that_of_the_moment_equations(theorem, family):
    for point in POINTS[family]:
        process, unit = process_of(family, point)
        if family == "constant offset" and theorem == "path-chi2":
            # One term is left, whose positive factor the slack leaves out.
            eta = float(process.observability())
            unit = (math.exp(point[2]) - math.exp(eta * point[2])) / (1.0 - eta)
        if theorem == "remainder":
            # One term is left here too: 3/8 of the squared energy.
            unit = point[2] ** 2
        here = float(slack(theorem, family, point).mid())
        assert here == pytest.approx(comparison(theorem, process) / unit, rel=1e-6)


@pytest.mark.parametrize("theorem", ["prop-3.1", "girsanov-forward"])
@pytest.mark.parametrize(("slope", "span"), [(-0.4, 0.5), (0.2, 2.0), (0.29, 3.9)])
def test_stationary_slack_is_the_smaller_of_the_two_coefficients(theorem, slope, span):
    """The slack is quadratic in (A, b): its parts by b = 0, and by the difference that an offset makes."""

    def process(offset):
        error = gc.AffineError(slope, offset)
        return gc.ReverseProcess(gc.Gaussian(0.0, 1.0), gc.OrnsteinUhlenbeck(horizon=span, stop=0.0), error)

    alone = comparison(theorem, process(0.0))
    moved = comparison(theorem, process(2.0)) - alone
    expected = min(alone / slope**2, moved / 4.0) / span
    here = slack(theorem, "stationary affine", (slope, span))
    assert float(here.mid()) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("function", "reference"),
    [
        (_balls.exponential_ratio, lambda x: mp.expm1(x) / x),
        (_balls.exponential_remainder, lambda x: (mp.expm1(x) - x) / x**2),
        (_balls.excess_ratio, lambda x: (x - mp.log1p(x)) / x**2),
        (_balls.reverse_excess_ratio, lambda x: (1 / (1 + x) - 1 + mp.log1p(x)) / x**2),
        (_balls.root_ratio, lambda x: (1 / mp.sqrt(1 - x) - 1) / x),
        (_balls.arctangent_ratio, lambda x: mp.re(mp.atan(mp.sqrt(mp.mpc(x))) / mp.sqrt(mp.mpc(x)))),
        (_balls.square_integral, lambda x: mp.quad(lambda v: (mp.expm1(-x * v) / x) ** 2, [0, 1])),
    ],
)
def test_balls_hold_the_quotients_and_are_tight(function, reference):
    with mp.workdps(60), ctx.workprec(128):
        for x in (-0.9, -0.3, -1e-3, -1e-7, -1e-12, 1e-12, 1e-7, 1e-3, 0.3, 0.9):
            ball, exact = function(arb(x)), reference(mp.mpf(x))
            assert abs(mp.mpf(float(ball.mid())) - exact) < 1e-13 * abs(exact) + float(ball.rad())
            assert ball.rad() < 1e-12
        wide = function(arb(-0.5).union(arb(0.5)))
        for x in (-0.5, -0.2, 1e-9, 0.2, 0.5):
            assert wide.contains(arb(float(reference(mp.mpf(x)))))
        # Monotone: the hull of the ends is all there is.
        ends = [float(reference(mp.mpf(x))) for x in (-0.5, 0.5)]
        assert 2.0 * float(wide.rad()) == pytest.approx(abs(ends[1] - ends[0]), rel=1e-6)


def test_products_of_wide_balls_stay_above_zero_and_hold_every_product():
    rng = np.random.default_rng(5)
    for _ in range(20):
        ends = np.sort(10.0 ** rng.uniform(-1.0, 1.0, (3, 2)), axis=1)
        ball = _balls.positive_product(*(arb(low).union(arb(high)) for low, high in ends))
        assert ball > 0
        exact = [math.prod(map(Fraction, points)) for points in zip(*ends.tolist(), strict=True)]
        assert ball.lower() <= arb(exact[0].numerator) / exact[0].denominator
        assert ball.upper() >= arb(exact[1].numerator) / exact[1].denominator
    # A ball of a number that is not negative may reach below 0; its products hardly do.
    assert _balls.positive_product(arb(0, 1), arb(2)).lower() > -1e-8
    assert _balls.positive_product(arb(0, 1), arb(2)).upper() >= 2


SMALL = {
    "constant offset": {"variance": (0.5, 2.0), "span": (0.5, 2.0), "energy": (0.0, 1.0)},
    "amplified score": {"delta": (-0.05, 0.2), "length": (0.1, 2.0)},
    "stationary affine": {"slope": (-0.2, 0.2), "span": (0.1, 2.0)},
}
WRONG = {"prop-3.1": 0.2, "girsanov-forward": 0.2, "path-chi2": 0.4, "prop-3.3": 1.25, "thm-3.4": 0.4}
WRONG |= {"half": 1.25, "three-halves": 0.3, "remainder": 0.5}


@pytest.mark.parametrize(("theorem", "family"), PAIRS)
def test_statement_is_proved_and_a_wrong_constant_is_refuted_with_its_cell(theorem, family):
    proof = prove_on_box(theorem, family, box=SMALL[family])
    assert proof.verdict is BoxVerdict.PROVED
    assert str(proof.verdict) == "PROVED ON BOX"
    assert proof.cells >= 1
    assert proof.failing_cell is None
    wrong = prove_on_box(theorem, family, box=SMALL[family], constant=WRONG[theorem])
    assert wrong.verdict is BoxVerdict.REFUTED
    spoilt = {wrong.constant: WRONG[theorem]}
    rng = np.random.default_rng(0)
    for _ in range(5):
        point = [rng.uniform(*ends) for ends in wrong.failing_cell.values()]
        assert slack(theorem, family, point, **spoilt) < 0


def test_cells_cover_the_box_and_a_hair_beyond_the_best_constant_fails():
    """At the family's own best constant the proof must fail: eta has its maximum inside this box."""
    box = {"variance": (1.0, 1.0), "span": (1.0, 4.0)}
    spans = np.linspace(1.0, 4.0, 3001)
    eta = 4.0 * (1.0 - np.exp(-0.5 * spans)) ** 2 / spans
    best = 0.5 * float(eta.max())
    assert prove_on_box("prop-3.1", "constant offset", box=box, constant=best + 1e-4).proved
    refuted = prove_on_box("prop-3.1", "constant offset", box=box, constant=best - 1e-4)
    low, high = refuted.failing_cell["span"]
    assert low < spans[eta.argmax()] + 0.2
    assert high > spans[eta.argmax()] - 0.2


def test_the_sides_of_a_proof_are_the_statement_s_own():
    """A statement spoilt in its own text, not by a constant, is refuted on the box."""

    @gc.statement("mine", kind="upper", boxes=("constant offset",))
    def spoilt(s, factor=0.5):
        yield at_most("KL <= half the learned energy, less", s.kl, factor * s.learned_energy - 0.4 * s.ideal_energy)

    assert prove_on_box(spoilt, "constant offset").verdict is BoxVerdict.REFUTED
    assert prove_on_box(spoilt, "constant offset", constant=0.9).proved


def test_too_few_cells_are_undecided_with_a_cell():
    proof = prove_on_box("prop-3.1", "constant offset", cells=3)
    assert proof.verdict is BoxVerdict.UNDECIDED
    assert set(proof.failing_cell) == {"variance", "span", "energy"}
    assert proof.cells == 3


def test_bad_arguments_are_named():
    with pytest.raises(UnknownNameError, match=r"family = 'x'.*constant offset"):
        prove_on_box("prop-3.1", "x")
    with pytest.raises(NotSupportedError, match="no closed form"):
        prove_on_box("limit", "constant offset")
    with pytest.raises(UnknownNameError, match=r"box = 'b'.*variance"):
        prove_on_box("prop-3.1", "constant offset", box={"b": (0.0, 1.0)})
    with pytest.raises(InvalidArgumentError, match=r"box\[span\].*low <= high"):
        prove_on_box("prop-3.1", "constant offset", box={"span": (2.0, 1.0)})
    with pytest.raises(InvalidArgumentError, match=r"box\[delta\].*-0.14"):
        prove_on_box("prop-3.1", "amplified score", box={"delta": (-1.0, 0.0)})
