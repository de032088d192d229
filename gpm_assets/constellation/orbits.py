"""Where the satellites are: SGP4 without drag from the mean elements of each orbit era, the node from a table of local times.

Elements propagated over years lose the orbit: drag and manoeuvres are not theirs. So one orbit about their epoch, from its
southernmost latitude to the next, is repeated with its nodal period, and turned about the pole to where the node really was.
Heights, shape and the ground track at the epoch are those of the elements, whatever the date. The argument of perigee stays,
as in frozen orbits (that of DMSP and NOAA-18/19 turns in 120 days, and their height at a given latitude really swings by 10
km).

A platform flies in eras (`MeanElements.since`). A new one begins at the first southernmost latitude of its first day, where a
granule begins; its period is stretched, by less than an orbit in all its time, so that it is southernmost there too and
granules stay consecutive. Node and height jump there, nowhere else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sgp4.api import WGS72, Satrec

from gpm_assets.constellation.nouns import Instrument, MeanElements, Platform
from gpm_assets.constellation.sun import gmst, mean_sun
from gpm_assets.errors import RequestError

Float = NDArray[np.float64]
Times = NDArray[np.datetime64]

EQUATORIAL_RADIUS_KM = 6378.137
"""WGS84."""
FLATTENING = 1 / 298.257223563
"""WGS84."""
_SGP4_EPOCH = np.datetime64("1949-12-31T00:00", "ms")
_ALWAYS = np.datetime64("1900-01-01", "ms")
_DAY_S = 86400.0
_ROUNDING_S = 1e-6
"""Times are whole ms; a moment that misses a cut by less than a microsecond, after rounding, is the cut."""


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


@dataclass(frozen=True, eq=False)
class _Era:
    """One orbit of the elements, from `cut_s` (southernmost, s after their epoch) on, repeated every `period_s` since `start`."""

    elements: MeanElements
    satellite: Satrec
    start: np.datetime64
    cut_s: float
    period_s: float
    number: int
    """Number of the granule that begins at `cut_s`."""
    drift_days: Float
    drift_rad: Float
    """Node minus its steady motion, at days after the epoch."""


def propagate(instrument: Instrument, time: Times) -> Track:
    """States at UTC times (time,) datetime64; UT1 - UTC and polar motion are neglected (below 0.5 km).

    Raises RequestError where SGP4 fails. Source: Vallado et al. 2006, AIAA 2006-6753 (SGP4, TEME to Earth-fixed by GMST).
    """
    time = np.atleast_1d(time).astype("datetime64[ms]")
    position, velocity = np.empty((len(time), 3)), np.empty((len(time), 3))
    for era, now in _by_era(instrument, time):
        error, places, speeds, node = _repeated_orbit(era, time[now])
        if np.any(error):
            raise RequestError(f"{instrument.name}: SGP4 fails at {time[now][error > 0][0]} with code {error.max()}")
        angle = gmst(time[now]) - node
        position[now], velocity[now] = _rotate_z(places, angle), _rotate_z(speeds, angle)
    return Track(time, position, velocity, *geodetic(position))


def orbit_at(instrument: Instrument, time: np.datetime64) -> MeanElements:
    """Elements of the era that a moment belongs to; a granule has those of its start."""
    ((era, _),) = _by_era(instrument, np.atleast_1d(time).astype("datetime64[ms]"))
    return era.elements


def node(instrument: Instrument, time: Times) -> Float:
    """Right ascension (rad) of the mean ascending node at UTC times (time,)."""
    result = np.empty(len(time))
    for era, now in _by_era(instrument, time):
        result[now] = _node(era, time[now])
    return result


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


def southernmost_times(instrument: Instrument, start: np.datetime64, stop: np.datetime64) -> Times:
    """Times in [start, stop) at which the satellite is southernmost: where PPS cuts orbits into granules, in whole ms."""
    start, stop = start.astype("datetime64[ms]"), stop.astype("datetime64[ms]")
    eras = _eras(instrument.spacecraft)
    cuts = []
    for era, end in zip(eras, [*(later.start for later in eras[1:]), stop], strict=True):
        low, high = max(start, era.start), min(stop, end)
        first, last = _orbits(era, np.array([low, high])).tolist()
        times = _cut(era, np.arange(math.floor(first), math.ceil(last) + 1, dtype=np.float64))
        cuts.append(times[(times >= low) & (times < high)])
    return np.concatenate(cuts)


def orbit_starts(instrument: Instrument, time: Times) -> Times:
    """The last southernmost moment (time,) before or at UTC times (time,)."""
    result = np.empty(len(time), "datetime64[ms]")
    for era, now in _by_era(instrument, time):
        result[now] = _cut(era, _whole(era, _orbits(era, time[now])))
    return result


def granule_numbers(instrument: Instrument, southernmost: Times) -> NDArray[np.int64]:
    """Number of the orbit that starts at each southernmost time: consecutive, counted as the elements count revolutions."""
    result = np.empty(len(southernmost), np.int64)
    for era, now in _by_era(instrument, southernmost):
        result[now] = np.rint(_orbits(era, southernmost[now])).astype(np.int64) + era.number
    return result


def period_s(instrument: Instrument) -> float:
    """Time from one southernmost latitude of the nominal orbit to the next, s: the nodal period."""
    return _nodal_period_s(_satellite(instrument.orbit, instrument.spacecraft.norad))


def _by_era(instrument: Instrument, time: Times) -> list[tuple[_Era, slice | NDArray[np.intp]]]:
    """The eras that times fall into, with the times of each."""
    eras = _eras(instrument.spacecraft)
    which = np.searchsorted(np.array([era.start for era in eras[1:]], "datetime64[ms]"), time, side="right")
    present = np.unique(which)
    if len(present) == 1:
        return [(eras[present[0]], slice(None))]
    return [(eras[index], np.flatnonzero(which == index)) for index in present]


@lru_cache(maxsize=64)
def _eras(platform: Platform) -> tuple[_Era, ...]:
    made: list[_Era] = []
    for index, elements in enumerate(platform.eras):
        until = platform.eras[index + 1].since if index + 1 < len(platform.eras) else None
        made.append(_era(platform, elements, until, made[-1] if made else None))
    return tuple(made)


def _era(platform: Platform, elements: MeanElements, until: date | None, former: _Era | None) -> _Era:
    satellite = _satellite(elements, platform.norad)
    period, cut = _nodal_period_s(satellite), _southernmost_s(satellite)
    days, drift = _drift(platform, elements, until)
    if former is None:
        return _Era(elements, satellite, _ALWAYS, cut, period, elements.revolution, days, drift)
    last = np.ceil(_orbits(former, np.datetime64(elements.since, "ms")))
    start = _cut(former, np.atleast_1d(last))[0]
    elapsed = _seconds(start - elements.epoch) - cut
    orbits = int(np.rint(elapsed / period))
    return _Era(elements, satellite, start, cut, float(elapsed / orbits), int(last) + former.number - orbits, days, drift)


def _drift(platform: Platform, elements: MeanElements, until: date | None) -> tuple[Float, Float]:
    """Days after the epoch and node minus its steady motion (rad) there, from the local times within the era."""
    days, drift = [0.0], [0.0]
    for when, hours in platform.local_times:
        if when < np.datetime64(elements.since) or (until is not None and when >= np.datetime64(until)):
            continue
        there = mean_sun(np.atleast_1d(when))[0] + (hours - 12.0) * np.pi / 12.0
        steady = _steady_node(elements, platform.norad, np.atleast_1d(when))[0]
        days.append(float(_seconds(when - elements.epoch)) / _DAY_S)
        drift.append(float((there - steady + np.pi) % (2 * np.pi) - np.pi))
    order = np.argsort(days)
    return np.array(days)[order], np.array(drift)[order]


def _steady_node(elements: MeanElements, norad: int, time: Times) -> Float:
    """Node (rad) from that of the epoch on: with the mean sun where the orbit is sun-synchronous, else with SGP4's rate."""
    start = np.deg2rad(elements.raan_deg)
    if elements.inclination_deg > 90.0:
        return start + mean_sun(time) - mean_sun(np.atleast_1d(elements.epoch))[0]
    return start + _satellite(elements, norad).nodedot / 60.0 * _seconds(time - elements.epoch)


