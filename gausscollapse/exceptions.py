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


class NotSupportedError(GaussCollapseError, ValueError):
    """A well-formed question that this release has no exact answer to."""


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
