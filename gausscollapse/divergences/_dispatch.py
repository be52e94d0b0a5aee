"""One integral by the method that the caller asked for, or by the best one."""

from __future__ import annotations

import math
from collections.abc import Callable

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import (
    NotSupportedError,
    UndecidedError,
)
from gausscollapse.divergences import _carrier, closed, finiteness, quadrature
from gausscollapse.divergences._exact import line_law, same_law
from gausscollapse.divergences._integral import Integral, renyi_of
from gausscollapse.divergences._settings import Settings
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law

LARGE_LOG, FAR = 300.0, 0.9

Formula = Callable[[Gaussian, Gaussian], Enclosure | None]


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


def between_gaussians(formula: Formula, p: Law, q: Law) -> Enclosure | None:
    """Return the closed form where both laws are Gaussians and there is one."""
    return formula(p, q) if isinstance(p, Gaussian) and isinstance(q, Gaussian) else None


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
        from gausscollapse.divergences.certified import integral as certified
        from gausscollapse.divergences.certified.variation import variation_ball

        guess = _guess(integral, p, q)
        if integral.kind == "variation":
            ball = variation_ball(line_law(p), line_law(q), digits=settings.digits, guess=guess)
        else:
            ball = certified.integral_ball(
                integral,
                line_law(p),
                line_law(q),
                digits=settings.digits,
                guess=guess,
                log_guess=_log_guess(integral, p, q),
            )
        return certified.enclosure(ball, digits=settings.digits, most=integral.unit)
    return _approximated(integral, p, q, settings, method, 0.0)


def _approximated(integral: Integral, p: Law, q: Law, settings: Settings, method: str, shift: float) -> Enclosure:
    """Return the integral times ``exp(-shift)`` by quadrature, where it is asked for and can be, else from draws."""
    if method == "quadrature":
        try:
            return quadrature.integrate(integral, p, q, tolerance=_tolerance(settings, p.dim), shift=shift)
        except NotSupportedError:
            if settings.method == "quadrature":
                raise
    return _sampled(integral, p, q, settings, shift)


def _guess(integral: Integral, p: Law, q: Law) -> float:
    try:
        return float(quadrature.integrate(integral, p, q, tolerance=1e-3).value)
    except NotSupportedError:
        return 1.0


def _log_guess(integral: Integral, p: Law, q: Law) -> float:
    """Return the logarithm of an upper bound of the integral, where there is one, else 0."""
    if integral.order <= 1.0:
        return 0.0
    tilt = _carrier.tilted(p, q, integral.order)
    return tilt.log_bound if tilt is not None and math.isfinite(tilt.log_bound) else 0.0


def _tolerance(settings: Settings, dim: int) -> float:
    return settings.tolerance or (1e-10 if dim == 1 else 1e-7)


def _sampled(integral: Integral, p: Law, q: Law, settings: Settings, shift: float) -> Enclosure:
    from gausscollapse.divergences import montecarlo

    return montecarlo.estimate(integral, p, q, shift=shift, **settings.sampling).enclosure


def renyi(p: Law, q: Law, order: float, settings: Settings, method: str) -> Enclosure:
    """Return the Renyi divergence of order a, finite and not 1, by a method that is not a closed form."""
    gap = Integral("gap", order)
    if method == "certified":
        from gausscollapse.divergences.certified import integral as certified

        guess, log_guess = _guess(gap, p, q), _log_guess(gap, p, q)
        ball = certified.renyi_ball(
            line_law(p), line_law(q), order=order, digits=settings.digits, guess=guess, log_guess=log_guess
        )
        return certified.enclosure(ball, digits=settings.digits)
    tilt = _carrier.tilted(p, q, order)
    shift = tilt.log_bound if tilt is not None and math.isfinite(tilt.log_bound) else 0.0
    if order < 1.0:
        found = compute(gap, p, q, settings, method)
        if float(found.value) < FAR:
            return renyi_of(found, "gap", order)
    elif shift < LARGE_LOG:
        return renyi_of(compute(gap, p, q, settings, method), "gap", order)
    found = _approximated(Integral("power", order), p, q, settings, method, shift)
    return renyi_of(found, "power", order, shift=shift)


def chi2(p: Law, q: Law, settings: Settings, method: str) -> Enclosure:
    """Return chi2, finite, by a method that is not a closed form; huge ones by way of the Renyi divergence."""
    gap = Integral("gap", 2.0)
    tilt = _carrier.tilted(p, q, 2.0)
    if method == "certified" or tilt is None or tilt.log_bound < LARGE_LOG or math.isinf(tilt.log_bound):
        return compute(gap, p, q, settings, method)
    log = renyi(p, q, 2.0, settings, method)
    return closed.raised(log)
