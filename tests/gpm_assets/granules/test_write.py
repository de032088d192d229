from dataclasses import replace

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GranuleError
from gpm_assets.granules.editions import EDITIONS
from gpm_assets.granules.hdf import text
from gpm_assets.granules.headers import parse_pvl
from gpm_assets.granules.names import file_name, parse_name
from gpm_assets.granules.navigation import ScanStatus
from gpm_assets.granules.read import identify, read_1c
from gpm_assets.granules.write import name_1c, write_1c

ARRAYS = ("tb", "latitude", "longitude", "time", "incidence", "quality")


def same(a, b):
    return all(
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=getattr(a, name).dtype.kind in "fM") for name in ARRAYS
    )


def holed(swaths, seed):
    """The swaths with what real files have: gaps, codes, missing channels and times, pixels at the date line."""
    rng = np.random.default_rng(seed)
    for swath in swaths:
        tb, latitude, longitude, incidence = (getattr(swath, key).copy() for key in ("tb", "latitude", "longitude", "incidence"))
        time = swath.time.copy()
        quality = rng.choice(np.array([0, 0, 0, 1, 2, 3, 4, -4, -5, -1, -2, -3, -6, -7, -99], dtype=np.int8), swath.shape)
        longitude[:, :3] = 180.0, -180.0, np.float32(179.99999)
        incidence[:, ::2] *= -1
        if rng.random() < 0.7:
            incidence[:, :, -1] += np.float32(0.25)
        tb[np.isin(quality, (-4, -5)), rng.integers(tb.shape[2])] = np.nan
        tb[quality == -5, 0] = np.nan
        gap = rng.random(swath.shape[0]) < 0.3
        quality[gap], incidence[gap] = -1, np.nan
        tb[np.isin(quality, (-1, -2, -3, -6, -7, -99))] = np.nan
        lost = gap[:, None] | np.isin(quality, (-3, -6))
        latitude[lost], longitude[lost] = np.nan, np.nan
        time[1:][rng.random(len(time) - 1) < 0.2] = np.datetime64("NaT")
        yield replace(swath, tb=tb, latitude=latitude, longitude=longitude, incidence=incidence, quality=quality, time=time)


@pytest.mark.parametrize("name", INSTRUMENTS)
@pytest.mark.parametrize("version", ["V07A", "V08A"])
def test_granules_of_every_sensor_read_back_equal(tmp_path, make_swaths, status, name, version):
    row = INSTRUMENTS[name]
    swaths = list(holed(make_swaths(row), seed=5))
    path = tmp_path / "x"
    write_1c(path, swaths[::-1], row, number=12, status=status(orientation=180), version=version)
    read = read_1c(path)
    assert [swath.group for swath in read] == [group.name for group in row.groups]
    for a, b in zip(swaths, read, strict=True):
        assert same(a, b)
        assert (a.channels, a.sensor, b.aft) == (b.channels, b.sensor, True)
        assert b.counts["missing or unreadable"] == (a.quality == -1).sum()


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([(name, "1C") for name in INSTRUMENTS] + 3 * [("GPM_GMI", "1C-R")]),
    st.sampled_from(["V05A", "V06A", "V07B", "V08A", "PAR702", "PARV804"]),
    st.none() | st.integers(0, 999_999),
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.integers(2, 7),
)
def test_every_written_file_reads_back_equal(tmp_path, make_swaths, status, what, version, number, seed, aft, scans):
    (name, level), row = what, INSTRUMENTS[what[0]]
    swaths = list(holed(make_swaths(row, scans=scans, seed=seed), seed))
    kind = {"number": number, "version": version, "level": level}
    path = tmp_path / file_name(name_1c(swaths, row, **kind))
    write_1c(path, swaths, row, status=status(scans=scans, orientation=180 * aft), **kind)
    granule = identify(path)
    assert (granule.sensor_name, granule.level, granule.number, granule.version) == (name, level, number, version)
    assert parse_name(path.name).start == granule.start.replace(microsecond=0)
    for a, b in zip(swaths, read_1c(path), strict=True):
        assert same(a, b)
        assert (a.channels, a.sensor, a.group, b.aft) == (b.channels, b.sensor, b.group, aft)


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


