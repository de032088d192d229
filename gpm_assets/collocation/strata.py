"""Strata of samples: surface, latitude band, season, local solar time, and rain by absolute thresholds on a proxy.

Rain thresholds are absolute. The partner's are set so that it exceeds them as often as GMI does on training overlaps, where both
see the same rain: ranks within each domain would create the mismatch that stratification should remove.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RAIN_THRESHOLDS_MM_H = (0.1, 1.0, 5.0)
"""Rain strata of GMI: none, light, moderate, heavy."""
MIN_SHARE = 0.02
"""A patch belongs to the highest stratum that this share of its pixels reaches: 20 of 32 x 32."""


def calibrated_thresholds(
    reference: NDArray[np.floating], proxy: NDArray[np.floating], thresholds: tuple[float, ...] = RAIN_THRESHOLDS_MM_H
) -> tuple[float, ...]:
    """Thresholds (mm/h) on the partner's proxy that are exceeded as often as `thresholds` are by the reference.

    Both arrays (pair,) hold rain of the same places. Where a threshold is never exceeded, or there are no pairs, it is kept.
    """
    known = np.isfinite(reference) & np.isfinite(proxy)
    if not known.any():
        return thresholds
    shares = [float(np.mean(reference[known] > threshold)) for threshold in thresholds]
    return tuple(
        float(np.quantile(proxy[known], 1 - share)) if 0 < share < 1 else threshold
        for share, threshold in zip(shares, thresholds, strict=True)
    )


def rain_stratum(proxy: NDArray[np.floating], thresholds: tuple[float, ...] = RAIN_THRESHOLDS_MM_H) -> NDArray[np.int8]:
    """Rain stratum (patch,) of proxies (patch, scan, pixel) in mm/h, NaN where unknown: 0 none to 3 heavy."""
    pixels = np.maximum(np.isfinite(proxy).sum(axis=(1, 2)), 1)
    shares = np.stack([np.sum(proxy > threshold, axis=(1, 2)) / pixels for threshold in thresholds])
    return np.sum(np.cumprod(shares >= MIN_SHARE, axis=0), axis=0).astype(np.int8)
