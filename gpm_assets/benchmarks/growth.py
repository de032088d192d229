"""How the cost of finding overlaps grows from a day of orbits to a month."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from gpm_assets.benchmarks.timing import Timing
from gpm_assets.collocation.overlaps import Span, meetings, overlap
from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import REFERENCE, Instrument, instrument
from gpm_assets.constellation.orbits import southernmost_times
from gpm_assets.simulation.crossings import month_bounds
from gpm_assets.swath import Swath

THIN = 6
"""Every sixth scan and pixel: a month of orbits in seconds, and 36 km between pixels that are then matched within 40 km."""
_REACH_KM = 40.0
_TURNS = 3


@dataclass(frozen=True)
class Growth:
    """Seconds an overpass of a day takes, and one of a month, search of granules included; and what stands beside them."""

    timings: tuple[Timing, Timing]
    facts: Mapping[str, str | int | float]


def growth(partner: str, month: str, days: int) -> Growth:
    """Find all overlaps of GMI and a partner in a day, and in `days` days; swaths are made when they are asked for, untimed."""
    day = [_overlaps(partner, month, 1) for _ in range(_TURNS)]
    whole = [_overlaps(partner, month, days) for _ in range(_TURNS)]
    (_, day_found, day_mb), (_, found, mb) = day[0], whole[0]
    timings = (
        Timing("an overpass of a day", tuple(seconds / max(day_found, 1) for seconds, *_ in day)),
        Timing("an overpass of a month", tuple(seconds / max(found, 1) for seconds, *_ in whole)),
    )
    facts = {
        "overpasses of a day": day_found,
        f"overpasses of {days} days": found,
        "a day, arrays MB": round(day_mb, 1),
        f"{days} days, arrays MB": round(mb, 1),
    }
    return Growth(timings, facts)


def _overlaps(partner: str, month: str, days: int) -> tuple[float, int, float]:
    """Seconds of the search, overpasses found, peak memory in MB of arrays."""
    start, _ = month_bounds(month)
    rows = instrument(REFERENCE), instrument(partner)
    spans = [_granules(row, start, start + np.timedelta64(days, "D")) for row in rows]
    swath = lru_cache(maxsize=6)(lambda side, number: _swath(rows[side], spans[side][number]))
    tracemalloc.start()
    began = time.perf_counter()
    met = meetings(spans[0], spans[1])
    seconds, found = time.perf_counter() - began, 0
    for i, j in met:
        first, second = swath(0, i), swath(1, j)
        began = time.perf_counter()
        pairs = overlap(first, second, max_separation_km=_REACH_KM)
        seconds += time.perf_counter() - began
        found += bool(len(pairs))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return seconds, found, peak / 1e6


def _granules(row: Instrument, start: np.datetime64, stop: np.datetime64) -> list[Span]:
    cuts = southernmost_times(row, start, stop)
    return list(pairwise(cuts))


def _swath(row: Instrument, span: Span) -> Swath:
    """A thinned granule with positions alone."""
    group = row.group(row.reference_group)
    times = np.arange(*span, np.timedelta64(round(1000 * THIN * row.scan_period_s), "ms"))
    where = scan(row, replace(group, pixels=-(-group.pixels // THIN)), times)
    nothing = np.zeros((*where.latitude.shape, 1), np.float32)
    return Swath(
        sensor=row.name,
        channels=(group.channels[0].name,),
        tb=nothing,
        latitude=where.latitude,
        longitude=where.longitude,
        time=times,
        incidence=nothing,
        quality=np.zeros(where.latitude.shape, np.int8),
    )
