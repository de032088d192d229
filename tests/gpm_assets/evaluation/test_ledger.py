"""Ledgers: what is added comes back, in any pieces; earlier versions are kept without being read into memory together."""

import numpy as np
import pandas
import pytest
from pyarrow import parquet

from gpm_assets.evaluation.ledger import Ledger, keyed, read, runs


def rows(version, count=3, first=0, method="linear", seed=0):
    frame = pandas.DataFrame({"bin": np.arange(first, first + count), "n": np.arange(count, dtype=float)})
    return keyed(frame, {"method": method, "version": version, "seed": seed})


def test_what_is_added_is_read(tmp_path):
    with Ledger(tmp_path) as ledger:
        ledger.add("rain", [rows(1), rows(2)])
        ledger.add("rain", [rows(3)])
        ledger.add("spectra", [rows(1, count=1)])
        ledger.add("nothing", [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rain.parquet", "spectra.parquet"]
    assert read([tmp_path], "rain").equals(pandas.concat([rows(1), rows(2), rows(3)], ignore_index=True))
    assert parquet.ParquetFile(tmp_path / "rain.parquet").num_row_groups == 2
    assert runs(tmp_path, "rain") == {("linear", version, 0) for version in (1, 2, 3)}


def test_versions_that_are_kept_lie_beside_new_ones(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    with Ledger(old) as ledger:
        ledger.add("rain", [rows(1), rows(2)])
        ledger.add("rain", [rows(1, first=7)])
    with Ledger(new) as ledger:
        ledger.keep(old, {("linear", 1, 0)})
        ledger.add("rain", [rows(9)])
    assert read([new], "rain")["version"].tolist() == [1] * 6 + [9] * 3


def test_equal_versions_of_two_models_are_told_apart(tmp_path):
    """Every registered model counts its versions from 1."""
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    with Ledger(old) as ledger:
        ledger.add("rain", [rows(1, method="drain"), rows(1, method="pixel_mlp"), rows(1, method="drain", seed=1)])
    assert len(runs(old, "rain")) == 3
    with Ledger(new) as ledger:
        ledger.keep(old, {("drain", 1, 0)})
    assert runs(new, "rain") == {("drain", 1, 0)}


def test_several_ledgers_are_read_together_and_filtered(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        with Ledger(tmp_path / name) as ledger:
            ledger.add("rain", [rows(1)])
    folders = [tmp_path / "a", tmp_path / "b", tmp_path / "not there"]
    assert len(read(folders, "rain")) == 6
    assert read(folders, "rain", [("bin", "==", 2)])["bin"].tolist() == [2, 2]
    assert len(read(folders, "strata")) == 0
    assert runs(tmp_path / "not there", "rain") == set()


def test_a_table_cannot_change_its_columns(tmp_path):
    with Ledger(tmp_path) as ledger:
        ledger.add("rain", [rows(1)])
        with pytest.raises(KeyError, match="bin"):
            ledger.add("rain", [rows(1).drop(columns="bin")])


def test_classes_that_differ_by_overpass_are_text(tmp_path):
    """Categories of one overpass are others than those of the next: both must be read back as they were."""
    with Ledger(tmp_path) as ledger:
        for name in ("sea", "land"):
            ledger.add("strata", [rows(1).assign(first_class=pandas.Categorical([name] * 3))])
    assert read([tmp_path], "strata")["first_class"].astype(str).tolist() == ["sea"] * 3 + ["land"] * 3
