"""One pass over a swath of any length in bounded memory: blocks of scans with overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

SCANS = 1024
"""Scans a block: a 32-channel layer of 1024 x 221 pixels is 29 MB, so a network's pass stays below 1 GB."""


def blocks(scans: int, overlap: int, multiple: int, size: int = SCANS) -> Iterator[tuple[slice, slice]]:
    """What to read and what to keep of it, block by block.

    Blocks start at multiples of `multiple`, so that pooling cells fall where they fall in the whole, and carry at least
    `overlap` scans on both sides: what is kept equals a pass over the whole.
    """
    size = -(-size // multiple) * multiple
    margin = -(-overlap // multiple) * multiple
    for start in range(0, scans, size):
        stop = min(start + size, scans)
        first, last = max(start - margin, 0), min(stop + margin, scans)
        yield slice(first, last), slice(start - first, stop - first)


def by_blocks(network: Callable[[Tensor], Tensor], field: Tensor, overlap: int, multiple: int, size: int = SCANS) -> Tensor:
    """`network` applied to `field` (batch, channel, scan, pixel) block by block: (batch, output channel, scan, pixel)."""
    return torch.cat(
        [network(field[:, :, read])[:, :, keep] for read, keep in blocks(field.shape[2], overlap, multiple, size)], 2
    )
