from .accumulation import coherent_bound as coherent_bound
from .accumulation import discounted_bound as discounted_bound
from .accumulation import filter_sum as filter_sum
from .accumulation import incoherent_sum as incoherent_sum
from .accumulation import memory as memory
from .channels import AffineChannel as AffineChannel
from .channels import early_stopping as early_stopping
from .channels import kernel_density as kernel_density
from .channels import offset_channel as offset_channel
from .channels import perfect as perfect
from .channels import sampling_temperature as sampling_temperature
from .collapse import collapse_rate as collapse_rate
from .collapse import critical_fresh as critical_fresh
from .collapse import tail_exponent as tail_exponent
from .embedded_drift import KernelDrift as KernelDrift
from .fresh_cycle import cycle_drift as cycle_drift
from .fresh_cycle import schedule_drift as schedule_drift
from .fresh_plan import FreshPlan as FreshPlan
from .fresh_plan import plan_fresh as plan_fresh
from .injected import InjectedTrajectory as InjectedTrajectory
from .limit_law import early_stopping_limit as early_stopping_limit
from .limit_law import hermite_coefficient as hermite_coefficient
from .limit_law import hermite_multiplier as hermite_multiplier
from .long_run import innovation_correlation as innovation_correlation
from .long_run import long_run_drift as long_run_drift
from .long_run import long_run_edges as long_run_edges
from .long_run import power_gain as power_gain
from .models import Models as Models
from .paper_terms import PaperTerms as PaperTerms
from .running import retrain as retrain
from .schedules import AlternatingOffset as AlternatingOffset
from .schedules import ConstantSchedule as ConstantSchedule
from .schedules import DriftingOffset as DriftingOffset
from .schedules import HarmonicSchedule as HarmonicSchedule
from .schedules import RandomOffset as RandomOffset
from .schedules import RandomSchedule as RandomSchedule
from .schedules import SummableSchedule as SummableSchedule
from .settled_moments import LimitMoments as LimitMoments
from .settled_moments import limit_moments as limit_moments
from .spectrum import Spectrum as Spectrum
from .stopping_time import best_stopping_time as best_stopping_time
from .stopping_time import early_stopping_bias as early_stopping_bias
from .textures import TextureTrajectory as TextureTrajectory
from .textures import retrain_texture as retrain_texture
from .trajectory import Trajectory as Trajectory
from .workflows import Workflow as Workflow

__all__ = [
    "AffineChannel",
    "AlternatingOffset",
    "ConstantSchedule",
    "DriftingOffset",
    "FreshPlan",
    "HarmonicSchedule",
    "InjectedTrajectory",
    "KernelDrift",
    "LimitMoments",
    "Models",
    "PaperTerms",
    "RandomOffset",
    "RandomSchedule",
    "Spectrum",
    "SummableSchedule",
    "TextureTrajectory",
    "Trajectory",
    "Workflow",
    "best_stopping_time",
    "coherent_bound",
    "collapse_rate",
    "critical_fresh",
    "cycle_drift",
    "discounted_bound",
    "early_stopping",
    "early_stopping_bias",
    "early_stopping_limit",
    "filter_sum",
    "hermite_coefficient",
    "hermite_multiplier",
    "incoherent_sum",
    "innovation_correlation",
    "kernel_density",
    "limit_moments",
    "long_run_drift",
    "long_run_edges",
    "memory",
    "offset_channel",
    "perfect",
    "plan_fresh",
    "power_gain",
    "retrain",
    "retrain_texture",
    "sampling_temperature",
    "schedule_drift",
    "tail_exponent",
]
