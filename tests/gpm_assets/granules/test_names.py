from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpm_assets.errors import GranuleError
from gpm_assets.granules.editions import edition_of
from gpm_assets.granules.names import GranuleName, file_name, parse_name, safe_name


def test_research_name():
    name = parse_name("1C.F16.SSMIS.XCAL2021-V.20210110-S072552-E090745.088911.V05A.HDF5")
    assert (name.level, name.sensor_name, name.algorithm, name.number) == ("1C", "F16_SSMIS", "XCAL2021-V", 88911)
    assert (name.start, name.stop) == (datetime(2021, 1, 10, 7, 25, 52), datetime(2021, 1, 10, 9, 7, 45))
    assert (name.version, name.extension, name.month) == ("V05A", "HDF5", "2021-01")


def test_stop_before_start_is_the_next_day_and_the_month_is_that_of_the_start():
    name = parse_name("1C.TRMM.TMI.XCAL2021-V.19971231-S235717-E012836.000160.V07A.HDF5")
    assert name.stop == datetime(1998, 1, 1, 1, 28, 36)
    assert name.month == "1997-12"


@pytest.mark.parametrize(
    ("text", "level", "number", "extension"),
    [
        ("1C-R.GPM.GMI.XCAL2016-C.20140304-S175932-E193159.000079.V07A.HDF5", "1C-R", 79, "HDF5"),
        ("1C-CS-CONUS.GPM.GMI.XCAL2016-C.20140304-S175932-E193159.000079.V07A.HDF5", "1C-CS-CONUS", 79, "HDF5"),
        (
            "1C-R-CS-145W45S120E45N.GPM.GMI.XCAL2016-C.20140304-S175932-E193159.000079.V07A.HDF5",
            "1C-R-CS-145W45S120E45N",
            79,
            "HDF5",
        ),
        ("2A-CLIM.METOPB.MHS.GPROF2021v1.20260228-S233156-E011316.069788.V07A.HDF5", "2A-CLIM", 69788, "HDF5"),
        ("1C.METOPB.MHS.XCAL2016-V.20260228-S233156-E011316.069788.V08A.nc", "1C", 69788, "nc"),
        ("1C.GPM.GMI.XCAL2016-C.20260624-S223954-E224452.V08A.RT-NC", "1C", None, "RT-NC"),
        ("2A.GPM.Ku.V9-20211125.20140308-S220950-E234217.000144.V07A.HDF5", "2A", 144, "HDF5"),
        ("1C.TROPICS03.TMS.XCAL2023-N.20230901-S000000-E013000.001234.PAR702.HDF5", "1C", 1234, "HDF5"),
    ],
)
def test_names_seen_in_archives_read_back(text, level, number, extension):
    name = parse_name(text)
    assert (name.level, name.number, name.extension) == (level, number, extension)
    assert file_name(name) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1C.F16.SSMIS.HDF5",
        "1C.F16.SSMIS.XCAL2021-V.20210230-S072552-E090745.088911.V05A.HDF5",
        "1C.F16.SSMIS.XCAL2021-V.20210110-S252552-E090745.088911.V05A.HDF5",
        "../1C.F16.SSMIS.XCAL2021-V.20210110-S072552-E090745.088911.V05A.HDF5",
        "1C.F16.SSMIS.XCAL2021-V.20210110-S072552-E090745.088911.V05A.HDF5\n",
        "1C.F16.SSMIS.XCAL2021-V.99991231-S235959-E000000.088911.V05A.HDF5",
    ],
)
def test_other_names_are_refused(text):
    with pytest.raises(GranuleError):
        parse_name(text)


@given(st.text(max_size=120) | st.from_regex(r"1C\.[A-Z0-9.]{0,9}\.\d{8}-S\d{6}-E\d{6}\.\d{6}\.V\d\dA\.HDF5", fullmatch=True))
def test_any_text_gives_a_name_that_reads_back_or_a_granule_error(text):
    try:
        name = parse_name(text)
    except GranuleError:
        return
    assert parse_name(file_name(name)) == name


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1)),
    st.integers(0, 86_399),
    st.none() | st.integers(0, 999_999),
    st.sampled_from(("F16", "GPM", "NOAA20")),
    st.sampled_from(("1C", "1C-R")),
    st.sampled_from(("V05A", "V06A", "V07B", "V08A", "PAR702", "PARV804")),
)
def test_composed_names_read_back(start, seconds, number, platform, level, version):
    from datetime import timedelta

    start, edition = start.replace(microsecond=0), edition_of(version)
    extension = edition.near_real_time_extension if number is None else edition.extension
    stop = start + timedelta(seconds=seconds)
    name = GranuleName(level, platform, "SSMIS", "XCAL2021-V", start, stop, number, version, extension)
    assert parse_name(file_name(name)) == name


def test_a_granule_longer_than_a_day_has_no_name():
    start = datetime(2020, 1, 1)
    name = GranuleName("1C", "F16", "SSMIS", "XCAL2021-V", start, datetime(2020, 1, 3), 1, "V07A", "HDF5")
    with pytest.raises(GranuleError, match="another granule"):
        file_name(name)


@pytest.mark.parametrize(
    "text", ["../x", "/etc/passwd", "a/b", "a\\b", ".hidden", "", "x\0y", "a\nb", "-rf", "x" * 201, "..", "CON:"]
)
def test_unsafe_names_are_refused(text):
    with pytest.raises(GranuleError, match="safe"):
        safe_name(text)


@given(st.text(max_size=60))
def test_a_safe_name_is_one_path_component(text):
    from pathlib import PurePosixPath, PureWindowsPath

    try:
        safe = safe_name(text)
    except GranuleError:
        return
    assert PurePosixPath(safe).name == safe == PureWindowsPath(safe).name
