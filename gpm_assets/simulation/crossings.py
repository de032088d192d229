"""Where and when a partner and GMI see the same place within 15 minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE, Instrument, instrument
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.errors import RequestError
from gpm_assets.geography.land import land_fraction

MAX_MINUTES = 15
MAX_DISTANCE_KM = 100.0
"""Largest distance of the two scans' middles: both swaths (more than 800 km wide) then overlap about the place."""
_TARGET_LATITUDES = (8.0, 38.0, 22.0, 48.0)
"""Absolute latitudes that successive crossings are chosen near: orbits meet most often poleward of 55 degrees, rain does not."""
_LAND_PENALTY_DEG = 12.0
_LAG_PENALTY_DEG_PER_MINUTE = 2.0
"""Rain moves on between two overpasses: weak pairs of ten minutes apart teach a regression to flatten it."""
_ORBIT = np.timedelta64(105, "m")
_MARGIN = np.timedelta64(2, "h")


@dataclass(frozen=True)
class Crossing:
    """A place (degrees) in the middle of both scans, and the UTC times at which GMI and the partner look at it."""

    partner: str
    gmi_time: np.datetime64
    partner_time: np.datetime64
    latitude: float
    longitude: float
    distance_km: float


def month_bounds(month: str) -> tuple[np.datetime64, np.datetime64]:
    """First moment of a month `YYYY-MM` and of the next; raises RequestError where it is none."""
    try:
        first = np.datetime64(month, "M")
    except ValueError as error:
        raise RequestError(f"{month!r} is no month; write it as YYYY-MM, e.g. 2019-07") from error
    return first.astype("datetime64[ms]"), (first + 1).astype("datetime64[ms]")


@lru_cache(maxsize=256)
def find_crossings(partner: str, month: str) -> tuple[Crossing, ...]:
    """All crossings of a partner and GMI in a month, in order of time; none within an orbit of the month's ends."""
    rows = instrument(REFERENCE), instrument(partner)
    start, stop = month_bounds(month)
    start = max(start, *(np.datetime64(row.first_day, "ms") for row in rows)) + _MARGIN
    minutes = np.arange(start, stop - _MARGIN, np.timedelta64(1, "m"))
    gmi, other = (_middles(row, minutes) for row in rows)
    nearest = np.full(len(minutes), np.inf)
    best = np.zeros(len(minutes), int)
    for lag in range(-MAX_MINUTES, MAX_MINUTES + 1):
        distance = np.linalg.norm(gmi - np.roll(other, -lag, axis=0), axis=1)
        distance[: max(-lag, 0)] = distance[len(distance) - max(lag, 0) :] = np.inf  # rolled over the ends
        closer = distance < nearest
        nearest, best = np.where(closer, distance, nearest), np.where(closer, lag, best)
    low = nearest * EARTH_RADIUS_KM < 450.0  # a minute of both tracks
    inner = np.r_[False, low[1:-1] & (nearest[1:-1] <= nearest[:-2]) & (nearest[1:-1] < nearest[2:]), False]
    near = [(int(index), int(best[index])) for index in np.flatnonzero(inner)]
    found = (_refine(partner, minutes[index], minutes[index] + np.timedelta64(lag, "m")) for index, lag in near)
    longest = np.timedelta64(MAX_MINUTES, "m") - np.timedelta64(20, "s")  # positions within 100 km differ by some seconds
    return tuple(c for c in found if c.distance_km <= MAX_DISTANCE_KM and abs(c.gmi_time - c.partner_time) <= longest)


def spread_out(found: Sequence[Crossing], number: int, month: str, taken: Sequence[Crossing] = ()) -> tuple[Crossing, ...]:
    """At most `number` crossings, one in each equal part of the month where it has one, over latitudes and preferably at sea.

    Never two within one orbit of each other or of `taken`.
    """
    start, stop = month_bounds(month)
    chosen: list[Crossing] = []
    for part in range(number):
        target = _TARGET_LATITUDES[part % len(_TARGET_LATITUDES)]
        free = [
            crossing for crossing in found if all(abs(crossing.gmi_time - other.gmi_time) > _ORBIT for other in (*taken, *chosen))
        ]
        low, high = (start + (stop - start) * step // max(number, 1) for step in (part, part + 1))
        candidates = [crossing for crossing in free if low <= crossing.gmi_time < high] or free
        if not candidates:
            break
        chosen.append(min(candidates, key=lambda crossing: _cost(crossing, target)))
    return tuple(sorted(chosen, key=lambda crossing: crossing.gmi_time))


def _cost(crossing: Crossing, target_latitude: float) -> float:
    land = float(land_fraction(crossing.latitude, crossing.longitude))
    lag_minutes = abs((crossing.gmi_time - crossing.partner_time) / np.timedelta64(1, "m"))
    off_target = abs(abs(crossing.latitude) - target_latitude)
    return off_target + _LAND_PENALTY_DEG * land + _LAG_PENALTY_DEG_PER_MINUTE * lag_minutes


def _refine(partner: str, gmi_time: np.datetime64, partner_time: np.datetime64) -> Crossing:
    """The closest approach of both scans' middles about a first guess, to 2 s."""
    for step_ms in (10_000, 2_000):
        offsets = (np.arange(-9, 10) * step_ms).astype("timedelta64[ms]")
        one = _middles(INSTRUMENTS[REFERENCE], gmi_time + offsets)
        two = _middles(instrument(partner), partner_time + offsets)
        distance = np.linalg.norm(one[:, None] - two[None], axis=-1)
        i, j = np.unravel_index(np.argmin(distance), distance.shape)
        gmi_time, partner_time = gmi_time + offsets[i], partner_time + offsets[j]
    place = one[i]
    latitude, longitude = float(np.rad2deg(np.arcsin(place[2]))), float(np.rad2deg(np.arctan2(place[1], place[0])))
    return Crossing(partner, gmi_time, partner_time, latitude, longitude, float(distance[i, j] * EARTH_RADIUS_KM))


def _middles(row: Instrument, time: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Unit vectors (time, 3) of the middle of the reference group's scan."""
    group = replace(row.group(row.reference_group), pixels=3)
    where = scan(row, group, time)
    return unit_vectors(where.latitude[:, 1], where.longitude[:, 1])
