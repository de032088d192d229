from dataclasses import replace

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpm_assets.errors import GranuleError
from gpm_assets.granules.editions import EDITIONS
from gpm_assets.granules.identity import identify
from gpm_assets.granules.names import file_name, parse_name
from gpm_assets.granules.radar import name_radar, read_radar, write_radar
from gpm_assets.granules.radar.layout import RADAR_GROUPS

ROWS = [(group, edition) for group in RADAR_GROUPS for edition in group.editions]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    row=st.sampled_from(ROWS),
    rain=st.sampled_from(["near_surface", "surface"]),
    seed=st.integers(0, 1000),
    size=st.tuples(st.integers(1, 6), st.integers(1, 50)),
    number=st.one_of(st.none(), st.integers(0, 999_999)),
)
def test_written_radar_reads_back_equal(tmp_path, make_radar, same, row, rain, seed, size, number):
    group, edition = row
    scans, rays = size
    radar = make_radar(seed, scans, rays, product=group.product, swath=group.name, rain=rain)
    version = f"V{edition:02d}A"
    path = tmp_path / file_name(name_radar(radar, number=number, version=version))
    write_radar(path, radar, number=number, version=version)
    again = read_radar(path, rain, group.name)
    assert same(again, radar)
    assert (again.product, again.swath, again.rain) == (group.product, group.name, rain)
    granule = identify(path)
    assert (granule.product, granule.number, granule.version, granule.simulated) == (group.product, number, version, True)
    name = parse_name(path.name)
    assert (granule.level, granule.platform, granule.sensor) == (name.level, name.platform, name.sensor)


@pytest.mark.parametrize(("group", "edition"), ROWS, ids=lambda value: getattr(value, "name", value))
def test_rain_that_was_not_given_is_missing(tmp_path, make_radar, group, edition):
    radar = make_radar(product=group.product, swath=group.name)
    write_radar(tmp_path / "x", radar, number=1, version=f"V{edition:02d}A")
    other = read_radar(tmp_path / "x", "surface", group.name)
    if group.datasets["surface"] == group.datasets["near_surface"]:
        assert np.array_equal(other.rain_mm_h, radar.rain_mm_h, equal_nan=True)
    else:
        assert np.isnan(other.rain_mm_h).all()


@pytest.mark.parametrize(
    ("product", "version", "number", "name"),
    [
        ("2ADPR", "V05A", 19017, "2A.GPM.DPR.V7-20170308.20181231-S235959-E235959.019017.V05A.HDF5"),
        ("2ADPR", "V06A", 1, "2A.GPM.DPR.V8-20180723.20181231-S235959-E235959.000001.V06A.HDF5"),
        ("2AKu", "V07A", 1, "2A.GPM.Ku.V9-20211125.20181231-S235959-E235959.000001.V07A.HDF5"),
        ("2ADPR", "V08A", 1, "2A.GPM.DPR.V10-20260310.20181231-S235959-E235959.000001.V08A.nc"),
        ("2ADPR", "V07A", None, "2A.GPM.DPR.V920211125.20181231-S235959-E235959.V07A.RT-H5"),
        ("2ADPR", "V08A", None, "2A.GPM.DPR.V1020260310.20181231-S235959-E235959.V08A.RT-NC"),
        ("2BCMB", "V06A", 1, "2B.GPM.DPRGMI.CORRA2018.20181231-S235959-E235959.000001.V06A.HDF5"),
        ("2BCMB", "V07A", None, "2B.GPM.DPRGMI.CORRA2022.20181231-S235959-E235959.V07A.RT-H5"),
    ],
)
def test_names(make_radar, product, version, number, name):
    radar = replace(make_radar(product=product, scans=1), time=np.array(["2018-12-31T23:59:59.700"], "datetime64[ms]"))
    assert file_name(name_radar(radar, number=number, version=version)) == name


def test_container_is_that_of_the_edition(tmp_path, make_radar):
    for edition in (7, 8):
        path = tmp_path / str(edition)
        write_radar(path, make_radar(), number=1, version=f"V{edition:02d}A")
        with h5py.File(path) as file:
            netcdf = "_NCProperties" in file.attrs
            assert netcdf == (EDITIONS[edition].container == "netCDF-4")
            assert bool(file["FS/SLV/precipRateNearSurface"].dims[0].keys()) == netcdf


@pytest.mark.parametrize(
    ("pattern", "product", "group"), [("2A.GPM.DPR.V9*", "2ADPR", "FS"), ("2A.GPM.Ku*", "2AKu", "FS"), ("2B*", "2BCMB", "KuGMI")]
)
def test_structure_is_that_of_a_real_file(tmp_path, make_radar, real_data, pattern, product, group):
    (path,) = (real_data / "granules").glob(pattern)
    write_radar(tmp_path / "ours", make_radar(product=product), number=144)
    with h5py.File(tmp_path / "ours") as ours, h5py.File(path) as real:
        names = []
        ours[group].visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        assert len(names) == 19
        for name in names:
            a, b = ours[f"{group}/{name}"], real[f"{group}/{name}"]
            assert (a.dtype, a.ndim) == (b.dtype, b.ndim)
            assert dict(a.attrs) == dict(b.attrs)
            assert {k: a.attrs.get_id(k).dtype for k in a.attrs} == {k: b.attrs.get_id(k).dtype for k in b.attrs}
        assert list(ours[group].attrs) == list(real[group].attrs)
        keys = {"AlgorithmID", "InstrumentName", "SatelliteName", "DOIshortName"}
        headers = [file.attrs["FileHeader"].decode().split(";\n") for file in (ours, real)]
        first, second = ({line for line in lines if line.partition("=")[0] in keys} for lines in headers)
        assert first == second


def test_what_no_file_can_hold_is_refused(tmp_path, make_radar):
    radar = make_radar()
    with pytest.raises(GranuleError, match="layout of 2BCMB is not known for V08"):
        write_radar(tmp_path / "x", replace(radar, product="2BCMB"), number=1, version="V08A")
    with pytest.raises(GranuleError, match="unknown radar product '2AKa'; there is 2ADPR, 2AKu, 2BCMB"):
        write_radar(tmp_path / "x", replace(radar, product="2AKa"), number=1)
    with pytest.raises(GranuleError, match="2AKu has no swath HS in V07"):
        write_radar(tmp_path / "x", replace(radar, product="2AKu", swath="HS"), number=1)
    with pytest.raises(GranuleError, match="without a single scan time"):
        write_radar(tmp_path / "x", replace(radar, time=np.full(5, "NaT", "datetime64[ms]")), number=1)
    assert list(tmp_path.iterdir()) == []
