"""Error propagation and collapse of retrained diffusion models, computed exactly on Gaussians and mixtures.

Names load on first use: ``import gausscollapse as gc`` costs little more than NumPy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from gausscollapse._version import __version__ as __version__

_HOMES = {
    "gausscollapse.results": ("Enclosure", "Outcome", "Verdict"),
    "gausscollapse.exceptions": ("GaussCollapseError",),
    "gausscollapse.gaussian": ("Gaussian",),
    "gausscollapse.mixture": ("GaussianMixture",),
    "gausscollapse.diffusion": ("OrnsteinUhlenbeck",),
    "gausscollapse.errors": ("AffineError", "AmplifiedScoreError", "RealizableError", "SolenoidalError"),
    "gausscollapse.reverse.fields": ("FunctionError", "RandomFeatureError"),
    "gausscollapse.channels": ("AffineChannel",),
    "gausscollapse.retraining": ("Trajectory", "retrain"),
    "gausscollapse.reverse": ("ReverseProcess",),
    "gausscollapse.theorems": ("check", "falsify", "statement"),
    "gausscollapse.theorems.boxes": ("prove_on_box",),
    "gausscollapse.reverse.sampling": ("Simulation", "coupled", "simulate", "time_grid"),
    "gausscollapse.reverse.discrete": ("discrete_law", "richardson"),
    "gausscollapse.reverse.fokker_planck": ("FokkerPlanck", "fokker_planck"),
    "gausscollapse.reverse.stein": ("observable_score",),
    "gausscollapse.reverse.girsanov": (
        "gradient_energy_estimate",
        "paired_energy",
        "path_divergences",
        "regressed_chi2",
        "regressed_energy",
    ),
    "gausscollapse.reverse.isotropic": ("sample_reverse",),
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
    "gausscollapse.interop": ("from_scipy", "from_sklearn", "to_scipy", "to_sklearn"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_HOME_OF["hodge"] = "gausscollapse.hodge"
_MODULES = ("divergences", "learners", "reverse", "scenario", "theorems")

if TYPE_CHECKING:
    from gausscollapse.channels import AffineChannel as AffineChannel
    from gausscollapse.diffusion import OrnsteinUhlenbeck as OrnsteinUhlenbeck
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
    from gausscollapse.errors import AffineError as AffineError
    from gausscollapse.errors import AmplifiedScoreError as AmplifiedScoreError
    from gausscollapse.errors import RealizableError as RealizableError
    from gausscollapse.errors import SolenoidalError as SolenoidalError
    from gausscollapse.exceptions import GaussCollapseError as GaussCollapseError
    from gausscollapse.gaussian import Gaussian as Gaussian
    from gausscollapse.hodge import hodge as hodge
    from gausscollapse.interop import from_scipy as from_scipy
    from gausscollapse.interop import from_sklearn as from_sklearn
    from gausscollapse.interop import to_scipy as to_scipy
    from gausscollapse.interop import to_sklearn as to_sklearn
    from gausscollapse.learners import CallableLearner as CallableLearner
    from gausscollapse.learners import GaussianLearner as GaussianLearner
    from gausscollapse.learners import KernelDensityLearner as KernelDensityLearner
    from gausscollapse.learners import MixtureLearner as MixtureLearner
    from gausscollapse.learners import NeuralLearner as NeuralLearner
    from gausscollapse.mixture import GaussianMixture as GaussianMixture
    from gausscollapse.results import Enclosure as Enclosure
    from gausscollapse.results import Outcome as Outcome
    from gausscollapse.results import Verdict as Verdict
    from gausscollapse.retraining import Trajectory as Trajectory
    from gausscollapse.retraining import retrain as retrain
    from gausscollapse.reverse import ReverseProcess as ReverseProcess
    from gausscollapse.reverse.discrete import discrete_law as discrete_law
    from gausscollapse.reverse.discrete import richardson as richardson
    from gausscollapse.reverse.fields import FunctionError as FunctionError
    from gausscollapse.reverse.fields import RandomFeatureError as RandomFeatureError
    from gausscollapse.reverse.fokker_planck import FokkerPlanck as FokkerPlanck
    from gausscollapse.reverse.fokker_planck import fokker_planck as fokker_planck
    from gausscollapse.reverse.girsanov import gradient_energy_estimate as gradient_energy_estimate
    from gausscollapse.reverse.girsanov import paired_energy as paired_energy
    from gausscollapse.reverse.girsanov import path_divergences as path_divergences
    from gausscollapse.reverse.girsanov import regressed_chi2 as regressed_chi2
    from gausscollapse.reverse.girsanov import regressed_energy as regressed_energy
    from gausscollapse.reverse.isotropic import sample_reverse as sample_reverse
    from gausscollapse.reverse.sampling import Simulation as Simulation
    from gausscollapse.reverse.sampling import coupled as coupled
    from gausscollapse.reverse.sampling import simulate as simulate
    from gausscollapse.reverse.sampling import time_grid as time_grid
    from gausscollapse.reverse.stein import observable_score as observable_score
    from gausscollapse.theorems import check as check
    from gausscollapse.theorems import falsify as falsify
    from gausscollapse.theorems import statement as statement
    from gausscollapse.theorems.boxes import prove_on_box as prove_on_box


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        value = getattr(importlib.import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(f"gausscollapse.{name}")
    raise AttributeError(f"module 'gausscollapse' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF, *_MODULES})
