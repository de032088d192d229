import h5py
import pytest

from gpm_assets.errors import GranuleError
from gpm_assets.granules.headers import fixed_bytes, format_pvl, parse_pvl
from gpm_assets.granules.identity import identify
from gpm_assets.granules.names import parse_name


def edit(path, **changes):
    with h5py.File(path, "r+") as file:
        header = parse_pvl(file.attrs["FileHeader"].decode()) | changes
        file.attrs.create("FileHeader", fixed_bytes(format_pvl(header)))


def test_written_file_is_what_its_header_says(granule_file):
    granule = identify(granule_file)
    assert (granule.sensor_name, granule.level, granule.product) == ("F16_SSMIS", "1C", "1CSSMIS")
    assert (granule.number, granule.version, granule.algorithm) == (83785, "V07A", "2021-V")
    assert granule.simulated
    assert granule.known
    assert granule.month == "2020-01"


def test_the_name_of_the_file_says_nothing(granule_file):
    other = granule_file.with_name("1C.GPM.GMI.XCAL2016-C.20190304-S175932-E193159.000079.V05A.HDF5")
    granule_file.rename(other)
    assert identify(other).identity == "F16_SSMIS 1C 083785 V07A"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"InstrumentName": "GMI"}, "1CSSMIS.*GMI"),
        ({"InstrumentName": "GMI", "AlgorithmID": "1CGMI", "SatelliteName": "GPM"}, "GPM_GMI.*S1, S2.*S1, S2, S3, S4"),
        ({"InstrumentName": "SSMIS", "AlgorithmID": "1CGMI"}, "1CGMI.*SSMIS"),
        ({"AlgorithmID": "2ADPR"}, "2ADPR.*SSMIS"),
        ({"StartGranuleDateTime": "2030-01-01T00:00:00.000Z"}, "2030"),
        ({"StartGranuleDateTime": "yesterday"}, "yesterday"),
        ({"GranuleNumber": "many"}, "many"),
        ({"AlgorithmID": "SSMIS"}, "AlgorithmID=SSMIS"),
        ({"SatelliteName": ""}, "SatelliteName"),
        ({"SatelliteName": "../F16"}, r"SatelliteName=\.\./F16.*letters and digits"),
        ({"ProductVersion": "7"}, "ProductVersion=7, expected a version like V07A"),
    ],
)
def test_header_and_content_that_disagree_are_refused_with_both(granule_file, changes, words):
    edit(granule_file, **changes)
    with pytest.raises(GranuleError, match=words) as raised:
        identify(granule_file)
    assert str(granule_file) in str(raised.value)


def test_a_group_with_other_channels_is_refused(granule_file):
    with h5py.File(granule_file, "r+") as file:
        text = file["S2/Tc"].attrs["LongName"].decode().replace("37.0 GHz V", "36.5 GHz V")
        file["S2/Tc"].attrs.create("LongName", fixed_bytes(text))
    with pytest.raises(GranuleError, match=r"S2.*F16_SSMIS.*36\.5V, 37H.*37V, 37H"):
        identify(granule_file)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "empty"), (b"<html>log in</html>", "signature"), (b"\x89HDF\r\n\x1a\n" + bytes(99), "cut short or damaged")],
)
def test_files_that_are_no_granules(tmp_path, content, words):
    path = tmp_path / "1C.F16.SSMIS.XCAL2021-V.20210110-S072552-E090745.088911.V05A.HDF5"
    path.write_bytes(content)
    with pytest.raises(GranuleError, match=words):
        identify(path)


def test_missing_file_and_file_without_header(tmp_path):
    with pytest.raises(GranuleError, match="No such file"):
        identify(tmp_path / "absent.HDF5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(GranuleError, match="FileHeader"):
        identify(tmp_path / "other.h5")


REAL = {
    "1C.GPM.GMI": ("GPM_GMI", "1C", 79, True),
    "1C-R.GPM.GMI": ("GPM_GMI", "1C-R", 79, True),
    "1C.F18.SSMIS": ("F18_SSMIS", "1C", 1982, True),
    "1C.TRMM.TMI": ("TRMM_TMI", "1C", 160, True),
    "1C.GCOMW1.AMSR2": ("GCOMW1_AMSR2", "1C", 676, True),
    "1C.NPP.ATMS": ("NPP_ATMS", "1C", 162, True),
    "1C.METOPB.MHS": ("METOPB_MHS", "1C", 108, True),
    "1C.MT1.SAPHIR": ("MT1_SAPHIR", "1C", 14, True),
    "2A.GPM.DPR.V9": ("GPM_DPR", "2A", 144, False),
    "2A.GPM.DPR.V8": ("GPM_DPR", "2A", 144, False),
    "2A.GPM.Ku": ("GPM_Ku", "2A", 144, False),
    "2B.GPM.DPRGMI": ("GPM_DPRGMI", "2B", 144, False),
}


@pytest.mark.parametrize("prefix", REAL)
def test_real_files(real_data, prefix):
    (path,) = (real_data / "granules").glob(f"{prefix}*")
    granule, name = identify(path), parse_name(path.name)
    assert (granule.sensor_name, granule.level, granule.number, granule.known) == REAL[prefix]
    assert not granule.simulated
    assert (granule.start.replace(microsecond=0), granule.version) == (name.start, name.version)
    assert abs((granule.stop - name.stop).total_seconds()) < 2
    assert (name.sensor_name, name.level) == (granule.sensor_name, granule.level)