@pytest.mark.parametrize("version", ["V05A", "V07A", "V08A"])
def test_the_same_granule_is_the_same_bytes(tmp_path, make_swaths, status, version):
    row = INSTRUMENTS["NOAA20_ATMS"]
    for name in ("a", "b"):
        write_1c(tmp_path / name, make_swaths(row), row, number=1, status=status(), version=version)
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
    with pytest.raises(GranuleError, match="V09A"):
        write_1c(tmp_path / "x.HDF5", swaths, row, number=1, status=status(), version="V09A")
    with pytest.raises(GranuleError, match="unknown level '1D' of a 1C file; there is 1C, 1C-R"):
        write_1c(tmp_path / "x.HDF5", swaths, row, number=1, status=status(), level="1D")
    with pytest.raises(GranuleError, match="without a single scan time"):
        write_1c(
            tmp_path / "x.HDF5",
            [replace(s, time=np.full(6, np.datetime64("NaT", "ms"))) for s in swaths],
            row,
            number=1,
            status=status(),
        )


def headers(path):
    with h5py.File(path) as file:
        return {name: parse_pvl(text(file, name)) for name in file.attrs if name != "_NCProperties"}


@pytest.mark.parametrize("number", [None, 12])
@pytest.mark.parametrize("version", ["V05A", "V06A", "V07A", "V08A"])
def test_header_says_simulated_and_claims_nothing_else(tmp_path, make_swaths, status, version, number):
    row = INSTRUMENTS["F16_SSMIS"]
    write_1c(tmp_path / "x", make_swaths(row), row, number=number, status=status(), version=version)
    found = headers(tmp_path / "x")
    assert "simulation" in found["FileHeader"]["ProcessingSystem"]
    assert found["FileHeader"]["DOI"] == found["FileHeader"]["DOIauthority"] == ""
    assert set(found["InputRecord"].values()) == {""}
    assert set(found["NavigationRecord"].values()) == {""}  # these scans cross no equator
    assert "PPS" not in {value for part in found.values() for value in part.values()}
    assert found["FileInfo"]["DataFormatVersion"] == EDITIONS[int(version[2])].data_format
    assert found["FileInfo"]["FormatPackage"].startswith(EDITIONS[int(version[2])].container)


def test_a_near_real_time_piece_claims_no_orbit(tmp_path, make_swaths, status):
    row = INSTRUMENTS["GPM_GMI"]
    swaths = make_swaths(row)
    write_1c(tmp_path / "x", swaths, row, number=None, status=status())
    header = headers(tmp_path / "x")["FileHeader"]
    assert [header[key] for key in ("GranuleNumber", "GranuleStart", "TimeInterval")] == ["", "", ""]
    assert header["FileName"] == "1C.GPM.GMI.XCAL2016-C.20200115-S235958-E000007.V07A.RT-H5"
    assert file_name(name_1c(swaths, row, number=None, version="V08A")).endswith("-E000007.V08A.RT-NC")
    assert identify(tmp_path / "x").number is None
    with h5py.File(tmp_path / "x") as file:
        numbers = file["S2/SCstatus/FractionalGranuleNumber"]
        assert np.all(numbers[...] == numbers.attrs["_FillValue"])


@pytest.mark.parametrize(
    ("sensor", "version", "token", "table"),
    [
        ("F16_SSMIS", "V05A", "XCAL2016-V", ""),
        ("F16_SSMIS", "V08A", "XCAL2021-V", "1C.DMSP-F16.SSMIS.XCAL2021-V.tbl"),
        ("TRMM_TMI", "V05A", "XCAL2017-C", ""),
        ("GPM_GMI", "V05A", "XCAL2016-C", "1C.GPM.GMI.XCAL2016-C.tbl"),
    ],
)
def test_name_and_header_carry_the_algorithm_of_the_version(tmp_path, make_swaths, status, sensor, version, token, table):
    row = INSTRUMENTS[sensor]
    write_1c(tmp_path / "x", make_swaths(row), row, number=1, status=status(), version=version)
    found = headers(tmp_path / "x")
    assert f".{token}." in found["FileHeader"]["FileName"]
    assert found["FileHeader"]["AlgorithmVersion"] == token.removeprefix("XCAL")
    assert found["XCALinfo"]["CalibrationTable"] == table


