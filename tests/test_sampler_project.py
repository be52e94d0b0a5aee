"""The example project passes, and each of three planted faults is caught by a test of it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent / "examples" / "sampler_project"

# What is planted: the words that are replaced, what replaces them, and the tests that fail.
FAULTS = {
    "a sigma of the wrong index": (
        "noise=sigmas[k], kind",
        "noise=sigmas[k + 1], kind",
        {"test_it_is_close_at_a_hundred_steps", "test_it_is_of_second_order", "test_its_last_step_is_right"},
    ),
    "a square root left out": (
        "np.sqrt(share)",
        "share",
        {"test_it_is_close_at_a_hundred_steps", "test_it_is_of_second_order", "test_its_last_step_is_right"},
    ),
    "no noise in the last step": (
        "        x += sigmas[k + 1]",
        "        x += (k < steps - 2) * sigmas[k + 1]",
        {"test_its_last_step_is_right"},
    ),
}


def failures(folder):
    """Return the tests of a project that fail."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rf", "."],
        capture_output=True, text=True, cwd=folder, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return {line.split("::")[1].split(" ")[0] for line in done.stdout.splitlines() if line.startswith("FAILED")}


@pytest.fixture
def project(tmp_path):
    return Path(shutil.copytree(PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__")))


def test_the_project_passes(project):
    assert failures(project) == set()


# The last step fails one test and no other; the others, which fail the same tests, are with the slow tests.
@pytest.mark.parametrize(
    "fault",
    [pytest.param(name, marks=() if name == "no noise in the last step" else pytest.mark.slow) for name in FAULTS],
)
def test_a_planted_fault_is_caught(project, fault):
    old, new, caught = FAULTS[fault]
    path = project / "my_sampler.py"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert failures(project) == caught
