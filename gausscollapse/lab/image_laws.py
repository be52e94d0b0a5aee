"""Laws of small images by name: Gaussian mixtures in 64 dimensions whose scores are exact, and how they look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gausscollapse.core.arguments import checked
from gausscollapse.core.validation import Array, as_choice, as_size
from gausscollapse.laws.mixture import Law

MOST_COMPONENTS = 20


@dataclass(frozen=True)
class ImageKind:
    """What is known of one kind of images.

    Parameters
    ----------
    components : int
        Number of components, or of components a class, by default.
    law : callable
        From that number to the law.
    pictures : callable
        From points (n, d) to pictures (n, rows, columns), from 0, white, to 1, black.
    features : callable, optional
        From points to features of a classifier, where images have classes.
    """

    components: int
    law: Callable[[int], Law]
    pictures: Callable[[Array], Array]
    features: Callable[[Array], Array] | None = None


def _digits() -> ImageKind:
    from gausscollapse.lab import digits

    return ImageKind(1, digits.digits_law, digits.images_of, digits.features)


def _patches() -> ImageKind:
    from gausscollapse.lab import patches

    return ImageKind(patches.COMPONENTS, patches.patches_law, patches.pictures_of)


IMAGES: Mapping[str, Callable[[], ImageKind]] = {"digits": _digits, "photograph-patches": _patches}


@checked
def image_law(name: str, components: int | None = None) -> Law:
    """Return the law of a kind of small images: a Gaussian mixture fitted to what scikit-learn ships.

    Parameters
    ----------
    name : {"digits", "photograph-patches"}
        Handwritten digits, one component a digit; or patches of two photographs, 20 components. Both have 8 x 8
        pixels.
    components : int, optional
        Another number of components, from 1 to 20, of digits for each digit.

    Returns
    -------
    Gaussian or GaussianMixture
        In 64 dimensions. It takes the place of the images: scores, marginals and divergences of it are exact, what
        it says of images is not.

    Raises
    ------
    InvalidArgumentError
        If the name is not known or a number is out of range.
    MissingPackageError
        If scikit-learn, or pillow for the photographs, is missing.

    Notes
    -----
    Source: Zoran and Weiss, "From learning models of natural image patches to whole image restoration", 2011, for
    mixtures of patches. There patches have mean zero; here their brightness is kept, so that the law has a density.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> law = gc.lab.image_law("photograph-patches")
    >>> law.dim, law.weights.size
    (64, 20)
    >>> bool(abs(law.mean.mean()) < 0.1)  # coordinates are standardised
    True
    """
    kind = IMAGES[as_choice("name", name, tuple(IMAGES))]()
    if components is None:
        return kind.law(kind.components)
    return kind.law(as_size("components", components, at_least=1, each=1.0, unit="components", most=MOST_COMPONENTS))
