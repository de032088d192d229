"""How mountainous the land around a place is (README.md says what it is read from)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.geography.raster import nearest_class

TERRAINS: tuple[str, ...] = ("flat", "hilly", "mountainous")


def terrain(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.int8]:
    """Code in TERRAINS of the land within about 56 km of places, any shape; -1 where a position is NaN. Sea is flat.

    `latitude` in degrees, `longitude` in degrees of any turn. High plateaus are as flat as their surface.
    """
    return nearest_class("terrain_classes.npz", "terrain", latitude, longitude)
