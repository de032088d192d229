import json
from dataclasses import replace

import h5py
import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GranuleError
from gpm_assets.granules.inspection import describe, read_any
from gpm_assets.granules.quality import RULES
from gpm_assets.granules.radar import write_radar
from gpm_assets.granules.write import write_1c


def described(path):
    found = describe(path)
    json.dumps(found, allow_nan=False)
    return found


def test_description_of_a_written_granule(granule_file):
    found = described(granule_file)
    assert (found["sensor_name"], found["known"], found["simulated"], found["number"]) == ("F16_SSMIS", True, True, 83785)
    assert (found["container"], found["edition"], found["empty"], found["missing_scans"]) == ("HDF5", 7, False, 0)
    assert found["calibration_table"] == found["header"]["XCALinfo"]["CalibrationTable"] == "1C.DMSP-F16.SSMIS.XCAL2021-V.tbl"
    assert (found["first_scan"], found["last_scan"]) == ("2020-01-15T23:59:58.500", "2020-01-16T00:00:08.020")
    assert found["valid_fraction"] == 1.0
    assert [swath["group"] for swath in found["swaths"]] == ["S1", "S2", "S3", "S4"]
    assert [channel["name"] for channel in found["swaths"][1]["channels"]] == ["37V", "37H"]
    for swath in found["swaths"]:
        assert (swath["scans"], swath["pixels"]) == (swath["scans_in_header"], swath["pixels_in_header"])
        assert swath["scan_period_s"] == pytest.approx(1.904, abs=1e-3)
        assert (swath["altitude_km"], swath["orientation_degrees"]) == ([407.0, 407.0], {"0": 6})
        assert swath["quality"] == [
            {"code": 0, "meaning": "good", "fate": "keep", "pixels": swath["values"] // len(swath["channels"]), "fraction": 1.0}
        ]


def test_channels_are_measured_where_they_are_valid(tmp_path, make_swaths, status):
    row = INSTRUMENTS["F16_SSMIS"]
    first, *others = make_swaths(row)
    first.tb[:3, :, 0] = np.nan
    first.tb[3:, :, 0] = 200.0
    first.tb[3, 0, 0] = 260.0
    quality = first.quality.copy()
    quality[0, :5], quality[1, :2], quality[2, 0] = -3, 3, 77
    write_1c(tmp_path / "x", [replace(first, quality=quality), *others], row, number=5, status=status())
    swath = described(tmp_path / "x")["swaths"][0]
    channel = swath["channels"][0]
    assert (channel["valid_fraction"], channel["tb_k"]) == (0.5, [200.0, 260.0])
    assert channel["tb_mean_k"] == pytest.approx(200 + 60 / 270, abs=1e-3)
    assert [(e["code"], e["pixels"], e["fate"]) for e in swath["quality"]] == [
        (0, 532, "keep"), (3, 2, "keep"), (77, 1, "mask"), (-3, 5, "drop"),
    ]  # fmt: skip
    assert [e["meaning"] for e in swath["quality"]][1:] == [RULES[3].meaning, "unknown quality code", RULES[-3].meaning]
    assert swath["masked"]["error in geolocation"] == 5
    assert swath["placed_fraction"] == pytest.approx(1 - 5 / 540)


@pytest.mark.parametrize(
    ("longitudes", "expected"),
    [((175.0, -170.0), [175.0, -170.0]), ((-10.0, 30.0), [-10.0, 30.0]), (np.arange(-180.0, 180.0, 2.0), [-180.0, 180.0])],
)
def test_longitudes_are_the_shortest_arc(tmp_path, make_swaths, status, longitudes, expected):
    row = INSTRUMENTS["F16_SSMIS"]
    swaths = make_swaths(row)
    for swath in swaths:
        swath.longitude[...] = np.resize(longitudes, swath.longitude.shape)
    write_1c(tmp_path / "x", swaths, row, number=5, status=status())
    assert described(tmp_path / "x")["swaths"][0]["longitude_degrees"] == expected


def test_missing_and_odd_times_are_counted(tmp_path, make_swaths, status):
    row = INSTRUMENTS["F16_SSMIS"]
    swaths = []
    for swath in make_swaths(row, scans=12):
        time = swath.time + np.where(np.arange(12) > 7, 60_000, 0).astype("timedelta64[ms]")
        time[2] = np.datetime64("NaT")
        swaths.append(replace(swath, time=time))
    write_1c(tmp_path / "x", swaths, row, number=5, status=status(12))
    swath = described(tmp_path / "x")["swaths"][0]
    assert (swath["scans_without_time"], swath["time_gaps"]) == (1, 2)  # the missing time leaves a step of two periods
    assert swath["scan_period_s"] == pytest.approx(1.904, abs=0.01)


def test_a_turn_of_the_spacecraft_is_shown(tmp_path, make_swaths, status):
    row = INSTRUMENTS["F16_SSMIS"]
    turned = status()
    turned.orientation[:4] = 180
    write_1c(tmp_path / "x", make_swaths(row), row, number=5, status=turned)
    swath = described(tmp_path / "x")["swaths"][0]
    assert swath["orientation_degrees"] == {"0": 2, "180": 4}
    assert swath["looks_aft"]


def rewrite_header(path, old, new):
    with h5py.File(path, "r+") as file:
        text = file.attrs["FileHeader"].decode()
        assert old in text
        file.attrs["FileHeader"] = np.bytes_(text.replace(old, new).encode())


def test_an_empty_granule_is_described_by_its_header(granule_file):
    rewrite_header(granule_file, "EmptyGranule=NOT_EMPTY", "EmptyGranule=EMPTY")
    found = described(granule_file)
    assert (found["empty"], found["swaths"], found["valid_fraction"], found["first_scan"]) == (True, [], 0.0, None)
    assert read_any(granule_file)[1] == ()


def test_a_near_real_time_piece_of_an_unknown_edition(granule_file):
    rewrite_header(granule_file, "GranuleNumber=083785", "GranuleNumber=")
    assert described(granule_file)["number"] is None


def test_description_of_a_written_radar_granule(tmp_path, radar_swath):
    write_radar(tmp_path / "x", radar_swath, number=5)
    found = described(tmp_path / "x")
    swath = found["swaths"][0]
    rain = radar_swath.rain_mm_h
    read = np.isfinite(rain) & (radar_swath.quality >= 0)
    assert (swath["group"], swath["scans"], swath["pixels"]) == ("FS", 5, 49)
    assert swath["rainy_pixels"] == int((rain[read] > 0).sum())
    assert swath["rain_mean_where_raining_mm_h"] == pytest.approx(rain[read & (rain > 0)].mean(), rel=1e-3)
    assert swath["rain_types"]["convective"] == int((radar_swath.rain_type == 2).sum())
    assert swath["surfaces"]["inland water"] == int((radar_swath.surface == 3).sum())
    assert sum(swath["surfaces"].values()) == sum(swath["rain_types"].values()) == rain.size
    assert swath["freezing_level_m"] == pytest.approx(
        [np.nanmin(radar_swath.freezing_level_m), np.nanmax(radar_swath.freezing_level_m)], abs=1e-3
    )
    assert {e["meaning"]: e["pixels"] for e in swath["quality"]}["quality missing"] == 49
    assert swath["masked"]["quality missing"] == 49


REAL = {
    "1C.GPM.GMI": ("GPM_GMI", True, [9, 4], 0.0),
    "1C-R.GPM.GMI": ("GPM_GMI", True, [9, 4], 0.0),
    "1C.F18.SSMIS": ("F18_SSMIS", True, [3, 2, 4, 2], 0.0),
    "1C.TRMM.TMI": ("TRMM_TMI", None, [2, 5, 2], 1.0),
    "1C.GCOMW1.AMSR2": ("GCOMW1_AMSR2", None, [2] * 6, 0.0),
    "1C.NPP.ATMS": ("NPP_ATMS", None, [1, 1, 1, 6], 0.0),
    "1C.METOPB.MHS": ("METOPB_MHS", None, [5], 0.0),
    "1C.MT1.SAPHIR": ("MT1_SAPHIR", None, [6], 0.0),
    "2A.GPM.DPR.V9": ("GPM_DPR", True, [0, 0], 1.0),
    "2A.GPM.DPR.V8": ("GPM_DPR", True, [0, 0, 0], 1.0),
    "2A.GPM.Ku": ("GPM_Ku", True, [0], 1.0),
    "2B.GPM.DPRGMI": ("GPM_DPRGMI", True, [0, 0], 0.5),
}
"""Sensor, whether it is known (None: as the instrument table says), channels of each swath, valid fraction."""


@pytest.mark.parametrize("prefix", REAL)
def test_every_real_cut_granule_is_described(real_data, prefix):
    (path,) = (real_data / "granules").glob(f"{prefix}*")
    found = described(path)
    sensor, known, channels, valid = REAL[prefix]
    assert (found["sensor_name"], found["valid_fraction"]) == (sensor, valid)
    assert found["known"] == (sensor in INSTRUMENTS if known is None else known)
    assert [len(swath.get("channels", ())) for swath in found["swaths"]] == channels
    assert found["version"] in path.name
    assert found["version"] == f"V0{found['edition']}A"
    assert not found["simulated"]
    assert found["inputs"] > 0
    for swath in found["swaths"]:
        assert (swath["scans"], swath["pixels"]) == (10, 10)
        assert swath["scans_in_header"] > 2000
        assert swath["pixels_in_header"] > 20
        assert sum(entry["pixels"] for entry in swath["quality"]) == 100


def test_real_altitudes_are_in_km_for_radiometer_and_radar(real_data):
    for prefix in ("1C.GPM.GMI", "2A.GPM.DPR.V9"):
        (path,) = (real_data / "granules").glob(f"{prefix}*")
        for swath in describe(path)["swaths"]:
            assert 400 < swath["altitude_km"][0] <= swath["altitude_km"][1] < 420


def test_real_incidence_keeps_its_range_over_both_angles_of_tmi(real_data):
    (path,) = (real_data / "granules").glob("1C.TRMM.TMI*")
    low, high = describe(path)["swaths"][0]["incidence_degrees"]
    assert (low, high) == pytest.approx((53.27, 53.40), abs=0.01)


def test_real_scene(real_data):
    (path,) = (real_data / "scenes").glob("1C.F16*")
    found = described(path)
    assert (found["sensor_name"], found["version"], found["edition"], found["number"]) == ("F16_SSMIS", "V05A", 5, 88911)
    swath = found["swaths"][0]
    assert swath["masked"] == {"missing or unreadable": 9890}
    assert [(e["code"], e["pixels"]) for e in swath["quality"]] == [(0, 5230), (-1, 9890)]
    assert swath["scan_period_s"] == pytest.approx(1.904, abs=0.002)
    assert found["swaths"][3]["channels"][1]["tb_k"] == pytest.approx([190.4, 299.7], abs=0.1)


def test_another_product_is_refused(granule_file):
    rewrite_header(granule_file, "AlgorithmID=1CSSMIS", "AlgorithmID=2AGPROFF16SSMIS")
    with pytest.raises(GranuleError):
        describe(granule_file)
