"""What the tests of sweeps share."""

import tomllib

from gausscollapse.lab.cell_file import encode
from gausscollapse.lab.cells import cells
from gausscollapse.lab.sweep_dataset import assemble
from gausscollapse.lab.sweep_file import read_sweep
from gausscollapse.lab.sweep_store import SweepStore
from tests.sweep_experiments import KNOWN


def document(settings="", *, fresh="[0.1, 0.5, 0.9]", runs=4):
    """Return the text of a sweep file."""
    head = f'[sweep]\ntitle = "a walk"\nexperiment = "walk"\nruns = {runs}\n[settings]\n'
    return f"{head}{settings}\n[grid]\nfresh = {fresh}\n"


def walk_sweep(settings="", **options):
    return read_sweep(tomllib.loads(document(settings, **options)), known=KNOWN)


def contents(folder):
    """Return the bytes of all files of a folder by their paths."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def cell_bytes(store, cell):
    measured = store.sweep.experiment.run(cell.settings, cell.key)
    return encode(measured, fingerprint=store.fingerprint, key=cell.key)


def run_here(sweep, folder, *, order=None):
    """Run a sweep in this process, without Dask, in any order; return its store and its cells."""
    store, everything = SweepStore(folder, sweep), cells(sweep)
    with store.writing():
        for cell in order(everything) if order else everything:
            store.put(cell, cell_bytes(store, cell))
        assemble(store, everything)
    return store, everything
