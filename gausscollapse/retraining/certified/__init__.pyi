from .stopping import StoppedRetraining as StoppedRetraining
from .trajectory_statistics import CertifiedTrajectoryStatistics as CertifiedTrajectoryStatistics

__all__ = ["CertifiedTrajectoryStatistics", "StoppedRetraining"]