def _node(era: _Era, time: Times) -> Float:
    days = _seconds(time - era.elements.epoch) / _DAY_S
    return _steady_node(era.elements, era.satellite.satnum, time) + np.interp(days, era.drift_days, era.drift_rad)


def _repeated_orbit(era: _Era, time: Times) -> tuple[NDArray[np.uint8], Float, Float, Float]:
    """SGP4's error codes, positions and velocities (time, 3) in its own orbit, and the angle (rad) to turn them to the node."""
    orbits = _orbits(era, time)
    own_s = era.cut_s + (orbits - _whole(era, orbits)) * _nodal_period_s(era.satellite)
    epoch = np.full(len(time), era.satellite.jdsatepoch)
    error, position, velocity = era.satellite.sgp4_array(epoch, era.satellite.jdsatepochF + own_s / _DAY_S)
    own_node = np.deg2rad(era.elements.raan_deg) + era.satellite.nodedot / 60.0 * own_s
    return error, position, velocity, _node(era, time) - own_node


def _orbits(era: _Era, time: Times | np.datetime64) -> Float:
    """Orbits since the one about the epoch began."""
    return (_seconds(time - era.elements.epoch) - era.cut_s) / era.period_s


def _whole(era: _Era, orbits: Float) -> Float:
    return np.floor(orbits + _ROUNDING_S / era.period_s)


