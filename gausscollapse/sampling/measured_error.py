"""What `measure` finds, and how it shows itself: a table in words that claim no more than is known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.presentation import Facts, Presented, sheet
from gausscollapse.core.validation import Array
from gausscollapse.process.grid import FokkerPlanck
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling.girsanov import LEAST_SHARE

HEADINGS = ("", "estimate", "if no rare event hides", "whatever the network does")


@dataclass(frozen=True)
class MeasuredNumber:
    """A number with two intervals.

    Parameters
    ----------
    value, standard_error : float
        Estimate and standard error.
    likely : Enclosure
        Five standard errors: it holds if no rare event that no draw met carries more. An end that is inf or 0 says
        that there is no bound.
    proven : Enclosure
        What holds whatever the error is, but with probability 6e-7.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> number = gc.sampling.MeasuredNumber(0.5, 0.01, gc.Enclosure(0.5, 0.45, 0.55), gc.Enclosure(0.5, 0.3, 1.0))
    >>> float(number), number.likely.lower
    (0.5, 0.45)
    """

    value: float
    standard_error: float
    likely: Enclosure
    proven: Enclosure

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True, eq=False, repr=False)
class MeasuredError(Presented):
    """What `measure` found; `print` shows a table, `gausscollapse.plot` a figure.

    Parameters
    ----------
    process : ReverseProcess
        The data, the diffusion and the error.
    energy, learned_energy : MeasuredNumber
        ``eps*^2`` and ``eps^^2``, over ideal and over learned paths.
    observability : MeasuredNumber
        eta, the share of eps*^2 that the endpoint sees.
    observed_energy : MeasuredNumber
        ``eta eps*^2``.
    chi2 : MeasuredNumber
        ``chi2(p^ || q)`` of the endpoints, from below.
    kl_least, kl_most : MeasuredNumber
        Bounds of ``KL(p^ || q)`` in nats: from below by Donsker and Varadhan, from above half the learned energy.
    gradient_share : MeasuredNumber
        Share of the learned energy in the gradient part of the error, from below.
    effective_share : float
        Effective sample size of the Girsanov weights over the number of paths; below 0.05 they tell little.
    edges : ndarray, shape (S + 1,)
        Ends of the slices of time.
    slice_energy, slice_observability, slice_added : tuple of MeasuredNumber
        Of each slice: its energy, the share of it that the endpoint sees of an error in this slice alone, and what it
        adds to the observed energy, which may be negative. Their sums are energy and observed energy.
    line : FokkerPlanck or None
        Learned and ideal law by quadrature, on the line.
    paths, steps : int
        Of each law.

    Examples
    --------
    A constant error 0.1 on N(0, 1) has the energy ``0.01 (T - t0)`` on every path:

    >>> import gausscollapse as gc
    >>> data, diffusion = gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(2.0, 0.1)
    >>> found = gc.measure(gc.AffineError(0, 0.1), data, diffusion, n=200, steps=20, slices=4)
    >>> round(float(found.energy), 6), round(sum(map(float, found.slice_energy)), 6)
    (0.019, 0.019)
    >>> found.edges.shape, found.rows()[0][0]
    ((5,), 'energy eps*^2 (ideal paths)')
    """

    process: ReverseProcess
    energy: MeasuredNumber
    learned_energy: MeasuredNumber
    observability: MeasuredNumber
    observed_energy: MeasuredNumber
    chi2: MeasuredNumber
    kl_least: MeasuredNumber
    kl_most: MeasuredNumber
    gradient_share: MeasuredNumber
    effective_share: float
    edges: Array
    slice_energy: tuple[MeasuredNumber, ...]
    slice_observability: tuple[MeasuredNumber, ...]
    slice_added: tuple[MeasuredNumber, ...]
    line: FokkerPlanck | None
    paths: int
    steps: int

    def facts(self) -> Facts:
        """Return the estimates by name."""
        return tuple((row[0], row[1]) for row in self.rows())

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return the table: name, estimate with its standard error, and two intervals in words."""
        found = [_row(*item) for item in self._named()]
        for low, high, number, seen in zip(
            self.edges[:-1], self.edges[1:], self.slice_energy, self.slice_observability, strict=True
        ):
            found.append(_row(f"energy, t from {low:.3g} to {high:.3g}", number))
            found.append(_row("  of which the endpoint sees", seen))
        if self.line is not None:
            grid = (("KL on the line", self.line.kl()), ("chi2 on the line", self.line.chi2()),
                    ("eta on the line", self.line.observability()))  # fmt: skip
            found += [
                (name, f"{item.value:.4g}", f"{_words(item)} ({item.guarantee})", "not proven") for name, item in grid
            ]
        return found

    def _named(self) -> Iterator[tuple[str, MeasuredNumber]]:
        yield "energy eps*^2 (ideal paths)", self.energy
        yield "energy eps^^2 (learned paths)", self.learned_energy
        yield "observed energy eta eps*^2", self.observed_energy
        yield "observability eta", self.observability
        yield "chi2 of the endpoint, from below", self.chi2
        yield "KL of the endpoint, from below (nats)", self.kl_least
        yield "KL of the endpoint, from above (nats)", self.kl_most
        yield "gradient share, from below", self.gradient_share

    def __str__(self) -> str:
        rows = [HEADINGS, *self.rows()]
        widths = [max(len(row[k]) for row in rows) for k in range(4)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        return "\n".join([self._caption(), "", *lines])

    def _caption(self) -> str:
        told = f"{self.paths} paths of each law, {self.steps} steps, dimension {self.process.dim}"
        degenerate = self.effective_share < LEAST_SHARE
        return told + (f"; weights worth {self.effective_share:.2g} of the paths, too few" if degenerate else "")

    def _repr_html_(self) -> str:
        return sheet(self._caption(), HEADINGS, self.rows())


def _words(item: Enclosure) -> str:
    low, high = _rounded(float(item.lower), ROUND_FLOOR), _rounded(float(item.upper), ROUND_CEILING)
    if math.isinf(item.upper):
        return f"at least {low}" if math.isfinite(item.lower) else "nothing"
    return f"{low} to {high}" if math.isfinite(item.lower) else f"at most {high}"


def _rounded(number: float, rounding: str) -> str:
    """Return a number of four digits, rounded outwards."""
    return f"{float(Context(prec=4, rounding=rounding).create_decimal(Decimal(number))):.4g}"


def _row(name: str, number: MeasuredNumber) -> tuple[str, str, str, str]:
    value = f"{number.value:.4g} +- {number.standard_error:.1g}"
    return name, value, _words(number.likely), _words(number.proven)
