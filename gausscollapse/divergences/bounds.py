r"""Bounds of KL and chi2 between mixtures in any dimension, in closed form, and the best interval that they give.

With ``p = sum w_k N_k``, ``q = sum v_j M_j``, ``H`` the entropy, ``t_kj = int N_k M_j`` and ``z_ka = int N_k N_a``:

- `matched_upper`: joint convexity along the best one-to-one match s of components,
  ``KL <= sum_k w_k (log(w_k/v_s(k)) + KL(N_k || M_s(k)))``.
- `variational_upper` (Hershey and Olsen 2007, the variational *upper bound*): weights split into ``phi_kj`` and
  ``psi_kj`` with ``sum_j phi_kj = w_k``, ``sum_k psi_kj = v_j``; joint convexity gives
  ``KL <= sum phi (log(phi/psi) + KL(N_k || M_j))``, lowered by alternating minimisation. Every split is valid.
- `product_lower`, `product_upper` (Durrieu, Thiran and Kelly 2012): Jensen gives
  ``E_{N_k} log q <= log sum_j v_j t_kj`` and ``E_{N_k} log q >= log sum_j v_j exp(-KL(N_k || M_j)) - H(N_k)``;
  the same with p in the place of q.
- `exponential_lower`: Donsker and Varadhan, ``KL >= E_p f - log E_q exp(f)``, f affine or quadratic: only moments.
- ``KL <= log(1 + chi2)`` with `tilted_upper` in the place of chi2.
- `moment_lower` for chi2 (Hammersley, Chapman, Robbins): ``(m_p - m_q)^T S_q^{-1} (m_p - m_q)``.
- `tilted_upper` for chi2: ``sum_k w_k min_j v_j^{-1} int N_k^2/M_j - 1`` (*own*, see `_carrier`).

The variational *approximation* of Hershey and Olsen, a difference of two bounds, is not a bound and is not here.
Every function moves its answer outwards by a first-order bound of its rounding error.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg import solve_triangular

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.log_sum import log_sum
from gausscollapse.core.validation import Array, as_count
from gausscollapse.divergences import _carrier, _dispatch, closed
from gausscollapse.divergences._integral import Integral
from gausscollapse.divergences._laws import as_laws
from gausscollapse.divergences._settings import Settings
from gausscollapse.laws.gaussian import LOG_TWO_PI, Gaussian
from gausscollapse.laws.mixture import Law

ROUNDS = 200
SLACK = 64.0 * 2.0**-53
SINGULAR = 1e-8


def _components(law: Law) -> tuple[Array, tuple[Gaussian, ...]]:
    return law.weights / math.fsum(law.weights), law.components


def _stacked(components: tuple[Gaussian, ...]) -> tuple[Array, Array, Array]:
    """Return means (K, d), Cholesky factors (K, d, d) and log determinants (K,)."""
    return (
        np.array([c.mean for c in components]),
        np.array([c.cholesky for c in components]),
        np.array([c.log_det for c in components]),
    )


def _pair_kl(first: tuple[Gaussian, ...], second: tuple[Gaussian, ...]) -> Array:
    """Return upper ends of ``KL(N_k || M_j)``, shape (K, J)."""
    means, factors, log_dets = _stacked(first)
    centres, roots, volumes = _stacked(second)
    dim = means.shape[1]
    # tr[inv(V) S] = ||inv(L_V) L_S||_F^2
    white = np.asarray(solve_triangular(roots[None], factors[:, None], lower=True))
    shifts = np.asarray(solve_triangular(roots[None], (means[:, None] - centres[None])[..., None], lower=True))
    traces, squares = np.sum(white**2, axis=(2, 3)), np.sum(shifts**2, axis=(2, 3))
    logs = log_dets[:, None] - volumes
    size = traces + squares + dim + np.abs(log_dets)[:, None] + np.abs(volumes)
    conditions = [np.array([closed.correlation_condition(c.cov) for c in part]) for part in (first, second)]
    error = SLACK * dim * (conditions[0][:, None] + conditions[1]) * size
    return np.asarray(np.maximum(0.5 * (traces - dim - logs + squares), 0.0) + error)


def _log_overlap(first: tuple[Gaussian, ...], second: tuple[Gaussian, ...]) -> Array:
    """Return ``log int N_k M_j``, shape (K, J)."""
    covs = np.array([a.cov for a in first])[:, None] + np.array([b.cov for b in second])[None]
    shifts = np.array([a.mean for a in first])[:, None] - np.array([b.mean for b in second])[None]
    factors = np.linalg.cholesky(covs)
    white = np.asarray(solve_triangular(factors, shifts[..., None], lower=True))
    log_roots = np.sum(np.log(np.diagonal(factors, axis1=2, axis2=3)), axis=2)
    return np.asarray(-0.5 * np.sum(white**2, axis=(2, 3)) - log_roots - 0.5 * first[0].dim * LOG_TWO_PI)


def _entropies(components: tuple[Gaussian, ...]) -> Array:
    return np.array([0.5 * (c.log_det + c.dim * (1.0 + LOG_TWO_PI)) for c in components])


def _padding(*terms: Array) -> float:
    return SLACK * float(sum(np.sum(np.abs(term)) for term in terms))


def matched_upper(p: Law, q: Law) -> float:
    """Return the matched-component upper bound of KL in nats; ``inf`` where the numbers of components differ."""
    (w, first), (v, second) = _components(p), _components(q)
    if len(w) != len(v):
        return math.inf
    cost = w[:, None] * (np.log(w)[:, None] - np.log(v) + _pair_kl(first, second))
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(cost)
    chosen = cost[rows, columns]
    return max(0.0, math.fsum(chosen)) + _padding(chosen, w[rows] * np.log(v[columns]))


def variational_upper(p: Law, q: Law, *, rounds: int = ROUNDS) -> float:
    """Return the variational upper bound of KL in nats, after `rounds` steps from ``psi_kj = w_k v_j``."""
    (w, first), (v, second) = _components(p), _components(q)
    pairs = _pair_kl(first, second)
    log_w, log_v = np.log(w)[:, None], np.log(v)[None, :]
    log_psi = log_w + log_v
    best = math.inf
    for _ in range(as_count("rounds", rounds, at_least=1)):
        # phi proportional to psi exp(-KL) in each row, psi proportional to phi in each column
        log_phi = log_psi - pairs
        log_phi = log_w + log_phi - log_sum(log_phi, axis=1, keepdims=True)
        log_psi = log_v + log_phi - log_sum(log_phi, axis=0, keepdims=True)
        phi = np.exp(log_phi)
        gaps = np.where(phi > 0.0, log_phi - log_psi, 0.0)
        terms = phi * (gaps + pairs)
        value = math.fsum(terms.ravel())
        padding = _padding(terms, phi * gaps, phi * pairs)
        if value + padding > best - 1e-12 * abs(best):
            best = min(best, value + padding)
            break
        best = value + padding
    return max(best, 0.0)


def product_upper(p: Law, q: Law) -> float:
    """Return ``sum w_k (log sum w_a z_ka - log sum v_j exp(-KL(N_k || M_j)) + H(N_k))``, an upper bound of KL."""
    (w, first), (v, second) = _components(p), _components(q)
    over = log_sum(np.log(w) + _log_overlap(first, first), axis=1)
    under = log_sum(np.log(v) - _pair_kl(first, second), axis=1)
    entropies = _entropies(first)
    terms = w * (over - under + entropies)
    return math.fsum(terms) + 16.0 * p.dim * _padding(w * over, w * under, w * entropies) * _condition(p, q)


def product_lower(p: Law, q: Law) -> float:
    """Return ``sum w_k (log sum w_a exp(-KL(N_k || N_a)) - H(N_k) - log sum v_j t_kj)``, a lower bound of KL."""
    (w, first), (v, second) = _components(p), _components(q)
    under = log_sum(np.log(w) - _pair_kl(first, first), axis=1)
    over = log_sum(np.log(v) + _log_overlap(first, second), axis=1)
    entropies = _entropies(first)
    terms = w * (under - entropies - over)
    return math.fsum(terms) - 16.0 * p.dim * _padding(w * over, w * under, w * entropies) * _condition(p, q)


def _condition(p: Law, q: Law) -> float:
    return max(closed.correlation_condition(cov) for law in (p, q) for cov in law.covs)


def exponential_lower(p: Law, q: Law) -> float:
    """Return ``sup_f E_p f - log E_q exp(f)`` over affine f, and over one family of quadratic f: a lower bound of KL.

    The quadratics are multiples of ``log N(m_p, S_p)/N(m_q, S_q)``, by the moments of both laws.
    """
    mean_p, mean_q = p.mean, q.mean
    log_v = np.log(_components(q)[0])
    shifts = q.means - mean_q

    def loss(tilt: Array) -> float:
        exponents = log_v + shifts @ tilt + 0.5 * np.einsum("i,kij,j->k", tilt, q.covs, tilt)
        return float(log_sum(exponents) - tilt @ (mean_p - mean_q))

    from scipy.optimize import minimize

    start = np.linalg.solve(q.cov, mean_p - mean_q)
    found = minimize(loss, start, method="BFGS")
    affine = max(-loss(np.asarray(start, dtype=np.float64)), -loss(np.asarray(found.x, dtype=np.float64)), 0.0)
    quadratic = _quadratic_lower(p, q)
    best = max(affine, quadratic)
    return float(max(0.0, best - SLACK * 64.0 * p.dim * (1.0 + abs(best)) * _condition(p, q)))


def _quadratic_lower(p: Law, q: Law) -> float:
    precision_p, precision_q = np.linalg.inv(p.cov), np.linalg.inv(q.cov)
    curvature = precision_q - precision_p
    shift = p.mean - q.mean
    # f(x) = s (y^T A y/2 + b.y), y = x - m_q
    linear = precision_p @ shift
    expected = 0.5 * float(np.sum(curvature * (p.cov + np.outer(shift, shift)))) + float(linear @ shift)
    log_v = np.log(_components(q)[0])
    best = 0.0
    for s in np.linspace(0.1, 1.5, 15):
        logs = []
        for mean, cov in zip(q.means - q.mean, q.covs, strict=True):
            factor = np.linalg.cholesky(cov)
            inner = np.eye(len(cov)) - s * factor.T @ curvature @ factor
            # within rounding of singular the exponential moment may be infinite: no bound from this s
            if float(np.linalg.eigvalsh(inner)[0]) < SINGULAR * float(np.linalg.norm(inner, 2)):
                break
            root = np.linalg.cholesky(inner)
            slope = s * (linear + curvature @ mean)
            white = solve_triangular(root, factor.T @ slope, lower=True)
            level = s * (0.5 * float(mean @ curvature @ mean) + float(linear @ mean))
            logs.append(level + 0.5 * float(white @ white) - float(np.sum(np.log(np.diag(root)))))
        if len(logs) == len(log_v):
            best = max(best, s * expected - float(log_sum(log_v + np.array(logs))))
    return best


def moment_lower(p: Law, q: Law) -> float:
    """Return ``(m_p - m_q)^T S_q^{-1} (m_p - m_q)``, a lower bound of chi2 by the laws' first two moments."""
    factor = np.linalg.cholesky(q.cov)
    white = solve_triangular(factor, p.mean - q.mean, lower=True)
    value = float(white @ white)
    return max(0.0, value * (1.0 - SLACK * p.dim * closed.correlation_condition(q.cov)))


