"""Ledgers: what is added comes back, in any pieces; earlier versions are kept without being read into memory together."""

import numpy as np
import pandas
import pytest
from pyarrow import parquet

from gpm_assets.evaluation.ledger import Ledger, keyed, read, versions


def rows(version, count=3, first=0):
    frame = pandas.DataFrame({"bin": np.arange(first, first + count), "n": np.arange(count, dtype=float)})
    return keyed(frame, {"method": "linear", "version": version})


def test_what_is_added_is_read(tmp_path):
    with Ledger(tmp_path) as ledger:
        ledger.add("rain", [rows(1), rows(2)])
        ledger.add("rain", [rows(3)])
        ledger.add("spectra", [rows(1, count=1)])
        ledger.add("nothing", [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rain.parquet", "spectra.parquet"]
    assert read([tmp_path], "rain").equals(pandas.concat([rows(1), rows(2), rows(3)], ignore_index=True))
    assert parquet.ParquetFile(tmp_path / "rain.parquet").num_row_groups == 2
    assert versions(tmp_path, "rain") == {1, 2, 3}


def test_versions_that_are_kept_lie_beside_new_ones(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    with Ledger(old) as ledger:
        ledger.add("rain", [rows(1), rows(2)])
        ledger.add("rain", [rows(1, first=7)])
    with Ledger(new) as ledger:
        ledger.keep(old, {1})
        ledger.add("rain", [rows(9)])
    assert read([new], "rain")["version"].tolist() == [1] * 6 + [9] * 3


def test_several_ledgers_are_read_together_and_filtered(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        with Ledger(tmp_path / name) as ledger:
            ledger.add("rain", [rows(1)])
    folders = [tmp_path / "a", tmp_path / "b", tmp_path / "not there"]
    assert len(read(folders, "rain")) == 6
    assert read(folders, "rain", [("bin", "==", 2)])["bin"].tolist() == [2, 2]
    assert len(read(folders, "strata")) == 0
    assert versions(tmp_path / "not there", "rain") == set()


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
