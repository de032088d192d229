"""Patches of swaths: square windows that hold enough valid pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Corners = NDArray[np.intp]


def corners(usable: NDArray[np.bool_], size: int, count: int, min_share: float, rng: np.random.Generator) -> Corners:
    """Upper left corners (patch, 2) of at most `count` random windows with at least `min_share` usable pixels, none twice.

    Windows may overlap; they are drawn on a lattice of a quarter of their size so that they are not near copies.
    """
    scans, pixels = usable.shape
    if scans < size or pixels < size:
        return np.zeros((0, 2), np.intp)
    total = np.pad(usable.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    step = max(1, size // 4)
    grid = np.meshgrid(np.arange(0, scans - size + 1, step), np.arange(0, pixels - size + 1, step), indexing="ij")
    scan, pixel = (axis.ravel() for axis in grid)
    inside = total[scan + size, pixel + size] - total[scan, pixel + size] - total[scan + size, pixel] + total[scan, pixel]
    good = np.flatnonzero(inside >= min_share * size * size)
    chosen = rng.permutation(good)[:count]
    return np.stack([scan[chosen], pixel[chosen]], axis=1)


def cut(field: NDArray[np.generic], corner: Corners, size: int) -> NDArray[np.generic]:
    """Windows (patch, size, size, ...) of a field (scan, pixel, ...)."""
    offset = np.arange(size)
    return field[corner[:, 0, None, None] + offset[:, None], corner[:, 1, None, None] + offset[None, :]]