def tilted_upper(p: Law, q: Law) -> float:
    """Return ``sum_k w_k min_j v_j^{-1} int N_k^2/M_j - 1``, an upper bound of chi2; ``inf`` where a k has no j."""
    tilt = _carrier.tilted(p, q, 2.0)
    if tilt is None or math.isinf(tilt.log_bound):
        return math.inf
    slack = SLACK * p.dim * (1.0 + abs(tilt.log_bound)) * _condition(p, q)
    return max(0.0, math.expm1(tilt.log_bound + slack)) if tilt.log_bound < 700.0 else math.inf


def _interval(lower: dict[str, float], upper: dict[str, float], guarantee: str) -> Enclosure:
    low_name, high_name = max(lower, key=lambda name: lower[name]), min(upper, key=lambda name: upper[name])
    low, high = max(0.0, lower[low_name]), upper[high_name]
    high = max(low, high)
    value = 0.5 * (low + high) if math.isfinite(high) else low
    return Enclosure(value, low, high, f"bounds: lower {low_name}, upper {high_name}", guarantee)


def _known(formula: _dispatch.Formula, p: Law, q: Law, *, order: float) -> Enclosure | None:
    """Return the closed form between Gaussians, 0 of equal laws, or infinity; None where bounds are needed."""
    value = _dispatch.between_gaussians(formula, p, q)
    return _dispatch.settled(p, q, order) if value is None else value


