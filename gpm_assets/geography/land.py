"""Where land is: the share of land about a place, from a bundled raster of 0.25 degrees (README.md says where it comes from)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray


def land_fraction(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.float32]:
    """Share of land in [0, 1] within about 25 km of places, any shape; NaN where a position is NaN.

    `latitude` in degrees, `longitude` in degrees of any turn (190 is -170). Bilinear between cell centres. Lakes other
    than the Caspian Sea count as land, the great ice shelves as sea (Natural Earth 1:50 m has both so).
    """
    share = _share()
    rows, columns = share.shape
    latitude, longitude = np.broadcast_arrays(np.asarray(latitude, np.float64), np.asarray(longitude, np.float64))
    known = np.isfinite(latitude) & np.isfinite(longitude)
    y = np.clip((np.where(known, latitude, 0.0) + 90) * (rows / 180) - 0.5, 0, rows - 1)
    x = (np.where(known, longitude, 0.0) + 180) * (columns / 360) - 0.5
    south = np.minimum(np.floor(y), rows - 2).astype(np.intp)
    west = np.floor(x).astype(np.intp)
    north_weight, east_weight = y - south, x - west
    west, east = west % columns, (west + 1) % columns
    low = share[south, west] * (1 - east_weight) + share[south, east] * east_weight
    high = share[south + 1, west] * (1 - east_weight) + share[south + 1, east] * east_weight
    fraction = low * (1 - north_weight) + high * north_weight
    return np.where(known, fraction, np.nan).astype(np.float32)


@cache
def _share() -> NDArray[np.float32]:
    """The raster (latitude from -90, longitude from -180) as shares in [0, 1]."""
    with np.load(Path(__file__).parent / "land_percent.npz") as arrays:
        return arrays["percent"].astype(np.float32) / 100
