"""Statistics of independent parts against those of the one process that they make."""

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.process import LinearStatistics, ProductStatistics

NAMES = (
    "ideal_energy", "learned_energy", "initial_kl", "path_kl", "path_chi2", "kl", "reverse_kl", "chi2",
    "observed_energy", "observability", "variation_square", "taylor_square", "martingale_remainder", "slack_integral",
    "swirl_energy", "hammersley_observable", "hammersley_affine", "hammersley_quadratic", "donsker_varadhan",
)  # fmt: skip


def part(rng, dim):
    root = rng.standard_normal((dim, dim))
    law = gc.Gaussian(rng.standard_normal(dim), root @ root.T + 0.3 * np.eye(dim))
    return law, 0.15 * rng.standard_normal((dim, dim)), 0.2 * rng.standard_normal(dim)


def blocks(matrices):
    size = sum(len(matrix) for matrix in matrices)
    found, start = np.zeros((size, size)), 0
    for matrix in matrices:
        end = start + len(matrix)
        found[start:end, start:end] = matrix
        start = end
    return found


def pair(seed, start, counts=(1, 1, 2)):
    """Return statistics of parts, and of the process that they make together."""
    rng, diffusion = np.random.default_rng(seed), gc.OrnsteinUhlenbeck(1.5, 0.05)
    parts = [part(rng, dim) for dim in (1, 2, 1)]
    single = [
        gc.ReverseProcess(law, diffusion, gc.AffineError(matrix, offset), start=start, tolerance=1e-10).statistics
        for law, matrix, offset in parts
    ]
    every = [item for item, count in zip(parts, counts, strict=True) for _ in range(count)]
    law = gc.Gaussian(np.concatenate([law.mean for law, _, _ in every]), blocks([law.cov for law, _, _ in every]))
    error = gc.AffineError(blocks([matrix for _, matrix, _ in every]), np.concatenate([row for _, _, row in every]))
    whole = gc.ReverseProcess(law, diffusion, error, start=start, tolerance=1e-10).statistics
    return ProductStatistics(single, [[count] for count in counts]), whole


def of(statistics, name):
    found = getattr(statistics, name)
    return found() if callable(found) else found


@pytest.mark.parametrize("start", ["marginal", "standard-normal"])
@pytest.mark.parametrize("seed", range(3))
def test_parts_make_the_whole(seed, start):
    product, whole = pair(seed, start)
    assert product.dim == whole.dim == 5
    for name in NAMES:
        left, right = of(product, name), of(whole, name)
        assert np.all(left.overlaps(right)), name
        if np.isfinite(right.value[0]):
            assert abs(left.value[0] - right.value[0]) <= 1e-7 * abs(right.value[0]) + 1e-12, name
            # Not by being wide.
            assert left.width[0] <= 1e-5 * abs(left.value[0]) + 1e-10, name
    for weight in ("learned", "ideal"):
        assert np.all(product.gradient_energy(weight).overlaps(whole.gradient_energy(weight)))
    for scale in (-1.0, 0.5):
        left, right = product.scaled(scale), whole.scaled(scale)
        assert np.all(left.kl.overlaps(right.kl))
        assert np.all(left.path_chi2.overlaps(right.path_chi2))
    exponents = {"theta1": 0.7, "theta2": -0.2}
    assert np.all(product.exponential_moment(**exponents).overlaps(whole.exponential_moment(**exponents)))


def test_a_part_too_few_is_seen():
    """The control: one part counted once instead of twice, and every statistic disagrees."""
    wrong, _ = pair(0, "marginal", counts=(1, 1, 1))
    _, whole = pair(0, "marginal")
    for name in set(NAMES) - {"initial_kl", "observability", "swirl_energy"}:
        assert not np.any(of(wrong, name).overlaps(of(whole, name))), name


def test_what_is_of_order_four_survives_small_errors():
    """rho is 1e-16 of the energy here: a difference of the sums would lose it."""
    product, whole = pair(1, "marginal")
    left, right = product.scaled(1e-8).martingale_remainder, whole.scaled(1e-8).martingale_remainder
    assert np.all(left.overlaps(right))
    assert abs(left.value[0] / right.value[0] - 1.0) < 1e-6


def test_hostile_counts_are_named():
    product, _ = pair(0, "marginal")
    for counts in ([[0]], [[1.5]], [[1, 1]], [["a"]]):
        with pytest.raises(gc.GaussCollapseError, match="counts"):
            ProductStatistics(product.parts[:1], counts)
    with pytest.raises(gc.GaussCollapseError, match="parts"):
        ProductStatistics([], [])
    with pytest.raises(gc.GaussCollapseError, match="invisible"):
        product.invisible(energy=1.0, leak=0.0)
    assert isinstance(product.parts[0], LinearStatistics)
