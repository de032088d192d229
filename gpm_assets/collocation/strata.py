"""Strata of samples: surface, latitude band, season, local solar time, and rain by absolute thresholds on a proxy.

One module for all samplers and scores. Rain thresholds are absolute: the partner's are set so that its patches exceed them as
often as GMI's do on training overlaps, where both see the same rain. Ranks within each domain would create the mismatch that
stratification should remove. Patches are what is compared, for a wide footprint spreads the same rain over more pixels.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gpm_assets.collocation.patches import Corners, counts
from gpm_assets.geography import zones
from gpm_assets.geography.land import land_fraction

RAIN_THRESHOLDS_MM_H = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Where the rain strata of GMI begin: with half decades two fifths of the mass of a coupling cross between rain and no rain that
cross without strata, with 0.1, 1 and 5 mm/h it was half."""
RAIN = ("none", "drizzle", "light", "moderate", "heavy", "intense")
LABEL_THRESHOLDS_MM_H = (0.1, 1.0, 5.0)
LABEL_RAIN = ("none", "light", "moderate", "heavy")
"""Where strata of labelled patches begin, and what they are called. Nothing is matched there, and fewer strata leave more dry
scenes: on one demo DRAIN's test CSI was 0.603 with these four, 0.550 and 0.590 with the six above (one seed each)."""
SOLAR_TIMES = ("night", "morning", "afternoon", "evening")
"""Quarters of the local solar day from midnight on."""
_HOURS = 24 // len(SOLAR_TIMES)
MIN_SHARE = 0.02
"""A patch belongs to the highest stratum that this share of its pixels reaches: 20 of 32 x 32."""

NAMES: Mapping[str, tuple[str, ...]] = {
    "surface": zones.SURFACES,
    "latitude_band": tuple(zones.LATITUDE_BANDS),
    "season": zones.SEASONS,
    "solar_time": SOLAR_TIMES,
    "stratum": RAIN,
}
"""Every kind of stratum, as the index of a pack names it, and what its codes 0, 1, ... mean; -1 is unknown."""


def of_places(
    latitude: NDArray[np.floating], longitude: NDArray[np.floating], time: NDArray[np.datetime64]
) -> dict[str, NDArray[np.int8]]:
    """Codes of all strata but that of rain, of places in degrees and times of one shape; -1 where unknown."""
    month = time.astype("datetime64[M]").astype(np.int64) % 12 + 1
    hours = zones.local_solar_time(time, longitude)
    known = ~np.isnat(time)
    return {
        "surface": zones.surface(land_fraction(latitude, longitude)),
        "latitude_band": zones.latitude_band(latitude),
        "season": np.where(known, zones.season(month), -1).astype(np.int8),
        "solar_time": np.where(np.isfinite(hours), np.nan_to_num(hours) // _HOURS, -1).astype(np.int8),
    }


def calibrated_thresholds(
    reference: NDArray[np.floating],
    proxy: NDArray[np.floating],
    thresholds: tuple[float, ...] = RAIN_THRESHOLDS_MM_H,
    weight: NDArray[np.floating] | None = None,
) -> tuple[float, ...]:
    """Thresholds (mm/h) on the partner's proxy that are exceeded as often as `thresholds` are by the reference.

    Both arrays (pair,) hold rain of the same places; `weight` (pair,) says how much each counts. A threshold that is never
    exceeded has the ratio of the one below it; without pairs, or where none is exceeded, thresholds are kept.
    """
    counts = np.ones(len(proxy)) if weight is None else weight
    known = np.isfinite(reference) & np.isfinite(proxy) & (counts > 0)
    if not known.any():
        return thresholds
    reference, counts = reference[known], counts[known].astype(np.float64)
    order = np.argsort(-proxy[known], kind="stable")
    falling, above = proxy[known][order].astype(np.float64), np.cumsum(counts[order])
    found: list[float] = []
    ratio = 1.0
    for threshold in thresholds:
        share = float(counts[reference > threshold].sum())
        if share <= 0 or share >= above[-1]:
            found.append(ratio * threshold)
            continue
        last = int(np.searchsorted(above, share * (1 - 1e-12)))  # the pair that fills the share is the last one above
        found.append(float(np.mean(falling[last : last + 2])))
        ratio = found[-1] / threshold
    return tuple(found)


def rain_strata(
    proxy: NDArray[np.floating], corner: Corners, size: int, thresholds: tuple[float, ...] = RAIN_THRESHOLDS_MM_H
) -> NDArray[np.int8]:
    """Rain stratum (window,) of windows of a proxy (scan, pixel) in mm/h, NaN where unknown: 0 none to 5 intense.

    It is the number of thresholds that the window's `peaks` exceed; a window without any known pixel is dry.
    """
    known = counts(np.isfinite(proxy), corner, size)
    enough = _enough(known)
    above = [(counts(proxy > threshold, corner, size) >= enough) & (known > 0) for threshold in thresholds]
    return np.sum(np.cumprod(above, axis=0), axis=0).astype(np.int8)


def peaks(windows: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rain (window,) in mm/h that 2 % of the known pixels of windows (window, size, size) reach; NaN where none is known."""
    flat = np.sort(np.where(np.isfinite(windows), windows, -np.inf).reshape(len(windows), np.prod(windows.shape[1:])), axis=1)
    known = np.isfinite(flat).sum(axis=1)
    found = np.take_along_axis(flat, flat.shape[1] - _enough(known)[:, None], axis=1)[:, 0]
    return np.where(known > 0, found, np.nan).astype(np.float32)


def _enough(known: NDArray[np.integer]) -> NDArray[np.int64]:
    """How many of so many known pixels make the share that decides."""
    return np.maximum(np.ceil(MIN_SHARE * known), 1).astype(np.int64)
