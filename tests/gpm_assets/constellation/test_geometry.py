import h5py
import numpy as np
import pytest

from gpm_assets.constellation.geometry import (
    azimuth,
    channel_incidence,
    look,
    nominal_incidence_deg,
    scan,
    slant_range_km,
)
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.orbits import EQUATORIAL_RADIUS_KM, FLATTENING, Track, propagate, southernmost_times
from gpm_assets.constellation.radar import RADAR_GROUP
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, local_axes, unit_vectors
from gpm_assets.granules.read import read_1c

FORWARDS = "2019-07-03T10:00"
"""GPM looks forwards then."""
BACKWARDS = "2019-06-10T10:00"


def times(row, scans: int = 40, start: str = FORWARDS) -> np.ndarray:
    return np.datetime64(start, "ms") + np.rint(np.arange(scans) * row.scan_period_s * 1e3).astype("timedelta64[ms]")


def swath_width_km(where) -> float:
    vectors = unit_vectors(where.latitude[0], where.longitude[0])
    return float(EARTH_RADIUS_KM * np.arccos(np.dot(vectors[0], vectors[-1])))


@pytest.mark.parametrize(
    ("sensor", "group", "incidence", "tolerance", "width_km", "width_tolerance"),
    [
        ("GPM_GMI", "S1", 52.8, 0.4, 931, 10),
        ("GPM_GMI", "S2", 49.2, 0.4, 827, 10),
        ("F16_SSMIS", "S4", 53.1, 0.4, 1707, 60),
        ("NOAA20_ATMS", "S4", 64.45, 0.6, 2550, 60),
        ("TRMM_TMI", "S3", 53.4, 0.6, 878, 25),
        ("GCOMW1_AMSR2", "S5", 55.0, 0.4, 1450, 30),
    ],
)
def test_incidence_and_swath_width(sensor, group, incidence, tolerance, width_km, width_tolerance):
    row = INSTRUMENTS[sensor]
    where = scan(row, row.group(group), times(row))
    assert np.abs(where.incidence[:, 0] - incidence).max() < tolerance
    assert abs(swath_width_km(where) - width_km) < width_tolerance
    assert abs(nominal_incidence_deg(row, row.group(group)) - incidence) < tolerance


def test_conical_incidence_is_one_angle_and_looks_ahead():
    row = INSTRUMENTS["GPM_GMI"]
    where = scan(row, row.group("S1"), times(row))
    assert np.ptp(where.incidence) < 0.3
    middle = unit_vectors(where.latitude[:, 110], where.longitude[:, 110])
    below = unit_vectors(where.track.latitude, where.track.longitude)
    ahead = EARTH_RADIUS_KM * np.arccos(np.sum(middle * below, axis=-1))
    assert np.abs(ahead - 481).max() < 15
    forward = np.einsum("ij,ij->i", middle - below, where.track.velocity)
    assert np.all(forward > 0)


def test_gmi_s2_sees_four_scans_later_what_s1_saw():
    row = INSTRUMENTS["GPM_GMI"]
    first = scan(row, row.group("S1"), times(row))
    second = scan(row, row.group("S2"), times(row))
    one = unit_vectors(first.latitude[5, 110], first.longitude[5, 110])
    two = unit_vectors(second.latitude[:, 110], second.longitude[:, 110])
    assert np.argmin(np.linalg.norm(two - one, axis=-1)) == 9


def test_cross_track_is_signed_and_symmetric():
    row = INSTRUMENTS["NOAA20_ATMS"]
    where = scan(row, row.group("S1"), times(row))
    assert np.all(where.incidence[:, 0] > 64)
    assert np.all(where.incidence[:, -1] < -64)
    np.testing.assert_allclose(where.incidence[:, 0], -where.incidence[:, -1], atol=0.1)
    assert np.all(np.diff(where.incidence, axis=1) < 0)


def test_radar_swath_is_245_km():
    row = INSTRUMENTS["GPM_GMI"]
    where = scan(row, RADAR_GROUP, times(row), cross_track=True)
    assert where.latitude.shape[1] == 49
    assert abs(swath_width_km(where) - 250) < 12


