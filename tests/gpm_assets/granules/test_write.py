from dataclasses import replace

import h5py
import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GranuleError
from gpm_assets.granules.headers import parse_pvl
from gpm_assets.granules.layout import LEVEL_1C
from gpm_assets.granules.names import file_name
from gpm_assets.granules.read import identify, read_1c
from gpm_assets.granules.write import name_1c, write_1c

ARRAYS = ("tb", "latitude", "longitude", "time", "incidence", "quality")


def same(a, b):
    return all(
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=getattr(a, name).dtype.kind in "fM") for name in ARRAYS
    )


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_written_granules_read_back_equal(tmp_path, make_swaths, status, name):
    row = INSTRUMENTS[name]
    swaths = make_swaths(row)
    holed = []
    for swath in swaths:
        tb, latitude, longitude, quality = (getattr(swath, key).copy() for key in ("tb", "latitude", "longitude", "quality"))
        tb[0, 0, -1] = np.nan
        quality[0, 0] = -4
        tb[3], latitude[3], longitude[3], quality[3] = np.nan, np.nan, np.nan, -1
        quality[4, :5] = 1
        time = swath.time.copy()
        time[5] = np.datetime64("NaT")
        holed.append(replace(swath, tb=tb, latitude=latitude, longitude=longitude, quality=quality, time=time))
    path = tmp_path / "x.HDF5"
    write_1c(path, holed[::-1], row, number=12, status=status(orientation=180))
    read = read_1c(path)
    assert [swath.group for swath in read] == [group.name for group in row.groups]
    for a, b in zip(holed, read, strict=True):
        assert same(a, b)
        assert (a.channels, a.sensor) == (b.channels, b.sensor)
        assert b.aft
        assert b.counts["missing or unreadable"] == b.shape[1]
        assert b.counts["warning: possible sun glint"] == 5


def test_times_cross_midnight_and_the_name_says_so(tmp_path, make_swaths, status):
    row = INSTRUMENTS["NOAA20_ATMS"]
    swaths = make_swaths(row, start="2020-02-29T23:59:58.500")
    write_1c(tmp_path / "x.HDF5", swaths, row, number=7, status=status())
    granule = identify(tmp_path / "x.HDF5")
    assert granule.start.isoformat(timespec="milliseconds") == "2020-02-29T23:59:58.500"
    assert granule.stop.date().isoformat() == "2020-03-01"
    expected = "1C.NOAA20.ATMS.XCAL2019-V.20200229-S235958-E000011.000007.V07A.HDF5"
    assert file_name(name_1c(swaths, row, number=7)) == expected
    with h5py.File(tmp_path / "x.HDF5") as file:
        assert file["S1/ScanTime/DayOfMonth"][...].tolist() == [29, 1, 1, 1, 1, 1]
        assert parse_pvl(file.attrs["FileHeader"].decode())["FileName"] == expected


def test_distinct_incidences_get_an_angle_each(tmp_path, make_swaths, status):
    row = INSTRUMENTS["GPM_GMI"]
    first, second = make_swaths(row)
    incidence = first.incidence.copy()
    incidence[:, :, 4] += 0.1
    first = replace(first, incidence=incidence)
    write_1c(tmp_path / "x.HDF5", (first, second), row, number=1, status=status())
    with h5py.File(tmp_path / "x.HDF5") as file:
        assert file["S1/incidenceAngle"].shape == (6, 221, 2)
        assert file["S1"].attrs["S1_IncidenceAngleIndex"] == b"IncidenceAngleIndex=1,1,1,1,2,1,1,1,1;\n"
    assert same(read_1c(tmp_path / "x.HDF5")[0], first)


def test_the_same_granule_is_the_same_bytes(tmp_path, make_swaths, status):
    row = INSTRUMENTS["NOAA20_ATMS"]
    for name in ("a", "b"):
        write_1c(tmp_path / name, make_swaths(row), row, number=1, status=status())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_failed_write_leaves_nothing(tmp_path, make_swaths, status):
    row = INSTRUMENTS["F16_SSMIS"]
    with pytest.raises(GranuleError, match="scan status does not fit"):
        write_1c(tmp_path / "x.HDF5", make_swaths(row), row, number=1, status=status(scans=5))
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_fit_the_instrument_is_refused(tmp_path, make_swaths, status):
    row, other = INSTRUMENTS["F16_SSMIS"], INSTRUMENTS["F18_SSMIS"]
    swaths = make_swaths(row)
    for wrong in (swaths[:3], (*swaths[:3], swaths[0]), make_swaths(other)):
        with pytest.raises(GranuleError, match="F16_SSMIS"):
            write_1c(tmp_path / "x.HDF5", wrong, row, number=1, status=status())
    with pytest.raises(GranuleError, match="4 swath groups came with 2"):
        write_1c(tmp_path / "x.HDF5", swaths, row, number=1, status=[status()] * 2)
    with pytest.raises(GranuleError, match="without a single scan time"):
        write_1c(
            tmp_path / "x.HDF5",
            [replace(s, time=np.full(6, np.datetime64("NaT", "ms"))) for s in swaths],
            row,
            number=1,
            status=status(),
        )


def test_header_says_simulated_and_claims_no_doi(granule_file):
    with h5py.File(granule_file) as file:
        header = parse_pvl(file.attrs["FileHeader"].decode())
    assert "simulation" in header["ProcessingSystem"]
    assert header["DOI"] == ""
    assert "PPS" not in header.values()


def structure(group):
    """Datasets below a group: type, number of dimensions, attributes with type and, where it describes, value."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            attributes = {key: (item.attrs.get_id(key).dtype.kind, item.attrs.get_id(key).shape) for key in item.attrs}
            told = {key: item.attrs[key] for key in ("Units", "units", "CodeMissingValue", "DimensionNames") if key in item.attrs}
            found[name] = (item.dtype, item.ndim, attributes, told, item.attrs["_FillValue"])

    group.visititems(visit)
    return found


@pytest.mark.parametrize(
    ("name", "pattern"), [("GPM_GMI", "1C.GPM.GMI*"), ("F18_SSMIS", "1C.F18.SSMIS*"), ("NOAA20_ATMS", "1C.NPP.ATMS*")]
)
def test_structure_is_that_of_real_files(tmp_path, make_swaths, status, real_data, name, pattern):
    row = INSTRUMENTS[name]
    (path,) = (real_data / "granules").glob(pattern)
    write_1c(tmp_path / "x.HDF5", make_swaths(row), row, number=1, status=status())
    with h5py.File(tmp_path / "x.HDF5") as ours, h5py.File(path) as real:
        assert set(ours) == set(real)
        assert set(ours.attrs) == set(real.attrs)
        for attribute in real.attrs:
            assert list(parse_pvl(ours.attrs[attribute].decode())) == list(parse_pvl(real.attrs[attribute].decode()))
            assert ours.attrs.get_id(attribute).get_type().get_strpad() == real.attrs.get_id(attribute).get_type().get_strpad()
        for group in real:
            assert structure(ours[group]) == structure(real[group])
            assert set(ours[group].attrs) == set(real[group].attrs)
            assert ours[group].attrs[f"{group}_IncidenceAngleIndex"] == real[group].attrs[f"{group}_IncidenceAngleIndex"]
            assert len(structure(ours[group])) == len(LEVEL_1C)
