"""Tiles of a swath in space and time: which parts of two swaths can see the same place, before any pixel is looked at.

First stretches of the two ground tracks, sixteen scans from end to end, then tiles of sixteen scans and pixels in what meets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.swath import Swath

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]

SIZE = 16
"""Scans and pixels of a tile: some 200 km, small beside a swath, and still 256 pixels."""
_SAMPLES, _TRACK_SAMPLES = 3, 9
"""Scans and pixels of a tile that tell where it lies, its ends among them; more along a whole scan, which is an arc."""
_MARGIN = 1.1
"""Arcs bend by 3 km between samples and positions wander: a sphere about the samples is made a tenth wider."""


@dataclass(frozen=True, eq=False)
class Tiles:
    """Tiles of a swath: spheres about `centre` (tile, 3) of `radius_km` (tile,), seen within `half_s` (tile,) of `time_s`
    (tile,), and their `number` (tile,) row by row; tiles without any position or time are left out."""

    centre: Float
    radius_km: Float
    time_s: Float
    half_s: Float
    number: NDArray[np.intp]


def meeting_pixels(one: Swath, other: Swath, since: np.datetime64, window_s: float, reach_km: float) -> tuple[Mask, Mask]:
    """Pixels (scan, pixel) of either swath in tiles that may hold one within `reach_km` and `window_s` of the other's.

    No such pixel is left out.
    """
    if 0 in (*one.shape, *other.shape):
        return np.zeros(one.shape, bool), np.zeros(other.shape, bool)
    track, other_track = (tiles(swath, since, width=swath.shape[1]) for swath in (one, other))
    rows, other_rows = meeting(track, other_track, window_s, reach_km)
    if not len(rows):
        return np.zeros(one.shape, bool), np.zeros(other.shape, bool)
    part, other_part = tiles(one, since, rows=track.number[rows]), tiles(other, since, rows=other_track.number[other_rows])
    met, other_met = meeting(part, other_part, window_s, reach_km)
    return _pixels(one, part.number[met]), _pixels(other, other_part.number[other_met])


def tiles(swath: Swath, since: np.datetime64, *, width: int = SIZE, rows: NDArray[np.intp] | None = None) -> Tiles:
    """Tiles of a swath, times in seconds after `since`; of all rows of tiles, or of some by their numbers.

    A tile with a missing sample is looked at pixel by pixel: the hole may hide how far it reaches.
    """
    scans, pixels = swath.shape
    row = np.arange(-(-scans // SIZE)) if rows is None else rows
    column = np.arange(-(-pixels // max(width, 1)))
    scan = _samples(row, SIZE, _SAMPLES, scans)
    pixel = _samples(column, width, _SAMPLES if width == SIZE else _TRACK_SAMPLES, pixels)
    chosen = scan[:, None, :, None], pixel[None, :, None, :]
    flat = len(row) * len(column)
    centre, radius = _spheres(swath.latitude[chosen].reshape(flat, -1), swath.longitude[chosen].reshape(flat, -1))
    for hole in np.flatnonzero(np.isnan(radius)):
        i, j = row[hole // len(column)], column[hole % len(column)]
        part = np.s_[i * SIZE : (i + 1) * SIZE, j * width : (j + 1) * width]
        known = np.isfinite(swath.latitude[part]) & np.isfinite(swath.longitude[part])
        if known.any():
            found = _spheres(swath.latitude[part][known][None], swath.longitude[part][known][None])
            centre[hole], radius[hole] = found[0][0], found[1][0]
    middle, half = (values[row].repeat(len(column)) for values in _intervals(seconds_after(since, swath.time)))
    number = (row[:, None] * len(column) + column).reshape(-1)
    kept = np.isfinite(radius) & np.isfinite(middle)
    return Tiles(centre[kept], _MARGIN * radius[kept], middle[kept], half[kept], number[kept])


def meeting(one: Tiles, other: Tiles, window_s: float, reach_km: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Tiles of either swath, by their place among its tiles, whose spheres and times may meet one of the other's."""
    pairs = _candidates(one, other, window_s, reach_km)
    i, j = pairs["i"], pairs["j"]
    offset = one.centre[i] - other.centre[j]
    apart = np.sqrt(np.einsum("pc,pc->p", offset, offset)) - one.radius_km[i] - other.radius_km[j]
    later = np.abs(one.time_s[i] - other.time_s[j]) - one.half_s[i] - other.half_s[j]
    met = (apart <= reach_km) & (later <= window_s)
    return np.unique(i[met]), np.unique(j[met])


def seconds_after(since: np.datetime64, time: NDArray[np.datetime64]) -> Float:
    """Seconds (n,) from a moment to times (n,), NaN where missing."""
    return np.where(np.isnat(time), np.nan, (time - since) / np.timedelta64(1, "s"))


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


def _pixels(swath: Swath, numbers: NDArray[np.intp]) -> Mask:
    """The pixels (scan, pixel) of tiles of the usual size."""
    scans, pixels = swath.shape
    rows, columns = -(-scans // SIZE), -(-pixels // SIZE)
    kept = np.zeros(rows * columns, bool)
    kept[numbers] = True
    return kept.reshape(rows, columns).repeat(SIZE, axis=0).repeat(SIZE, axis=1)[:scans, :pixels]


def _samples(tile: NDArray[np.intp], size: int, count: int, length: int) -> NDArray[np.intp]:
    """Numbers (tile, sample) along one side of tiles, the first and the last among them, none beyond the swath."""
    return np.minimum(tile[:, None] * size + np.linspace(0, size - 1, count).round().astype(np.intp), length - 1)


def _intervals(seconds: Float) -> tuple[Float, Float]:
    """Middle and half length (row,) in seconds of the known times of every row of tiles."""
    start = np.arange(0, len(seconds), SIZE)
    first, last = np.fmin.reduceat(seconds, start), np.fmax.reduceat(seconds, start)
    return (first + last) / 2, (last - first) / 2


def _spheres(latitude: Float, longitude: Float) -> tuple[Float, Float]:
    """Centre (n, 3) and radius (n,) in km of spheres about places (n, sample), NaN where one is missing."""
    places = EARTH_RADIUS_KM * unit_vectors(latitude.astype(np.float32), longitude.astype(np.float32))  # to a metre: quick sines
    centre = np.einsum("nsc->nc", places) / places.shape[1]
    offset = places - centre[:, None]
    return centre, np.sqrt(np.einsum("nsc,nsc->ns", offset, offset).max(axis=1))
