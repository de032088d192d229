from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.sphere import unit_vectors
from gpm_assets.errors import GpmAssetsError
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.observation import View, footprint_mean, noise, observe, reach_km, view
from gpm_assets.simulation.scene import Seen, scene, segments

GMI = INSTRUMENTS["GPM_GMI"]
NATURE = Nature(1)
PHYSICS = NATURE.physics
START = np.datetime64("2019-07-22T05:26", "ms")


def look(sensor: str, group: str, scans: int = 24):
    row = INSTRUMENTS[sensor]
    time = START + np.rint(np.arange(scans) * row.scan_period_s * 1e3).astype("timedelta64[ms]")
    where = view(row, row.group(group), scan(row, row.group(group), time))
    return where, scene(1, Seen(where.latitude, where.longitude, time), reach_km(where, row.group(group).channels, PHYSICS))


@pytest.fixture(scope="module")
def gmi():
    return look("GPM_GMI", "S1")


@pytest.fixture(scope="module")
def atms():
    return look("NOAA20_ATMS", "S1", 12)


@pytest.mark.parametrize("sensor", ["gmi", "atms"])
@pytest.mark.parametrize("widths", [(32.1, 19.4), (7.2, 4.4), (75.0, 45.0)])
def test_mean_of_a_constant_is_the_constant(sensor, widths, request):
    where, _ = request.getfixturevalue(sensor)
    wide = scene(1, Seen(where.latitude, where.longitude, np.full(len(where.latitude), START)), 400.0)
    values = np.full((len(wide.world.land), 1), 217.25, np.float32)
    np.testing.assert_allclose(footprint_mean(wide, values, where, *widths), 217.25, rtol=2e-6)


def spread_km(where: View, widths: tuple[float, float], azimuth_deg: float) -> float:
    """Standard deviation along an azimuth of the footprint of the middle pixel, from the mean of a squared distance."""
    index = (slice(10, 11), slice(110, 111))
    one = View(where.latitude[index], where.longitude[index], where.azimuth[index], 52.8)
    around = scene(1, Seen(one.latitude, one.longitude, np.array([START])), 250.0)
    latitude, longitude = around.tiles.nodes()
    here = unit_vectors(one.latitude[0, 0], one.longitude[0, 0])
    lat, lon, azimuth = np.deg2rad(one.latitude[0, 0]), np.deg2rad(one.longitude[0, 0]), np.deg2rad(azimuth_deg)
    east = np.array([-np.sin(lon), np.cos(lon), 0.0])
    north = np.array([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)])
    offset = 6371 * (unit_vectors(latitude, longitude) - here) @ (np.sin(azimuth) * east + np.cos(azimuth) * north)
    squared = footprint_mean(around, (offset**2)[:, None].astype(np.float32), one, *widths)[0, 0, 0]
    centre = footprint_mean(around, offset[:, None].astype(np.float32), one, *widths)[0, 0, 0]
    return float(np.sqrt(squared - centre**2))


@pytest.mark.parametrize("widths", [(32.1, 19.4), (15.6, 9.4), (44.2, 27.5), (74.0, 45.0), (14.4, 13.1)])
def test_footprints_have_their_half_power_widths(gmi, widths):
    where, _ = gmi
    towards = where.azimuth[10, 110]
    assert spread_km(where, widths, towards) * 2.355 == pytest.approx(widths[0], rel=0.06)
    assert spread_km(where, widths, towards + 90) * 2.355 == pytest.approx(widths[1], rel=0.06)


def test_wide_footprints_smooth_rain(gmi):
    where, around = gmi
    rain = around.world.rain[:, None]
    fine, coarse = (footprint_mean(around, rain, where, *widths) for widths in ((15.6, 9.4), (32.1, 19.4)))
    assert coarse.std() < fine.std() < rain.std()
    assert coarse.mean() == pytest.approx(fine.mean(), rel=0.1)


def test_scene_that_is_too_small_is_refused(gmi):
    where, _ = gmi
    small = scene(1, Seen(where.latitude, where.longitude, np.full(len(where.latitude), START)), 0.0)
    with pytest.raises(GpmAssetsError, match="reach_km"):
        footprint_mean(small, small.world.rain[:, None], where, 150.0, 90.0)


