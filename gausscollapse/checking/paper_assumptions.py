"""Which of the paper's standing assumptions A1 to A5 hold on an instance, and which one instance cannot tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from gausscollapse.checking.definition import Theorem
from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.process.exact.statistics import LinearStatistics
from gausscollapse.process.process import ReverseProcess

# Beyond this exponent a moment is not tried; a bracket is narrower than this share of theta - 1.
LARGEST_THETA, NARROW = 1e4, 1e-4
MOST_STEPS = 60
PAPER = "arXiv 2602.16601"
METHOD = "bisection on the Riccati equations"


class Standing(StrEnum):
    """How an assumption stands on one instance."""

    BY_CLASS = "holds by the class"
    HOLDS = "holds here"
    FAILS = "fails here"
    UNDECIDED = "cannot be told"
    SEQUENCE = "speaks of sequences"
    NOT_AUDITED = "not audited"


@dataclass(frozen=True)
class AuditedAssumption:
    """One assumption of the paper on one instance.

    Parameters
    ----------
    name : str
        As the paper counts it.
    words : str
        What it asks for.
    standing : Standing
        How it stands.
    reason : str
        Why.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.5))
    >>> print(gc.checking.audit(process).assumptions[-1].told)
    speaks of sequences: one instance is one generation
    """

    name: str
    words: str
    standing: Standing
    reason: str

    @property
    def told(self) -> str:
        """How it stands, and why."""
        return f"{self.standing}: {self.reason}"


@dataclass(frozen=True, repr=False)
class Audit(Presented):
    """The paper's standing assumptions on one instance.

    Parameters
    ----------
    theta : Enclosure or None
        ``theta* = sup{theta: E exp(theta Z) < inf}``; None where it is not computed.
    assumptions : sequence of AuditedAssumption
        A1 to A5.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.5))
    >>> print(gc.checking.audit(process).standing)
    holds by the class: A1, A2, A4; holds here: A3; speaks of sequences: A5
    """

    theta: Enclosure | None
    assumptions: Sequence[AuditedAssumption]

    @property
    def delta(self) -> Enclosure | None:
        """``delta* = theta* - 1``, above which A3 asks too much; None where it is not computed."""
        return None if self.theta is None else self.theta - 1.0

    @property
    def standing(self) -> str:
        """How A1 to A5 stand, in a few words."""
        groups: dict[Standing, list[str]] = {}
        for item in self.assumptions:
            groups.setdefault(item.standing, []).append(item.name)
        return "; ".join(f"{standing}: {', '.join(names)}" for standing, names in groups.items())

    @property
    def words(self) -> str:
        """One line: theta*, delta*, and how A1 to A5 stand."""
        standing = self.standing
        if self.theta is None or self.delta is None:
            return standing
        return f"theta* {between(self.theta)}, delta* {between(self.delta)}; {standing}"

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        first = () if self.theta is None else (("theta*", between(self.theta)),)
        return (*first, *((item.name, item.told) for item in self.assumptions))

    def to_json(self) -> dict[str, Any]:
        """Return the audit as plain values for JSON."""
        ends = None if self.theta is None else [float(self.theta.lower), float(self.theta.upper)]
        return {
            "theta": ends,
            "delta": None if ends is None else [end - 1.0 for end in ends],
            "assumptions": [
                {"name": item.name, "words": item.words, "standing": str(item.standing), "reason": item.reason}
                for item in self.assumptions
            ],
        }


def of_paper(theorem: Theorem) -> bool:
    """Return whether a theorem is the paper's own, and so stands on its assumptions A1 to A5."""
    return theorem.source.startswith(PAPER)


def between(enclosure: Enclosure) -> str:
    """Return an interval in words, rounded outwards to six digits."""
    low, high = float(enclosure.lower), float(enclosure.upper)
    if math.isinf(low):
        return "= inf"
    if math.isinf(high):
        return f">= {low:.6g}"
    step = 10.0 ** (math.floor(math.log10(max(abs(low), abs(high), 1e-300))) - 5)
    return f"in [{math.floor(low / step) * step:.6g}, {math.ceil(high / step) * step:.6g}]"


def _finite(statistics: LinearStatistics, theta: float) -> bool | None:
    """Return whether ``E exp(theta Z)`` is finite; None where the interval leaves it open."""
    found = statistics.log_exponential_moment(theta1=theta, theta2=-0.5 * theta)
    if np.all(np.isfinite(found.upper)):
        return True
    return False if np.all(np.isposinf(found.lower)) else None


