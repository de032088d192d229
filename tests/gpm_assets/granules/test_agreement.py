"""Header and content that disagree: every contradiction is refused and both sides named, every real file passes."""

import h5py
import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GranuleError
from gpm_assets.granules.headers import format_pvl, parse_pvl
from gpm_assets.granules.identity import identify
from gpm_assets.granules.radar import write_radar
from gpm_assets.granules.write import write_1c


def claim(path, place, attribute, **changes):
    """Change entries of a header; None takes one away."""
    with h5py.File(path, "r+") as file:
        entries = parse_pvl(file[place].attrs[attribute].decode()) | changes
        text = format_pvl({key: value for key, value in entries.items() if value is not None})
        file[place].attrs.create(attribute, np.bytes_(text.encode()))


def fill(path, name, value):
    with h5py.File(path, "r+") as file:
        file[name][...] = value


HEADER = ("/", "FileHeader")
SWATH = ("S3", "S3_SwathHeader")


@pytest.mark.parametrize(
    ("place", "changes", "words"),
    [
        (HEADER, {"NumberOfSwaths": "3"}, "header gives 3 swaths, the file holds 4: S1, S2, S3, S4"),
        (HEADER, {"GranuleNumber": "83784"}, r"header gives GranuleNumber=83784, the file holds scans of granule 83785\.500"),
        (HEADER, {"GranuleNumber": "83786"}, r"header gives GranuleNumber=83786, the file holds scans of granule 83785\.500"),
        (HEADER, {"SatelliteName": "F17"}, r"header names F17_SSMIS, the file was calibrated by .*DMSP-F16\.SSMIS.*of F16_SSMIS"),
        (
            SWATH,
            {"ScanType": "CROSSTRACK"},
            "names F16_SSMIS, which scans CONICAL, the file gives ScanType=CROSSTRACK in S3",
        ),
        (SWATH, {"NumberScansGranule": "5"}, "header gives 5 scans in S3, the file holds 6"),
        (SWATH, {"NumberPixels": "179"}, "header gives 179 pixels in S3, the file holds 180"),
        (SWATH, {"NumberPixels": "many"}, "NumberPixels=many, expected a whole number"),
        (
            ("S3", "S3_IncidenceAngleIndex"),
            {"IncidenceAngleIndex": "1,1,2,1"},
            "header gives IncidenceAngleIndex=1,1,2,1 in S3, the file holds 1,1,1,1",
        ),
    ],
)
def test_a_claim_that_the_content_contradicts(granule_file, place, changes, words):
    claim(granule_file, *place, **changes)
    with pytest.raises(GranuleError, match=words) as raised:
        identify(granule_file)
    assert str(granule_file) in str(raised.value)


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        (HEADER, {"FileName": "1C-CS-CONUS.GPM.GMI.XCAL2016-C.20140304-S175932-E193159.000079.V05A.HDF5"}),
        (HEADER, {"GranuleNumber": ""}),
        (SWATH, {"NumberScansGranule": "3221", "NumberPixels": "200"}),
        (SWATH, {"NumberScansGranule": "3", "NumberScansInSet": "2"}),
        (SWATH, {"NumberScansGranule": "4", "NumberScansBeforeGranule": "1", "NumberScansAfterGranule": "1"}),
        (SWATH, {"NumberScansGranule": None, "NumberPixels": None, "ScanType": ""}),
        (("/", "XCALinfo"), {"CalibrationTable": "1C.DMSP16.SSMIS.XCAL2030-V.tbl"}),
        (("/", "XCALinfo"), {"CalibrationTable": ""}),
    ],
)
def test_what_is_no_contradiction(granule_file, place, changes):
    """Renamed, cut and subset files, spellings of later versions, and what a file does not claim at all."""
    claim(granule_file, *place, **changes)
    assert identify(granule_file).sensor_name == "F16_SSMIS"


