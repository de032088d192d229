"""One pass over a swath of any length in bounded memory: blocks of scans with overlap.

A swath is at most 250 pixels wide and thousands of scans long, so blocks are cut along the scans alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

MOST_BYTES, LEAST_BYTES = 2**30, 2**26
"""Bounds of what a pass may hold. With 4 GiB free or more it is the upper one: the same blocks, and so the same last digit."""
SHARE = 0.25
"""Of the memory that is free."""
FLOATS_PER_PIXEL = 512
"""What a pass holds per pixel at its widest where the model does not say."""


def budget(device: torch.device) -> int:
    """Bytes that a pass may hold at once on a device: a quarter of what is free, between 64 MiB and 1 GiB."""
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else _free_memory()
    return int(min(max(SHARE * free, LEAST_BYTES), MOST_BYTES))


def _free_memory() -> int:
    """Bytes that can be had without swapping; half of the memory where only Linux would tell."""
    known = Path("/proc/meminfo")
    if not known.exists():
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    (line,) = (line for line in known.read_text().splitlines() if line.startswith("MemAvailable:"))
    return 1024 * int(line.split()[1])


def blocks(scans: int, overlap: int, multiple: int, size: int) -> Iterator[tuple[slice, slice, slice]]:
    """Scans of the whole to read, which of those to keep, and where they belong in the whole, block by block.

    Blocks start at multiples of `multiple`, so that pooling cells fall where they fall in the whole, and carry at least
    `overlap` scans on both sides: what is kept equals a pass over the whole.
    """
    size = -(-size // multiple) * multiple
    margin = -(-overlap // multiple) * multiple
    for start in range(0, scans, size):
        stop = min(start + size, scans)
        first, last = max(start - margin, 0), min(stop + margin, scans)
        yield slice(first, last), slice(start - first, stop - first), slice(start, stop)


def by_blocks(
    network: Callable[[Tensor], Tensor], field: Tensor, overlap: int, multiple: int, floats_per_pixel: int = FLOATS_PER_PIXEL
) -> Tensor:
    """`network` applied to `field` (batch, channel, scan, pixel) block by block: (batch, output channel, scan, pixel).

    With `floats_per_pixel` numbers of four bytes a pass stays within `budget`, unless twice the overlap on either side is more
    than that: smaller blocks would cost more than they save.
    """
    batch, _, scans, pixels = field.shape
    affordable = budget(field.device) // (4 * floats_per_pixel * max(batch * pixels, 1))
    if scans <= affordable:
        return network(field)
    whole: Tensor | None = None
    for read, keep, there in blocks(scans, overlap, multiple, max(affordable - 2 * overlap, 2 * overlap, multiple)):
        part = network(field[:, :, read])[:, :, keep]
        whole = part.new_empty(batch, part.shape[1], scans, pixels) if whole is None else whole
        whole[:, :, there] = part
    assert whole is not None
    return whole
