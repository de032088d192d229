"""Where the satellites are: SGP4 without drag from the mean elements of the instrument table.

Sun-synchronous satellites get the inclination that makes SGP4's node follow the mean sun exactly, so that their local time
of the ascending node holds over decades and their phase is continuous; GPM precesses freely from its epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sgp4.api import WGS72, Satrec

from gpm_assets.constellation.instruments import Instrument, MeanElements
from gpm_assets.errors import RequestError

Float = NDArray[np.float64]
Times = NDArray[np.datetime64]

EQUATORIAL_RADIUS_KM = 6378.137
"""WGS84."""
FLATTENING = 1 / 298.257223563
"""WGS84."""
EARTH_ROTATION_RAD_PER_S = 7.2921158553e-5
_SIDEREAL_YEAR_NODE_RATE = 2 * np.pi / 365.2421897
"""Nodal rate of a sun-synchronous orbit: the mean sun's motion, rad a day."""
_SGP4_EPOCH = np.datetime64("1949-12-31T00:00", "ms")
_J2000 = np.datetime64("2000-01-01T12:00", "ms")


@dataclass(frozen=True)
class Track:
    """Satellite states: `position` km and `velocity` km/s (time, 3), Earth-fixed axes; velocity relative to the stars.

    `latitude`, `longitude` (degrees, geodetic WGS84) and `altitude` (km) are those of the sub-satellite point.
    """

    time: Times
    position: Float
    velocity: Float
    latitude: Float
    longitude: Float
    altitude: Float


def propagate(instrument: Instrument, time: Times) -> Track:
    """States at UTC times (time,) datetime64; UT1 - UTC and polar motion are neglected (below 0.5 km).

    Raises RequestError where SGP4 fails. Source: Vallado et al. 2006, AIAA 2006-6753 (SGP4, TEME to Earth-fixed by GMST).
    """
    time = np.atleast_1d(time).astype("datetime64[ms]")
    midnight = time.astype("datetime64[D]")
    julian_date = _days(midnight - _SGP4_EPOCH) + 2433281.5
    error, position, velocity = _satellite(instrument.orbit, instrument.norad).sgp4_array(julian_date, _days(time - midnight))
    if np.any(error):
        raise RequestError(f"{instrument.name}: SGP4 fails at {time[np.flatnonzero(error)[0]]} with code {error.max()}")
    angle = gmst(time)
    position, velocity = _rotate_z(position, angle), _rotate_z(velocity, angle)
    latitude, longitude, altitude = geodetic(position)
    return Track(time, position, velocity, latitude, longitude, altitude)


def gmst(time: Times) -> Float:
    """Greenwich mean sidereal time, rad (IAU 1982)."""
    midnight = time.astype("datetime64[D]").astype("datetime64[ms]")
    centuries = _days(midnight - _J2000) / 36525.0
    seconds = (24110.54841 + centuries * (8640184.812866 + centuries * (0.093104 - 6.2e-6 * centuries))) % 86400.0
    return (seconds / 86400.0 * 2 * np.pi + EARTH_ROTATION_RAD_PER_S * (time - midnight).astype(np.float64) / 1e3) % (2 * np.pi)


def geodetic(position: Float) -> tuple[Float, Float, Float]:
    """Geodetic latitude and longitude (degrees) and altitude (km) of Earth-fixed positions (..., 3) in km (Bowring 1976)."""
    x, y, z = np.moveaxis(position, -1, 0)
    polar_radius = EQUATORIAL_RADIUS_KM * (1 - FLATTENING)
    squared_eccentricity = FLATTENING * (2 - FLATTENING)
    second = squared_eccentricity / (1 - squared_eccentricity)
    distance = np.hypot(x, y)
    parametric = np.arctan2(z * EQUATORIAL_RADIUS_KM, distance * polar_radius)
    latitude = np.arctan2(
        z + second * polar_radius * np.sin(parametric) ** 3,
        distance - squared_eccentricity * EQUATORIAL_RADIUS_KM * np.cos(parametric) ** 3,
    )
    normal = EQUATORIAL_RADIUS_KM / np.sqrt(1 - squared_eccentricity * np.sin(latitude) ** 2)
    altitude = distance * np.cos(latitude) + z * np.sin(latitude) - EQUATORIAL_RADIUS_KM**2 / normal
    return np.rad2deg(latitude), np.rad2deg(np.arctan2(y, x)), altitude


