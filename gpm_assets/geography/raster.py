"""Bundled rasters of the globe: reading one, interpolating shares and looking up classes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray


@cache
def percent_raster(file: str, name: str) -> NDArray[np.float32]:
    """A bundled raster of percentages (latitude from -90, longitude from -180) as shares in [0, 1]."""
    with np.load(Path(__file__).parent / file) as arrays:
        return arrays[name].astype(np.float32) / 100


def bilinear(raster: NDArray[np.float32], latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.float32]:
    """Values between the cell centres of a raster of the globe at places, any shape; NaN where a position is NaN.

    `latitude` in degrees, `longitude` in degrees of any turn (190 is -170).
    """
    rows, columns = raster.shape
    latitude, longitude = np.broadcast_arrays(np.asarray(latitude, np.float64), np.asarray(longitude, np.float64))
    known = np.isfinite(latitude) & np.isfinite(longitude)
    y = np.clip((np.where(known, latitude, 0.0) + 90) * (rows / 180) - 0.5, 0, rows - 1)
    x = (np.where(known, longitude, 0.0) + 180) * (columns / 360) - 0.5
    south = np.minimum(np.floor(y), rows - 2).astype(np.intp)
    west = np.floor(x).astype(np.intp)
    north_weight, east_weight = y - south, x - west
    west, east = west % columns, (west + 1) % columns
    low = raster[south, west] * (1 - east_weight) + raster[south, east] * east_weight
    high = raster[south + 1, west] * (1 - east_weight) + raster[south + 1, east] * east_weight
    value = low * (1 - north_weight) + high * north_weight
    return np.where(known, value, np.nan).astype(np.float32)


def nearest_class(file: str, name: str, latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.int8]:
    """Codes of the cells of a bundled raster of classes in which places lie, any shape; -1 where a position is NaN.

    `latitude` in degrees, `longitude` in degrees of any turn (190 is -170).
    """
    raster = _class_raster(file, name)
    rows, columns = raster.shape
    latitude, longitude = np.broadcast_arrays(np.asarray(latitude, np.float64), np.asarray(longitude, np.float64))
    known = np.isfinite(latitude) & np.isfinite(longitude)
    y = np.floor((np.where(known, latitude, 0.0) + 90) * (rows / 180)).astype(np.intp)
    x = np.floor((np.where(known, longitude, 0.0) + 180) * (columns / 360)).astype(np.intp)
    return np.where(known, raster[np.clip(y, 0, rows - 1), x % columns], -1).astype(np.int8)


@cache
def _class_raster(file: str, name: str) -> NDArray[np.int8]:
    """A bundled raster of codes (latitude from -90, longitude from -180)."""
    with np.load(Path(__file__).parent / file) as arrays:
        return arrays[name]
