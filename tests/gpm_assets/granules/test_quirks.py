"""Oddities of what 1C files say: each on the real file that shows it, and on a generated one that has it too."""

import h5py
import numpy as np
import pytest

from gpm_assets.errors import GranuleError
from gpm_assets.granules.identity import identify
from gpm_assets.granules.inspection import describe
from gpm_assets.granules.quality import RULES
from gpm_assets.granules.read import read_1c
from gpm_assets.swath import Swath
from tests.gpm_assets.granules.patching import put, same, say, stored

FILL = np.float32(-9999.9)


class TestFillValuesAreFloat32:
    """`float(np.float32(-9999.9)) == -9999.9` is False, and the fill value is the file's own."""

    def test_real(self, real):
        path = real("1C.GPM.GMI")
        assert (stored(path, "S1/Tc") == FILL).all()
        assert not (stored(path, "S1/Tc").astype(float) == -9999.9).any()
        assert all(np.isnan(swath.tb).all() for swath in read_1c(path))

    def test_generated(self, written):
        path = written("GPM_GMI")
        put(path, {"S1/Tc": FILL}, where=(0, 3))
        with h5py.File(path, "r+") as file:
            file["S2/Tc"].attrs["_FillValue"] = np.float32(250.1)
            file["S2/Tc"][1] = 250.1
        first, second = read_1c(path)
        assert np.argwhere(np.isnan(first.tb).all(axis=2)).tolist() == [[0, 3]]
        assert np.unique(np.argwhere(np.isnan(second.tb))[:, 0]).tolist() == [1]


class TestMissingScansKeepTheirTimeAlone:
    """A missing scan has no latitude and longitude either (quality -1), but a valid ScanTime."""

    @staticmethod
    def check(swath: Swath, missing: slice) -> None:
        assert np.isnan(swath.tb[missing]).all()
        assert np.isnan(swath.latitude[missing]).all()
        assert np.isnan(swath.longitude[missing]).all()
        assert not np.isnat(swath.time).any()
        assert swath.counts == {"missing or unreadable": swath.quality[missing].size}

    @pytest.mark.parametrize("prefix", ["1C.F18", "1C.GCOMW1", "1C.NPP", "1C.METOPB", "1C.MT1"])
    def test_real(self, real, prefix):
        for swath in read_1c(real(prefix)):
            self.check(swath, slice(None))

    def test_generated(self, written):
        path = written("F18_SSMIS")
        put(path, {"S4/Tc": FILL, "S4/Latitude": FILL, "S4/Longitude": FILL, "S4/Quality": -1}, where=slice(1, 3))
        swath = read_1c(path)[3]
        self.check(swath, slice(1, 3))
        assert np.isfinite(swath.tb[[0, 3, 4, 5]]).all()


class TestMissingTbMayHaveAPosition:
    """Latitude and longitude stay where only the TB is missing."""

    def test_real(self, real):
        for swath in read_1c(real("1C.GPM.GMI")):
            assert np.isnan(swath.tb).all()
            assert np.isfinite(swath.latitude).all()
            assert set(swath.quality.flat) == {-1}

    def test_generated(self, written):
        path = written("GPM_GMI")
        put(path, {"S1/Tc": FILL, "S1/Quality": -1})
        first = read_1c(path)[0]
        assert np.isnan(first.tb).all()
        assert np.isfinite(first.latitude).all()


class TestPixelsWithoutCoRegisteredPartner:
    """In S2 of 1C-R files a pixel that S2 did not see has quality -10 and no position, while S1 is that of the 1C file."""

    def test_real(self, real):
        first, second = read_1c(real("1C-R.GPM.GMI"))
        assert identify(real("1C-R.GPM.GMI")).level == "1C-R"
        assert set(second.quality.flat) == {-10}
        assert np.isnan(second.latitude).all()
        assert second.counts == {"no co-registered pixel": 100}
        assert same((first,), read_1c(real("1C.GPM.GMI"))[:1])

    def test_generated(self, written):
        def change(first, second):
            second.quality[:, 200:] = -10
            for array in (second.latitude, second.longitude, second.tb, second.incidence):
                array[:, 200:] = np.nan

        first, second = read_1c(written("GPM_GMI", change, level="1C-R"))
        assert second.counts == {"no co-registered pixel": 6 * 21}
        assert np.isfinite(second.tb[:, :200]).all()
        assert first.valid_fraction == 1


