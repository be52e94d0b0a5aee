"""Laws of small images: what they are fitted to, and what their pictures show."""

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.lab import patches, sweep_presets
from gausscollapse.lab.generations import run

sklearn = pytest.importorskip("sklearn")


def grey_patch(photograph, row, column):
    """Return one patch pixel by pixel."""
    values = np.empty((8, 8))
    for i in range(8):
        for j in range(8):
            red, green, blue = map(float, photograph[row + i, column + j])
            values[i, j] = 0.299 * red + 0.587 * green + 0.114 * blue
    return values


def test_patches_are_those_of_the_photographs():
    from sklearn.datasets import load_sample_images

    first = load_sample_images().images[0]
    points, centre, scale = patches.photograph_patches()
    assert points.shape == (33_390, 64)
    assert abs(points.mean()) < 1e-10
    assert points.std() == pytest.approx(1.0, abs=1e-10)
    # Row 3, column 5 of 159 patches a row of the photograph: corners (12, 20).
    wanted = grey_patch(first, 12, 20)
    assert np.allclose(points[3 * 159 + 5].reshape(8, 8) * scale + centre, wanted, atol=1e-9)
    assert not np.allclose(points[3 * 159 + 6].reshape(8, 8) * scale + centre, wanted, atol=1.0)
    assert np.allclose(patches.pictures_of(points[3 * 159 + 5][None])[0], 1.0 - wanted / 255.0)


def test_the_law_has_the_moments_that_maximisation_keeps():
    """One maximisation step of EM keeps mean and covariance of the samples, but for what is added to the diagonal."""
    law = gc.lab.image_law("photograph-patches")
    points = patches.photograph_patches()[0]
    chosen = points[np.random.default_rng(0).permutation(len(points))[:8000]]
    assert np.allclose(law.mean, chosen.mean(axis=0), atol=1e-9)
    wanted = np.cov(chosen, rowvar=False, bias=True) + 1e-3 * np.eye(64)
    assert np.allclose(law.cov, wanted, atol=1e-8)
    # Control: other patches have other moments.
    assert not np.allclose(law.mean, points[:8000].mean(axis=0), atol=1e-3)


def test_names_and_numbers_are_refused_in_one_line():
    with pytest.raises(InvalidArgumentError, match=r"accepted: .*digits.*photograph-patches"):
        gc.lab.image_law("faces")
    with pytest.raises(InvalidArgumentError, match="components"):
        gc.lab.image_law("digits", 0)


@pytest.mark.slow
def test_patches_drift_without_fresh_ones():
    settings = {**sweep_presets.document("photograph-patches")["settings"], "generations": 6}
    found = {fresh: run({**settings, "fresh": fresh}, 0) for fresh in (0.0, 0.5)}
    assert found[0.0]["kl_lower"].values[-1] > found[0.5]["kl_upper"].values[-1] > 0.0
    assert found[0.0]["pictures"].values.shape == (7, 40, 8, 8)
    assert "frechet" not in found[0.0]
