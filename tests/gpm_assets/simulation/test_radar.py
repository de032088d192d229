from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.granules.radar import read_radar
from gpm_assets.simulation.granules import granule_name, simulate_granule
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.plan import PlanConfig, PlannedGranule, plan
from gpm_assets.simulation.radar import Column, attenuation_db, clutter_free_km, radar_rains, reflectivity_dbz, simulate_radar
from gpm_assets.simulation.scene import Seen, scene

NATURE = Nature(1)


def piece(product: str, fraction: float = 0.25) -> PlannedGranule:
    return plan(product, "2019-07", PlanConfig(seed=1, orbits=2, fraction=fraction))[0]


def column(**values: float) -> Column:
    usual = {
        "rain": 1,
        "aloft": 1,
        "convective": 0,
        "land": 0,
        "freezing_km": 4,
        "storm_top_km": 6,
        "drop_size": 1,
        "clutter_km": 1,
    }
    return Column(**{name: np.array([[value]], float) for name, value in (usual | values).items()})


@pytest.fixture(scope="module")
def seen():
    """Two rains of a quarter of an orbit, and the world's rain there."""
    planned = piece("GPM_DPR")
    rains = radar_rains(planned, NATURE)
    near = rains["near_surface"]
    around = scene(1, Seen(near.latitude, near.longitude, near.time), 10.0, morphology=NATURE.morphology)
    rain = around.tiles.interpolate(around.world.rain[:, None], near.latitude, near.longitude)[..., 0]
    return rains, rain


@pytest.mark.parametrize(("product", "version"), [("GPM_DPR", "V07A"), ("GPM_DPR", "V08A"), ("GPM_DPRGMI", "V07A")])
def test_both_rains_are_in_the_file(product, version, tmp_path):
    planned = piece(product, 0.03)
    path = tmp_path / granule_name(planned, version=version)
    simulate_granule(planned, NATURE, path, version=version)
    for rain, expected in radar_rains(planned, NATURE).items():
        read = read_radar(path, rain=rain)
        assert read.product == expected.product
        kept = read.quality >= 0
        np.testing.assert_array_equal(read.rain_mm_h[kept], expected.rain_mm_h[kept])
        np.testing.assert_array_equal(read.rain_type, expected.rain_type)
        np.testing.assert_array_equal(read.surface, expected.surface)
        np.testing.assert_array_equal(read.quality, expected.quality)
        np.testing.assert_array_equal(read.storm_top_m, expected.storm_top_m)


def test_same_bytes_twice(tmp_path):
    planned = piece("GPM_DPRGMI", 0.02)
    for name in ("one", "two"):
        simulate_granule(planned, NATURE, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_radar_misses_light_rain_and_errs_by_a_quarter(seen):
    rains, rain = seen
    near = rains["near_surface"]
    known = np.isfinite(near.rain_mm_h)
    wet = near.rain_mm_h > 0
    assert 0.4 < (wet & (rain > 0.1)).sum() / (known & (rain > 0.1)).sum() < 0.85
    assert not (wet & (rain < 0.1)).any()
    assert wet[known & (rain > 5)].mean() > 0.9
    np.testing.assert_array_equal(wet, near.rain_type > 0)
    assert set(np.unique(near.surface)) <= {-1, 0, 1, 2}
    assert np.nanmax(near.freezing_level_m) < 5700
    np.testing.assert_array_equal(wet, np.isfinite(near.storm_top_m))
    lowest = 1e3 * np.broadcast_to(clutter_free_km(), wet.shape)
    assert np.all(near.storm_top_m[wet] >= np.float32(lowest[wet]))
    assert 5000 < np.percentile(near.storm_top_m[wet], 95) < 16_500
    ratio = np.log(near.rain_mm_h[wet] / rain[wet])
    assert 0.2 < ratio.std() < 0.35
    assert abs(ratio.mean()) < 0.1
    below = rains["surface"].rain_mm_h[wet] / near.rain_mm_h[wet]
    assert np.all((below > 0.95) & (below < 1))


def test_errors_are_correlated_along_the_scan(seen):
    rains, rain = seen
    near = rains["near_surface"]
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(near.rain_mm_h > 0, np.log(near.rain_mm_h / rain), np.nan)
    both = np.isfinite(error[:, 1:]) & np.isfinite(error[:, :-1])
    assert np.corrcoef(error[:, 1:][both], error[:, :-1][both])[0, 1] > 0.7


def test_combined_product_shares_part_of_the_radars_error(seen):
    rains, _ = seen
    radar = rains["near_surface"].rain_mm_h
    combined = simulate_radar(replace(piece("GPM_DPR"), product="GPM_DPRGMI"), NATURE)
    assert combined.product == "2BCMB"
    wet = (radar > 0) & (combined.rain_mm_h > 0)
    ratio = np.log(combined.rain_mm_h[wet] / radar[wet])
    assert 0.05 < ratio.std() < 0.35


def test_clutter_rises_off_nadir():
    height = clutter_free_km()
    assert height[24] == pytest.approx(1.0)
    assert height[[0, 48]] == pytest.approx(2.0)
    assert np.all(np.diff(height[24:]) > 0)


def test_reflectivity_is_that_of_rain_drops_and_snow():
    assert reflectivity_dbz(column())[0, 0] == pytest.approx(10 * np.log10(200))
    assert reflectivity_dbz(column(aloft=0.3))[0, 0] < 15.5 < reflectivity_dbz(column(aloft=0.4))[0, 0]
    assert reflectivity_dbz(column(drop_size=1.15))[0, 0] - reflectivity_dbz(column())[0, 0] == pytest.approx(1.4, abs=0.1)
    weak = {"aloft": 0.2, "freezing_km": 0.5}
    assert reflectivity_dbz(column(**weak))[0, 0] < reflectivity_dbz(column(aloft=0.2))[0, 0]


def test_attenuation_grows_with_rain_and_its_depth():
    assert attenuation_db(column(rain=50))[0, 0] == pytest.approx(24.6, abs=0.5)
    assert attenuation_db(column(rain=50, freezing_km=2))[0, 0] == pytest.approx(12.3, abs=0.3)


def test_gaps_occur_in_some_granules():
    pieces = [replace(piece("GPM_DPR", 0.01), number=number) for number in range(20)]
    lost = [np.isnan(simulate_radar(one, NATURE).latitude).all(axis=1).sum() for one in pieces]
    assert 1 <= np.count_nonzero(lost) <= 14
    assert max(lost) <= 4
