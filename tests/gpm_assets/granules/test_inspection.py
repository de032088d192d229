import json

import pytest

from gpm_assets.granules.inspection import describe
from gpm_assets.granules.radar import write_2a_dpr


def test_description_of_a_written_granule(granule_file):
    found = describe(granule_file)
    assert (found["sensor_name"], found["known"], found["simulated"]) == ("F16_SSMIS", True, True)
    assert [swath["group"] for swath in found["swaths"]] == ["S1", "S2", "S3", "S4"]
    assert [channel["name"] for channel in found["swaths"][1]["channels"]] == ["37V", "37H"]
    assert found["valid_fraction"] == 1.0
    assert found["header"]["XCALinfo"]["CalibrationTable"] == "1C.DMSP-F16.SSMIS.XCAL2021-V.tbl"
    json.dumps(found, allow_nan=False)


def test_description_of_a_written_radar_granule(tmp_path, radar_swath):
    write_2a_dpr(tmp_path / "x", radar_swath, number=5)
    found = describe(tmp_path / "x")
    assert found["swaths"][0]["rainy_pixels"] == int((radar_swath.rain_mm_h > 0).sum())
    json.dumps(found, allow_nan=False)


REAL = {
    "1C.GPM.GMI": ("GPM_GMI", True, [9, 4], 0.0),
    "1C-R.GPM.GMI": ("GPM_GMI", True, [9, 4], 0.0),
    "1C.F18.SSMIS": ("F18_SSMIS", True, [3, 2, 4, 2], 0.0),
    "1C.TRMM.TMI": ("TRMM_TMI", False, [2, 5, 2], 1.0),
    "1C.GCOMW1.AMSR2": ("GCOMW1_AMSR2", False, [2] * 6, 0.0),
    "1C.NPP.ATMS": ("NPP_ATMS", False, [1, 1, 1, 6], 0.0),
    "1C.METOPB.MHS": ("METOPB_MHS", False, [5], 0.0),
    "1C.MT1.SAPHIR": ("MT1_SAPHIR", False, [6], 0.0),
    "2A.GPM.DPR.V9": ("GPM_DPR", True, [0, 0], 1.0),
    "2A.GPM.DPR.V8": ("GPM_DPR", True, [0, 0, 0], 1.0),
    "2A.GPM.Ku": ("GPM_Ku", True, [0], 1.0),
    "2B.GPM.DPRGMI": ("GPM_DPRGMI", False, [0, 0], 0.5),
}


@pytest.mark.parametrize("prefix", REAL)
def test_every_real_cut_granule_is_described(real_data, prefix):
    (path,) = (real_data / "granules").glob(f"{prefix}*")
    found = describe(path)
    channels = [len(swath["channels"]) for swath in found["swaths"]]
    assert (found["sensor_name"], found["known"], channels, found["valid_fraction"]) == REAL[prefix]
    assert all((swath["scans"], swath["pixels"]) == (10, 10) for swath in found["swaths"])
    assert found["version"] in path.name
    assert not found["simulated"]
    json.dumps(found, allow_nan=False)


def test_real_scene(real_data):
    (path,) = (real_data / "scenes").glob("1C.F16*")
    found = describe(path)
    assert (found["sensor_name"], found["version"], found["number"]) == ("F16_SSMIS", "V05A", 88911)
    assert found["swaths"][0]["masked"] == {"missing or unreadable": 9890}
    assert found["swaths"][0]["quality_codes"] == {"-1": 9890, "0": 5230}
    assert found["swaths"][3]["channels"][1]["tb_k"] == pytest.approx([190.4, 299.7], abs=0.1)