def test_missing_positions_stay_missing_and_the_rest_is_the_same(gmi):
    where, around = gmi
    holes = where.latitude.copy()
    holes[3] = np.nan
    holes[7, 20:40] = np.nan
    full = observe(around, where, GMI.groups[0].channels, PHYSICS)
    found = observe(around, replace(where, latitude=holes), GMI.groups[0].channels, PHYSICS)
    assert np.isnan(found[np.isnan(holes)]).all()
    assert np.nanpercentile(np.abs(found - full), 99) < 0.01
    assert np.nanmax(np.abs(found - full)) < 0.5  # the time of ice and cells near a hole comes from farther pixels


def test_cross_track_footprints_grow_and_polarisations_meet_at_nadir(atms):
    where, around = atms
    index = around.world.rain[:, None]
    smooth = footprint_mean(around, index, where, 75.0, 75.0)
    assert np.isfinite(smooth).all()
    tb = observe(around, where, INSTRUMENTS["NOAA20_ATMS"].groups[0].channels, PHYSICS)
    assert tb.shape == (12, 96, 1)
    assert tb.min() > 100
    assert tb.max() < 320


def test_noise_is_the_nedt_and_follows_its_seed():
    channels = GMI.groups[0].channels
    drawn = noise(NATURE, "granule", channels, (200, 221))
    np.testing.assert_allclose(drawn.std(axis=(0, 1)), [channel.nedt_k for channel in channels], rtol=0.03)
    np.testing.assert_array_equal(drawn, noise(NATURE, "granule", channels, (200, 221)))
    assert not np.array_equal(drawn, noise(NATURE, "other", channels, (200, 221)))
    assert abs(np.corrcoef(drawn[..., 0].ravel(), drawn[..., 1].ravel())[0, 1]) < 0.02


def test_antenna_tails_see_farther(gmi):
    """Half of a scene is 100 K warmer: far from its edge footprints do not see it, near it tails see more of it than beams."""
    where, _ = gmi
    wide = scene(1, Seen(where.latitude, where.longitude, np.full(len(where.latitude), START)), 300.0)
    channels = GMI.groups[0].channels[:1]
    step = np.where(wide.tiles.nodes()[1] > where.longitude[12, 110], 100.0, 0.0).astype(np.float32)[:, None]

    def warming(share: float):
        physics = replace(PHYSICS, antenna_tail=share)
        with_step, without = (observe(wide, where, channels, physics, error)[..., 0] for error in (step, None))
        return with_step - without

    beam, half, usual = warming(0.0), warming(0.5), warming(PHYSICS.antenna_tail)
    cold = np.abs(beam) < 0.01
    assert (half[cold] > 1.0).any()
    assert (half[cold] < 0.01).any()
    np.testing.assert_allclose(usual, beam + 2 * PHYSICS.antenna_tail * (half - beam), atol=0.02)


def test_tails_of_a_constant_change_nothing(atms):
    where, _ = atms
    channels = INSTRUMENTS["NOAA20_ATMS"].groups[0].channels
    reach = reach_km(where, channels, Nature(1, "B").physics)
    around = scene(1, Seen(where.latitude, where.longitude, np.full(len(where.latitude), START)), reach)
    constant = np.full((len(around.world.land), 1), 50.0, np.float32)
    plain, raised = (observe(around, where, channels, Nature(1, "B").physics, error) for error in (None, constant))
    np.testing.assert_allclose(raised - plain, 50.0, atol=1e-3)


def test_no_position_at_all_is_an_error():
    nowhere = np.full((2, 3), np.nan)
    with pytest.raises(GpmAssetsError, match="position"):
        scene(1, Seen(nowhere, nowhere, np.full(2, START)), 50.0)


def test_segments_cover_every_row_once():
    for rows in (1, 999, 1000, 1001, 3217):
        parts = segments(rows)
        assert [row for part in parts for row in range(rows)[part]] == list(range(rows))
        assert max(part.stop - part.start for part in parts) <= 1000
