"""Patches of swaths: square windows that hold enough valid pixels, drawn so that every rain stratum has its part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Corners = NDArray[np.intp]


def windows(usable: NDArray[np.bool_], size: int, min_share: float) -> Corners:
    """Upper left corners (window, 2) of all windows with at least `min_share` usable pixels.

    Windows may overlap; they lie on a lattice of a quarter of their size so that they are not near copies.
    """
    scans, pixels = usable.shape
    if scans < size or pixels < size:
        return np.zeros((0, 2), np.intp)
    step = max(1, size // 4)
    grid = np.meshgrid(np.arange(0, scans - size + 1, step), np.arange(0, pixels - size + 1, step), indexing="ij")
    found = np.stack([axis.ravel() for axis in grid], axis=1)
    return found[counts(usable, found, size) >= min_share * size * size]


def counts(mask: NDArray[np.bool_], corner: Corners, size: int) -> NDArray[np.int64]:
    """Pixels (window,) of a mask (scan, pixel) that are set, from a summed-area table."""
    total = np.pad(mask.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    scan, pixel = corner[:, 0], corner[:, 1]
    return total[scan + size, pixel + size] - total[scan, pixel + size] - total[scan + size, pixel] + total[scan, pixel]


def stratified(stratum: NDArray[np.int8], count: int, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Numbers (patch,) of at most `count` windows (window,), and how many windows of its stratum each of them stands for.

    Strata share evenly; what a stratum has too few windows for goes to the others. No window is drawn twice.
    """
    members = [rng.permutation(np.flatnonzero(stratum == one)) for one in np.unique(stratum)]
    quota, left = [0] * len(members), min(count, len(stratum))
    while left > 0:
        open_ = [number for number, each in enumerate(members) if quota[number] < len(each)]
        share = max(left // len(open_), 1)
        for number in reversed(open_):  # of an odd rest the wettest get more
            grant = min(share, len(members[number]) - quota[number], left)
            quota[number], left = quota[number] + grant, left - grant
    drawn = [each[:number] for each, number in zip(members, quota, strict=True)]
    standing = [np.full(len(part), len(each) / max(len(part), 1)) for part, each in zip(drawn, members, strict=True)]
    return np.concatenate([np.zeros(0, np.intp), *drawn]), np.concatenate([np.zeros(0), *standing])


def cut(field: NDArray[np.generic], corner: Corners, size: int) -> NDArray[np.generic]:
    """Windows (patch, size, size, ...) of a field (scan, pixel, ...)."""
    offset = np.arange(size)
    return field[corner[:, 0, None, None] + offset[:, None], corner[:, 1, None, None] + offset[None, :]]
