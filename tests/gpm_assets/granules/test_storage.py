import subprocess
import sys

import h5py
import numpy as np
import pytest

from gpm_assets.errors import GranuleError
from gpm_assets.granules import storage
from gpm_assets.granules.layout import Field

TB = Field("Tc", "f4", ("nscan", "npixel"), "K", -9999.9)
YEAR = Field("ScanTime/Year", "i2", ("nscan",), "years", -9999)
CODE = Field("Quality", "i1", ("nscan", "npixel"), "", -99)
VALUES = np.array([[100.5, np.nan, 250.25], [np.nan, 300.0, 40.0]])


def write(path, container):
    with storage.created(path, container) as file:
        storage.write_text(file, "FileHeader", {"DOI": "", "SatelliteName": "GPM"})
        for number, scans in ((1, 2), (2, 1)):
            group = storage.add_group(file, f"S{number}")
            storage.write_field(group, TB, VALUES[:scans], suffix=str(number))
            storage.write_field(group, YEAR, np.full(scans, 2020), suffix=str(number))
            storage.write_field(group, CODE, np.zeros((scans, 3)), suffix=str(number))
            storage.write_attribute(group["Tc"], "LongName", "\nTb\n")
    return path


def texts(path):
    """Every text attribute of a file by its place: padding, stored length, value."""
    found = {}

    def visit(name, item):
        for key in item.attrs:
            kind = item.attrs.get_id(key).get_type()
            if isinstance(kind, h5py.h5t.TypeStringID):
                found[f"{name}@{key}"] = (kind.get_strpad(), kind.get_size(), item.attrs[key])

    with h5py.File(path) as file:
        visit("", file)
        file.visititems(visit)
    return found


def test_hdf5_is_plain_as_pps_writes_it(tmp_path):
    path = write(tmp_path / "x.HDF5", "HDF5")
    with h5py.File(path) as file:
        assert set(file["S1"]) == {"Tc", "ScanTime", "Quality"}
        assert "_NCProperties" not in file.attrs
        assert "DIMENSION_LIST" not in file["S1/Tc"].attrs
        assert file["S1/Tc"].attrs["_FillValue"] == np.float32(-9999.9)
        assert file["S1/Tc"].attrs["_FillValue"].dtype == np.float32
        assert np.array_equal(file["S1/Tc"][...], np.where(np.isfinite(VALUES), VALUES, -9999.9).astype(np.float32))
    assert {padding for padding, _, _ in texts(path).values()} == {h5py.h5t.STR_NULLPAD}


def test_netcdf_opens_with_named_dimensions_and_masked_values(tmp_path):
    netcdf = pytest.importorskip("netCDF4", reason="netCDF4, a development oracle, is not installed")
    path = write(tmp_path / "x.nc", "netCDF-4")
    with netcdf.Dataset(path) as file:
        assert file.data_model == "NETCDF4"
        assert file.FileHeader == "DOI=;\nSatelliteName=GPM;\n"
        assert {name: len(size) for name, size in file["S1"].dimensions.items()} == {"nscan1": 2, "npixel1": 3}
        assert {name: len(size) for name, size in file["S2"].dimensions.items()} == {"nscan2": 1, "npixel2": 3}
        assert not file["S1"]["ScanTime"].dimensions
        assert set(file["S1"].variables) == {"Tc", "Quality"}
        tb = file["S1/Tc"]
        assert tb.dimensions == ("nscan1", "npixel1")
        assert file["S2/ScanTime/Year"].dimensions == ("nscan2",)
        assert (tb.units, tb.LongName, tb.DimensionNames) == ("K", "\nTb\n", "nscan1,npixel1")
        assert tb._FillValue.dtype == np.float32
        assert np.array_equal(np.ma.getmaskarray(tb[:]), ~np.isfinite(VALUES))
        assert np.array_equal(tb[:].compressed(), VALUES[np.isfinite(VALUES)])
        assert "units" not in file["S1/Quality"].ncattrs()


