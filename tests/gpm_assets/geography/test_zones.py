"""Zones: limits, names, missing places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpm_assets.geography.zones import LATITUDE_BANDS, SEASONS, SURFACES, latitude_band, local_solar_time, season, surface


def test_latitude_bands():
    names = list(LATITUDE_BANDS)
    codes = latitude_band([0, -23.49, 23.5, -34.9, 48.85, -60, 90, np.nan])
    assert [names[code] for code in codes[:-1]] == [
        "tropics", "tropics", "subtropics", "subtropics", "mid-latitudes", "high latitudes", "high latitudes",
    ]  # fmt: skip
    assert codes[-1] == -1
    assert codes.dtype == np.int8


def test_seasons_are_made_of_their_months():
    initials = "JFMAMJJASOND"
    for month in range(1, 13):
        assert initials[month - 1] in SEASONS[season(month)]
    np.testing.assert_array_equal(np.bincount(season(np.arange(1, 13))), [3, 3, 3, 3])


def test_surfaces():
    codes = surface([[0.0, 0.05], [0.5, 0.95], [1.0, np.nan]])
    assert [SURFACES[code] for code in codes.ravel()[:-1]] == ["sea", "sea", "coast", "land", "land"]
    assert codes[2, 1] == -1


def test_local_solar_time():
    noon = np.datetime64("2020-07-01T12:00:00.000")
    assert local_solar_time(noon, 0) == 12
    assert local_solar_time(noon, 90) == 18
    assert local_solar_time(noon, -180) == 0
    assert local_solar_time(noon, 180) == 0
    scans = np.array([noon, np.datetime64("NaT")])
    hours = local_solar_time(scans[:, None], np.array([[0, np.nan], [0, 0]]))
    np.testing.assert_array_equal(hours, np.float32([[12, np.nan], [np.nan, np.nan]]))


@given(st.integers(-(2**41), 2**41), st.floats(-180, 180))
def test_local_solar_time_stays_in_a_day(milliseconds, longitude):
    time = np.datetime64(milliseconds, "ms")
    hours = local_solar_time(time, longitude)
    assert 0 <= hours < 24
    turn = abs(float(local_solar_time(time, longitude + 360)) - float(hours))
    assert min(turn, 24 - turn) == pytest.approx(0, abs=1e-4)
