"""Sidereal time and where the sun stands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Times = NDArray[np.datetime64]

_EARTH_ROTATION_RAD_PER_S = 7.2921158553e-5
_J2000 = np.datetime64("2000-01-01T12:00", "ms")
_DAY_MS = 86_400_000.0


def gmst(time: Times) -> Float:
    """Greenwich mean sidereal time, rad (IAU 1982)."""
    midnight = time.astype("datetime64[D]").astype("datetime64[ms]")
    centuries = (midnight - _J2000).astype(np.float64) / _DAY_MS / 36525.0
    seconds = (24110.54841 + centuries * (8640184.812866 + centuries * (0.093104 - 6.2e-6 * centuries))) % 86400.0
    return (seconds / 86400.0 * 2 * np.pi + _EARTH_ROTATION_RAD_PER_S * (time - midnight).astype(np.float64) / 1e3) % (2 * np.pi)


def mean_sun(time: Times) -> Float:
    """Right ascension of the mean sun, rad: opposite Greenwich at 0 h UTC, in its meridian at 12 h."""
    of_day = (time - time.astype("datetime64[D]")).astype("timedelta64[ms]").astype(np.float64) / _DAY_MS
    return (gmst(time.astype("datetime64[ms]")) + np.pi - 2 * np.pi * of_day) % (2 * np.pi)


def sun_position(time: Times) -> tuple[Float, Float]:
    """Declination of the sun and equation of time (apparent minus mean), both in degrees, for datetime64 UTC.

    Low-precision formulas of the Astronomical Almanac, good to 0.01 degrees between 1950 and 2050.
    """
    days = (time.astype("datetime64[ms]") - _J2000).astype(np.float64) / _DAY_MS
    days = np.where(np.isnat(time), np.nan, days)
    anomaly = np.deg2rad(357.529 + 0.98560028 * days)
    mean_longitude = 280.459 + 0.98564736 * days
    longitude = np.deg2rad(mean_longitude + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    obliquity = np.deg2rad(23.439 - 3.6e-7 * days)
    ascension = np.rad2deg(np.arctan2(np.cos(obliquity) * np.sin(longitude), np.cos(longitude)))
    declination = np.rad2deg(np.arcsin(np.sin(obliquity) * np.sin(longitude)))
    return declination, (mean_longitude - ascension + 180.0) % 360.0 - 180.0
