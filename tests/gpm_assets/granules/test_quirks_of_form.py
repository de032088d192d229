"""Oddities of how granules are named and stored: each on the real file that shows it, and on a generated one that has it too."""

from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import pytest

from gpm_assets.granules.channels import parse_channels
from gpm_assets.granules.identity import identify
from gpm_assets.granules.names import parse_name
from gpm_assets.granules.read import read_1c
from tests.gpm_assets.granules.patching import same, say, stored

FILL = np.float32(-9999.9)


class TestUnitsOfPositionsAreDegreeOrDegrees:
    """ "degree" in S1 to S4 of AMSR2, "degrees" elsewhere, each twice, as `Units` and `units`."""

    EXPECTED = [b"degree"] * 4 + [b"degrees"] * 2

    @pytest.mark.parametrize("attribute", ["Units", "units"])
    def test_real(self, real, attribute):
        path = real("1C.GCOMW1")
        assert [stored(path, f"S{n}/Latitude", attribute) for n in range(1, 7)] == self.EXPECTED
        assert stored(real("1C.TRMM"), "S1/Latitude", attribute) == b"degrees"

    @pytest.mark.parametrize("attribute", ["Units", "units"])
    def test_generated(self, written, attribute):
        path = written("GCOMW1_AMSR2")
        assert [stored(path, f"S{n}/Latitude", attribute) for n in range(1, 7)] == self.EXPECTED
        assert np.isfinite(read_1c(path)[0].latitude).all()


class TestGranuleNumbersAreZeroPaddedOrNot:
    """GranuleNumber=000079 in 1C headers, GranuleNumber=144 in those of the radar."""

    def test_real(self, real):
        gmi, dpr = real("1C.GPM.GMI"), real("2A.GPM.DPR.V9")
        assert b"GranuleNumber=000079;" in stored(gmi, "/", "FileHeader")
        assert b"GranuleNumber=144;" in stored(dpr, "/", "FileHeader")
        assert (identify(gmi).number, identify(dpr).number) == (79, 144)

    def test_generated(self, written):
        path = written("GPM_GMI")
        assert identify(path).number == 79
        say(path, "GranuleNumber=000079;", "GranuleNumber=79;")
        assert identify(path).number == 79


class TestVersionsDiffer:
    """Up to V06: no `sunLocalTime`, and ScanTime and SCstatus of every group name `nscan1`. From V08: netCDF-4."""

    def test_real(self, real):
        with h5py.File(real("1C.F16")) as old, h5py.File(real("1C.F18")) as new:
            assert "sunLocalTime" not in old["S1"]
            assert "sunLocalTime" in new["S1"]

    @pytest.mark.parametrize(("version", "dimension"), [("V05A", b"nscan1"), ("V06A", b"nscan1"), ("V07A", b"nscan2")])
    def test_generated(self, written, version, dimension):
        path = written("F16_SSMIS", version=version)
        for name in ("ScanTime/Year", "SCstatus/SCorientation"):
            assert stored(path, f"S2/{name}", "DimensionNames") == dimension
        with h5py.File(path) as file:
            assert ("sunLocalTime" in file["S1"]) == (version == "V07A")

    def test_what_is_read_does_not_depend_on_it(self, written):
        swaths = [read_1c(written("F16_SSMIS", version=version)) for version in ("V05A", "V06A", "V07A", "V08A")]
        assert all(same(a, b) for a, b in pairwise(swaths))


def kinds_of_text(path: Path) -> set[int]:
    """Padding of every text attribute, all of which are scalar and of fixed length."""
    found = set()

    def visit(_, item):
        for name in item.attrs:
            identifier = item.attrs.get_id(name)
            if isinstance(kind := identifier.get_type(), h5py.h5t.TypeStringID):
                assert not kind.is_variable_str()
                assert identifier.shape == ()
                found.add(kind.get_strpad())

    with h5py.File(path) as file:
        visit("", file)
        file.visititems(visit)
    return found


class TestAttributesAreOfFixedLength:
    """NULL-padded in PPS's HDF5 files, NULL-terminated in netCDF-4; arrays of one and strings of variable length occur too."""

    def test_real(self, real):
        assert kinds_of_text(real("1C.TRMM")) == {h5py.h5t.STR_NULLPAD}

    @pytest.mark.parametrize(("version", "padding"), [("V07A", h5py.h5t.STR_NULLPAD), ("V08A", h5py.h5t.STR_NULLTERM)])
    def test_generated(self, written, version, padding):
        assert kinds_of_text(written("METOPB_MHS", version=version)) == {padding}

    @pytest.mark.parametrize(
        "restyle",
        [
            lambda text: np.bytes_(text + b"\0\0\0"),
            lambda text: np.array([text.decode()], dtype=h5py.string_dtype()),
            lambda text: text.decode(),
        ],
        ids=["more NULLs", "an array of one", "variable length"],
    )
    def test_rewritten(self, written, restyle):
        path = written("METOPB_MHS")
        before, identity = read_1c(path), identify(path)

        def visit(_, item):
            for name, value in dict(item.attrs).items():
                item.attrs[name] = restyle(value) if isinstance(value, bytes) else np.array([value])

        with h5py.File(path, "r+") as file:
            visit("", file)
            file.visititems(visit)
        assert identify(path) == identity
        assert same(read_1c(path), before)


