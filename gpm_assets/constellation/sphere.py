"""Places on a sphere: unit vectors, local directions, and back to degrees."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

EARTH_RADIUS_KM = 6371.0
"""Mean radius: distances on the ground to 0.3 %."""


def unit_vectors(latitude: NDArray[np.floating[Any]], longitude: NDArray[np.floating[Any]]) -> Float:
    """Unit vectors (..., 3) of places in degrees, in the precision of the degrees; NaN where missing."""
    lat, lon = np.deg2rad(latitude), np.deg2rad(longitude)
    across = np.cos(lat)
    return np.stack([across * np.cos(lon), across * np.sin(lon), np.sin(lat)], axis=-1)


def local_axes(latitude: Float, longitude: Float) -> tuple[Float, Float, Float]:
    """Unit vectors (..., 3) to east, north and up at places in degrees."""
    lat, lon = np.deg2rad(latitude), np.deg2rad(longitude)
    zero = np.zeros_like(lat)
    east = np.stack([-np.sin(lon), np.cos(lon), zero], axis=-1)
    north = np.stack([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)], axis=-1)
    return east, north, unit_vectors(latitude, longitude)


def degrees(vectors: Float) -> tuple[Float, Float]:
    """Latitude and longitude in degrees of vectors (..., 3) of any length."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    return np.rad2deg(np.arctan2(z, np.hypot(x, y))), np.rad2deg(np.arctan2(y, x))


def longitude_arc(longitude: Float) -> tuple[float, float]:
    """West end in [-180, 180) and width of the shortest arc about all longitudes (at least one, none NaN), in degrees."""
    turned = np.unique(longitude % 360)
    gaps = np.diff(turned, append=turned[0] + 360)
    widest = int(np.argmax(gaps))
    west = float(turned[(widest + 1) % len(turned)])
    return (west + 180) % 360 - 180, 360 - float(gaps[widest])
