from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.collocation.radar import FOOTPRINT, match, pattern_weights, view_azimuth
from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.radar import RADAR_GROUP, RADAR_SCAN_PERIOD_S
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.granules.radar import RadarSwath

GMI = INSTRUMENTS["GPM_GMI"]
DATELINE = {"near": lambda latitude, longitude: 180 - np.abs(longitude) + np.abs(latitude) / 10}
AHEAD = np.timedelta64(67_000, "ms")
"""GMI looks 480 km ahead of the radar."""


@pytest.fixture(scope="module")
def start(crossing):
    return crossing("GPM_GMI", **DATELINE)


@pytest.fixture(scope="module")
def gmi(orbit, start):
    return orbit("GPM_GMI", 60, start)[0]


@pytest.fixture(scope="module")
def radar(start) -> RadarSwath:
    """A minute of radar scans below the GMI swath, dry."""
    time = start + AHEAD + np.rint(np.arange(20, 130) * RADAR_SCAN_PERIOD_S * 1e3).astype("timedelta64[ms]")
    where = scan(GMI, RADAR_GROUP, time, cross_track=True)
    shape = where.latitude.shape
    return RadarSwath(
        latitude=where.latitude,
        longitude=where.longitude,
        time=time,
        rain_mm_h=np.zeros(shape, np.float32),
        rain_type=np.zeros(shape, np.int8),
        surface=np.zeros(shape, np.int8),
        freezing_level_m=np.full(shape, 4000, np.float32),
        quality=np.zeros(shape, np.int8),
    )


def inland(radar: RadarSwath, gmi) -> np.ndarray:
    """GMI pixels (scan, pixel) whose whole pattern lies among the rays."""
    return match(gmi, radar).coverage > 0.97


