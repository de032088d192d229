"""The quality policy: which pixels of a 1C file are kept, which are masked, and how many for which reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

TB_MIN_K, TB_MAX_K = 40.0, 350.0
"""Physical range of a brightness temperature; outside it PPS itself calls a Tb invalid (quality -2)."""


@dataclass(frozen=True)
class Rule:
    """What a quality code means and what survives: brightness temperatures (`tb`), latitude and longitude (`position`)."""

    meaning: str
    tb: bool
    position: bool = True


RULES: dict[int, Rule] = {
    0: Rule("good", tb=True),
    1: Rule("warning: possible sun glint", tb=True),
    2: Rule("warning: possible radio interference", tb=True),
    3: Rule("warning: degraded geolocation", tb=True),
    4: Rule("warning: corrected for warm load intrusion", tb=True),
    -1: Rule("missing or unreadable", tb=False),
    -2: Rule("unphysical TB", tb=False),
    -3: Rule("error in geolocation", tb=False, position=False),
    -4: Rule("missing in one channel", tb=True),
    -5: Rule("missing in several channels", tb=True),
    -6: Rule("position out of range", tb=False, position=False),
    -7: Rule("status mode not normal", tb=False),
    -10: Rule("no co-registered pixel", tb=False),
    -99: Rule("quality missing", tb=False),
}
"""Codes of `Quality` (PPS 1C file specification, L1C ATBD 1.6). -4 and -5 keep the channels that are not missing: a dead
channel, as 37V of F17 or 150H of F18, must not cost the others. -10 is the pixel without a partner in S2 of 1C-R files."""

_UNKNOWN = Rule("unknown quality code", tb=False)


@dataclass(frozen=True)
class Screened:
    """TB (scan, pixel, channel) and positions (scan, pixel) with NaN where masked, and the number of pixels by reason."""

    tb: NDArray[np.float32]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    counts: dict[str, int]


def screen(tb: NDArray[Any], latitude: NDArray[Any], longitude: NDArray[Any], quality: NDArray[np.int8]) -> Screened:
    """Apply the policy; inputs are NaN where the file has its fill value, `quality` keeps the file's codes.

    Counted are pixels by quality code and, among those that their code keeps, by position missing or out of range; then,
    where the position is good, by a TB outside 40 to 350 K or a channel missing though the code does not say so.
    """
    tb, latitude, longitude = tb.astype(np.float32), latitude.astype(np.float64), longitude.astype(np.float64)
    counts: Counter[str] = Counter()
    keep = np.zeros(quality.shape, dtype=bool)
    for code, number in zip(*np.unique(quality, return_counts=True), strict=True):
        rule = RULES.get(int(code), _UNKNOWN)
        here = quality == code
        keep |= here & rule.tb
        if not rule.position:
            latitude[here], longitude[here] = np.nan, np.nan
        if code != 0:
            counts[rule.meaning] += int(number)

    outside = (np.abs(latitude) > 90) | (np.abs(longitude) > 180)
    placed = np.isfinite(latitude) & np.isfinite(longitude) & ~outside
    latitude[~placed], longitude[~placed] = np.nan, np.nan
    counts["position out of range"] += int((keep & outside).sum())
    counts["position missing"] += int((keep & ~placed & ~outside).sum())
    keep &= placed

    present = np.isfinite(tb)
    unphysical = present & ((tb < TB_MIN_K) | (tb > TB_MAX_K))
    counts[f"TB outside {TB_MIN_K:g} to {TB_MAX_K:g} K"] += int((keep & unphysical.any(axis=2)).sum())
    counts["TB missing in a good pixel"] += int((keep & (quality >= 0) & ~present.all(axis=2) & ~unphysical.any(axis=2)).sum())
    tb[unphysical | ~keep[:, :, None]] = np.nan
    return Screened(tb, latitude, longitude, {reason: number for reason, number in counts.items() if number})
