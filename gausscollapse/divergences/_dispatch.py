"""One integral by the method that the caller asked for, or by the best one."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import (
    DimensionMismatchError,
    InvalidArgumentError,
    NotSupportedError,
    UndecidedError,
)
from gausscollapse.core.validation import as_choice, as_count, as_number
from gausscollapse.divergences import _carrier, finiteness, quadrature
from gausscollapse.divergences._exact import line_law, same_law
from gausscollapse.divergences._integral import Integral, renyi_of
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law, as_law

METHODS = ("auto", "closed-form", "certified", "quadrature", "monte-carlo")
LARGEST_DIGITS = 50
SAMPLING = ("rng", "standard_error", "draws", "confidence")
LARGE_LOG, FAR = 300.0, 0.9

Formula = Callable[[Gaussian, Gaussian], Enclosure | None]


class Options(TypedDict, total=False):
    """Keywords of the methods; each is used by the one method named.

    ``digits`` (certified): relative decimal digits, 1 to 50, by default 12. Given with ``method="auto"`` in d = 1
    it asks for `certified`. ``tolerance`` (quadrature): relative, by default 1e-10 in d = 1 and 1e-7 in d = 2.
    ``rng`` (Monte Carlo): seed or generator, by default a fixed seed; ``standard_error``: absolute, of the integral
    behind the divergence, sampled until reached; ``draws``: number of draws; ``confidence``: of the interval, by
    default 0.999.
    """

    digits: int
    tolerance: float
    rng: int | np.random.Generator
    standard_error: float
    draws: int
    confidence: float


@dataclass(frozen=True)
class Settings:
    """A method and its options, checked."""

    method: str
    digits: int
    tolerance: float | None
    sampling: dict[str, Any]

    @classmethod
    def of(cls, method: str, options: Options) -> Settings:
        """Check the caller's keywords."""
        unknown = set(options) - set(Options.__annotations__)
        if unknown:
            known = ", ".join(("method", *Options.__annotations__))
            raise TypeError(f"unexpected keyword argument {sorted(unknown)[0]!r}; accepted: {known}")
        as_choice("method", method, METHODS)
        digits = as_count("digits", options.get("digits", 12), at_least=1)
        if digits > LARGEST_DIGITS:
            raise InvalidArgumentError("digits", digits, "is out of range", f"an integer from 1 to {LARGEST_DIGITS}")
        tolerance = options.get("tolerance")
        if tolerance is not None:
            tolerance = as_number("tolerance", tolerance, above=0.0, below=1.0)
        sampling: dict[str, Any] = {name: value for name, value in options.items() if name in SAMPLING}
        if method == "auto" and "digits" in options:
            method = "auto-certified"
        return cls(method, digits, tolerance, sampling)

    def plan(self, dim: int, *, closed: bool) -> str:
        """Return the method to use in dimension `dim`, given whether a closed form exists."""
        if self.method == "auto-certified" and dim == 1:
            return "certified"
        if self.method.startswith("auto"):
            if closed:
                return "closed-form"
            return {1: "certified", 2: "quadrature"}.get(dim, "monte-carlo")
        if self.method == "certified" and dim > 1:
            raise InvalidArgumentError(
                "method",
                "certified",
                f"works in dimension 1 only, and the laws have dimension {dim}",
                "'auto', 'monte-carlo'" + (" or 'quadrature'" if dim == 2 else ""),
            )
        if self.method == "quadrature" and dim > 2:
            raise InvalidArgumentError(
                "method",
                "quadrature",
                f"works in dimensions 1 and 2 only, and the laws have dimension {dim}",
                "'auto' or 'monte-carlo'",
            )
        return self.method


def as_laws(p: object, q: object) -> tuple[Law, Law]:
    """Return both laws where they are laws of one dimension; mixtures of one component become Gaussians."""
    laws: list[Law] = []
    for argument, law in (("p", p), ("q", q)):
        known = as_law(argument, law)
        laws.append(known.components[0] if known.weights.size == 1 else known)
    if laws[0].dim != laws[1].dim:
        raise DimensionMismatchError(
            "q", q, f"has dimension {laws[1].dim}", f"a law of dimension {laws[0].dim}, as p"
        )
    return laws[0], laws[1]


def settled(p: Law, q: Law, order: float = 1.0) -> Enclosure | None:
    """Return 0 where both laws are equal exactly, infinity where ``int p^a q^(1-a)`` diverges, None otherwise.

    Raises
    ------
    UndecidedError
        If neither divergence nor convergence could be shown.
    """
    if same_law(p, q):
        return Enclosure.exact(0.0, "identical laws", "certified")
    answer = finiteness.decide(p, q, order=order)
    if answer.finite:
        return None
    if answer.infinite:
        return Enclosure.exact(math.inf, answer.reason, "certified" if p.dim == 1 else "closed-form")
    raise UndecidedError(f"order {order:g}: finiteness is undecided, no number is given: {answer.reason}")


