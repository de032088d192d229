"""What is read lies in the file itself, and is of a size that a granule can have."""

import os
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from gpm_assets.errors import GranuleError
from gpm_assets.granules import hdf
from gpm_assets.granules.identity import identify
from gpm_assets.granules.read import read_1c


@pytest.fixture
def granule(granule_file) -> Path:
    """A whole granule, and beside it a copy that others could point to."""
    shutil.copyfile(granule_file, granule_file.with_name("secret.HDF5"))
    return granule_file


@pytest.mark.parametrize("name", ["S1", "S1/Latitude", "S1/Tc", "S1/ScanTime", "S1/SCstatus/SCorientation"])
@pytest.mark.parametrize("pointer", ["external", "soft"])
def test_links_are_not_followed(granule, name, pointer):
    with h5py.File(granule, "r+") as file:
        file.move(name, "aside")
        file[name] = h5py.SoftLink("/aside") if pointer == "soft" else h5py.ExternalLink("secret.HDF5", name)
    with pytest.raises(GranuleError, match=f"/{name}: is a link"):
        read_1c(granule)


def test_a_link_to_a_pipe_does_not_hang(granule):
    os.mkfifo(granule.with_name("pipe"))
    with h5py.File(granule, "r+") as file:
        del file["S1/Tc"]
        file["S1/Tc"] = h5py.ExternalLink("pipe", "/Tc")
    with pytest.raises(GranuleError, match="is a link"):
        identify(granule)


@pytest.mark.parametrize("storage", ["external", "virtual"])
def test_values_kept_in_other_files_are_not_read(granule, storage):
    with h5py.File(granule, "r+") as file:
        shape, attributes = file["S1/Tc"].shape, dict(file["S1/Tc"].attrs)
        del file["S1/Tc"]
        if storage == "external":
            granule.with_name("raw").write_bytes(bytes(int(np.prod(shape)) * 4))
            file.create_dataset("S1/Tc", shape, "f4", external=[(str(granule.with_name("raw")), 0, h5py.h5f.UNLIMITED)])
        else:
            layout = h5py.VirtualLayout(shape, "f4")
            layout[...] = h5py.VirtualSource("secret.HDF5", "S1/Tc", shape)
            file.create_virtual_dataset("S1/Tc", layout)
        file["S1/Tc"].attrs.update(attributes)
    with pytest.raises(GranuleError, match=r"S1/Tc.*other files"):
        read_1c(granule)


def test_an_array_that_would_not_fit_into_memory_is_not_read(granule):
    """Compressed zeros take no place in the file: 40 TB are a few bytes."""
    with h5py.File(granule, "r+") as file:
        attributes = dict(file["S1/Quality"].attrs)
        del file["S1/Quality"]
        file.create_dataset("S1/Quality", (10**7, 4 * 10**6), "i1", chunks=(1000, 1000), compression="gzip").attrs.update(
            attributes
        )
    with pytest.raises(GranuleError, match=r"S1/Quality.*no granule is so large"):
        read_1c(granule)


@pytest.mark.parametrize("name", ["S1/nothing", "nothing/Tc", "S1/ScanTime"])
def test_what_is_missing_is_called_missing(granule, name):
    with hdf.opened(granule) as file, pytest.raises(GranuleError, match=f"{name}: this dataset is missing"):
        hdf.dataset(file, name)


@pytest.mark.parametrize(("name", "there"), [("S1", True), ("S1/Tc", True), ("S1/Rc", False), ("S5/Tc", False)])
def test_what_a_group_holds(granule, name, there):
    with hdf.opened(granule) as file:
        assert hdf.holds(file, name) == there


def test_an_error_names_the_file_whoever_raises_it(granule):
    with pytest.raises(GranuleError, match=r"granule\.HDF5: something is wrong"), hdf.opened(granule):
        raise GranuleError("something is wrong")


@pytest.mark.parametrize(
    "stored",
    [
        np.bytes_(b"Year\xff"),
        np.array([b"Year\xff"], dtype="S9"),
        np.array([b"Year\xff"], dtype=h5py.string_dtype()),
        "Year\ufffd",
    ],
)
def test_text_of_any_storage_is_text_that_can_be_printed(tmp_path, stored):
    """h5py hands on the bytes of strings that are no UTF-8 as surrogates, at which print and JSON fail later."""
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.attrs["name"] = stored
    with hdf.opened(tmp_path / "x.h5") as file:
        assert hdf.text(file, "name") == "Year\ufffd"
        assert hdf.optional_text(file, "other", "name") == "Year\ufffd"
        assert hdf.optional_text(file, "other") == ""


@pytest.mark.parametrize(
    ("dtype", "fill", "missing"),
    [
        ("f4", np.float32(-9999.9), [False, False, True, True]),
        ("f4", np.float64(-9999.9), [False, False, True, True]),
        ("f4", np.float64(1e300), [False, False, False, True]),
        ("i1", np.int8(-99), [False, True, False, False]),
        ("i1", np.int16(-99), [False, True, False, False]),
        ("i1", np.int64(256 - 99), [False, False, False, False]),  # wraps to -99
        ("i1", np.float32("nan"), [False, False, False, False]),
        ("i1", np.array([-99], "i1"), [False, True, False, False]),
        ("i1", None, [False, False, False, False]),
    ],
)
def test_fill_values_of_any_type(tmp_path, dtype, fill, missing):
    values = {"f4": [1, 2, -9999.9, np.nan], "i1": [1, -99, 44, 0]}[dtype]
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = np.array(values, dtype)
        if fill is not None:
            file["x"].attrs["_FillValue"] = fill
    with hdf.opened(tmp_path / "x.h5") as file:
        assert hdf.missing(file, "x", hdf.values(file, "x", 1)).tolist() == missing
