"""Which theorem of the registry is which line of Coq, how general that is, and what it takes from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SPACE = "any space with an inner product, any number of generations"
FRESH = SPACE + ", any schedule of fresh data"
ATOMS = "laws on any number of atoms"
MOMENT = "any space with an inner product, at one time"
PATHS = "any spaces with an inner product, conditioning a linear contraction"


@dataclass(frozen=True)
class Entry:
    """What is formal of one theorem.

    Parameters
    ----------
    theorems : tuple of str
        Names in Coq, ``File.theorem``.
    scope : str
        For what it is proved.
    taken : str
        What enters as a hypothesis, or is not reached; empty where nothing is.
    """

    theorems: tuple[str, ...]
    scope: str
    taken: str = ""


# The identities of stochastic calculus that enter as hypotheses, each by name.
GIRSANOV = "Girsanov: KL of the paths is half the energy"
ISOMETRY = "Ito's isometry, Girsanov's learned energy: inner products of M and exp(Z) - 1"

FORMAL: Mapping[str, Entry] = MappingProxyType(
    {
        "prop-3.1": Entry(
            ("Atoms.prop_3_1", "Offset.prop_3_1_offset"),
            ATOMS + "; for an offset in d = 1 with true integrals",
            GIRSANOV + "; Gaussian KL is its closed form",
        ),
        "prop-3.3": Entry(("OneGeneration.prop_3_3", "OneGeneration.prop_3_3_small"), PATHS, ISOMETRY),
        "thm-3.4": Entry(("OneGeneration.thm_3_4", "OneGeneration.prop_3_3_small"), PATHS, ISOMETRY),
        "girsanov-forward": Entry(
            ("Atoms.girsanov_forward", "Offset.prop_3_1_offset"),
            ATOMS + "; for an offset in d = 1 with true integrals",
            GIRSANOV + "; Gaussian KL is its closed form",
        ),
        "path-chi2": Entry(
            ("OneGeneration.path_chi2", "Atoms.conditioning_contracts", "Offset.path_chi2_offset"), PATHS
        ),
        "sharp": Entry(("OneGeneration.sharp", "OneGeneration.rho_is_a_square"), PATHS, ISOMETRY),
        "half": Entry(
            ("OneGeneration.half_below", "OneGeneration.half_above"), PATHS, ISOMETRY + "; the sign of the remainder"
        ),
        "limit": Entry(
            ("OneGeneration.limit_chi2",),
            "the half about chi-squared, for any sequence of errors",
            "rho over the observable energy tends to 0; the half about KL is not reached",
        ),
        "hcr": Entry(("Atoms.hcr", "InnerProduct.cauchy_schwarz"), ATOMS + ", any test function"),
        "dv": Entry(("Atoms.dv",), ATOMS + ", any test function"),
        "impossibility": Entry(
            ("Swirl.impossibility", "Swirl.swirl_length"),
            "every Gaussian density in the plane, pointwise: div(q e) = 0",
            "that the Fokker-Planck equation has one solution",
        ),
        "refresh": Entry(("Retraining.refresh",), FRESH),
        "filter": Entry(("Retraining.filter", "Retraining.filter_solved"), FRESH),
        "innovation": Entry(
            ("Atoms.innovation", "Retraining.innovation_pair"), FRESH + "; J >= alpha I on any number of atoms"
        ),
        "prop-4.1": Entry(
            ("LongRun.prop_4_1_sum", "LongRun.prop_4_1_limsup"),
            "any sequences of drifts, a true limit superior",
            "what innovation and prop-3.3 give for each generation",
        ),
        "coherent": Entry(("Retraining.coherent", "Retraining.coherent_attained"), FRESH),
        "incoherent": Entry(("Retraining.incoherent",), FRESH),
        "range": Entry(
            (
                "LongRun.range_lower", "LongRun.range_upper", "LongRun.range_pair", "Retraining.regimes_plateau",
                "LongRun.range_lower_attained", "LongRun.range_upper_attained", "LongRun.range_geometric_mean",
            ),
            SPACE + ", true limits superior, both ends attained",
        ),
        "thm-4.2-display": Entry(
            ("LongRun.thm_4_2_display_refuted",), "refuted for all rates, biases and constants"
        ),
        "discounted": Entry(
            ("Retraining.discounted", "Atoms.innovation_above"), FRESH + "; J <= sup(q/p) I on any number of atoms"
        ),
        "regimes": Entry(
            (
                "Retraining.regimes_growth", "Retraining.regimes_plateau", "Retraining.regimes_decay",
                "Retraining.regimes_floor",
            ),
            SPACE,
            "without fresh data: that chi-squared of offsets of one Gaussian is exp(x) - 1",
        ),
        "early-stopping": Entry(
            ("EarlyStopping.early_stopping", "EarlyStopping.distance"),
            "any number of Hermite degrees, any weights",
            "that the Ornstein-Uhlenbeck semigroup is diagonal in Hermite polynomials",
        ),
        "hermite": Entry(
            ("EarlyStopping.hermite",),
            "every degree, the infinite series of the limit law",
            "that the Ornstein-Uhlenbeck semigroup is diagonal in Hermite polynomials",
        ),
        "lambda-slack": Entry(
            ("Samplers.lambda_slack", "Samplers.best_stochasticity"), MOMENT, "the rate of KL (integration by parts)"
        ),
        "flow-kl": Entry(("Samplers.flow_kl",), MOMENT, "the rate of KL (integration by parts)"),
        "flow-no-energy-bound": Entry(
            ("Samplers.flow_no_energy_bound",), "N(0, 1), a constant error", "the mean of the flow's endpoint"
        ),
        "start": Entry(
            ("Beyond.start_kl", "Beyond.start_w2", "Beyond.start_mean", "Beyond.ln_concave"),
            "every axis",
            "the closed forms of both starts",
        ),
        "norm-filter": Entry(
            ("Beyond.norm_filter",), "every distance with the triangle inequality", "Pinsker's inequality"
        ),
        "mmd-filter": Entry(
            ("Retraining.refresh", "Retraining.filter", "Retraining.coherent", "LongRun.range_pair"), FRESH,
            "that a kernel has a Hilbert space; the kernel's mean between Gaussians",
        ),
        "appendix-4.2": Entry(
            ("Norms.appendix_4_2", "Norms.appendix_4_2_attained"),
            "any sequences of norms and inner products, any schedule of fresh data",
            "that inner products are at most the coherent sums (Cauchy-Schwarz and coherent, both formal)",
        ),
        "annealed": Entry(
            ("Norms.annealed", "Norms.annealed_loss", "Norms.annealed_closed"),
            "every degree, any stopping times, any schedule of fresh data",
            "that the Ornstein-Uhlenbeck semigroup is diagonal in Hermite polynomials; 1 - exp(-x) <= x",
        ),
        "robust-ball": Entry(
            ("Beyond.norm_filter",), "every distance with the triangle inequality",
            "that noising contracts W1 and W2, and mixing by 1 - alpha and its root",
        ),
        "discretisation": Entry(
            ("InnerProduct.square_plus",),
            "any space with an inner product",
            "that f - r s_k and r s_k - s_t are orthogonal, a martingale; the integrals over a step",
        ),
        "budget": Entry(("Atoms.girsanov_forward",), ATOMS, GIRSANOV + " and of the starts"),
        "leading": Entry(
            ("InnerProduct.cauchy_schwarz",),
            "the optimal grid, any number of steps",
            "what a step costs to leading order",
        ),
        "accumulate": Entry(
            (
                "Beyond.accumulate", "Beyond.accumulate_orthogonal", "Beyond.accumulate_aligned",
                "Beyond.accumulate_identity",
            ),
            SPACE,
        ),
        "memory": Entry(
            (
                "Workflows.memory", "Workflows.memory_solved", "Workflows.memory_coherent",
                "Workflows.memory_attained", "Workflows.memory_orthogonal", "Workflows.memory_positive",
            ),
            SPACE + ", any weights",
        ),
        "spectral": Entry(
            (
                "Spectrum.spectral", "Spectrum.spectral_least", "Spectrum.spectral_most", "Spectrum.stationary_drift",
                "Beyond.correlated",
            ),
            SPACE + ", any number of frequencies, a true limit",
            "that a density is a limit of frequencies (its discounted autocovariances are formal)",
        ),
        "kl-step": Entry(
            (
                "Entropy.kl_step", "Entropy.kl_step_attained", "Entropy.kl_forward", "Entropy.kl_backward",
                "Entropy.kl_capped", "Entropy.hellinger_refresh", "Entropy.hellinger_step",
            ),
            ATOMS + ", every order v > 1",
            "atoms to densities",
        ),
        "schedule": Entry(
            ("Clock.schedule", "Clock.schedule_energies", "Clock.schedule_exploding", "Clock.schedule_linear"),
            "any continuous beta, any energy that is continuous in the clock, true integrals",
            "that the process of a schedule is that of the clock",
        ),
        "allocation": Entry(
            (
                "Beyond.allocation_orthogonal", "Beyond.allocation_orthogonal_attained", "Beyond.allocation_aligned",
            ),
            "the optima of the sparse limit",
            "the formulas of the sparse limit",
        ),
        "heavy-tails": Entry(
            ("Rates.variance_solved", "Rates.variance_settles", "Rates.variance_grows", "Rates.critical_fraction"),
            "the variance along an eigenvalue, any number of generations, a true limit",
            "the tail",
        ),
        "collapse-rate": Entry(
            ("Rates.collapse_at_least", "Rates.collapse_at_most"),
            "one factor of the determinant, any number of samples",
            "bounds of digamma; Bartlett's decomposition, the law of large numbers",
        ),
        "stopping": Entry(
            ("Rates.stopping_least", "Rates.stopping_stationary"),
            "the leading sum, every exponent: its one minimum",
            "what bias and score errors are to leading order",
        ),
    }
)  # fmt: skip

# Proved beside them, of no statement of the registry yet: none now.
BEYOND: Mapping[str, Entry] = MappingProxyType({})

NUMBERS = ("Numbers.displacement_of_the_mean", "Numbers.kl_of_the_endpoint", "Numbers.kl_below_half_energy")


def names() -> tuple[str, ...]:
    """Return every theorem in Coq that is named here, once each."""
    entries = [*FORMAL.values(), *BEYOND.values()]
    return tuple(dict.fromkeys([name for entry in entries for name in entry.theorems] + list(NUMBERS)))
