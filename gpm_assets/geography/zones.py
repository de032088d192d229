"""Zones that training samples and scores are divided by: latitude band, season, surface, local solar time. One table each.

Codes are int8 indices into the table; -1 marks an unknown place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models import conditions

LATITUDE_BANDS: dict[str, float] = {"tropics": 23.5, "subtropics": 35.0, "mid-latitudes": 60.0, "high latitudes": 90.0}
"""Band to its poleward limit in degrees, from the equator on; the limit itself belongs to the next band."""

SEASONS: tuple[str, ...] = ("DJF", "MAM", "JJA", "SON")
"""Meteorological seasons by the months they consist of: DJF is summer on the southern hemisphere."""

SURFACES: tuple[str, ...] = conditions.SURFACES
SEA_LIMIT, LAND_LIMIT = conditions.SEA_LIMIT, conditions.LAND_LIMIT


def latitude_band(latitude: ArrayLike) -> NDArray[np.int8]:
    """Code in LATITUDE_BANDS of latitudes in degrees, any shape; both hemispheres alike."""
    size = np.abs(np.asarray(latitude, np.float64))
    inner_limits = list(LATITUDE_BANDS.values())[:-1]
    return np.where(np.isfinite(size), np.digitize(size, inner_limits), -1).astype(np.int8)


def season(month: ArrayLike) -> NDArray[np.int8]:
    """Code in SEASONS of calendar months 1 to 12, any shape, the same on both hemispheres."""
    return (np.asarray(month) % 12 // 3).astype(np.int8)


def surface(fraction: ArrayLike) -> NDArray[np.int8]:
    """Code in SURFACES of land fractions in [0, 1] (`land.land_fraction`), any shape."""
    fraction = np.asarray(fraction, np.float64)
    codes = np.select([fraction <= SEA_LIMIT, fraction >= LAND_LIMIT], [0, 1], default=2)
    return np.where(np.isfinite(fraction), codes, -1).astype(np.int8)


def local_solar_time(time: ArrayLike, longitude: ArrayLike) -> NDArray[np.float32]:
    """Local mean solar time in hours [0, 24), NaN where missing.

    From UTC `time` (datetime64) and `longitude` in degrees, broadcast: pass `time[:, None]` with positions
    (scan, pixel). The equation of time (up to 16 minutes) is left out: strata are hours wide.
    """
    time = np.asarray(time, "datetime64[ms]")
    utc_hours = np.where(np.isnat(time), np.nan, (time - time.astype("datetime64[D]")) / np.timedelta64(1, "h"))
    hours = ((utc_hours + np.asarray(longitude, np.float64) / 15) % 24).astype(np.float32)
    return np.where(hours >= 24, np.float32(0), hours)  # rounding to float32 can reach 24
