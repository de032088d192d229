from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.collocation.footprint import AVERAGING
from gpm_assets.collocation.radar import joined, match, match_all
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, degrees, unit_vectors
from gpm_assets.errors import GranuleError, RequestError
from gpm_assets.granules.radar import RadarSwath

every_averaging = pytest.mark.parametrize("averaging", AVERAGING)


def inland(radar: RadarSwath, gmi) -> np.ndarray:
    """GMI pixels (scan, pixel) whose whole pattern lies among the rays."""
    return match(gmi, radar).coverage > 0.97


def linear(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Rain in mm/h that rises by 0.01 mm/h a km in one direction."""
    x, y, z = np.moveaxis(unit_vectors(latitude, longitude), -1, 0)
    return 20 + 0.01 * EARTH_RADIUS_KM * (0.5 * x + 0.5 * y + np.sqrt(0.5) * z)


@every_averaging
def test_constant_rain_comes_back_exactly(averaging, gmi, radar):
    gone = np.random.default_rng(2).random(radar.rain_mm_h.shape) < 0.3
    wet = replace(
        radar,
        rain_mm_h=np.where(gone, np.float32(np.nan), np.float32(3.7)),
        rain_type=np.full_like(radar.rain_type, 2),
        surface=np.full_like(radar.surface, 1),
    )
    found = match(gmi, wet, averaging)
    seen = np.isfinite(found.rain_mm_h)
    assert 0.05 < seen.mean() < 0.4
    assert set(np.unique(found.rain_mm_h[seen])) == {np.float32(3.7)}
    assert (found.convective[seen] == 1).all()
    assert (found.freezing_level_m[seen] == 4000).all()
    assert (found.storm_top_m[seen] == 6000).all()
    assert (found.rain_type[seen] == 2).all()
    assert (found.surface[seen] == 1).all()
    for field in ("convective", "freezing_level_m", "storm_top_m", "lag_s"):
        assert np.array_equal(np.isfinite(getattr(found, field)), seen)
    for field in ("rain_type", "surface"):
        assert (getattr(found, field)[~seen] == -1).all()
    assert 0 <= found.coverage.min() < found.coverage.max() <= 1


@pytest.mark.parametrize(
    ("averaging", "most_km", "rms_km"), [("pattern", 0.2, 0.1), ("within 7 km", 1.9, 0.9), ("nearest", 4.0, 2.3)]
)
@pytest.mark.parametrize("place", ["dateline", "far north"])
def test_linear_rain_comes_back_at_the_centre_of_the_pixel(averaging, most_km, rms_km, place, gmi, radar, far_north):
    swath, below = (gmi, radar) if place == "dateline" else far_north
    found = match(swath, replace(below, rain_mm_h=linear(below.latitude, below.longitude).astype(np.float32)), averaging)
    full = inland(below, swath)
    assert full.sum() > 300
    error_km = (found.rain_mm_h - linear(swath.latitude, swath.longitude))[full] / 0.01
    assert np.abs(error_km).max() < most_km
    assert np.sqrt(np.mean(error_km**2)) < rms_km
    assert abs(error_km.mean()) < 0.1


def turned(swath, rotation: np.ndarray):
    """A swath of GMI or the radar, moved as a whole over the globe."""
    latitude, longitude = degrees(unit_vectors(swath.latitude, swath.longitude) @ rotation.T)
    return replace(swath, latitude=latitude, longitude=longitude)


def over(place: tuple[float, float], swath) -> np.ndarray:
    """The rotation that brings the middle of a swath to a place in degrees."""
    middle = unit_vectors(*(values[tuple(size // 2 for size in swath.shape)] for values in (swath.latitude, swath.longitude)))
    target = unit_vectors(*map(np.float64, place))
    axis = np.cross(middle, target)
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + cross + cross @ cross / (1 + middle @ target)


def assert_same(one, other) -> None:
    for field in ("rain_mm_h", "coverage", "convective", "freezing_level_m", "storm_top_m", "lag_s"):
        np.testing.assert_allclose(getattr(one, field), getattr(other, field), rtol=1e-5, atol=1e-6)
    for field in ("rain_type", "surface"):
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))


@every_averaging
@pytest.mark.parametrize("place", [(90.0, 0.0), (-90.0, 0.0), (0.0, 0.0), (0.0, 180.0), (52.0, -179.9)])
def test_poles_date_line_and_greenwich_are_places_like_any_other(averaging, place, gmi, showers):
    rotation = over(place, gmi)
    there, below = turned(gmi, rotation), turned(showers, rotation)
    if abs(place[0]) == 90:
        assert np.nanmax(np.abs(below.latitude)) > 89.9
        assert np.ptp(below.longitude) > 350
    assert_same(match(there, below, averaging), match(gmi, showers, averaging))


@every_averaging
def test_longitudes_may_be_counted_from_0_to_360(averaging, gmi, showers):
    counted = replace(showers, longitude=showers.longitude % 360)
    assert counted.longitude.max() > 180 > showers.longitude.max()
    assert_same(match(gmi, counted, averaging), match(gmi, showers, averaging))


@every_averaging
def test_the_order_of_scans_rays_and_pixels_does_not_matter(averaging, gmi, showers):
    expected = match(gmi, showers, averaging)
    arrays = ("latitude", "longitude", "rain_mm_h", "rain_type", "surface", "freezing_level_m", "storm_top_m", "quality")
    turned_over = {name: getattr(showers, name)[::-1, ::-1] for name in arrays}
    assert_same(match(gmi, replace(showers, time=showers.time[::-1], **turned_over), averaging), expected)
    arrays = ("latitude", "longitude", "tb", "incidence", "quality")
    turned_over = {name: getattr(gmi, name)[::-1, ::-1] for name in arrays}
    found = match(replace(gmi, time=gmi.time[::-1], **turned_over), showers, averaging)
    assert_same(replace(found, **{name: values[::-1, ::-1] for name, values in vars(found).items()}), expected)


@every_averaging
def test_every_averaging_labels_the_same_pixels(averaging, gmi, radar):
    found, pattern = match(gmi, radar, averaging), match(gmi, radar)
    np.testing.assert_array_equal(found.coverage, pattern.coverage)
    assert np.isfinite(found.rain_mm_h[found.coverage >= 0.8]).all()


def test_the_nearest_ray_alone_speaks_and_a_missing_one_is_missing(gmi, radar, showers):
    found = match(gmi, showers, "nearest")
    rays, pixels = (EARTH_RADIUS_KM * unit_vectors(one.latitude, one.longitude).reshape(-1, 3) for one in (showers, gmi))
    inside = np.flatnonzero(inland(radar, gmi))[::5]
    distance = np.linalg.norm(pixels[inside, None] - rays[None], axis=-1)
    nearest = distance.argmin(axis=1)
    np.testing.assert_array_equal(found.rain_mm_h.reshape(-1)[inside], showers.rain_mm_h.reshape(-1)[nearest])
    assert 0 < np.isnan(found.rain_mm_h.reshape(-1)[inside]).mean() < 0.3
    within = match(gmi, showers, "within 7 km").rain_mm_h.reshape(-1)[inside]
    close = np.where(distance <= 7, showers.rain_mm_h.reshape(-1), np.nan)
    np.testing.assert_allclose(within, np.nanmean(close, axis=1), rtol=1e-5)


def test_an_unknown_averaging_is_refused(gmi, radar):
    with pytest.raises(RequestError, match="'median'; there is pattern, within 7 km, nearest"):
        match(gmi, radar, "median")


def test_type_and_surface_are_those_of_most_weight(gmi, radar):
    rng = np.random.default_rng(4)
    meridian = np.median(radar.longitude % 360)
    convective = rng.random(radar.rain_mm_h.shape) < 0.3
    mixed = replace(
        radar,
        rain_mm_h=np.where(convective, np.float32(8), np.float32(2)),
        rain_type=np.where(convective, np.int8(2), np.int8(1)),
        surface=np.where(radar.longitude % 360 > meridian, np.int8(1), np.int8(0)),
    )
    found = match(gmi, mixed)
    seen = found.coverage > 0.9
    share = (found.rain_mm_h - 2) / 6  # of the weight that is convective
    np.testing.assert_allclose(found.convective[seen], (8 * share / found.rain_mm_h)[seen], rtol=1e-4)
    np.testing.assert_array_equal((found.rain_type == 2)[seen], (share > 0.5)[seen])
    east = gmi.longitude % 360 - meridian
    away = seen & (np.abs(east) > 0.2)
    np.testing.assert_array_equal(found.surface[away], (east > 0)[away])
    assert set(np.unique(found.surface[seen])) == {0, 1}


def test_storm_tops_are_those_of_the_rain(gmi, radar):
    """Of rays that rain and tell one: weighted by their rain; a dry ray with an echo aloft says nothing, nor does dry ground."""
    rng = np.random.default_rng(6)
    kind = rng.choice(["heavy", "light", "aloft", "untold"], radar.rain_mm_h.shape)
    rain = np.select([kind == "heavy", kind == "light", kind == "aloft"], [8, 2, 0], 8).astype(np.float32)
    top = np.select([kind == "heavy", kind == "light", kind == "aloft"], [12000, 3000, 9000], np.nan).astype(np.float32)
    found = match(gmi, replace(radar, rain_mm_h=rain, storm_top_m=top))
    heavy, light = (match(gmi, replace(radar, rain_mm_h=(kind == one).astype(np.float32))) for one in ("heavy", "light"))
    seen = (found.coverage > 0.9) & (heavy.rain_mm_h + light.rain_mm_h > 0.1)
    volumes = 8 * heavy.rain_mm_h, 2 * light.rain_mm_h
    with np.errstate(invalid="ignore"):
        expected = (12000 * volumes[0] + 3000 * volumes[1]) / (volumes[0] + volumes[1])
    np.testing.assert_allclose(found.storm_top_m[seen], expected[seen], rtol=1e-4)
    assert np.ptp(found.storm_top_m[seen]) > 5000
    dry = match(gmi, replace(radar, storm_top_m=np.full_like(top, 9000)))
    assert np.isfinite(dry.rain_mm_h).any()
    assert np.isnan(dry.storm_top_m).all()


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


def test_rains_on_the_same_rays_share_an_operator_and_on_others_have_their_own(gmi, showers):
    half = replace(showers, rain_mm_h=showers.rain_mm_h / 2)
    lost = np.where(np.arange(len(showers.time))[:, None] < 40, np.nan, showers.latitude)
    other = replace(showers, latitude=lost, rain_mm_h=showers.rain_mm_h * 3)
    found = match_all(gmi, {"one": showers, "half": half, "other": other})
    for name, radar in (("one", showers), ("half", half), ("other", other)):
        assert_same(found[name], match(gmi, radar))
    np.testing.assert_allclose(found["half"].rain_mm_h, found["one"].rain_mm_h / 2, rtol=1e-6)
    assert (found["other"].coverage < found["one"].coverage).any()


def test_the_end_of_a_gmi_granule_is_seen_by_the_next_radar_granule(gmi, showers):
    scan = ("latitude", "longitude", "time", "rain_mm_h", "rain_type", "surface", "freezing_level_m", "storm_top_m", "quality")
    parts = [replace(showers, granule=str(k), **{name: getattr(showers, name)[k : k + 60] for name in scan}) for k in (0, 60)]
    assert_same(match(gmi, joined(parts)), match(gmi, showers))
    assert (match(gmi, parts[0]).coverage < match(gmi, showers).coverage).mean() > 0.05
    fewer = replace(parts[1], **{name: getattr(parts[1], name)[:, :25] for name in scan if name != "time"})
    with pytest.raises(GranuleError, match="numbers of rays"):
        joined([parts[0], fewer])


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


@every_averaging
def test_nothing_seen_is_nothing_known(averaging, gmi, radar):
    arrays = ("latitude", "longitude", "time", "rain_mm_h", "rain_type", "surface", "freezing_level_m", "storm_top_m", "quality")
    for blind in (
        replace(radar, **{name: getattr(radar, name)[:0] for name in arrays}),
        replace(radar, time=np.full_like(radar.time, np.datetime64("NaT"))),
        replace(radar, latitude=-radar.latitude, longitude=radar.longitude + 90),
    ):
        found = match(gmi, blind, averaging)
        assert found.coverage.max() == 0
        assert np.isnan(found.rain_mm_h).all()
        assert (found.rain_type == -1).all()
    nowhere = replace(gmi, latitude=np.full_like(gmi.latitude, np.nan))
    assert match(nowhere, radar, averaging).coverage.max() == 0
