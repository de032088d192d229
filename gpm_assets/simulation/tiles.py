"""The lattice on which the world is evaluated: fixed to the Earth, 8 x 8 nodes about 5 km apart in tiles of 40 km.

Every sensor and every swath meets the same nodes, so that what two of them see of a place differs by their geometry alone.
Tiles lie in 500 bands of latitude, each divided into as many equal tiles as keep nodes at most 5 km apart. Coarser levels
(10, 20, 40 km) are means of 2 x 2, 4 x 4 and 8 x 8 nodes: wide footprints are averaged there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Values = NDArray[np.float32]

BANDS = 500
SIDE = 8
"""Nodes along the edge of a tile."""
NODE_KM = 5.0
LEVELS = 4
_CHUNK = 16384
"""Places at a time: intermediate arrays stay in the processor's cache."""

_COLUMNS = np.maximum(
    3,
    np.ceil(
        2 * BANDS * np.cos(np.deg2rad(np.maximum(np.abs(np.arange(BANDS) * (180 / BANDS) - 90 + 180 / BANDS / 2) - 0.18, 0)))
    ),
).astype(np.int32)
"""Tiles in each band, from south to north."""
_FIRST = np.concatenate([[0], np.cumsum(_COLUMNS)]).astype(np.int32)
"""Number of the first tile of each band, and of the tile after the last."""


@dataclass(frozen=True)
class Tiles:
    """A set of tiles by their sorted numbers."""

    numbers: NDArray[np.int64]

    @staticmethod
    def covering(latitude: Float, longitude: Float, reach_km: float) -> Tiles:
        """Tiles within `reach_km` (generously) of places in degrees, NaN ignored."""
        known = np.isfinite(latitude) & np.isfinite(longitude)
        tiles = Tiles(np.unique(_tile_numbers(latitude[known], longitude[known])))
        return tiles.widened(int(np.ceil(reach_km / (NODE_KM * SIDE))))

    def widened(self, rings: int = 1) -> Tiles:
        """These tiles and that many rings of neighbours."""
        numbers = edge = self.numbers
        for _ in range(rings):
            edge = np.setdiff1d(_neighbours(edge), numbers)
            numbers = np.union1d(numbers, edge)
        return Tiles(numbers)

    def nodes(self, level: int = 0) -> tuple[Float, Float]:
        """Latitude and longitude in degrees of all nodes (node,), tile by tile."""
        side = SIDE >> level
        band = np.searchsorted(_FIRST, self.numbers, side="right") - 1
        inner = (np.arange(side) + 0.5) / side
        latitude = (band[:, None] + inner) * (180 / BANDS) - 90
        longitude = ((self.numbers - _FIRST[band])[:, None] + inner) * (360 / _COLUMNS[band])[:, None] - 180
        shape = (len(self.numbers), side, side)
        return (
            np.broadcast_to(latitude[:, :, None], shape).reshape(-1),
            np.broadcast_to(longitude[:, None, :], shape).reshape(-1),
        )

    def interpolate(self, values: Values, latitude: Float, longitude: Float, level: int = 0) -> Values:
        """Bilinear values (..., field) at places (...) in degrees of `values` (node, field); NaN outside these tiles."""
        side = SIDE >> level
        padded = np.concatenate([values, np.full((side * side, values.shape[1]), np.nan, np.float32)])
        flat = latitude.reshape(-1), longitude.reshape(-1)
        result = np.empty((flat[0].size, values.shape[1]), np.float32)
        for start in range(0, len(result), _CHUNK):
            part = slice(start, start + _CHUNK)
            result[part] = self._interpolate(padded, flat[0][part], flat[1][part], side)
        return result.reshape(*latitude.shape, values.shape[1])

    def _interpolate(self, padded: Values, latitude: Float, longitude: Float, side: int) -> Values:
        bits, within = side.bit_length() - 1, side - 1  # sides are powers of two
        y = (latitude + 90) * (BANDS * side / 180) - 0.5
        row = np.floor(y)
        north = (y - row).astype(np.float32)
        row = row.astype(np.int32)
        turn = (longitude + 180) * (side / 360)
        result = np.zeros((len(latitude), padded.shape[1]), np.float32)
        for step, weight in ((0, 1 - north), (1, north)):
            at = np.clip(row + step, 0, BANDS * side - 1)
            band, line = at >> bits, (at & within) << bits
            columns, first = _COLUMNS.take(band), _FIRST.take(band)
            x = turn * columns - 0.5
            column = np.floor(x)
            east = (x - column).astype(np.float32)
            column = column.astype(np.int32)
            for shift, share in ((0, weight * (1 - east)), (1, weight * east)):
                here = column + shift
                tile = here >> bits
                tile += columns * (tile < 0)
                tile -= columns * (tile >= columns)
                node = (self._slots.take(first + tile) << 2 * bits) + line + (here & within)
                part = padded.take(node, axis=0)
                part *= share[:, None]
                result += part
        return result

    @cached_property
    def _slots(self) -> NDArray[np.int32]:
        """Position of each tile of the globe in `numbers`, one past the end where it is missing."""
        slots = np.full(_FIRST[-1], len(self.numbers), np.int32)
        slots[self.numbers] = np.arange(len(self.numbers), dtype=np.int32)
        return slots


def coarsen(values: Values, level: int) -> Values:
    """Means (node of the level, field) of `values` (node, field) at the finest level."""
    if level == 0:
        return values
    side, block = SIDE >> level, 1 << level
    blocks = values.reshape(-1, side, block, side, block, values.shape[1])
    return blocks.mean(axis=(2, 4)).reshape(-1, values.shape[1])


def _tile_numbers(latitude: Float, longitude: Float) -> NDArray[np.int64]:
    band = np.clip(np.floor((latitude + 90) * (BANDS / 180)).astype(np.int64), 0, BANDS - 1)
    column = np.floor((longitude + 180) / 360 * _COLUMNS[band]).astype(np.int64) % _COLUMNS[band]
    return _FIRST[band] + column


def _neighbours(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Tiles within a tile's width; bands do not divide alike, hence five steps to the side."""
    latitude, longitude = Tiles(numbers).nodes(level=LEVELS - 1)
    width = 360 / _COLUMNS[np.searchsorted(_FIRST, numbers, side="right") - 1]
    found = []
    for rows in (-1, 0, 1):
        north = latitude + rows * (180 / BANDS)
        over = np.abs(north) > 90  # across the pole
        north = np.where(over, np.sign(north) * 180 - north, north)
        found += [_tile_numbers(north, longitude + columns * width + 180 * over) for columns in (-1.49, -0.75, 0, 0.75, 1.49)]
    return np.unique(np.concatenate(found))
