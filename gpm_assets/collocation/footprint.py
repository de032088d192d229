"""How radar rays make the rain of a GMI pixel: one sparse operator (pixel, ray), whichever way of averaging is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from gpm_assets.constellation.antenna import RAIN_CHANNEL, rain_pattern
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.errors import RequestError
from gpm_assets.granules.radar import RadarSwath
from gpm_assets.swath import Swath

Float = NDArray[np.float64]
Averaging = Callable[[Float, Float], Float]

MAX_LAG_S = 300.0
"""GMI sees a place about 67 s before the radar, or after it when yawed; five minutes reject the orbit's next crossing."""
WITHIN_KM = 7.0
RAY_REACH_KM = 4.0
"""What a ray stands for: half the diagonal of the widest cell, 5.0 x 5.7 km at the swath's edge."""

_REACH_KM = 1.1 * RAIN_CHANNEL.along_km
"""Where the pattern is cut: at 0.035 along the view, where 1 % of its integral is left."""
_NEIGHBOURS = 48
"""At least the rays within reach: pi * (17.2 km)^2 / 25 km2 = 37 on average, at most 40 in an orbit."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Rays about the pixels that have any: flat numbers `pixels` (n,), ascending, and `rays` (n, k), of `shape` in all.

    `along_km` and `across_km` (n, k) are the rays' offsets in the view of the pixel, infinite where there is none.
    """

    shape: tuple[int, int]
    pixels: NDArray[np.intp]
    rays: NDArray[np.intp]
    along_km: Float
    across_km: Float


def _within(along_km: Float, across_km: Float) -> Float:
    return (np.hypot(along_km, across_km) <= WITHIN_KM).astype(np.float64)


def _nearest(along_km: Float, across_km: Float) -> Float:
    """Rays equally near share the pixel."""
    distance = np.hypot(along_km, across_km)
    nearest = distance.min(axis=1, keepdims=True)
    return ((distance == nearest) & (distance <= RAY_REACH_KM)).astype(np.float64)


AVERAGING: Mapping[str, Averaging] = MappingProxyType({"pattern": rain_pattern, "within 7 km": _within, "nearest": _nearest})
"""Weights (n, k) of rays at offsets along and across the view in km, infinite offsets weighing nothing."""


@dataclass(frozen=True, eq=False)
class Footprints:
    """The operators of one swath and one radar: `weights` (pixel, ray) make means, `pattern` tells how much of the view is seen.

    The two are one where the antenna pattern averages.
    """

    weights: Any
    pattern: Any


def footprints(swath: Swath, radar: RadarSwath, averaging: str = "pattern") -> Footprints:
    """Operators of GMI's pixels and the rays of a radar; raises RequestError for an unknown way of averaging."""
    if averaging not in AVERAGING:
        raise RequestError(f"unknown averaging {averaging!r}; there is {', '.join(AVERAGING)}")
    near = neighbours(swath, radar)
    pattern = operator(near, AVERAGING["pattern"])
    return Footprints(pattern if averaging == "pattern" else operator(near, AVERAGING[averaging]), pattern)


def operator(near: Neighbours, averaging: Averaging) -> Any:
    """Sparse matrix (pixel, ray) of weights, not normalised, over all pixels and rays."""
    weights = averaging(near.along_km, near.across_km)
    kept = weights > 0
    counts = np.zeros(near.shape[0], np.int64)
    counts[near.pixels] = kept.sum(axis=1)
    return csr_array((weights[kept], near.rays[kept], np.concatenate([[0], np.cumsum(counts)])), shape=near.shape)


def neighbours(swath: Swath, radar: RadarSwath) -> Neighbours:
    """The rays within reach of GMI's pixels that were seen within `MAX_LAG_S`; missing positions and times have none.

    Everything is computed on vectors: neither the date line nor a pole is special.
    """
    pixel, ray = unit_vectors(swath.latitude, swath.longitude), unit_vectors(radar.latitude, radar.longitude)
    view = view_direction(pixel).reshape(-1, 3)
    pixel_km, ray_km = EARTH_RADIUS_KM * pixel.reshape(-1, 3), EARTH_RADIUS_KM * ray.reshape(-1, 3)
    pixel_s, ray_s = (np.repeat(seconds(one.time), one.latitude.shape[1]) for one in (swath, radar))
    first, last = np.fmin.reduce(pixel_s, initial=np.inf), np.fmax.reduce(pixel_s, initial=-np.inf)
    usable = np.flatnonzero(np.isfinite(ray_km[:, 0]) & (ray_s >= first - MAX_LAG_S) & (ray_s <= last + MAX_LAG_S))
    placed = np.flatnonzero(np.isfinite(view[:, 0]) & np.isfinite(pixel_s))
    tree = cKDTree(ray_km[usable])
    nearest, _ = tree.query(pixel_km[placed], distance_upper_bound=_REACH_KM)
    pixels = placed[np.isfinite(nearest)]
    distance, found = tree.query(pixel_km[pixels], k=_NEIGHBOURS, distance_upper_bound=_REACH_KM)
    rays = np.append(usable, 0)[found]  # the tree answers its size where there is none
    there = np.isfinite(distance) & (np.abs(ray_s[rays] - pixel_s[pixels, None]) <= MAX_LAG_S)
    ahead = view[pixels]
    aside = np.cross(ahead, pixel_km[pixels]) / EARTH_RADIUS_KM
    along, across = (np.where(there, _offset(ray_km, rays, pixel_km[pixels], axis), np.inf) for axis in (ahead, aside))
    return Neighbours((len(pixel_km), len(ray_km)), pixels, rays, along, across)


def view_direction(pixels: Float) -> Float:
    """Unit vectors (scan, pixel, 3) on the ground along the view of pixels given as unit vectors, NaN beside missing ones.

    Perpendicular to the scan's arc, towards +scan: within 0.6 degrees of the direction from below GMI, where rows are in the
    order in which it looks. Fewer than two scans or pixels have no direction.
    """
    if min(pixels.shape[:2]) < 2:
        return np.full(pixels.shape, np.nan)
    view = np.cross(pixels, np.gradient(pixels, axis=1))
    view *= np.sign(np.einsum("ijk,ijk->ij", view, np.gradient(pixels, axis=0)))[..., None]
    norm = np.linalg.norm(view, axis=-1, keepdims=True)
    return np.divide(view, norm, out=np.full(view.shape, np.nan), where=norm > 0)


def seconds(time: NDArray[np.datetime64]) -> Float:
    """Times in seconds since 1970, NaN where missing; float64 resolves less than a microsecond."""
    return np.where(np.isnat(time), np.nan, time.astype("datetime64[ms]").astype(np.float64) / 1e3)


def _offset(ray_km: Float, rays: NDArray[np.intp], pixel_km: Float, axis: Float) -> Float:
    """Distances (n, k) of rays from their pixels along an axis (n, 3), coordinate by coordinate to spare memory."""
    total = np.zeros(rays.shape)
    for ray, pixel, direction in zip(ray_km.T, pixel_km.T, axis.T, strict=True):
        total += (ray[rays] - pixel[:, None]) * direction[:, None]
    return total
