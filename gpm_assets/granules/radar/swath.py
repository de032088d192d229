"""`RadarSwath`: rain on scans and rays, the noun of radar granules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GranuleError

Rain = Literal["near_surface", "surface"]
"""Near surface is the lowest bin free of clutter; surface is extrapolated from it to the ground."""


@dataclass(frozen=True, eq=False)
class RadarSwath:
    """Rain seen by the radar: arrays (scan, ray), `time` (scan,) datetime64[ms] UTC, positions in degrees, NaN where missing.

    `rain_mm_h` NaN where missing or of bad quality; `rain_type` 0 none, 1 stratiform, 2 convective, 3 other, -1 missing;
    `surface` 0 ocean, 1 land, 2 coast, 3 inland water, -1 missing; `freezing_level_m` NaN where missing;
    `storm_top_m` height up to which Ku band sees an echo, NaN where there is none or it is missing;
    `quality` 0 high, 1 low, 2 bad, -99 missing. Raises GranuleError when shapes disagree.
    """

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    time: NDArray[np.datetime64]
    rain_mm_h: NDArray[np.float32]
    rain_type: NDArray[np.int8]
    surface: NDArray[np.int8]
    freezing_level_m: NDArray[np.float32]
    storm_top_m: NDArray[np.float32]
    quality: NDArray[np.int8]
    granule: str = ""
    product: str = "2ADPR"
    """2ADPR, 2AKu or 2BCMB."""
    swath: str = ""
    """Name of the swath group; empty means the product's full swath, whatever an edition calls it."""
    rain: Rain = "near_surface"
    """Which rain `rain_mm_h` is."""
    counts: dict[str, int] = field(default_factory=dict)
    """Why rain, or the storm top of a whole file, is missing, in pixels (reason to number)."""

    def __post_init__(self) -> None:
        for name in ("longitude", "rain_mm_h", "rain_type", "surface", "freezing_level_m", "storm_top_m", "quality"):
            if (shape := getattr(self, name).shape) != self.latitude.shape:
                raise GranuleError(f"radar swath {self.granule}: {name} has shape {shape}, latitude has {self.latitude.shape}")
        if self.time.shape != self.latitude.shape[:1]:
            raise GranuleError(f"radar swath {self.granule}: {self.time.shape} times for {self.latitude.shape[0]} scans")
