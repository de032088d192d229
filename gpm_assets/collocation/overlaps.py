"""Overlaps: where and when two swaths see the same place.

First by tiles of the two ground tracks, then by a kd-tree of the pixels that are left. The pair of a pixel is the nearest one
*within the time window*: near the poles a swath crosses itself, and the nearest pixel of all may be an hour old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gpm_assets.collocation.tiles import meeting_pixels, seconds_after
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.swath import Swath

WINDOW_S = 900.0
"""Fifteen minutes, the usual limit for precipitation scenes, and LATMOS' protocol."""
MAX_SEPARATION_KM = 7.5
"""Half the diagonal of GMI's sampling, 5.8 x 13.5 km: every place in the swath has a GMI pixel nearer than that."""


@dataclass(frozen=True, eq=False)
class Overlap:
    """Pairs of pixels (pair,): flat indices into either swath's (scan, pixel), separation in km, time of second minus first."""

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    separation_km: NDArray[np.float32]
    time_s: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.first)


Span = tuple[np.datetime64, np.datetime64]
"""First and last moment of a granule."""


def meetings(first: Sequence[Span], second: Sequence[Span], window_s: float = WINDOW_S) -> list[tuple[int, int]]:
    """Numbers of granules of two sensors whose times come within a window (s) of each other.

    Both lists are in order of start, and of stop: granules follow each other. So a granule's partners follow each other too.
    """
    if not first or not second:
        return []
    window = np.timedelta64(round(1000 * window_s), "ms")
    one, other = (np.array(spans, "datetime64[ms]") for spans in (first, second))
    low = np.searchsorted(other[:, 1], one[:, 0] - window).tolist()
    high = np.searchsorted(other[:, 0], one[:, 1] + window, side="right").tolist()
    return [(i, j) for i, (a, b) in enumerate(zip(low, high, strict=True)) for j in range(a, b)]


def overlap(
    first: Swath,
    second: Swath,
    *,
    window_s: float = WINDOW_S,
    max_separation_km: float = MAX_SEPARATION_KM,
    workers: int = -1,
) -> Overlap:
    """The nearest pixel of `second` for every pixel of `first`, among those within a time window (s) and a distance (km).

    `workers` threads search, -1 as many as there are cores. Pairs are in the order of `first`; a pixel without a position or a
    time has none.
    """
    since = _first_time(first)
    chosen = meeting_pixels(first, second, since, window_s, max_separation_km)
    sought, found = (_Pixels.of(swath, part, since) for swath, part in zip((first, second), chosen, strict=True))
    if not len(sought.index) or not len(found.index):
        return Overlap(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32))
    tree = cKDTree(found.places, compact_nodes=False, balanced_tree=False)
    distance, nearest = tree.query(sought.places, distance_upper_bound=max_separation_km, workers=workers)
    close = np.flatnonzero(np.isfinite(distance))
    distance, nearest = distance[close], nearest[close]
    late = np.flatnonzero(np.abs(found.seconds[nearest] - sought.seconds[close]) > window_s)
    distance[late], nearest[late] = _nearest_in_time(tree, found, sought.at(close[late]), window_s, max_separation_km)
    seen = np.isfinite(distance)
    close, distance, nearest = close[seen], distance[seen], nearest[seen]
    return Overlap(
        sought.index[close].astype(np.int32),
        found.index[nearest].astype(np.int32),
        distance.astype(np.float32),
        (found.seconds[nearest] - sought.seconds[close]).astype(np.float32),
    )


def _nearest_in_time(
    tree: cKDTree, found: _Pixels, sought: _Pixels, window_s: float, reach_km: float
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Distance to and number of the nearest pixel of a tree within the window, for pixels whose nearest of all is not; inf where
    none is. More and more neighbours are asked for until all are within reach."""
    distance, nearest = np.full(len(sought.index), np.inf), np.zeros(len(sought.index), np.intp)
    open_, count = np.arange(len(sought.index)), 4
    while len(open_):
        count = min(4 * count, tree.n)
        apart, number = tree.query(sought.places[open_], k=count, distance_upper_bound=reach_km)
        apart, number = apart.reshape(len(open_), -1), np.minimum(number.reshape(len(open_), -1), tree.n - 1)
        inside = np.isfinite(apart) & (np.abs(found.seconds[number] - sought.seconds[open_, None]) <= window_s)
        hit, best = inside.any(axis=1), inside.argmax(axis=1)
        chosen = np.flatnonzero(hit)
        distance[open_[chosen]], nearest[open_[chosen]] = apart[chosen, best[chosen]], number[chosen, best[chosen]]
        open_ = open_[~hit & np.isfinite(apart[:, -1]) & (count < tree.n)]
    return distance, nearest


@dataclass(frozen=True, eq=False)
class _Pixels:
    """Pixels of a swath by flat `index`: `places` (pixel, 3) in km, `seconds` (pixel,) after a moment.

    Places are known to a metre, as files have them: sines in single precision take a fifth of the time of double ones.
    """

    index: NDArray[np.intp]
    places: NDArray[np.float64]
    seconds: NDArray[np.float64]

    def at(self, chosen: NDArray[np.intp]) -> _Pixels:
        """Some of the pixels."""
        return _Pixels(self.index[chosen], self.places[chosen], self.seconds[chosen])

    @staticmethod
    def of(swath: Swath, chosen: NDArray[np.bool_], since: np.datetime64) -> _Pixels:
        """The chosen pixels (scan, pixel) that have a position and a time."""
        index = np.flatnonzero(chosen)
        single = (part.reshape(-1)[index].astype(np.float32) for part in (swath.latitude, swath.longitude))
        places = EARTH_RADIUS_KM * unit_vectors(*single).astype(np.float64)
        seconds = seconds_after(since, swath.time)[index // max(swath.shape[1], 1)]
        known = np.isfinite(places[:, 0]) & np.isfinite(seconds)
        found = _Pixels(index, places, seconds)
        return found if known.all() else found.at(np.flatnonzero(known))


def _first_time(swath: Swath) -> np.datetime64:
    known = swath.time[~np.isnat(swath.time)]
    return known[0] if len(known) else np.datetime64(0, "ms")
