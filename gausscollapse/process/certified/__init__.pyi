from .certified_process import CertifiedProcess as CertifiedProcess
from .statistics import CertifiedStatistics as CertifiedStatistics
from .statistics import certified_statistics as certified_statistics
