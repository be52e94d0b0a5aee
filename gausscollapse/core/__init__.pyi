from .enclosure import Enclosure as Enclosure
from .exceptions import AbsentStatisticError as AbsentStatisticError
from .exceptions import ComparisonError as ComparisonError
from .exceptions import DimensionMismatchError as DimensionMismatchError
from .exceptions import EmptyFamilyError as EmptyFamilyError
from .exceptions import GaussCollapseError as GaussCollapseError
from .exceptions import InvalidArgumentError as InvalidArgumentError
from .exceptions import MissingPackageError as MissingPackageError
from .exceptions import NotSupportedError as NotSupportedError
from .exceptions import ScenarioError as ScenarioError
from .exceptions import StatementError as StatementError
from .exceptions import SweepError as SweepError
from .exceptions import TheoremFileError as TheoremFileError
from .exceptions import UndecidedError as UndecidedError
from .exceptions import UnknownNameError as UnknownNameError
from .exceptions import UnknownStatisticError as UnknownStatisticError
from .verdict import Outcome as Outcome
from .verdict import Verdict as Verdict

__all__ = [
    "AbsentStatisticError",
    "ComparisonError",
    "DimensionMismatchError",
    "EmptyFamilyError",
    "Enclosure",
    "GaussCollapseError",
    "InvalidArgumentError",
    "MissingPackageError",
    "NotSupportedError",
    "Outcome",
    "ScenarioError",
    "StatementError",
    "SweepError",
    "TheoremFileError",
    "UndecidedError",
    "UnknownNameError",
    "UnknownStatisticError",
    "Verdict",
]
