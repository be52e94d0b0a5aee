"""The way from a call to its answer: the closed form where there is one, else finiteness, then a method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import UndecidedError
from gausscollapse.divergences import _dispatch
from gausscollapse.divergences._integral import Integral
from gausscollapse.divergences._laws import as_laws
from gausscollapse.divergences._settings import Options, Settings
from gausscollapse.laws.mixture import Law

ClosedForm = Callable[[Law, Law], Enclosure | None]
Computation = Callable[[Law, Law, Settings, str], Enclosure]


def answer(
    name: str,
    closed_form: ClosedForm,
    computed: Computation,
    p: Law,
    q: Law,
    method: str,
    options: Options,
    *,
    order: float = 1.0,
) -> Enclosure:
    """Return the closed form where there is one and it is wanted; else decide finiteness, then compute."""
    settings = Settings.of(method, options)
    p, q = as_laws(p, q)
    # what leaves the range of floats is seen by its interval, and computed exactly
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        value = closed_form(p, q) if settings.allows_closed_form(p.dim) else None
    if value is not None:
        return value
    if settings.method == "closed-form":
        raise _dispatch.no_closed_form(name, p, q)
    plan = settings.plan(p.dim)
    settled = _dispatch.settled(p, q, order)
    if settled is not None:
        return settled
    try:
        return computed(p, q, settings, plan)
    except UndecidedError:
        if settings.method != "auto" or plan != "certified":
            raise
        return computed(p, q, settings, "quadrature")


def integrated(
    name: str, integral: Integral, formula: _dispatch.Formula, p: Law, q: Law, method: str, options: Options
) -> Enclosure:
    """Return a divergence that is one integral, with `formula` between Gaussians."""
    return answer(
        name,
        lambda p, q: _dispatch.between_gaussians(formula, p, q),
        lambda p, q, settings, plan: _dispatch.compute(integral, p, q, settings, plan),
        p,
        q,
        method,
        options,
    )


def renyi_of_order(order: float) -> Computation:
    """Return how the Renyi divergence of this order is computed where there is no closed form."""
    return lambda p, q, settings, plan: _dispatch.renyi(p, q, order, settings, plan)
