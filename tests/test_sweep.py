"""Sweeps on Dask: kills, restarts and schedulers change no byte; failures are one line and lose nothing whole."""

import errno
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import dask
import distributed  # noqa: F401
import numba
import pytest

from gausscollapse.app import cli, figures
from gausscollapse.core.exceptions import InvalidArgumentError, SweepError
from gausscollapse.lab import sweep_store, workers
from gausscollapse.lab.cells import Cell
from gausscollapse.lab.sweep import batches, run_sweep
from tests.sweep_processes import PATIENCE, finished, start, wait_for, whole_cells
from tests.sweep_tools import contents, document, run_here, walk_sweep

RESULTS = "results.zarr"

pytestmark = pytest.mark.xdist_group("sweep")


def daemon(*arguments):
    """Start a module that nobody listens to."""
    return start("-m", *arguments, output=subprocess.DEVNULL)


def driver(file, out, *options, **more):
    return start("-m", "tests.sweep_experiments", file, out, *options, **more)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a sweep file."""

    def write(settings="", **options):
        (tmp_path / "walk.toml").write_text(document(settings, **options), encoding="utf-8")
        return tmp_path / "walk.toml"

    return write


@pytest.mark.slow
def test_a_sweep_killed_three_times_ends_with_the_same_bytes(tmp_path, written):
    settings = "sleep = 0.04"
    file, out = written(settings, runs=16), tmp_path / "killed"
    finished(driver(file, tmp_path / "whole", "--workers", 1))
    for kill in range(3):
        had = whole_cells(out)
        process = driver(file, out, "--workers", 1)
        wait_for(lambda had=had: whole_cells(out) > had, process)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGKILL
        assert had < whole_cells(out) < 48, f"kill {kill} came too late to show anything"
        assert not (out / RESULTS).exists()
    finished(driver(file, out, "--workers", 1))
    assert contents(out) == contents(tmp_path / "whole")
    # And they are the bytes of a plain loop in this process.
    run_here(walk_sweep(settings, runs=16), tmp_path / "loop")
    assert contents(out) == contents(tmp_path / "loop")


@pytest.mark.slow
def test_a_killed_workers_cells_are_done_again(tmp_path, written):
    mark = tmp_path / "killed-once"
    settings = f"kill_worker_once = {json.dumps(str(mark))}\nkill_at = 0.5"
    finished(driver(written(settings, runs=8), tmp_path / "out", "--workers", 2))
    assert mark.exists()
    run_here(walk_sweep(settings, runs=8), tmp_path / "loop")
    assert contents(tmp_path / "out") == contents(tmp_path / "loop")


@pytest.mark.slow
def test_workers_keep_the_memory_that_they_free():
    """Dask's own setting makes every larger array a call to the system, and training twice as long."""
    with workers.connected(None, 1, lambda *_: None) as client:
        told = [
            client.submit(os.environ.get, name).result() for name in ("MALLOC_TRIM_THRESHOLD_", "OMP_NUM_THREADS")
        ]
    assert told == [None, "1"]
    # The control: it would have been there, and outside it is as it was.
    assert "MALLOC_TRIM_THRESHOLD_" in dask.config.get(workers.BEFORE_START)


@pytest.mark.slow
def test_a_sweep_leaves_the_environment_as_it_was(monkeypatch):
    """Dask leaves the variables of its workers behind, and Numba then refused to compile anything more here."""
    monkeypatch.delenv("BLIS_NUM_THREADS", raising=False)
    before = dict(os.environ)
    numba.get_num_threads()
    with workers.connected(None, 1, lambda *_: None) as client:
        # The control: here they are while the workers run.
        assert os.environ["BLIS_NUM_THREADS"] == "1"
        assert numba.njit(lambda x: x + 1)(1) == 2
        assert client.submit(numba.get_num_threads).result() == 1
    assert dict(os.environ) == before


