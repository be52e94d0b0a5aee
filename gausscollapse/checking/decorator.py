"""The decorator that makes a theorem of a function, for the house and for users alike."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any

import numpy as np

from gausscollapse.checking.assumptions import ASSUMPTIONS
from gausscollapse.checking.comparison import IDENTITY, LIMIT, LOWER, TWO_SIDED, UPPER, Comparison
from gausscollapse.checking.definition import Assumption, Control, Theorem
from gausscollapse.checking.registry import chapters
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError, UnknownNameError
from gausscollapse.core.validation import as_choice, as_number
from gausscollapse.core.verdict import Outcome

SINGLE_GENERATION = "single generation"
KINDS = (UPPER, LOWER, TWO_SIDED, IDENTITY, LIMIT)
SCALE = "right side"
# What sides that are returned get as a control: the right side multiplied by what no statement survives.
SPOILT = {UPPER: 0.0, LOWER: 1e6, IDENTITY: 1.01}

Function = Callable[..., Any]


def _side(name: str, value: Any, size: int) -> Enclosure:
    if isinstance(value, Enclosure):
        return value if value.shape else Enclosure.exact(np.full(size, float(value)))
    if np.ndim(value) == 0:
        return Enclosure.exact(np.full(size, float(value)))
    raise InvalidArgumentError(
        name, value, "is a plain array, which has no interval",
        "an Enclosure (its arithmetic, .sqrt(), abs(), increasing(f, x)) or one number",
    )  # fmt: skip


def _comparisons(identifier: str, kind: str, result: Any, size: int, factor: float) -> Sequence[Comparison]:
    if isinstance(result, Comparison):
        result = [result]
    if isinstance(result, list) and result and all(isinstance(item, Comparison) for item in result):
        return [
            Comparison(item.name, item.kind, item.lhs, factor * item.rhs, item.scale, item.applies) for item in result
        ]
    if not (isinstance(result, tuple) and len(result) == 2):
        raise InvalidArgumentError(
            identifier, result, "is not what a statement returns", "a pair (lhs, rhs), or a list of Comparison"
        )
    lhs, rhs = _side("lhs", result[0], size), _side("rhs", result[1], size)
    return [Comparison(identifier, kind, lhs, factor * rhs)]


def _identifier(name: object) -> str:
    """Return an id, refused where it could not name a file."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", name):
        raise InvalidArgumentError("name", name, "cannot name a file", "letters, digits, dots, dashes, at most 80")
    return name


def _constants(function: Function) -> dict[str, float]:
    """Return the default values of a function's arguments after the first: the statement's constants."""
    found = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if isinstance(parameter.default, bool) or not isinstance(parameter.default, int | float):
            raise InvalidArgumentError(
                "function", parameter.name, "has no number as its default", "constants with numbers as defaults"
            )
        found[parameter.name] = float(parameter.default)
    return found


def _controls(
    identifier: str, constants: Mapping[str, float], spoilt: Mapping[str, float | Sequence[float]]
) -> list[Control]:
    """Return one control a spoilt value."""
    found = []
    if not isinstance(spoilt, Mapping):
        raise InvalidArgumentError("controls", spoilt, "is not a mapping", "values by the names of constants")
    for key, values in spoilt.items():
        if key not in constants:
            raise UnknownNameError("controls", key, f"is no constant of {identifier}", ", ".join(constants))
        for entry in values if isinstance(values, list | tuple) else (values,):
            value = as_number(f"controls[{key}]", entry)
            found.append(Control(f"{key} = {constants[key]:g} replaced by {value:g}", {key: value}))
    return found


def _conditions(entries: Sequence[str | Assumption]) -> tuple[Assumption, ...]:
    if not isinstance(entries, list | tuple):
        raise InvalidArgumentError("assumes", entries, "is not a sequence", "names of assumptions, or your own")
    for entry in entries:
        if not isinstance(entry, Assumption):
            as_choice("assumes", entry, tuple(ASSUMPTIONS))
    return tuple(entry if isinstance(entry, Assumption) else ASSUMPTIONS[entry] for entry in entries)


