"""One process, certified: every statistic to proven digits, the precision raised until they are there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial

import numpy as np
from flint import arb

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError, UndecidedError, UnknownNameError
from gausscollapse.core.validation import as_count, as_number, as_size
from gausscollapse.divergences.certified.integral import METHOD, enclosure, ends
from gausscollapse.process.certified.balls import Ball, Matrix, precision, rational
from gausscollapse.process.certified.exact_process import ExactProcess, LinearProcess
from gausscollapse.process.certified.levels import FIRST_BITS, LEAST_BITS, MOST_BITS, levels
from gausscollapse.process.certified.solution import PATH_BITS, STATISTICS, Solution
from gausscollapse.process.certified.sweep import Effort, PrecisionError, WorkLimitError
from gausscollapse.process.statistics import NO_NOISE, NO_TRANSPORT, NO_VARIATION, renyi_order

DIGITS = 15
# These are of second order in the energy.
SECOND_ORDER = ("variation_square", "taylor_square", "martingale_remainder", "taylor_energy")
# chi2 is at least exp(KL) - 1 (Jensen).
UNDER = {"chi2": "kl", "path_chi2": "path_kl", "reverse_chi2": "reverse_kl"}
SHARES = ("observability", "hellinger2")
# What is certified for the reverse equation alone, and what a flow has not.
NO_MOMENTS = "exponential moments of paths are certified for the reverse equation alone, of stochasticity 1"
OF_REVERSE_PATHS = (
    "path_chi2", "variation_square", "taylor_square", "martingale_remainder", "taylor_energy",
    "exponential_moment", "log_exponential_moment",
)  # fmt: skip
OF_PATHS = (*OF_REVERSE_PATHS, "path_kl", "slack_integral", "observability")
OF_TRANSPORT = ("transport_constant", "start_transport")
# What an error of zero does not make zero.
OF_THE_IDEAL = ("transport_constant",)


class CertifiedProcess:
    """Certified statistics of one linear-Gaussian reverse process.

    Parameters
    ----------
    process : LinearProcess or ExactProcess
        For instance a `ReverseProcess` with Gaussian data and an error that is affine in x; its floats are read as
        the rational numbers that they are.
    digits : int
        Relative decimal digits wanted, from 1 to 1000. A value below ``10^(-2 digits)`` of the error's energy is
        enclosed from 0 instead: no finite precision tells it from 0.
    most_bits : int
        The work limit: the largest working precision.

    Attributes
    ----------
    undecided : dict of str to str
        Statistics that were asked for and not decided within the work limit, and why.

    Raises
    ------
    NotSupportedError
        If the data is no Gaussian or the error has no linear form.

    Examples
    --------
    A constant offset on data that N(0, 1) keeps: ``eps*^2 = b^2 (T - t0)``.

    >>> import gausscollapse as gc
    >>> from gausscollapse.process.certified import CertifiedProcess
    >>> times = gc.OrnsteinUhlenbeck(horizon=4, stop=0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), times, gc.AffineError(0, 0.5))
    >>> certified = CertifiedProcess(process)
    >>> certified.ball("ideal_energy").contains(1), float(certified.enclosure("path_chi2").upper)  # e - 1
    (True, 1.7182818284590453)
    >>> certified.endpoint_enclosures(ideal=True)[1].value  # the ideal endpoint is N(0, 1)
    array([[1.]])
    >>> bool(certified.renyi(order=3.0, reverse=False).overlaps(3.0 * certified.enclosure("kl")))
    True
    >>> certified.scaled(2.0).ball("ideal_energy").contains(4)
    True
    >>> certified.log_exponential_moment(theta1=2.0, theta2=-1.0).contains(1)  # log E exp(2 M - [M]) = eps*^2
    True

    Everything at one working precision, as `ball` asks for it with more and more bits:

    >>> certified.solution(192) is certified.solution(192)
    True

    The same by floats, where they have the digits wanted:

    >>> certified.soon(192).effort.bits
    192
    """

    def __init__(
        self, process: LinearProcess | ExactProcess, *, digits: int = DIGITS, most_bits: int = MOST_BITS
    ) -> None:
        self.process = process if isinstance(process, ExactProcess) else ExactProcess.of(process)
        self.digits = as_size("digits", digits, at_least=1, each=1.0, unit="digits", most=1000)
        self.most_bits = as_count("most_bits", most_bits, at_least=LEAST_BITS)
        self._solutions: dict[Effort, Solution] = {}
        self._balls: dict[str, Ball] = {}
        self.undecided: dict[str, str] = {}

    @cached_property
    def absent(self) -> Mapping[str, str]:
        """What is not certified of a process of this stochasticity: from its name to the reason."""
        if self.process.stochasticity == 1:
            return {}
        nothing = self.process.stochasticity == 0
        paths = dict.fromkeys(OF_PATHS, NO_NOISE) if nothing else dict.fromkeys(OF_REVERSE_PATHS, NO_MOMENTS)
        return paths | dict.fromkeys(OF_TRANSPORT, NO_TRANSPORT)

    def _need(self, name: str) -> None:
        if name in self.absent:
            raise NotSupportedError(f"{name}: {self.absent[name]}; accepted: another statistic")

    def solution(self, bits: int) -> Solution:
        """Return everything at one working precision, which the caller sets while it asks."""
        return self._solved(Effort.full(bits))

    def soon(self, bits: int) -> Solution:
        """Return the same by the first of the efforts with so many bits, which has the digits wanted."""
        return self._solved(next((effort for effort in self.levels if effort.bits == bits), Effort.full(bits)))

    def _solved(self, effort: Effort) -> Solution:
        if effort not in self._solutions:
            wider = partial(self._solved, effort.growing(PATH_BITS))
            self._solutions[effort] = Solution(self.process, effort, wider=wider)
        return self._solutions[effort]

    @property
    def levels(self) -> Sequence[Effort]:
        """What is tried, in this order."""
        return levels(self.digits, self.most_bits)

    def ball(self, name: str) -> Ball:
        """Return a statistic as a ball, `arb`; infinite where that is proved.

        Parameters
        ----------
        name : str
            A key of `STATISTICS`.

        Raises
        ------
        UnknownNameError
            If there is no such statistic.
        UndecidedError
            If neither a finite ball nor infinity could be proved within the work limit.
        NotSupportedError
            If it is not certified of a process of this stochasticity.
        """
        if name not in STATISTICS:
            raise UnknownNameError("name", name, "is no certified statistic", "one of " + ", ".join(STATISTICS))
        self._need(name)
        return self._found(name, STATISTICS[name])

    def _found(self, name: str, statistic: Callable[[Solution], Ball]) -> Ball:
        if name in self.undecided:
            raise UndecidedError(self.undecided[name])
        if name not in self._balls:
            self._balls[name] = self._raised(name, statistic)
        return self._balls[name]

    def log_exponential_moment(self, *, theta1: float, theta2: float) -> Ball:
        """Return ``log E_{P*} exp(theta1 M + theta2 [M])`` as a ball; infinite where that is proved.

        Where the process starts from N(0, I) the factor ``(dN(0, I)/dq_T)^theta1`` is included.

        Parameters
        ----------
        theta1, theta2 : float
            Exponents of the Girsanov martingale and of its quadratic variation.

        Raises
        ------
        UndecidedError
            If neither a finite ball nor infinity could be proved within the work limit.
        NotSupportedError
            If the stochasticity is not 1.
        """
        self._need("log_exponential_moment")
        first = rational(as_number("theta1", theta1))
        kappa = rational(as_number("theta2", theta2)) + first * first / 2
        return self._raised(
            "log_exponential_moment",
            lambda solution: solution.log_exponential_moment(theta=arb(first), kappa=arb(kappa)),
        )

    def _raised(self, name: str, statistic: Callable[[Solution], Ball]) -> Ball:
        if self.process.silent and self.process.matched and name not in OF_THE_IDEAL:
            return arb(0)
        best, problem = None, "the balls are too wide"
        for effort in self.levels:
            with precision(effort.bits):
                try:
                    found = statistic(self._solved(effort))
                except (PrecisionError, ZeroDivisionError) as trouble:
                    problem = f"{trouble} at {effort.bits} bits"
                    continue
                except WorkLimitError as trouble:
                    problem = f"{trouble} at {effort.bits} bits"
                    if effort.bits > FIRST_BITS:
                        break
                    continue
                if found.is_finite():
                    best = found if best is None else best.intersection(found)
                    if self._enough(name, best, effort):
                        return best
                elif found > 0:
                    return found
        if best is None:
            self.undecided[name] = f"{name}: not decided ({problem}); accepted: a larger most_bits"
            raise UndecidedError(self.undecided[name])
        return best

    def _enough(self, name: str, ball: Ball, effort: Effort) -> bool:
        """Return whether a ball has the digits wanted, or cannot be told from 0 far below the error's energy."""
        wanted = arb(10) ** -self.digits
        if ball.rad() <= abs(ball).lower() * wanted:
            return True
        energy = self._solved(effort).ideal_energy().abs_upper().min(arb(1))
        least = energy ** (2 if name in SECOND_ORDER else 1) * wanted**2
        return bool(ball.abs_upper() <= least)

    def enclosure(self, name: str) -> Enclosure:
        """Return a statistic as floats rounded outwards; [lower, inf] where it is undecided.

        Parameters
        ----------
        name : str
            A key of `STATISTICS`.

        Returns
        -------
        Enclosure
            Certified. Every statistic is non-negative, and so are both ends.
        """
        most = 1.0 if name in SHARES else math.inf
        try:
            return enclosure(self.ball(name), digits=min(self.digits, 15), least=0.0, most=most)
        except UndecidedError as problem:
            return Enclosure(most, self._least(name), most, f"{METHOD}: {problem}", "certified")

    def renyi(self, *, order: float, reverse: bool) -> Enclosure:
        """Return ``D_order(p^ || q)``, or ``D_order(q || p^)``, rounded outwards; [KL, inf] where undecided.

        Parameters
        ----------
        order : float
            Above 0; of order 1 it is KL. It is read as the rational number that it is.
        reverse : bool
            Of the ideal law from the learned one.
        """
        exact, kl = rational(renyi_order(order)), "reverse_kl" if reverse else "kl"
        least = float(self.enclosure(kl).lower) if exact >= 1 and kl not in self.undecided else 0.0
        return self._told(f"{kl}, order {exact}", lambda s: s.renyi(exact, reverse=reverse), least, math.inf)

    def total_variation(self) -> Enclosure:
        """Return ``int |p^ - q|/2`` of the endpoints as floats rounded outwards, on the line.

        Raises
        ------
        NotSupportedError
            If the dimension is not 1.
        """
        if self.process.dim > 1:
            raise NotSupportedError(f"total_variation: {NO_VARIATION}; accepted: a process on the line")
        return self._told("total_variation", Solution.total_variation, 0.0, 1.0)

    def _told(self, name: str, statistic: Callable[[Solution], Ball], least: float, most: float) -> Enclosure:
        """Return a statistic as floats rounded outwards; [least, most] where it is undecided."""
        try:
            return enclosure(self._found(name, statistic), digits=min(self.digits, 15), least=0.0, most=most)
        except UndecidedError as problem:
            return Enclosure(most, least, most, f"{METHOD}: {problem}", "certified")

    def _least(self, name: str) -> float:
        """Return a proved lower bound of an undecided statistic."""
        if name not in UNDER:
            return 0.0
        try:
            lower = self.ball(UNDER[name])
        except UndecidedError:
            return 0.0
        with precision(LEAST_BITS):
            return max(0.0, ends(lower.expm1())[0]) if lower.is_finite() else 0.0

    @cached_property
    def endpoint(self) -> tuple[Matrix, Matrix]:
        """Mean (d, 1) and covariance (d, d) of the learned endpoint as balls; `UndecidedError` beyond the limit."""
        return self._ends(Solution.learned_endpoint)

    @cached_property
    def ideal_endpoint(self) -> tuple[Matrix, Matrix]:
        """Mean (d, 1) and covariance (d, d) of the ideal endpoint as balls."""
        return self._ends(Solution.ideal_endpoint)

    def _ends(self, moments: Callable[[Solution], tuple[Matrix, Matrix]]) -> tuple[Matrix, Matrix]:
        problem: Exception | None = None
        for effort in self.levels:
            with precision(effort.bits):
                try:
                    parts = moments(self._solved(effort))
                except (PrecisionError, ZeroDivisionError, WorkLimitError) as trouble:
                    problem = trouble
                    continue
                size = max((abs(entry).abs_upper() for part in parts for entry in part.entries()), key=float)
                wanted = size * arb(10) ** -self.digits
                if all(entry.rad() <= wanted for part in parts for entry in part.entries()):
                    return parts
        raise UndecidedError(f"endpoint: not decided ({problem}); accepted: a larger most_bits")

    def endpoint_enclosures(self, *, ideal: bool = False) -> tuple[Enclosure, Enclosure]:
        """Return mean (d,) and covariance (d, d) of the learned or ideal endpoint as floats rounded outwards."""
        dim = self.process.dim
        mean, cov = (
            [enclosure(entry, digits=15, least=-math.inf) for entry in part.entries()]
            for part in (self.ideal_endpoint if ideal else self.endpoint)
        )
        return _stacked(mean, (dim,)), _stacked(cov, (dim, dim))

    def scaled(self, factor: float) -> CertifiedProcess:
        """Return the process with the error multiplied by `factor`, without rounding."""
        return CertifiedProcess(self.process.scaled(rational(factor)), digits=self.digits, most_bits=self.most_bits)


def _stacked(parts: Sequence[Enclosure], shape: tuple[int, ...]) -> Enclosure:
    """Return scalar enclosures as one of that shape."""
    value, lower, upper = (
        np.array([getattr(part, name) for part in parts], dtype=np.float64).reshape(shape)
        for name in ("value", "lower", "upper")
    )
    return Enclosure(value, lower, upper, METHOD, "certified")