@pytest.mark.slow
def test_a_scheduler_elsewhere_gives_the_same_bytes(tmp_path, written):
    file, place = written("sleep = 0.01"), tmp_path / "scheduler.json"
    scheduler = daemon("dask", "scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard",
                      "--scheduler-file", place)  # fmt: skip
    started = [scheduler]
    try:
        wait_for(lambda: place.exists() and place.read_text(encoding="utf-8").endswith("}"), scheduler)
        address = json.loads(place.read_text(encoding="utf-8"))["address"]
        assert address.startswith("tcp://127.0.0.1:")
        # The worker has a folder of its own: it never sees that of the results.
        worker = daemon("dask", "worker", address, "--nthreads", 1, "--no-dashboard",
                       "--local-directory", tmp_path / "elsewhere")  # fmt: skip
        started.append(worker)
        finished(driver(file, tmp_path / "there", "--scheduler", address))
        finished(driver(file, tmp_path / "here", "--workers", 2))
        assert contents(tmp_path / "there") == contents(tmp_path / "here")
        # A worker is no scheduler.
        port = free_port()
        second = daemon("dask", "worker", address, "--no-nanny", "--worker-port", port, "--no-dashboard")
        started.append(second)
        wait_for(lambda: listens(port), second)
        with pytest.raises(SweepError, match=r"no Dask scheduler answers .*\(a Worker does\)"):
            run_sweep(walk_sweep(), tmp_path / "nowhere", scheduler=f"tcp://127.0.0.1:{port}")
        # A scheduler that dies under way: what is whole is kept.
        slow = driver(written("sleep = 0.2"), tmp_path / "cut", "--scheduler", address)
        wait_for(lambda: whole_cells(tmp_path / "cut") > 0, slow)
        scheduler.kill()
        _, errors = slow.communicate(timeout=PATIENCE)
        last = errors.strip().splitlines()[-1]
        assert "the scheduler went away" in last
        assert f"{whole_cells(tmp_path / 'cut')} of 12 cells are whole and kept" in last
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(timeout=PATIENCE)


@pytest.mark.slow
def test_a_full_disk_stops_the_sweep_and_keeps_whole_cells(tmp_path, monkeypatch):
    sweep, written_so_far = walk_sweep(), []
    put = sweep_store.write_whole

    def nearly_full(path, content, **options):
        if path.suffix == ".cell":
            written_so_far.append(path)
            if len(written_so_far) > 5:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        put(path, content, **options)

    monkeypatch.setattr(sweep_store, "write_whole", nearly_full)
    with pytest.raises(
        SweepError, match=r"^No space left on device: 5 of 12 cells are whole and kept in .*"
    ) as caught:
        run_sweep(sweep, tmp_path / "out", workers=1)
    assert "\n" not in str(caught.value)
    assert whole_cells(tmp_path / "out") == 5
    assert not (tmp_path / "out" / RESULTS).exists()
    monkeypatch.undo()
    stages = []
    run_sweep(sweep, tmp_path / "out", workers=2, progress=lambda stage, share: stages.append((stage, share)))
    run_here(sweep, tmp_path / "loop")
    assert contents(tmp_path / "out") == contents(tmp_path / "loop")
    shares = [share for stage, share in stages if stage.startswith("cell")]
    assert shares == sorted(shares)
    assert 5 / 12 < shares[0] <= shares[-1] == pytest.approx(1.0)


def test_failed_cells_do_not_take_others_with_them(tmp_path):
    sweep = walk_sweep("fail_at = 0.5")
    message = (
        r"^the cell fresh = 0.5, run 0 failed: ZeroDivisionError: as the test wants it and 3 more \(see .*: 8 of"
    )
    with pytest.raises(SweepError, match=message):
        run_sweep(sweep, tmp_path / "out", workers=1)
    assert whole_cells(tmp_path / "out") == 8
    assert "Traceback" in (tmp_path / "out" / "errors.txt").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_disk_that_fills_while_results_are_assembled_loses_no_cell(tmp_path, written):
    file = written("samples = 2")
    largest = 100_000

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    # Pictures of all cells in one chunk are larger, single cells are not.
    process = driver(written("samples = 2"), tmp_path / "out", "--workers", 1, preexec_fn=small_files)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "12 of 12 cells are whole and kept" in errors.strip().splitlines()[-1]
    assert not (tmp_path / "out" / RESULTS).exists()
    finished(driver(file, tmp_path / "out", "--workers", 1))
    run_here(walk_sweep("samples = 2"), tmp_path / "loop")
    assert contents(tmp_path / "out") == contents(tmp_path / "loop")


@pytest.mark.parametrize("silent", [False, True])
def test_a_scheduler_that_does_not_answer_is_an_error_within_ten_seconds(tmp_path, monkeypatch, silent):
    # Asked with a deadline, then connected with one: together they must stay under ten seconds.
    assert 2.0 * workers.CONNECT_SECONDS <= 10.0
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 0.5)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if silent:
            listener.listen(5)
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(SweepError, match=rf"^scheduler = '{address}': no Dask scheduler answers within 0.5 s"):
            run_sweep(walk_sweep(), tmp_path / "out", scheduler=address)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["localhost:8786", "tcp://localhost", "http://localhost:80", "", "tcp://a b:1"])