def _cut(era: _Era, orbits: Float) -> Times:
    """Times, rounded up to ms, at which orbits begin that `_orbits` counts."""
    milliseconds = np.ceil((era.cut_s + orbits * era.period_s - _ROUNDING_S) * 1e3)
    return era.elements.epoch + milliseconds.astype("timedelta64[ms]")


@lru_cache(maxsize=64)
def _satellite(elements: MeanElements, norad: int) -> Satrec:
    satellite = Satrec()
    satellite.sgp4init(
        WGS72,
        "i",
        norad,
        float(_seconds(elements.epoch - _SGP4_EPOCH)) / _DAY_S,
        0.0,  # drag
        0.0,
        0.0,
        elements.eccentricity,
        np.deg2rad(elements.argument_of_perigee_deg),
        np.deg2rad(elements.inclination_deg),
        np.deg2rad(elements.mean_anomaly_deg),
        elements.mean_motion_rev_per_day * 2 * np.pi / 1440.0,
        np.deg2rad(elements.raan_deg),
    )
    return satellite


def _nodal_period_s(satellite: Satrec) -> float:
    return float(60 * 2 * np.pi / (satellite.mdot + satellite.argpdot))


def _southernmost_s(satellite: Satrec) -> float:
    """The last southernmost moment before the epoch, s after it, by bisection about that of the mean argument of latitude."""
    behind = ((satellite.mo + satellite.argpo) / (2 * np.pi) - 0.75) % 1.0
    middle = -behind * _nodal_period_s(satellite)
    low, high = middle - 60.0, middle + 60.0
    while high - low > 1e-5:
        middle = (low + high) / 2
        _, _, velocity = satellite.sgp4(satellite.jdsatepoch, satellite.jdsatepochF + middle / _DAY_S)
        low, high = (low, middle) if velocity[2] > 0 else (middle, high)
    return high


def _rotate_z(vectors: Float, angle: Float) -> Float:
    x, y, z = np.moveaxis(vectors, -1, 0)
    return np.stack([np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x, z], axis=-1)


def _seconds(interval: NDArray[np.timedelta64] | np.timedelta64) -> Float:
    return np.asarray(interval).astype("timedelta64[ms]").astype(np.float64) / 1e3
