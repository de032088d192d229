"""Where the sun stands: apparent local time and the glint angle of a 1C file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.constellation.sun import sun_position

BELOW_HORIZON = -88
"""`sunGlintAngle` where the sun is below the horizon; 127 stands for 127 degrees and more, -99 for missing."""


def local_solar_time(time: NDArray[np.datetime64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apparent local solar time in hours (0 to 24) of pixels (scan, pixel) at scan times (scan,) UTC, longitude in degrees."""
    _, equation = sun_position(time)
    milliseconds = (time - time.astype("datetime64[D]")).astype("timedelta64[ms]").astype(np.float64)
    utc = np.where(np.isnat(time), np.nan, milliseconds) / 3_600_000.0
    return (utc[:, None] + (longitude + equation[:, None]) / 15.0) % 24.0


def glint_angle(
    time: NDArray[np.datetime64],
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
    spacecraft: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.int8]:
    """Angle between the view and the sun's mirror image, whole degrees, (scan, pixel) as `sunGlintAngle` codes it.

    `spacecraft` is latitude, longitude (degrees) and altitude (km) by scan; the Earth is a sphere.
    """
    declination, _ = sun_position(time)
    hour_angle = 15.0 * (local_solar_time(time, longitude) - 12.0)
    sun = unit_vectors(np.broadcast_to(declination[:, None], longitude.shape), longitude - hour_angle)
    normal = unit_vectors(latitude, longitude)
    sub_latitude, sub_longitude, altitude_km = spacecraft
    satellite = unit_vectors(sub_latitude, sub_longitude) * (EARTH_RADIUS_KM + altitude_km)[:, None]
    view = satellite[:, None, :] - EARTH_RADIUS_KM * normal
    view /= np.linalg.norm(view, axis=-1, keepdims=True)
    height = (sun * normal).sum(axis=-1)
    mirrored = 2 * height[..., None] * normal - sun
    angle = np.rad2deg(np.arccos(np.clip((mirrored * view).sum(axis=-1), -1.0, 1.0)))
    coded = np.where(height < 0, BELOW_HORIZON, np.minimum(np.rint(angle), 127))
    return np.where(np.isfinite(angle), coded, -99).astype(np.int8)