def test_addresses_are_checked(tmp_path, address):
    with pytest.raises(InvalidArgumentError, match=r"is no address; accepted: tcp://HOST:PORT"):
        run_sweep(walk_sweep(), tmp_path / "out", scheduler=address)


def cell(seconds, i):
    return Cell((i,), {}, i, {}, seconds)


@pytest.mark.parametrize(("seconds", "count", "workers", "size"), [
    (0.001, 1000, 2, 64), (0.001, 40, 2, 5), (0.2, 100, 2, 2), (5.0, 10, 2, 1), (0.001, 3, 8, 1),
])  # fmt: skip
def test_batches_hold_every_cell_once_and_about_half_a_second(seconds, count, workers, size):
    given = [cell(seconds, i) for i in range(count)]
    found = batches(given, workers)
    assert [item for batch in found for item in batch] == given
    assert max(map(len, found)) == size


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Return a function that runs the command line in this process, in an empty folder: status, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["gausscollapse", *(str(argument) for argument in arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        output = capsys.readouterr()
        return exit_.value.code, output.out, output.err

    return call


def test_the_commands_sweep_and_plot(run, tmp_path, monkeypatch):
    monkeypatch.setitem(figures.STYLE, "savefig.dpi", 40)
    status, out, err = run("sweep", "correlation", "--quick", "--dry-run", "--workers", 4)
    assert (status, err) == (0, "")
    assert "24 cells of the experiment trajectory: 4 of retraining.fresh x 3 of retraining.step x 2 runs." in out
    assert "Estimated time on 4 workers: " in out
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    status, out, err = run("sweep", "small.toml", "--out", "results", "--workers", 1)
    assert (status, err) == (0, "")
    assert "measured" in out
    assert "expected" in out
    assert out.count("rounding") == 2
    status, out, err = run("sweep", "small.toml", "--dry-run", "--out", "results")
    assert "2 cells of the experiment trajectory, 2 of them done" in out
    status, _, err = run("sweep", "correlation", "--out", "results")
    assert status == 2
    assert err.startswith("gausscollapse: out = 'results': holds another sweep (grid differs)")
    status, out, err = run("plot", "results")
    assert (status, err) == (0, "")
    names = sorted(path.name for path in (tmp_path / "results" / "figures").iterdir())
    assert names == sorted(Path(line).name for line in out.split())
    assert {"regimes.png", "trajectory-accumulated.png", "dependence-drift_ratio.png"} <= set(names)


SMALL = """
[sweep]
title = "two cells"
experiment = "trajectory"
[settings]
kl = false
[settings.data]
mean = [0.0]
cov = [[1.0]]
[settings.retraining]
fresh = 0.5
generations = 4
step = { kind = "offset", offset = [0.1] }
[grid]
retraining.fresh = [0.2, 0.8]
"""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sweep", "correlation"), "out = None: is missing; accepted: --out FOLDER"),
        (("sweep", "nosuch", "--out", "x"), "sweep = 'nosuch': is neither a file nor a preset"),
        (("sweep", "correlation", "--out", "x", "--scheduler", "here"), "scheduler = 'here': is no address"),
        (
            ("sweep", "correlation", "--out", "x", "--workers", 2, "--scheduler", "tcp://a:1"),
            "workers = 2: and a sched",
        ),
        (("plot", "nowhere"), "folder = 'nowhere': holds no sweep"),
        (
            ("plot", "nowhere", "--figure", "x.png"),
            "figure = 'x.png': is for regimes, accumulate, allocation, spectrum, tails",
        ),
        (("plot", "regimes", "--out", "x"), "out = 'x': is for the folder of a sweep"),
    ],
)
def test_mistakes_are_one_line_and_status_2(run, tmp_path, arguments, message):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith(f"gausscollapse: {message}")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_regime_map_alone(run, tmp_path, monkeypatch):
    monkeypatch.setitem(figures.STYLE, "savefig.dpi", 40)
    assert run("plot", "regimes") == (0, "", "")
    assert run("plot", "regimes", "--figure", "map.svg")[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["map.svg", "regimes.png"]


def test_importing_the_package_loads_no_part_of_the_extra():
    code = (
        "import sys, gausscollapse.app.cli, gausscollapse.app.commands, gausscollapse.lab.sweep\n"
        "print([name for name in ('xarray', 'dask', 'distributed', 'zarr', 'matplotlib') if name in sys.modules])"
    )
    assert finished(start("-c", code)).strip() == "[]"
