"""Two enclosed sides and how they must relate: what statements are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import as_text

UPPER, LOWER, TWO_SIDED, IDENTITY, LIMIT = "upper", "lower", "two-sided", "identity", "limit"

# An identity or a limit is called decided when its enclosures are narrower than this share of their scale.
RESOLUTION = 1e-3

Flags = NDArray[np.bool_]


def _refuse_numbers(argument: str, side: Any) -> None:
    # A form in balls has a sign; other numbers, matrices among them, would pass for a side until they are compared.
    if not (isinstance(side, Enclosure) or hasattr(side, "sign_like")):
        raise InvalidArgumentError(argument, side, "is no enclosure", "an Enclosure, such as Enclosure.exact(1)")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two enclosed sides and how they must relate, for B instances at once.

    Parameters
    ----------
    name : str
        What is compared, in a few words.
    kind : {"upper", "lower", "identity", "limit"}
        ``upper``: lhs <= rhs; ``lower``: lhs >= rhs; ``identity`` and ``limit``: lhs = rhs.
    lhs, rhs : Enclosure
        Arrays of shape (B,).
    scale : ndarray, shape (B,), optional
        For identities: the size against which the width of the enclosures is judged; by default the larger side.
    applies : ndarray of bool, shape (B,), optional
        Where this comparison is part of the statement; everywhere by default.

    Examples
    --------
    >>> import numpy as np
    >>> from gausscollapse import Enclosure
    >>> from gausscollapse.checking import at_most
    >>> one, two = Enclosure.exact(np.ones(3)), Enclosure.exact(np.full(3, 2.0))
    >>> item = at_most("1 <= 2", one, two)
    >>> bool(item.holds().all()), item.slack(), item.ratio()  # larger minus smaller side; smaller over larger
    (True, array([1., 1., 1.]), array([0.5, 0.5, 0.5]))
    """

    name: str
    kind: str
    lhs: Enclosure
    rhs: Enclosure
    scale: NDArray[np.float64] | None = None
    applies: Flags | None = None

    def __post_init__(self) -> None:
        # A proof on boxes hands over forms in balls instead of enclosures.
        as_text("name", self.name)
        _refuse_numbers("lhs", self.lhs)
        _refuse_numbers("rhs", self.rhs)

    @property
    def ends(self) -> tuple[Enclosure, Enclosure]:
        """The side that must be smaller and the one that must be larger."""
        return (self.rhs, self.lhs) if self.kind == LOWER else (self.lhs, self.rhs)

    @property
    def bound(self) -> bool:
        """Whether this is an inequality."""
        return self.kind in (UPPER, LOWER)

    def _size(self) -> NDArray[np.float64]:
        if self.scale is not None:
            return self.scale
        return np.asarray(np.maximum(np.abs(np.asarray(self.lhs.value)), np.abs(np.asarray(self.rhs.value))))

    def violated(self) -> Flags:
        """Return where the enclosures certify that the statement is false."""
        if self.bound:
            small, large = self.ends
            result = np.asarray(small.certainly_above(large))
        else:
            result = ~np.asarray(self.lhs.overlaps(self.rhs))
        return result & self._applies(result.shape)

    def holds(self) -> Flags:
        """Return where the enclosures certify the inequality, or agree to within `RESOLUTION` for an identity."""
        if self.bound:
            small, large = self.ends
            result = np.asarray(small.certainly_at_most(large))
        else:
            width = np.asarray(self.lhs.width) + np.asarray(self.rhs.width)
            narrow = np.isfinite(width) & (width <= RESOLUTION * self._size())
            result = np.asarray(self.lhs.overlaps(self.rhs)) & narrow
        return result | ~self._applies(result.shape)

    def _applies(self, shape: tuple[int, ...]) -> Flags:
        return np.ones(shape, dtype=bool) if self.applies is None else self.applies

    def slack(self) -> NDArray[np.float64]:
        """Return larger minus smaller side of an inequality, minus the absolute difference of an identity."""
        small, large = (np.asarray(side.value) for side in self.ends)
        with np.errstate(invalid="ignore"):
            gap = np.where(large == small, 0.0, large - small)
        return gap if self.bound else -np.abs(gap)

    def ratio(self) -> NDArray[np.float64]:
        """Return the tightness: smaller over larger side; for identities 1 minus the relative difference.

        Above 1 only where the enclosures certify a violation: values out of order within them are called attained.
        """
        small, large = (np.asarray(side.value) for side in self.ends)
        if self.bound:
            with np.errstate(divide="ignore", invalid="ignore"):
                quotient = small / large
            attained = (small == large) & np.isfinite(small)
            ratio = np.where(attained, 1.0, np.where((large <= 0.0) | ~np.isfinite(large), 0.0, quotient))
            ratio = np.where(self.violated(), ratio, np.clip(ratio, 0.0, 1.0))
            return np.where(self._applies(ratio.shape), ratio, 0.0)
        size = self._size()
        return 1.0 + self.slack() / np.where(size > 0.0, size, 1.0)