class TestSunGlintAngleOfMinus88:
    """Neither a fill value nor an angle: the sun is below the horizon. It costs nothing."""

    def test_generated(self, written):
        path = written("METOPB_MHS")
        before = read_1c(path)
        put(path, {"S1/sunGlintAngle": -88})
        assert same(read_1c(path), before)
        assert describe(path)["valid_fraction"] == 1

    def test_written_so(self, written):
        assert -88 in stored(written("METOPB_MHS"), "S1/sunGlintAngle")  # a third of the globe at random is far into the night


class TestIncidenceIsGatheredByIndex:
    """`incidenceAngle` has a third axis, and `incidenceAngleIndex`, from 1, tells which of its angles a channel has."""

    def test_real_tmi_has_two_angles_at_10_ghz(self, real):
        path = real("1C.TRMM.TMI")
        assert stored(path, "S1/incidenceAngle").shape == (10, 10, 2)
        first, *others = read_1c(path)
        angles = stored(path, "S1/incidenceAngle")
        assert np.array_equal(first.incidence, angles)
        assert not np.array_equal(angles[..., 0], angles[..., 1])
        assert all(np.ptp(swath.incidence, axis=2).max() == 0 for swath in others)

    def test_generated_tmi(self, written):
        def change(first, *others):
            first.incidence[..., 1] += 0.25

        path = written("TRMM_TMI", change)
        assert stored(path, "S1/incidenceAngleIndex").tolist() == [[1, 2]] * 6
        assert stored(path, "S1/incidenceAngle").shape == (6, 104, 2)
        first = read_1c(path)[0]
        assert np.allclose(first.incidence[..., 1] - first.incidence[..., 0], 0.25, atol=1e-4)

    def test_an_index_the_other_way_round(self, written):
        def change(first, *others):
            first.incidence[..., 1] += 0.25

        path = written("TRMM_TMI", change)
        before = read_1c(path)[0].incidence
        put(path, {"S1/incidenceAngleIndex": [2, 1]})
        say(path, "1,2", "2,1", "S1", "S1_IncidenceAngleIndex")
        assert np.array_equal(read_1c(path)[0].incidence, before[..., ::-1])

    def test_the_index_is_minus_99_where_the_scan_is_missing(self, written):
        path = written("TRMM_TMI")
        put(path, {"S1/incidenceAngleIndex": -99}, where=2)
        incidence = read_1c(path)[0].incidence
        assert np.unique(np.argwhere(np.isnan(incidence))[:, 0]).tolist() == [2]