def above(latitude: np.ndarray, longitude: np.ndarray, altitude: np.ndarray, inclination_deg: float) -> Track:
    """A track through given places, flying east on an orbit of that inclination."""
    lat, lon, eccentricity = np.deg2rad(latitude), np.deg2rad(longitude), FLATTENING * (2 - FLATTENING)
    normal = EQUATORIAL_RADIUS_KM / np.sqrt(1 - eccentricity * np.sin(lat) ** 2)
    position = np.stack(
        [
            (normal + altitude) * np.cos(lat) * np.cos(lon),
            (normal + altitude) * np.cos(lat) * np.sin(lon),
            (normal * (1 - eccentricity) + altitude) * np.sin(lat),
        ],
        axis=-1,
    )
    east, north, _ = local_axes(latitude, longitude)
    geocentric = np.arcsin(position[:, 2] / np.linalg.norm(position, axis=-1))
    eastward = np.clip(np.cos(np.deg2rad(inclination_deg)) / np.cos(geocentric), -1, 1)
    northward = np.sqrt(1 - eastward**2)
    velocity = 7.6 * (eastward[:, None] * east + northward[:, None] * north)
    return Track(np.full(len(latitude), np.datetime64("2014-03-04", "ms")), position, velocity, latitude, longitude, altitude)


def at_southernmost(sensor: str, altitude: float) -> Track:
    """A sensor's southernmost state, put to another altitude."""
    row = INSTRUMENTS[sensor]
    cut = southernmost_times(row, np.datetime64("2019-07-03", "ms"), np.datetime64("2019-07-03T02:00", "ms"))[:1]
    track = propagate(row, cut)
    _, _, up = local_axes(track.latitude, track.longitude)
    position = track.position + (altitude - track.altitude)[:, None] * up
    return Track(track.time, position, track.velocity, track.latitude, track.longitude, np.array([altitude]))


@pytest.mark.parametrize(
    ("sensor", "group", "altitude", "incidence"),
    [
        ("GPM_GMI", "S1", 411.03, 52.86),
        ("GPM_GMI", "S2", 411.03, 49.19),
        ("NOAA21_ATMS", "S1", 856.0, 64.45),
        ("NOAA21_ATMS", "S2", 856.0, 64.42),
        ("NOAA21_ATMS", "S3", 856.0, 64.49),
        ("NOAA21_ATMS", "S4", 856.0, 64.47),
        ("NOAA18_MHS", "S1", 877.0, -59.11),
        ("TRMM_TMI", "S1", 356.07, 53.27),
        ("TRMM_TMI", "S2", 356.07, 53.13),
        ("TRMM_TMI", "S3", 356.07, 53.13),
    ],
)
def test_incidence_at_the_first_pixel_of_real_granules(sensor, group, altitude, incidence):
    row = INSTRUMENTS[sensor]
    cross = row.scan == "CROSSTRACK"
    forwards = np.zeros(1, np.int16)
    where = look(at_southernmost(sensor, altitude), row.group(group), forwards, cross_track=cross, sign=row.incidence_sign)
    assert abs(where.incidence[0, 0] - incidence) < 0.1


@pytest.mark.parametrize(("sensor", "pattern"), [("GPM_GMI", "1C.GPM.GMI*"), ("TRMM_TMI", "1C.TRMM.TMI*")])
def test_pixels_lie_where_real_ones_do(sensor, pattern, real_data):
    """Seen from the real spacecraft's positions, within 5 km (their attitude is not known), and incidences within 0.1 degrees."""
    row = INSTRUMENTS[sensor]
    (path,) = (real_data / "granules").glob(pattern)
    swaths = read_1c(path)
    with h5py.File(path) as file:
        for group, swath in zip(row.groups, swaths, strict=True):
            status = (file[f"{group.name}/SCstatus/SC{name}"][:].astype(float) for name in ("latitude", "longitude", "altitude"))
            track = above(*status, row.orbit.inclination_deg)
            where = look(track, group, np.zeros(len(swath.time), np.int16), cross_track=False)
            real = unit_vectors(swath.latitude, swath.longitude)
            simulated = unit_vectors(where.latitude, where.longitude)[:, : real.shape[1]]
            assert EARTH_RADIUS_KM * np.linalg.norm(real - simulated, axis=-1).max() < 5
            simulated_incidence = channel_incidence(where, group)[:, : real.shape[1]]
            assert np.abs(simulated_incidence - swath.incidence).max() < 0.1


def test_groups_of_f16_lie_to_each_other_as_in_a_real_scene(real_data):
    """Distances from S4 at the same scan and place in the scan: real ones are up to 25 km, the table agrees to 8 km."""
    row = INSTRUMENTS["F16_SSMIS"]
    (path,) = (real_data / "scenes").glob("1C.F16*")
    real = {swath.group: EARTH_RADIUS_KM * unit_vectors(swath.latitude, swath.longitude) for swath in read_1c(path)}
    made = {group.name: scan(row, group, times(row, 168, "2021-01-10T07:25:52")) for group in row.groups}
    simulated = {name: EARTH_RADIUS_KM * unit_vectors(where.latitude, where.longitude) for name, where in made.items()}
    for name, limit_km in (("S1", 8.0), ("S2", 8.0), ("S3", 6.0)):
        step = 180 // row.group(name).pixels
        away = [np.linalg.norm(where[name] - where["S4"][:, ::step], axis=-1) for where in (real, simulated)]
        known = np.isfinite(away[0])
        assert known.sum() > 5000
        difference = np.abs(away[0] - away[1])[known]
        assert np.percentile(difference, 95) < limit_km, name


