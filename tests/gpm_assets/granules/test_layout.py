"""Written files against the real ones, sensor by sensor: whatever real file there is of a sensor in the table."""

import h5py
import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.granules.channels import parse_channels
from gpm_assets.granules.hdf import text
from gpm_assets.granules.headers import parse_pvl
from gpm_assets.granules.layout import LEVEL_1C
from gpm_assets.granules.names import parse_name
from gpm_assets.granules.read import identify
from gpm_assets.granules.write import write_1c

OF_THE_REAL_THING = {"DOI", "DOIauthority", "FileName", "GenerationDateTime", "ProcessingSystem", "MissingData"}
OF_THE_TIME = {"StartGranuleDateTime", "StopGranuleDateTime"}


def real_files(folder):
    """Real 1C files of version 7 from sensors of the instrument table."""
    for path in sorted((folder / "granules").glob("1C*")):
        granule = identify(path)
        if granule.known and granule.version.startswith("V07"):
            yield path, granule


def write_alike(path, like, granule, make_swaths, status):
    """A generated file of the real one's sensor, number and level, with its incidence angles in the same number."""
    row = INSTRUMENTS[granule.sensor_name]
    swaths = make_swaths(row)
    with h5py.File(like) as real:
        for swath in swaths:
            index = parse_pvl(text(real[swath.group], f"{swath.group}_IncidenceAngleIndex"))["IncidenceAngleIndex"]
            swath.incidence[...] += np.array([int(which) for which in index.split(",")], dtype=np.float32)
    write_1c(path, swaths, row, number=granule.number, status=status(), version=granule.version, level=granule.level)


def structure(group):
    """Datasets below a group: type, rank, attributes with type and, where it describes, value."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            attributes = {key: (item.attrs.get_id(key).dtype.kind, item.attrs.get_id(key).shape) for key in item.attrs}
            told = {key: item.attrs[key] for key in ("Units", "units", "CodeMissingValue", "DimensionNames") if key in item.attrs}
            fill = item.attrs["_FillValue"]
            found[name] = (item.dtype, item.ndim, item.fillvalue, attributes, told, fill.dtype, fill)

    group.visititems(visit)
    return found


def padding(holder):
    """How text attributes are stored: padding and character set."""
    kinds = {name: holder.attrs.get_id(name).get_type() for name in holder.attrs}
    return {name: (kind.get_strpad(), kind.get_cset()) for name, kind in kinds.items() if isinstance(kind, h5py.h5t.TypeStringID)}


def check_group(ours, real):
    name = real.name.strip("/")
    assert structure(ours) == structure(real)
    assert set(structure(ours)) == {field.path for field in LEVEL_1C}
    assert padding(ours) == padding(real)
    assert padding(ours["Tc"]) == padding(real["Tc"])
    assert ours.attrs[f"{name}_IncidenceAngleIndex"] == real.attrs[f"{name}_IncidenceAngleIndex"]
    ours_header, real_header = (parse_pvl(text(group, f"{name}_SwathHeader")) for group in (ours, real))
    assert list(ours_header) == list(real_header)
    assert ours_header | {"NumberScansGranule": real_header["NumberScansGranule"]} == real_header
    assert parse_channels(text(ours["Tc"], "LongName")) == parse_channels(text(real["Tc"], "LongName"))


def check_header(ours, real):
    assert list(ours.attrs) == list(real.attrs)
    assert padding(ours) == padding(real)
    for attribute in real.attrs:
        assert list(parse_pvl(text(ours, attribute))) == list(parse_pvl(text(real, attribute)))
    assert text(ours, "XCALinfo") == text(real, "XCALinfo")
    ours_header, real_header = (parse_pvl(text(file, "FileHeader")) for file in (ours, real))
    compared = set(real_header) - OF_THE_REAL_THING - OF_THE_TIME
    assert {key: ours_header[key] for key in compared} == {key: real_header[key] for key in compared}
    ours_name, real_name = (parse_name(header["FileName"]) for header in (ours_header, real_header))
    for part in ("level", "platform", "sensor", "algorithm", "number", "version", "extension"):
        assert getattr(ours_name, part) == getattr(real_name, part)


def test_structure_is_that_of_real_files(tmp_path, make_swaths, status, real_data):
    compared = []
    for path, granule in real_files(real_data):
        write_alike(tmp_path / path.name, path, granule, make_swaths, status)
        with h5py.File(tmp_path / path.name) as ours, h5py.File(path) as real:
            check_header(ours, real)
            assert list(ours) == list(real)
            for group in real:
                check_group(ours[group], real[group])
        compared.append((granule.sensor, granule.level))
    if not compared:
        pytest.skip(f"no real 1C file of version 7 in {real_data}/granules")
    assert len(set(compared)) == len(compared)
