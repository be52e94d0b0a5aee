"""All theorems by id, and the check of one statement on one instance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from gausscollapse.checking.chapter import Chapter
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.evaluation import evaluate
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError, UnknownNameError
from gausscollapse.core.shelf import Shelf
from gausscollapse.core.validation import as_choice
from gausscollapse.core.verdict import Verdict

_THEOREMS: Shelf[Theorem] = Shelf()
_CHAPTERS: Shelf[Chapter] = Shelf()

registry: Mapping[str, Theorem] = MappingProxyType(_THEOREMS)


def chapters() -> Mapping[str, Chapter]:
    """Return the chapters by name."""
    return MappingProxyType(_CHAPTERS)


def add_chapter(name: str, load: Callable[[], Chapter]) -> None:
    """Make a chapter known by its name; it is loaded when a theorem speaks of it."""
    _CHAPTERS.put(name, load)


def register(identifier: str, load: Callable[[], Theorem]) -> None:
    """Add a theorem to the registry by its id; it is loaded when it is asked for."""
    if identifier in _THEOREMS:
        raise InvalidArgumentError("id", identifier, "is the id of another theorem", "an id of its own")
    _THEOREMS.put(identifier, load)


@checked
def find(theorem: str | Theorem) -> Theorem:
    """Return the theorem of an id; a theorem is passed through.

    Parameters
    ----------
    theorem : str or Theorem
        An id of the registry, or a theorem.

    Returns
    -------
    Theorem
        The theorem.

    Raises
    ------
    UnknownNameError
        If there is no such id; the message lists the known ones.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.theorems.find("thm-3.4").title
    'Energy and drift are of one order'
    """
    if isinstance(theorem, Theorem):
        return theorem
    if not registry:
        raise UnknownNameError(
            "theorem", theorem, "comes before any theorem is loaded", "import gausscollapse.theorems"
        )
    if theorem not in registry:
        raise UnknownNameError("theorem", theorem, "is not known", "one of " + ", ".join(registry))
    return registry[theorem]


def select(ids: Iterable[str]) -> list[Theorem]:
    """Return the theorems of some ids in the registry's order; all of them where there is no id.

    Parameters
    ----------
    ids : iterable of str
        Ids of the registry.

    Returns
    -------
    list of Theorem
        Each once.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> [theorem.id for theorem in gc.theorems.select(["sharp", "prop-3.3"])]
    ['prop-3.3', 'sharp']
    """
    wanted = {find(name).id for name in ids}
    return [registry[name] for name in registry if not wanted or name in wanted]


METHODS = ("auto", "certified")


@checked
def check(theorem: str | Theorem, instance: Any, *, method: str = "auto") -> Verdict:
    """Check a theorem on one instance.

    Parameters
    ----------
    theorem : str or Theorem
        An id of the registry, or a statement of your own.
    instance : object
        An instance of the theorem's chapter: for the single-generation bounds a `ReverseProcess`.
    method : {"auto", "certified"}
        How the statistics are computed: by the chapter's own method, or with proven bounds, so that the verdict is a
        theorem about the floats given. Certified are linear-Gaussian processes, and retraining over Gaussian data.

    Returns
    -------
    Verdict
        HOLDS, VIOLATED, INCONCLUSIVE or NOT_APPLICABLE, with both sides.

    Raises
    ------
    UnknownNameError
        If the id is not known.
    InvalidArgumentError
        If the theorem speaks of another kind of instance, or its instances cannot be certified.
    NotSupportedError
        If the statistics of this very instance cannot be certified: a mixture, or an error that is not affine.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.1))
    >>> verdict = gc.check("prop-3.1", process)
    >>> str(verdict.outcome), float(verdict.lhs) <= float(verdict.rhs)
    ('HOLDS', True)
    >>> gc.check("prop-3.1", process, method="certified").lhs.guarantee
    'certified'
    """
    statement = find(theorem)
    how = as_choice("method", method, METHODS)
    if not isinstance(instance, statement.chapter.accepts):
        accepted = f"a {statement.chapter.accepts.__name__}, of which {statement.id} speaks"
        raise InvalidArgumentError("instance", instance, f"is a {type(instance).__name__}", accepted)
    prepare = statement.chapter.prepare if how == "auto" else statement.chapter.certify
    if prepare is None:
        problem = f"is not there for {statement.chapter.name}, as {statement.chapter.uncertified}"
        raise InvalidArgumentError("method", how, problem, "auto")
    return evaluate(statement, prepare(instance)).verdict(0)
