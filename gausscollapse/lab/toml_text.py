"""Documents as TOML text: what scenario and sweep files are written in."""

from __future__ import annotations

import re

import tomli_w

from gausscollapse.core.arguments import checked
from gausscollapse.lab.reading import plain
from gausscollapse.lab.tables import Table


@checked
def to_toml(document: Table) -> str:
    """Return a document as TOML text; numbers are read back to the last bit.

    Parameters
    ----------
    document : mapping
        Tables, lists, numbers and words; numbers and arrays of NumPy too.

    Returns
    -------
    str
        Arrays are on one line each, lists of tables are ``[[tables]]``.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> print(gc.lab.to_toml({"data": {"mean": [0.1 + 0.2], "cov": [[float("inf")]]}}), end="")
    [data]
    mean = [0.30000000000000004]
    cov = [[inf]]
    """
    # So far indented that a list of tables does not fit on a line: it becomes [[tables]].
    text = tomli_w.dumps(plain(document), indent=100)
    # Arrays on one line. Line breaks of text are escaped, so that only those of arrays follow a bracket or a comma.
    return re.sub(r",\n *", ", ", re.sub(r"(?<=\[)\n *|,\n *(?=\])", "", text))
