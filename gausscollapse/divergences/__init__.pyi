from .bounds import chi2_bounds as chi2_bounds
from .bounds import kl_bounds as kl_bounds
from .discrepancy import mmd as mmd
from .distance import bhattacharyya as bhattacharyya
from .distance import hellinger2 as hellinger2
from .distance import total_variation as total_variation
from .distance import wasserstein2 as wasserstein2
from .divergence import chi2 as chi2
from .divergence import fisher_divergence as fisher_divergence
from .divergence import jeffreys as jeffreys
from .divergence import kl as kl
from .divergence import renyi as renyi
from .finiteness import Finiteness as Finiteness
from .finiteness import decide as decide
from .montecarlo import UnreliableEstimateWarning as UnreliableEstimateWarning
from .sampled_discrepancy import DiscrepancyEstimate as DiscrepancyEstimate
from .sampled_discrepancy import mmd_from_samples as mmd_from_samples
from .transport import wasserstein1 as wasserstein1

__all__ = [
    "DiscrepancyEstimate",
    "Finiteness",
    "UnreliableEstimateWarning",
    "bhattacharyya",
    "chi2",
    "chi2_bounds",
    "decide",
    "fisher_divergence",
    "hellinger2",
    "jeffreys",
    "kl",
    "kl_bounds",
    "mmd",
    "mmd_from_samples",
    "renyi",
    "total_variation",
    "wasserstein1",
    "wasserstein2",
]
