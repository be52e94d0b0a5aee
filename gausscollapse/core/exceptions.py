"""Errors that a user can make, one class a kind; each message names the argument, the value and the cure."""

from __future__ import annotations


class GaussCollapseError(Exception):
    """Base class of every error that this package raises on purpose."""


class InvalidArgumentError(GaussCollapseError, ValueError):
    """An argument that cannot be used.

    Parameters
    ----------
    argument : str
        Name of the argument as the caller wrote it.
    value : object
        The offending value; long values are shortened in the message.
    reason : str
        Why the value is refused.
    accepted : str
        What would be accepted instead.
    """

    def __init__(self, argument: str, value: object, reason: str, accepted: str) -> None:
        self.argument = argument
        self.value = value
        self.reason = reason
        self.accepted = accepted
        super().__init__(f"{argument} = {shorten(value)}: {reason}; accepted: {accepted}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.argument, self.value, self.reason, self.accepted)


class DimensionMismatchError(InvalidArgumentError):
    """Two arguments live in spaces of different dimension."""


class UnknownNameError(InvalidArgumentError):
    """A name (theorem, method, preset, key) that does not exist."""


class ScenarioError(InvalidArgumentError):
    """A scenario file with a mistake in it."""


class StatementError(GaussCollapseError, ValueError):
    """A theorem whose statement cannot be evaluated: it raised, or a side was NaN.

    Parameters
    ----------
    theorem : str
        Id of the theorem.
    problem : str
        What went wrong.
    """

    def __init__(self, theorem: str, problem: str) -> None:
        self.theorem = theorem
        self.problem = problem
        super().__init__(f"theorem {theorem}: the statement cannot be evaluated: {problem}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.theorem, self.problem)


class TheoremFileError(GaussCollapseError, ValueError):
    """A theorem file that cannot be used.

    Parameters
    ----------
    path : path-like
        The file.
    problem : str
        What is wrong with it.
    """

    def __init__(self, path: object, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"theorem file {path}: {problem}; accepted: a Python file with a gausscollapse statement")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.path, self.problem)


class EmptyFamilyError(GaussCollapseError, ValueError):
    """A theorem whose assumptions no instance of its families meets.

    Parameters
    ----------
    theorem : str
        Id of the theorem.
    tried : int
        Number of instances tried.
    assumption : str
        The assumption that failed most often.
    """

    def __init__(self, theorem: str, tried: int, assumption: str) -> None:
        self.theorem = theorem
        self.tried = tried
        self.assumption = assumption
        super().__init__(
            f"theorem {theorem}: none of {tried} instances meets its assumptions (most often '{assumption}' fails); "
            "accepted: assumptions that a family meets, or a larger budget"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.theorem, self.tried, self.assumption)


class MissingPackageError(GaussCollapseError, ImportError):
    """A package of an extra that is not installed.

    Parameters
    ----------
    package : str
        Name of the package.
    extra : str
        The extra that brings it.
    """

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(f"{package} is not installed; try: python -m pip install 'gausscollapse[{extra}]'")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.package, self.extra)


class SweepError(GaussCollapseError, RuntimeError):
    """A sweep that stopped: what is whole is kept, and starting again does the rest."""


class NotSupportedError(GaussCollapseError, ValueError):
    """A well-formed question that this release has no exact answer to."""


class AbsentStatisticError(NotSupportedError):
    """A statistic that an implementation declares absent: what asks for it does not apply.

    Parameters
    ----------
    statistic : str
        Name of the statistic.
    reason : str
        Why this implementation cannot compute it.
    """

    def __init__(self, statistic: str, reason: str) -> None:
        self.statistic = statistic
        self.reason = reason
        super().__init__(f"{statistic} is not computed: {reason}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.statistic, self.reason)


class UndecidedError(NotSupportedError):
    """A question whose finiteness could not be decided, so that no number is given."""


def shorten(value: object, limit: int | None = None) -> str:
    """Return a one-line representation of `value`, at most `limit` characters long.

    By default 80 characters, and 400 for a string: a path is of no use in part.

    Parameters
    ----------
    value : object
        Anything with a ``repr``.
    limit : int, optional
        Greatest length of the answer.

    Returns
    -------
    str
        The representation with white space folded.
    """
    text = " ".join(repr(value).split())
    longest = limit if limit is not None else 400 if isinstance(value, str) else 80
    return text if len(text) <= longest else text[: longest - 3] + "..."
