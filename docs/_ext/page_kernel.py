"""What a kernel that runs the site's pages does first; `conf.py` names this file to it.

Commands are told of no terminal, and print all at once: what comes in parts is joined with line breaks on the page,
which cuts a row of a table where a part ends.
"""

from __future__ import annotations

import builtins
import os
import subprocess
import sys


def shell_cell(_line: str, cell: str) -> None:
    """Run a cell in a shell, print what it said when it has ended, and fail where it failed."""
    done = subprocess.run(["sh", "-c", cell], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    sys.stdout.write(done.stdout)
    if done.returncode:
        raise RuntimeError(f"exit status {done.returncode} of: {cell.strip()}")


# A notebook asks commands for colours, which a page does not show.
os.environ.pop("FORCE_COLOR", None)

# A test reads this file outside a kernel.
if hasattr(builtins, "get_ipython"):
    builtins.get_ipython().register_magic_function(shell_cell, "cell", "sh")
