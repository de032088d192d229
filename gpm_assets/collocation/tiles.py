"""Tiles of a swath in space and time: which parts of two swaths can see the same place, before any pixel is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.swath import Swath

Float = NDArray[np.float64]

SIZE = 16
"""Scans and pixels of a tile: some 200 km, small beside a swath, and still 256 pixels."""
_SAMPLES = np.array([0, 8, 15])
"""Scans and pixels of a tile that tell where it lies, its ends among them."""
_MARGIN = 1.1
"""Arcs bend by 3 km between samples and positions wander: a sphere about the samples is made a tenth wider."""


@dataclass(frozen=True, eq=False)
class Tiles:
    """Tiles of a swath of `shape`: spheres about `centre` (tile, 3) of `radius_km` (tile,), seen within `half_s` (tile,) of
    `time_s` (tile,), and their `number` (tile,) row by row; tiles without any position or time are left out."""

    shape: tuple[int, int]
    centre: Float
    radius_km: Float
    time_s: Float
    half_s: Float
    number: NDArray[np.intp]


def near(one: Tiles, other: Tiles, window_s: float, reach_km: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Pixels (scan, pixel) of either swath in tiles that may hold one within `reach_km` and `window_s` of the other's.

    No such pixel is left out: spheres and times of a pair of tiles are held against each other.
    """
    pairs = _candidates(one, other, window_s, reach_km)
    i, j = pairs["i"], pairs["j"]
    offset = one.centre[i] - other.centre[j]
    apart = np.sqrt(np.einsum("pc,pc->p", offset, offset)) - one.radius_km[i] - other.radius_km[j]
    later = np.abs(one.time_s[i] - other.time_s[j]) - one.half_s[i] - other.half_s[j]
    meet = (apart <= reach_km) & (later <= window_s)
    return _pixels(one, i[meet]), _pixels(other, j[meet])


def _candidates(one: Tiles, other: Tiles, window_s: float, reach_km: float) -> NDArray[np.void]:
    """Numbers `i`, `j` of tiles that meet if all were as large as the largest: neighbours in a cube of space and time."""
    if not len(one.number) or not len(other.number):
        return np.zeros(0, [("i", np.intp), ("j", np.intp)])
    length = one.radius_km.max() + other.radius_km.max() + reach_km
    duration = one.half_s.max() + other.half_s.max() + window_s
    spaces = (np.c_[part.centre / length, part.time_s / duration] for part in (one, other))
    mine, theirs = (cKDTree(space, leafsize=32, compact_nodes=False, balanced_tree=False) for space in spaces)
    found: NDArray[np.void] = mine.sparse_distance_matrix(theirs, 1.0 + 1e-9, p=np.inf, output_type="ndarray")
    return found


def _pixels(of: Tiles, chosen: NDArray[np.integer]) -> NDArray[np.bool_]:
    """The pixels (scan, pixel) of the chosen tiles."""
    rows, columns = _tiling(of.shape)
    kept = np.zeros(rows * columns, bool)
    kept[of.number[chosen]] = True
    return kept.reshape(rows, columns).repeat(SIZE, axis=0).repeat(SIZE, axis=1)[: of.shape[0], : of.shape[1]]


def tiles(swath: Swath, since: np.datetime64) -> Tiles:
    """Tiles of a swath, times in seconds after `since`.

    A tile with a missing sample is looked at pixel by pixel: the hole may hide how far it reaches.
    """
    rows, columns = _tiling(swath.shape)
    scan, pixel = (
        np.minimum(np.arange(n)[:, None] * SIZE + _SAMPLES, m - 1) for n, m in zip((rows, columns), swath.shape, strict=True)
    )
    chosen = scan[:, None, :, None], pixel[None, :, None, :]
    centre, radius = _spheres(
        swath.latitude[chosen].reshape(rows * columns, -1), swath.longitude[chosen].reshape(rows * columns, -1)
    )
    for hole in np.flatnonzero(np.isnan(radius)):
        row, column = divmod(int(hole), columns)
        part = np.s_[row * SIZE : (row + 1) * SIZE, column * SIZE : (column + 1) * SIZE]
        known = np.isfinite(swath.latitude[part]) & np.isfinite(swath.longitude[part])
        if known.any():
            centre[hole], radius[hole] = (
                found[0] for found in _spheres(swath.latitude[part][known][None], swath.longitude[part][known][None])
            )
    seconds = np.where(np.isnat(swath.time), np.nan, (swath.time - since) / np.timedelta64(1, "s"))
    start = np.arange(rows) * SIZE
    first, last = np.fmin.reduceat(seconds, start), np.fmax.reduceat(seconds, start)
    middle, half = ((values / 2).repeat(columns) for values in (first + last, last - first))
    number = np.flatnonzero(np.isfinite(radius) & np.isfinite(middle))
    return Tiles(swath.shape, centre[number], _MARGIN * radius[number], middle[number], half[number], number)


def _tiling(shape: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of tiles."""
    return -(-shape[0] // SIZE), -(-shape[1] // SIZE)


def _spheres(latitude: Float, longitude: Float) -> tuple[Float, Float]:
    """Centre (n, 3) and radius (n,) in km of spheres about places (n, sample), NaN where one is missing."""
    places = EARTH_RADIUS_KM * unit_vectors(latitude, longitude)
    centre = np.einsum("nsc->nc", places) / places.shape[1]
    offset = places - centre[:, None]
    return centre, np.sqrt(np.einsum("nsc,nsc->ns", offset, offset).max(axis=1))