def at_most(name: str, lhs: Enclosure, rhs: Enclosure, *, where: Flags | None = None) -> Comparison:
    """State ``lhs <= rhs`` for B instances at once.

    Parameters
    ----------
    name : str
        What is compared, in a few words.
    lhs, rhs : Enclosure, shape (B,)
        Both sides.
    where : ndarray of bool, shape (B,), optional
        Where this is part of the statement; everywhere by default.

    Returns
    -------
    Comparison
        Of kind ``"upper"``.

    Examples
    --------
    >>> from gausscollapse import AffineError, Gaussian, OrnsteinUhlenbeck, ReverseProcess
    >>> from gausscollapse.checking import at_most
    >>> s = ReverseProcess(Gaussian(0, 1), OrnsteinUhlenbeck(), AffineError(0.1, 0.2)).statistics
    >>> bool(at_most("KL <= eps^^2/2", s.kl, 0.5 * s.learned_energy).holds()[0])
    True
    """
    return Comparison(name, UPPER, lhs, rhs, applies=where)


def at_least(name: str, lhs: Enclosure, rhs: Enclosure, *, where: Flags | None = None) -> Comparison:
    """State ``lhs >= rhs`` for B instances at once.

    Parameters
    ----------
    name, lhs, rhs, where
        As in `at_most`.

    Returns
    -------
    Comparison
        Of kind ``"lower"``.

    Examples
    --------
    >>> import numpy as np
    >>> from gausscollapse import Enclosure
    >>> from gausscollapse.checking import at_least
    >>> bool(at_least("1 >= 2", Enclosure.exact(np.ones(1)), Enclosure.exact(np.full(1, 2.0))).violated()[0])
    True
    """
    return Comparison(name, LOWER, lhs, rhs, applies=where)


def equal(
    name: str,
    lhs: Enclosure,
    rhs: Enclosure,
    *,
    scale: NDArray[np.float64] | None = None,
    where: Flags | None = None,
) -> Comparison:
    """State ``lhs = rhs`` for B instances at once.

    Parameters
    ----------
    name, lhs, rhs, where
        As in `at_most`.
    scale : ndarray, shape (B,), optional
        Size against which the width of the enclosures is judged; by default that of the larger side.

    Returns
    -------
    Comparison
        Of kind ``"identity"``: it holds where the enclosures overlap and are narrower than a thousandth of the scale.

    Examples
    --------
    >>> import numpy as np
    >>> from gausscollapse import Enclosure
    >>> from gausscollapse.checking import equal
    >>> wide = Enclosure(np.ones(1), np.zeros(1), np.full(1, 2.0), "a guess", "numeric")
    >>> bool(equal("1 = 1 +- 1", Enclosure.exact(np.ones(1)), wide).holds()[0])  # too wide to tell
    False
    """
    return Comparison(name, IDENTITY, lhs, rhs, scale, where)


def tends_to(name: str, lhs: Enclosure, rhs: Enclosure) -> Comparison:
    """State that a limit is a number, for B instances at once.

    Parameters
    ----------
    name : str
        What is compared, in a few words.
    lhs, rhs : Enclosure, shape (B,)
        The limit, enclosed and what it should be.

    Returns
    -------
    Comparison
        Of kind ``"limit"``.

    Examples
    --------
    >>> import numpy as np
    >>> from gausscollapse import Enclosure
    >>> from gausscollapse.checking import tends_to
    >>> one = Enclosure.exact(np.ones(1))
    >>> bool(tends_to("1 -> 1", one, one).holds()[0])
    True
    """
    return Comparison(name, LIMIT, lhs, rhs)
