"""Oddities of radar files: each on the real file that shows it, and on a generated one that has it too."""

from pathlib import Path

import numpy as np
import pytest

from gpm_assets.granules.inspection import describe
from gpm_assets.granules.radar import RadarSwath, read_radar, write_radar
from tests.gpm_assets.granules.patching import put, stored


@pytest.fixture
def dpr(tmp_path, radar_swath) -> Path:
    path = tmp_path / "radar.HDF5"
    write_radar(path, radar_swath, number=144)
    return path


class TestRadarGroupsHaveOtherNamesInOtherVersions:
    """NS, MS and HS up to V06; FS and HS from V07; KuGMI and KuKaGMI in V07 of the combined product."""

    @pytest.mark.parametrize(
        ("prefix", "full", "other"),
        [("2A.GPM.DPR.V8", "NS", "MS"), ("2A.GPM.DPR.V9", "FS", "HS"), ("2A.GPM.Ku", "FS", ""), ("2B", "KuGMI", "KuKaGMI")],
    )
    def test_real(self, real, prefix, full, other):
        radar = read_radar(real(prefix))
        assert radar.swath == full
        if other:
            assert read_radar(real(prefix), swath=other).swath == other

    def test_the_same_footprints_in_either_version(self, real):
        old, new = (read_radar(real(f"2A.GPM.DPR.V{version}")) for version in (8, 9))
        assert np.allclose(old.latitude, new.latitude, atol=0.005)  # the positions of V07 are better by 0.002 degrees
        assert np.array_equal(old.time, new.time)

    @pytest.mark.parametrize(("version", "full"), [("V05A", "NS"), ("V06A", "NS"), ("V07A", "FS"), ("V08A", "FS")])
    def test_generated(self, tmp_path, radar_swath, version, full):
        write_radar(tmp_path / "radar", radar_swath, number=144, version=version)
        radar = read_radar(tmp_path / "radar")
        assert radar.swath == full
        assert np.array_equal(radar.latitude, radar_swath.latitude, equal_nan=True)


class TestTimeMidScanCountsGpsSeconds:
    """`navigation/timeMidScan` runs 16 s ahead of UTC in 2014, 18 s from 2017: times come from ScanTime, which is UTC."""

    @pytest.mark.parametrize("prefix", ["2A.GPM.DPR.V8", "2A.GPM.DPR.V9", "2A.GPM.Ku"])
    def test_real(self, real, prefix):
        path = real(prefix)
        radar = read_radar(path)
        gps = stored(path, f"{radar.swath}/navigation/timeMidScan")
        ahead = np.datetime64("1980-01-06", "ms") + (gps * 1000).astype("timedelta64[ms]") - radar.time
        assert np.allclose(ahead.astype(float), 16_000, atol=500)

    def test_generated(self, dpr):
        before = read_radar(dpr).time
        put(dpr, {"FS/navigation/timeMidScan": 1.2e9})
        assert np.array_equal(read_radar(dpr).time, before)


class TestSpecialValuesOfTheRadar:
    """-1111 and -1111.1 mean no rain; -9999, -9999.9, -28888 and -29999 mean missing; none is a rate or a class."""

    def test_real(self, real):
        path = real("2A.GPM.DPR.V9")
        dry = stored(path, "FS/CSF/typePrecip") == -1111
        radar = read_radar(path)
        assert dry.any()
        assert (radar.rain_type[dry] == 0).all()
        assert (radar.rain_mm_h[dry] == 0).all()
        assert (radar.rain_mm_h[radar.rain_type > 0] > 0).all()

    @pytest.mark.parametrize(
        ("value", "expected"),
        [(-1111.0, 0), (-1111.1, 0), (-9999.9, np.nan), (-28888, np.nan), (-29999, np.nan)],
    )
    def test_generated_rates(self, dpr, value, expected):
        put(dpr, {"FS/SLV/precipRateNearSurface": value})
        radar: RadarSwath = read_radar(dpr)
        kept = np.isfinite(radar.latitude) & (radar.quality >= 0) & (radar.quality < 2)
        assert np.array_equal(radar.rain_mm_h[kept], np.full(kept.sum(), expected), equal_nan=True)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [(-1111, 0), (-9999, -1), (-28888, -1), (-29999, -1), (19031000, 1), (39033002, 3)],
    )
    def test_generated_types(self, dpr, value, expected):
        put(dpr, {"FS/CSF/typePrecip": value})
        assert (read_radar(dpr).rain_type == expected).all()


class TestAltitudeIsInKilometresOrMetres:
    """SCaltitude of 1C is in km, scAlt of the radar in m."""

    def test_real(self, real):
        for prefix, limits in (("1C.TRMM", (340, 370)), ("1C.GPM.GMI", (395, 430)), ("2A.GPM.DPR.V9", (395, 430))):
            for swath in describe(real(prefix))["swaths"]:
                low, high = swath["altitude_km"]
                assert limits[0] < low <= high < limits[1]

    def test_generated(self, written, dpr):
        put(dpr, {"FS/navigation/scAlt": 407_000.0})
        for path in (written("GPM_GMI"), dpr):
            assert describe(path)["swaths"][0]["altitude_km"] == [407, 407]
