"""Patches of swaths: square windows that hold enough valid pixels, drawn so that every rain stratum has its part."""

from __future__ import annotations

from typing import Any

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

    A stratum gets windows in proportion to the root of its size: rare rain is not lost, and common dry scenes stay diverse. What
    a stratum has too few windows for goes to the others. No window is drawn twice.
    """
    members = [rng.permutation(np.flatnonzero(stratum == one)) for one in np.unique(stratum)]
    quota = _quota(np.array([len(each) for each in members]), min(count, len(stratum)))
    drawn = [each[:number] for each, number in zip(members, quota, strict=True)]
    standing = [np.full(len(part), len(each) / max(len(part), 1)) for part, each in zip(drawn, members, strict=True)]
    return np.concatenate([np.zeros(0, np.intp), *drawn]), np.concatenate([np.zeros(0), *standing])


def _quota(sizes: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """How many of `count` each class gets: by the root of its size, none more than it has, the last ones to the rarest."""
    quota = np.zeros(len(sizes), np.intp)
    while (left := count - quota.sum()) > 0:
        open_ = np.flatnonzero(quota < sizes)
        root = np.sqrt(sizes[open_])
        grant = np.minimum((left * root / root.sum()).astype(np.intp), sizes[open_] - quota[open_])
        if not grant.any():
            grant[np.argsort(sizes[open_], kind="stable")[:left]] = 1
        quota[open_] += grant
    return quota


def cut(field: NDArray[Any], corner: Corners, size: int) -> NDArray[Any]:
    """Windows (patch, size, size, ...) of a field (scan, pixel, ...)."""
    offset = np.arange(size)
    return field[corner[:, 0, None, None] + offset[:, None], corner[:, 1, None, None] + offset[None, :]]
