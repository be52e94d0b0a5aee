"""The recursion's pool against exact rational numbers: components, ages, and bounds that hold and are not empty."""

import math
from dataclasses import replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.retraining._component_pool import ComponentPool, Components, PooledLaw, SignedRows
from gausscollapse.retraining._long_weights import LongWeights
from gausscollapse.retraining._moves import Move
from gausscollapse.retraining._recursion import Builder, run
from gausscollapse.retraining.ratios import ratio_products
from gausscollapse.retraining.whitened import Whitened
from gausscollapse.retraining.workflows import Workflow


def exact(array):
    array = np.asarray(array, dtype=float)
    return np.array([Fraction(x) for x in array.ravel().tolist()], dtype=object).reshape(array.shape)


def chain(data, start, channels):
    """Return the exact moments of the start after each channel, by F m + c and F S F^T + H."""
    mean, cov = exact(start.mean), exact(start.cov)
    found = [(mean, cov)]
    for channel in channels:
        matrix = exact(channel.matrix)
        mean = matrix @ mean + exact(channel.offset)
        cov = matrix @ cov @ matrix.T + exact(channel.noise)
        found.append((mean, cov))
    return found


def loose(dim, rng, *, unit=False, size=1.0):
    """Return a channel near the identity, or one of additions alone."""
    eye = np.eye(dim)
    factor = rng.standard_normal((dim, dim))
    matrix = eye if unit else eye + 0.3 * size * rng.standard_normal((dim, dim))
    return gc.AffineChannel(matrix, size * rng.standard_normal(dim), size * 0.1 * (factor @ factor.T))


