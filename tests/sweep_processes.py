"""Sweeps in processes of their own, for tests that kill them."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0


def start(*arguments, output=subprocess.PIPE, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        env=environment, cwd=ROOT, stdout=output, stderr=output, text=True, **options,
    )  # fmt: skip


def finished(process):
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    return output


def wait_for(condition, process):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def whole_cells(out):
    return len(list((out / "cells").glob("*.cell"))) if (out / "cells").exists() else 0
