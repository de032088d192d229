"""Climates of Koeppen and Geiger at places on land (README.md says where the map comes from)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.geography.raster import nearest_class

CLIMATE_CLASSES: tuple[str, ...] = (
    "sea", "Af", "Am", "As", "Aw", "BWh", "BWk", "BSh", "BSk", "Csa", "Csb", "Csc", "Cwa", "Cwb", "Cwc", "Cfa", "Cfb", "Cfc",
    "Dsa", "Dsb", "Dsc", "Dsd", "Dwa", "Dwb", "Dwc", "Dwd", "Dfa", "Dfb", "Dfc", "Dfd", "ET", "EF",
)  # fmt: skip
"""The 31 classes of Rubel et al. (2017), savanna with a dry summer (As) beside that with a dry winter (Aw)."""

_MAIN_GROUPS = {"sea": "sea", "A": "tropical", "B": "arid", "C": "temperate", "D": "continental", "E": "polar"}
CLIMATE_GROUPS: tuple[str, ...] = tuple(_MAIN_GROUPS.values())
"""The sea and the main groups A to E."""
_INITIALS = [name if name == "sea" else name[0] for name in CLIMATE_CLASSES]
_GROUP_OF_CLASS = np.array(
    [*(list(_MAIN_GROUPS).index(initial) for initial in _INITIALS), -1], np.int8
)  # the last one is code -1


def climate_class(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.int8]:
    """Code in CLIMATE_CLASSES of places, any shape; -1 where a position is NaN.

    `latitude` in degrees, `longitude` in degrees of any turn. The most frequent class of the land in the cell of 0.25
    degrees, sea where most of the cell is; lakes other than the Caspian Sea have the climate of their shores.
    """
    return nearest_class("climate_classes.npz", "climate", latitude, longitude)


def climate_group(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.int8]:
    """Code in CLIMATE_GROUPS of places, arguments as for `climate_class`."""
    return _GROUP_OF_CLASS[climate_class(latitude, longitude)]