@checked
def kl_bounds(p: Law, q: Law) -> Enclosure:
    """Return the best interval for ``KL(p || q)`` in nats that bounds in closed form give, in any dimension.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension. Gaussians have their closed form; in d = 1 the interval is the certified one.

    Returns
    -------
    Enclosure
        The interval in nats, its `method` naming the two bounds that won. Its middle is no estimate.

    Raises
    ------
    InvalidArgumentError
        If an argument is not a law.
    DimensionMismatchError
        If the dimensions differ.

    Notes
    -----
    The largest of the lower bounds and the smallest of the upper bounds of this module, whose docstring has the
    formulas. Source: Hershey and Olsen 2007; Durrieu, Thiran and Kelly 2012; Donsker and Varadhan 1983.

    Examples
    --------
    Both laws are a mixture along the first axis times a unit Gaussian along the second, one apart: KL is 1/2.

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> p = gc.GaussianMixture([0.5, 0.5], [[0, 0], [4, 0]], np.eye(2))
    >>> q = gc.GaussianMixture([0.5, 0.5], [[0, 1], [4, 1]], np.eye(2))
    >>> print(gc.kl_bounds(p, q))
    0.4999999999... ± ...e-13 (closed-form, bounds: lower exponential moments, upper variational)
    """
    p, q = as_laws(p, q)
    known = _known(closed.kl, p, q, order=1.0)
    if known is not None:
        return known
    if p.dim == 1:
        return _dispatch.compute(Integral("kl"), p, q, Settings.of("certified", {}), "certified")
    lower = {
        "product of Gaussians": product_lower(p, q),
        "exponential moments": exponential_lower(p, q),
    }
    upper = {
        "matched components": matched_upper(p, q),
        "variational": variational_upper(p, q),
        "product of Gaussians": product_upper(p, q),
        "log(1 + chi2)": math.log1p(tilted_upper(p, q)) * (1.0 + 2.0**-50),
    }
    return _interval(lower, upper, "closed-form")


