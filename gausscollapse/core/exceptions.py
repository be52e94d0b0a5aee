"""Errors that a user can make, one class a kind; each message names the argument, the value and the cure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

LONGEST_MESSAGE = 300
LONGEST_VALUE = 80


class GaussCollapseError(Exception):
    """Base class of every error that this package raises on purpose.

    Parameters
    ----------
    message : str
        What the user reads; kept to one line of at most 300 characters.
    *arguments
        What the class was called with, where that is not the message: it is pickled in its place.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> try:
    ...     gc.Gaussian(0, -1)
    ... except gc.GaussCollapseError as error:
    ...     print(error)
    cov = -1: is not positive definite (smallest eigenvalue -1); accepted: a symmetric positive definite matrix
    """

    longest = LONGEST_MESSAGE

    def __init__(self, message: str, *arguments: object) -> None:
        self._arguments = arguments or (message,)
        super().__init__(one_line(message, self.longest))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self._arguments


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

    Examples
    --------
    >>> import gausscollapse as gc
    >>> try:
    ...     gc.OrnsteinUhlenbeck(horizon=1.0, stop=2.0)
    ... except gc.core.InvalidArgumentError as error:
    ...     print(error.argument, "|", error.value, "|", error.reason, "|", error.accepted)
    stop | 2.0 | is not before horizon = 1 | 0 <= stop < horizon
    """

    def __init__(self, argument: str, value: object, reason: str, accepted: str) -> None:
        self.argument = argument
        self.value = value
        self.reason = reason
        self.accepted = accepted
        # What the message has no room for is left out of the value first; of a string, such as a path, last.
        argument, reason = one_line(argument, 80), one_line(reason, 120)
        rest = f": {reason}; accepted: {accepted}"
        room = LONGEST_MESSAGE - len(f"{argument} = {rest}") if isinstance(value, str) else LONGEST_VALUE
        message = f"{argument} = {shorten(value, max(room, 40))}{rest}"
        super().__init__(message, self.argument, value, self.reason, accepted)


class DimensionMismatchError(InvalidArgumentError):
    """Two arguments live in spaces of different dimension.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> try:
    ...     gc.kl(gc.Gaussian(0, 1), gc.Gaussian([0, 0], [[1, 0], [0, 1]]))
    ... except gc.core.DimensionMismatchError as error:
    ...     print(error.reason)
    has dimension 2
    """


class UnknownNameError(InvalidArgumentError):
    """A name (theorem, method, preset, key) that does not exist.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> try:
    ...     gc.kl(gc.Gaussian(0, 1), gc.Gaussian(1, 1), method="guess")
    ... except gc.core.UnknownNameError as error:
    ...     print(error)
    method = 'guess': is not known; accepted: one of auto, closed-form, certified, quadrature, monte-carlo

    A name that is nearly right is told:

    >>> try:
    ...     gc.check("prop3.1", None)
    ... except gc.core.UnknownNameError as error:
    ...     print(error.reason)
    is not known; did you mean prop-3.1?
    """

    def __init__(self, argument: str, value: object, reason: str, accepted: str) -> None:
        super().__init__(argument, value, reason + _meant(value, reason, accepted), accepted)


def _meant(value: object, reason: str, accepted: str) -> str:
    """Return which of the accepted names a string is close to, as a question; empty where it is close to none."""
    if not isinstance(value, str) or "did you mean" in reason:
        return ""
    from difflib import get_close_matches

    names = {name.casefold(): name for name in accepted.replace("one of ", "").replace(", or ", ", ").split(", ")}
    close = get_close_matches(value[:LONGEST_VALUE].casefold(), names, 1, 0.7)
    return f"; did you mean {names[close[0]]}?" if close else ""


class UnknownStatisticError(UnknownNameError, AttributeError):
    """A statistic that nothing is known by: the message lists those that there are.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(1.0, 0.1), gc.AffineError(0, 0.5))
    >>> try:
    ...     process.statistics.KL
    ... except gc.core.UnknownStatisticError as error:
    ...     print(error.reason)
    is not known; did you mean kl?
    """

    longest = 3 * LONGEST_MESSAGE


class ScenarioError(InvalidArgumentError):
    """A scenario file with a mistake in it.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> issubclass(gc.core.ScenarioError, ValueError)
    True
    """


class StatementError(GaussCollapseError, ValueError):
    """A theorem whose statement cannot be evaluated: it raised, or a side was NaN.

    Parameters
    ----------
    theorem : str
        Id of the theorem.
    problem : str
        What went wrong.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> print(gc.core.StatementError("mine", "the left side is NaN"))
    theorem mine: the statement cannot be evaluated: the left side is NaN
    """

    def __init__(self, theorem: str, problem: str) -> None:
        self.theorem = theorem
        self.problem = problem
        super().__init__(f"theorem {theorem}: the statement cannot be evaluated: {problem}", theorem, problem)


