import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.orbits import (
    geodetic,
    granule_numbers,
    orbit_at,
    orbit_starts,
    period_s,
    propagate,
    southernmost_times,
)

GMI, TMI = INSTRUMENTS["GPM_GMI"], INSTRUMENTS["TRMM_TMI"]
SENSORS = tuple(INSTRUMENTS.values())
MS = np.timedelta64(1, "ms")

MEAN_HEIGHTS_KM = {
    "GPM": (400.7, 431.7),
    "TRMM": (350.0, 400.0),
    "GCOMW1": (702.0,),
    "AQUA": (705.0,),
    "F15": (848.0,),
    "F16": (846.0,),
    "F17": (844.0,),
    "F18": (845.0,),
    "F19": (850.0,),
    "NPP": (827.0,),
    "NOAA20": (827.0,),
    "NOAA21": (827.0,),
    "NOAA18": (848.0,),
    "NOAA19": (849.0,),
    "METOPA": (820.0,),
    "METOPB": (820.0,),
    "METOPC": (820.0,),
    "MT1": (867.0,),
}
"""Of the real satellites in each era: semi-major axis minus 6378.1 km."""

TLES = {
    ("GPM_GMI", 0): (
        "1 39574U 14009C   20312.76104295  .00004698  00000-0  72484-4 0  9990",
        "2 39574  65.0076  24.2122 0010842 281.7979  78.1951 15.55503858380338",
    ),
    ("GPM_GMI", 1): (
        "1 39574U 14009C   26183.29418786  .00011665  00000+0  25143-3 0  9993",
        "2 39574  64.9712 257.5214 0011264 257.7133 102.2747 15.44885986700140",
    ),
    ("TRMM_TMI", 1): (
        "1 25063U 97074A   14019.20201339  .00018803  00000-0  26367-3 0  5395",
        "2 25063  34.9581  45.8134 0000983 237.4452 186.7319 15.55796725921470",
    ),
    ("F16_SSMIS", 0): (
        "1 28054U 03048A   24169.92781536  .00000136  00000+0  95636-4 0  9999",
        "2 28054  99.0199 176.4030 0008260  55.9567   4.7973 14.14038707 66403",
    ),
    ("GCOMW1_AMSR2", 0): (
        "1 38337U 12025A   24117.59466874  .00002074  00000+0  46994-3 0  9995",
        "2 38337  98.2005  58.4072 0001734  89.8752  83.0178 14.57143724635212",
    ),
    ("NOAA20_ATMS", 0): (
        "1 43013U 17073A   24169.90584172  .00000089  00000+0  62647-4 0  9992",
        "2 43013  98.7065 107.8155 0000956 138.6960 221.4288 14.19597428341003",
    ),
    ("NOAA19_MHS", 0): (
        "1 33591U 09005A   24169.86755025  .00000269  00000+0  16868-3 0  9993",
        "2 33591  99.0469 225.6740 0012750 291.7508  68.2307 14.13028542791466",
    ),
}
"""Public two-line elements by sensor and era."""

HEADERS = {
    "GPM_GMI": ("2014-03-04T18:22:39.046", -35.231869),
    "TRMM_TMI": ("1997-12-08T00:20:07.775", -100.195167),
    "MT1_SAPHIR": ("2011-10-13T04:37:40.374", -30.705112),
    "F18_SSMIS": ("2010-03-08T00:57:47.449", -74.613281),
    "GCOMW1_AMSR2": ("2012-07-02T22:56:02.885", -141.211716),
    "METOPB_MHS": ("2012-09-25T07:56:15.538", -156.783554),
    "NPP_ATMS": ("2011-11-08T20:29:34.404", -106.031418),
}
"""UTC and longitude of a northward crossing of the equator, from headers of real granules."""


def seconds(start: str | np.datetime64, count: int, step_s: float = 1.0) -> np.ndarray:
    return np.datetime64(start, "ms") + np.rint(np.arange(count) * step_s * 1e3).astype("timedelta64[ms]")


def eras():
    """Every sensor with each era and a day in it."""
    for row in SENSORS:
        for number, elements in enumerate(row.spacecraft.eras):
            yield pytest.param(row, number, np.datetime64(max(elements.since, row.first_day)) + 200, id=f"{row.name} {number}")


def local_time_of_node(row, start: np.datetime64) -> float:
    """Mean local time (hours) at the first northward crossing of the equator."""
    track = propagate(row, seconds(start, 6300))
    crossing = np.flatnonzero((track.latitude[:-1] < 0) & (track.latitude[1:] >= 0))[0]
    utc = (track.time[crossing] - track.time[crossing].astype("datetime64[D]")).astype(float) / 3.6e6
    return float((utc + track.longitude[crossing] / 15) % 24)


def hours_apart(one: float, other: float) -> float:
    return abs((one - other + 12) % 24 - 12)


