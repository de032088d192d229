from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.sphere import unit_vectors
from gpm_assets.errors import RequestError
from gpm_assets.granules.identity import identify
from gpm_assets.granules.read import read_1c
from gpm_assets.simulation.granules import granule_name, simulate_granule, simulate_swaths
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.pieces import near_real_time_pieces, scan_times
from gpm_assets.simulation.plan import PlanConfig, PlannedGranule, plan

NATURE = Nature(1)
CONFIG = PlanConfig(seed=1, orbits=2, fraction=0.015)
START = np.datetime64("2019-07-22T05:26", "ms")


def planned(product: str):
    return plan(product, "2019-07", CONFIG)[0]


def short(product: str, seconds: int = 20, start: np.datetime64 = START):
    return PlannedGranule(product, 7, start, start + np.timedelta64(seconds, "s"))


@pytest.mark.parametrize("sensor", ["GPM_GMI", "F16_SSMIS", "NOAA20_ATMS"])
def test_granules_are_written_as_pps_files_and_read_back(sensor, tmp_path):
    piece = planned(sensor)
    path = tmp_path / granule_name(piece)
    simulate_granule(piece, NATURE, path)
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


def test_same_plan_and_nature_same_bytes(tmp_path):
    piece = short("F16_SSMIS")
    for name, nature in (("one", Nature(1)), ("two", Nature(1)), ("seed", Nature(2)), ("world", Nature(1, "B"))):
        simulate_granule(piece, nature, tmp_path / name)
    contents = [(tmp_path / name).read_bytes() for name in ("one", "two", "seed", "world")]
    assert contents[0] == contents[1]
    assert len(set(contents)) == 3


@pytest.mark.parametrize(("version", "extension"), [("V07A", "HDF5"), ("V08A", "nc")])
def test_versions_hold_the_same_measurement(version, extension, tmp_path):
    piece = short("GPM_GMI")
    name = granule_name(piece, version=version)
    assert name.endswith(f".000007.{version}.{extension}")
    simulate_granule(piece, NATURE, tmp_path / name, version=version)
    assert identify(tmp_path / name).version == version
    for read, swath in zip(read_1c(tmp_path / name), simulate_swaths(piece, NATURE)[0], strict=True):
        np.testing.assert_array_equal(read.tb, swath.tb)
        np.testing.assert_array_equal(read.quality, swath.quality)


def test_co_registered_level_has_s2_on_the_pixels_of_s1(tmp_path):
    piece = short("GPM_GMI", 60)
    name = granule_name(piece, level="1C-R")
    assert name.startswith("1C-R.GPM.GMI.XCAL2016-C.")
    simulate_granule(piece, NATURE, tmp_path / name, level="1C-R")
    first, second = read_1c(tmp_path / name)
    np.testing.assert_array_equal(first.tb, simulate_swaths(piece, NATURE)[0][0].tb)
    alone = second.quality == -10
    ahead = alone[:3].all() if first.aft else alone[-3:].all()  # S2 looks less far ahead
    assert ahead
    assert alone.mean() < 0.5
    inside = ~alone[8:-8, 40:-40]
    assert inside.mean() > 0.8
    apart = np.linalg.norm(
        unit_vectors(first.latitude, first.longitude) - unit_vectors(second.latitude, second.longitude), axis=-1
    )
    assert np.nanmax(apart) * 6371 < 8
    np.testing.assert_array_equal(alone, np.isnan(second.latitude))


def test_no_other_sensor_is_co_registered(tmp_path):
    with pytest.raises(RequestError, match="GPM_GMI"):
        simulate_granule(short("NOAA20_ATMS", 10), NATURE, tmp_path / "x", level="1C-R")
    assert not list(tmp_path.iterdir())


def test_near_real_time_pieces_are_the_granule_without_a_number(tmp_path):
    whole = short("GPM_GMI", 700)
    pieces = near_real_time_pieces(whole)
    times = [scan_times(piece) for piece in pieces]
    np.testing.assert_array_equal(np.concatenate(times), scan_times(whole))
    assert [len(time) for time in times] == [160, 160, 53]
    last = replace(pieces[-1], start=pieces[-1].stop - np.timedelta64(20, "s"))
    name = granule_name(last, near_real_time=True)
    assert name.endswith(".V07A.RT-H5")
    assert ".000007." not in name
    simulate_granule(last, NATURE, tmp_path / name, near_real_time=True)
    assert identify(tmp_path / name).number is None
    assert read_1c(tmp_path / name)[0].valid_fraction > 0.7


def test_missing_scans_are_marked():
    found = 0
    for number in range(6):
        swaths, _ = simulate_swaths(replace(short("GPM_GMI", 30), number=number), NATURE)
        for swath in swaths:
            lost = swath.quality == -1
            found += lost.any()
            assert np.isnan(swath.tb[lost]).all()
            assert lost[np.isnan(swath.latitude)].all()
            assert not np.isnat(swath.time).any()
    assert found > 0


def test_names_are_those_of_pps():
    assert granule_name(planned("GPM_GMI")).startswith("1C.GPM.GMI.XCAL2016-C.201907")
    assert granule_name(planned("F16_SSMIS")).startswith("1C.F16.SSMIS.XCAL2021-V.201907")
    assert granule_name(planned("GPM_DPR")).startswith("2A.GPM.DPR.V9-20211125.201907")
    assert granule_name(planned("GPM_DPRGMI")).startswith("2B.GPM.DPRGMI.CORRA2022.201907")