def judged(data, start, channels):
    """Assert that every deviation is inside of its bounds; return by how much of them it is off at most.

    Mean errors bound outer products, n of them after n channels; covariance errors bound in the Loewner order.
    """
    pool = run(data, start, np.zeros(len(channels)), channels)
    parts, worst = pool.components, 0.0
    reference = (exact(data.mean), exact(data.cov)) if isinstance(data, gc.Gaussian) else (Fraction(0), Fraction(0))
    for age, (mean, cov) in enumerate(chain(data, start, channels)):
        (entry,) = pool.models[age].entries
        assert parts.ages[entry] == (0 if age == 0 else age)
        off = np.array(exact(parts.mean_shifts[entry]) - (mean - reference[0]), dtype=float)
        bound = max(age, 1) * parts.mean_errors[entry]
        assert np.linalg.eigvalsh(bound - np.outer(off, off))[0] >= -1e-6 * np.max(np.abs(bound)), age
        wrong = np.array(exact(parts.cov_shifts[entry]) - (cov - reference[1]), dtype=float)
        for sign in (1.0, -1.0):
            least = np.linalg.eigvalsh(parts.cov_errors[entry] + sign * wrong)[0]
            assert least >= -1e-6 * np.max(np.abs(parts.cov_errors[entry])), age
        worst = max(worst, float(np.max(np.abs(wrong))) / max(float(np.max(parts.cov_errors[entry])), 1e-300))
        size = max(1.0, float(np.max(np.abs(parts.covs[entry]))))
        assert np.max(np.abs(parts.covs[entry] - np.array(cov, dtype=float))) <= 1e-13 * size
        assert np.max(np.abs(parts.means[entry] - np.array(mean, dtype=float))) <= 1e-13 * max(
            1.0, float(np.max(np.abs(parts.means[entry])))
        )
    return worst


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("kind", ["near", "additions", "mixed"])
@pytest.mark.parametrize("size", [1.0, 1e-5])
def test_deviations_are_inside_of_their_bounds(dim, kind, size):
    rng = np.random.default_rng([dim, len(kind)])
    worst = 0.0
    for _ in range(6):
        factor = rng.standard_normal((dim, dim))
        data = gc.Gaussian(rng.standard_normal(dim), factor @ factor.T + 0.1 * np.eye(dim))
        start = gc.Gaussian(data.mean + rng.standard_normal(dim), 1.1 * data.cov)
        unit = {"near": [False] * 6, "additions": [True] * 6, "mixed": [True, False] * 3}[kind]
        worst = max(worst, judged(data, start, [loose(dim, rng, unit=flag, size=size) for flag in unit]))
    # the bounds are no more than three decades above what happens
    assert worst > 1e-3


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_first_channel_of_the_data_itself_rounds(dim):
    """Deviations of nothing: all that is rounded comes from ``F - I``, the offset and the noise."""
    rng = np.random.default_rng(dim)
    for _ in range(20):
        factor = rng.standard_normal((dim, dim))
        data = gc.Gaussian(rng.standard_normal(dim), factor @ factor.T + 0.1 * np.eye(dim))
        channel = loose(dim, rng)
        noise = np.diag(np.diag(channel.noise))
        judged(data, data, [gc.AffineChannel(channel.matrix, channel.offset, noise)])
        judged(data, data, [gc.AffineChannel(0.5 * np.eye(dim), np.zeros(dim), noise)])


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("size", [1e-4, 0.1, 1.0])
@pytest.mark.parametrize("mean", [1.0, 1e6])
def test_one_step_of_hundreds_is_inside_of_its_bounds(dim, size, mean):
    """Channels without noise too, small and large slopes, small and large means."""
    rng = np.random.default_rng([dim, int(mean)])
    eye = np.eye(dim)
    for trial in range(150 // dim):
        factor = rng.standard_normal((dim, dim))
        data = gc.Gaussian(mean * rng.standard_normal(dim), factor @ factor.T + 0.1 * eye)
        noise = size * 0.1 * factor @ factor.T if trial % 2 else np.zeros((dim, dim))
        step = gc.AffineChannel(
            eye + 0.3 * size * rng.standard_normal((dim, dim)), size * rng.standard_normal(dim), noise
        )
        judged(data, data if trial % 3 else gc.Gaussian(data.mean * 1.1, 0.9 * data.cov), [step])


@pytest.mark.parametrize("fresh", [0.1, 1e-17, 0.9])
def test_weights_of_many_generations_are_inside_of_their_errors(fresh):
    """Two entries that take turns: the weights by the recursion in fractions, also as seen from the training law."""
    data, moved = gc.Gaussian(0.0, 1.0), gc.AffineChannel(1.0, 0.25, 0.0)
    back, generations = gc.AffineChannel(1.0, -0.25, 0.0), 31
    channels = [moved if k % 2 == 0 else back for k in range(generations)]
    pool = run(data, gc.GaussianMixture([0.3, 0.7], [0.0, 0.25], [1.0, 1.0]), np.full(generations, fresh), channels)
    share = Fraction(fresh)
    model = {0.0: Fraction(0.3), 0.25: Fraction(0.7)}
    models, trained = [model], []
    for channel in channels:
        mixed = {place: (1 - share) * weight for place, weight in model.items()}
        mixed[0.0] = mixed.get(0.0, Fraction(0)) + share
        trained.append(mixed)
        model = {place + float(channel.offset[0]): weight for place, weight in mixed.items()}
        models.append(model)
    places = pool.components.means[:, 0].tolist()

    def inside(rows, number, exact_row, components):
        weights, errors = rows.weights.toarray()[number], rows.errors.toarray()[number]
        for place, weight, error in zip(components, weights, errors, strict=True):
            off = abs(Fraction(weight) - exact_row.get(place, Fraction(0)))
            assert off <= Fraction(error) + abs(Fraction(weight)) / 2**53
            assert error <= 1e-28

    for i in range(generations):
        change = {x: models[i + 1].get(x, Fraction(0)) - trained[i].get(x, Fraction(0)) for x in places}
        inside(pool.innovations, i, change, places)
        seen = pool.against(pool.models[i + 1], pool.training(i))
        inside(seen.deviations, 0, change, seen.components.means[:, 0].tolist())
        assert seen.passed == generations
        assert np.max(seen.deviations.errors.data) == np.max(pool.innovations.errors.toarray()[i])
    last = {x: models[-1].get(x, Fraction(0)) - (x == 0.0) for x in places}
    inside(pool.deviations, generations, last, places)


def test_a_sum_of_weights_that_even_two_floats_do_not_hold_has_an_error():
    """1 + 2^-60 + 2^-120 on one component, against 1: the last term is lost before any generation."""
    law = gc.Gaussian(0.0, 1.0)
    start = gc.GaussianMixture([1.0, 2.0**-60, 2.0**-120], [0.0] * 3, [1.0] * 3)
    row = run(law, start, np.zeros(0), []).deviations
    (found,), (error,) = row.weights.toarray()[0], row.errors.toarray()[0]
    assert abs(Fraction(2) ** -60 + Fraction(2) ** -120 - Fraction(found)) <= Fraction(error) < Fraction(2) ** -98


def test_sums_without_rounding_have_no_error_and_others_have():
    data, step = gc.Gaussian(0.0, 1.0), gc.AffineChannel(1.0, 0.5, 0.25)
    parts = run(data, data, np.zeros(4), [step] * 4).components
    assert not np.any(parts.mean_errors)
    assert not np.any(parts.cov_errors)
    parts = run(data, data, np.zeros(4), [gc.AffineChannel(1.0, 0.1, 0.1)] * 4).components
    # 0.1 + 0.1 is exact, 0.2 + 0.1 is not
    assert [bool(error > 0.0) for error in parts.mean_errors[:, 0, 0]] == [False, False, False, True, True]
    assert [bool(error > 0.0) for error in parts.cov_errors[:, 0, 0]] == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("start", "offset"), [((1.1, 1.0), (-1.0, 0.0)), ((0.3, 0.1), (-0.2, 0.0)), ((0.1, 0.1), (0.0, 0.2))]
)
@pytest.mark.parametrize("mixed", [False, True])
def test_what_returns_to_the_data_within_rounding_is_not_called_equal(start, offset, mixed):
    """Sums of floats that are the data's numbers by rounding only: chi-squared by exact differences, 60 digits."""
    data, back = gc.Gaussian(0.1, 0.3 if offset[1] else start[1]), gc.AffineChannel(1.0, offset[0], offset[1])
    if mixed:
        one = gc.AffineChannel(1.0, 0.0, 0.0)
        found = gc.retrain(data, fresh=0.0, step=[one, back], generations=2, start=gc.Gaussian(*start))
    else:
        found = gc.retrain(data, fresh=0.0, step=back, generations=1, start=gc.Gaussian(*start))
    with mpmath.workdps(60):
        m, v = mpmath.mpf(float(data.mean[0])), mpmath.mpf(float(data.cov[0, 0]))
        delta = mpmath.mpf(start[0]) + mpmath.mpf(offset[0]) - m
        x = (mpmath.mpf(start[1]) + mpmath.mpf(offset[1]) - v) / v
        truth = mpmath.exp(delta**2 / v / (1 - x)) / mpmath.sqrt(1 - x**2) - 1
        enclosure = found.accumulated_enclosure[-1]
        assert 0 < truth < 1e-29
        assert enclosure.lower <= truth <= enclosure.upper < 1e-27
        # from start to model the same law moved: what is against q_i has an error as well
        assert found.accumulated_enclosure[0].lower > 1e-3