@pytest.mark.parametrize(("row", "era", "day"), list(eras()))
def test_heights_and_inclinations_are_those_of_the_era(row, era, day):
    elements = row.spacecraft.eras[era]
    assert orbit_at(row, day) is elements
    track = propagate(row, seconds(day, 700, 20.0))
    radius = np.linalg.norm(track.position, axis=-1)
    assert abs(radius.mean() - 6378.1 - MEAN_HEIGHTS_KM[row.platform][era]) < 10
    assert abs(track.altitude.mean() - elements.altitude_km) < 10
    turning = min(elements.inclination_deg, 180 - elements.inclination_deg)
    assert abs(np.abs(track.latitude).max() - turning) < 0.5


@pytest.mark.parametrize(("sensor", "era"), TLES)
def test_ground_tracks_are_those_of_skyfield(sensor, era):
    """Over an orbit about the epoch, from the elements' text with its drag; heights too."""
    api = pytest.importorskip("skyfield.api", reason="skyfield is not installed: it is an oracle of tests alone")
    row = INSTRUMENTS[sensor]
    time = row.spacecraft.eras[era].epoch + (np.arange(-46, 47) * 60_000).astype("timedelta64[ms]")
    track = propagate(row, time)
    scale = api.load.timescale(builtin=True)
    parts = [(time.astype("datetime64[D]") - np.datetime64("2000-01-01")).astype(int), (time - time.astype("datetime64[D]"))]
    there = api.EarthSatellite(*TLES[sensor, era], sensor, scale).at(
        scale.utc(2000, 1, 1 + parts[0], 0, 0, parts[1].astype(float) / 1e3)
    )
    oracle = api.wgs84.geographic_position_of(there)
    away = np.deg2rad(oracle.latitude.degrees), np.deg2rad(oracle.longitude.degrees)
    here = np.deg2rad(track.latitude), np.deg2rad(track.longitude)
    half = np.sin((away[0] - here[0]) / 2) ** 2 + np.cos(away[0]) * np.cos(here[0]) * np.sin((away[1] - here[1]) / 2) ** 2
    assert (2 * 6371 * np.arcsin(np.sqrt(half))).max() < 5
    assert np.abs(oracle.elevation.km - track.altitude).max() < 1


@pytest.mark.parametrize("sensor", HEADERS)
def test_nodes_are_those_of_real_granules(sensor):
    when, longitude = HEADERS[sensor]
    time = np.datetime64(when, "ms")
    real = (time - time.astype("datetime64[D]")).astype(float) / 3.6e6 + longitude / 15
    assert hours_apart(local_time_of_node(INSTRUMENTS[sensor], time), real) < 0.03  # 50 km at the equator


@pytest.mark.parametrize(
    ("sensor", "day", "hours", "tolerance"),
    [
        ("F16_SSMIS", "2005-11-20", 20.22, 0.05),
        ("F16_SSMIS", "2021-01-10", 16.32, 0.1),  # from positions and times of a real scene
        ("F16_SSMIS", "2024-06-17", 17.98, 0.05),
        ("F17_SSMIS", "2008-03-19", 17.49, 0.05),
        ("NOAA18_MHS", "2005-05-25", 14.00, 0.05),
        ("NOAA19_MHS", "2024-06-17", 21.27, 0.05),
        ("METOPA_MHS", "2011-09-12", 21.47, 0.05),
        ("METOPB_MHS", "2019-07-03", 21.43, 0.1),
        ("NOAA20_ATMS", "2022-01-01", 13.41, 0.05),
    ],
)
def test_local_times_follow_the_real_drift(sensor, day, hours, tolerance):
    assert hours_apart(local_time_of_node(INSTRUMENTS[sensor], np.datetime64(day)), hours) < tolerance


def test_noaa18_and_19_drift_by_two_hours_in_three_years():
    for sensor in ("NOAA18_MHS", "NOAA19_MHS"):
        ends = [local_time_of_node(INSTRUMENTS[sensor], np.datetime64(day)) for day in ("2015-01-01", "2018-01-01")]
        assert 1.3 < ends[1] - ends[0] < 2.8


def test_gpm_precesses_through_all_local_times_in_82_days():
    first, half, later = (local_time_of_node(GMI, np.datetime64(day)) for day in ("2019-01-01", "2019-02-11", "2019-03-24"))
    assert hours_apart(first, later) < 0.4
    assert abs(hours_apart(first, half) - 12) < 0.5


@pytest.mark.parametrize("row", SENSORS, ids=lambda row: row.name)
def test_ground_speed_gives_the_scan_spacing(row):
    track = propagate(row, seconds("2019-07-03", 500, row.scan_period_s))
    ground = track.position / np.linalg.norm(track.position, axis=-1, keepdims=True) * 6371.0
    spacing = np.linalg.norm(np.diff(ground, axis=0), axis=-1)
    assert abs(spacing.mean() / row.scan_spacing_km - 1) < 0.07  # the Earth turns below the orbit


