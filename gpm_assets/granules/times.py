"""Scan times between the calendar parts of PPS files and datetime64[ms]."""

from __future__ import annotations

import h5py
import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GranuleError
from gpm_assets.granules import hdf
from gpm_assets.granules.layout import CALENDAR_PARTS, SCAN_TIME

_LIMITS = {"Year": (1970, 2100), "Month": (1, 12), "DayOfMonth": (1, 31), "Hour": (0, 23), "Minute": (0, 59)}
_LIMITS |= {"Second": (0, 60), "MilliSecond": (0, 999)}  # 60: a leap second, counted as the first second after it


def read_times(group: h5py.Group) -> NDArray[np.datetime64]:
    """Times (scan,) of a swath group from the integer parts of ScanTime; NaT where a part is missing or impossible."""
    parts: dict[str, NDArray[np.int64]] = {}
    absent: NDArray[np.bool_] | None = None
    for field in CALENDAR_PARTS:
        name = field.path.removeprefix("ScanTime/")
        stored, bad = hdf.masked(group, field.path, 1)
        low, high = _LIMITS[name]
        bad |= (stored < low) | (stored > high)
        absent = bad if absent is None else _same_length(absent, bad, group)
        parts[name] = np.where(bad, low, stored).astype(np.int64)
    assert absent is not None
    months = (parts["Year"] - 1970) * 12 + parts["Month"] - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]") + (parts["DayOfMonth"] - 1)
    seconds = (parts["Hour"] * 60 + parts["Minute"]) * 60 + parts["Second"]
    time = days.astype("datetime64[ms]") + (seconds * 1000 + parts["MilliSecond"])
    time[absent | (days.astype("datetime64[M]").astype(np.int64) != months)] = np.datetime64("NaT")  # 31 April
    return time


def calendar_parts(time: NDArray[np.datetime64]) -> dict[str, NDArray[np.generic]]:
    """Arrays (scan,) for every dataset of ScanTime, in the types of the layout, its fill values where the time is NaT."""
    stored = time.astype("datetime64[ms]")
    absent = np.isnat(stored)
    stored = np.where(absent, np.datetime64(0, "ms"), stored)
    days, months, years = (stored.astype(f"datetime64[{unit}]") for unit in "DMY")
    of_day = (stored - days).astype(np.int64)
    parts = {
        "Year": years.astype(np.int64) + 1970,
        "Month": (months - years).astype(np.int64) + 1,
        "DayOfMonth": (days - months).astype(np.int64) + 1,
        "Hour": of_day // 3_600_000,
        "Minute": of_day // 60_000 % 60,
        "Second": of_day // 1000 % 60,
        "MilliSecond": of_day % 1000,
        "DayOfYear": (days - years).astype(np.int64) + 1,
        "SecondOfDay": of_day / 1000,
    }
    return {
        field.path: np.where(absent, field.fill, parts[field.path.removeprefix("ScanTime/")]).astype(field.dtype)
        for field in SCAN_TIME
    }


def _same_length(absent: NDArray[np.bool_], bad: NDArray[np.bool_], group: h5py.Group) -> NDArray[np.bool_]:
    if absent.shape != bad.shape:
        raise GranuleError(f"{group.file.filename}:{group.name}/ScanTime: its datasets differ in length")
    return absent | bad
