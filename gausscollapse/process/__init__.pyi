from . import torch as torch
from .errors import AffineError as AffineError
from .errors import AmplifiedScoreError as AmplifiedScoreError
from .errors import RealizableError as RealizableError
from .errors import ScoreError as ScoreError
from .errors import SolenoidalError as SolenoidalError
from .exact.batch import Batch as Batch
from .exact.statistics import LinearStatistics as LinearStatistics
from .fields import FunctionError as FunctionError
from .fields import RandomFeatureError as RandomFeatureError
from .grid import FokkerPlanck as FokkerPlanck
from .grid import fokker_planck as fokker_planck
from .grid_statistics import GridStatistics as GridStatistics
from .hodge_split import hodge as hodge
from .linear_form import LinearForm as LinearForm
from .process import RemainderConstants as RemainderConstants
from .process import ReverseProcess as ReverseProcess
from .product_statistics import ProductStatistics as ProductStatistics
from .realizable import realizable_energy as realizable_energy
from .statistics import Statistics as Statistics
from .stein import observable_score as observable_score
from .texture import FilterError as FilterError
from .texture import TextureProcess as TextureProcess
from .torch import score_error as score_error

__all__ = [
    "AffineError",
    "AmplifiedScoreError",
    "Batch",
    "FilterError",
    "FokkerPlanck",
    "FunctionError",
    "GridStatistics",
    "LinearForm",
    "LinearStatistics",
    "ProductStatistics",
    "RandomFeatureError",
    "RealizableError",
    "RemainderConstants",
    "ReverseProcess",
    "ScoreError",
    "SolenoidalError",
    "Statistics",
    "TextureProcess",
    "fokker_planck",
    "hodge",
    "observable_score",
    "realizable_energy",
    "score_error",
    "torch",
]
