"""Error propagation and collapse of retrained diffusion models, computed exactly on Gaussians and mixtures.

Names load on first use: ``import gausscollapse as gc`` costs little more than NumPy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from gausscollapse.core.version import __version__ as __version__

_HOMES = {
    "gausscollapse.core.enclosure": ("Enclosure", "Outcome", "Verdict"),
    "gausscollapse.core.exceptions": ("GaussCollapseError",),
    "gausscollapse.laws.gaussian": ("Gaussian",),
    "gausscollapse.laws.mixture": ("GaussianMixture",),
    "gausscollapse.laws.diffusion": ("OrnsteinUhlenbeck",),
    "gausscollapse.process.errors": ("AffineError", "AmplifiedScoreError", "RealizableError", "SolenoidalError"),
    "gausscollapse.process.fields": ("FunctionError", "RandomFeatureError"),
    "gausscollapse.retraining.channels": ("AffineChannel",),
    "gausscollapse.retraining": ("Trajectory", "retrain"),
    "gausscollapse.process": ("ReverseProcess",),
    "gausscollapse.theorems": ("check", "falsify", "statement"),
    "gausscollapse.checking.boxes": ("prove_on_box",),
    "gausscollapse.sampling.simulate": ("coupled", "simulate"),
    "gausscollapse.sampling.simulation": ("Simulation",),
    "gausscollapse.sampling.grids": ("time_grid",),
    "gausscollapse.sampling.discrete": ("discrete_law", "richardson"),
    "gausscollapse.process.grid": ("FokkerPlanck", "fokker_planck"),
    "gausscollapse.process.stein": ("observable_score",),
    "gausscollapse.sampling.girsanov": ("path_divergences",),
    "gausscollapse.sampling.gradient_energy": ("gradient_energy_estimate",),
    "gausscollapse.sampling.paired": ("paired_energy",),
    "gausscollapse.sampling.regression": ("regressed_chi2", "regressed_energy"),
    "gausscollapse.sampling.isotropic": ("sample_reverse",),
    "gausscollapse.learners": (
        "CallableLearner",
        "GaussianLearner",
        "KernelDensityLearner",
        "MixtureLearner",
        "NeuralLearner",
    ),
    "gausscollapse.divergences": (
        "bhattacharyya",
        "chi2",
        "fisher_divergence",
        "hellinger2",
        "jeffreys",
        "kl",
        "kl_bounds",
        "renyi",
        "total_variation",
        "wasserstein2",
    ),
    "gausscollapse.laws.interop": ("from_scipy", "from_sklearn", "to_scipy", "to_sklearn"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_HOME_OF["hodge"] = "gausscollapse.process.hodge"
_ROOMS = ("checking", "core", "divergences", "lab", "laws", "learners", "process", "retraining", "sampling")
_MODULES = {
    **{room: f"gausscollapse.{room}" for room in (*_ROOMS, "testing", "theorems")},
    "scenario": "gausscollapse.lab.scenario",
}

if TYPE_CHECKING:
    from gausscollapse.checking.boxes import prove_on_box as prove_on_box
    from gausscollapse.core.enclosure import Enclosure as Enclosure
    from gausscollapse.core.enclosure import Outcome as Outcome
    from gausscollapse.core.enclosure import Verdict as Verdict
    from gausscollapse.core.exceptions import GaussCollapseError as GaussCollapseError
    from gausscollapse.divergences import bhattacharyya as bhattacharyya
    from gausscollapse.divergences import chi2 as chi2
    from gausscollapse.divergences import fisher_divergence as fisher_divergence
    from gausscollapse.divergences import hellinger2 as hellinger2
    from gausscollapse.divergences import jeffreys as jeffreys
    from gausscollapse.divergences import kl as kl
    from gausscollapse.divergences import kl_bounds as kl_bounds
    from gausscollapse.divergences import renyi as renyi
    from gausscollapse.divergences import total_variation as total_variation
    from gausscollapse.divergences import wasserstein2 as wasserstein2
    from gausscollapse.laws.diffusion import OrnsteinUhlenbeck as OrnsteinUhlenbeck
    from gausscollapse.laws.gaussian import Gaussian as Gaussian
    from gausscollapse.laws.interop import from_scipy as from_scipy
    from gausscollapse.laws.interop import from_sklearn as from_sklearn
    from gausscollapse.laws.interop import to_scipy as to_scipy
    from gausscollapse.laws.interop import to_sklearn as to_sklearn
    from gausscollapse.laws.mixture import GaussianMixture as GaussianMixture
    from gausscollapse.learners import CallableLearner as CallableLearner
    from gausscollapse.learners import GaussianLearner as GaussianLearner
    from gausscollapse.learners import KernelDensityLearner as KernelDensityLearner
    from gausscollapse.learners import MixtureLearner as MixtureLearner
    from gausscollapse.learners import NeuralLearner as NeuralLearner
    from gausscollapse.process import ReverseProcess as ReverseProcess
    from gausscollapse.process.errors import AffineError as AffineError
    from gausscollapse.process.errors import AmplifiedScoreError as AmplifiedScoreError
    from gausscollapse.process.errors import RealizableError as RealizableError
    from gausscollapse.process.errors import SolenoidalError as SolenoidalError
    from gausscollapse.process.fields import FunctionError as FunctionError
    from gausscollapse.process.fields import RandomFeatureError as RandomFeatureError
    from gausscollapse.process.grid import FokkerPlanck as FokkerPlanck
    from gausscollapse.process.grid import fokker_planck as fokker_planck
    from gausscollapse.process.hodge import hodge as hodge
    from gausscollapse.process.stein import observable_score as observable_score
    from gausscollapse.retraining import Trajectory as Trajectory
    from gausscollapse.retraining import retrain as retrain
    from gausscollapse.retraining.channels import AffineChannel as AffineChannel
    from gausscollapse.sampling.discrete import discrete_law as discrete_law
    from gausscollapse.sampling.discrete import richardson as richardson
    from gausscollapse.sampling.girsanov import path_divergences as path_divergences
    from gausscollapse.sampling.gradient_energy import gradient_energy_estimate as gradient_energy_estimate
    from gausscollapse.sampling.grids import time_grid as time_grid
    from gausscollapse.sampling.isotropic import sample_reverse as sample_reverse
    from gausscollapse.sampling.paired import paired_energy as paired_energy
    from gausscollapse.sampling.regression import regressed_chi2 as regressed_chi2
    from gausscollapse.sampling.regression import regressed_energy as regressed_energy
    from gausscollapse.sampling.simulate import coupled as coupled
    from gausscollapse.sampling.simulate import simulate as simulate
    from gausscollapse.sampling.simulation import Simulation as Simulation
    from gausscollapse.theorems import check as check
    from gausscollapse.theorems import falsify as falsify
    from gausscollapse.theorems import statement as statement


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        value = getattr(importlib.import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    raise AttributeError(f"module 'gausscollapse' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF, *_MODULES})