class TestSubsetsHaveOtherNamesThanTheirHeaders:
    """`2A-CS-<box>.`, `2A-RW-<site>.` and `1C-R-CS-<box>.` are subsets; the header keeps the name of the original."""

    @pytest.mark.parametrize("level", ["2A-CS-151E24S154E30S", "2A-RW-BRISBANE", "1C-R-CS-CONUS", "2A-CLIM", "1C-gm"])
    def test_names(self, level):
        name = parse_name(f"{level}.GPM.DPR.V9-20211125.20140308-S220950-E234217.000144.V07A.HDF5")
        assert (name.level, name.sensor_name, name.number) == (level, "GPM_DPR", 144)

    def test_generated(self, written):
        path = written("GPM_GMI")
        other = path.with_name("1C-R-CS-CONUS.F16.SSMIS.XCAL2021-V.20190101-S000000-E010000.000001.V05A.HDF5")
        identity = identify(path).identity
        path.rename(other)
        assert identify(other).identity == identity
        say(other, "FileName=1C.GPM.GMI", "FileName=1C.TRMM.TMI")
        assert identify(other).identity == identity

    def test_real(self, real, tmp_path):
        path = tmp_path / "download (1).HDF5"
        path.write_bytes(real("1C.TRMM").read_bytes())
        assert identify(path).identity == "TRMM_TMI 1C 000160 V07A"


class TestAmsr2NamesOneDimensionForFourGroups:
    """`incidenceAngle` of S1 to S4 has the last dimension nchUIA1, S5 and S6 have their own."""

    EXPECTED = [b"nchUIA1"] * 4 + [b"nchUIA5", b"nchUIA6"]

    @staticmethod
    def last(path: Path) -> list[bytes]:
        return [stored(path, f"S{n}/incidenceAngle", "DimensionNames").split(b",")[2] for n in range(1, 7)]

    def test_real(self, real):
        assert self.last(real("1C.GCOMW1")) == self.EXPECTED
        assert len(read_1c(real("1C.GCOMW1"))) == 6

    def test_generated(self, written):
        path = written("GCOMW1_AMSR2")
        assert self.last(path) == self.EXPECTED
        assert all(swath.valid_fraction == 1 for swath in read_1c(path))


class TestThereAreNoDimensionScales:
    """HDF5 files of PPS name dimensions in an attribute alone; the fill value of HDF5 itself stays 0."""

    @staticmethod
    def check(path: Path) -> None:
        with h5py.File(path) as file:
            tb = file["S1/Tc"]
            assert [len(dimension) for dimension in tb.dims] == [0, 0, 0]
            assert tb.attrs["DimensionNames"] == b"nscan1,npixel1,nchannel1"
            assert (tb.fillvalue, tb.attrs["_FillValue"]) == (0, FILL)
            assert tb.attrs["CodeMissingValue"] == b"-9999.9"

    def test_real(self, real):
        self.check(real("1C.TRMM"))

    def test_generated(self, written):
        self.check(written("TRMM_TMI"))


SPELLINGS = {
    "GPM_GMI": ["10.65V 10.65H 18.7V 18.7H 23.8V 36.64V 36.64H 89V 89H", "166V 166H 183.31±3V 183.31±7V"],
    "F18_SSMIS": ["19.35V 19.35H 22.235V", "37V 37H", "150H 183.31±1H 183.31±3H 183.31±6.6H", "91.665V 91.665H"],
    "GCOMW1_AMSR2": ["10.65V 10.65H", "18.7V 18.7H", "23.8V 23.8H", "36.5V 36.5H", "89V-A 89H-A", "89V-B 89H-B"],
    "TRMM_TMI": ["10.65V 10.65H", "19.35V 19.35H 21.3V 37V 37H", "85.5V 85.5H"],
    "NPP_ATMS": ["23.8QV", "31.4QV", "88.2QV", "165.5QH 183.31±7QH 183.31±4.5QH 183.31±3QH 183.31±1.8QH 183.31±1QH"],
    "METOPB_MHS": ["89V 157V 183.31±1H 183.31±3H 190.31V"],
    "MT1_SAPHIR": ["183.31±0.2 183.31±1.1 183.31±2.8 183.31±4.2 183.31±6.8 183.31±11"],
}


class TestEverySpellingOfChannels:
    """LongName of `Tc` spells channels in five ways; polarisation is missing for SAPHIR, the horn is told for AMSR2."""

    @pytest.mark.parametrize("sensor", SPELLINGS)
    def test_real(self, real, sensor):
        channels = [" ".join(swath.channels) for swath in read_1c(real(f"1C.{sensor.replace('_', '.')}"))]
        assert channels == SPELLINGS[sensor]

    @pytest.mark.parametrize("sensor", SPELLINGS)
    def test_generated(self, written, sensor):
        assert [" ".join(swath.channels) for swath in read_1c(written(sensor))] == SPELLINGS[sensor]

    @pytest.mark.parametrize(
        "spelling",
        [
            "1) 183.31 +/-3 GHz H-Pol and 2) 183.31 +/-7 GHz H-Pol",  # GMI
            "1) 183.31 +/- 3 GHz H-Pol\n\t2) 183.31 +/- 7 GHz H-Pol",  # SSMIS
            "1) 183.31+-3 GHz H-Pol 2) 183.31+-7 GHz H-Pol",  # ATMS
            "1) 183.31 GHz +/- 3 GHz H-Pol and\n 2) 183.31 GHz +/- 7 GHz H-Pol",  # MHS
            "1)183.31 +/- 3.0 GHz H-Pol and 2)183.310 +/- 7.0GHz H-Pol",
        ],
    )
    def test_the_same_channels(self, spelling):
        assert [channel.name for channel in parse_channels(spelling)] == ["183.31±3H", "183.31±7H"]
