"""The single-generation chapter: bounds between score error and the drift of one learned endpoint.

Notation: ``q`` is the ideal and ``p^`` the learned endpoint law, ``P*`` and ``P^`` the path laws, ``eps*^2`` and
``eps^^2`` the ideal and the learned energy, eta the observability, M the Girsanov martingale, [M] its quadratic
variation and ``Z = M - [M]/2``.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gausscollapse.checking.assumptions import FINITE_ENERGY, FINITE_PATH, MATCHED, OBSERVABLE, PLANE
from gausscollapse.checking.statement import (
    IDENTITY,
    LIMIT,
    LOWER,
    UPPER,
    Comparison,
    Control,
    Flags,
    Theorem,
)
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.process.exact.statistics import LinearStatistics
from gausscollapse.theorems.instances.single import SINGLE_GENERATION

Statistics = LinearStatistics
Constants = Mapping[str, float]

PAPER = "arXiv 2602.16601"
GRADIENT_PAPER = "arXiv 2606.06179"
OWN = "own"


def _value(enclosure: Enclosure) -> NDArray[np.float64]:
    return np.asarray(enclosure.value)


def prop_3_1(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare endpoint KL with path KL, and path KL with the learned energy."""
    bound = s.initial_kl + k["factor"] * s.learned_energy
    return (Comparison("KL(p^ || q) <= eps^^2/2", UPPER, s.kl, bound),)


def _remainder(s: Statistics) -> Enclosure:
    """Return ``C eps*^4 = E[M]^2/8 + E(e^Z - 1 - Z)^2``."""
    return 0.125 * s.variation_square + s.taylor_square


def _perturbative(s: Statistics) -> Flags:
    """Return where ``eps*^2 <= min(1, eta/(8 C))`` for certain: ``8 C eps*^4 <= eta eps*^2``."""
    small = np.asarray(s.ideal_energy.upper) <= 1.0
    return np.asarray(small & np.asarray((8.0 * _remainder(s)).certainly_at_most(s.observed_energy)))


