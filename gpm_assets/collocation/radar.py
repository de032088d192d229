"""GMI-radar matches: radar rain averaged by the antenna pattern of GMI's 36.64 GHz channel, the label of everything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, local_axes, unit_vectors
from gpm_assets.granules.radar import RadarSwath
from gpm_assets.swath import Swath

Float = NDArray[np.float64]

FOOTPRINT = next(channel for channel in INSTRUMENTS[REFERENCE].channels if channel.name == "36.64V")
"""The channel whose antenna pattern averages rain: 15.6 km along the view, 9.4 km across."""

RAY_AREA_KM2 = 5.0 * 5.0
"""Ground area of one DPR ray; with the pattern it gives the weight of full coverage."""
MAX_LAG_S = 300.0
"""GMI sees a place about 67 s before the radar; five minutes keep an orbit's own track and reject its next crossing."""
_NEIGHBOURS = 40
"""Rays within 1.1 half-power widths of the pattern's centre: pi * (17.2 km)^2 / 25 km2 = 37."""


@dataclass(frozen=True, eq=False)
class RadarMatch:
    """Radar seen by GMI's pixels; every array (scan, pixel) of the GMI swath, NaN or -1 where the radar saw nothing.

    `rain_mm_h` pattern-weighted mean; `coverage` share of the pattern that valid rays fill; `convective` share of the rain from
    convective rays; `rain_type` and `surface` of the heaviest-weighted ray; `freezing_level_m` mean; `lag_s` radar minus GMI.
    """

    rain_mm_h: NDArray[np.float32]
    coverage: NDArray[np.float32]
    convective: NDArray[np.float32]
    rain_type: NDArray[np.int8]
    surface: NDArray[np.int8]
    freezing_level_m: NDArray[np.float32]
    lag_s: NDArray[np.float32]


def pattern_weights(east_km: Float, north_km: Float, azimuth_deg: Float) -> Float:
    """Antenna weights of points at an offset from the pixel, half-power widths of `FOOTPRINT`, view azimuth from north."""
    azimuth = np.deg2rad(azimuth_deg)
    along = east_km * np.sin(azimuth) + north_km * np.cos(azimuth)
    across = east_km * np.cos(azimuth) - north_km * np.sin(azimuth)
    return np.exp(-4 * np.log(2) * ((along / FOOTPRINT.along_km) ** 2 + (across / FOOTPRINT.cross_km) ** 2))


def view_azimuth(latitude: Float, longitude: Float) -> Float:
    """Azimuth of view (scan, pixel), degrees from north: perpendicular to the scan arc, towards +scan.

    Exact for a conical scanner on its arc; scans must be ordered so that the sensor looks towards +scan.
    """
    vectors = unit_vectors(latitude, longitude)
    across, along = np.gradient(vectors, axis=1), np.gradient(vectors, axis=0)
    view = np.cross(vectors, across)
    view *= np.sign(np.einsum("ijk,ijk->ij", view, along))[..., None]
    east, north, _ = local_axes(latitude, longitude)
    return np.rad2deg(np.arctan2(np.einsum("ijk,ijk->ij", view, east), np.einsum("ijk,ijk->ij", view, north)))


