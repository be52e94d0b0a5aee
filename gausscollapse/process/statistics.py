"""The protocol: what a theorem on one generation may ask of its instances, with shapes and units.

A statement sees B instances at once through this protocol and knows nothing else of them. It is implemented exactly
(`process.exact`: linear-Gaussian processes), on a grid (d = 1, by Fokker-Planck equations) and on sampled paths.
What an implementation cannot compute it declares absent: asking for it raises `AbsentStatisticError` with the
reason, and the theorem is then not applicable for that reason.

Notation of the paper (arXiv 2602.16601): q is the ideal and p^ the learned endpoint law, P* and P^ the path laws, M
the Girsanov martingale, [M] its quadratic variation and ``Z = M - [M]/2``, all three under P*. With the stochasticity
lam and ``k = (1 + lam^2)/2`` it is ``int (k/lam) e . dB``; a flow, lam = 0, has none. They are those of the
error alone: where the learned process starts from N(0, I), the ratio of the starts is in `path_kl` and `path_chi2`,
not in `variation_square`, `taylor_square` and `martingale_remainder`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import AbsentStatisticError
from gausscollapse.core.validation import Array, as_number

Weight = Literal["learned", "ideal"]

NO_SWIRL = "on the line every field is a gradient"
NO_NOISE = "the paths of a flow have no density: their start tells them"
NO_PATHS = dict.fromkeys(
    (
        "path_kl", "path_chi2", "variation_square", "taylor_square", "martingale_remainder", "slack_integral",
        "observability", "exponential_moment", "log_exponential_moment",
    ),
    NO_NOISE,
)  # fmt: skip
NO_TRANSPORT = "how a difference is carried is known for the reverse equation alone, of stochasticity 1"
NO_VARIATION = "it has no closed form beyond the line; hellinger2 and kl bound it"
NO_SLOPE = "the score of a mixture has no slope in closed form that bounds it"

# Its product with a state is a float.
LARGEST_ORDER = 1e150


class Absent(Protocol):
    """What declares that it cannot compute something."""

    @property
    def absent(self) -> Mapping[str, str]:
        """From the name of a statistic to the reason."""


class Statistics(Protocol):
    """Statistics of B learned reverse processes of one dimension, computed when first asked for.

    Every enclosure has shape (B,); those of means have shape (B, d), those of covariances (B, d, d).

    Energies, chi-squared divergences, Hellinger and total variation distances and the remainders are dimensionless,
    KL and Renyi divergences in nats, 2-Wasserstein distances and means lengths. A value may be inf; it is never NaN.
    What is in `absent` raises `AbsentStatisticError` with its reason; a name that is not known raises
    `UnknownStatisticError` with the names that are.

    Notes
    -----
    Sources: energies, observability and the remainders are those of arXiv 2602.16601; gradient and swirl energies of
    arXiv 2606.06179; the observable score's formulas, `martingale_remainder` and `slack_integral` are *own*.

    Examples
    --------
    A statement is written for any of its implementations:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> def slack(s: gc.process.Statistics):
    ...     return s.path_kl - s.kl
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(1.0, 0.1), gc.AffineError(0, 0.5))
    >>> exact, grid = process.statistics, gc.process.GridStatistics([process])
    >>> bool(abs(slack(exact) - slack(grid))[0] < 1e-6)
    True
    >>> bool(abs(exact.scaled(2).kl - 4 * exact.kl)[0] < 1e-9)
    True
    >>> [s.gradient_energy("learned").value.round(6) for s in (exact, grid)]
    [array([0.225]), array([0.225])]
    >>> grid.absent
    {'invisible': 'on the line every field is a gradient'}
    >>> exact.invisible(energy=1.0, leak=0.0)
    Traceback (most recent call last):
    AbsentStatisticError: invisible is not computed: on the line every field is a gradient

    The two endpoints are compared in either direction; of order 2 the Renyi divergence is ``log(1 + chi2)``:

    >>> bool(exact.renyi(order=0.5)[0] < exact.renyi(order=2.0)[0])
    True
    >>> round(float(exact.reverse_renyi(order=2.0)[0]), 9) == round(float(np.log1p(exact.reverse_chi2.value[0])), 9)
    True
    >>> exact.learned_covariance.shape, bool((exact.hellinger2 < exact.total_variation)[0])
    ((1, 1, 1), True)
    >>> try:
    ...     exact.wasserstein
    ... except gc.core.UnknownStatisticError as error:
    ...     print(error.reason)
    is not known; did you mean wasserstein2?
    """

    @property
    def absent(self) -> Mapping[str, str]:
        """What these statistics cannot compute: from the name of a statistic to the reason."""

    @property
    def size(self) -> int:
        """Number B of processes."""

    @property
    def dim(self) -> int:
        """Dimension d of the data."""

    @property
    def matched(self) -> NDArray[np.bool_]:
        """Where the learned process starts from the marginal q_T, shape (B,)."""

    @property
    def stochasticity(self) -> Array:
        """lam: 1 for the reverse stochastic differential equation, 0 for the probability flow, shape (B,)."""

    @property
    def ideal_energy(self) -> Enclosure:
        """``eps*^2 = E_{P*} int |e|^2 dt``."""

    @property
    def learned_energy(self) -> Enclosure:
        """``eps^^2 = E_{P^} int |e|^2 dt``."""

    @property
    def initial_kl(self) -> Enclosure:
        """KL of the learned process' start from q_T, in nats."""

    @property
    def path_kl(self) -> Enclosure:
        """``KL(P^ || P*) = initial_kl + ((1 + lam^2)^2/(8 lam^2)) eps^^2``, in nats; at lam = 1 half the energy."""

    @property
    def path_chi2(self) -> Enclosure:
        """``chi2(P^ || P*)``: ``E_{P*} exp(2 Z) - 1`` for a matched start."""

    @property
    def kl(self) -> Enclosure:
        """``KL(p^ || q)``, in nats."""

    @property
    def reverse_kl(self) -> Enclosure:
        """``KL(q || p^)``, in nats."""

    @property
    def chi2(self) -> Enclosure:
        """``chi2(p^ || q)``."""

    @property
    def reverse_chi2(self) -> Enclosure:
        """``chi2(q || p^)``."""

    @property
    def hellinger2(self) -> Enclosure:
        """Squared Hellinger distance ``1 - int sqrt(p^ q)``, from 0 to 1."""

    @property
    def total_variation(self) -> Enclosure:
        """``int |p^ - q|/2``, from 0 to 1."""

    @property
    def wasserstein2(self) -> Enclosure:
        """2-Wasserstein distance of p^ and q, a length (not its square)."""

    @property
    def transport_constant(self) -> Enclosure:
        """``int Phi(t)^2 dt = l (1 - e^{-(T - t0)})/l_T``, l the largest variance of q, in squared length.

        ``Phi(t) = e^{-(t - t0)/2} l/l_t`` bounds how the ideal process carries a difference from t to t0, and
        ``l_t = e^{-(t - t0)} l + 1 - e^{-(t - t0)}``.
        """

    @property
    def start_transport(self) -> Enclosure:
        """``Phi(T) W2(start, q_T)``, a length; 0 for a matched start."""

    @property
    def ideal_mean(self) -> Enclosure:
        """Mean of q, shape (B, d)."""

    @property
    def ideal_covariance(self) -> Enclosure:
        """Covariance of q, shape (B, d, d)."""

    @property
    def learned_mean(self) -> Enclosure:
        """Mean of p^, shape (B, d)."""

    @property
    def learned_covariance(self) -> Enclosure:
        """Covariance of p^, shape (B, d, d)."""

    @property
    def observed_energy(self) -> Enclosure:
        """``eta eps*^2 = Var_{P*}(E[M | endpoint])``: the endpoint's Fisher information in the error's scale."""

    @property
    def observability(self) -> Enclosure:
        """``eta = observed_energy/E_{P*}[M]`` in [0, 1]; 0 for no error."""

    @property
    def variation_square(self) -> Enclosure:
        """``E_{P*} [M]^2``."""

    @property
    def taylor_square(self) -> Enclosure:
        """``E_{P*} (exp(Z) - 1 - Z)^2``."""

    @property
    def martingale_remainder(self) -> Enclosure:
        """``rho = E_{P*} (exp(Z) - 1 - M)^2``."""

    @property
    def taylor_energy(self) -> Enclosure:
        """``E_{P*} int (exp(Z) - 1 - Z) d[M]``, never negative."""

    @property
    def slack_integral(self) -> Enclosure:
        """``E_{P^} int |(k/lam) e - lam grad log(p^_s/q_s)|^2 ds / 2``, in nats; ``k = (1 + lam^2)/2``."""

    @property
    def flow_integral(self) -> Enclosure:
        """``int sqrt(E_{P^}|e|^2 I(p^_s || q_s)) ds``, I the relative Fisher information ``E |grad log(p^/q)|^2``."""

    @property
    def swirl_energy(self) -> Enclosure:
        """Learned-path energy of the part of the error that is solenoidal in L^2 of the learned marginals."""

    def renyi(self, *, order: float) -> Enclosure:
        """``D_order(p^ || q)`` in nats, order > 0; of order 1 it is KL, of order 2 ``log(1 + chi2)``."""

    def reverse_renyi(self, *, order: float) -> Enclosure:
        """``D_order(q || p^)`` in nats, order > 0."""

    def gradient_energy(self, weight: Weight) -> Enclosure:
        """Learned-path energy of the error's gradient part, split in L^2 of the learned or of the ideal marginals."""

    def hammersley_observable(self) -> Enclosure:
        """``(E_{p^} u - E_q u)^2/Var_q u <= chi2``, u the observable score ``E[M | endpoint]``; 0 where u = 0."""

    def hammersley_affine(self) -> Enclosure:
        """The largest such bound of ``chi2(p^ || q)`` over affine test functions: means alone."""

    def hammersley_quadratic(self) -> Enclosure:
        """The largest such bound over quadratic test functions: means and covariances."""

    def donsker_varadhan(self) -> Enclosure:
        """``sup_lam {lam E_{p^} u - log E_q exp(lam u)} <= KL(p^ || q)``, in nats."""

    def scaled(self, factor: float | Array) -> Self:
        """Return the statistics with every error multiplied by `factor`, one for all or one a process, (B,)."""

    def invisible(self, *, energy: float, leak: float) -> Self:
        """Return the statistics of an error of that ideal energy, on the same data, which no endpoint shows.

        The error is ``c Q S_t^{-1}(x - m_t)`` with an antisymmetric Q, 1 above its diagonal in the coordinates
        of the data; ``leak |Q|`` is added to Q, which makes it visible where `leak`, from -1 to 1, is not 0.
        """


def swirl_size(energy: float, leak: float) -> tuple[float, float]:
    """Return the energy of an invisible error and its leak, refused by name where they are none."""
    return as_number("energy", energy, at_least=0.0), as_number("leak", leak, at_least=-1.0, at_most=1.0)


def renyi_order(order: float) -> float:
    """Return the order of a Renyi divergence, refused by name where it is none."""
    return as_number("order", order, above=0.0, at_most=LARGEST_ORDER)


def absent(statistics: Absent, name: str) -> AbsentStatisticError:
    """Return the error to raise where a statistic is asked for that is declared absent."""
    return AbsentStatisticError(name, statistics.absent[name])
