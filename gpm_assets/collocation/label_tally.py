"""What the labels of a month are, in numbers: summed granule by granule, whatever a month holds."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gpm_assets.collocation.radar import RadarMatch
from gpm_assets.collocation.training_sets import labels

WET_MM_H = 0.1
"""From which rain a pixel counts as rainy."""


def tally(matches: Iterable[RadarMatch]) -> dict[str, float | int | None]:
    """Of labelled pixels: number, mean rain (mm/h), share that is rainy, mean lag of the radar and its spread (s).

    None where there is no labelled pixel.
    """
    total = np.zeros(5)
    for match in matches:
        label = labels(match)
        known = np.isfinite(label)
        rain, lag = (part[known].astype(np.float64) for part in (label, match.lag_s))
        total += known.sum(), rain.sum(), (rain >= WET_MM_H).sum(), lag.sum(), (lag**2).sum()
    pixels = int(total[0])
    mean, wet, lag, square = total[1:] / max(pixels, 1)
    spread = np.sqrt(max(square - lag**2, 0.0))
    figures = {"mean_rain_mm_h": (mean, 4), "rain_fraction": (wet, 4), "mean_lag_s": (lag, 1), "lag_spread_s": (spread, 1)}
    return {
        "labelled_pixels": pixels,
        **{name: round(float(value), digits) if pixels else None for name, (value, digits) in figures.items()},
    }
