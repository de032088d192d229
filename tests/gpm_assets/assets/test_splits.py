from dataclasses import astuple

import numpy as np
import pytest

from gpm_assets.assets import splits
from models.packs import INDEX
from models.splits import SplitRow, write_splits

TRAIN, VALIDATION = SplitRow("a", "2018-03", "train", 4), SplitRow("b", "2018-08", "validation", 2)


def pack(folder, rows):
    folder.mkdir()
    index = np.zeros(len(rows), INDEX)
    for one, (overpass, month, split, _) in zip(index, map(astuple, rows), strict=True):
        one["granule"], one["time"], one["split"] = overpass, f"{month}-15", split
    write_splits(folder, index)
    return folder


def test_packs_that_agree_pass(tmp_path):
    found = splits.check(
        "drain_training_set", [pack(tmp_path / "one", [TRAIN]), pack(tmp_path / "two", [VALIDATION])], "F16_SSMIS"
    )
    assert found.passed
    assert found.description == "2 overpasses, each in one split and each month in one"
    assert found.metadata["months"].value == {"train": ["2018-03"], "validation": ["2018-08"]}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([SplitRow("a", "2018-03", "validation", 1)], "overpass a stands in train and validation"),
        ([SplitRow("c", "2018-08", "train", 1)], "month 2018-08 stands in train and validation"),
        ([SplitRow("c", "2019-04", "train", 1)], "month 2019-04 stands in train, the calendar says test"),
        ([SplitRow("c", "2018-11", "train", 1)], "month 2018-11 stands in train, the calendar says validation"),
    ],
)
def test_what_is_torn_between_packs_or_against_the_calendar_is_named(tmp_path, rows, told):
    packs = [pack(tmp_path / "one", [TRAIN, VALIDATION]), pack(tmp_path / "two", rows)]
    found = splits.check("translation_training_set", packs, "F16_SSMIS")
    assert not found.passed
    assert told in found.description


def test_a_drain_that_learnt_from_a_sensors_test_months_is_found_out(tmp_path):
    """NOAA-18 is tested in 2018, GMI is not."""
    packs = [pack(tmp_path / "drain", [TRAIN])]
    assert splits.check("translation_training_set", packs, "F16_SSMIS").passed
    assert "the calendar says test" in splits.check("translation_training_set", packs, "NOAA18_MHS").description


def test_what_is_learnt_waits_for_the_check():
    assert splits.spec("drain_training_set").blocking
