"""Answers as tables of other libraries: units and words with them, a command where the library is missing."""

import builtins
import importlib
import sys

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import MissingPackageError, install_command


@pytest.fixture
def without(monkeypatch):
    """Return a function after which a package cannot be imported."""
    known = builtins.__import__

    def forbid(package):
        def importing(name, *arguments, **options):
            if name.partition(".")[0] == package:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            return known(name, *arguments, **options)

        monkeypatch.setattr(builtins, "__import__", importing)

    return forbid


def test_a_trajectory_is_a_dataset_with_units():
    """Offsets of 0.2 without fresh data: means 0.2 i and D_i = exp((0.2 i)^2) - 1, on paper."""
    trajectory = gc.retrain(gc.Gaussian(0, 1), fresh=0.0, step=gc.retraining.offset_channel(0.2), generations=3)
    found = trajectory.to_dataset()
    assert dict(found.sizes) == {"model": 4, "axis": 1, "other_axis": 1, "generation": 3, "other_generation": 3}
    assert np.allclose(found["mean"].sel(axis=0), 0.2 * np.arange(4))
    exact = np.expm1((0.2 * np.arange(4)) ** 2)
    assert (found["accumulated_lower"] <= exact + 1e-15).all()
    assert (exact - 1e-15 <= found["accumulated_upper"]).all()
    assert np.allclose(found["wasserstein2"], 0.2 * np.arange(4))
    assert found["accumulated"].attrs["guarantee"] == "closed-form"
    assert found["accumulated"].dims == ("model",)
    assert found["innovation_energy"].dims == ("generation",)
    for name in (*found.data_vars, "model", "generation"):
        assert found[name].attrs["units"] in ("1", "length", "length^2"), name
        assert found[name].attrs["long_name"], name
    assert found.attrs["absent"] == ""
    assert len(found.drop_dims("other_generation").to_dataframe()) == 12


def test_what_a_trajectory_has_no_number_for_is_named():
    data = gc.GaussianMixture([0.5, 0.5], [[0, 0], [3, 0]], np.eye(2))
    step = gc.AffineChannel(0.5 * np.eye(2), [0, 0], 0.5 * np.eye(2))
    found = gc.retrain(data, fresh=0.5, step=step, generations=2).to_dataset()
    assert "accumulated" not in found
    assert found.attrs["absent"].startswith("accumulated: ")
    assert found["mean"].shape == (3, 2)


def test_reports_are_a_table():
    reports = gc.checking.verify(gc.theorems.select(["prop-3.1", "slack"]), instances=20)
    frame = reports.to_dataframe()
    assert list(frame.index) == ["prop-3.1", "slack"]
    assert list(frame["verdict"]) == [str(report.verdict) for report in reports]
    assert list(frame["decided"]) == [report.instances for report in reports]
    assert repr(reports) == "Reports(2 theorems, 2 as expected)"
    assert reports._repr_html_().count("<tr>") == 3
    assert isinstance(reports, list)


def test_a_missing_library_is_told_with_the_command(without):
    trajectory = gc.retrain(gc.Gaussian(0, 1), fresh=0.5, step=gc.retraining.offset_channel(0.2), generations=1)
    reports = gc.checking.verify(gc.theorems.select(["prop-3.1"]), instances=5)
    without("xarray")
    with pytest.raises(MissingPackageError, match=r"xarray is not installed; try: .*\[experiments\]"):
        trajectory.to_dataset()
    without("pandas")
    with pytest.raises(MissingPackageError, match=r"pandas is not installed; try: .*\[experiments\]"):
        reports.to_dataframe()


def test_the_command_works_from_where_the_user_is(tmp_path, monkeypatch):
    clone = tmp_path / "clone"
    (clone / "gausscollapse").mkdir(parents=True)
    (clone / "pyproject.toml").write_text("", encoding="utf-8")
    installed = tmp_path / "site-packages" / "gausscollapse"
    installed.mkdir(parents=True)
    assert install_command("testing", installed) == 'python -m pip install "gausscollapse[testing]"'
    assert install_command("testing", clone / "gausscollapse") == f'python -m pip install -e "{clone}[testing]"'
    monkeypatch.chdir(clone)
    assert install_command("testing", clone / "gausscollapse") == 'python -m pip install -e ".[testing]"'


def test_strategies_without_hypothesis_name_the_extra(without):
    kept = importlib.import_module("gausscollapse.testing.strategies")
    del sys.modules["gausscollapse.testing.strategies"]
    try:
        without("hypothesis")
        with pytest.raises(MissingPackageError, match=r"hypothesis is not installed; try: .*\[testing\]"):
            importlib.import_module("gausscollapse.testing.strategies")
    finally:
        sys.modules["gausscollapse.testing.strategies"] = kept
