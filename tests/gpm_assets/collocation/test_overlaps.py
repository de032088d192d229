from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.collocation.overlaps import overlap
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors

WINDOWS_S = (0.5, 10.0, 900.0)
"""None, some and all of the pairs: S2 follows S1 by 7.5 s in the middle of the scan, by 17 s at its ends."""


def thin(swath, step: int):
    """Every so many pixels of a swath."""
    names = ("tb", "latitude", "longitude", "incidence", "quality")
    return replace(swath, **{name: getattr(swath, name)[:, ::step] for name in names})


@pytest.fixture(scope="module")
def swaths(orbit, crossing):
    """Two swath groups of GMI at the dateline: S2 sees four scans later what S1 saw, some positions are missing."""
    start = crossing("GPM_GMI", lambda latitude, longitude: 180 - np.abs(longitude) + np.abs(latitude) / 10)
    first, second = (thin(group, 4) for group in orbit("GPM_GMI", 24, start))
    latitude = first.latitude.copy()
    latitude[5:8, 20:30] = np.nan
    assert np.ptp(first.longitude) > 300
    return replace(first, latitude=latitude), second


def brute_force(first, second, window_s: float, limit_km: float):
    """Index pairs by comparing every pixel with every other."""
    one, other = (EARTH_RADIUS_KM * unit_vectors(s.latitude, s.longitude).reshape(-1, 3) for s in (first, second))
    distance = np.nan_to_num(np.linalg.norm(one[:, None] - other[None], axis=-1), nan=np.inf)
    nearest = distance.argmin(axis=1)
    seconds = [np.repeat(s.time, s.shape[1]).astype("datetime64[ms]").astype(np.int64) / 1e3 for s in (first, second)]
    lag = seconds[1][nearest] - seconds[0]
    close = (distance[np.arange(len(one)), nearest] <= limit_km) & (np.abs(lag) <= window_s)
    return np.flatnonzero(close), nearest[close], lag[close]


@pytest.mark.parametrize("window_s", WINDOWS_S)
@pytest.mark.parametrize("turned", [False, True])
def test_pairs_are_those_of_a_brute_force_search(swaths, window_s, turned):
    first, second = swaths[::-1] if turned else swaths
    found = overlap(first, second, window_s=window_s)
    index, partner, lag = brute_force(first, second, window_s, 7.5)
    assert np.array_equal(found.first, index)
    assert np.array_equal(found.second, partner)
    assert np.allclose(found.time_s, lag, atol=1e-3)
    assert np.all(np.abs(found.time_s) <= window_s)
    separation = np.linalg.norm(
        *(
            unit_vectors(a.latitude, a.longitude).reshape(-1, 3)[i] - unit_vectors(b.latitude, b.longitude).reshape(-1, 3)[j]
            for a, i, b, j in [(first, found.first, second, found.second)]
        ),
        axis=-1,
    )
    assert np.allclose(found.separation_km, EARTH_RADIUS_KM * separation, atol=0.01)
    assert len(found) == pytest.approx({0.5: 0, 10.0: 430, 900.0: 650}[window_s], rel=0.1)


def test_nothing_outside_the_window(swaths):
    first, second = swaths
    for shift_s in (-1000, 1000):
        later = replace(second, time=second.time + np.timedelta64(shift_s * 1000, "ms"))
        assert len(overlap(first, later)) == 0
        assert len(overlap(first, later, window_s=1100)) > 300
    nowhen = replace(second, time=np.full_like(second.time, np.datetime64("NaT")))
    assert len(overlap(first, nowhen)) == 0
    assert len(overlap(nowhen, first)) == 0


def test_scans_without_a_time_pair_with_nothing(swaths):
    first, second = swaths
    time = second.time.copy()
    time[10] = np.datetime64("NaT")
    found = overlap(first, replace(second, time=time))
    assert not np.any(found.second // second.shape[1] == 10)
    assert np.isfinite(found.time_s).all()


def test_swaths_without_common_places_have_no_pairs(swaths):
    first, second = swaths
    assert len(overlap(first, replace(second, latitude=second.latitude + 40))) == 0
    assert len(overlap(first, replace(second, latitude=np.full_like(second.latitude, np.nan)))) == 0
