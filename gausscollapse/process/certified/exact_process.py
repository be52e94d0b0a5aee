"""A linear-Gaussian reverse process with exact rational parameters: every float is the rational number that it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from flint import arb, fmpq, fmpq_mat

from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.certified.balls import Ball, Rational, rational, rational_matrix
from gausscollapse.process.errors import (
    AffineError,
    AmplifiedScoreError,
    RealizableError,
    ScoreError,
    SolenoidalError,
    SumError,
)


class LinearProcess(Protocol):
    """What can be certified: Gaussian data, a diffusion, an error that is affine in x, and a start."""

    @property
    def gaussian(self) -> Gaussian:
        """The data law."""

    @property
    def diffusion(self) -> OrnsteinUhlenbeck:
        """The forward process."""

    @property
    def error(self) -> ScoreError:
        """The score error."""

    @property
    def matched(self) -> bool:
        """Whether the reverse process starts from q_T; else from N(0, I)."""

    @property
    def stochasticity(self) -> float:
        """How much noise the sampler adds: 1 in the reverse equation, 0 in the flow."""


@dataclass(frozen=True, eq=False)
class ExactForm:
    """Exact coefficients of an error that is affine in x; the meaning is that of `LinearForm`.

    Parameters
    ----------
    slope, response : fmpq_mat, shape (d, d)
        A and R.
    offset : fmpq_mat, shape (d, 1)
        b.
    share : fmpq
        c, the weight of the realizable part.
    target : Gaussian or None
        Its target law.
    """

    slope: Rational
    offset: Rational
    response: Rational
    share: Rational
    target: Gaussian | None

    def scaled(self, factor: Rational) -> ExactForm:
        """Return the form of `factor` times the error."""
        return replace(
            self,
            slope=self.slope * factor,
            offset=self.offset * factor,
            response=self.response * factor,
            share=self.share * factor,
        )

    def plus(self, other: ExactForm) -> ExactForm:
        """Return the form of a sum; two different targets are refused."""
        if self.target is not None and other.target is not None and self.target != other.target:
            raise NotSupportedError("error: a sum of realizable errors needs one common target; accepted: one target")
        return ExactForm(
            self.slope + other.slope,
            self.offset + other.offset,
            self.response + other.response,
            self.share + other.share,
            self.target if self.target is not None else other.target,
        )


def exact_form(error: ScoreError, data: Gaussian) -> ExactForm:
    """Return the exact form of an error on Gaussian data.

    Sums and scales are carried out in rational numbers. An error of another kind has the coefficients that its
    `linear_form` gives; `NotSupportedError` where it has none.
    """
    form = error.linear_form(data)
    if isinstance(error, SumError):
        parts = [exact_form(term, data).scaled(rational(factor)) for factor, term in error.terms]
        total = parts[0]
        for part in parts[1:]:
            total = total.plus(part)
        return total
    zero, nothing = fmpq_mat(data.dim, data.dim), fmpq_mat(data.dim, 1)
    if isinstance(error, AffineError):
        return ExactForm(rational_matrix(error.matrix), rational_matrix(error.offset), zero, fmpq(0), None)
    if isinstance(error, SolenoidalError):
        swirl = rational_matrix(error.antisymmetric.reshape(data.dim, data.dim))
        return ExactForm(zero, nothing, swirl * rational(error.scale), fmpq(0), None)
    if isinstance(error, AmplifiedScoreError):
        return ExactForm(zero, nothing, rational_matrix(np.eye(data.dim)) * rational(-error.factor), fmpq(0), None)
    if isinstance(error, RealizableError):
        return ExactForm(zero, nothing, zero, fmpq(1), form.target)
    return ExactForm(
        rational_matrix(form.matrix),
        rational_matrix(form.offset),
        rational_matrix(form.response),
        rational(form.share),
        form.target,
    )


REVERSE = fmpq(1)


def _one() -> Ball:
    return arb(1)


@dataclass(frozen=True, eq=False)
class ExactProcess:
    """A linear-Gaussian reverse process in rational numbers.

    Parameters
    ----------
    mean : fmpq_mat, shape (d, 1)
        Data mean.
    change : fmpq_mat, shape (d, d)
        ``Sigma - I``, the data covariance minus the identity.
    form : ExactForm
        The error, to be multiplied by `gain`.
    horizon, stop : fmpq
        Times T and t0.
    matched : bool
        Whether the process starts from q_T; else from N(0, I).
    gain : callable
        Gives a further factor of the error, as a ball at the working precision of the moment.
    stochasticity : fmpq
        lam: 1 for the reverse equation, 0 for the flow.
    """

    mean: Rational
    change: Rational
    form: ExactForm
    horizon: Rational
    stop: Rational
    matched: bool
    gain: Callable[[], Ball] = _one
    stochasticity: Rational = REVERSE

    @classmethod
    def of(cls, process: LinearProcess) -> ExactProcess:
        """Read a process."""
        data = process.gaussian
        return cls(
            rational_matrix(data.mean),
            changed(data),
            exact_form(process.error, data),
            rational(process.diffusion.horizon),
            rational(process.diffusion.stop),
            process.matched,
            stochasticity=rational(process.stochasticity),
        )

    @property
    def noise(self) -> Rational:
        """``lam^2``."""
        return self.stochasticity * self.stochasticity

    @property
    def pull(self) -> Rational:
        """``k = (1 + lam^2)/2``, by which score and error enter the drift."""
        return (1 + self.noise) / 2

    @property
    def path_gain(self) -> Rational:
        """``(k/lam)^2``, E [M] over the energy; lam is not 0."""
        return self.pull * self.pull / self.noise

    @property
    def dim(self) -> int:
        """Dimension d."""
        return int(self.mean.nrows())

    @property
    def silent(self) -> bool:
        """Whether the error is 0 everywhere."""
        form = self.form
        still = form.target is None or form.share == 0 or (
            rational_matrix(form.target.mean) == self.mean and changed(form.target) == self.change
        )  # fmt: skip
        parts = (form.slope, form.offset, form.response)
        return still and all(entry == 0 for part in parts for row in part.tolist() for entry in row)

    def scaled(self, factor: Rational) -> ExactProcess:
        """Return the process with the error multiplied by `factor`, exactly."""
        return replace(self, form=self.form.scaled(factor))


def changed(law: Gaussian) -> Rational:
    """Return the exact covariance of a law minus the identity."""
    return rational_matrix(law.cov) - rational_matrix(np.eye(law.dim))
