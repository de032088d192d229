"""Where land is and what it is: shares of land, inland water and bare ground (README.md says where the rasters come from)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.geography.raster import bilinear, percent_raster


def land_fraction(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.float32]:
    """Share of land in [0, 1] within about 25 km of places, any shape; NaN where a position is NaN.

    `latitude` in degrees, `longitude` in degrees of any turn (190 is -170). Bilinear between cell centres. Lakes other
    than the Caspian Sea count as land, the great ice shelves as sea (Natural Earth 1:50 m has both so).
    """
    return bilinear(percent_raster("land_percent.npz", "percent"), latitude, longitude)


def inland_water(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.float32]:
    """Share of lakes and wide rivers in [0, 1] within about 25 km of places that lie on land, arguments as for `land_fraction`.

    Zero on coasts and at sea: the raster tells water from land only where the land raster has nothing but land.
    """
    return bilinear(percent_raster("ground_percent.npz", "water"), latitude, longitude)


def bare_ground(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.float32]:
    """How bare the ground is, from 0 (closed forest) to 1 (desert), arguments as for `land_fraction`.

    At sea it is that of the nearest land.
    """
    return bilinear(percent_raster("ground_percent.npz", "bare"), latitude, longitude)
