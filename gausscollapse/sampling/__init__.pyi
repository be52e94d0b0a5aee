from .budget import Budget as Budget
from .budget import error_budget as error_budget
from .discrete import DiscreteLaw as DiscreteLaw
from .discrete import Extrapolated as Extrapolated
from .discrete import discrete_law as discrete_law
from .discrete import richardson as richardson
from .discretised import DiscretisedProcess as DiscretisedProcess
from .estimates import Estimate as Estimate
from .euler_maruyama import coupled as coupled
from .euler_maruyama import simulate as simulate
from .girsanov import DegenerateWeightsWarning as DegenerateWeightsWarning
from .girsanov import PathDivergences as PathDivergences
from .girsanov import path_divergences as path_divergences
from .gradient_energy import gradient_energy_estimate as gradient_energy_estimate
from .grids import time_grid as time_grid
from .isotropic import sample_reverse as sample_reverse
from .measured_error import MeasuredError as MeasuredError
from .measured_error import MeasuredNumber as MeasuredNumber
from .measuring import measure as measure
from .paired import paired_energy as paired_energy
from .regression import regressed_chi2 as regressed_chi2
from .regression import regressed_energy as regressed_energy
from .sampler_grids import optimal_grid as optimal_grid
from .schemes import Steps as Steps
from .schemes import scheme_steps as scheme_steps
from .simulation import Simulation as Simulation

__all__ = [
    "Budget",
    "DegenerateWeightsWarning",
    "DiscreteLaw",
    "DiscretisedProcess",
    "Estimate",
    "Extrapolated",
    "MeasuredError",
    "MeasuredNumber",
    "PathDivergences",
    "Simulation",
    "Steps",
    "coupled",
    "discrete_law",
    "error_budget",
    "gradient_energy_estimate",
    "measure",
    "optimal_grid",
    "paired_energy",
    "path_divergences",
    "regressed_chi2",
    "regressed_energy",
    "richardson",
    "sample_reverse",
    "scheme_steps",
    "simulate",
    "time_grid",
]
