"""Every real 1C file is read right: by a reading with plain h5py that shares nothing with ours, and by gpm_api."""

import warnings
from datetime import datetime, timedelta
from pathlib import Path

import h5py
import numpy as np
import pytest

from gpm_assets.granules.names import parse_name
from gpm_assets.granules.read import read_1c

FILES = ("1C-R.GPM.GMI", "1C.GPM.GMI", "1C.TRMM.TMI", "1C.GCOMW1.AMSR2", "1C.F16.SSMIS", "1C.F18.SSMIS")
FILES += ("1C.NPP.ATMS", "1C.METOPB.MHS", "1C.MT1.SAPHIR")


@pytest.fixture(params=FILES)
def path(real_data, request) -> Path:
    (found,) = real_data.glob(f"*/{request.param}.*")
    return found


def test_none_is_left_out(real_data):
    assert len(list(real_data.glob("*/1C*"))) == len(FILES)


def plain(group, name):
    """Values in float32, NaN where they equal the fill value that the file gives."""
    stored = group[name][()].astype("f4")
    return np.where(stored == group[name].attrs["_FillValue"].astype("f4"), np.nan, stored)


def plain_times(group):
    fields = ("Year", "Month", "DayOfMonth", "Hour", "Minute", "Second", "MilliSecond")
    for *calendar, milliseconds in zip(*(group[f"ScanTime/{field}"][()].tolist() for field in fields), strict=True):
        yield datetime(*calendar) + timedelta(milliseconds=milliseconds)


def plain_incidence(group):
    """Pixel by pixel, the slow way: the angle whose number, from 1, stands in the index."""
    angles, index = plain(group, "incidenceAngle"), group["incidenceAngleIndex"][()]
    chosen = np.full(group["Tc"].shape, np.nan, "f4")
    for scan, channel in np.argwhere(index > 0):
        chosen[scan, :, channel] = angles[scan, :, index[scan, channel] - 1]
    return chosen


def test_equal_to_plain_h5py(path):
    swaths = read_1c(path)
    with h5py.File(path) as file:
        assert [swath.group for swath in swaths] == list(file)
        for swath in swaths:
            group = file[swath.group]
            quality, tb = group["Quality"][()], plain(group, "Tc")
            tb[quality < 0] = np.nan  # codes that occur here: -1 and -10
            assert np.array_equal(swath.quality, quality)
            assert np.array_equal(swath.tb, tb, equal_nan=True)
            assert np.array_equal(swath.latitude, plain(group, "Latitude"), equal_nan=True)
            assert np.array_equal(swath.longitude, plain(group, "Longitude"), equal_nan=True)
            assert swath.time.tolist() == list(plain_times(group))
            assert np.array_equal(swath.incidence, plain_incidence(group), equal_nan=True)


@pytest.mark.filterwarnings("ignore")
def test_equal_to_gpm_api(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gpm = pytest.importorskip("gpm", reason="gpm_api, a development oracle, is not installed")
    for swath in read_1c(path):
        with gpm.open_granule_dataset(str(path), scan_mode=swath.group, variables=["Tc"]) as dataset:
            tb = dataset["Tc"].transpose("along_track", "cross_track", "pmw_frequency").values
            assert np.array_equal(tb, swath.tb, equal_nan=True)
            assert np.array_equal(dataset["lat"].values.T, swath.latitude, equal_nan=True)
            assert np.array_equal(dataset["lon"].values.T, swath.longitude, equal_nan=True)
            seconds = swath.time.astype("datetime64[s]")  # gpm_api leaves the milliseconds out
            assert np.array_equal(dataset["time"].values.astype("datetime64[ms]"), seconds)
            assert dataset["gpm_granule_id"].values[0] == parse_name(path.name).number
            assert dataset.sizes["pmw_frequency"] == len(swath.channels)
