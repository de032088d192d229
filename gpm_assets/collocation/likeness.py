"""How alike the two sides of an overlap are: variability of the scene, and the shift that parallax and motion make.

Both look at the channel nearest to 89 GHz: every radiometer of the constellation but SAPHIR has one, and storms stand out in it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from gpm_assets.collocation.overlaps import Overlap
from gpm_assets.constellation.instruments import instrument
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.swath import Swath

Float = NDArray[np.float64]

SCENE_GHZ = 89.0
_AROUND = 3
"""Pixels along either side of the square whose spread is the variability."""
_WINDOW = 9
"""Pixels along either side of the square in which two scenes are laid over each other: 50 x 120 km, a storm."""
_GAIN, _CORRELATION = 0.03, 0.6
"""A shift must raise the correlation by that much, to at least that much: in a scene without features none is worth it."""
_FEATURELESS_K2 = 0.01
"""Variance below which a window holds rounding alone."""
_LEAST_KNOWN = 0.5
"""Share of a window that both sensors must have seen."""


def scene(swath: Swath) -> Float:
    """TB (scan, pixel) in K of the swath's channel nearest to 89 GHz, vertical where there are two."""
    frequency = {channel.name: (channel.frequency_ghz, channel.polarisation) for channel in instrument(swath.sensor).channels}
    name = min(swath.channels, key=lambda one: (abs(frequency[one][0] - SCENE_GHZ), "V" not in frequency[one][1]))
    return swath.channel(name).astype(np.float64)


def variability(swath: Swath) -> NDArray[np.float32]:
    """Standard deviation (scan, pixel) in K of `scene` over the valid ones of 3 x 3 pixels, NaN where the pixel has no TB."""
    tb = scene(swath)
    known = np.isfinite(tb)
    share, mean, square = (uniform_filter(part, _AROUND, mode="constant") for part in _moments(tb, known))
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(np.maximum(square / share - (mean / share) ** 2, 0.0))
    return np.where(known, spread, np.nan).astype(np.float32)


def pair_variability(pairs: Overlap, first: Swath, second: Swath) -> NDArray[np.float32]:
    """The larger of both sensors' variability (pair,) in K, NaN where neither is known."""
    return np.fmax(variability(first).reshape(-1)[pairs.first], variability(second).reshape(-1)[pairs.second])


def shifted(pairs: Overlap, first: Swath, second: Swath, reach: int = 2) -> Overlap:
    """The pairs, each moved by up to `reach` scans and pixels of `second` to where both scenes correlate best around it.

    Ice at 8 km is seen 10 km off by a view of 53 degrees, and rain moves on in 15 minutes. A pair stays where it is unless the
    shift makes both scenes clearly more alike, and where it would leave the swath. Times may leave the window by some scans.
    """
    rows = slice(pairs.first.min() // first.shape[1], pairs.first.max() // first.shape[1] + 1) if len(pairs) else slice(0, 0)
    shape = (rows.stop - rows.start, first.shape[1])
    place = pairs.first - rows.start * first.shape[1]
    one, other = scene(first)[rows], scene(second).reshape(-1)
    scan, pixel = np.divmod(pairs.second, second.shape[1])
    moves = sorted(np.ndindex(2 * reach + 1, 2 * reach + 1), key=lambda step: abs(step[0] - reach) + abs(step[1] - reach))
    best, chosen = np.full(len(pairs), -np.inf), pairs.second.copy()
    for number, step in enumerate(moves):
        s, p = scan + step[0] - reach, pixel + step[1] - reach
        inside = (s >= 0) & (s < second.shape[0]) & (p >= 0) & (p < second.shape[1])
        moved = np.where(inside, s * second.shape[1] + p, 0)
        image = np.full(shape[0] * shape[1], np.nan)
        image[place] = np.where(inside, other[moved], np.nan)
        likeness = _correlation(one, image.reshape(shape)).reshape(-1)[place]
        likeness[~inside] = -np.inf
        if number == 0:
            needed = np.maximum(likeness + _GAIN, _CORRELATION)
            best = np.where(np.isfinite(likeness), needed, np.inf)
        better = likeness > best
        best[better], chosen[better] = likeness[better], moved[better]
    return _repaired(pairs, first, second, chosen)


def _repaired(pairs: Overlap, first: Swath, second: Swath, chosen: NDArray[np.int32]) -> Overlap:
    """The pairs with other pixels of `second`: their separation and time follow."""
    here, there = (
        EARTH_RADIUS_KM * unit_vectors(swath.latitude.reshape(-1)[index], swath.longitude.reshape(-1)[index])
        for swath, index in ((first, pairs.first), (second, chosen))
    )
    lag = (second.time[chosen // second.shape[1]] - first.time[pairs.first // first.shape[1]]) / np.timedelta64(1, "s")
    known = np.isfinite(there[:, 0]) & np.isfinite(lag) & (chosen != pairs.second)
    apart = np.linalg.norm(there - here, axis=1)
    return replace(
        pairs,
        second=np.where(known, chosen, pairs.second).astype(np.int32),
        separation_km=np.where(known, apart, pairs.separation_km).astype(np.float32),
        time_s=np.where(known, lag, pairs.time_s).astype(np.float32),
    )


def _moments(tb: Float, known: NDArray[np.bool_]) -> tuple[Float, Float, Float]:
    """1, TB and its square where it is known, else 0; TB about 250 K, so that squares keep their digits."""
    centred = np.where(known, tb - 250.0, 0.0)
    return known.astype(np.float64), centred, centred**2


def _correlation(one: Float, other: Float) -> Float:
    """Pearson's r (scan, pixel) of two images in the window about each pixel; -inf where too little of it is known."""
    known = np.isfinite(one) & np.isfinite(other)
    (share, x, xx), (_, y, yy) = _moments(one, known), _moments(other, known)
    share, x, y, xx, yy, xy = (uniform_filter(part, _WINDOW, mode="constant") for part in (share, x, y, xx, yy, x * y))
    spread_x, spread_y = share * xx - x * x, share * yy - y * y
    clear = (share >= _LEAST_KNOWN) & (np.minimum(spread_x, spread_y) > _FEATURELESS_K2 * share**2)
    r = np.full_like(share, -np.inf)
    r[clear] = (share * xy - x * y)[clear] / np.sqrt(spread_x[clear] * spread_y[clear])
    return r
