"""Certified statistics of chapters beyond linear processes and one Gaussian: against other formulas, and used."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.checking import judge
from gausscollapse.theorems.instances.annealed_statistics import AnnealedStatistics
from gausscollapse.theorems.instances.certified_annealed import CertifiedAnnealedStatistics
from gausscollapse.theorems.instances.certified_cycles import CertifiedCycleStatistics
from gausscollapse.theorems.instances.certified_embedded import CertifiedKernelStatistics
from gausscollapse.theorems.instances.embedded_statistics import KernelStatistics
from gausscollapse.theorems.instances.refresh_cycles import CycleStatistics, RefreshCycle

DATA = gc.GaussianMixture([0.3, 0.7], [-1.0, 0.8], [0.4, 0.9])
START = gc.GaussianMixture([0.5, 0.5], [-1.1, 1.0], [0.5, 0.8])
STOPPED = gc.retrain(
    DATA, fresh=0.25, step=[gc.retraining.early_stopping(t) for t in (0.5, 0.2, 0.1)], generations=3, start=START
)
RUN = gc.retrain(
    DATA, fresh=[0.3, 0.6], generations=2, start=START,
    step=[gc.AffineChannel(0.9, 0.1, 0.05), gc.AffineChannel(1.1, -0.2, 0.0)],
)  # fmt: skip
CYCLE = RefreshCycle(3, 0.4)
INSTANCES = {"allocation": CYCLE, "annealed": STOPPED, "mmd-filter": RUN}
# What is spoilt, by theorem: a statistic that floats compute, which enters one side.
FAULTS = {
    "allocation": (CycleStatistics, "orthogonal"),
    "annealed": (AnnealedStatistics, "coefficient"),
    "mmd-filter": (KernelStatistics, "drift"),
}


def near(enclosure, truth, relative=1e-14):
    """Return whether an enclosure is as narrow as it should be and holds the truth up to its own rounding."""
    low, high = (float(np.ravel(part)[0]) for part in (enclosure.lower, enclosure.upper))
    room = relative * abs(float(truth))
    return low - room <= float(truth) <= high + room and high - low <= 4 * room and enclosure.guarantee == "certified"


@pytest.mark.parametrize("theorem", INSTANCES)
def test_the_referee_agrees_and_finds_a_planted_fault(monkeypatch, theorem):
    ruling = judge(theorem, INSTANCES[theorem])
    assert (str(ruling.agreement), str(ruling.verdict.outcome)) == ("agreed", "HOLDS"), ruling.reason
    assert str(judge(theorem, INSTANCES[theorem], claimed=gc.Outcome.VIOLATED).agreement) == "disagreed"
    kind, name = FAULTS[theorem]
    truth = getattr(kind, name)
    spoilt = (
        (lambda self, *given: truth(self, *given) * (1.0 + 1e-6))
        if callable(truth)
        else property(lambda self: truth.func(self) * (1.0 + 1e-6))
    )
    with monkeypatch.context() as planted:
        planted.setattr(kind, name, spoilt)
        assert str(judge(theorem, INSTANCES[theorem]).agreement) == "disagreed"


@pytest.mark.parametrize("theorem", INSTANCES)
def test_certified_statistics_refute_every_control(theorem):
    statement, instance = gc.theorems.registry[theorem], INSTANCES[theorem]
    for control in statement.controls:
        spoilt = statement.with_constants(**control.constants)
        instances = [instance, *([RefreshCycle(80, 0.58), RefreshCycle(120, 1.0)] if theorem == "allocation" else [])]
        rulings = [judge(spoilt, one) for one in instances]
        assert "VIOLATED" in [str(ruling.verdict.outcome) for ruling in rulings], control.words


@pytest.mark.parametrize(("correlation", "name"), [(0, "orthogonal"), (1, "aligned")])
def test_the_drift_of_a_cycle_is_what_its_recursion_comes_to(correlation, name):
    keep, drift, inner, last = [Fraction(1)] * 2 + [1 - Fraction(0.4)], Fraction(0), Fraction(0), []
    for _ in range(60):
        last = []
        for k in keep:
            drift, inner = k * k * drift + 2 * k * inner + 1, correlation * (k * inner + 1)
            last.append(drift)
            # The cycle forgets 0.6 at a time: 40 digits are as good as all.
            drift, inner = (Fraction(int(part * 10**40), 10**40) for part in (drift, inner))
    found = getattr(CertifiedCycleStatistics(3, 0.4), name)
    assert near(found, float(sum(last) / 3), 1e-12)


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_hermite_coefficients_are_integrals_of_densities(degree):
    statistics = CertifiedAnnealedStatistics(STOPPED)
    with mpmath.workdps(30):
        polynomial = {1: lambda x: x, 2: lambda x: x * x - 1, 3: lambda x: x**3 - 3 * x}[degree]

        def integral(law):
            rows = zip(law.weights.tolist(), law.means[:, 0].tolist(), law.covs[:, 0, 0].tolist(), strict=True)
            parts = [(w, m, mpmath.sqrt(v)) for w, m, v in rows]
            density = lambda x: sum(w * mpmath.npdf(x, m, s) for w, m, s in parts)  # noqa: E731
            whole = mpmath.quad(lambda x: polynomial(x) * density(x), range(-12, 13, 2))
            return whole / mpmath.sqrt(mpmath.factorial(degree))

        data, now = integral(DATA), integral(START)
        for channel in STOPPED.channels:
            # A coefficient of degree k is an eigenvalue's: exp(-k t/2).
            now = mpmath.mpf(float(channel.matrix[0, 0])) ** degree * (0.25 * data + 0.75 * now)
        assert near(statistics.coefficient(degree, None), data)
        assert near(statistics.coefficient(degree, 3), now)


def test_distances_of_a_kernel_are_those_of_characteristic_functions():
    statistics = CertifiedKernelStatistics(RUN)
    width = mpmath.mpf(RUN.mmd().width)

    def square(first, second):
        """Return ``int |f - g|^2 l exp(-l^2 w^2/2)/sqrt(2 pi) dw`` of characteristic functions f, g (Bochner)."""

        def transform(law, w):
            rows = zip(law.weights.tolist(), law.means[:, 0].tolist(), law.covs[:, 0, 0].tolist(), strict=True)
            return sum(u * mpmath.exp(mpmath.mpc(-w * w * v / 2, w * m)) for u, m, v in rows)

        def density(w):
            return abs(transform(first, w) - transform(second, w)) ** 2 * mpmath.exp(-((width * w) ** 2) / 2)

        return mpmath.quad(density, range(-12, 13, 3)) * width / mpmath.sqrt(2 * mpmath.pi)

    assert near(statistics.drift[:, 2], square(RUN.models[2], DATA), 1e-12)
    assert near(statistics.refreshed[:, 1], square(RUN.training_laws[1], DATA), 1e-12)
    assert near(statistics.energy[:, 1], square(RUN.models[2], RUN.training_laws[1]), 1e-12)
    assert statistics.drift.guarantee == "certified"


def test_what_has_no_certified_statistics_says_why():
    mixed = gc.retrain(DATA, fresh=0.5, step=gc.AffineChannel(0.9, 0.1, 0.05), generations=2)
    assert "early-stopping channels" in judge("annealed", mixed).reason
