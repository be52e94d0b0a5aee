"""The differential equations of one process, each solved once: by floats with proven bounds, or by balls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np

from gausscollapse.process.certified.balls import Ball
from gausscollapse.process.certified.deviation import start_deviation
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.float_flow import flow_by_floats
from gausscollapse.process.certified.float_geometry import energies_by_floats, twice_slack_by_floats
from gausscollapse.process.certified.float_moments import learned_by_floats, tangent_by_floats
from gausscollapse.process.certified.float_paths import exponent_by_floats
from gausscollapse.process.certified.flow import flow_integral
from gausscollapse.process.certified.geometry import GeometricIntegrals, geometric_integrals, twice_slack
from gausscollapse.process.certified.leap import leap
from gausscollapse.process.certified.moments import LearnedMoments, TangentMoments, learned_moments, tangent_moments
from gausscollapse.process.certified.paths import log_moment, moment_of_start
from gausscollapse.process.certified.stretches import Stretch, stretches
from gausscollapse.process.certified.sweep import Effort, PrecisionError, WorkLimitError

Found = TypeVar("Found")


class Equations:
    """The equations of one process at one working precision, which the caller sets while it asks.

    Parameters
    ----------
    coefficients : Coefficients
        Of the process.
    effort : Effort
        The working precision, the size of the tails, and whether floats solve them.
    """

    def __init__(self, coefficients: Coefficients, effort: Effort) -> None:
        self.coefficients, self.effort = coefficients, effort

    @cached_property
    def _along(self) -> Sequence[Stretch]:
        return stretches(self.coefficients)

    def _learned_by_floats(self) -> LearnedMoments:
        ahead = leap(self.coefficients, start_deviation(self.coefficients, central=False), self.effort)
        if ahead is None:
            return learned_by_floats(self.coefficients, self._along)
        return learned_by_floats(self.coefficients, stretches(self.coefficients, begin=ahead.v), ahead.state)

    @cached_property
    def _learned(self) -> LearnedMoments | Exception:
        if self.effort.floats:
            return _tried(self._learned_by_floats)
        return _tried(lambda: learned_moments(self.coefficients, self.effort))

    @property
    def learned(self) -> LearnedMoments:
        """Learned endpoint and energies."""
        return _given(self._learned)

    @cached_property
    def _tangent(self) -> TangentMoments | Exception:
        if self.effort.floats:
            return _tried(lambda: tangent_by_floats(self.coefficients, self._along))
        return _tried(lambda: tangent_moments(self.coefficients, self.effort))

    @property
    def tangent(self) -> TangentMoments:
        """First and second order about the ideal process."""
        return _given(self._tangent)

    @cached_property
    def _energies(self) -> GeometricIntegrals | Exception:
        if self.effort.floats:
            return _tried(lambda: energies_by_floats(self.coefficients, self._along))
        return _tried(lambda: geometric_integrals(self.coefficients, self.effort.halved()))

    @property
    def energies(self) -> GeometricIntegrals:
        """The gradient and swirl energies."""
        return _given(self._energies)

    @cached_property
    def _twice_slack(self) -> Ball | Exception:
        if self.effort.floats:
            return _tried(lambda: twice_slack_by_floats(self.coefficients, self._along))
        return _tried(lambda: twice_slack(self.coefficients, self.effort.integral()))

    @property
    def twice_slack(self) -> Ball:
        """Twice the slack."""
        return _given(self._twice_slack)

    @cached_property
    def _flow(self) -> Ball | Exception:
        if self.effort.floats:
            return _tried(lambda: flow_by_floats(self.coefficients, self._along))
        return _tried(lambda: flow_integral(self.coefficients, self.effort.integral()))

    @property
    def flow(self) -> Ball:
        """The integral of the root of energy times relative Fisher information."""
        return _given(self._flow)

    def log_moment(self, *, theta: Ball, kappa: Ball, matched: bool) -> Ball:
        """Return ``log E_{P*} exp(theta1 M + theta2 [M])``; see `paths`."""
        if not self.effort.floats:
            return log_moment(self.coefficients, self.effort, theta=theta, kappa=kappa, matched=matched)
        found = _given(_tried(lambda: exponent_by_floats(self.coefficients, theta=theta, kappa=kappa)))
        return moment_of_start(self.coefficients, found, theta=theta, matched=matched)


def _tried(compute: Callable[[], Found]) -> Found | Exception:
    """Return what was computed, or why it could not be: what fails once is not tried again."""
    try:
        return compute()
    except np.linalg.LinAlgError as problem:
        return PrecisionError(str(problem))
    except (PrecisionError, WorkLimitError, ZeroDivisionError) as problem:
        return problem


def _given(found: Found | Exception) -> Found:
    """Return what was found, or raise why it was not."""
    if isinstance(found, Exception):
        raise found
    return found
