"""A progress bar is for a person at a terminal: elsewhere nothing of it is printed."""

import os
import subprocess
import sys

import pytest

SHOW = """
import time
from gausscollapse.app.progress import progress_bar
with progress_bar(delay=0.0) as move:
    for k in range(5):
        move("half way", k / 4)
        time.sleep(0.05)
"""


@pytest.mark.parametrize("force", [{}, {"FORCE_COLOR": "1"}, {"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"}])
def test_nothing_is_printed_on_a_pipe(force):
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | force
    done = subprocess.run([sys.executable, "-c", SHOW], env=environment, capture_output=True, check=True)
    assert done.stdout == done.stderr == b""


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_bar_is_printed_on_a_terminal():
    import pty

    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    done = subprocess.run([sys.executable, "-c", SHOW], env=environment, stdout=subprocess.PIPE, stderr=theirs)
    printed = os.read(ours, 65536)
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 0
    assert b"half way" in printed
