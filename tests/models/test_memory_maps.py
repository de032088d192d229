import mmap

import numpy as np
import pytest

from models.memory_maps import will_need


@pytest.fixture
def hints(monkeypatch):
    """Ranges of the map that were asked for: the real advice is given, and written down."""
    seen = []

    class Seen(mmap.mmap):
        def madvise(self, option, start, length):
            seen.append((option, start, length))
            super().madvise(option, start, length)

    monkeypatch.setattr(mmap, "mmap", Seen)
    return seen


@pytest.mark.skipif(not hasattr(mmap, "MADV_WILLNEED"), reason="the system takes no advice")
@pytest.mark.parametrize("row", [3 * mmap.PAGESIZE, 1000])
def test_pages_of_the_rows_are_asked_for_once_in_the_order_of_the_disk(tmp_path, hints, row):
    np.save(tmp_path / "rows.npy", np.zeros((40, row), np.int8))
    rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    will_need(rows, np.array([30, 2, -10, 2]))
    assert [option for option, _, _ in hints] == [mmap.MADV_WILLNEED] * 2
    for (_, start, length), number in zip(hints, (2, 30), strict=True):
        begin = rows.offset + number * row
        assert start % mmap.PAGESIZE == 0
        assert begin - mmap.PAGESIZE < start <= begin
        assert start + length == begin + row


def test_numbers_that_do_not_exist_and_arrays_in_memory_are_let_pass(tmp_path):
    np.save(tmp_path / "rows.npy", np.zeros((4, 5000), np.int16))
    rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    will_need(rows, np.array([4, -5, 10**9]))
    will_need(rows, np.array([], dtype=int))
    will_need(np.array(rows), np.array([1]))
    np.save(tmp_path / "none.npy", np.zeros((0, 5000), np.int16))
    will_need(np.load(tmp_path / "none.npy", mmap_mode="r"), np.array([0]))