def test_netcdf_text_is_as_the_netcdf_library_writes_it(tmp_path):
    netcdf = pytest.importorskip("netCDF4", reason="netCDF4, a development oracle, is not installed")
    with netcdf.Dataset(tmp_path / "theirs.nc", "w") as file:
        file.FileHeader = "DOI=;\nSatelliteName=GPM;\n"
    ours = texts(write(tmp_path / "ours.nc", "netCDF-4"))
    assert ours["@FileHeader"] == texts(tmp_path / "theirs.nc")["@FileHeader"]
    padding = {place: padding for place, (padding, _, _) in ours.items()}
    assert set(padding.values()) == {h5py.h5t.STR_NULLTERM}
    assert "S1/nscan1@CLASS" in padding


def test_the_netcdf_library_may_write_on(tmp_path):
    netcdf = pytest.importorskip("netCDF4", reason="netCDF4, a development oracle, is not installed")
    path = write(tmp_path / "x.nc", "netCDF-4")
    with netcdf.Dataset(path, "a") as file:
        file["S1"].createVariable("extra", "f4", ("nscan1",))[:] = [1, 2]
        file["S1/ScanTime"].createVariable("late", "f4", ("nscan1",))[:] = [3, 4]
    with netcdf.Dataset(path) as file:
        assert file["S1/ScanTime/late"][:].tolist() == [3, 4]
        assert file["S1/ScanTime/Year"][:].tolist() == [2020, 2020]


def test_xarray_opens_the_tree(tmp_path):
    pytest.importorskip("netCDF4", reason="netCDF4, a development oracle, is not installed")
    import xarray as xr

    with xr.open_datatree(write(tmp_path / "x.nc", "netCDF-4"), engine="netcdf4") as tree:
        tb = tree["S1/Tc"]
        assert dict(tb.sizes) == {"nscan1": 2, "npixel1": 3}
        assert np.array_equal(tb.values, VALUES.astype(np.float32), equal_nan=True)
        assert tree["S2/ScanTime/Year"].dims == ("nscan2",)


@pytest.mark.parametrize("container", ["HDF5", "netCDF-4"])
def test_the_same_content_is_the_same_bytes(tmp_path, container):
    assert write(tmp_path / "a", container).read_bytes() == write(tmp_path / "b", container).read_bytes()


def test_a_dimension_has_one_length(tmp_path):
    with storage.created(tmp_path / "x.nc", "netCDF-4") as file:
        group = storage.add_group(file, "S1")
        storage.write_field(group, TB, VALUES)
        with pytest.raises(GranuleError, match="nscan has length 3, other fields gave it 2"):
            storage.write_field(group, YEAR, np.full(3, 2020))


@pytest.mark.parametrize("container", ["HDF5", "netCDF-4"])
@pytest.mark.parametrize(
    ("field", "array", "reason"),
    [(YEAR, np.full(2, 40_000), "do not fit int16"), (TB, np.zeros(3), "1 dimensions"), (CODE, np.full((1, 1), -129), "int8")],
)
def test_what_does_not_fit_the_field_is_refused(tmp_path, container, field, array, reason):
    with pytest.raises(GranuleError, match=reason), storage.created(tmp_path / "x", container) as file:
        storage.write_field(storage.add_group(file, "S1"), field, array)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_at_its_place_only_when_complete(tmp_path):
    path = tmp_path / "x.nc"
    path.write_bytes(b"the old one")
    with storage.created(path, "netCDF-4") as file:
        storage.write_field(storage.add_group(file, "S1"), TB, VALUES)
        assert path.read_bytes() == b"the old one"
    assert path.read_bytes() != b"the old one"
    assert list(tmp_path.iterdir()) == [path]


WITH_FILES_OF_AT_MOST_100_KB = """
import resource, sys
import numpy as np
from pathlib import Path
from gpm_assets.granules import storage
from gpm_assets.granules.layout import Field

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
noise = np.random.default_rng(0).normal(size=(200, 221))
try:
    with storage.created(Path(sys.argv[1])) as file:
        for number in range(3):
            storage.write_field(file, Field(f"Tc{number}", "f4", ("nscan", "npixel"), "K", -9999.9), noise)
except OSError as error:
    print(error.strerror)
"""


def test_a_full_disk_is_an_error_and_neither_a_crash_nor_a_piece_of_a_file(tmp_path):
    """HDF5 that writes to a full disk itself prints pages and dies of a segmentation fault at the end of the process."""
    command = [sys.executable, "-c", WITH_FILES_OF_AT_MOST_100_KB, tmp_path / "new.HDF5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "File too large\n", "")
    assert not list(tmp_path.iterdir())