def _bracket(statistics: LinearStatistics) -> tuple[float, float]:
    """Return an exponent at which the moment is finite and one at which it is not; inf where none was met.

    The logarithm of the moment is convex in theta, so that it is finite between 0 and the first.
    """
    low, high, step = 1.0, math.inf, 1.0
    while math.isinf(high) and 1.0 + step <= LARGEST_THETA:
        known = _finite(statistics, 1.0 + step)
        if known is None:
            return low, math.inf
        low, high = (1.0 + step, high) if known else (low, 1.0 + step)
        step *= 2.0
    for _ in range(MOST_STEPS):
        if math.isinf(high) or high - low <= NARROW * (low - 1.0):
            break
        middle = 0.5 * (low + high)
        known = _finite(statistics, middle)
        if known is None:
            break
        low, high = (middle, high) if known else (low, middle)
    return low, high


def _theta(process: ReverseProcess) -> Enclosure:
    form = process.form
    still = form.share == 0.0 and not np.any(form.matrix) and not np.any(form.response)
    if still:
        return Enclosure.exact(math.inf, "[M] is one number: every exponential moment is finite", "closed-form")
    # [M] and M know nothing of the learned start.
    low, high = _bracket(ReverseProcess(process.data, process.diffusion, process.error).statistics)
    return Enclosure(low if math.isinf(high) else 0.5 * (low + high), low, high, METHOD, "numeric")


def _third(theta: Enclosure | None, missing: str) -> AuditedAssumption:
    words = "E exp((1 + delta) Z) < inf for a delta > 1, uniformly in the generations from some one on"
    if theta is None:
        return AuditedAssumption("A3", words, Standing.NOT_AUDITED, missing)
    told = f"delta* {between(theta - 1.0)}; that it is uniform cannot be told from one instance"
    if float(theta.lower) > 2.0:
        return AuditedAssumption("A3", words, Standing.HOLDS, told)
    standing = Standing.FAILS if float(theta.upper) <= 2.0 else Standing.UNDECIDED
    return AuditedAssumption("A3", words, standing, told)


@checked
def audit(process: ReverseProcess) -> Audit:
    """Return how the paper's assumptions A1 to A5 stand on one reverse process.

    Parameters
    ----------
    process : ReverseProcess
        Any; what follows from its class is told where data are Gaussian and errors affine.

    Returns
    -------
    Audit
        With a bracket of ``theta* = sup{theta: E_{P*} exp(theta Z) < inf}`` and ``delta* = theta* - 1``.

    Notes
    -----
    A1: ``eps^^2 < inf``. A2: Girsanov's density is a martingale. A3: ``E exp((1 + delta) Z) < inf``, delta > 1; on
    one instance that is ``theta* > 2``, and the finite path chi-squared that theorems here assume is the same up to
    the boundary. A4: a normalised moment of [M] of order ``2 + gamma``, ``gamma > max(2, 4/(delta - 1))``. A5: the
    tail of ``q_i/p`` over the generations. Linear growth gives A1, A2 (Benes) and every polynomial moment of [M].
    Source: arXiv 2602.16601; the reduction of A3 to theta* is *own*.

    Examples
    --------
    An error that no state changes leaves every exponential moment finite; a strong slope does not:

    >>> import gausscollapse as gc
    >>> from gausscollapse.checking import audit
    >>> times = gc.OrnsteinUhlenbeck(horizon=3.0, stop=0.1)
    >>> print(audit(gc.ReverseProcess(gc.Gaussian(0, 1), times, gc.AffineError(0, 0.5))).words)
    theta* = inf, delta* = inf; holds by the class: A1, A2, A4; holds here: A3; speaks of sequences: A5
    >>> steep = audit(gc.ReverseProcess(gc.Gaussian(0, 1), times, gc.AffineError(0.5, 0)))
    >>> str(steep.assumptions[2].standing), 1.0 < float(steep.theta.upper) < 2.0
    ('fails here', True)
    """
    linear = process.is_linear
    missing = "the data are no Gaussian or the error is not affine: its exponential moments have no Riccati equation"
    theta = _theta(process) if linear else None

    def of_class(name: str, words: str, reason: str) -> AuditedAssumption:
        if linear:
            return AuditedAssumption(name, words, Standing.BY_CLASS, reason)
        return AuditedAssumption(name, words, Standing.NOT_AUDITED, missing)

    growth = "Gaussian data and an affine error: "
    fourth = growth + "every polynomial moment of [M] is finite; the size of gamma follows from delta*"
    return Audit(
        theta,
        (
            of_class("A1", "the learned energy is finite", growth + "the learned law has second moments"),
            of_class("A2", "Girsanov's density is a martingale", growth + "of linear growth (Benes)"),
            _third(theta, missing),
            of_class("A4", "a normalised moment of [M] of order above 4 is finite", fourth),
            AuditedAssumption(
                "A5",
                "the adaptive tail of q_i/p over the generations",
                Standing.SEQUENCE,
                "one instance is one generation",
            ),
        ),
    )
