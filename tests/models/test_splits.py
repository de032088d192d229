import numpy as np
import pytest

from models.errors import PackError
from models.packs import INDEX
from models.splits import SplitRow, read_splits, split_table, torn, write_splits


def index(rows) -> np.ndarray:
    made = np.zeros(len(rows), INDEX)
    for one, (granule, time, split) in zip(made, rows, strict=True):
        one["granule"], one["time"], one["split"] = granule, time, split
    return made


APART = index([("a", "2018-03-10", "train")] * 3 + [("b", "2018-05-10", "validation")] * 2 + [("c", "2018-03-31", "train")])


def test_the_table_counts_every_overpass(tmp_path):
    assert split_table(APART) == [
        SplitRow("a", "2018-03", "train", 3),
        SplitRow("b", "2018-05", "validation", 2),
        SplitRow("c", "2018-03", "train", 1),
    ]
    write_splits(tmp_path, APART)
    assert read_splits(tmp_path) == split_table(APART)
    assert torn(split_table(APART)) == []
    assert split_table(APART[:0]) == []


def test_what_stands_in_two_splits_is_named():
    both = index([("a", "2018-03-10", "train"), ("a", "2018-03-10", "validation"), ("b", "2018-05-01", "validation")])
    assert torn(split_table(both)) == [
        "overpass a stands in train and validation",
        "month 2018-03 stands in train and validation",
    ]
    apart = [*split_table(APART), SplitRow("d", "2018-05", "train", 1)]
    assert torn(apart) == ["month 2018-05 stands in train and validation"]


def test_a_pack_without_a_table_is_refused(tmp_path):
    with pytest.raises(PackError, match=r"has no splits\.json: write the pack again"):
        read_splits(tmp_path)