def test_a_model_that_is_its_training_law_within_rounding_is_not_called_equal():
    """One moves by 1e-17, which is lost in its mean: I_0 is expm1 of the square of it."""
    step = gc.AffineChannel(1.0, 1e-17, 0.0)
    found = gc.retrain(gc.Gaussian(0.0, 1.0), fresh=0.0, step=step, generations=1, start=gc.Gaussian(1.0, 1.0))
    # seen from q_0 itself nothing is large; seen from the data, at distance 1, the roundings of e^1 cancel
    for enclosure, widest in ((found.intra()[0], 1e-29), (found.innovation_energy_enclosure[0], 1e-12)):
        assert enclosure.lower <= 0.9e-34 < 1.1e-34 <= enclosure.upper < widest
    still = gc.retrain(gc.Gaussian(0.0, 1.0), fresh=0.0, step=gc.AffineChannel(1.0, 0.0, 0.0), generations=1)
    assert still.intra()[0].upper == still.innovation_energy_enclosure[0].upper == 0.0


def test_what_returns_to_the_data_exactly_is_equal():
    """A quarter and back: no sum is rounded, and nothing is left."""
    quarter, back = gc.AffineChannel(1.0, 0.25, 0.0), gc.AffineChannel(1.0, -0.25, 0.0)
    found = gc.retrain(gc.Gaussian(0.5, 1.0), fresh=0.0, step=[quarter, back] * 3, generations=6)
    assert [float(found.accumulated_enclosure[k].upper) for k in (0, 2, 4, 6)] == [0.0] * 4


