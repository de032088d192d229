from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import GMI_SCAN_SPACING_KM, INSTRUMENTS, REFERENCE, instrument, living
from gpm_assets.constellation.radar import RADAR_LIFE
from gpm_assets.constellation.sphere import unit_vectors
from gpm_assets.errors import RequestError

ROWS = list(INSTRUMENTS.values())


def test_sensors_are_found_by_name():
    assert instrument("F16_SSMIS").platform == "F16"
    with pytest.raises(RequestError, match="unknown sensor 'F20_SSMIS'; known sensors are GPM_GMI"):
        instrument("F20_SSMIS")
    with pytest.raises(RequestError, match="F16_SSMIS has no swath group 'S9'; it has S1, S2, S3, S4"):
        instrument("F16_SSMIS").group("S9")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_is_consistent(row):
    assert INSTRUMENTS[row.name] is row
    assert len(set(row.channel_names)) == len(row.channels)
    assert row.group(row.reference_group).pixels == max(group.pixels for group in row.groups)
    for channel in row.channels:
        assert 5 < channel.frequency_ghz < 200
        assert 0.1 < channel.nedt_k < 3
        assert channel.along_km >= channel.cross_km >= 3
    for one in row.channels:  # a dish resolves more at a higher frequency
        for other in row.channels:
            if one.frequency_ghz > other.frequency_ghz:
                assert one.along_km <= 1.2 * other.along_km  # AMSR2: 22 km at 18.7 GHz, 26 km at 23.8 GHz


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_rows_of_the_sampling_come_within_8_percent_of_gmis(row):
    assert row.scan_spacing_km / float(row.rows_per_scan) == pytest.approx(GMI_SCAN_SPACING_KM, rel=0.08)
    assert row.rows_per_scan.denominator <= 4
    assert instrument(REFERENCE).rows_per_scan == Fraction(1)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_distances_of_the_table_are_those_of_the_geometry(row):
    """The formulas hold on a sphere at rest; the Earth turns with MT1 (inclination 20 degrees) by 7 % of its way."""
    time = np.datetime64("2020-01-15T12:00", "ms") + np.rint(np.arange(40) * row.scan_period_s * 1e3).astype("timedelta64[ms]")
    group = row.group(row.reference_group)
    where = scan(row, group, time)
    vectors = 6371 * unit_vectors(where.latitude, where.longitude)
    along_scan = np.linalg.norm(np.diff(vectors, axis=1), axis=-1).mean(axis=0)
    assert np.diff(row.along_scan_km(group)) == pytest.approx(along_scan, rel=0.06)
    track = 6371 * unit_vectors(where.track.latitude, where.track.longitude)
    assert row.scan_spacing_km == pytest.approx(np.linalg.norm(np.diff(track, axis=0), axis=-1).mean(), rel=0.08)


def test_sensors_live_in_their_months():
    f16, noaa20 = instrument("F16_SSMIS"), instrument("NOAA20_ATMS")
    assert [f16.alive(month) for month in ("2005-10", "2005-11", "2005-12", "2020-12")] == [False, True, True, True]
    assert noaa20.first_day == date(2017, 11, 29)
    assert noaa20.alive("2017-11")
    assert "NOAA20_ATMS" not in living("2017-10")
    assert REFERENCE not in living("2014-02")
    assert {REFERENCE, "F16_SSMIS", "F18_SSMIS"} <= set(living("2014-03"))
    assert living("1997-11") == ()
    assert living("1997-12") == ("TRMM_TMI",)
    assert str(f16.life) == "2005-11-20 to today"
    assert str(instrument("F19_SSMIS").life) == "2014-12-18 to 2016-02-11"
    assert "F19_SSMIS" not in living("2016-03")
    assert [RADAR_LIFE.alive(month) for month in ("2014-02", "2014-03", "2023-12")] == [False, True, True]
    with pytest.raises(RequestError, match="YYYY-MM"):
        RADAR_LIFE.alive("2014")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_eras_are_in_order_and_cover_the_life(row):
    since = [elements.since for elements in row.spacecraft.eras]
    assert since == sorted(set(since))
    assert since[0] < row.first_day
    assert row.orbit in row.spacecraft.eras
    assert len(since) == (2 if row.platform in ("GPM", "TRMM") else 1)


def test_the_target_is_gmi_before_the_boost():
    assert instrument(REFERENCE).orbit.epoch < np.datetime64("2023-11-07")


def test_the_constellation_is_complete():
    assert set(INSTRUMENTS) == {
        "GPM_GMI",
        *(f"F{number}_SSMIS" for number in (16, 17, 18, 19)),
        *("GCOMW1_AMSR2", "AQUA_AMSRE"),
        *("NPP_ATMS", "NOAA20_ATMS", "NOAA21_ATMS"),
        *("NOAA18_MHS", "NOAA19_MHS", "METOPA_MHS", "METOPB_MHS", "METOPC_MHS"),
        *("MT1_SAPHIR", "TRMM_TMI", "F15_SSMI"),
    }
