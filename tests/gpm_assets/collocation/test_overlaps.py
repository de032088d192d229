from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.collocation.overlaps import meetings, overlap
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
    """Index pairs by comparing every pixel with every other: the nearest of those within the window."""
    one, other = (EARTH_RADIUS_KM * unit_vectors(s.latitude, s.longitude).reshape(-1, 3) for s in (first, second))
    distance = np.nan_to_num(np.linalg.norm(one[:, None] - other[None], axis=-1), nan=np.inf)
    seconds = [np.repeat(s.time, s.shape[1]).astype("datetime64[ms]").astype(np.int64) / 1e3 for s in (first, second)]
    lag = seconds[1][None] - seconds[0][:, None]
    distance[np.abs(lag) > window_s] = np.inf
    nearest = distance.argmin(axis=1)
    close = distance[np.arange(len(one)), nearest] <= limit_km
    return np.flatnonzero(close), nearest[close], lag[np.arange(len(one)), nearest][close]


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
    assert len(found) == pytest.approx({0.5: 0, 10.0: 430, 900.0: 650}[window_s], rel=0.35)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("sensor", ["F16_SSMIS", "NOAA20_ATMS"])
def test_pairs_of_two_sensors_near_the_pole_are_those_of_a_brute_force_search(sensor, turned, orbit, crossing):
    """GMI and a partner at its southernmost, moved to the same minute: scans lie across each other there."""
    made = []
    for name, step in (("GPM_GMI", 6), (sensor, 3)):
        start = crossing(name, lambda latitude, longitude: np.abs(latitude + 65) + np.abs(longitude) / 1000)
        swath = thin(orbit(name, 30, start - np.timedelta64(25, "s"))[-1 if name == sensor else 0], step)
        shift = (swath.longitude - np.nanmean(swath.longitude[15]) + 180) % 360 - 180
        made.append(replace(swath, longitude=shift, time=np.datetime64("2020-01-01", "ms") + (swath.time - swath.time[0])))
    first, second = made[::-1] if turned else made
    found = overlap(first, second, window_s=30, max_separation_km=20)
    index, partner, lag = brute_force(first, second, 30, 20)
    assert len(found) > 10
    assert np.array_equal(found.first, index)
    assert np.array_equal(found.second, partner)
    assert np.allclose(found.time_s, lag, atol=1e-3)


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


def lattice(time_s: np.ndarray, east_km: float):
    """Scans of ten pixels along the equator by their time; a hole of ten hours apart from them is none."""
    from gpm_assets.swath import Swath

    scans = len(time_s)
    km = 360 / (2 * np.pi * EARTH_RADIUS_KM)
    latitude = np.broadcast_to(np.arange(10) * 5 * km, (scans, 10))
    longitude = np.broadcast_to((np.arange(scans)[:, None] % 20 * 10 + east_km) * km, (scans, 10))
    nothing = np.zeros((scans, 10, 1), np.float32)
    time = np.datetime64("2020-01-01", "ms") + (1000 * time_s).astype("timedelta64[ms]")
    return Swath("GPM_GMI", ("89V",), nothing, latitude, longitude, time, nothing, np.zeros((scans, 10), np.int8))


def test_a_swath_that_crosses_itself_pairs_with_its_newer_pass():
    """The old pass lies nearer, an hour away; the new one is the pair, and 4 km away."""
    first = lattice(np.arange(20.0), 0.0)
    old, new = np.arange(20.0) - 3600, np.arange(20.0) + 60
    both = lattice(np.concatenate([old, new]), 1.0)
    longitude = both.longitude.copy()
    longitude[20:] += 3 * 360 / (2 * np.pi * EARTH_RADIUS_KM)
    second = replace(both, longitude=longitude)
    found = overlap(first, second)
    assert len(found) == 200
    assert np.all(found.second // 10 >= 20)
    assert np.allclose(found.separation_km, 4, atol=0.01)
    assert np.allclose(found.time_s, 60)
    within_a_day = overlap(first, second, window_s=86400)
    assert np.all(within_a_day.second // 10 < 20)
    assert len(overlap(first, second.rows(slice(0, 20)))) == 0


def test_many_old_passes_do_not_hide_the_new_one():
    """Thirty passes nearer than the one in time: more neighbours are asked for until it is found."""
    first = lattice(np.arange(20.0), 0.0)
    passes = [np.arange(20.0) - 3600 * (number + 1) for number in range(30)] + [np.arange(20.0) + 60]
    second = lattice(np.concatenate(passes), 0.0)
    longitude = second.longitude + np.repeat(np.arange(31), 20)[:, None] * 0.1 * 360 / (2 * np.pi * EARTH_RADIUS_KM)
    found = overlap(first, replace(second, longitude=longitude))
    assert len(found) == 200
    assert np.all(found.second // 10 >= 600)
    assert np.allclose(found.separation_km, 3, atol=0.01)


def test_order_of_scans_turn_of_longitude_and_threads_change_nothing(swaths):
    first, second = swaths
    found = overlap(first, second, workers=1)
    assert all(np.array_equal(getattr(found, n), getattr(overlap(first, second), n)) for n in ("first", "second", "time_s"))
    names = ("tb", "latitude", "longitude", "incidence", "quality")
    backwards = replace(second, time=second.time[::-1], **{name: getattr(second, name)[::-1] for name in names})
    again = overlap(first, backwards)
    scan, pixel = np.divmod(again.second, second.shape[1])
    assert np.array_equal(found.first, again.first)
    assert np.array_equal(found.second, (second.shape[0] - 1 - scan) * second.shape[1] + pixel)
    turned = [replace(s, longitude=(s.longitude + 137 + 180) % 360 - 180) for s in swaths]
    elsewhere = overlap(*turned)
    assert np.array_equal(found.first, elsewhere.first)
    assert np.array_equal(found.second, elsewhere.second)


def spans(starts, minutes: float):
    begin = np.datetime64("2020-01-01", "ms")
    return [
        (begin + np.timedelta64(round(60000 * s), "ms"), begin + np.timedelta64(round(60000 * (s + minutes)), "ms"))
        for s in starts
    ]


def test_granules_meet_when_their_times_do():
    rng = np.random.default_rng(3)
    one, other = spans(np.arange(40) * 92.6, 92.6), spans(np.sort(rng.uniform(0, 4000, 30)), 50)
    found = meetings(one, other, 900)
    window = np.timedelta64(900, "s")
    expected = [(i, j) for i, (a, b) in enumerate(one) for j, (c, d) in enumerate(other) if c <= b + window and d >= a - window]
    assert found == expected
    assert meetings([], other) == meetings(one, []) == []
    assert [(j, i) for i, j in expected] == sorted(meetings(other, one, 900), key=lambda pair: pair[::-1])