def test_a_reference_that_another_law_may_stand_for_keeps_its_error():
    pool, laws = hand_made()
    joined = replace(pool, joined=np.array([False, True]))
    kept, known = joined.against(laws[0], laws[1]).components, pool.against(laws[0], laws[1]).components
    assert (kept.mean_errors[1, 0, 0], known.mean_errors[1, 0, 0]) == (36.0, 0.0)
    assert joined.against(laws[1], laws[1]).deviations.sizes.toarray().tolist() == [[2.0]]
    assert pool.against(laws[1], laws[1]).deviations.sizes.nnz == 0


def test_ages_count_channels():
    data = gc.GaussianMixture([0.3, 0.7], [-1.0, 2.0], [1.0, 0.5])
    step = gc.AffineChannel(0.9, 0.1, 0.2)
    pool = run(data, data, np.full(3, 0.5), [step] * 3)
    assert sorted(pool.components.ages.tolist()) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert [law.entries.size for law in pool.models] == [2, 2, 4, 6]
    # weights of age k after three generations: a for 1, a (1 - a) for 2, (1 - a)^2 for 3
    last = pool.models[-1]
    shares = {age: float(np.sum(last.weights[pool.components.ages[last.entries] == age])) for age in range(4)}
    assert shares == pytest.approx({0: 0.0, 1: 0.5, 2: 0.25, 3: 0.25}, abs=1e-15)


def test_components_that_differ_in_their_means_alone_are_two():
    data = gc.GaussianMixture([0.5, 0.5], [-1.0, 1.0], [1.0, 1.0])
    assert len(run(data, data, np.zeros(0), [])) == 2
    assert len(run(data, gc.GaussianMixture([0.5, 0.5], [-1.0, 1.0], [1.0, 2.0]), np.zeros(0), [])) == 3


def test_models_without_a_density_are_refused_with_their_age():
    data = gc.Gaussian([0.0, 0.0], np.eye(2))
    flat, wide = gc.AffineChannel(np.diag([1.0, 0.0]), [0.0, 0.0], np.zeros((2, 2))), gc.AffineChannel(
        np.eye(2), [0.0, 0.0], np.eye(2)
    )  # fmt: skip
    for channels, age in (([flat], 1), ([wide, flat], 2)):
        with pytest.raises(InvalidArgumentError, match=f"without a density after {age} channels"):
            run(data, data, np.zeros(len(channels)), channels)


def hand_made(dim=1):
    """Return a pool of two components with errors of their own, 2 and 3 in the mean, 2 and 3 in the covariance."""
    eye = np.eye(dim)
    parts = Components(
        np.array([[0.0], [1.0]]) * np.ones(dim),
        np.array([eye, 2.0 * eye]),
        np.array([[0.0], [1.0]]) * np.ones(dim),
        np.array([0.0 * eye, eye]),
        np.array([4.0 * eye, 9.0 * eye]),
        np.array([2.0 * eye, 3.0 * eye]),
        np.array([1, 2]),
    )
    laws = [PooledLaw(np.array([k]), LongWeights.of(np.ones(1))) for k in (0, 1)]
    return ComponentPool(
        parts, laws[0], (laws[1],), np.zeros(1), np.empty(0), (), laws[0], np.zeros(2, dtype=bool), 0
    ), laws