@pytest.mark.parametrize("attribute", ["S1_SwathHeader", "S1_IncidenceAngleIndex"])
def test_a_header_that_is_not_there_claims_nothing(granule_file, attribute):
    with h5py.File(granule_file, "r+") as file:
        del file["S1"].attrs[attribute]
    assert identify(granule_file).known


def test_scans_whose_number_or_incidence_index_is_missing_contradict_nothing(granule_file):
    fill(granule_file, "S1/SCstatus/FractionalGranuleNumber", -9999.9)
    fill(granule_file, "S1/incidenceAngleIndex", -99)
    claim(granule_file, *HEADER, GranuleNumber="000001")
    assert identify(granule_file).number == 1


def test_a_turn_of_the_incidence_index_inside_the_granule_is_found(granule_file):
    with h5py.File(granule_file, "r+") as file:
        file["S1/incidenceAngleIndex"][4] = [1, 1, 2]
    with pytest.raises(GranuleError, match="IncidenceAngleIndex=1,1,1 in S1, the file holds 1,1,2"):
        identify(granule_file)


def test_co_registered_groups_lie_on_the_same_pixels(granule_file):
    claim(granule_file, *HEADER, AlgorithmVersion="2021-V-CO-REGv1.1")
    with pytest.raises(GranuleError, match=r"2021-V-CO-REGv1\.1, the file holds .*'S1': \(6, 90\).*'S4': \(6, 180\)"):
        identify(granule_file)


def test_a_granule_that_is_not_empty_holds_scans(tmp_path, make_swaths, status):
    row = INSTRUMENTS["METOPB_MHS"]
    path = tmp_path / "granule.HDF5"
    write_1c(path, make_swaths(row), row, number=1, status=status())
    with h5py.File(path, "r+") as file:
        del file["S1/Latitude"]
        file["S1/Latitude"] = np.empty((0, 90), dtype=np.float32)
    with pytest.raises(GranuleError, match=r"EmptyGranule=NOT_EMPTY, the file holds nothing in S1: Latitude has shape \(0, 90\)"):
        identify(path)
    claim(path, *HEADER, EmptyGranule="EMPTY", NumberOfSwaths="0")
    assert identify(path).sensor_name == "METOPB_MHS"


@pytest.mark.parametrize("sensor", INSTRUMENTS)
@pytest.mark.parametrize("other", ["GPM_GMI", "F17_SSMIS", "NOAA21_ATMS", "METOPC_MHS"])
def test_a_header_of_another_sensor_is_refused(tmp_path, make_swaths, status, sensor, other):
    """The worst mistake: TB of one sensor under the name of another, even of one with the same channels."""
    row, path = INSTRUMENTS[sensor], tmp_path / "granule.HDF5"
    write_1c(path, make_swaths(row, scans=2), row, number=1, status=status(2))
    platform, instrument = other.split("_")
    claim(path, *HEADER, SatelliteName=platform, InstrumentName=instrument, AlgorithmID=f"1C{instrument}")
    if sensor == other:
        assert identify(path).sensor_name == other
    else:
        with pytest.raises(GranuleError, match=other):
            identify(path)


def test_a_radar_granule_of_another_number_or_instrument_is_refused(tmp_path, radar_swath):
    path = tmp_path / "radar.HDF5"
    write_radar(path, radar_swath, number=144)
    assert identify(path).number == 144
    claim(path, *HEADER, InstrumentName="GMI")
    with pytest.raises(GranuleError, match="AlgorithmID=2ADPR and InstrumentName=GMI"):
        identify(path)
    claim(path, *HEADER, InstrumentName="DPR")
    with h5py.File(path, "r+") as file:
        file["FS/scanStatus"].require_dataset("FractionalGranuleNumber", 5, "f8")[...] = 145.5
    with pytest.raises(GranuleError, match=r"GranuleNumber=144, the file holds scans of granule 145\.5"):
        identify(path)


def test_every_real_file_agrees_with_itself(real_data):
    paths = sorted(real_data.glob("*/*.HDF5"))
    assert len(paths) == 13
    for path in paths:
        identify(path)
