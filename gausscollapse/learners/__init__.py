"""What one generation fits to its samples: Gaussian, mixture, kernel density, neural network, or a function."""

from gausscollapse.learners.base import LawModel, LearnedModel, Learner
from gausscollapse.learners.density import KernelDensityLearner, KernelDensityModel
from gausscollapse.learners.function import CallableLearner, CallableModel
from gausscollapse.learners.gaussian import GaussianLearner
from gausscollapse.learners.mixture import MixtureLearner
from gausscollapse.learners.neural import NeuralLearner, NeuralModel

__all__ = [
    "CallableLearner",
    "CallableModel",
    "GaussianLearner",
    "KernelDensityLearner",
    "KernelDensityModel",
    "LawModel",
    "LearnedModel",
    "Learner",
    "MixtureLearner",
    "NeuralLearner",
    "NeuralModel",
]
