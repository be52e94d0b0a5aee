from .diffusion import OrnsteinUhlenbeck as OrnsteinUhlenbeck
from .diffusion import marginal as marginal
from .gaussian import Gaussian as Gaussian
from .interop import from_scipy as from_scipy
from .interop import from_sklearn as from_sklearn
from .mixture import GaussianMixture as GaussianMixture
from .mixture import Law as Law
from .texture import Texture as Texture

__all__ = [
    "Gaussian",
    "GaussianMixture",
    "Law",
    "OrnsteinUhlenbeck",
    "Texture",
    "from_scipy",
    "from_sklearn",
    "marginal",
]
