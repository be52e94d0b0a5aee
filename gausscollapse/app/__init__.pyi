from .cli import main as main
from .figures import save as save
from .figures import single_generation as single_generation
from .figures_regimes import RegimePoint as RegimePoint
from .figures_regimes import regimes_figure as regimes_figure
from .figures_retraining import trajectory_figure as trajectory_figure
from .figures_sweep import write_figures as write_figures
