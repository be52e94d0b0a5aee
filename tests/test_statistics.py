"""The protocol of statistics: three implementations, what they compute, and what they declare absent."""

import itertools

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.checking.chapter import Sample
from gausscollapse.checking.evaluation import evaluate
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import AbsentStatisticError, InvalidArgumentError
from gausscollapse.core.verdict import Outcome
from gausscollapse.laws.diffusion import marginal
from gausscollapse.process.certified.statistics import CertifiedStatistics
from gausscollapse.process.grid_statistics import GridStatistics
from gausscollapse.process.statistics import Statistics
from gausscollapse.sampling import orthonormal, sampled_statistics
from gausscollapse.sampling.sampled_statistics import SampledStatistics, statistics_of
from gausscollapse.theorems import registry

DIFFUSION = gc.OrnsteinUhlenbeck(1.5, 0.1)
LINE = gc.ReverseProcess(gc.Gaussian(0.4, 0.3), DIFFUSION, gc.AffineError(0.2, 0.3))
PLANE = gc.ReverseProcess(
    gc.Gaussian([0.3, -0.2], [[1.0, 0.3], [0.3, 0.5]]),
    DIFFUSION,
    gc.AffineError([[0.05, 0.1], [-0.1, 0.05]], [0.15, 0.1]),
)
MIXED_LINE = gc.GaussianMixture([0.3, 0.7], [-1.0, 0.8], [0.3, 0.2])
MIXED_PLANE = gc.GaussianMixture(
    [0.4, 0.6], [[-1.0, 0.3], [1.0, -0.2]], [[[0.5, 0.1], [0.1, 0.3]], [[0.4, -0.1], [-0.1, 0.6]]]
)
BOUNDS = ("hammersley_observable", "hammersley_affine", "hammersley_quadratic", "donsker_varadhan")
NAMES = sorted(name for name in vars(Statistics) if not name.startswith("_"))
# What no error changes.
IDEAL = ("ideal_mean", "ideal_covariance", "transport_constant", "start_transport")
ARGUMENTS = {"gradient_energy": ("learned",), "scaled": (0.5,)}


@pytest.fixture
def few_paths(monkeypatch):
    monkeypatch.setattr(sampled_statistics, "ENDS", 400)
    monkeypatch.setattr(sampled_statistics, "STEPS", 40)


def asked(statistics, name):
    """Return what a member of the protocol gives, called where it is a method."""
    found = getattr(statistics, name)
    if not callable(found):
        return found
    named = {"invisible": {"energy": 1.0, "leak": 0.0}, "renyi": {"order": 0.7}, "reverse_renyi": {"order": 1.5}}
    return found(*ARGUMENTS.get(name, ()), **named.get(name, {}))


def shape_of(name, statistics):
    """Return the shape of a member of the protocol."""
    kind = name.rpartition("_")[2]
    return (statistics.size, *[statistics.dim] * {"mean": 1, "covariance": 2}.get(kind, 0))


def gaps(statistics):
    """Return the members of the protocol that are neither computed nor declared absent."""
    wrong = []
    for name in NAMES:
        try:
            found = asked(statistics, name)
        except AbsentStatisticError as error:
            if error.statistic != name or error.reason != statistics.absent.get(name):
                wrong.append(name)
        except AttributeError:
            wrong.append(name)
        else:
            shaped = not isinstance(found, Enclosure) or found.shape == shape_of(name, statistics)
            if not shaped or name in statistics.absent:
                wrong.append(name)
    return wrong


def test_every_statistic_is_computed_or_declared_absent(few_paths):
    assert len(NAMES) > 20
    for process in (LINE, PLANE):
        assert gaps(process.statistics) == []
    assert gaps(GridStatistics([LINE, LINE])) == []
    for process in (LINE, PLANE):
        assert gaps(SampledStatistics([process, process])) == []


def test_a_statistic_that_is_forgotten_or_silently_absent_is_seen():
    class Forgetful(GridStatistics):
        chi2 = property()

        def donsker_varadhan(self):
            raise AbsentStatisticError("donsker_varadhan", "no reason that is declared")

        def hammersley_affine(self):
            return Enclosure.exact(0.0)

    assert gaps(Forgetful([LINE])) == ["chi2", "donsker_varadhan", "hammersley_affine"]


def test_on_the_line_grid_and_exact_statistics_agree_to_1e_6():
    grid, exact, double = GridStatistics([LINE]), LINE.statistics, LINE.statistics.scaled(2.0)
    for name in NAMES:
        if name in ("absent", "dim", "invisible", "matched", "scaled", "size", "stochasticity"):
            continue
        mine, theirs, other = (np.asarray(asked(s, name).value).item() for s in (grid, exact, double))
        assert mine == pytest.approx(theirs, rel=1e-6, abs=1e-9), name
        if name not in ("initial_kl", "observability", "swirl_energy", *IDEAL):
            assert mine != pytest.approx(other, rel=1e-2), name
    for name in BOUNDS:
        assert asked(grid, name).overlaps(asked(exact, name))[0], name