def linear(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Rain in mm/h that rises by 0.01 mm/h a km in one direction."""
    x, y, z = np.moveaxis(unit_vectors(latitude, longitude), -1, 0)
    return 20 + 0.01 * EARTH_RADIUS_KM * (0.5 * x + 0.5 * y + np.sqrt(0.5) * z)


def test_the_pattern_is_half_at_half_its_width():
    half = np.array([FOOTPRINT.along_km / 2, -FOOTPRINT.along_km / 2])
    assert pattern_weights(np.sin(np.pi / 6) * half, np.cos(np.pi / 6) * half, np.array(30.0)) == pytest.approx([0.5, 0.5])
    across = FOOTPRINT.cross_km / 2
    assert pattern_weights(np.array(across), np.array(0.0), np.array(0.0)) == pytest.approx(0.5)
    assert pattern_weights(np.array(0.0), np.array(0.0), np.array(77.0)) == 1


@pytest.mark.parametrize("sensor", ["GPM_GMI", "F16_SSMIS"])
def test_the_view_follows_from_positions_alone(sensor, orbit, start):
    swath = orbit(sensor, 60, start)[0]
    row = INSTRUMENTS[sensor]
    true = scan(row, row.groups[0], swath.time).azimuth
    error = (view_azimuth(swath.latitude, swath.longitude) - true + 180) % 360 - 180
    assert np.abs(error[1:-1, 1:-1]).max() < 3


def test_constant_rain_comes_back_exactly(gmi, radar):
    wet = replace(radar, rain_mm_h=np.full_like(radar.rain_mm_h, 3.7), rain_type=np.full_like(radar.rain_type, 2))
    found = match(gmi, wet)
    seen = found.coverage > 0
    assert 0.05 < seen.mean() < 0.4
    assert np.allclose(found.rain_mm_h[seen], 3.7, rtol=1e-6)
    assert np.allclose(found.convective[seen], 1)
    assert np.allclose(found.freezing_level_m[seen], 4000)
    assert set(np.unique(found.rain_type[seen])) == {2}
    assert np.isnan(found.rain_mm_h[~seen]).all()
    assert set(np.unique(found.rain_type[~seen])) == {-1}
    assert found.coverage.max() <= 1


def test_linear_rain_comes_back_at_the_centre_of_the_pattern(gmi, radar):
    found = match(gmi, replace(radar, rain_mm_h=linear(radar.latitude, radar.longitude).astype(np.float32)))
    full = inland(radar, gmi)
    assert full.sum() > 500
    error_km = (found.rain_mm_h - linear(gmi.latitude, gmi.longitude))[full] / 0.01
    assert np.abs(error_km).max() < 0.2
    assert abs(error_km.mean()) < 0.02


def test_coverage_is_half_at_the_edge_of_the_radar(gmi, radar):
    found = match(gmi, radar)
    positions = EARTH_RADIUS_KM * unit_vectors(radar.latitude[:, 47:], radar.longitude[:, 47:])
    outward = positions[:, 1] - positions[:, 0]
    border = positions[:, 1] + outward / 2  # half a ray beyond the last centre
    outward /= np.linalg.norm(outward, axis=-1, keepdims=True)
    offset = EARTH_RADIUS_KM * unit_vectors(gmi.latitude, gmi.longitude).reshape(-1, 1, 3) - border
    ray = np.linalg.norm(offset, axis=-1).argmin(axis=1)
    offset = offset[np.arange(len(ray)), ray]
    outside_km = np.einsum("nj,nj->n", offset, outward[ray])
    beside = (ray > 15) & (ray < len(border) - 15) & (np.linalg.norm(offset, axis=-1) < 25)
    coverage = found.coverage.reshape(-1)

    near = beside & (np.abs(outside_km) < 6)
    inside = coverage[beside & (outside_km < -9)].mean()
    assert near.sum() > 50
    assert np.polyfit(outside_km[near], coverage[near], 1)[1] == pytest.approx(0.5 * inside, abs=0.03)
    assert inside > 0.85  # outer rays cover 28 km2 each
    assert coverage[beside & (outside_km > 14)].max() < 0.01


def test_missing_rays_have_no_weight(gmi, radar):
    rng = np.random.default_rng(1)
    missing = rng.random(radar.rain_mm_h.shape) < 0.3
    rain = linear(radar.latitude, radar.longitude).astype(np.float32)
    rain[missing] = np.nan
    holes = replace(
        radar,
        rain_mm_h=rain,
        rain_type=np.where(missing, np.int8(3), np.int8(1)),
        freezing_level_m=np.where(missing, np.float32(9999), radar.freezing_level_m),
        time=radar.time,
    )
    found = match(gmi, holes)
    whole, seen = match(gmi, radar).coverage, found.coverage > 0
    full = inland(radar, gmi)
    assert np.isfinite(found.rain_mm_h[seen]).all()
    assert found.coverage[full].mean() == pytest.approx(0.7 * whole[full].mean(), abs=0.03)
    assert (found.coverage <= whole + 1e-6).all()
    assert np.abs(found.rain_mm_h - linear(gmi.latitude, gmi.longitude))[full].max() / 0.01 < 8  # km: still inside the pattern
    assert set(np.unique(found.rain_type[seen])) == {1}
    assert np.allclose(found.freezing_level_m[seen], 4000)

    nothing = match(gmi, replace(radar, rain_mm_h=np.full_like(rain, np.nan)))
    assert nothing.coverage.max() == 0
    assert np.isnan(nothing.rain_mm_h).all()


def test_rays_seen_at_another_time_are_not_matched(gmi, radar):
    lag = match(gmi, radar).lag_s
    assert np.nanmin(lag) > 62
    assert np.nanmax(lag) < 73
    late = match(gmi, replace(radar, time=radar.time + np.timedelta64(235_000, "ms")))
    assert np.nanmin(late.lag_s) > 295
    assert np.nanmax(late.lag_s) <= 300
    assert 100 < np.isfinite(late.lag_s).sum() < 0.9 * np.isfinite(lag).sum()
    assert not np.isfinite(match(gmi, replace(radar, time=radar.time + np.timedelta64(95, "m"))).rain_mm_h).any()


def test_a_missing_scan_time_or_position_is_left_out(gmi, radar):
    time, latitude = radar.time.copy(), radar.latitude.copy()
    time[50:60] = np.datetime64("NaT")
    latitude[70:80] = np.nan
    found = match(gmi, replace(radar, time=time, latitude=latitude, rain_mm_h=np.ones_like(radar.rain_mm_h)))
    seen = found.coverage > 0
    assert (found.coverage < match(gmi, radar).coverage).sum() > 0.1 * seen.sum()
    assert np.allclose(found.rain_mm_h[seen], 1)
    assert np.isfinite(found.lag_s[seen]).all()
