"""`GprofSwath`: rain of the operational retrieval on scans and pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GranuleError


@dataclass(frozen=True, eq=False)
class GprofSwath:
    """Rain by 2A-GPROF: arrays (scan, pixel), `time` (scan,) datetime64[ms] UTC, positions in degrees, NaN where missing.

    `rain_mm_h` NaN where missing or refused by the quality policy; `probability_of_precipitation` from 0 to 1, NaN where missing
    or refused; `quality` as the file has it, -99 missing. Raises GranuleError when shapes disagree.
    """

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    time: NDArray[np.datetime64]
    rain_mm_h: NDArray[np.float32]
    probability_of_precipitation: NDArray[np.float32]
    quality: NDArray[np.int8]
    sensor: str
    """Row of the instrument table: `METOPB_MHS`."""
    granule: str = ""
    version: str = ""
    """Version of the product: `V07A`."""
    algorithm: str = ""
    """The retrieval and its version: `GPROF2021v1` up to V07, `GPROFNNv1` in V08."""
    swath: str = "S1"
    counts: dict[str, int] = field(default_factory=dict)
    """Why rain is missing, in pixels (reason to number)."""

    def __post_init__(self) -> None:
        for name in ("longitude", "rain_mm_h", "probability_of_precipitation", "quality"):
            if (shape := getattr(self, name).shape) != self.latitude.shape:
                raise GranuleError(f"GPROF swath {self.granule}: {name} has shape {shape}, latitude has {self.latitude.shape}")
        if self.time.shape != self.latitude.shape[:1]:
            raise GranuleError(f"GPROF swath {self.granule}: {self.time.shape} times for {self.latitude.shape[0]} scans")
