from .catalogue import Trials as Trials
from .catalogue import trials as trials
from .laws import LAWS as LAWS
from .laws import trial_law as trial_law
from .measure import Accuracy as Accuracy
from .model import ExactModel as ExactModel
from .parts import Parts as Parts
from .parts import parts as parts
from .samplers import Sampler as Sampler
from .samplers import SchemeSampler as SchemeSampler
from .samplers import as_sampler as as_sampler
from .trial import Order as Order
from .trial import Trial as Trial
from .trial import TrialRow as TrialRow
from .trial import trial as trial

__all__ = [
    "LAWS",
    "Accuracy",
    "ExactModel",
    "Order",
    "Parts",
    "Sampler",
    "SchemeSampler",
    "Trial",
    "TrialRow",
    "Trials",
    "as_sampler",
    "parts",
    "trial",
    "trial_law",
    "trials",
]