def match(swath: Swath, radar: RadarSwath) -> RadarMatch:
    """Average a radar granule on the pixels of a GMI swath (scan, pixel) by the 36.64 GHz antenna pattern.

    Missing rays carry no weight; `coverage` tells how much of the pattern the valid ones fill. Linear fields are reproduced at
    the pattern's centre where coverage is full.
    """
    shape = swath.shape
    gmi = unit_vectors(swath.latitude, swath.longitude) * EARTH_RADIUS_KM
    rays = unit_vectors(radar.latitude.astype(np.float64), radar.longitude.astype(np.float64)) * EARTH_RADIUS_KM
    usable = np.isfinite(radar.rain_mm_h) & np.isfinite(rays[..., 0])
    empty = _empty(shape)
    if not usable.any():
        return empty
    azimuth = view_azimuth(swath.latitude, swath.longitude)
    reach_km = 1.1 * FOOTPRINT.along_km
    tree = cKDTree(rays[usable])
    pixels = np.flatnonzero(np.isfinite(gmi[..., 0]) & np.isfinite(azimuth))
    near, _ = tree.query(gmi.reshape(-1, 3)[pixels], distance_upper_bound=reach_km)
    pixels = pixels[np.isfinite(near)]
    if not len(pixels):
        return empty
    distance, ray = tree.query(gmi.reshape(-1, 3)[pixels], k=min(_NEIGHBOURS, tree.n), distance_upper_bound=reach_km)
    distance, ray = np.atleast_2d(distance.T).T, np.atleast_2d(ray.T).T
    found = np.isfinite(distance)
    ray = np.where(found, ray, 0)

    offset = rays[usable][ray] - gmi.reshape(-1, 3)[pixels][:, None]
    east, north = (axis.reshape(-1, 3)[pixels] for axis in local_axes(swath.latitude, swath.longitude)[:2])
    weight = pattern_weights(
        np.einsum("nkj,nj->nk", offset, east), np.einsum("nkj,nj->nk", offset, north), azimuth.reshape(-1)[pixels][:, None]
    )
    ray_time = np.broadcast_to(radar.time[:, None], radar.latitude.shape)[usable]
    pixel_time = np.broadcast_to(swath.time[:, None], shape).reshape(-1)[pixels]
    lag = (ray_time[ray] - pixel_time[:, None]).astype("timedelta64[ms]").astype(np.float64) / 1000.0
    weight = np.where(found & (np.abs(lag) <= MAX_LAG_S), weight, 0.0)
    return _average(empty, pixels, weight, ray, radar, usable, lag)


def _average(
    empty: RadarMatch,
    pixels: NDArray[np.intp],
    weight: Float,
    ray: NDArray[np.intp],
    radar: RadarSwath,
    usable: NDArray[np.bool_],
    lag: Float,
) -> RadarMatch:
    total = weight.sum(axis=1)
    seen = total > 0
    pixels, weight, ray, lag, total = pixels[seen], weight[seen], ray[seen], lag[seen], total[seen]

    def mean(values: NDArray[np.float32] | Float) -> Float:
        finite = np.isfinite(values)
        norm = np.sum(weight * finite, axis=1)
        return np.where(norm > 0, np.sum(weight * np.where(finite, values, 0.0), axis=1) / np.where(norm > 0, norm, 1.0), np.nan)

    rain = radar.rain_mm_h[usable][ray]
    convective = np.sum(weight * rain * (radar.rain_type[usable][ray] == 2), axis=1)
    volume = np.sum(weight * rain, axis=1)
    heaviest = ray[np.arange(len(ray)), np.argmax(weight, axis=1)]
    full = np.pi * FOOTPRINT.along_km * FOOTPRINT.cross_km / (4 * np.log(2)) / RAY_AREA_KM2
    values = {
        "rain_mm_h": mean(rain),
        "coverage": np.minimum(total / full, 1.0),
        "convective": np.where(volume > 0, convective / np.where(volume > 0, volume, 1.0), np.nan),
        "rain_type": radar.rain_type[usable][heaviest],
        "surface": radar.surface[usable][heaviest],
        "freezing_level_m": mean(radar.freezing_level_m[usable][ray]),
        "lag_s": mean(lag),
    }
    for name, value in values.items():
        getattr(empty, name).reshape(-1)[pixels] = value
    return empty


def _empty(shape: tuple[int, int]) -> RadarMatch:
    def missing() -> NDArray[np.float32]:
        return np.full(shape, np.nan, np.float32)

    def unknown() -> NDArray[np.int8]:
        return np.full(shape, -1, np.int8)

    return RadarMatch(missing(), np.zeros(shape, np.float32), missing(), unknown(), unknown(), missing(), missing())
