"""Statements of your own: a function of the statistics, a kind, a name; and files that hold them."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gausscollapse.checking import assumptions as assumptions_
from gausscollapse.checking.registry import registry
from gausscollapse.checking.statement import IDENTITY, LOWER, UPPER, Assumption, Chapter, Comparison, Control, Theorem
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError, TheoremFileError, UnknownNameError
from gausscollapse.core.validation import as_choice

KINDS = (UPPER, LOWER, IDENTITY)
SCALE = "right side"
# The control that every statement gets: the right side multiplied by what no statement survives.
SPOILT = {UPPER: 0.0, LOWER: 1e6, IDENTITY: 1.01}
ASSUMPTIONS: Mapping[str, Assumption] = {
    "matched start": assumptions_.MATCHED,
    "finite learned energy": assumptions_.FINITE_ENERGY,
    "finite path chi2": assumptions_.FINITE_PATH,
    "positive observability": assumptions_.OBSERVABLE,
    "at least two dimensions": assumptions_.PLANE,
}
Sides = tuple[Enclosure, Enclosure]


def chapters() -> Mapping[str, Chapter]:
    """Return the chapters of the registry by name."""
    return {theorem.chapter.name: theorem.chapter for theorem in registry.values()}


def increasing(function: Callable[[Any], Any], x: Enclosure) -> Enclosure:
    """Return an increasing function of an enclosure, its ends moved outwards by four units in the last place.

    Parameters
    ----------
    function : callable
        Increasing, from array to array, accurate to four units in the last place: ``np.exp``, ``np.log1p``, ...
    x : Enclosure
        Where to evaluate it.

    Returns
    -------
    Enclosure
        With the guarantee of `x`.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        low, value, high = (np.asarray(function(np.asarray(end))) for end in (x.lower, x.value, x.upper))
        low, high = low - 4.0 * np.spacing(np.abs(low)), high + 4.0 * np.spacing(np.abs(high))
    low, high = np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)
    return Enclosure(np.clip(value, low, high), low, high, x.method, x.guarantee)


def _side(name: str, value: Any, size: int) -> Enclosure:
    if isinstance(value, Enclosure):
        return value if value.shape else Enclosure.exact(np.full(size, float(value)))
    if np.ndim(value) == 0:
        return Enclosure.exact(np.full(size, float(value)))
    raise InvalidArgumentError(
        name, value, "is a plain array, which has no interval",
        "an Enclosure (its arithmetic, .sqrt(), abs(), increasing(f, x)) or one number",
    )  # fmt: skip


def _comparisons(identifier: str, kind: str, result: Any, size: int, scale: float) -> Sequence[Comparison]:
    if isinstance(result, Comparison):
        result = [result]
    if isinstance(result, list) and result and all(isinstance(item, Comparison) for item in result):
        return [
            Comparison(item.name, item.kind, item.lhs, scale * item.rhs, item.scale, item.applies) for item in result
        ]
    if not (isinstance(result, tuple) and len(result) == 2):
        raise InvalidArgumentError(
            identifier, result, "is not what a statement returns", "a pair (lhs, rhs), or a list of Comparison"
        )
    lhs, rhs = _side("lhs", result[0], size), _side("rhs", result[1], size)
    return [Comparison(identifier, kind, lhs, scale * rhs)]


def _constants(function: Callable[..., Any]) -> dict[str, float]:
    """Return the default values of a function's arguments after the first: the statement's constants."""
    found = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if isinstance(parameter.default, bool) or not isinstance(parameter.default, int | float):
            raise InvalidArgumentError(
                "function", parameter.name, "has no number as its default", "constants with numbers as defaults"
            )
        found[parameter.name] = float(parameter.default)
    return found


