import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpm_assets.granules.layout import SCAN_TIME
from gpm_assets.granules.storage import write_field
from gpm_assets.granules.times import calendar_parts, read_times


def stored(tmp_path, time, **changes):
    with h5py.File(tmp_path / "times.h5", "w") as file:
        parts = calendar_parts(time) | {f"ScanTime/{name}": np.asarray(value) for name, value in changes.items()}
        for field in SCAN_TIME:
            write_field(file, field, parts[field.path])
    with h5py.File(tmp_path / "times.h5") as file:
        return read_times(file)


def test_times_read_back_across_midnight_month_and_leap_day(tmp_path):
    time = np.array(["2019-12-31T23:59:59.999", "2020-01-01T00:00:00", "2020-02-29T12:34:56.789", "NaT"], dtype="datetime64[ms]")
    assert np.array_equal(stored(tmp_path, time), time, equal_nan=True)


@given(st.lists(st.integers(600_000_000_000, 3_000_000_000_000), min_size=1, max_size=5))
def test_parts_give_the_time_again(milliseconds):
    time = np.array(milliseconds, dtype="datetime64[ms]")
    parts = calendar_parts(time)
    day = np.array([f"{y:04d}-01-01" for y in parts["ScanTime/Year"]], dtype="datetime64[D]") + (parts["ScanTime/DayOfYear"] - 1)
    again = day.astype("datetime64[ms]") + np.rint(parts["ScanTime/SecondOfDay"] * 1000).astype(np.int64)
    assert np.array_equal(again, time)
    assert all(parts[field.path].dtype == field.dtype for field in SCAN_TIME)


@pytest.mark.parametrize(
    ("part", "value"),
    [("Month", 13), ("Month", -99), ("Year", -9999), ("DayOfMonth", 31), ("Hour", 24), ("MilliSecond", -9999), ("Second", 61)],
)
def test_missing_and_impossible_parts_give_no_time(tmp_path, part, value):
    time = np.array(["2020-04-30T10:00:00", "2020-04-30T10:00:02"], dtype="datetime64[ms]")
    field = next(field for field in SCAN_TIME if field.path == f"ScanTime/{part}")
    values = np.array([value, calendar_parts(time)[field.path][1]], dtype=field.dtype)
    assert np.isnat(stored(tmp_path, time, **{part: values})).tolist() == [True, False]


def test_a_leap_second_is_the_first_second_after_it(tmp_path):
    time = np.array(["2016-12-31T23:59:59.250"], dtype="datetime64[ms]")
    read = stored(tmp_path, time, Second=np.array([60], dtype=np.int8))
    assert read[0] == np.datetime64("2017-01-01T00:00:00.250")
