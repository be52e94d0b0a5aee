"""What each measurement of a run of generations is called, in words and units, and along which axes it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.lab.experiment import Measurement


class Entry(NamedTuple):
    """What a measurement is: words, units, axes behind the first, that of generations, and whether it is a bound."""

    words: str
    units: str = "1"
    axes: tuple[str, ...] = ()
    lower: bool = False


CATALOGUE: Mapping[str, Entry] = {
    "variance": Entry("variance of each coordinate", "length^2", ("coordinate",)),
    "log_volume": Entry("logarithm of the determinant of the covariance"),
    "pair_distance": Entry("mean distance of two draws", "length"),
    "kl": Entry("KL divergence of the model from the data; a lower estimate where `kl_upper` is inf", "nats"),
    "kl_lower": Entry("lower end of its interval (five standard errors where it is sampled)", "nats"),
    "kl_upper": Entry("upper end of its interval (five standard errors where it is sampled)", "nats"),
    "chi2": Entry("chi-squared divergence of the model from the data; a lower estimate where `chi2_upper` is inf"),
    "chi2_lower": Entry("lower end of its interval"),
    "chi2_upper": Entry("upper end of its interval"),
    "wasserstein2": Entry(
        "2-Wasserstein distance of the moment-matched Gaussians, a lower bound (Gelbrich)", "length", lower=True
    ),
    "wasserstein2_lower": Entry("the same bound", "length"),
    "wasserstein2_upper": Entry("upper bound by transport between components, where the law is known", "length"),
    "mode_weights": Entry("share of the draws that each mode of the data takes, by posterior", "1", ("mode",)),
    "mode_diversity": Entry("probability that two draws are of different modes"),
    "modes_alive": Entry("number of modes with at least one draw"),
    "tail_mass": Entry(
        "share of the draws beyond the stated number of standard deviations of the data from their mean"
    ),
    "frechet": Entry("Frechet distance to the data of the Gaussians of a classifier's features"),
    "feature_chi2": Entry("chi-squared of the Gaussians of a classifier's features, widened by a hundredth"),
    "nearest_draw": Entry("mean distance of a draw to the nearest other one", "length"),
    "class_weights": Entry("share of the draws that a classifier gives to each class", "1", ("class",)),
    "class_diversity": Entry("number of equally frequent classes with the same entropy"),
    "class_sureness": Entry("mean probability that the classifier gives to the class that it tells"),
    "feature_variance": Entry("variance of a classifier's features, all together, over that of the data"),
    "lineages": Entry(
        "draws from the same noise in every generation, as grey values from 0 to 1; generation 0 is data",
        "1",
        ("picture", "row", "column"),
    ),
    "points": Entry("draws", "length", ("point", "coordinate")),
    "pictures": Entry("draws as grey values from 0 to 1", "1", ("picture", "row", "column")),
    "innovation_energy": Entry("energy J of each innovation in L^2(p)"),
    "innovation_product": Entry("inner product of successive innovations in L^2(p); missing where one is infinite"),
    "innovation_correlation": Entry("cosine of successive innovations in L^2(p); missing where it has none"),
    "ideal_energy": Entry("energy of the score error along ideal paths, eps*^2"),
    "learned_energy": Entry("energy of the score error along learned paths"),
    "observed_energy": Entry("eta eps*^2 by regression on the endpoint, a lower estimate", lower=True),
    "paired_energy": Entry("eta eps*^2 by pairs of forward paths, without bias"),
    "observability": Entry("eta by regression on the endpoint, a lower estimate", lower=True),
    "paired_observability": Entry("eta by pairs of forward paths"),
    "path_chi2": Entry("chi-squared divergence of the path laws"),
    "martingale_remainder": Entry("rho of the statement `sharp`"),
    "intra_chi2": Entry("chi-squared divergence of the model from its training law, a lower estimate", lower=True),
    "intra_chi2_lower": Entry("lower end of the interval of the statement `sharp`"),
    "intra_chi2_upper": Entry("upper end of the interval of the statement `sharp`"),
    "intra_chi2_first_order": Entry("eta eps*^2, what chi2 tends to for small errors"),
    "effective_share": Entry("effective share of the Girsanov weights"),
    "energy_times": Entry("times at which the energy of the error is measured", "time", ("time",)),
    "energy_density": Entry("mean square of the score error, a rate of energy", "1/time", ("time",)),
    "energy_generations": Entry("generation whose error this is"),
    "finite_generations": Entry("generation whose samples were used"),
    "energy_reference": Entry("components of the mixture in place of the training law; 0 where that is known"),
}


def measured(name: str, axis: str, values: Array, *, error: bool = False) -> Measurement:
    """Return a measurement of the catalogue, or its standard error, with `axis` for the first axis of its values."""
    words, units, axes, lower = CATALOGUE[name]
    return Measurement(
        (axis, *axes), values, f"standard error: {words}" if error else words, units, lower=lower and not error
    )


def stacked(rows: Sequence[Mapping[str, Array | float]], axis: str, prefix: str = "") -> dict[str, Measurement]:
    """Return measurements with a first axis over rows of numbers by name."""
    found = {}
    for name in rows[0] if rows else ():
        base, values = name.removesuffix("_error"), np.array([row[name] for row in rows])
        key = name if name.startswith(prefix) else prefix + name
        found[key] = measured(base, axis, values, error=base != name)
    return found
