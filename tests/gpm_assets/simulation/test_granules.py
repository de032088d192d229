from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.granules.radar import read_radar
from gpm_assets.granules.read import read_1c
from gpm_assets.simulation.granules import granule_name, simulate_granule, simulate_radar, simulate_swaths
from gpm_assets.simulation.plan import PlanConfig, plan

CONFIG = PlanConfig(seed=1, orbits=2, fraction=0.015)


def planned(product: str):
    return plan(product, "2019-07", CONFIG)[0]


@pytest.mark.parametrize("sensor", ["GPM_GMI", "F16_SSMIS", "NOAA20_ATMS"])
def test_granules_are_written_as_ppf_files_and_read_back(sensor, tmp_path):
    piece = planned(sensor)
    path = tmp_path / granule_name(piece)
    simulate_granule(piece, 1, path)
    row = INSTRUMENTS[sensor]
    swaths = read_1c(path)
    assert [swath.group for swath in swaths] == [group.name for group in row.groups]
    for swath, group in zip(swaths, row.groups, strict=True):
        assert swath.sensor == sensor
        assert swath.channels == tuple(channel.name for channel in group.channels)
        assert swath.shape[1] == group.pixels
        assert swath.valid_fraction > 0.85
        assert np.nanmin(swath.tb) > 50
        assert np.nanmax(swath.tb) < 330


def test_same_plan_and_seed_same_bytes(tmp_path):
    piece = planned("GPM_GMI")
    for name, seed in (("one", 1), ("two", 1), ("three", 2)):
        simulate_granule(piece, seed, tmp_path / name)
    contents = [(tmp_path / name).read_bytes() for name in ("one", "two", "three")]
    assert contents[0] == contents[1] != contents[2]


def test_missing_scans_are_marked():
    swaths, _ = simulate_swaths(planned("GPM_GMI"), 1)
    for swath in swaths:
        lost = np.isnan(swath.latitude)
        np.testing.assert_array_equal(lost, swath.quality == -1)
        np.testing.assert_array_equal(lost, np.isnan(swath.tb).all(axis=-1))
        assert not np.isnat(swath.time).any()


def test_gaps_occur_in_some_granules():
    pieces = [replace(planned("GPM_DPR"), number=number) for number in range(20)]
    lost = [np.isnan(simulate_radar(piece, 1).latitude).all(axis=1).sum() for piece in pieces]
    assert 1 <= np.count_nonzero(lost) <= 14
    assert max(lost) <= 4


def test_radar_is_rain_with_an_error(tmp_path):
    piece = plan("GPM_DPR", "2019-07", replace(CONFIG, fraction=0.25))[0]
    path = tmp_path / granule_name(piece)
    simulate_granule(piece, 1, path)
    radar = read_radar(path)
    assert radar.latitude.shape[1] == 49
    wet = radar.rain_mm_h > 0
    assert 0.005 < wet.mean() < 0.3
    assert radar.rain_mm_h[wet].min() >= 0.2 - 1e-6
    np.testing.assert_array_equal(wet, radar.rain_type > 0)
    assert set(np.unique(radar.surface)) <= {-1, 0, 1, 2}
    assert np.nanmax(radar.freezing_level_m) < 5500


def test_names_are_those_of_pps():
    assert granule_name(planned("GPM_GMI")).startswith("1C.GPM.GMI.XCAL2016-C.201907")
    assert granule_name(planned("F16_SSMIS")).startswith("1C.F16.SSMIS.XCAL2021-V.201907")
    assert granule_name(planned("GPM_DPR")).startswith("2A.GPM.DPR.V9-20211125.201907")
