from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.collocation.radar import match
from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.geometry import azimuth, scan
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GpmAssetsError
from gpm_assets.granules.radar import RadarSwath
from gpm_assets.simulation.calibration import offsets
from gpm_assets.simulation.granules import scene_of, simulate_swaths
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.observation import observe, view
from gpm_assets.simulation.pieces import scan_times
from gpm_assets.simulation.plan import PlanConfig, plan
from gpm_assets.simulation.scene import Seen, scene
from gpm_assets.simulation.truth import truth, view_azimuth

GMI = INSTRUMENTS["GPM_GMI"]
NATURE = Nature(1)
CONFIG = PlanConfig(seed=1, orbits=2, fraction=0.02)


@pytest.fixture(scope="module")
def gmi():
    piece = plan("GPM_GMI", "2019-07", CONFIG)[0]
    return piece, simulate_swaths(piece, NATURE)[0]


def test_truth_at_gmis_own_pixels_is_gmis_own_observation(gmi):
    piece, swaths = gmi
    time = scan_times(piece)
    views = {group.name: view(GMI, group, scan(GMI, group, time)) for group in GMI.groups}
    own = scene_of(GMI, views, time, NATURE)
    for swath, group, first in ((swaths[0], GMI.groups[0], 0), (swaths[1], GMI.groups[1], 9)):
        measured = observe(own, views[group.name], group.channels, NATURE.physics)
        found = truth(replace(swath, granule="x"), NATURE).tb[..., first : first + len(group.channels)]
        known = np.isfinite(found)
        assert known.mean() > 0.8
        difference = np.abs(found - measured)[known]
        if group.name == "S1":
            assert difference.max() < 0.05
        else:  # S2 sees a place 7 s later than S1, at whose time the granule's scene is held
            assert np.percentile(difference, 99) < 0.5


def test_noise_is_gmis_and_deterministic(gmi):
    swath = gmi[1][0]
    first, second = truth(swath, NATURE), truth(swath, NATURE)
    np.testing.assert_array_equal(first.tb_noisy, second.tb_noisy)
    steady = offsets(NATURE, GMI, GMI.channels, swath.time)[:, None]
    drawn = np.nanstd(first.tb_noisy - first.tb - steady, axis=(0, 1))
    assert np.abs(np.nanmean(first.tb_noisy - first.tb - steady)) < 0.01
    np.testing.assert_allclose(drawn, [channel.nedt_k for channel in GMI.channels], rtol=0.05)
    assert first.channels == GMI.channel_names


def test_missing_positions_stay_missing(gmi):
    swath = gmi[1][0]
    holes = swath.latitude.copy()
    holes[5:9] = np.nan
    found = truth(replace(swath, latitude=holes), NATURE)
    for values in (found.tb, found.tb_noisy, found.rain_mm_h, found.convective_fraction, found.land_fraction, found.storm_top_m):
        assert np.isnan(values[5:9]).all()
    known = np.isfinite(holes)
    assert np.isfinite(found.rain_mm_h[known]).all()
    assert np.all((found.convective_fraction[known] >= 0) & (found.convective_fraction[known] <= 1))
    assert np.all((found.land_fraction[known] >= -1e-5) & (found.land_fraction[known] <= 1 + 1e-5))


def test_storm_tops_are_those_of_the_rain(gmi):
    """None where it is dry; elsewhere what the labels make of a radar that sees every node of the world."""
    swath = replace(gmi[1][0], granule="x")
    found = truth(swath, NATURE)
    np.testing.assert_array_equal(np.isfinite(found.storm_top_m), found.rain_mm_h > 0)
    around = scene(NATURE.seed, Seen(swath.latitude, swath.longitude, swath.time), 60.0, morphology=NATURE.morphology)
    latitude, longitude = (part[:, None] for part in around.tiles.nodes())
    none = np.zeros(latitude.shape, np.int8)
    rain, top = around.world.rain[:, None], around.world.storm_top[:, None]
    time = np.full(len(latitude), swath.time[len(swath.time) // 2])
    seen = match(swath, RadarSwath(latitude, longitude, time, rain, none, none, 0 * top, top, none))
    raining = (found.rain_mm_h > 0.1) & (seen.rain_mm_h > 0.1)
    assert raining.sum() > 500
    error = (found.storm_top_m - seen.storm_top_m)[raining]
    assert np.std(found.storm_top_m[raining]) > 500
    assert np.sqrt(np.mean(error**2)) < 50
    assert abs(error.mean()) < 10


@pytest.mark.parametrize("sensor", ["F16_SSMIS", "NOAA20_ATMS"])
def test_partners_truth_on_the_gmi_like_sampling(sensor):
    row = INSTRUMENTS[sensor]
    piece = plan(sensor, "2019-07", CONFIG)[0]
    swath = gmi_like(simulate_swaths(piece, NATURE)[0], row)
    found = truth(swath, NATURE)
    assert found.tb.shape == (*swath.shape, 13)
    known = np.isfinite(swath.latitude)
    assert np.isfinite(found.tb[known]).all()
    near = {"F16_SSMIS": ("91.665H", 8), "NOAA20_ATMS": ("183.31±7QH", 12)}[sensor]
    own, gmi = swath.channel(near[0]), found.tb[..., near[1]]
    both = np.isfinite(own) & np.isfinite(gmi)
    assert np.corrcoef(own[both], gmi[both])[0, 1] > 0.75  # same scene, other angle, footprint and noise


def test_azimuth_is_the_way_of_looking(gmi):
    swath = gmi[1][0]
    towards = view_azimuth(swath)
    known = np.isfinite(swath.latitude)
    where = scan(GMI, GMI.groups[0], swath.time)
    assert np.abs((towards - where.azimuth + 180) % 360 - 180)[known].max() < 0.3
    track = simulate_swaths(plan("NOAA20_ATMS", "2019-07", CONFIG)[0], NATURE)[0][3]
    middle = track.latitude[:, 48], track.longitude[:, 48]
    along = azimuth(middle[0][:-1], middle[1][:-1], middle[0][1:], middle[1][1:])
    apart = (view_azimuth(track)[1:, 48] - along + 180) % 360 - 180
    assert np.nanmax(np.abs(apart)) < 6  # the Earth turns below


def test_a_swath_without_positions_is_refused(gmi):
    swath = gmi[1][0]
    with pytest.raises(GpmAssetsError, match="no pixel"):
        truth(replace(swath, time=np.full_like(swath.time, np.datetime64("NaT"))), NATURE)
