import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.orbits import geodetic, granule_numbers, period_s, propagate, southernmost_times

SENSORS = tuple(INSTRUMENTS.values())
SUN_SYNCHRONOUS = tuple(row for row in SENSORS if row.orbit.ltan_hours is not None)


def seconds(start: str, count: int, step_s: float = 1.0) -> np.ndarray:
    return np.datetime64(start, "ms") + np.rint(np.arange(count) * step_s * 1e3).astype("timedelta64[ms]")


@pytest.mark.parametrize("row", SENSORS, ids=lambda row: row.name)
def test_altitude_and_inclination_are_the_tables(row):
    track = propagate(row, seconds("2019-07-03", 1000, 20.0))
    assert abs(track.altitude.mean() - row.orbit.altitude_km) < 15
    turning = min(row.orbit.inclination_deg, 180 - row.orbit.inclination_deg)
    assert abs(np.abs(track.latitude).max() - turning) < 0.5


@pytest.mark.parametrize("row", SENSORS, ids=lambda row: row.name)
def test_ground_speed_gives_the_scan_spacing(row):
    track = propagate(row, seconds("2019-07-03", 500, row.scan_period_s))
    ground = track.position / np.linalg.norm(track.position, axis=-1, keepdims=True) * 6371.0
    spacing = np.linalg.norm(np.diff(ground, axis=0), axis=-1)
    assert abs(spacing.mean() / row.scan_spacing_km - 1) < 0.07  # the Earth turns below the orbit


@pytest.mark.parametrize("row", SUN_SYNCHRONOUS, ids=lambda row: row.name)
@pytest.mark.parametrize("day", ["2012-03-01", "2019-07-03", "2026-11-20"])
def test_sun_synchronous_satellites_keep_their_local_time(row, day):
    track = propagate(row, seconds(day, 6200))
    crossing = np.flatnonzero((track.latitude[:-1] < 0) & (track.latitude[1:] >= 0))[0]
    day_hours = (track.time[crossing] - track.time[crossing].astype("datetime64[D]")).astype(float) / 3.6e6
    local = (day_hours + track.longitude[crossing] / 15) % 24
    assert abs(local - row.orbit.ltan_hours) < 0.05


def test_gpm_precesses_through_all_local_times_in_82_days():
    row = INSTRUMENTS["GPM_GMI"]

    def node_longitude(day: np.datetime64) -> float:
        track = propagate(row, day.astype("datetime64[ms]") + np.arange(0, 6_000_000, 1000).astype("timedelta64[ms]"))
        crossing = np.flatnonzero((track.latitude[:-1] < 0) & (track.latitude[1:] >= 0))[0]
        hours = (track.time[crossing] - day.astype("datetime64[ms]")).astype(float) / 3.6e6
        return (hours + track.longitude[crossing] / 15) % 24

    first = node_longitude(np.datetime64("2019-01-01"))
    later = node_longitude(np.datetime64("2019-03-24"))  # 82 days
    half = node_longitude(np.datetime64("2019-02-11"))  # 41 days
    assert min((later - first) % 24, (first - later) % 24) < 0.4
    assert abs((half - first) % 24 - 12) < 0.5


@pytest.mark.parametrize("row", SENSORS, ids=lambda row: row.name)
def test_orbits_are_cut_at_the_southernmost_latitude(row):
    cuts = southernmost_times(row, np.datetime64("2019-07-03", "ms"), np.datetime64("2019-07-05", "ms"))
    assert np.all(np.abs(np.diff(cuts).astype(float) / 1e3 - period_s(row)) < 2)
    around = cuts[:, None] + np.array([-30_000, 0, 30_000]).astype("timedelta64[ms]")
    latitude = propagate(row, around.reshape(-1)).latitude.reshape(around.shape)
    assert np.all(latitude[:, 1] <= latitude[:, [0, 2]].min(axis=1) + 1e-6)


def test_cuts_do_not_depend_on_the_interval_and_numbers_are_consecutive():
    row = INSTRUMENTS["F16_SSMIS"]
    month = southernmost_times(row, np.datetime64("2019-07-01", "ms"), np.datetime64("2019-08-01", "ms"))
    hours = southernmost_times(row, np.datetime64("2019-07-10T07:13", "ms"), np.datetime64("2019-07-10T21:00", "ms"))
    assert len(hours)
    assert np.isin(hours, month).all()
    assert set(np.diff(granule_numbers(row, month))) == {1}


def test_numbers_are_near_the_real_ones():
    cuts = southernmost_times(
        INSTRUMENTS["F16_SSMIS"], np.datetime64("2021-01-10T06:00", "ms"), np.datetime64("2021-01-10T07:40", "ms")
    )
    assert abs(granule_numbers(INSTRUMENTS["F16_SSMIS"], cuts)[0] - 88911) < 30  # the real orbit at 07:25
    cuts = southernmost_times(
        INSTRUMENTS["GPM_GMI"], np.datetime64("2014-03-04T17:00", "ms"), np.datetime64("2014-03-04T18:40", "ms")
    )
    assert abs(granule_numbers(INSTRUMENTS["GPM_GMI"], cuts)[0] - 79) < 30


def test_geodetic_inverts_the_ellipsoid():
    latitude, longitude, altitude = np.array([-90.0, -45.3, 0.0, 60.0]), np.array([0.0, -179.5, 20.0, 100.0]), 400.0
    a, f = 6378.137, 1 / 298.257223563
    normal = a / np.sqrt(1 - f * (2 - f) * np.sin(np.deg2rad(latitude)) ** 2)
    lat, lon = np.deg2rad(latitude), np.deg2rad(longitude)
    position = np.stack(
        [
            (normal + altitude) * np.cos(lat) * np.cos(lon),
            (normal + altitude) * np.cos(lat) * np.sin(lon),
            (normal * (1 - f) ** 2 + altitude) * np.sin(lat),
        ],
        axis=-1,
    )
    found = geodetic(position)
    np.testing.assert_allclose(found[0], latitude, atol=1e-6)
    np.testing.assert_allclose(found[1][1:], longitude[1:], atol=1e-9)  # the pole has no longitude
    np.testing.assert_allclose(found[2], altitude, atol=1e-3)