def test_tmi_has_two_incidences_at_one_position():
    row = INSTRUMENTS["TRMM_TMI"]
    group = row.group("S1")
    angles = channel_incidence(scan(row, group, times(row, start="2010-01-15")), group)
    np.testing.assert_allclose(angles[..., 1] - angles[..., 0], 0.11, atol=1e-3)


def test_signs_of_incidence_are_those_of_the_files():
    for sensor, sign in (("METOPB_MHS", -1), ("NOAA20_ATMS", 1)):
        row = INSTRUMENTS[sensor]
        where = scan(row, row.groups[0], times(row, 3))
        assert np.all(sign * where.incidence[:, :40] > 0)
        assert np.all(sign * where.incidence[:, -40:] < 0)
        left = np.cross(unit_vectors(where.track.latitude, where.track.longitude), where.track.velocity)
        first = unit_vectors(where.latitude[:, 0], where.longitude[:, 0])
        assert np.all(np.sum(left * first, axis=-1) > 0)  # both begin on the left


def test_after_the_boost_gmi_looks_from_higher_up():
    row = INSTRUMENTS["GPM_GMI"]
    before, after = row.spacecraft.eras
    group = row.group("S1")
    assert nominal_incidence_deg(row, group) == nominal_incidence_deg(row, group, before)
    assert 0.2 < nominal_incidence_deg(row, group, after) - nominal_incidence_deg(row, group, before) < 0.5
    assert 1.07 < slant_range_km(group, after) / slant_range_km(group, before) < 1.09
    means = [scan(row, group, times(row, start=day)).incidence.mean() for day in (FORWARDS, "2025-07-03")]
    assert 0.1 < means[1] - means[0] < 0.6


def test_a_yawed_spacecraft_looks_backwards_at_the_same_arc():
    """First pixel on the other side of the track, as far behind as ahead before; S2 then lies four scans after S1."""
    row = INSTRUMENTS["GPM_GMI"]
    group = row.group("S1")
    track = propagate(row, times(row, 20))
    ahead, behind = (look(track, group, np.full(20, yaw, np.int16), cross_track=False) for yaw in (0, 180))
    assert not ahead.aft
    assert behind.aft
    below = unit_vectors(track.latitude, track.longitude)
    for where, sign in ((ahead, 1), (behind, -1)):
        to_middle = unit_vectors(where.latitude[:, 110], where.longitude[:, 110]) - below
        to_first = unit_vectors(where.latitude[:, 0], where.longitude[:, 0]) - below
        left = np.cross(below, track.velocity)
        assert np.all(sign * np.sum(to_middle * track.velocity, axis=-1) > 0)
        assert np.all(sign * np.sum(to_first * left, axis=-1) < 0)
    np.testing.assert_allclose(behind.incidence, ahead.incidence, atol=0.2)
    aft = [scan(row, row.group(name), times(row, start=BACKWARDS)) for name in ("S1", "S2")]
    assert all(where.aft for where in aft)
    one = unit_vectors(aft[0].latitude[20, 110], aft[0].longitude[20, 110])
    two = unit_vectors(aft[1].latitude[:, 110], aft[1].longitude[:, 110])
    assert np.argmin(np.linalg.norm(two - one, axis=-1)) == 16


@pytest.mark.parametrize("sensor", sorted(INSTRUMENTS))
def test_a_whole_orbit_has_finite_positions_and_azimuths(sensor):
    """Over both poles' neighbourhood and the date line."""
    row = INSTRUMENTS[sensor]
    cut = southernmost_times(row, np.datetime64("2019-07-03", "ms"), np.datetime64("2019-07-03T03:00", "ms"))[0]
    time = cut + np.arange(0, 6_200_000, 20_000).astype("timedelta64[ms]")
    for group in row.groups:
        where = scan(row, group, time)
        for values, limit in ((where.latitude, 90), (where.longitude, 180), (where.azimuth, 180)):
            assert np.isfinite(values).all()
            assert np.abs(values).max() <= limit
    assert np.ptp(where.longitude) > 350


def test_azimuth_agrees_with_the_ray():
    row = INSTRUMENTS["F16_SSMIS"]
    where = scan(row, row.group("S4"), times(row))
    towards = azimuth(where.track.latitude[:, None], where.track.longitude[:, None], where.latitude, where.longitude)
    difference = (towards - where.azimuth + 180) % 360 - 180
    assert np.abs(difference).max() < 0.3
    assert azimuth(np.array(0.0), np.array(0.0), np.array(0.0), np.array(10.0)) == pytest.approx(90)