def prop_3_3(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare endpoint chi2 with the observable energy less the remainder, and with its eighth where small."""
    return (
        Comparison(
            "chi2 >= eta eps*^2/4 - C eps*^4", LOWER, s.chi2, k["leading"] * s.observed_energy - _remainder(s)
        ),
        Comparison(
            "chi2 >= eta eps*^2/8", LOWER, s.chi2, k["perturbative"] * s.observed_energy, applies=_perturbative(s)
        ),
    )


def thm_3_4(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare endpoint chi2 with the energy from both sides."""
    bound = k["upper"] * s.ideal_energy + s.variation_square + 2.0 * s.taylor_square
    return (
        Comparison("chi2 <= 4 eps*^2 + (K + 2 C') eps*^4", UPPER, s.chi2, bound),
        Comparison(
            "chi2 >= eta eps*^2/8", LOWER, s.chi2, k["perturbative"] * s.observed_energy, applies=_perturbative(s)
        ),
    )


def girsanov_forward(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare ``KL(q || p^)`` with half the ideal energy."""
    return (Comparison("KL(q || p^) <= eps*^2/2", UPPER, s.reverse_kl, k["factor"] * s.ideal_energy),)


def slack(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare path KL less endpoint KL with half the integrated square."""
    lost = s.path_kl - s.kl
    square = 2.0 * k["factor"] * s.slack_integral
    return (Comparison("eps^^2/2 - KL = half the square", IDENTITY, lost, square, scale=_value(s.path_kl)),)


def path_chi2(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare endpoint with path chi2."""
    return (Comparison("chi2(p^ || q) <= chi2(P^ || P*)", UPPER, s.chi2, k["factor"] * s.path_chi2),)


def sharp(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare the distance of the roots with the root of the remainder."""
    gap = abs(s.chi2.sqrt() - s.observed_energy.sqrt())
    return (
        Comparison(
            "|sqrt chi2 - sqrt(eta eps*^2)| <= sqrt rho", UPPER, gap, k["factor"] * s.martingale_remainder.sqrt()
        ),
    )


LIMIT_LEVELS = 5


def extrapolated(ratios: Sequence[Enclosure]) -> Enclosure:
    """Return the limit of a smooth function at 0 from its values at s, s/2, s/4, ... (Neville's scheme).

    The interval is the last correction times ten, plus the values' own errors times 10: the scheme's weights sum
    to less than that in size.
    """
    rows = [np.asarray(ratio.value) for ratio in ratios]
    correction = np.zeros_like(rows[0])
    for order in range(1, len(rows)):
        refined = [b + (b - a) / (2.0**order - 1.0) for a, b in itertools.pairwise(rows)]
        correction = np.abs(refined[-1] - rows[-1])
        rows = refined
    noise = np.max([np.asarray(ratio.width) for ratio in ratios], axis=0)
    error = 10.0 * (correction + noise)
    return Enclosure(rows[0], rows[0] - error, rows[0] + error, "Neville extrapolation in the scale", "numeric")


def limit(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare the limits of ``chi2/(eta eps*^2)`` and ``2 KL/(eta eps*^2)`` with 1."""
    energy = np.maximum(_value(s.ideal_energy), np.finfo(float).tiny)
    first = np.minimum(1.0, 0.05 * np.sqrt(_value(s.observability) / energy))
    first = np.where(first > 0.0, first, 1.0)
    chi2_ratios, kl_ratios = [], []
    for level in range(LIMIT_LEVELS):
        at = s.scaled(first * 0.5**level)
        observed = at.observed_energy.clipped(at_least=np.finfo(float).tiny)
        chi2_ratios.append(at.chi2 / observed)
        kl_ratios.append(k["kl_factor"] * at.kl / observed)
    one = Enclosure.exact(np.full(s.size, k["target"]))
    return (
        Comparison("chi2/(eta eps*^2) -> 1", LIMIT, extrapolated(chi2_ratios), one),
        Comparison("2 KL/(eta eps*^2) -> 1", LIMIT, extrapolated(kl_ratios), one),
    )


def hcr(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare endpoint chi2 with the Hammersley-Chapman-Robbins bounds of three test functions."""
    return (
        Comparison("chi2 >= (E_p^ u)^2/Var_q u", LOWER, s.chi2, k["factor"] * s.hammersley_observable()),
        Comparison("chi2 >= affine f", LOWER, s.chi2, k["factor"] * s.hammersley_affine()),
        Comparison("chi2 >= quadratic f", LOWER, s.chi2, k["factor"] * s.hammersley_quadratic()),
    )


def dv(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare endpoint KL with the Donsker-Varadhan bound of the observable score."""
    bound = k["factor"] * s.donsker_varadhan()
    return (Comparison("KL >= sup {lam E_p^ u - log E_q exp(lam u)}", LOWER, s.kl, bound),)


def gradient_kl(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare endpoint KL with half the gradient energy of either split, and the learned split with the energy."""
    learned = s.gradient_energy("learned")
    return (
        Comparison("KL <= half the gradient energy (learned weight)", UPPER, s.kl, k["factor"] * learned),
        Comparison(
            "KL <= half the gradient energy (ideal weight)", UPPER, s.kl, k["factor"] * s.gradient_energy("ideal")
        ),
        Comparison(
            "gradient + solenoidal energy = eps^^2", IDENTITY, learned + k["swirl"] * s.swirl_energy, s.learned_energy
        ),
    )


def impossibility(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare energy and endpoint divergence of an invisible error: the one is as wished, the other 0."""
    blind = s.invisible(energy=k["energy"], leak=k["leak"])
    wished = np.full(s.size, k["energy"])
    nothing = Enclosure.exact(np.zeros(s.size))
    return (
        Comparison("eps*^2 is as large as wished", IDENTITY, blind.ideal_energy, Enclosure.exact(wished)),
        Comparison("chi2(p^ || q) = 0", IDENTITY, blind.chi2, nothing, scale=wished),
        Comparison("KL(p^ || q) = 0", IDENTITY, blind.kl, nothing, scale=wished),
        Comparison("eta eps*^2 = 0", IDENTITY, blind.observed_energy, nothing, scale=wished),
    )


def _theorem(**entries: Any) -> Theorem:
    return Theorem(chapter=SINGLE_GENERATION, **entries)


THEOREMS = (
    _theorem(
        id="prop-3.1",
        derivation="girsanov",
        title="Learned energy bounds the drift",
        words="The KL divergence of the learned endpoint from the ideal one is at most half the learned-path energy "
        "of the score error (plus the KL of the starting laws where they differ).",
        latex=r"\mathrm{KL}(\hat p\,\|\,q)\le\mathrm{KL}(\hat P\,\|\,P^*)=\tfrac12\hat\varepsilon^2",
        source=f"{PAPER}, proposition 3.1",
        kind="upper",
        statement=prop_3_1,
        constants={"factor": 0.5},
        assumptions=(FINITE_ENERGY,),
        controls=(Control("1/2 replaced by 1/4", {"factor": 0.25}),),
    ),
    _theorem(
        id="prop-3.3",
        derivation="perturbative",
        title="Observable energy forces drift",
        words="Chi-squared of the endpoints is at least a quarter of the observable energy less a remainder of "
        "second order in the energy, and at least an eighth of it once the energy is small.",
        latex=r"\chi^2(\hat p\,\|\,q)\ge\tfrac14\eta\varepsilon_*^2-C\varepsilon_*^4,\quad C=K/8+C';\qquad"
        r"\ge\tfrac18\eta\varepsilon_*^2\ \text{if}\ \varepsilon_*^2\le\min(1,\eta/(8C))",
        source=f"{PAPER}, proposition 3.3",
        kind="lower",
        statement=prop_3_3,
        constants={"leading": 0.25, "perturbative": 0.125},
        assumptions=(MATCHED, FINITE_PATH),
        controls=(
            Control("1/4 replaced by 5/4", {"leading": 1.25}),
            Control("1/8 replaced by 5/4", {"perturbative": 1.25}),
        ),
    ),
    _theorem(
        id="thm-3.4",
        derivation="perturbative",
        title="Energy and drift are of one order",
        words="Chi-squared of the endpoints is at most four times the energy plus a remainder, and at least an "
        "eighth of the observable energy once the energy is small.",
        latex=r"\tfrac18\eta\varepsilon_*^2\le\chi^2(\hat p\,\|\,q)\le 4\varepsilon_*^2+(K+2C')\varepsilon_*^4",
        source=f"{PAPER}, theorem 3.4",
        kind="two-sided",
        statement=thm_3_4,
        constants={"upper": 4.0, "perturbative": 0.125},
        assumptions=(MATCHED, FINITE_PATH),
        controls=(
            Control("4 replaced by 1/2", {"upper": 0.5}),
            Control("1/8 replaced by 5/4", {"perturbative": 1.25}),
        ),
    ),
    _theorem(
        id="girsanov-forward",
        derivation="girsanov",
        title="Ideal energy bounds the reverse drift",
        words="The KL divergence of the ideal endpoint from the learned one is at most half the ideal-path energy.",
        latex=r"\mathrm{KL}(q\,\|\,\hat p)\le\mathrm{KL}(P^*\,\|\,\hat P)=\tfrac12\varepsilon_*^2",
        source="standard (Girsanov)",
        kind="upper",
        statement=girsanov_forward,
        constants={"factor": 0.5},
        assumptions=(MATCHED,),
        controls=(Control("1/2 replaced by 1/4", {"factor": 0.25}),),
    ),
    _theorem(
        id="slack",
        derivation="slack",
        title="What the path bound gives away is a square",
        words="Half the learned energy less the endpoint KL equals half the learned-path integral of the squared "
        "distance between the error and the score of the drift.",
        latex=r"\tfrac12\hat\varepsilon^2-\mathrm{KL}(\hat p\,\|\,q)"
        r"=\tfrac12\,\mathbb E_{\hat P}\int|e-\nabla\log(\hat p_s/q_s)|^2\,ds",
        source=OWN,
        kind="identity",
        statement=slack,
        constants={"factor": 0.5},
        assumptions=(FINITE_ENERGY,),
        controls=(Control("1/2 replaced by 0.49", {"factor": 0.49}),),
    ),
    _theorem(
        id="path-chi2",
        derivation="path-chi2",
        title="Data processing for chi-squared",
        words="Chi-squared of the endpoints is at most chi-squared of the paths.",
        latex=r"\chi^2(\hat p\,\|\,q)\le\chi^2(\hat P\,\|\,P^*)",
        source="standard (data processing)",
        kind="upper",
        statement=path_chi2,
        constants={"factor": 1.0},
        assumptions=(FINITE_PATH,),
        controls=(Control("path chi-squared halved", {"factor": 0.5}),),
    ),
    _theorem(
        id="sharp",
        derivation="sharp",
        title="The sharp two-sided interval",
        words="The roots of chi-squared and of the observable energy differ by at most the root of rho, which is of "
        "second order in the energy.",
        latex=r"\bigl|\sqrt{\chi^2}-\sqrt{\eta\varepsilon_*^2}\bigr|\le\sqrt\rho,\quad"
        r"\rho=\chi^2(\hat P\,\|\,P^*)+\varepsilon_*^2-2\hat\varepsilon^2",
        source=OWN,
        kind="two-sided",
        statement=sharp,
        constants={"factor": 1.0},
        assumptions=(MATCHED, FINITE_PATH),
        controls=(Control("root of rho times 1/4", {"factor": 0.25}),),
    ),
    _theorem(
        id="limit",
        derivation="limit",
        title="The observable energy is the drift to first order",
        words="As the error is scaled to 0, chi-squared over the observable energy tends to 1, and so does twice KL "
        "over it.",
        latex=r"\chi^2/(\eta\varepsilon_*^2)\to1,\qquad 2\,\mathrm{KL}/(\eta\varepsilon_*^2)\to1",
        source=OWN,
        kind="limit",
        statement=limit,
        constants={"target": 1.0, "kl_factor": 2.0},
        assumptions=(MATCHED, OBSERVABLE),
        controls=(
            Control("limit 1 replaced by 1.01", {"target": 1.01}),
            Control("2 KL replaced by KL", {"kl_factor": 1.0}),
        ),
    ),
    _theorem(
        id="hcr",
        derivation="hcr",
        title="Lower bounds from test functions",
        words="Chi-squared is at least the squared change of any function's mean over its variance: with the "
        "observable score, with means alone, with means and covariances.",
        latex=r"\chi^2(\hat p\,\|\,q)\ge\frac{(\mathbb E_{\hat p}f-\mathbb E_qf)^2}{\mathrm{Var}_q f}",
        source=f"{OWN} (Hammersley-Chapman-Robbins)",
        kind="lower",
        statement=hcr,
        constants={"factor": 1.0},
        assumptions=(MATCHED,),
        controls=(Control("bound times 1.1", {"factor": 1.1}),),
    ),
    _theorem(
        id="dv",
        derivation="dv",
        title="A variational lower bound of KL",
        words="KL is at least the Donsker-Varadhan value of the observable score at its best multiple.",
        latex=r"\mathrm{KL}(\hat p\,\|\,q)\ge"
        r"\sup_\lambda\{\lambda\,\mathbb E_{\hat p}u-\log\mathbb E_q e^{\lambda u}\}",
        source=f"{OWN} (Donsker-Varadhan)",
        kind="lower",
        statement=dv,
        constants={"factor": 1.0},
        assumptions=(MATCHED,),
        controls=(Control("bound times 1.1", {"factor": 1.1}),),
    ),
    _theorem(
        id="gradient-kl",
        derivation="gradient-kl",
        title="Only the gradient part drifts",
        words="KL of the endpoints is at most half the learned-path energy of the error's gradient part, whether "
        "split in L^2 of the learned or of the ideal marginals; the learned split is orthogonal.",
        latex=r"\mathrm{KL}(\hat p\,\|\,q)\le\tfrac12\,\mathbb E_{\hat P}\int|\Pi e|^2\,ds",
        source=f"{GRADIENT_PAPER}",
        kind="upper",
        statement=gradient_kl,
        constants={"factor": 0.5, "swirl": 1.0},
        assumptions=(MATCHED, FINITE_ENERGY),
        controls=(
            Control("1/2 replaced by 1/4", {"factor": 0.25}),
            Control("solenoidal energy dropped", {"swirl": 0.0}),
        ),
    ),
    _theorem(
        id="impossibility",
        derivation="impossibility",
        title="Energy alone forces nothing",
        words="On every Gaussian of dimension two or more there are errors of any ideal energy whose endpoint is "
        "exactly the ideal one: no increasing function of the energy bounds a divergence from below.",
        latex=r"\forall E\ \exists e:\ \varepsilon_*^2=E,\ \hat p=q",
        source=f"{GRADIENT_PAPER}",
        kind="identity",
        statement=impossibility,
        constants={"energy": 100.0, "leak": 0.0},
        assumptions=(MATCHED, PLANE),
        controls=(Control("Q not antisymmetric", {"leak": 0.01}),),
    ),
)