@pytest.mark.parametrize("only", [0, 1])
def test_deviations_from_a_model_have_the_errors_of_both(only):
    """Errors of 2 and of 3 differ by up to 5: 25 is to be bounded in the mean, 5 in the covariance."""
    pool, laws = hand_made()
    seen = pool.against(laws[1 - only], laws[only])
    parts = seen.components
    assert parts.mean_errors[1 - only, 0, 0] >= 25.0
    assert parts.cov_errors[1 - only, 0, 0] >= 5.0
    assert parts.mean_errors[only, 0, 0] == parts.cov_errors[only, 0, 0] == 0.0
    assert parts.mean_shifts[:, 0].tolist() == [0.0 - only, 1.0 - only]
    assert parts.cov_shifts[:, 0, 0].tolist() == [0.0 - only, 1.0 - only]
    assert seen.data.entries.tolist() == [only]
    assert seen.models[0].entries.tolist() == [1 - only]
    assert seen.fresh.size == 0
    assert seen.dropped.tolist() == [0.0]


def test_against_a_mixture_the_reference_stays():
    pool, laws = hand_made()
    both = laws[0].mixed(0.25, laws[1])
    assert both.weights.tolist() == [0.25, 0.75]
    seen = pool.against(laws[1], both)
    assert seen.components.mean_shifts[:, 0].tolist() == [0.0, 1.0]
    assert seen.components.mean_errors[:, 0, 0].tolist() == [4.0, 9.0]
    assert seen.data.entries.tolist() == [0, 1]
    difference = seen.deviations.weights.toarray()
    assert difference.tolist() == [[-0.25, 0.25]]


@pytest.mark.parametrize("dim", [2, 3])
def test_whitened_errors_are_those_of_the_worst_direction(dim):
    """Errors 1 .. 2 in standard deviations, after k channels: sqrt(k) times the largest, and rounding by hand."""
    scales = np.geomspace(1e-4, 1.0, dim)
    reference = gc.Gaussian(np.zeros(dim), np.diag(scales**2))
    sizes = np.linspace(1.0, 2.0, dim)
    none = np.zeros((1, dim, dim))
    parts = Components(
        np.zeros((1, dim)),
        reference.cov[None],
        scales[None] * np.array([3.0] + [0.0] * (dim - 1)),
        none,
        np.diag((sizes * scales) ** 2)[None],
        np.diag(sizes * scales**2)[None],
        np.array([5]),
    )
    law = PooledLaw(np.array([0]), LongWeights.of(np.ones(1)))
    pool = ComponentPool(parts, law, (law,), np.zeros(1), np.empty(0), (), law, np.zeros(1, dtype=bool), 0)
    found = pool.whitened(reference)
    assert found.shift_error[0] == pytest.approx(2.0 * math.sqrt(5.0), rel=1e-12)
    assert found.excess_error[0] == pytest.approx(2.0, rel=1e-12)
    assert found.shift[0] == pytest.approx([3.0] + [0.0] * (dim - 1))
    # without errors of the components, rounding alone is left: 16 u d times the norm, axes of any length
    bare = parts._replace(mean_errors=none, cov_errors=none, cov_shifts=reference.cov[None])
    alone = ComponentPool(bare, law, (law,), np.zeros(1), np.empty(0), (), law, np.zeros(1, dtype=bool), 0).whitened(
        reference
    )
    unit = 16.0 * 2.0**-53 * dim
    assert alone.shift_error[0] == pytest.approx(3.0 * unit, rel=1e-9, abs=0.0)
    assert alone.excess_error[0] == pytest.approx(math.sqrt(dim) * unit, rel=1e-9, abs=0.0)


