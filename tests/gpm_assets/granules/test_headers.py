from contextlib import suppress
from datetime import datetime

import h5py
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpm_assets.errors import GranuleError
from gpm_assets.granules.headers import fixed_bytes, format_pvl, integer, moment, parse_pvl, stamp


def test_values_may_hold_equals_signs_and_be_empty():
    text = "SatelliteName=TRMM;\nAttitudeSource=Attitude Read, flag = 422;\nGeoControlFileName=;\n"
    assert parse_pvl(text) == {
        "SatelliteName": "TRMM",
        "AttitudeSource": "Attitude Read, flag = 422",
        "GeoControlFileName": "",
    }


@given(st.text(max_size=200))
def test_any_text_parses_or_is_refused(text):
    try:
        parsed = parse_pvl(text)
    except GranuleError:
        return
    assert all(isinstance(value, str) for value in parsed.values())


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=20), max_size=5))
def test_what_is_written_reads_back(entries):
    try:
        text = format_pvl(entries)
    except GranuleError:
        return
    assert parse_pvl(text) == entries


def test_contradiction_is_refused():
    with pytest.raises(GranuleError, match=r"twice, as 'F16' and 'F18'"):
        parse_pvl("SatelliteName=F16;\nSatelliteName=F18;\n")


def test_numbers_padded_or_not():
    assert integer({"GranuleNumber": "000079"}, "GranuleNumber") == integer({"GranuleNumber": "79"}, "GranuleNumber") == 79


@pytest.mark.parametrize("value", ["", "-1", "1e3", "seven", "9" * 13, "٣"])
def test_other_numbers_are_refused(value):
    with pytest.raises(GranuleError, match="GranuleNumber"):
        integer({"GranuleNumber": value}, "GranuleNumber")


@given(st.text(max_size=30))
def test_times_parse_or_are_refused(value):
    with suppress(GranuleError):
        assert moment({"Start": value}, "Start").tzinfo is None


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1969-12-31", "20-01-01"])
def test_times_out_of_range_are_refused(value):
    """Python raises OverflowError where a time zone leads out of its calendar, and where a margin is taken off the first day."""
    with pytest.raises(GranuleError, match="Start="):
        moment({"Start": value}, "Start")


def test_times_read_back_to_the_millisecond():
    time = datetime(2014, 3, 4, 17, 59, 32, 154000)
    assert stamp(time) == "2014-03-04T17:59:32.154Z"
    assert moment({"Start": stamp(time)}, "Start") == time


def test_attributes_are_fixed_length_null_padded(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.attrs.create("FileHeader", fixed_bytes("A=1;\n"))
        kind = file.attrs.get_id("FileHeader").get_type()
        assert not kind.is_variable_str()
        assert kind.get_size() == 5
        assert kind.get_strpad() == h5py.h5t.STR_NULLPAD
