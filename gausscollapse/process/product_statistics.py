"""Statistics of a process of many independent parts, from those of the parts (*own*).

Where data, error and noise act on blocks of coordinates that know nothing of each other, M, [M] and Z are sums of
independent terms: energies and divergences in nats add up, exponential moments multiply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.excess import exponential_excess
from gausscollapse.core.named import Named
from gausscollapse.core.validation import Array, as_array, as_one_each
from gausscollapse.process.exact import lower_bounds
from gausscollapse.process.exact.enclosures import Interval, enclosed, exponential, raised, squared
from gausscollapse.process.exact.statistics import METHOD, RICCATI, LinearStatistics
from gausscollapse.process.statistics import Weight, absent, swirl_size

SUMS = "sum over independent parts"
UNIT = 2.0**-52
# Sums in extended precision, where there is one: pairwise, of fewer than 2^40 terms.
LONG_UNIT = 64.0 * float(np.finfo(np.longdouble).eps)


def weighted_sum(values: Array, counts: Array) -> tuple[float, float]:
    """Return ``sum counts values`` and a bound of its rounding; inf and 0 where a value is infinite."""
    if not np.all(np.isfinite(values)):
        return (float(np.inf) if np.all(values > -np.inf) else float(-np.inf)), 0.0
    terms = counts * values.astype(np.longdouble)
    return float(np.sum(terms)), UNIT * float(abs(np.sum(terms))) + LONG_UNIT * float(np.sum(abs(terms)))


def log1p(enclosure: Enclosure) -> Enclosure:
    """Return ``log(1 + x)`` of a non-negative enclosure, its ends moved outwards."""
    value, low, high = (np.log1p(np.asarray(end)) for end in (enclosure.value, enclosure.lower, enclosure.upper))
    low, high = np.maximum(low * (1.0 - 2.0 * UNIT), 0.0), high * (1.0 + 2.0 * UNIT)
    return Enclosure(value, low, high, enclosure.method, enclosure.guarantee)


class ProductStatistics(Named):
    """Exact statistics of one process of independent parts; every enclosure has shape (1,).

    Parameters
    ----------
    parts : sequence of LinearStatistics
        Statistics of processes of independent blocks of coordinates; one entry of a batch is one block.
    counts : sequence of array_like
        For each of `parts` how often its blocks occur, shape (B,) each, positive whole numbers.

    Raises
    ------
    InvalidArgumentError
        If there are no parts, or counts do not fit them.

    Notes
    -----
    With ``L_k = log E exp(2 Z_k)``, ``chi2(P^ || P*) = exp(sum L_k) - 1``. What is of order four in the error is
    formed from the parts' own terms of order four, never by a difference of what is large:
    ``rho = (e^L - 1 - L) + sum (rho_k - (e^{L_k} - 1 - L_k))`` with ``L = sum L_k``. Source: *own*.

    Examples
    --------
    Two independent coordinates, as one process in the plane and as two on the line:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(1.0, 0.1)
    >>> def statistics(law, error):
    ...     return gc.ReverseProcess(law, diffusion, error).statistics
    >>> plane = statistics(gc.Gaussian([0, 0], np.diag([1.0, 2.0])), gc.AffineError(np.diag([0.1, 0.2]), [0, 0.3]))
    >>> line = [
    ...     statistics(gc.Gaussian(0, 1), gc.AffineError(0.1, 0)),
    ...     statistics(gc.Gaussian(0, 2), gc.AffineError(0.2, 0.3)),
    ... ]
    >>> product = gc.process.ProductStatistics(line, [[1], [1]])
    >>> names = ("kl", "chi2", "path_chi2", "observed_energy", "martingale_remainder", "taylor_square")
    >>> [bool(np.all(getattr(product, name).overlaps(getattr(plane, name)))) for name in names]
    [True, True, True, True, True, True]
    >>> bool(product.scaled(2).gradient_energy("ideal").overlaps(plane.scaled(2).gradient_energy("ideal"))[0])
    True
    >>> product.exponential_moment(theta1=1.0, theta2=-0.5).value.round(9)  # E exp(Z)
    array([1.])
    >>> product.log_exponential_moment(theta1=1.0, theta2=-0.5).value.round(9) + 0.0
    array([0.])
    >>> product.invisible(energy=1.0, leak=0.0)
    Traceback (most recent call last):
    AbsentStatisticError: invisible is not computed: the swirl that it asks for mixes the parts
    """

    @checked
    def __init__(self, parts: Sequence[LinearStatistics], counts: Sequence[ArrayLike]) -> None:
        if not parts:
            raise InvalidArgumentError("parts", parts, "is empty", "some parts")
        if not isinstance(counts, list | tuple) or len(counts) != len(parts):
            raise InvalidArgumentError("counts", counts, "do not fit the parts", f"a list of {len(parts)} arrays")
        if any(np.any(part.stochasticity != 1.0) for part in parts):
            raise InvalidArgumentError("parts", parts, "have a stochasticity other than 1", "stochasticity 1")
        self.parts = tuple(parts)
        self.counts = tuple(self._count(part, count) for part, count in zip(parts, counts, strict=True))

    @staticmethod
    def _count(part: LinearStatistics, count: ArrayLike) -> Array:
        counts = np.atleast_1d(as_array("counts", count))
        if counts.shape != (part.size,) or np.any(counts < 1.0) or np.any(counts != np.round(counts)):
            raise InvalidArgumentError("counts", count, f"are not {part.size} positive whole numbers", "one a block")
        return counts

    @property
    def size(self) -> int:
        """1: the parts are one process."""
        return 1

    @cached_property
    def dim(self) -> int:
        """Number of coordinates of all parts."""
        return sum(part.dim * int(np.sum(count)) for part, count in zip(self.parts, self.counts, strict=True))

    @property
    def absent(self) -> Mapping[str, str]:
        """What these statistics cannot compute: from the name of a statistic to the reason."""
        return {
            "invisible": "the swirl that it asks for mixes the parts",
            "flow_integral": "the root of a sum is not the sum of the parts' roots",
        }

    @cached_property
    def matched(self) -> NDArray[np.bool_]:
        """Whether every part starts from its marginal at the horizon, shape (1,)."""
        return np.array([all(bool(np.all(part.matched)) for part in self.parts)])

    @property
    def stochasticity(self) -> Array:
        """1, shape (1,)."""
        return np.ones(1)

    def _total(self, of: Callable[[LinearStatistics], Enclosure]) -> Interval:
        """Return the sum of a statistic over all blocks."""
        found = [of(part) for part in self.parts]
        ends = []
        for name, outwards in (("value", 0.0), ("lower", -1.0), ("upper", 1.0)):
            sums = [
                weighted_sum(np.asarray(getattr(one, name)), count)
                for one, count in zip(found, self.counts, strict=True)
            ]
            total = sum(value for value, _ in sums)
            blur = 2.0 * sum(error for _, error in sums) + len(sums) * UNIT * sum(abs(value) for value, _ in sums)
            ends.append(np.array([total + outwards * blur if np.isfinite(total) else total]))
        value, low, high = ends
        return Interval(value, np.minimum(low, value), np.maximum(high, value))

    def _sum(self, of: Callable[[LinearStatistics], Enclosure]) -> Enclosure:
        return enclosed(f"{METHOD}, {SUMS}", self._total(of))

    @cached_property
    def ideal_energy(self) -> Enclosure:
        """``eps*^2 = E_{P*} int |e|^2 dt``."""
        return self._sum(lambda part: part.ideal_energy)

    @cached_property
    def learned_energy(self) -> Enclosure:
        """``eps^^2 = E_{P^} int |e|^2 dt``."""
        return self._sum(lambda part: part.learned_energy)

    @cached_property
    def initial_kl(self) -> Enclosure:
        """KL of the learned start from q_T in nats."""
        return self._sum(lambda part: part.initial_kl)

    @cached_property
    def path_kl(self) -> Enclosure:
        """``KL(P^ || P*)`` in nats."""
        return self._sum(lambda part: part.path_kl)

    @cached_property
    def kl(self) -> Enclosure:
        """``KL(p^ || q)`` of the endpoints in nats."""
        return self._sum(lambda part: part.kl)

    @cached_property
    def reverse_kl(self) -> Enclosure:
        """``KL(q || p^)`` of the endpoints in nats."""
        return self._sum(lambda part: part.reverse_kl)

    @cached_property
    def observed_energy(self) -> Enclosure:
        """``eta eps*^2``, the Fisher information of the endpoint in the error's scale."""
        return self._sum(lambda part: part.observed_energy)

    @cached_property
    def observability(self) -> Enclosure:
        """``eta`` in [0, 1]; 0 where the energy is 0."""
        energy, observed = self.ideal_energy, self.observed_energy
        if not np.any(np.asarray(energy.value)):
            return Enclosure.exact(np.zeros(1), f"{METHOD}, {SUMS}", "numeric")
        ends = zip(
            (observed.value, observed.lower, observed.upper), (energy.value, energy.upper, energy.lower), strict=True
        )
        with np.errstate(divide="ignore"):
            found = Interval(*(np.minimum(np.asarray(part) / np.asarray(whole), 1.0) for part, whole in ends))
        return enclosed(f"{METHOD}, {SUMS}", found)

    @cached_property
    def slack_integral(self) -> Enclosure:
        """``(1/2) E_{P^} int |e - grad log(p^_s/q_s)|^2 ds`` in nats."""
        return self._sum(lambda part: part.slack_integral)

    @property
    def flow_integral(self) -> Enclosure:
        """Refuse: the integrand is no sum over parts."""
        raise absent(self, "flow_integral")

    @cached_property
    def swirl_energy(self) -> Enclosure:
        """Learned-path energy of the part of the error that is solenoidal in L^2 of the learned marginals."""
        return self._sum(lambda part: part.swirl_energy)

    def gradient_energy(self, weight: Weight) -> Enclosure:
        """Return the energy of the gradient part; that of independent parts is the sum of theirs."""
        return self._sum(lambda part: part.gradient_energy(weight))

    @cached_property
    def _log_chi2(self) -> Interval:
        return self._total(lambda part: log1p(part.chi2))

    @cached_property
    def log_chi2(self) -> Enclosure:
        """``log(1 + chi2(p^ || q))`` in nats, where chi2 itself is beyond floats as well."""
        return enclosed(f"{METHOD}, {SUMS}", self._log_chi2)

    @cached_property
    def chi2(self) -> Enclosure:
        """``chi2(p^ || q)``, the product of the parts' ``1 + chi2`` less one."""
        return enclosed(f"{METHOD}, {SUMS}", raised(np.expm1, self._log_chi2))

    @cached_property
    def _log_path_chi2(self) -> Interval:
        return self._total(lambda part: log1p(part.path_chi2))

    @cached_property
    def path_chi2(self) -> Enclosure:
        """``chi2(P^ || P*)``."""
        return enclosed(f"{RICCATI}, {SUMS}", raised(np.expm1, self._log_path_chi2))

    @cached_property
    def variation_square(self) -> Enclosure:
        """``E_{P*}([M]^2)``: the square of the sum of the means, and the sum of the variances."""
        energy = self._total(lambda part: part.ideal_energy)
        spread = self._total(
            lambda part: (part.variation_square - part.ideal_energy * part.ideal_energy).clipped(at_least=0.0)
        )
        return enclosed(f"{METHOD}, {SUMS}", Interval(*(e * e + v for e, v in zip(energy, spread, strict=True))))

    def _fourth_order(self, of: Callable[[LinearStatistics], Enclosure]) -> Interval:
        """Return ``e^L - 1 - L + sum (f_k - (e^{L_k} - 1 - L_k))`` for a statistic f of order four."""
        # They know nothing of the start.
        logs = self._total(lambda part: log1p(part.from_marginal.path_chi2))
        whole = raised(exponential_excess, logs)

        def rest(part: LinearStatistics) -> Enclosure:
            logs = log1p(part.from_marginal.path_chi2)
            low, value, high = (exponential_excess(np.asarray(x)) for x in (logs.lower, logs.value, logs.upper))
            return of(part) - Enclosure(value, np.minimum(low, value), np.maximum(high, value), RICCATI, "numeric")

        with np.errstate(invalid="ignore"):
            pairs = zip(whole, self._total(rest), strict=True)
            return Interval(*(np.where(np.isinf(a), np.inf, a + b) for a, b in pairs))

    @cached_property
    def martingale_remainder(self) -> Enclosure:
        """``rho = E_{P*}(exp(Z) - 1 - M)^2``."""
        return enclosed(f"{RICCATI}, {SUMS}", self._fourth_order(lambda part: part.martingale_remainder))

    @cached_property
    def taylor_square(self) -> Enclosure:
        """``E_{P*}(exp(Z) - 1 - Z)^2``; less ``E [M]^2/4`` it is ``rho`` and a sum over parts."""
        square = self.variation_square
        rest = self._fourth_order(lambda part: part.taylor_square - 0.25 * part.variation_square)
        quarters = (0.25 * np.asarray(x) for x in (square.value, square.lower, square.upper))
        return enclosed(f"{RICCATI}, {SUMS}", Interval(*(a + b for a, b in zip(rest, quarters, strict=True))))

    def log_exponential_moment(self, *, theta1: float, theta2: float) -> Enclosure:
        """Return ``log E_{P*} exp(theta1 M + theta2 [M])``, shape (1,)."""
        total = self._total(lambda part: part.log_exponential_moment(theta1=theta1, theta2=theta2))
        return Enclosure(*total, f"{RICCATI}, {SUMS}", "numeric")

    def exponential_moment(self, *, theta1: float, theta2: float) -> Enclosure:
        """Return ``E_{P*} exp(theta1 M + theta2 [M])``, shape (1,); inf where it diverges."""
        total = self._total(lambda part: part.log_exponential_moment(theta1=theta1, theta2=theta2))
        return exponential(total, f"{RICCATI}, {SUMS}", "log_exponential_moment")

    def hammersley_affine(self) -> Enclosure:
        """``|y|^2 <= chi2``, the best such bound over affine test functions."""
        return self._sum(lambda part: part.hammersley_affine())

    def hammersley_quadratic(self) -> Enclosure:
        """``|y|^2 + ||X + y y^T||_F^2/2``: off the blocks ``X + y y^T`` is ``y_j y_k^T``."""
        means, squares = (
            self._total(lambda part: part.hammersley_affine()),
            self._total(lambda part: part.hammersley_affine() * part.hammersley_affine()),
        )
        blocks = self._total(lambda part: part.hammersley_quadratic())
        crossed = [
            0.5 * np.maximum(m * m - s, 0.0)
            for m, s in zip(means, (squares.value, squares.upper, squares.lower), strict=True)
        ]
        return enclosed(f"{METHOD}, {SUMS}", Interval(*(a + b for a, b in zip(blocks, crossed, strict=True))))

    def hammersley_observable(self) -> Enclosure:
        """``(E_{p^} u - E_q u)^2/Var_q u <= chi2``, u the observable score; 0 where u = 0."""
        change, spread, error = 0.0, 0.0, 0.0
        for part, count in zip(self.parts, self.counts, strict=True):
            _, size, _ = lower_bounds.observable_root(part.tangent, part.deviation, part.noise)
            width = lower_bounds.observable_spread(part.tangent)
            change += weighted_sum(lower_bounds.observable_change(part.tangent, part.deviation), count)[0]
            error += weighted_sum(width * (2.0 * part.relative * size + part.noise), count)[0]
            spread += weighted_sum(width**2, count)[0]
        noise = max(float(np.max(part.noise)) for part in self.parts)
        root = np.sqrt(spread)
        if root <= noise:
            return Enclosure.exact(np.zeros(1), f"{METHOD}, {SUMS}", "numeric")
        relative = 2.0 * max(float(np.max(part.relative)) for part in self.parts)
        found = squared(np.array([change / root]), np.array([error / root + relative * abs(change) / root + noise]))
        return Enclosure(*found, f"{METHOD}, {SUMS}", "numeric")

    def donsker_varadhan(self) -> Enclosure:
        """``sup_lam {lam E_{p^} u - log E_q exp(lam u)} <= KL(p^ || q)``, in nats, one lam for all parts."""
        rows: list[list[Array]] = [[], []]
        change, norm = 0.0, 0.0
        for part, count in zip(self.parts, self.counts, strict=True):
            for row, values in zip(rows, lower_bounds.tangent_spectrum(part.tangent), strict=True):
                row.append(np.repeat(values, count.astype(np.int64), axis=0).ravel())
            change += weighted_sum(lower_bounds.observable_change(part.tangent, part.deviation), count)[0]
            mean, cov = part.deviation
            norm += weighted_sum(np.sum(mean**2, axis=1) + np.sum(cov**2, axis=(1, 2)), count)[0]
        first, eigenvalues = (np.concatenate(row)[None] for row in rows)
        best, gap, sensitivity = lower_bounds.donsker_varadhan_sum((first, eigenvalues), np.array([change]))
        relative = max(float(np.max(part.relative)) for part in self.parts)
        noise = max(float(np.max(part.noise)) for part in self.parts)
        size = np.sqrt(norm) * (1.0 + np.sqrt(norm))
        error = sensitivity * 2.0 * (2.0 * relative * size + noise * np.sqrt(float(self.dim)))
        return Enclosure(best, np.maximum(best - error, 0.0), best + error + gap, f"{METHOD}, {SUMS}", "numeric")

    def scaled(self, factor: float | Array) -> ProductStatistics:
        """Return the statistics with the error multiplied by one `factor`."""
        number = float(as_one_each("factor", factor, 1)[0])
        return ProductStatistics([part.scaled(number) for part in self.parts], self.counts)

    def invisible(self, *, energy: float, leak: float) -> ProductStatistics:
        """Refuse: the swirl of the protocol mixes the parts, which then are independent no longer."""
        swirl_size(energy, leak)
        raise absent(self, "invisible")