@pytest.mark.parametrize("dim", [2, 3])
def test_whitened_rounding_grows_with_the_condition_of_the_correlations(dim):
    """Equal correlations r have eigenvalues 1 - r and 1 + (d - 1) r; the lengths of the axes do not count."""
    share, scales = 0.5, np.geomspace(1e-3, 10.0, dim)
    correlation = (1.0 - share) * np.eye(dim) + share
    reference = gc.Gaussian(np.zeros(dim), correlation * scales[:, None] * scales)
    none = np.zeros((1, dim, dim))
    shift = np.linalg.cholesky(reference.cov) @ np.ones(dim)
    parts = Components(np.zeros((1, dim)), reference.cov[None], shift[None], none, none, none, np.array([0]))
    law = PooledLaw(np.array([0]), LongWeights.of(np.ones(1)))
    found = ComponentPool(parts, law, (law,), np.zeros(1), np.empty(0), (), law, np.zeros(1, dtype=bool), 0).whitened(
        reference
    )
    condition = (1.0 + (dim - 1.0) * share) / (1.0 - share)
    expected = 16.0 * 2.0**-53 * dim * condition * math.sqrt(dim)
    assert found.shift_error[0] == pytest.approx(expected, rel=1e-9, abs=0.0)
    assert found.excess_error[0] == 0.0


def test_what_one_channel_leaves_of_a_zero_weight_is_dropped():
    twice = PooledLaw.merged(np.array([1, 0, 1]), LongWeights.of(np.array([0.25, 0.0, 0.5])))
    assert twice.entries.tolist() == [1]
    assert twice.weights.tolist() == [0.75]
    assert twice.equals(PooledLaw(np.array([1]), LongWeights.of(np.array([0.75]))))
    assert not twice.equals(PooledLaw(np.array([0]), LongWeights.of(np.array([0.75]))))
    assert not twice.equals(PooledLaw(np.array([1]), LongWeights.of(np.array([0.5]))))


@pytest.mark.parametrize("rounds", [1, 3, 50])
@pytest.mark.parametrize("fresh", [0.0, 0.25])
def test_roundings_of_a_circle_of_channels_add_up(rounds, fresh):
    """Forth by 1 and back by 1 - u, u = 2^-53: floats come back to u for ever, the mean is u after each round more.

    With fresh data, a mixture of N(k u, 1), chi-squared is a double sum of w_j w_k (e^{m_j m_k} - 1).
    """
    unit, data = 2.0**-53, gc.Gaussian(0.0, 1.0)
    forth, back = (gc.AffineChannel(1.0, offset, 0.0) for offset in (1.0, -1.0 + unit))
    found = gc.retrain(data, fresh=fresh, step=[forth, back] * rounds, generations=2 * rounds)
    means = {Fraction(0): Fraction(1)}
    for offset in [forth.offset[0], back.offset[0]] * rounds:
        mixed = {mean: (1 - Fraction(fresh)) * weight for mean, weight in means.items()}
        mixed[Fraction(0)] = mixed.get(Fraction(0), Fraction(0)) + Fraction(fresh)
        means = {mean + Fraction(offset): weight for mean, weight in mixed.items()}
    with mpmath.workdps(60):
        # N(0, 1) is the data: <N(a, 1), N(b, 1)> - 1 = e^{ab} - 1
        rows = [(mpmath.mpf(m.numerator) / m.denominator, mpmath.mpf(w.numerator) / w.denominator)
                for m, w in means.items()]  # fmt: skip
        truth = mpmath.fsum(w * v * mpmath.expm1(a * b) for a, w in rows for b, v in rows)
        last = found.accumulated_enclosure[-1]
        assert last.lower <= truth <= last.upper
        # not for want of a bound
        assert last.upper <= 8.0 * rounds * truth


def test_zeros_of_both_signs_are_one_component():
    data = gc.Gaussian([0.5, 0.5], np.eye(2))
    builder = Builder(data, [])
    plain = Builder(data, []).store.chosen(slice(0, 1))._replace(ages=np.zeros(1, dtype=np.int64))
    zeros = plain._replace(**{name: np.zeros_like(getattr(plain, name)) for name in plain._fields if name != "ages"})
    minus = zeros._replace(mean_shifts=-zeros.mean_shifts, cov_shifts=-zeros.cov_shifts)
    assert np.signbit(minus.mean_shifts).all()
    assert builder.add(zeros).tolist() == builder.add(minus).tolist() == [0]
    assert builder.count == 1


