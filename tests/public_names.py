"""The public names with the first line of what each says of itself: the docstring of the package.

``python -m tests.public_names`` writes it anew.
"""

import importlib
import inspect
import re
from pathlib import Path
from textwrap import wrap

import gausscollapse as gc

FILE = Path(gc.__file__)
HEADS = ("Rooms", "Classes", "Functions")


def summary(name):
    """Return the first sentence of a name's docstring."""
    item = getattr(gc, name)
    text = (item.__doc__ if inspect.ismodule(item) else inspect.getdoc(item)) or ""
    return re.sub(r"\s+", " ", text.split("\n\n")[0]).strip()


def head(name):
    """Return under which heading a name stands."""
    item = getattr(gc, name)
    return HEADS[0] if inspect.ismodule(item) else HEADS[1] if inspect.isclass(item) else HEADS[2]


def listing():
    """Return the lists of public names."""
    lines = []
    for title in HEADS:
        lines += ["", f"{title}:", ""]
        for name in sorted(gc.__all__, key=str.casefold):
            if name != "__version__" and head(name) == title:
                lines += wrap(f"{name}: {summary(name)}", 112, initial_indent="  ", subsequent_indent="      ")
    return "\n".join(lines) + "\n"


def document():
    """Return the docstring of the package: what is written by hand, then the lists."""
    return gc.__doc__.split(f"\n{HEADS[0]}:\n")[0].rstrip("\n") + "\n" + listing()


if __name__ == "__main__":
    importlib.invalidate_caches()
    text = FILE.read_text(encoding="utf-8")
    rest = text.split('"""', 2)[2]
    FILE.write_text(f'"""{document()}"""{rest}', encoding="utf-8")
