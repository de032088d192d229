import h5py
import numpy as np
import pytest

from gpm_assets.benchmarks.granules import write_granule
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.granules.names import parse_name
from gpm_assets.granules.read import read_1c


@pytest.mark.parametrize("sensor", INSTRUMENTS)
def test_every_sensor_makes_a_granule_that_its_reader_accepts(tmp_path, sensor):
    row = INSTRUMENTS[sensor]
    path = write_granule(tmp_path, row, scans=20)
    swaths = read_1c(path)
    assert parse_name(path.name).sensor_name == sensor
    assert row.alive(parse_name(path.name).month)
    assert [swath.shape for swath in swaths] == [(-(-20 // group.scan_step), group.pixels) for group in row.groups]
    for swath in swaths:
        assert 0.5 < swath.valid_fraction < 1.0
        assert set(swath.counts) == {"missing or unreadable", "warning: possible sun glint"}


def test_a_whole_orbit_of_gmi_is_as_large_and_as_compressible_as_a_real_one(tmp_path):
    path = write_granule(tmp_path, INSTRUMENTS["GPM_GMI"])
    with h5py.File(path) as file:
        assert file["S1/Tc"].shape == (2963, 221, 9)
        tb = file["S1/Tc"]
        assert 0.4 < tb.id.get_storage_size() / tb[...].nbytes < 0.7


def test_tb_are_plausible_rounded_and_noisy(tmp_path):
    row = INSTRUMENTS["GPM_GMI"]
    for swath, group in zip(read_1c(write_granule(tmp_path, row, scans=200)), row.groups, strict=True):
        tb = swath.tb[~np.isnan(swath.tb).any(axis=(1, 2))].astype(np.float64)
        assert 120 < tb.min() < tb.max() < 320
        assert np.abs(tb * 100 - np.rint(tb * 100)).max() < 2e-3
        noise = (tb[:, 1:-1] - (tb[:, :-2] + tb[:, 2:]) / 2).std(axis=(0, 1)) / np.sqrt(1.5)
        ratio = noise / [channel.nedt_k for channel in group.channels]
        assert np.all((ratio > 0.98) & (ratio < 1.4))  # with a little of the field