def period_s(instrument: Instrument) -> float:
    """Time from one southernmost latitude to the next, s: the nodal period."""
    satellite = _satellite(instrument.orbit, instrument.norad)
    return 60 * 2 * np.pi / (satellite.mdot + satellite.argpdot)


def southernmost_times(instrument: Instrument, start: np.datetime64, stop: np.datetime64) -> Times:
    """Times in [start, stop) at which the satellite is southernmost: where PPS cuts orbits into granules.

    To the millisecond and independent of the interval asked for (bisection of the velocity's northward sign from whole minutes).
    """
    minute = np.timedelta64(1, "m")
    grid: Times = np.arange(start.astype("datetime64[m]") - 2 * minute, stop.astype("datetime64[m]") + 2 * minute, minute)
    track = propagate(instrument, grid)
    northward = track.velocity[:, 2] > 0
    turning = np.flatnonzero(~northward[:-1] & northward[1:])
    low = track.time[turning]
    high = low + np.timedelta64(60_000, "ms")
    for _ in range(16):  # 60 s / 2^16 is below a millisecond
        middle = low + (high - low) // 2
        rising = propagate(instrument, middle).velocity[:, 2] > 0
        low, high = np.where(rising, low, middle), np.where(rising, middle, high)
    return high[(high >= start) & (high < stop)]


def granule_numbers(instrument: Instrument, southernmost: Times) -> NDArray[np.int64]:
    """Number of the orbit that starts at each southernmost time: consecutive, counted as the elements count revolutions."""
    orbit = instrument.orbit
    epoch = np.datetime64(orbit.epoch, "ms")
    latitude_argument = np.deg2rad(orbit.mean_anomaly_deg + orbit.argument_of_perigee_deg)
    southernmost_after_node = (1.5 * np.pi - latitude_argument) % (2 * np.pi) / (2 * np.pi)
    orbits = (southernmost - epoch).astype(np.float64) / 1e3 / period_s(instrument) - southernmost_after_node
    return np.rint(orbits).astype(np.int64) + 1 + orbit.revolution


@lru_cache(maxsize=64)
def _satellite(orbit: MeanElements, norad: int) -> Satrec:
    if orbit.ltan_hours is None:
        return _initialise(orbit, norad, np.deg2rad(orbit.inclination_deg), np.deg2rad(orbit.raan_deg))
    return _initialise(orbit, norad, _sun_synchronous_inclination(orbit, norad), _node(orbit))


def _initialise(orbit: MeanElements, norad: int, inclination: float, node: float) -> Satrec:
    satellite = Satrec()
    satellite.sgp4init(
        WGS72,
        "i",
        norad,
        float(_days(np.datetime64(orbit.epoch, "ms") - _SGP4_EPOCH)),
        0.0,  # drag
        0.0,
        0.0,
        orbit.eccentricity,
        np.deg2rad(orbit.argument_of_perigee_deg),
        inclination,
        np.deg2rad(orbit.mean_anomaly_deg),
        orbit.mean_motion_rev_per_day * 2 * np.pi / 1440.0,
        node,
    )
    return satellite


def _sun_synchronous_inclination(orbit: MeanElements, norad: int) -> float:
    """Inclination (rad) at which SGP4's nodal rate is the mean sun's; within 0.3 degrees of the real one."""
    low, high = np.deg2rad(orbit.inclination_deg) + np.deg2rad([-1.5, 1.5])
    for _ in range(40):
        middle = 0.5 * (low + high)
        faster = _initialise(orbit, norad, middle, 0.0).nodedot * 1440.0 > _SIDEREAL_YEAR_NODE_RATE
        low, high = (low, middle) if faster else (middle, high)
    return float(0.5 * (low + high))


def _node(orbit: MeanElements) -> float:
    """Right ascension (rad) of the node at the epoch (0 h UTC) from its local mean solar time."""
    if orbit.ltan_hours is None:
        return float(np.deg2rad(orbit.raan_deg))
    mean_sun = gmst(np.atleast_1d(np.datetime64(orbit.epoch, "ms")))[0] + np.pi  # at 0 h UTC the sun is opposite Greenwich
    return float((mean_sun + (orbit.ltan_hours - 12.0) * np.pi / 12.0) % (2 * np.pi))


def _rotate_z(vectors: Float, angle: Float) -> Float:
    x, y, z = np.moveaxis(vectors, -1, 0)
    return np.stack([np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x, z], axis=-1)


def _days(interval: NDArray[np.timedelta64] | np.timedelta64) -> Float:
    return np.asarray(interval).astype("timedelta64[ms]").astype(np.float64) / 86_400_000.0
