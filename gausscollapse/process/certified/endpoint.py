"""Divergences and lower bounds of the two endpoints, both Gaussian, in ball arithmetic.

In the coordinates ``z = y - m``, m the ideal mean, the ideal endpoint is ``N(0, S)`` and the learned one
``N(delta, S + X)``; T and tau are the derivatives of covariance and mean in the scale of the error. With
``u = d/ds log p_s`` at s = 0 (the observable score) and ``K(lam) = log E_q exp(lam u)``:

    K = -log det(I - lam S^{-1} T)/2 - lam tr(S^{-1} T)/2 + lam^2 tau.(S - lam T)^{-1} tau/2

where ``S - lam T`` is positive definite, inf beyond. All formulas are elementary; see `closed` and `lower_bounds` for
their sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flint import arb, ctx

from gausscollapse.process.certified.balls import Ball, Matrix, Rational, identity, positive_definite
from gausscollapse.process.certified.sweep import PrecisionError

NEWTON_STEPS = 100


def _form(left: Matrix, matrix: Matrix, right: Matrix) -> Ball:
    return (left.transpose() * matrix * right)[0, 0]


@dataclass(frozen=True, eq=False)
class Endpoints:
    """The ideal and the learned endpoint.

    Parameters
    ----------
    covariance, change : arb_mat, shape (d, d)
        S and X.
    mean : arb_mat, shape (d, 1)
        delta.
    """

    covariance: Matrix
    change: Matrix
    mean: Matrix

    @cached_property
    def inverse(self) -> Matrix:
        """``S^{-1}``."""
        return self.covariance.inv()

    @cached_property
    def learned_inverse(self) -> Matrix:
        """``(S + X)^{-1}``."""
        return (self.covariance + self.change).inv()

    @cached_property
    def relative(self) -> Matrix:
        """``S^{-1} X``."""
        return self.inverse * self.change

    @cached_property
    def log_volume(self) -> Ball:
        """``log det(I + S^{-1} X)``."""
        return _log_det(identity(self.mean.nrows()) + self.relative)

    @cached_property
    def middle(self) -> Endpoints:
        """The same with an exact X, the middle of its balls: what is of second order in X is told apart there."""
        return Endpoints(self.covariance, self.change.mid(), self.mean)

    def _loose(self, left: Matrix, right: Matrix) -> Ball:
        """Return ``tr(L X R (X - X_0))``, X_0 the middle: the mean value theorem, X anywhere in its balls."""
        return (left * self.change * right * (self.change - self.middle.change)).trace()

    def kl(self) -> Ball:
        """Return ``KL(p^ || q)``; its derivative in X is ``S^{-1} X (S + X)^{-1}/2``."""
        still = self.middle.relative.trace() - self.middle.log_volume
        return (still + self._loose(self.inverse, self.learned_inverse) + self.affine()) / 2

    def reverse_kl(self) -> Ball:
        """Return ``KL(q || p^)``; its derivative in X, the means' part aside, is ``V^{-1} X V^{-1}/2``, V = S + X."""
        moved = _form(self.mean, self.learned_inverse, self.mean)
        still = self.middle.log_volume - (self.middle.learned_inverse * self.middle.change).trace()
        return (still + self._loose(self.learned_inverse, self.learned_inverse) + moved) / 2

    def log_chi2(self) -> Ball:
        """Return ``log(1 + chi2(p^ || q))``; inf where ``2 S - (S + X)`` is not positive definite."""
        spare = self.covariance - self.change
        finite = positive_definite(spare)
        if finite is None:
            raise PrecisionError("whether chi-squared is finite")
        if not finite:
            return arb.pos_inf()
        mirrored = _log_det(identity(self.mean.nrows()) - self.middle.relative)
        # The derivative in X of the logarithms is -2 (S - X)^{-1} X (S + X)^{-1}.
        loose = self._loose(spare.inv(), self.learned_inverse)
        return _form(self.mean, spare.inv(), self.mean) - (self.middle.log_volume + mirrored) / 2 + loose

    @cached_property
    def exchanged(self) -> Endpoints:
        """The same laws with their parts exchanged, in coordinates about the learned mean."""
        return Endpoints(self.covariance + self.change, -self.change, -self.mean)

    def renyi(self, order: Rational) -> Ball:
        """Return ``D_order(p^ || q)``; inf where ``order S + (1 - order)(S + X)`` is not positive definite."""
        if order == 1:
            return self.kl()
        gap = arb(order) - 1
        mixed = self.covariance - self.change * gap
        finite = positive_definite(mixed)
        if finite is None:
            raise PrecisionError("whether a Renyi divergence is finite")
        if not finite:
            return arb.pos_inf()
        volume = _log_det(identity(self.mean.nrows()) - self.middle.relative * gap)
        # The derivative in X of the logarithms is -order (S - gap X)^{-1} X (S + X)^{-1}.
        loose = self._loose(mixed.inv(), self.learned_inverse) + _form(self.mean, mixed.inv(), self.mean)
        return (arb(order) * loose - volume / gap - self.middle.log_volume) / 2

    def affine(self) -> Ball:
        """Return the best Hammersley bound over affine functions, ``delta.S^{-1} delta``."""
        return _form(self.mean, self.inverse, self.mean)

    @cached_property
    def second(self) -> Matrix:
        """``X + delta delta^T``."""
        return self.change + self.mean * self.mean.transpose()

    def quadratic(self) -> Ball:
        """Return the best Hammersley bound over quadratic functions."""
        whole = self.inverse * self.second
        return self.affine() + (whole * whole).trace() / 2