@checked
def chi2_bounds(p: Law, q: Law) -> Enclosure:
    """Return the best interval for ``chi2(p || q)`` that bounds in closed form give, in any dimension.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension. Gaussians have their closed form.

    Returns
    -------
    Enclosure
        The dimensionless interval, its `method` naming the two bounds that won; infinite where `decide` says so.

    Raises
    ------
    InvalidArgumentError
        If an argument is not a law.
    DimensionMismatchError
        If the dimensions differ.
    UndecidedError
        If neither finiteness nor divergence could be shown.

    Notes
    -----
    ``(m_p - m_q)^T S_q^{-1} (m_p - m_q)`` and ``exp(KL) - 1`` from below,
    ``sum_k w_k min_j v_j^{-1} int N_k^2/M_j - 1`` from above. Source: Chapman and Robbins 1951 (the moments); *own*.

    Examples
    --------
    Both laws are a mixture along the first axis times a unit Gaussian along the second, one apart: chi2 is
    ``exp(1) - 1``, between the squared distance 1 of the means and ``2 exp(1) - 1``.

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> p = gc.GaussianMixture([0.5, 0.5], [[0, 0], [4, 0]], np.eye(2))
    >>> q = gc.GaussianMixture([0.5, 0.5], [[0, 1], [4, 1]], np.eye(2))
    >>> interval = gc.divergences.chi2_bounds(p, q)
    >>> print(round(interval.lower, 6), round(interval.upper, 6), "-", interval.method)
    1.0 4.436564 - bounds: lower moments, upper tilted components
    """
    p, q = as_laws(p, q)
    known = _known(closed.chi2, p, q, order=2.0)
    if known is not None:
        return known
    from_kl = float(kl_bounds(p, q).lower)
    lower = {
        "moments": moment_lower(p, q),
        "exp(KL) - 1": math.expm1(min(from_kl, 700.0)) * (1.0 - 2.0**-50),
    }
    return _interval(lower, {"tilted components": tilted_upper(p, q)}, "closed-form")
