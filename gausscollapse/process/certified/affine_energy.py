"""The ideal energy of an error that is affine in x, in closed form: no equation has to be solved.

With ``C = [A, b] + v [0, A m]`` and ``S = I + v^2 D``, in homogeneous coordinates,

    tr C S C^T = |A|^2 + |b|^2 + 2 v b.Am + v^2 (tr A D A^T + |Am|^2),

and ``int v dt = 2 (v(t0) - v(T))``, ``int v^2 dt = v(t0)^2 - v(T)^2`` as ``v = exp(-t/2)``.
"""

from __future__ import annotations

from gausscollapse.process.certified.balls import Ball
from gausscollapse.process.certified.fields import Coefficients


def affine_energy(coefficients: Coefficients) -> Ball | None:
    """Return ``eps*^2``; None where the error has another part."""
    process = coefficients.process
    form = process.form
    if form.share != 0 or any(entry != 0 for entry in form.response.entries()):
        return None
    constant, linear = coefficients.error.constant, coefficients.error.linear
    still = (constant * constant.transpose()).trace()
    once = 2 * (constant * linear.transpose()).trace()
    twice = (constant * coefficients.change * constant.transpose() + linear * linear.transpose()).trace()
    span = coefficients.span
    moved = 2 * once + (coefficients.start + coefficients.stop) * twice
    return (still * (process.horizon - process.stop) + span * moved) / coefficients.pull**2