def _scaled(function: Function, identifier: str, kind: str) -> Callable[..., Iterable[Comparison]]:
    """Return the statement of a function that returns its sides: the right one times the constant `SCALE`."""
    if kind not in SPOILT:
        raise InvalidArgumentError(
            "kind", kind, "does not say how the two sides returned compare",
            "upper, lower or identity, or a function that yields at_least(...), at_most(...), tends_to(...)",
        )  # fmt: skip

    @wraps(function)
    def compare(statistics: Any, **values: float) -> Sequence[Comparison]:
        factor = values.pop(SCALE)
        return _comparisons(identifier, kind, function(statistics, **values), statistics.size, factor)

    return compare


def statement(
    name: str | None = None,
    *,
    kind: str,
    chapter: str = SINGLE_GENERATION,
    assumes: Sequence[str | Assumption] | None = None,
    controls: Mapping[str, float | Sequence[float]] | None = None,
    latex: str = "",
    source: str = "yours",
    expected: Outcome = Outcome.HOLDS,
    boxes: Sequence[str] = (),
) -> Callable[[Function], Theorem]:
    """Turn a function of the statistics into a theorem that `check`, `falsify` and ``verify`` accept.

    Parameters
    ----------
    name : str, optional
        Id of the theorem; by default the function's name with dashes.
    kind : {"upper", "lower", "two-sided", "identity", "limit"}
        For a function that returns its two sides: lhs <= rhs, lhs >= rhs or lhs = rhs (``"identity"``).
    chapter : str
        The kind of instance: "single generation" (statistics: the protocol `Statistics`) or another chapter's name.
    assumes : sequence of str or Assumption, optional
        Names of `ASSUMPTIONS`, or your own. By default, for a single generation, a matched start and a finite
        learned energy.
    controls : mapping, optional
        For constants: a value (or several) that makes the statement false. It also tells the direction in which the
        search strengthens the constant.
    latex, source : str, optional
        For the reader: the formula, and where it comes from.
    expected : Outcome
        VIOLATED for a statement that is kept because it is refuted.
    boxes : sequence of str
        Families on which `prove_on_box` proves the first comparison.

    Returns
    -------
    callable
        A decorator: from ``f(statistics, constant=value, ...)`` to a `Theorem`. The function returns two sides, or
        yields comparisons made by `at_most`, `at_least`, `equal`. The first line of its docstring is the title, the
        rest the statement in words.

    Raises
    ------
    InvalidArgumentError, UnknownNameError
        If the kind, the chapter, an assumption or a control is not known, or a constant has no number as its default.

    Notes
    -----
    Sides are enclosures of shape (B,): build them with the arithmetic of `Enclosure`, so that a verdict stays
    certain. Sides that are returned get the constant "right side", 1, which multiplies the right one, and the
    control that spoils it.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> @gc.statement(kind="upper", controls={"factor": 0.25})
    ... def my_bound(s, factor=0.5):
    ...     '''KL is at most half the learned energy.'''
    ...     return s.kl, factor * s.learned_energy
    >>> gc.check(my_bound, gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.1))).holds
    True
    """
    kind, known = as_choice("kind", kind, KINDS), chapters()
    chapter = as_choice("chapter", chapter, tuple(known))
    if assumes is None:
        assumes = ("matched start", "finite learned energy") if chapter == SINGLE_GENERATION else ()
    conditions = _conditions(assumes)

    def wrapped(function: Function) -> Theorem:
        named = name if name is None or isinstance(name, str) else _identifier(name)
        identifier = _identifier(named or function.__name__.strip("_").replace("_", "-"))
        constants = _constants(function)
        spoilt = _controls(identifier, constants, {} if controls is None else controls)
        compare: Callable[..., Iterable[Comparison]] = function
        if not inspect.isgeneratorfunction(function):
            compare = _scaled(function, identifier, kind)
            constants[SCALE] = 1.0
            spoilt.append(Control(f"right side times {SPOILT[kind]:g}", {SCALE: SPOILT[kind]}))
        title, _, words = (inspect.getdoc(function) or identifier).partition("\n\n")
        return Theorem(
            id=identifier, title=title.removesuffix("."), words=re.sub(r"\s+", " ", words) or title, latex=latex,
            source=source, kind=kind, chapter=known[chapter], statement=compare, constants=constants,
            assumptions=conditions, controls=tuple(spoilt), expected=expected, boxes=tuple(boxes),
        )  # fmt: skip

    return wrapped


theorem = statement
