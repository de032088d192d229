"""The rival's rain at our pixels: GPROF retrieved it from the same scans of the same sensor, on its own grid of pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gpm_assets.collocation.overlaps import overlap
from gpm_assets.errors import GpmAssetsError
from gpm_assets.granules.gprof import GprofSwath
from gpm_assets.swath import Swath

MAX_KM = 15.0
"""Half the diagonal of GMI's pixels (5.8 x 13.5 km) is 7 km, that of MHS at nadir (16 x 17 km) 12 km. Towards the edge of
cross-track scans pixels lie up to 45 km apart: there those of ours that are farther than this from all of GPROF's get no rain."""
WINDOW_S = 60.0
"""Feeds of one sensor see a place within half a minute of each other, the other end of the orbit sees it an hour later."""


def on_pixels(gprof: GprofSwath, swath: Swath, max_km: float = MAX_KM) -> NDArray[np.float32]:
    """Rain (scan, pixel) in mm/h of the nearest GPROF pixel within `max_km` and a minute, at the pixels of a swath.

    NaN where none is near, and where the nearest one has no rain: a neighbour does not stand in for a pixel that GPROF left out
    or warns of. Raises GpmAssetsError where the two are of different sensors.
    """
    if gprof.sensor != swath.sensor:
        raise GpmAssetsError(f"GPROF of {gprof.sensor} is no rival on pixels of {swath.sensor}")
    pairs = overlap(swath, _positions(gprof), window_s=WINDOW_S, max_separation_km=max_km, workers=1)
    rain = np.full(swath.shape, np.nan, np.float32)
    rain.reshape(-1)[pairs.first] = gprof.rain_mm_h.reshape(-1)[pairs.second]
    return rain


def _positions(gprof: GprofSwath) -> Swath:
    """Where and when GPROF's pixels are, without a channel."""
    nothing = np.empty((*gprof.latitude.shape, 0), np.float32)
    return Swath(gprof.sensor, (), nothing, gprof.latitude, gprof.longitude, gprof.time, nothing, gprof.quality)