def test_what_is_dropped_of_models_that_are_kept_is_their_mean():
    """A share of 1e-305 real data is left out of every model; the mean over models halves what the first one lost."""
    data, start = gc.Gaussian(0.0, 1.0), gc.Gaussian(1.0, 2.0)
    pool = run(data, start, np.full(2, 1e-305), [loose(1, np.random.default_rng(1))] * 2, Workflow("accumulate"))
    share = Fraction(1e-305)
    expected = [Fraction(0), share, share + (1 - share) * share / 2]
    assert [float(lost) for lost in pool.dropped] == pytest.approx([float(x) for x in expected], rel=1e-12, abs=0.0)


def test_the_size_of_what_a_channel_adds_is_the_exact_sum_of_absolute_values():
    """The largest entry is off the diagonal, where the noise is negative; all numbers are sums of powers of two."""
    channel = gc.AffineChannel([[1.0, 0.125], [0.125, 1.0]], [0.0, 0.0], [[0.5, -0.375], [-0.375, 0.5]])
    cov = np.array([[4.0, 1.0], [1.0, 3.0]])
    steps = np.abs(exact(channel.matrix) - exact(np.eye(2)))
    half = steps @ exact(cov)
    sums = half + half.T + half @ steps.T + np.abs(exact(channel.noise))
    largest = max(sums.ravel())
    assert largest == sums[0, 1] > sums[0, 0]
    assert Move(channel, np.zeros(2), cov)._sizes[1] == float(largest)


def test_images_have_covariances_that_are_symmetric_to_the_last_bit():
    rng = np.random.default_rng(3)
    factor = rng.standard_normal((3, 3))
    data = gc.Gaussian(np.zeros(3), factor @ factor.T + 0.1 * np.eye(3))
    channel = loose(3, rng)
    covs = run(data, gc.Gaussian(np.ones(3), 1.3 * data.cov), np.zeros(4), [channel] * 4).components.covs
    assert np.array_equal(covs, np.swapaxes(covs, 1, 2))
    raw = channel.matrix @ data.cov @ channel.matrix.T
    assert not np.array_equal(raw, raw.T)


def test_one_row_of_differences_is_that_row():
    rows = SignedRows(
        np.array([0, 2, 5]), np.array([0, 1, 0, 1, 2]), np.array([1.0, -1.0, 0.5, 0.25, -0.75]), np.zeros(5),
        np.ones(5), 3,
    )  # fmt: skip
    assert rows.row(1).starts.tolist() == [0, 3]
    assert rows.row(1).dense(rows.row(1).weight).tolist() == [[0.5, 0.25, -0.75]]
    assert rows.row(0).dense(rows.row(0).weight).tolist() == [[1.0, -1.0, 0.0]]


@pytest.mark.parametrize("moved", ["left", "right"])
def test_the_error_of_a_mean_alone_is_in_the_bound_of_a_ratio_integral(moved):
    """Of N(a, 1) and N(b, 1) over N(0, 1) the integral is exp(a b): it moves by a times what b moves."""
    shifts, error = {"left": 2.0, "right": 0.5}, 1e-6

    def whitened(side):
        return Whitened(
            np.array([[shifts[side]]]), np.zeros((1, 1, 1)), np.ones((1, 1, 1)),
            np.array([error if side == moved else 0.0]), np.zeros(1),
        )  # fmt: skip

    values, errors, _ = ratio_products(whitened("left"), whitened("right"), np.zeros(1), np.zeros(1))
    other = shifts["right" if moved == "left" else "left"]
    for sign in (-1.0, 1.0):
        truth = mpmath.expm1(mpmath.mpf(other) * (shifts[moved] + sign * error))
        assert abs(values[0, 0] - truth) <= errors[0, 0]
    assert errors[0, 0] <= 4.0 * error * other * math.exp(1.0)