def test_the_header_gives_the_ascending_node(tmp_path, make_swaths):
    row = INSTRUMENTS["GPM_GMI"]
    crossing = ScanStatus(np.linspace(-0.2, 0.8, 6), np.linspace(10.0, 11.0, 6), np.full(6, 407.0), np.zeros(6, np.int16))
    write_1c(tmp_path / "x", make_swaths(row, start="2020-01-15T12:00:00.000"), row, number=1, status=crossing)
    found = headers(tmp_path / "x")["NavigationRecord"]
    assert found["LongitudeOnEquator"] == "10.200000"
    assert found["UTCDateTimeOnEquator"] == "2020-01-15T12:00:01.875Z"


def test_groups_may_differ_in_scans(tmp_path, make_swaths, status):
    row = INSTRUMENTS["F15_SSMI"]
    swaths = make_swaths(row, scans=7)
    assert [swath.shape for swath in swaths] == [(4, 64), (7, 128)]
    ways = {"one": status(scans=7), "each": [status(scans=7).every(2), status(scans=7)]}
    for name, given_status in ways.items():
        write_1c(tmp_path / name, swaths, row, number=1, status=given_status, version="V06A")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "each").read_bytes()
    with h5py.File(tmp_path / "one") as file:
        assert file["S1/SCstatus/SClatitude"].shape == (4,)
        assert file["S2/SCstatus/SClatitude"].attrs["DimensionNames"] == b"nscan1"
        assert np.array_equal(file["S1/SCstatus/SClatitude"][...], file["S2/SCstatus/SClatitude"][::2])
        assert parse_pvl(text(file["S2"], "S2_SwathHeader"))["NumberScansGranule"] == "7"
    with pytest.raises(GranuleError, match="does not fit 4 scans of S1"):
        write_1c(tmp_path / "x", swaths, row, number=1, status=[status(scans=7)] * 2)


def unmatched(swath):
    """The swath with pixels that no pixel of its group was matched with."""
    arrays = {key: getattr(swath, key).copy() for key in ("tb", "latitude", "longitude", "incidence", "quality")}
    for key, array in arrays.items():
        array[:, :20] = -10 if key == "quality" else np.nan
    return replace(swath, **arrays)


def test_co_registered_granules(tmp_path, make_swaths, status):
    row = INSTRUMENTS["GPM_GMI"]
    first, second = make_swaths(row)
    second = unmatched(second)
    write_1c(tmp_path / "x", (first, second), row, number=79, status=status(), level="1C-R")
    header = headers(tmp_path / "x")["FileHeader"]
    assert header["FileName"].startswith("1C-R.GPM.GMI.XCAL2016-C.2020")
    assert (header["AlgorithmVersion"], header["DOIshortName"]) == ("2016-C-CO-REGv1.1", "1CGPMGMI_R")
    assert identify(tmp_path / "x").level == "1C-R"
    read = read_1c(tmp_path / "x")
    assert same(first, read[0])
    assert same(second, read[1])


def test_what_is_not_co_registered_is_refused_as_1c_r(tmp_path, make_swaths, status):
    for name in ("F16_SSMIS", "GCOMW1_AMSR2", "F15_SSMI", "METOPB_MHS"):
        row = INSTRUMENTS[name]
        with pytest.raises(GranuleError, match=rf"1C-R puts several swath groups on the same .* {name} has"):
            write_1c(tmp_path / "x", make_swaths(row), row, number=1, status=status(), level="1C-R")
    row = INSTRUMENTS["GPM_GMI"]
    first, second = make_swaths(row)
    half = replace(unmatched(second), latitude=second.latitude)
    with pytest.raises(GranuleError, match="group S2: pixels of quality -10 have a position"):
        write_1c(tmp_path / "x", (first, half), row, number=1, status=status(), level="1C-R")
    assert list(tmp_path.iterdir()) == []
