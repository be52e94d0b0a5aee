"""How an object shows itself: one short line on a terminal, one small table in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from html import escape
from types import FunctionType
from typing import Any, TypeAlias

import numpy as np

from gausscollapse.core.exceptions import shorten

Facts: TypeAlias = Sequence[tuple[str, object]]

# Numbers of an array that are printed, characters of any other value.
MOST_NUMBERS, MOST_TEXT = 9, 160


class Presented:
    """What shows its fields in brief; `facts` says what else a notebook shows.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> gc.AffineError(np.zeros((4, 4)), np.zeros(4))
    AffineError(matrix=array (4, 4), offset=[0.0, 0.0, 0.0, 0.0])
    >>> print(gc.OrnsteinUhlenbeck(4.0, 0.02)._repr_html_()[:38])
    <table><caption>OrnsteinUhlenbeck</cap
    """

    __slots__ = ()

    def facts(self) -> Facts:
        """Return pairs of a name and a value: what a notebook shows; by default the fields."""
        return shown_fields(self)

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={brief(value)}" for name, value in shown_fields(self))
        return f"{type(self).__name__}({inside})"

    def _repr_html_(self) -> str:
        return card(type(self).__name__, self.facts())


def shown_fields(item: Any) -> Facts:
    """Return the public fields of a dataclass that say something: neither None nor an empty sequence."""
    if not is_dataclass(item):
        return ()
    named = ((entry.name, getattr(item, entry.name)) for entry in fields(item) if not entry.name.startswith("_"))
    return tuple(
        (name, value) for name, value in named if not (value is None or (isinstance(value, tuple) and not value))
    )


def brief(value: object) -> str:
    """Return a value in one short line: arrays of more than a few numbers by their shape, long values by their kind.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    str
        Its ``repr``, where that is short.
    """
    if isinstance(value, np.ndarray):
        return str(value.tolist()) if value.size <= MOST_NUMBERS else f"array {value.shape}"
    if isinstance(value, Mapping | list | tuple) and len(value) > MOST_NUMBERS:
        return f"{len(value)} entries"
    if isinstance(value, list | tuple) and value and all(isinstance(item, Presented) for item in value):
        return f"{len(value)} of {type(value[0]).__name__}" if len(value) > 1 else f"({value[0]!r},)"
    if isinstance(value, FunctionType):
        return value.__name__
    text = shorten(value, 2 * MOST_TEXT)
    return text if len(text) <= MOST_TEXT else f"{type(value).__name__}(...)"


def card(title: str, facts: Facts) -> str:
    """Return a small table of HTML; names and values are escaped.

    Parameters
    ----------
    title : str
        Its caption.
    facts : sequence of pairs
        A name and a value a row; text stands as it is, all else as `brief` has it.

    Returns
    -------
    str
        One element without scripts, styles or links.
    """
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value if isinstance(value, str) else brief(value))}</td></tr>"
        for name, value in facts
    )
    return f"<table><caption>{escape(title)}</caption><tbody>{rows}</tbody></table>"


def sheet(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table of HTML with headings; everything is escaped."""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
