from .diffusion import OrnsteinUhlenbeck as OrnsteinUhlenbeck
from .diffusion import marginal as marginal
from .gaussian import Gaussian as Gaussian
from .interop import from_scipy as from_scipy
from .interop import from_sklearn as from_sklearn
from .mixture import GaussianMixture as GaussianMixture
from .mixture import Law as Law
from .noise import CosineSchedule as CosineSchedule
from .noise import ExplodingSchedule as ExplodingSchedule
from .noise import LinearSchedule as LinearSchedule
from .noise import NoiseSchedule as NoiseSchedule
from .texture import Texture as Texture

__all__ = [
    "CosineSchedule",
    "ExplodingSchedule",
    "Gaussian",
    "GaussianMixture",
    "Law",
    "LinearSchedule",
    "NoiseSchedule",
    "OrnsteinUhlenbeck",
    "Texture",
    "from_scipy",
    "from_sklearn",
    "marginal",
]
