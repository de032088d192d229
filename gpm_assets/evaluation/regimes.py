"""Regimes of rain: a partition of pixels by what makes the rain, for scores that a physicist can read.

Every pixel belongs to the first regime of the table below that holds. Frozen comes first because there is no melting layer; deep
convection comes before mountains because its ice is seen whatever the ground; mountains come before shallow and stratiform rain
because lifting enhances both without the ice that a retrieval expects (Shige et al. 2013).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gpm_assets.geography.terrain import TERRAINS

Mask = NDArray[np.bool_]

WET_MM_H = 0.1
"""From which rain a pixel is wet."""
FROZEN_BELOW_M = 500.0
"""Freezing level under which precipitation reaches the ground as snow or sleet: flakes take some 500 m to melt."""
DEEP_ABOVE_FREEZING_M = 5000.0
"""Storm top above the freezing level from which convection is deep: a top of 10 km in the tropics, the limit of Houze et al.
(2007) for deep convective cores, and near -30 degrees C anywhere."""
STRATIFORM, CONVECTIVE = 1, 2
"""Codes of the radar's rain types (`granules.radar.RadarSwath`)."""

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "dry": ("no rain",),
    "frozen": ("rain", "cold"),
    "deep convective": ("rain", "convective", "deep"),
    "orographic": ("rain", "mountains"),
    "warm shallow": ("rain", "shallow"),  # echo top below the freezing level: Short and Nakamura 2000, Liu and Zipser 2009
    "stratiform with bright band": ("rain", "stratiform", "tall"),  # not frozen, and an echo top above where it melts
    "other": ("rain",),
}
"""Regimes in the order in which they are asked for, and all that must hold."""
REGIMES: tuple[str, ...] = tuple(_NEEDED)


class _Claim(NamedTuple):
    """Where something holds, and where it is known whether it does."""

    holds: Mask
    known: Mask


def regime(
    rain_mm_h: NDArray[np.floating],
    rain_type: NDArray[np.int8],
    freezing_level_m: NDArray[np.floating],
    storm_top_m: NDArray[np.floating],
    terrain: NDArray[np.int8],
) -> NDArray[np.int8]:
    """Code in REGIMES of pixels, all arrays of one shape; -1 where what is missing could decide otherwise.

    Rain in mm/h, heights in m above sea, NaN where unknown; `rain_type` 1 stratiform, 2 convective, `terrain` a code in
    `geography.terrain.TERRAINS`, -1 where unknown. Heights are above sea, not ground, which is not known here: high ground
    that is no mountain (Tibet) has fewer frozen pixels than it should.
    """
    above_freezing = storm_top_m - freezing_level_m
    raining, measured, topped = rain_mm_h >= WET_MM_H, np.isfinite(rain_mm_h), np.isfinite(above_freezing)
    claims = {
        "rain": _Claim(raining, measured),
        "no rain": _Claim(measured & ~raining, measured),
        "cold": _Claim(freezing_level_m < FROZEN_BELOW_M, np.isfinite(freezing_level_m)),
        "convective": _Claim(rain_type == CONVECTIVE, rain_type >= 0),
        "stratiform": _Claim(rain_type == STRATIFORM, rain_type >= 0),
        "deep": _Claim(above_freezing >= DEEP_ABOVE_FREEZING_M, topped),
        "tall": _Claim(above_freezing >= 0, topped),
        "shallow": _Claim(above_freezing < 0, topped),
        "mountains": _Claim(terrain == TERRAINS.index("mountainous"), terrain >= 0),
    }
    codes = np.full(np.shape(rain_mm_h), -1, np.int8)
    undecided = np.ones(codes.shape, bool)
    for code, needed in enumerate(_NEEDED.values()):
        parts = [claims[name] for name in needed]
        codes[undecided & np.logical_and.reduce([part.holds for part in parts], axis=0)] = code
        undecided &= np.logical_or.reduce([part.known & ~part.holds for part in parts], axis=0)
    return codes
