"""gpm_api, a reader of others, opens what is written here and sees the same values."""

import warnings

import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.granules.names import file_name
from gpm_assets.granules.write import name_1c, write_1c

ONE_OF_A_KIND = {row.sensor: name for name, row in INSTRUMENTS.items()}
CASES = [
    *((name, "V07A", 12, "1C") for name in ONE_OF_A_KIND.values()),
    ("F16_SSMIS", "V05A", 12, "1C"),
    ("F15_SSMI", "V06A", 12, "1C"),  # the only sensor of which gpm_api knows 1C files of version 6
    ("GCOMW1_AMSR2", "V08A", 12, "1C"),
    ("GPM_GMI", "V07A", None, "1C"),
    ("GPM_GMI", "V08A", None, "1C"),
    ("GPM_GMI", "V07A", 12, "1C-R"),
]


@pytest.fixture(scope="module")
def gpm():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("gpm", reason="gpm_api, a development oracle, is not installed")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "version", "number", "level"), CASES)
def test_gpm_api_sees_the_same(tmp_path, make_swaths, status, gpm, name, version, number, level):
    row = INSTRUMENTS[name]
    swaths = make_swaths(row)
    for swath in swaths:
        swath.tb[1, :5, -1] = np.nan
    kind = {"number": number, "version": version, "level": level}
    path = tmp_path / file_name(name_1c(swaths, row, **kind))
    write_1c(path, swaths, row, status=status(), **kind)
    for swath in swaths:
        with gpm.open_granule_dataset(str(path), scan_mode=swath.group, variables=["Tc", "Quality"]) as dataset:
            tb = dataset["Tc"].transpose("along_track", "cross_track", "pmw_frequency")
            assert np.array_equal(tb.values, swath.tb, equal_nan=True)
            assert np.array_equal(dataset["lat"].values.T, swath.latitude.astype(np.float32))
            assert np.array_equal(dataset["lon"].values.T, swath.longitude.astype(np.float32))
            seconds = swath.time.astype("datetime64[s]")  # gpm_api leaves the milliseconds out
            assert np.array_equal(dataset["time"].values.astype("datetime64[ms]"), seconds)
            assert dataset.attrs["SatelliteName"] == row.platform
            assert dataset.sizes["pmw_frequency"] == len(swath.channels)
