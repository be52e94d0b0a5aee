"""The symbols of the theorems, each in one sentence: the one source of every glossary and of `gausscollapse show`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gausscollapse.checking.definition import Theorem
from gausscollapse.core.arguments import checked


@dataclass(frozen=True)
class Symbol:
    """One symbol of the theorems.

    Parameters
    ----------
    plain : str
        As the program prints it.
    latex : str
        As formulas typeset it.
    name : str
        What the field calls it.
    meaning : str
        What it is, in one sentence, with its unit.
    pattern : str
        Regular expression that finds it in the LaTeX of a statement.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> from gausscollapse.checking import symbols
    >>> [symbol.plain for symbol in symbols(gc.theorems.registry["refresh"])]
    ['p', 'q_i', 'chi2', 'alpha', 'D_i']
    """

    plain: str
    latex: str
    name: str
    meaning: str
    pattern: str


GLOSSARY: Sequence[Symbol] = (
    Symbol(
        "q",
        "q",
        "ideal endpoint",
        "law of the data, noised up to the stop t0: what an exact score would give",
        r"(?<![a-zA-Z\\_^])q(?!_[it])(?![a-z])",
    ),
    Symbol("p^", r"\hat p", "learned endpoint", "law that sampling with the learned score gives", r"\\hat p"),
    Symbol(
        "q~", r"\tilde q", "target", "law whose exact score was learned, where the error is realizable", r"\\tilde q"
    ),
    Symbol("P*", r"P^*", "ideal path law", "law of the paths of the reverse process with the exact score", r"P\^\*"),
    Symbol(
        "P^",
        r"\hat P",
        "learned path law",
        "law of the paths of the reverse process with the learned score",
        r"\\hat P",
    ),
    Symbol(
        "p", "p", "data", "law that fresh data come from, the same in every generation", r"(?<![a-zA-Z\\ ])p(?![a-z])"
    ),
    Symbol(
        "p^_i",
        r"\hat p_i",
        "model of generation i",
        "law of the samples of the model trained in generation i",
        r"\\hat p_[iN]",
    ),
    Symbol(
        "q_i",
        "q_i",
        "training law",
        "what generation i is trained on: fresh data with weight alpha, model samples with weight 1 - alpha",
        r"q_i",
    ),
    Symbol(
        "q_t",
        "q_t",
        "marginal",
        "law of the data noised up to time t; q_T at the horizon, q_t0 at the stop",
        r"q_[tT]",
    ),
    Symbol(
        "KL",
        r"\mathrm{KL}",
        "relative entropy",
        "KL(a || b), the mean of log(a/b) under a, in nats",
        r"\\mathrm\{KL\}",
    ),
    Symbol(
        "chi2",
        r"\chi^2",
        "chi-squared divergence",
        "chi2(a || b), the mean of (a/b - 1)^2 under b, without unit",
        r"\\chi\^2",
    ),
    Symbol(
        "e",
        "e",
        "score error",
        "learned score minus exact score, a field in space and time",
        r"(?<![a-zA-Z\\])(?<!underline )e(?![a-z^])",
    ),
    Symbol(
        "eps*^2",
        r"\varepsilon_*^2",
        "ideal energy",
        "time integral of the mean of |e|^2 over ideal paths: what training measures",
        r"\\varepsilon_\*",
    ),
    Symbol(
        "eps^^2",
        r"\hat\varepsilon^2",
        "learned energy",
        "time integral of the mean of |e|^2 over learned paths",
        r"\\hat\\varepsilon",
    ),
    Symbol(
        "eps_i^2",
        r"\varepsilon_i^2",
        "energy of generation i",
        "ideal energy of the error made in generation i",
        r"\\varepsilon_i",
    ),
    Symbol(
        "eta",
        r"\eta",
        "observability",
        "share of the ideal energy that the endpoint shows, in [0, 1]",
        r"\\eta|\\underline\\eta",
    ),
    Symbol(
        "K, C'",
        "K,\\ C'",
        "constants of second order",
        "moments of the energy that bound what the first order leaves out; C = K/8 + C'",
        r"C'",
    ),
    Symbol(
        "rho",
        r"\rho",
        "remainder",
        "what the first order of the likelihood ratio leaves out, in mean square",
        r"\\rho",
    ),
    Symbol(
        "Z, Psi",
        r"Z,\ \Psi",
        "log-ratio of the paths",
        "logarithm of the learned over the ideal path law, and Psi = exp(Z) - 1 - Z >= 0",
        r"\\Psi",
    ),
    Symbol(
        "[M]",
        "[M]",
        "quadratic variation",
        "the error's energy along one path, so that Z = M - [M]/2",
        r"\[M\]",
    ),
    Symbol(
        "W2",
        "W_2",
        "2-Wasserstein distance",
        "root of the least mean squared distance over which one law is moved to another",
        r"W_2",
    ),
    Symbol(
        "Phi, l_t",
        r"\Phi,\ \ell_t",
        "propagator",
        "how far the ideal process carries a difference from t to t0 at most; l_t is the largest variance at t",
        r"\\Phi",
    ),
    Symbol(
        "Pi e",
        r"\Pi e",
        "gradient part",
        "the part of the error that is a gradient: the other part changes no density",
        r"\\Pi",
    ),
    Symbol(
        "lam",
        r"\lambda",
        "stochasticity",
        "noise of the sampler: 1 for the reverse stochastic differential equation, 0 for the probability flow (ODE)",
        r"\\lambda\^2|ODE",
    ),
    Symbol("gamma", r"\gamma", "standard normal law", "N(0, I), from which a sampler starts", r"\\gamma"),
    Symbol("u", "u", "observable score", "the mean of the error's effect given the endpoint", r"_q e\^\{|\}u"),
    Symbol(
        "alpha", r"\alpha", "fresh fraction", "share of fresh data in what a generation is trained on", r"\\alpha"
    ),
    Symbol("F", "F", "gain", "factor by which a channel stretches, along the largest eigenvalue", r"(?<!_)F\^"),
    Symbol("H", "H", "noise of a channel", "variance that a channel adds", r"\+H\}"),
    Symbol("V_N", "V_N", "variance of a model", "of model N; V_L of the limit, V of the data", r"V_"),
    Symbol("kappa", r"\kappa", "exponent", "of a power law: a tail, or what a score error costs", r"\\kappa"),
    Symbol("psi", r"\psi", "digamma", "logarithmic derivative of the Gamma function", r"\\psi\\big"),
    Symbol("S_N", "S_N", "covariance of a model", "of model N, fitted to n samples of model N - 1", r"S_N"),
    Symbol("B_p", "B_p", "bias of a stop", "chi2 of one early stop over t0^2, for small t0", r"B_p"),
    Symbol("D_i", "D_i", "accumulated drift", "chi2 of generation i from the data", r"D_"),
    Symbol(
        "I_i",
        "I_i",
        "intra-generation drift",
        "chi2 of generation i from the law that it was trained on",
        r"(?<![a-zA-Z])I_",
    ),
    Symbol(
        "J_i",
        "J_i",
        "innovation energy",
        "squared norm, in L^2(p), of what generation i adds to the deviation from the data",
        r"(?<![a-zA-Z])J(?![a-z])",
    ),
    Symbol("xi_i", r"\xi_i", "innovation", "what generation i adds to the relative deviation from the data", r"\\xi"),
    Symbol(
        "mu",
        r"\mu",
        "spectrum of innovations",
        "their energy by frequency omega, in radians a generation",
        r"\\mu\(d\\omega",
    ),
    Symbol(
        "c",
        "c",
        "correlation of innovations",
        "inner product of two that follow each other, over their energy",
        r"(?<![a-zA-Z\\{_^])c(?=[\^+}]|\))",
    ),
    Symbol("t0", "t_0", "stop", "time at which the reverse process ends; T is the horizon, where it starts", r"t_0"),
    Symbol("OU_t", r"\mathrm{OU}_t", "noising", "what the forward diffusion makes of a law in time t", r"OU"),
    Symbol(
        "TV",
        r"\mathrm{TV}",
        "total variation",
        "greatest difference of the probabilities of one event",
        r"\\mathrm\{TV\}",
    ),
    Symbol(
        "MMD",
        r"\mathrm{MMD}",
        "maximum mean discrepancy",
        "distance of two laws in the Hilbert space of a kernel, without unit",
        r"\\mathrm\{MMD\}",
    ),
    Symbol(
        "W1, W2",
        "W_1,\\ W_2",
        "Wasserstein distances",
        "mean distance, or root of the mean square, by which the best plan moves mass, a length",
        r"W_[12]",
    ),
    Symbol(
        "R_v",
        "R_v",
        "Renyi divergence",
        "of order v, log of the mean of (q/p)^(v-1) under q, over v - 1, in nats",
        r"R_v",
    ),
    Symbol("H_i", "H_i", "Hellinger distance", "distance of generation i from the data, in [0, 1]", r"H_\{?i|H\("),
    Symbol("t_i", "t_i", "stop of generation i", "time at which the reverse process of generation i ends", r"t_i"),
    Symbol(
        "C_bias",
        r"C_{\mathrm{bias}}",
        "bias",
        "what the drift may exceed the discounted sum by",
        r"C_\{\\mathrm\{bias",
    ),
    Symbol("X_t", "X_t", "forward process", "data noised up to time t; X_k at the beginning of a step", r"X_[tk]"),
    Symbol("s_t", "s_t", "score", "gradient of log q_t; s_k at the beginning of a step", r"(?<![a-zA-Z\\])s_[tk]"),
    Symbol(
        "F(t)",
        r"\mathcal F(t)",
        "Fisher information",
        "mean of the squared score under the marginal at time t, in inverse squared lengths",
        r"\\mathcal F",
    ),
    Symbol(
        "Delta_n",
        r"\Delta_n",
        "discretisation",
        "discretisation's part of the budget of n steps, in nats",
        r"\\Delta_n",
    ),
    Symbol("B", "B", "linear part", "what a scheme freezes of the state beside the score", r"(?<![a-zA-Z\\])B(?!_)"),
    Symbol("beta", r"\beta", "noise rate", "how fast a noise schedule's clock runs", r"\\beta"),
    Symbol("c_k", "c_k", "Hermite coefficient", "coefficient of a law in the k-th Hermite function", r"c_k"),
)


@checked
def symbols(theorem: Theorem) -> Sequence[Symbol]:
    """Return the symbols that a theorem's formula uses, in the order of the glossary.

    Parameters
    ----------
    theorem : Theorem
        With a formula in LaTeX; of one without the answer is empty.

    Returns
    -------
    sequence of Symbol
        Each with its meaning.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> from gausscollapse.checking import symbols
    >>> [f"{item.plain}: {item.name}" for item in symbols(gc.theorems.registry["prop-3.1"])][-1]
    'eps^^2: learned energy'
    """
    return [symbol for symbol in GLOSSARY if re.search(symbol.pattern, theorem.latex)]
