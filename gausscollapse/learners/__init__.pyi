from ._preconditioning import Scales as Scales
from .base import LawModel as LawModel
from .base import LearnedModel as LearnedModel
from .base import Learner as Learner
from .density import KernelDensityLearner as KernelDensityLearner
from .density import KernelDensityModel as KernelDensityModel
from .gaussian import GaussianLearner as GaussianLearner
from .injected import InjectedLearner as InjectedLearner
from .injected import InjectedModel as InjectedModel
from .mixture import MixtureLearner as MixtureLearner
from .neural import NeuralLearner as NeuralLearner
from .neural import NeuralModel as NeuralModel
from .residual import ResidualModel as ResidualModel
from .residual import TorchLearner as TorchLearner

__all__ = [
    "GaussianLearner",
    "InjectedLearner",
    "InjectedModel",
    "KernelDensityLearner",
    "KernelDensityModel",
    "LawModel",
    "LearnedModel",
    "Learner",
    "MixtureLearner",
    "NeuralLearner",
    "NeuralModel",
    "ResidualModel",
    "Scales",
    "TorchLearner",
]
