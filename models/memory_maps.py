"""Telling the system which rows of a memory map come next, so that the disk reads all of them at once."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray


def will_need(rows: NDArray[Any], numbers: NDArray[np.integer]) -> None:
    """Have the rows with these numbers read into memory in the background; a mere hint, numbers that do not exist included.

    Without it a row is read when it is first touched: one after the other, each with as much around it as the system reads
    ahead. It costs 2 us a row that was in memory already, and does nothing for arrays that are no memory maps.
    """
    if not (isinstance(rows, np.memmap) and isinstance(rows.base, mmap.mmap) and hasattr(mmap, "MADV_WILLNEED")):  # Windows
        return
    first, size = rows.offset % mmap.ALLOCATIONGRANULARITY, rows.strides[0]  # where the map has row 0, bytes of a row
    for number in np.unique(np.mod(numbers, max(1, len(rows)))).tolist():
        begin = first + number * size
        page = begin - begin % mmap.PAGESIZE
        rows.base.madvise(mmap.MADV_WILLNEED, page, begin + size - page)
