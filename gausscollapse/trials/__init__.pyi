from .catalogue import Trials as Trials
from .catalogue import trials as trials
from .error_parts import Parts as Parts
from .error_parts import parts as parts
from .laws import LAWS as LAWS
from .laws import trial_law as trial_law
from .measure import Accuracy as Accuracy
from .model import ExactModel as ExactModel
from .running import Order as Order
from .running import Trial as Trial
from .running import TrialRow as TrialRow
from .running import trial as trial
from .samplers import Sampler as Sampler
from .samplers import SchemeSampler as SchemeSampler
from .samplers import as_sampler as as_sampler

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
