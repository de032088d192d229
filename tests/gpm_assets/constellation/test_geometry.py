import numpy as np
import pytest

from gpm_assets.constellation.geometry import RADAR_GROUP, azimuth, nominal_incidence_deg, scan
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.orbits import southernmost_times
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors


def times(row, scans: int = 40, start: str = "2019-07-03T10:00") -> np.ndarray:
    return np.datetime64(start, "ms") + np.rint(np.arange(scans) * row.scan_period_s * 1e3).astype("timedelta64[ms]")


def swath_width_km(where) -> float:
    vectors = unit_vectors(where.latitude[0], where.longitude[0])
    return float(EARTH_RADIUS_KM * np.arccos(np.dot(vectors[0], vectors[-1])))


@pytest.mark.parametrize(
    ("sensor", "group", "incidence", "tolerance", "width_km", "width_tolerance"),
    [
        ("GPM_GMI", "S1", 52.8, 0.4, 904, 40),
        ("GPM_GMI", "S2", 49.2, 0.4, 805, 40),
        ("F16_SSMIS", "S4", 53.1, 0.4, 1707, 60),
        ("NOAA20_ATMS", "S4", 64.45, 0.6, 2550, 60),
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