class TheoremFileError(GaussCollapseError, ValueError):
    """A theorem file that cannot be used.

    Parameters
    ----------
    path : path-like
        The file.
    problem : str
        What is wrong with it.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> print(gc.core.TheoremFileError("mine.py", "states nothing"))
    theorem file mine.py: states nothing; accepted: a Python file with a gausscollapse statement
    """

    def __init__(self, path: object, problem: str) -> None:
        self.path = path
        self.problem = problem
        # The problem may be the message of an error in the file, which says what it accepts.
        accepted = "" if "; accepted: " in problem else "; accepted: a Python file with a gausscollapse statement"
        super().__init__(f"theorem file {path}: {problem}{accepted}", path, problem)


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

    Examples
    --------
    >>> import gausscollapse as gc
    >>> error = gc.core.EmptyFamilyError("mine", 40, "finite path energy")
    >>> error.theorem, error.tried, error.assumption
    ('mine', 40, 'finite path energy')
    """

    def __init__(self, theorem: str, tried: int, assumption: str) -> None:
        self.theorem = theorem
        self.tried = tried
        self.assumption = assumption
        message = (
            f"theorem {theorem}: none of {tried} instances meets its assumptions (most often '{assumption}' fails); "
            "accepted: assumptions that a family meets, or a larger budget"
        )
        super().__init__(message, theorem, tried, assumption)


class ComparisonError(GaussCollapseError, ValueError):
    """A comparison of numbers that are known to intervals which do not tell.

    Parameters
    ----------
    left, sign, right : str
        Both sides with their intervals, and the sign between them.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> try:
    ...     gc.Enclosure(2.0, 1.5, 2.5) <= 2.2
    ... except gc.core.ComparisonError as error:
    ...     print(error.left, error.sign, error.right)
    2.0 ± 0.5 <= 2.2
    """

    def __init__(self, left: str, sign: str, right: str) -> None:
        self.left = left
        self.sign = sign
        self.right = right
        message = (
            f"{left} {sign} {right} is not certain; accepted: certainly_above or certainly_at_most, which say no "
            "where it is not, or float(x) to compare estimates"
        )
        super().__init__(message, left, sign, right)


class MissingPackageError(GaussCollapseError, ImportError):
    """A package of an extra that is not installed.

    Parameters
    ----------
    package : str
        Name of the package.
    extra : str
        The extra that brings it.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> print(gc.core.MissingPackageError("xarray", "experiments"))
    xarray is not installed; try: python -m pip install ...
    """

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        message = f"{package} is not installed; try: {install_command(extra)}"
        super().__init__(message, package, extra)


def install_command(extra: str, package_folder: Path | None = None) -> str:
    """Return the command that adds an extra to this installation, whatever the folder that it is run in.

    Parameters
    ----------
    extra : str
        Name of the extra.
    package_folder : Path, optional
        Where the package is; by default where this file is.

    Returns
    -------
    str
        For a clone with the clone's own path, else by name.
    """
    clone = (package_folder or Path(__file__).resolve().parent.parent).parent
    if not (clone / "pyproject.toml").is_file():
        return f'python -m pip install "gausscollapse[{extra}]"'
    there = "." if clone == Path.cwd() else clone
    return f'python -m pip install -e "{there}[{extra}]"'


class SweepError(GaussCollapseError, RuntimeError):
    """A sweep that stopped: what is whole is kept, and starting again does the rest.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> issubclass(gc.core.SweepError, RuntimeError)
    True
    """


class NotSupportedError(GaussCollapseError, ValueError):
    """A well-formed question that this release has no exact answer to.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> try:
    ...     gc.wasserstein2(gc.GaussianMixture([0.5, 0.5], [0, 1], 1), gc.Gaussian(0, 1))
    ... except gc.core.NotSupportedError as error:
    ...     print(error)
    wasserstein2 has no closed form here: p has 2 component(s), q has 1; accepted: another method, or method='auto'
    """


class AbsentStatisticError(NotSupportedError):
    """A statistic that an implementation declares absent: what asks for it does not apply.

    Parameters
    ----------
    statistic : str
        Name of the statistic.
    reason : str
        Why this implementation cannot compute it.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> print(gc.core.AbsentStatisticError("path_chi2", "the grid has no paths"))
    path_chi2 is not computed: the grid has no paths
    """

    def __init__(self, statistic: str, reason: str) -> None:
        self.statistic = statistic
        self.reason = reason
        super().__init__(f"{statistic} is not computed: {reason}", statistic, reason)


class UndecidedError(NotSupportedError):
    """A question whose finiteness could not be decided, so that no number is given.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> issubclass(gc.core.UndecidedError, gc.core.NotSupportedError)
    True
    """


def one_line(text: str, limit: int = LONGEST_MESSAGE) -> str:
    """Return a text as one line that a terminal shows as it is: control characters escaped, the middle left out.

    Parameters
    ----------
    text : str
        Any text.
    limit : int
        Greatest length of the answer.

    Returns
    -------
    str
        Of printable characters; where it is cut, two thirds of it are the beginning.
    """
    # No more is looked at than can be shown: a text may be very long.
    seen = text if len(text) <= limit else text[:limit] + text[-limit:]
    plain = "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in seen)
    if len(text) <= limit and len(plain) <= limit:
        return plain
    tail = (limit - 3) // 3
    return f"{plain[: limit - 3 - tail]}...{plain[len(plain) - tail :]}"


def shorten(value: object, limit: int = LONGEST_VALUE) -> str:
    """Return a one-line representation of `value`, at most `limit` characters long.

    Parameters
    ----------
    value : object
        Anything, also what has no usable ``repr``: its type stands for it then.
    limit : int, optional
        Greatest length of the answer.

    Returns
    -------
    str
        The representation with white space folded.
    """
    if isinstance(value, str | bytes | list | tuple) and len(value) > 2 * limit:
        # More cannot be read, and its text may be gigabytes.
        ends: Any = value
        value = ends[:limit] + ends[-limit:]
    try:
        text = repr(value)
    except Exception:  # a foreign __repr__ may raise anything; Python itself refuses integers of 4300 digits
        digits = f" of {value.bit_length()} bits" if isinstance(value, int) else ""
        text = f"<{type(value).__name__}{digits}>"
    return one_line(" ".join(text.split()), limit)
