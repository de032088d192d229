"""Overlaps: where and when two swaths see the same place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

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


def overlap(first: Swath, second: Swath, *, window_s: float = WINDOW_S, max_separation_km: float = MAX_SEPARATION_KM) -> Overlap:
    """Nearest pixel of `second` for every pixel of `first`, within a time window and a distance.

    Swaths whose times lie farther apart than the window are rejected before any search.
    """
    nothing = Overlap(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32))
    window = np.timedelta64(round(window_s * 1000), "ms")
    rows = _rows_within(first.time, second.time, window)
    other_rows = _rows_within(second.time, first.time, window)
    if not len(rows) or not len(other_rows):
        return nothing
    one, one_index = _positions(first, rows)
    other, other_index = _positions(second, other_rows)
    if not len(one) or not len(other):
        return nothing
    distance, nearest = cKDTree(other, compact_nodes=False, balanced_tree=False).query(
        one, distance_upper_bound=max_separation_km
    )
    close = np.isfinite(distance)
    a, b = one_index[close], other_index[nearest[close]]
    lag = (second.time[b // second.shape[1]] - first.time[a // first.shape[1]]).astype("timedelta64[ms]").astype(
        np.float64
    ) / 1000
    kept = np.abs(lag) <= window_s
    return Overlap(
        a[kept].astype(np.int32), b[kept].astype(np.int32), distance[close][kept].astype(np.float32), lag[kept].astype(np.float32)
    )


def _rows_within(time: NDArray[np.datetime64], other: NDArray[np.datetime64], window: np.timedelta64) -> NDArray[np.intp]:
    known = other[~np.isnat(other)]
    if not len(known):
        return np.zeros(0, np.intp)
    return np.flatnonzero((time >= known.min() - window) & (time <= known.max() + window))


def _positions(swath: Swath, rows: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Positions in km (n, 3) of the valid pixels of some rows, and their flat indices."""
    vectors = unit_vectors(swath.latitude[rows], swath.longitude[rows]).reshape(-1, 3) * EARTH_RADIUS_KM
    index = (rows[:, None] * swath.shape[1] + np.arange(swath.shape[1])).reshape(-1)
    valid = np.isfinite(vectors[:, 0])
    return vectors[valid], index[valid]