@pytest.mark.parametrize("row", SENSORS, ids=lambda row: row.name)
def test_orbits_are_cut_at_the_southernmost_latitude(row):
    cuts = southernmost_times(row, np.datetime64("2019-07-03", "ms"), np.datetime64("2019-07-05", "ms"))
    assert np.all(np.abs(np.diff(cuts).astype(float) / 1e3 - period_s(row)) < 0.1)
    around = cuts[:, None] + np.array([-30_000, 0, 30_000]).astype("timedelta64[ms]")
    latitude = propagate(row, around.reshape(-1)).latitude.reshape(around.shape)
    assert np.all(latitude[:, 1] <= latitude[:, [0, 2]].min(axis=1) + 1e-6)


@pytest.mark.parametrize("row", SENSORS, ids=lambda row: row.name)
def test_positions_never_jump_within_an_era(row):
    """Across cuts, where one repetition of the orbit ends and the next begins, and across the dates of the table."""
    day = np.timedelta64(1, "D")
    dates = [when for when, _ in row.spacecraft.local_times] + [np.datetime64(row.first_day) + 100 * day]
    for date in dates:
        cuts = southernmost_times(row, date - day, date + day)
        moments = np.concatenate([cuts, [date.astype("datetime64[ms]")]])
        before, after = propagate(row, moments - 10 * MS), propagate(row, moments + 10 * MS)
        assert np.linalg.norm(after.position - before.position, axis=-1).max() < 0.35  # 20 ms at 7.5 km/s and 0.2 km


def test_cuts_do_not_depend_on_the_interval_and_numbers_are_consecutive():
    row = INSTRUMENTS["F16_SSMIS"]
    month = southernmost_times(row, np.datetime64("2019-07-01", "ms"), np.datetime64("2019-08-01", "ms"))
    hours = southernmost_times(row, np.datetime64("2019-07-10T07:13", "ms"), np.datetime64("2019-07-10T21:00", "ms"))
    assert len(hours)
    assert np.isin(hours, month).all()
    assert set(np.diff(granule_numbers(row, month))) == {1}
    assert np.array_equal(orbit_starts(row, month), month)
    assert np.array_equal(orbit_starts(row, month[1:] - MS), month[:-1])


@pytest.mark.parametrize("row", [GMI, TMI], ids=lambda row: row.name)
def test_a_boost_falls_between_two_granules(row):
    """A granule that begins before the boost is flown in the old orbit to its end, numbers go on, every granule is whole."""
    low, high = row.spacecraft.eras
    boost = np.datetime64(high.since, "ms")
    cuts = southernmost_times(row, boost - np.timedelta64(1, "D"), boost + np.timedelta64(1, "D"))
    assert set(np.diff(granule_numbers(row, cuts))) == {1}
    lengths = np.diff(cuts).astype(float) / 1e3
    first = int(np.searchsorted(cuts, boost))  # the first cut of the new era
    assert np.ptp(lengths[:first]) < 0.01
    assert np.ptp(lengths[first:]) < 0.01
    assert 30 < lengths[first] - lengths[first - 1] < 80
    assert cuts[first - 1] < boost < cuts[first]
    assert orbit_at(row, cuts[first] - MS) is low
    assert orbit_at(row, cuts[first]) is high
    heights = propagate(row, cuts[first] + np.array([-1, 0]).astype("timedelta64[ms]")).altitude
    assert 25 < np.diff(heights)[0] < 60
    both = propagate(row, np.array([cuts[0], cuts[-1]]))  # in one call as in two
    assert both.altitude.tolist() == [propagate(row, cuts[[0]]).altitude[0], propagate(row, cuts[[-1]]).altitude[0]]


@pytest.mark.parametrize(
    ("sensor", "start", "number", "tolerance"),
    [
        ("F16_SSMIS", "2021-01-10T07:25", 88911, 3),
        ("GPM_GMI", "2014-03-04T17:59", 79, 5),
        ("GPM_GMI", "2025-01-01T11:30", 61572, 15),
        ("TRMM_TMI", "1997-12-07T23:58", 160, 0),
        ("NOAA20_ATMS", "2017-11-29T04:46", 154, 5),
        ("METOPC_MHS", "2018-11-16T06:45", 131, 5),
        ("GCOMW1_AMSR2", "2012-07-02T22:31", 676, 5),
    ],
)
def test_numbers_are_near_the_real_ones(sensor, start, number, tolerance):
    row = INSTRUMENTS[sensor]
    begun = orbit_starts(row, np.array([start], "datetime64[ms]"))
    assert abs(int(granule_numbers(row, begun)[0]) - number) <= tolerance


@pytest.mark.parametrize("row", SENSORS, ids=lambda row: row.name)
def test_numbers_are_positive_from_the_first_day(row):
    assert granule_numbers(row, orbit_starts(row, np.array([row.first_day], "datetime64[ms]")))[0] >= 0


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