class TestIncidenceHasASign:
    """Angles of MHS are negative on one side of nadir, those of ATMS positive there: the reader keeps them."""

    @pytest.mark.parametrize(("sensor", "sign"), [("METOPB_MHS", -1), ("NPP_ATMS", 1)])
    def test_generated(self, written, sensor, sign):
        def change(*swaths):
            for swath in swaths:
                swath.incidence[:, : swath.shape[1] // 2] *= sign

        for swath in read_1c(written(sensor, change)):
            left, right = np.split(swath.incidence, 2, axis=1)
            assert (np.sign(left) == sign).all()
            assert (right > 0).all()


class TestSwathsOfAFileDifferInShape:
    """SSMIS 90 and 180 pixels, AMSR2 243 and 486, TMI 104 and 208; SSMI twice the scans at 85 GHz."""

    def test_real(self, real):
        assert [swath.shape for swath in read_1c(real("1C.F16"))] == [(168, 90), (168, 90), (168, 180), (168, 180)]

    @pytest.mark.parametrize(
        ("sensor", "shapes"),
        [
            ("F17_SSMIS", [(6, 90), (6, 90), (6, 180), (6, 180)]),
            ("GCOMW1_AMSR2", [(6, 243)] * 4 + [(6, 486)] * 2),
            ("TRMM_TMI", [(6, 104), (6, 104), (6, 208)]),
            ("F15_SSMI", [(3, 64), (6, 128)]),
        ],
    )
    def test_generated(self, written, sensor, shapes):
        assert [swath.shape for swath in read_1c(written(sensor))] == shapes


class TestGmiLooksAtTwoPlacesAtOnce:
    """S1 and S2 at the same index are 0.46 degrees of latitude apart, for their cones have different angles."""

    def test_real(self, real):
        first, second = read_1c(real("1C.GPM.GMI"))
        assert np.abs(first.latitude - second.latitude).mean() == pytest.approx(0.46, abs=0.02)
        assert np.array_equal(first.time, second.time)

    def test_generated(self, written, orbit):
        first, second = orbit("GPM_GMI", scans=3)
        distance = np.hypot(first.latitude - second.latitude, first.longitude - second.longitude)
        assert distance[:, 110].min() > 0.3


class TestEmptyGranules:
    """EmptyGranule other than NOT_EMPTY: the file can be told apart, and reading it is refused with the reason."""

    def test_generated(self, written):
        path = written("METOPB_MHS")
        say(path, "EmptyGranule=NOT_EMPTY", "EmptyGranule=EMPTY")
        assert identify(path).sensor_name == "METOPB_MHS"
        assert describe(path)["swaths"] == []
        with pytest.raises(GranuleError, match="EmptyGranule=EMPTY, there is nothing to read"):
            read_1c(path)

    def test_without_any_swath(self, written):
        path = written("METOPB_MHS")
        say(path, "EmptyGranule=NOT_EMPTY", "EmptyGranule=EMPTY")
        with h5py.File(path, "r+") as file:
            del file["S1"]
        with pytest.raises(GranuleError, match="EmptyGranule=EMPTY, there is nothing to read"):
            read_1c(path)


class TestMissingDataCountsScans:
    """MissingData is the number of scans without data; in a cut file it counts those of the original, so nothing relies on it."""

    def test_real(self, real):
        path = real("1C.GPM.GMI")
        assert describe(path)["missing_scans"] == 1857
        assert [swath.shape for swath in read_1c(path)] == [(10, 10)] * 2

    def test_generated(self, written):
        def change(swath):
            swath.tb[2:4] = np.nan

        path = written("METOPB_MHS", change)
        assert describe(path)["missing_scans"] == 2


FATES = [
    # code, whether TB survive, whether the position does
    (0, True, True),
    (1, True, True),
    (2, True, True),
    (3, True, True),
    (4, True, True),
    (-1, False, True),
    (-2, False, True),
    (-3, False, False),
    (-4, True, True),
    (-5, True, True),
    (-6, False, False),
    (-7, False, True),
    (-10, False, True),
    (-99, False, True),
    (-42, False, True),
    (99, False, True),
]


class TestEveryQualityCode:
    """0 is good, 1 to 4 are warnings, negative codes are errors, -99 is the fill value; -4 and -5 concern single channels."""

    def test_all_codes_are_here(self):
        assert set(RULES) == {code for code, _, _ in FATES} - {-42, 99}

    @pytest.mark.parametrize(("code", "tb", "position"), FATES)
    def test_generated(self, written, code, tb, position):
        path = written("METOPB_MHS")
        put(path, {"S1/Quality": code}, where=(2, slice(10)))
        (swath,) = read_1c(path)
        changed = np.zeros(swath.shape, bool)
        changed[2, :10] = True
        assert np.array_equal(np.isfinite(swath.tb).all(axis=2), ~changed | tb)
        assert np.array_equal(np.isfinite(swath.latitude), ~changed | position)
        assert sum(swath.counts.values()) == (0 if code == 0 else 10)
        assert (swath.quality[changed] == code).all()

    @pytest.mark.parametrize(("code", "missing"), [(-4, [2]), (-5, [0, 2])])
    def test_one_or_several_missing_channels_do_not_cost_the_others(self, written, code, missing):
        def change(swath):
            swath.tb[3, 5, missing] = np.nan
            swath.quality[3, 5] = code

        (swath,) = read_1c(written("METOPB_MHS", change))
        assert np.argwhere(np.isnan(swath.tb)).tolist() == [[3, 5, channel] for channel in missing]

    def test_real(self, real_data):
        paths = real_data.glob("*/1C*")
        codes = {int(code) for path in paths for swath in read_1c(path) for code in np.unique(swath.quality)}
        assert codes == {0, -1, -10}
