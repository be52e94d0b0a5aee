"""Heavy tails: an amplifying channel and fresh data give a limit whose tail is a power law."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Assumption, Comparison, at_least, at_most, equal, theorem
from gausscollapse.checking.sides import around, increasing, rounded, size, value
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.theorems.instances.amplified_statistics import PERIODS, AmplifiedStatistics

AMPLIFIED = Assumption(
    "one channel that amplifies (an eigenvalue above 1 in modulus) and keeps the mean of Gaussian data, one fresh "
    "fraction in (0, 1), and the last model replaces all before it",
    lambda s: (s.amplified, s.amplified.astype(np.float64)),
)
# Near the critical fraction two increments cannot be told from each other, nor V_L from infinity.
NEAR = 1e-9
FAR = 0.01


@theorem(
    "heavy-tails",
    kind="two-sided",
    source="own",
    chapter="amplifying channels",
    assumes=(AMPLIFIED,),
    controls={"power": 1.0, "exponent": (0.8, 1.2)},
    latex=r"V_N=V_L+\big((1-\alpha)F^2\big)^N(V_0-V_L),\quad V_L=\frac{\alpha F^2V+H}{1-(1-\alpha)F^2}\ \text{for}\ "
    r"\alpha>\alpha^*=1-F^{-2},\quad P(|X|>x)\asymp x^{-\kappa},\ \kappa=\frac{\log\frac1{1-\alpha}}{\log|F|}",
)
def heavy_tails(s: AmplifiedStatistics, power: float = 2.0, exponent: float = 1.0) -> Iterator[Comparison]:
    """An amplifying channel gives the limit a heavy tail.

    A channel F x + c + N(0, H) with an eigenvalue above 1 in modulus, and a fresh fraction a: the variance along it
    grows or settles like ((1 - a) |F|^2)^N. Above a* = 1 - 1/|F|^2 it settles at (a |F|^2 V + H)/(1 - (1 - a) |F|^2);
    at a* and below, the limit has an infinite variance, and so an infinite KL from the data. A moment of order m is
    finite if and only if (1 - a) |F|^m < 1; chi-squared from the data is infinite for every a < 1. On the line the
    limit's tail lies between M t^k - M_2 t^2k, t = sqrt(V)/x, and M t^k/(1 - a), t = sqrt(V + H/(F^2 - 1))/x, with
    k = log(1/(1 - a))/log|F| and M, M_2 the absolute moments of N(0, 1) of orders k and 2k. To put 1 - 1/|F| for a*
    is to take the critical fraction of the first moment for that of the variance.
    """
    last = s.generations
    growth = s.gain**power
    factor, critical = (1.0 - s.fresh) * growth, 1.0 - 1.0 / growth
    source = rounded(s.fresh * growth) * s.data + s.noise
    sums = np.sum(factor[:, None] ** np.arange(float(last)), axis=1)
    closed = rounded(factor**last, power=4.0 * last) * s.variance(0) + rounded(sums, power=4.0 * last + 1.0) * source
    yield equal("variance of model N: geometric", s.variance(last), closed, scale=size(s.variance(last)))
    # Where 1 - g is not lost in rounding, with the limit of the text.
    apart = np.abs(1.0 - factor) > FAR
    gap = np.where(apart, 1.0 - factor, 1.0)
    limit = source / rounded(gap, power=4.0 * (1.0 + factor / np.abs(gap)))
    rest = rounded(factor**last, power=4.0 * last) * (s.variance(0) - limit)
    scale = size(s.variance(last)) + size(limit)
    yield equal("V_N - V_L = g^N (V_0 - V_L)", s.variance(last) - limit, rest, scale=scale, where=apart)
    start = abs(s.variance(1) - s.variance(0))
    end = abs(s.variance(last) - s.variance(last - 1))
    above, below = s.fresh > critical + NEAR, s.fresh < critical - NEAR
    some = last > 1
    yield at_most("a > a*: the variance settles", end, start, where=above & some)
    yield at_least("a < a*: it does not", end, start, where=below & some)
    yield from _tail(s, exponent)


def _tail(s: AmplifiedStatistics, exponent: float) -> Iterator[Comparison]:
    """Compare the tail of the limit with a power of the distance, on the line."""
    from scipy.special import gammaln

    fresh = -np.log1p(-s.fresh)
    order = exponent * fresh / np.log(s.gain)
    low, high = s.scales

    def bound(scale: Enclosure, x: Array, k: Array, more: Array) -> Enclosure:
        """Return ``E|Z|^k (scale/x)^k exp(more)``: the sum of the logarithms, each with its rounding."""
        parts = (0.5 * k * np.log(2.0), gammaln(0.5 * (k + 1.0)), k * np.log(value(scale) / x), more)
        relative = np.asarray(scale.width) / value(scale)
        error = 64.0 * EPS * (1.0 + sum(np.abs(part) for part in parts)) + k * relative
        return increasing(np.exp, around(sum(parts) - 0.5 * np.log(np.pi), error, "power law"))

    for periods in PERIODS:
        x = value(high) * s.gain**periods
        far = s.tail(x)
        least = bound(low, x, order, 0.0 * fresh) - bound(low, x, 2.0 * order, 0.0 * fresh)
        where = s.on_the_line
        yield at_most(f"tail {periods:g} periods out: at most", far, bound(high, x, order, fresh), where=where)
        yield at_least(f"tail {periods:g} periods out: at least", far, least, where=where)
