from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.collocation.rival import MAX_KM, on_pixels
from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.errors import GpmAssetsError
from gpm_assets.granules.gprof import GprofSwath

SCANS = 60


def retrieved(native, rain: np.ndarray) -> GprofSwath:
    """GPROF on the pixels of a native swath group."""
    blank = np.zeros(rain.shape, np.float32)
    place = (native.latitude, native.longitude, native.time)
    return GprofSwath(*place, rain.astype(np.float32), blank, blank.astype(np.int8), native.sensor)


def numbered(native) -> np.ndarray:
    """Rain (scan, pixel) that is the number of its pixel."""
    return np.arange(native.latitude.size).reshape(native.latitude.shape)


def places_km(latitude, longitude) -> np.ndarray:
    return EARTH_RADIUS_KM * unit_vectors(latitude, longitude).reshape(-1, 3)


@pytest.fixture(scope="module", params=["METOPB_MHS", "F16_SSMIS", "GPM_GMI"])
def sensor(request, orbit):
    """The finest group of a sensor and its swath on the GMI-like sampling, a minute or two."""
    row = INSTRUMENTS[request.param]
    pieces = orbit(request.param, SCANS)
    native = next(piece for piece in pieces if piece.group == row.reference_group)
    return native, gmi_like(pieces, row)


def test_rain_is_that_of_the_nearest_pixel_within_reach(sensor):
    native, swath = sensor
    found = on_pixels(retrieved(native, numbered(native)), swath)
    known = np.isfinite(swath.latitude).reshape(-1)
    ours = places_km(swath.latitude, swath.longitude)[known]
    theirs = places_km(native.latitude, native.longitude)
    chosen = np.arange(len(ours))[:: max(len(ours) // 400, 1)]
    distance = np.linalg.norm(ours[chosen, None] - theirs[None], axis=-1)
    expected = np.where(distance.min(axis=1) <= MAX_KM, distance.argmin(axis=1), np.nan)
    sure = np.abs(np.diff(np.partition(distance, 1, axis=1)[:, :2], axis=1)[:, 0]) > 0.01
    np.testing.assert_array_equal(found.reshape(-1)[known][chosen][sure], expected[sure])
    assert sure.mean() > 0.9
    if native.sensor == "GPM_GMI":
        same = on_pixels(retrieved(native, numbered(native)), swath, 1.0)
        np.testing.assert_array_equal(np.sort(same[np.isfinite(same)]), np.arange(native.latitude.size))
    if native.sensor == "METOPB_MHS":
        assert 0.5 < np.isfinite(found).mean() < 1, "at the edge of the scan pixels are too far apart"


def test_a_pixel_that_gprof_left_out_is_missing_and_no_neighbour_stands_in(sensor):
    native, swath = sensor
    rain = numbered(native).astype(float)
    gone = np.random.default_rng(1).random(rain.shape) < 0.2
    whole = on_pixels(retrieved(native, rain), swath)
    holes = on_pixels(retrieved(native, np.where(gone, np.nan, rain)), swath)
    near = np.isfinite(whole)
    lost = gone.reshape(-1)[np.where(near, whole, 0).astype(int)]
    assert 0.1 < lost[near].mean() < 0.3
    np.testing.assert_array_equal(holes, np.where(near & ~lost, whole, np.nan))


def test_the_other_end_of_the_orbit_never_matches(sensor):
    native, swath = sensor
    gprof = retrieved(native, numbered(native))
    other = replace(gprof, time=gprof.time + np.timedelta64(97, "m"))
    assert np.isnan(on_pixels(other, swath)).all()
    later = replace(other, rain_mm_h=other.rain_mm_h + 1e6)
    names = ("latitude", "longitude", "time", "rain_mm_h", "probability_of_precipitation", "quality")
    both = replace(gprof, **{name: np.concatenate([getattr(later, name), getattr(gprof, name)]) for name in names})
    np.testing.assert_array_equal(on_pixels(both, swath), on_pixels(gprof, swath))


def test_scans_and_positions_that_are_missing_on_either_side_have_no_rain(sensor):
    native, swath = sensor
    gprof = retrieved(native, numbered(native))
    assert np.isnan(on_pixels(replace(gprof, time=np.full_like(gprof.time, np.datetime64("NaT"))), swath)).all()
    nowhere = replace(gprof, latitude=np.full_like(gprof.latitude, np.nan))
    assert np.isnan(on_pixels(nowhere, swath)).all()
    latitude = swath.latitude.copy()
    latitude[:5] = np.nan
    found = on_pixels(gprof, replace(swath, latitude=latitude))
    assert np.isnan(found[:5]).all()
    np.testing.assert_array_equal(found[5:], on_pixels(gprof, swath)[5:])


def test_reach_is_a_choice(sensor):
    native, swath = sensor
    gprof = retrieved(native, numbered(native))
    near, far = (np.isfinite(on_pixels(gprof, swath, max_km)) for max_km in (1, 40))
    assert near.sum() < far.sum()
    assert (far | ~near).all()
    during = (swath.time >= native.time[0]) & (swath.time <= native.time[-1])
    assert far[np.isfinite(swath.latitude) & during[:, None]].all()


def test_another_sensor_is_no_rival(sensor):
    native, swath = sensor
    with pytest.raises(GpmAssetsError, match="no rival"):
        on_pixels(replace(retrieved(native, numbered(native)), sensor="NOAA19_MHS"), swath)