def test_the_start_from_a_standard_normal_on_the_grid():
    process = gc.ReverseProcess(LINE.data, DIFFUSION, LINE.error, start="standard-normal")
    grid = GridStatistics([process])
    exact = gc.kl(gc.Gaussian(0.0, 1.0), marginal(LINE.data, DIFFUSION.horizon))
    assert grid.initial_kl[0].overlaps(exact)
    assert float(grid.initial_kl[0]) == pytest.approx(float(exact), rel=1e-12)
    assert not grid.matched[0]
    assert float(GridStatistics([LINE]).initial_kl[0].upper) == 0.0


def rule(law, count=6):
    """Return points and weights of tensor Gauss-Hermite rules, exact for polynomials of degree 11."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    weights = weights / np.sum(weights)
    grid = np.array(list(itertools.product(nodes, repeat=law.dim)))
    shares = np.array([np.prod(item) for item in itertools.product(weights, repeat=law.dim)])
    points = [part.mean + grid @ np.linalg.cholesky(part.cov).T for part in law.components]
    return np.concatenate(points), np.concatenate([weight * shares for weight in law.weights])


@pytest.mark.parametrize("law", [LINE.data, PLANE.data, MIXED_LINE, MIXED_PLANE], ids=["g1", "g2", "m1", "m2"])
def test_test_functions_are_orthonormal_by_quadrature(law):
    points, weights = rule(law)
    for functions, count in (
        (orthonormal.affine_functions, law.dim),
        (orthonormal.quadratic_functions, law.dim * (law.dim + 3) // 2),
    ):
        values = functions(law, points)
        assert values.shape == (len(points), count)
        np.testing.assert_allclose(weights @ values, 0.0, atol=1e-12)
        np.testing.assert_allclose((values.T * weights) @ values, np.eye(count), atol=1e-11)
    if law in (MIXED_LINE, MIXED_PLANE):
        # The control: functions that are orthonormal under the Gaussian of the same two moments are not.
        values = orthonormal.quadratic_functions(gc.Gaussian(law.mean, law.cov), points)
        assert np.max(np.abs((values.T * weights) @ values - np.eye(values.shape[1]))) > 0.1


@pytest.mark.parametrize("process", [LINE, PLANE], ids=["line", "plane"])
def test_sampled_lower_bounds_hold_the_exact_values(process):
    found, exact = SampledStatistics([process]), process.statistics
    other = process.statistics.scaled(4.0)
    for name in ("hammersley_affine", "hammersley_quadratic"):
        mine, theirs = asked(found, name), asked(exact, name)
        assert mine.guarantee == "statistical"
        assert mine.overlaps(theirs)[0], name
        if np.isinf(mine.upper[0]):
            continue
        assert not mine.overlaps(asked(other, name))[0], name


def test_sampled_and_grid_statistics_of_a_mixture_agree():
    process = gc.ReverseProcess(MIXED_LINE, DIFFUSION, gc.AmplifiedScoreError(0.15))
    found, grid = SampledStatistics([process]), GridStatistics([process])
    double = grid.scaled(2.0)
    for name in ("ideal_energy", "learned_energy", "chi2", "observed_energy", "hammersley_affine"):
        assert asked(found, name).overlaps(asked(grid, name))[0], name
    assert found.hammersley_quadratic().overlaps(grid.hammersley_quadratic())[0]
    # The variance of these weights has no proven bound: no upper end, and the lower one sees too small an error.
    assert np.isinf(found.chi2.upper[0])
    assert np.isinf(found.learned_energy.upper[0])
    assert not found.learned_energy.overlaps(grid.scaled(0.5).learned_energy)[0]
    assert not found.ideal_energy.overlaps(double.ideal_energy)[0]


def test_what_is_absent_does_not_apply_and_says_why(few_paths):
    statistics = SampledStatistics([PLANE])
    sample = Sample([PLANE], statistics, ["plane"])
    for name, statistic in (("slack", "slack_integral"), ("dv", "donsker_varadhan")):
        verdict = evaluate(registry[name], sample).verdict(0)
        assert verdict.outcome is Outcome.NOT_APPLICABLE
        assert verdict.reason == f"{statistic} is not computed: {statistics.absent[statistic]}"
    assert evaluate(registry["slack"], Sample([PLANE], PLANE.statistics, ["plane"])).verdict(0) == "HOLDS"
    with pytest.raises(
        AbsentStatisticError, match="invisible is not computed: on the line every field is a gradient"
    ):
        LINE.statistics.invisible(energy=1.0, leak=0.0)


def test_the_best_method_that_applies_is_chosen():
    mixed = [gc.ReverseProcess(law, DIFFUSION, gc.AmplifiedScoreError(0.1)) for law in (MIXED_LINE, MIXED_PLANE)]
    assert statistics_of(LINE) is LINE.statistics
    assert [type(statistics_of(process)) for process in mixed] == [GridStatistics, SampledStatistics]


@pytest.mark.parametrize(
    ("energy", "leak", "name"), [("x", 0.0, "energy"), (-1.0, 0.0, "energy"), (1.0, 2.0, "leak")]
)
def test_an_invisible_error_is_refused_by_the_name_of_its_argument_on_the_line_too(energy, leak, name):
    for statistics in (LINE.statistics, GridStatistics([LINE]), CertifiedStatistics.of([LINE])):
        with pytest.raises(InvalidArgumentError, match=f"^{name} = "):
            statistics.invisible(energy=energy, leak=leak)
        with pytest.raises(AbsentStatisticError, match="on the line every field is a gradient"):
            statistics.invisible(energy=1.0, leak=0.0)