def statement(
    *,
    kind: str,
    name: str | None = None,
    chapter: str = "single generation",
    assumptions: Sequence[str | Assumption] | None = None,
    controls: Mapping[str, float] | None = None,
    title: str = "",
    words: str = "",
    latex: str = "",
    source: str = "yours",
) -> Callable[[Callable[..., Any]], Theorem]:
    """Turn a function of the statistics into a theorem that `check`, `falsify` and ``verify`` accept.

    Parameters
    ----------
    kind : {"upper", "lower", "identity"}
        Whether the function's pair means lhs <= rhs, lhs >= rhs or lhs = rhs.
    name : str, optional
        Id of the theorem; by default the function's name with dashes.
    chapter : str
        The kind of instance: "single generation" (statistics: `LinearStatistics`) or another chapter's name.
    assumptions : sequence of str or Assumption, optional
        Names of `ASSUMPTIONS`, or your own. By default, in the single-generation chapter, a matched start and a
        finite learned energy.
    controls : mapping, optional
        For constants: a value that makes the statement false. It also tells the direction in which the search
        strengthens the constant.
    title, words, latex, source : str, optional
        For the reader.

    Returns
    -------
    callable
        A decorator: from ``f(statistics, constant=value, ...) -> (lhs, rhs)`` to a `Theorem`.

    Raises
    ------
    InvalidArgumentError, UnknownNameError
        If the kind, the chapter, an assumption or a control is not known, or a constant has no number as its default.

    Notes
    -----
    Sides are enclosures of shape (B,): build them with the arithmetic of `Enclosure`, so that a verdict stays
    certain. Every statement gets the constant "right side", 1, which multiplies its right side, and the control that
    spoils it.
    """
    kind = as_choice("kind", kind, KINDS)
    known = chapters()
    if chapter not in known:
        raise UnknownNameError("chapter", chapter, "is not known", "one of " + ", ".join(known))
    if assumptions is None:
        assumptions = ("matched start", "finite learned energy") if chapter == "single generation" else ()
    conditions = []
    for entry in assumptions:
        if not isinstance(entry, Assumption) and entry not in ASSUMPTIONS:
            raise UnknownNameError("assumptions", entry, "is not known", "one of " + ", ".join(ASSUMPTIONS))
        conditions.append(entry if isinstance(entry, Assumption) else ASSUMPTIONS[entry])

    def wrapped(function: Callable[..., Any]) -> Theorem:
        identifier = name or function.__name__.replace("_", "-")
        constants = _constants(function)

        def compare(statistics: Any, values: Mapping[str, float]) -> Sequence[Comparison]:
            own = {key: values[key] for key in constants}
            return _comparisons(identifier, kind, function(statistics, **own), statistics.size, values[SCALE])

        spoilt = [Control(f"right side times {SPOILT[kind]:g}", {SCALE: SPOILT[kind]})]
        for key, value in (controls or {}).items():
            if key not in constants:
                raise UnknownNameError("controls", key, f"is no constant of {identifier}", ", ".join(constants))
            spoilt.insert(0, Control(f"{key} = {constants[key]:g} replaced by {value:g}", {key: float(value)}))
        text = words or inspect.getdoc(function) or identifier
        return Theorem(
            id=identifier, title=title or identifier, words=text, latex=latex, source=source, kind=kind,
            chapter=known[chapter], statement=compare, constants={**constants, SCALE: 1.0},
            assumptions=tuple(conditions), controls=tuple(spoilt),
        )  # fmt: skip

    return wrapped


def load(path: Path) -> list[Theorem]:
    """Run a Python file and return the theorems that it defines, in the order of their definition.

    This runs the file's code with all the rights of this process: load only files that you trust.

    Parameters
    ----------
    path : Path
        A Python file.

    Returns
    -------
    list of Theorem
        Those that are bound to names of the module and are not the registry's.

    Raises
    ------
    TheoremFileError
        If the file cannot be read, is no Python, raises, or has no theorem in it, or takes an id of the registry.
    """
    if not path.is_file():
        raise TheoremFileError(path, "cannot be read: there is no such file")
    name = f"gausscollapse_user_theorem_{abs(hash(path.resolve())):x}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TheoremFileError(path, "is not a Python file (.py)")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as problem:
        raise TheoremFileError(path, f"line {problem.lineno}: syntax error: {problem.msg}") from problem
    except Exception as problem:
        frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == str(path)]
        where = f"line {frames[-1].lineno}: " if frames else ""
        raise TheoremFileError(path, f"{where}{type(problem).__name__}: {problem}") from problem
    finally:
        sys.modules.pop(name, None)
    theirs = [value for value in vars(module).values() if isinstance(value, Theorem)]
    theirs = list({id(value): value for value in theirs if value not in list(registry.values())}.values())
    if not theirs:
        raise TheoremFileError(path, "has no theorem in it")
    for theorem in theirs:
        if theorem.id in registry:
            raise TheoremFileError(path, f"theorem {theorem.id}: this id is the registry's; choose another name")
    return theirs
