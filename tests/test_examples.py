"""Each example runs as a reader would run it, and prints no number that is not one."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.extras import extra

EXAMPLES = sorted((Path(__file__).resolve().parent.parent / "examples").glob("[0-9]*.py"))


# The gallery runs all of them too.
QUICK = {"01_one_generation"}


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=() if path.stem in QUICK else pytest.mark.slow, id=path.stem) for path in EXAMPLES],
)
def test_example_runs(path, tmp_path):
    if "_torch_" in path.stem:
        extra("torch", "torch")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert "nan" not in done.stdout.lower().replace("gaussian", "")
