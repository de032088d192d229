"""GMI-radar matches: radar rain averaged by the antenna pattern of GMI's 36.64 GHz channel, the label of everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.collocation.footprint import Footprints, footprints, seconds
from gpm_assets.constellation.antenna import RAIN_AREA_KM2
from gpm_assets.errors import GranuleError
from gpm_assets.granules.radar import RadarSwath
from gpm_assets.swath import Swath

Float = NDArray[np.float64]

RAY_AREA_KM2 = 5.0 * 5.0
"""Ground area of one DPR ray; with the pattern it gives the weight of full coverage."""
_CONVECTIVE = 2
_RAYS = ("latitude", "longitude", "time")
"""What says where and when the rays of a radar are."""
_RAIN_TYPES, _SURFACES = range(4), range(4)


@dataclass(frozen=True, eq=False)
class RadarMatch:
    """Radar seen by GMI's pixels; every array (scan, pixel) of the GMI swath, NaN or -1 where the radar saw nothing.

    `rain_mm_h` weighted mean; `coverage` share of the antenna pattern that valid rays fill, whatever averages, so that every way
    of averaging labels the same pixels; `convective` share of the rain from convective rays; `rain_type` and `surface` the class
    of most weight; `freezing_level_m` mean; `storm_top_m` mean weighted by rain too, NaN where no ray that rains tells it;
    `lag_s` radar minus GMI. Weighted by rain, a storm top says what the rain of the pixel came from, as the truth's does; the
    highest ray would grow with the number of rays and may have next to no part in the rain.
    """

    rain_mm_h: NDArray[np.float32]
    coverage: NDArray[np.float32]
    convective: NDArray[np.float32]
    rain_type: NDArray[np.int8]
    surface: NDArray[np.int8]
    freezing_level_m: NDArray[np.float32]
    storm_top_m: NDArray[np.float32]
    lag_s: NDArray[np.float32]


def match(swath: Swath, radar: RadarSwath, averaging: str = "pattern") -> RadarMatch:
    """Average a radar granule on the pixels of a GMI swath (scan, pixel); rays seen more than five minutes apart have no part.

    Missing rays carry no weight and the others are renormalised. Constants come back exactly. A linear field comes back with its
    value at the pixel's centre, because rays lie evenly about it: where coverage is 0.97 or more the pattern's centre is off by
    0.05 km rms (0.14 km at most), that of the rays within 7 km by 0.8 km (1.7 km), the nearest ray by 2.0 km (3.5 km). Where the
    swath's edge leaves 0.8 of the pattern it is off by 1.4 km at most, a quarter of the pixels' spacing: nothing is corrected.
    Raises RequestError for an unknown way of averaging.
    """
    return average(footprints(swath, radar, averaging), swath, radar)


def match_all(swath: Swath, radars: Mapping[str, RadarSwath], averaging: str = "pattern") -> dict[str, RadarMatch]:
    """As `match` for several rains by name; rains that follow each other on the same rays share one operator."""
    matches: dict[str, RadarMatch] = {}
    before: tuple[RadarSwath, Footprints] | None = None
    for name, radar in radars.items():
        if before is None or not _same_rays(before[0], radar):
            before = radar, footprints(swath, radar, averaging)
        matches[name] = average(before[1], swath, radar)
    return matches


def average(found: Footprints, swath: Swath, radar: RadarSwath) -> RadarMatch:
    """Average one rain of the radar whose rays `found` was made for: several rains share one operator."""
    rain = radar.rain_mm_h.reshape(-1).astype(np.float64)
    valid = np.isfinite(rain)
    rays = (radar.rain_type, radar.surface, radar.freezing_level_m, radar.storm_top_m)
    kind, ground, level, top = (part.reshape(-1) for part in rays)
    levelled, topped = valid & np.isfinite(level), valid & np.isfinite(top)
    time = np.repeat(seconds(radar.time), radar.latitude.shape[1])
    columns = [
        valid,
        np.where(valid, rain, 0),
        np.where(valid & (kind == _CONVECTIVE), rain, 0),
        levelled,
        np.where(levelled, level, 0),
        np.where(topped, rain, 0),
        np.where(topped, rain * top, 0),
        np.where(valid & np.isfinite(time), time, 0),
        *(valid & (kind == one) for one in _RAIN_TYPES),
        *(valid & (ground == one) for one in _SURFACES),
    ]
    sums = (found.weights @ np.stack(columns, axis=-1).astype(np.float64)).T
    weight, volume, convective, levelled_weight, levels, topped_volume, tops, times = sums[:8]
    lag = _ratio(times, weight) - np.repeat(seconds(swath.time), swath.shape[1])
    coverage = np.minimum(found.pattern @ valid.astype(np.float64) * (RAY_AREA_KM2 / RAIN_AREA_KM2), 1.0)
    heights = (_ratio(levels, levelled_weight), _ratio(tops, topped_volume))
    numbers = (_ratio(volume, weight), coverage, _ratio(convective, volume), *heights, lag)
    rain_mm_h, covered, share, freezing, storm_top, apart = (one.reshape(swath.shape).astype(np.float32) for one in numbers)
    kinds, grounds = sums[8:12], sums[12:]
    classes = _heaviest(kinds, swath), _heaviest(grounds, swath)
    return RadarMatch(rain_mm_h, covered, share, *classes, freezing, storm_top, apart)


def unseen(shape: tuple[int, int]) -> RadarMatch:
    """What is known where no radar looked."""
    nan, unknown = np.full(shape, np.nan, np.float32), np.full(shape, -1, np.int8)
    return RadarMatch(nan, np.zeros(shape, np.float32), nan, unknown, unknown, nan, nan, nan)


def joined(radars: Sequence[RadarSwath]) -> RadarSwath:
    """Radar granules of one product one after the other, as one; raises GranuleError where their rays are not as many."""
    widths = {one.granule: one.latitude.shape[1] for one in radars}
    if len(set(widths.values())) > 1:
        raise GranuleError(f"radar granules of one swath have different numbers of rays: {widths}")
    names = (*_RAYS, "rain_mm_h", "rain_type", "surface", "freezing_level_m", "storm_top_m", "quality")
    arrays: dict[str, Any] = {name: np.concatenate([getattr(one, name) for one in radars]) for name in names}
    return replace(radars[0], **arrays)


def _same_rays(one: RadarSwath, other: RadarSwath) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in _RAYS)


def _ratio(part: Float, whole: Float) -> Float:
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def _heaviest(weights: Float, swath: Swath) -> NDArray[np.int8]:
    """The class (scan, pixel) of most weight (class, pixel), the lowest of equal ones; -1 where none has any."""
    classes = np.where(weights.max(axis=0) > 0, np.argmax(weights, axis=0), -1)
    return classes.reshape(swath.shape).astype(np.int8)
