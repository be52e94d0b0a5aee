"""Innovations of models whose laws are known, in L^2 of one Gaussian: their energies and their correlations."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.divergences.divergence import chi2
from gausscollapse.lab.catalogue import measured
from gausscollapse.lab.experiment import Measurement
from gausscollapse.lab.generation_settings import FiniteSampleSettings
from gausscollapse.lab.laws import mixed
from gausscollapse.laws.mixture import Law


def _combined(gram: Array, keep: float) -> tuple[Array, Array]:
    """Return energies of ``r_{i+1} - keep r_i`` and products of successive ones, NaN or inf where r is infinite."""
    i = np.arange(gram.shape[0] - 1)
    k = i[:-1]
    with np.errstate(invalid="ignore"):
        energy = gram[i + 1, i + 1] - 2.0 * keep * gram[i, i + 1] + keep**2 * gram[i, i]
        fresh = gram[k + 1, k + 2] - keep * gram[k + 1, k + 1]
        return energy, fresh - keep * (gram[k, k + 2] - keep * gram[k, k + 1])


def innovations(spec: FiniteSampleSettings, laws: Sequence[Law | None]) -> dict[str, Measurement]:
    """Return energies of the innovations ``xi_i = (p^_{i+1} - q_i)/p`` and products of successive ones.

    With ``G_ij = int p^_i p^_j/p - 1`` in closed form over one Gaussian p, and ``xi_i = r_{i+1} - (1 - alpha) r_i``.
    """
    if not spec.measure.correlations or any(law is None for law in laws):
        return {}
    data, keep, count = spec.data, 1.0 - spec.fresh_fraction, len(laws)
    members = [law for law in laws if law is not None]
    gram = np.full((count, count), np.inf)
    gram[np.diag_indices(count)] = [float(chi2(law, data)) for law in members]
    for i in range(count):
        for j in range(i + 1, min(i + 3, count)):
            alone = gram[i, i] + gram[j, j]
            if math.isfinite(alone):
                # chi2((a + b)/2) = (G_aa + G_bb + 2 G_ab)/4
                both = float(chi2(mixed(0.5, members[i], members[j]), data))
                gram[i, j] = gram[j, i] = 2.0 * both - 0.5 * alone
    if keep == 0.0:
        # What the last model was is forgotten, even where it was too wide: xi_i = r_{i+1}.
        energy, product = np.diag(gram)[1:], np.diag(gram, 1)[1:]
    else:
        energy, product = _combined(gram, keep)
    # Where a model is too wide for L^2(p) its energy is infinite and there is no product: NaN, a missing value.
    energy = np.where(np.isfinite(energy), np.maximum(energy, 0.0), np.inf)
    root = np.sqrt(np.where(np.isfinite(energy), energy, 0.0))
    product = np.where(np.isfinite(energy[:-1] + energy[1:]), product, np.nan)
    size = root[:-1] * root[1:]
    cosine = np.where(size > 0.0, product / np.where(size > 0.0, size, 1.0), np.nan)
    found = {"innovation_energy": (energy, "innovation")}
    if count > 2:
        found |= {"innovation_product": (product, "pair"), "innovation_correlation": (cosine, "pair")}
    return {name: measured(name, axis, values) for name, (values, axis) in found.items()}