@dataclass(frozen=True, eq=False)
class ObservableScore:
    """The observable score u of the endpoints.

    Parameters
    ----------
    ends : Endpoints
        Of the process.
    covariance : arb_mat, shape (d, d)
        T.
    mean : arb_mat, shape (d, 1)
        tau.
    """

    ends: Endpoints
    covariance: Matrix
    mean: Matrix

    @cached_property
    def _relative(self) -> Matrix:
        return self.ends.inverse * self.covariance

    def variance(self) -> Ball:
        """Return ``Var_q u``, the observed energy."""
        return _form(self.mean, self.ends.inverse, self.mean) + (self._relative * self._relative).trace() / 2

    @cached_property
    def change(self) -> Ball:
        """``E_{p^} u``; u has mean 0 under q."""
        second = (self._relative * self.ends.inverse * self.ends.second).trace()
        return _form(self.mean, self.ends.inverse, self.ends.mean) + second / 2

    def hammersley(self) -> Ball:
        """Return ``(E_{p^} u)^2/Var_q u``; 0 up to chi2 where the balls cannot tell u from 0."""
        variance = self.variance()
        if variance > 0:
            return self.change**2 / variance
        return _up_to(self.ends.log_chi2().expm1())

    def _objective(self, scale: Ball) -> tuple[Ball, Ball, Ball] | None:
        """Return ``lam E_{p^} u - K(lam)`` with its first two derivatives; None where K is not proved finite."""
        narrowed = self.ends.covariance - self.covariance * scale
        if positive_definite(narrowed) is not True:
            return None
        inverse = narrowed.inv()
        turned = inverse * self.covariance
        pulled = inverse * self.mean
        size, next_, after = (
            (self.mean.transpose() * part)[0, 0] for part in (pulled, turned * pulled, turned * turned * pulled)
        )
        trace = self._relative.trace()
        volume = _log_det(identity(self.mean.nrows()) - self._relative * scale)
        cumulant = (scale**2 * size - volume - scale * trace) / 2
        slope = (turned.trace() - trace + scale**2 * next_) / 2 + scale * size
        curvature = (turned * turned).trace() / 2 + size + 2 * scale * next_ + scale**2 * after
        return scale * self.change - cumulant, self.change - slope, -curvature

    def donsker_varadhan(self) -> Ball:
        """Return ``sup_lam {lam E_{p^} u - K(lam)}``; 0 up to KL where the balls cannot tell ``E_{p^} u`` from 0.

        The objective f is concave: with ``f'(a) >= 0 >= f'(b)`` the supremum is at most ``f(a) + f'(a)(b - a)``.
        """
        if self.change.contains(0):
            return _up_to(self.ends.kl())
        scale = self._newton()
        near = abs(scale) * arb(2) ** (-ctx.prec // 4)
        here, below, above = (self._objective(at) for at in (scale, scale - near, scale + near))
        if here is None or below is None or above is None or not (below[1] > 0 and above[1] < 0):
            return _up_to(self.ends.kl())
        return here[0].union(below[0] + below[1] * 2 * near)

    def _newton(self) -> Ball:
        """Return about the best scale, by Newton's method with halving."""
        scale, least = arb(0), arb(2) ** (-ctx.prec // 4 - 8)
        for _ in range(NEWTON_STEPS):
            found = self._objective(scale)
            if found is None or not found[2] < 0:
                break
            step = -(found[1] / found[2]).mid()
            if abs(step) <= abs(scale) * least:
                return (scale + step).mid()
            for _ in range(NEWTON_STEPS):
                trial = self._objective((scale + step).mid())
                if trial is not None and trial[0].mid() >= found[0].mid():
                    break
                step = step / 2
            scale = (scale + step).mid()
        return scale


def _log_det(matrix: Matrix) -> Ball:
    return matrix.det().log()


def _up_to(bound: Ball) -> Ball:
    return arb(0).union(bound.abs_upper())
