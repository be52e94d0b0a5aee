"""Real images by name: scikit-learn's digits, and sets that the user has, read by torchvision, never downloaded."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Annotated, Any

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_choice
from gausscollapse.lab.reading import Checked
from gausscollapse.lab.unet import torch_module
from gausscollapse.learners.base import scikit_learn

# Name, class of torchvision, shape and number of training images.
SETS: dict[str, tuple[str, tuple[int, int, int], int]] = {
    "digits": ("", (1, 8, 8), 1797),
    "fashion-mnist": ("FashionMNIST", (1, 28, 28), 60_000),
    "cifar10": ("CIFAR10", (3, 32, 32), 50_000),
}
HIDDEN = 32


@dataclass(frozen=True)
class ImageSet(Checked):
    """A set of real images.

    Parameters
    ----------
    kind : {"digits", "fashion-mnist", "cifar10"}
        Which.
    folder : str
        Where torchvision finds its files; digits need none.
    """

    kind: Annotated[str, partial(as_choice, choices=tuple(SETS))]
    folder: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind != "digits":
            accepted = "the folder of the files, as torchvision lays them out"
            if not isinstance(self.folder, str) or not self.folder:
                raise InvalidArgumentError("folder", self.folder, "is no folder", accepted)
        elif self.folder:
            raise InvalidArgumentError(
                "folder", self.folder, "is not read: digits come with scikit-learn", "no folder"
            )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, rows and columns."""
        return SETS[self.kind][1]

    @property
    def count(self) -> int:
        """Number of images."""
        return SETS[self.kind][2]


@dataclass(frozen=True, eq=False)
class RealImages:
    """Images as points (n, d) of mean zero and variance one over all pixels, their classes, and how to undo that."""

    points: Array
    labels: Array
    shape: tuple[int, int, int]
    centre: float
    scale: float
    dark: bool

    def pictures(self, points: Array) -> Array:
        """Return pictures (n, rows, columns) from 0, white, to 1, black; colours as the mean of their channels."""
        grey = np.clip(points * self.scale + self.centre, 0.0, 1.0).reshape(-1, *self.shape).mean(axis=1)
        return np.asarray(grey if self.dark else 1.0 - grey)


@lru_cache(maxsize=2)
def real_images(images: ImageSet) -> RealImages:
    """Return the images of a set.

    Raises
    ------
    InvalidArgumentError
        If the folder does not hold them.
    """
    if images.kind == "digits":
        found = scikit_learn("datasets").load_digits()
        grey, labels = np.asarray(found.data, dtype=np.float64) / 16.0, np.asarray(found.target)
    else:
        grey, labels = _from_torchvision(images)
    centre, scale = float(np.mean(grey)), float(np.std(grey))
    return RealImages((grey - centre) / scale, labels, images.shape, centre, scale, images.kind != "cifar10")


def _from_torchvision(images: ImageSet) -> tuple[Array, Array]:
    build = getattr(torch_module("torchvision.datasets"), SETS[images.kind][0])
    try:
        found = build(images.folder, train=True, download=False)
    except (RuntimeError, OSError) as error:
        reason = f"has no {images.kind} ({str(error).splitlines()[0]})"
        raise InvalidArgumentError(
            "data.folder", images.folder, reason, "files as torchvision lays them out"
        ) from None
    values = np.asarray(found.data, dtype=np.float64) / 255.0
    if values.ndim == 4:  # rows, columns, channels
        values = np.moveaxis(values, 3, 1)
    return values.reshape(values.shape[0], -1), np.asarray(found.targets)


@lru_cache(maxsize=2)
def classifier(images: ImageSet) -> Any:
    """Return a perceptron that tells the classes of the real images."""
    real = real_images(images)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scikit_learn("exceptions").ConvergenceWarning)
        network = scikit_learn("neural_network").MLPClassifier((HIDDEN,), max_iter=60, random_state=0)
        network.fit(real.points, real.labels)
    return network


def features(images: ImageSet, points: Array) -> Array:
    """Return the hidden layer of the classifier at points (n, d), shape (n, 32)."""
    network = classifier(images)
    return np.asarray(np.maximum(points @ network.coefs_[0] + network.intercepts_[0], 0.0))


def classes(images: ImageSet, points: Array) -> tuple[Array, float]:
    """Return the share of points (n, d) that the classifier gives to each class, and its mean probability for it."""
    found = np.asarray(classifier(images).predict_proba(points))
    counts = np.bincount(np.argmax(found, axis=1), minlength=found.shape[1])
    return counts / points.shape[0], float(np.mean(np.max(found, axis=1)))