def closed_form(formula: Formula | None, p: Law, q: Law) -> Enclosure | None:
    """Return the closed form between Gaussians where there is one."""
    if formula is None or not isinstance(p, Gaussian) or not isinstance(q, Gaussian):
        return None
    return formula(p, q)


def no_closed_form(name: str, p: Law, q: Law) -> NotSupportedError:
    """Return the error that says so."""
    sizes = [law.weights.size for law in (p, q)]
    return NotSupportedError(
        f"{name} has no closed form here: p has {sizes[0]} component(s), q has {sizes[1]}; "
        "accepted: another method, or method='auto'"
    )


def compute(integral: Integral, p: Law, q: Law, settings: Settings, method: str) -> Enclosure:
    """Return the integral, which must be finite and of different laws, by a method that is not a closed form."""
    if method == "certified":
        from gausscollapse.divergences import certified
        from gausscollapse.divergences._variation import variation_ball

        guess = _guess(integral, p, q)
        if integral.kind == "variation":
            ball = variation_ball(line_law(p), line_law(q), digits=settings.digits, guess=guess)
        else:
            ball = certified.integral_ball(integral, line_law(p), line_law(q), digits=settings.digits, guess=guess)
        return certified.enclosure(ball, digits=settings.digits, most=integral.unit)
    if method == "quadrature":
        try:
            return quadrature.integrate(integral, p, q, tolerance=_tolerance(settings, p.dim))
        except NotSupportedError:
            if settings.method == "quadrature":
                raise
    return _sampled(integral, p, q, settings, 0.0)


def _guess(integral: Integral, p: Law, q: Law) -> float:
    try:
        return float(quadrature.integrate(integral, p, q, tolerance=1e-3).value)
    except NotSupportedError:
        return 1.0


def _tolerance(settings: Settings, dim: int) -> float:
    return settings.tolerance or (1e-10 if dim == 1 else 1e-7)


def _sampled(integral: Integral, p: Law, q: Law, settings: Settings, shift: float) -> Enclosure:
    from gausscollapse.divergences import montecarlo

    return montecarlo.estimate(integral, p, q, shift=shift, **settings.sampling).enclosure


def renyi(p: Law, q: Law, order: float, settings: Settings, method: str) -> Enclosure:
    """Return the Renyi divergence of order a, finite and not 1, by a method that is not a closed form."""
    gap = Integral("gap", order)
    if method == "certified":
        from gausscollapse.divergences import certified

        guess = _guess(gap, p, q)
        ball = certified.renyi_ball(line_law(p), line_law(q), order=order, digits=settings.digits, guess=guess)
        return certified.enclosure(ball, digits=settings.digits)
    tilt = _carrier.tilted(p, q, order)
    shift = tilt.log_bound if tilt is not None and math.isfinite(tilt.log_bound) else 0.0
    if order < 1.0:
        found = compute(gap, p, q, settings, method)
        if float(found.value) < FAR:
            return renyi_of(found, "gap", order)
    elif shift < LARGE_LOG:
        return renyi_of(compute(gap, p, q, settings, method), "gap", order)
    power = Integral("power", order)
    if method == "quadrature":
        found = quadrature.integrate(power, p, q, tolerance=_tolerance(settings, p.dim), shift=shift)
    else:
        found = _sampled(power, p, q, settings, shift)
    return renyi_of(found, "power", order, shift=shift)


def chi2(p: Law, q: Law, settings: Settings, method: str) -> Enclosure:
    """Return chi2, finite, by a method that is not a closed form; huge ones by way of the Renyi divergence."""
    gap = Integral("gap", 2.0)
    tilt = _carrier.tilted(p, q, 2.0)
    if method == "certified" or tilt is None or tilt.log_bound < LARGE_LOG or math.isinf(tilt.log_bound):
        return compute(gap, p, q, settings, method)
    log = renyi(p, q, 2.0, settings, method)
    with np.errstate(over="ignore"):
        value, low, high = (float(np.expm1(x)) for x in (log.value, log.lower, log.upper))
    note = "" if math.isfinite(high) else " (beyond the range of floats)"
    slack = 2.0**-50
    low = min(low, sys.float_info.max) * (1.0 - slack)
    return Enclosure(max(value, low), low, high * (1.0 + slack), log.method + note, log.guarantee)
