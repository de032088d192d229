"""1C-R: every swath group of a granule on the pixels of its first, by nearest neighbour, as PPS delivers GMI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.swath import Swath

NO_PARTNER = -10
"""`Quality` where no pixel of the group lies near."""
NEAR_KM = 8.0
"""Half the diagonal of GMI's sampling, 5.3 x 13.5 km, and a little for its curvature."""


def co_registered(swaths: Sequence[Swath]) -> list[Swath]:
    """The swaths on scans and pixels of the first: what lies nearest within 8 km, with its own position, TB and quality."""
    first, *others = swaths
    return [first, *(_onto(first, swath) for swath in others)]


def _onto(first: Swath, swath: Swath) -> Swath:
    there, here = (np.isfinite(one.latitude) for one in (swath, first))
    tree = cKDTree(unit_vectors(swath.latitude[there], swath.longitude[there]))
    distance, nearest = tree.query(
        unit_vectors(first.latitude[here], first.longitude[here]), distance_upper_bound=NEAR_KM / EARTH_RADIUS_KM
    )
    near = np.isfinite(distance)
    placed = np.zeros(first.shape, bool)
    placed[here] = near
    source = np.flatnonzero(there)[nearest[near]]

    def taken(values: np.ndarray, absent: float) -> np.ndarray:
        flat = values.reshape(swath.latitude.size, -1)
        result = np.full((*first.shape, flat.shape[1]), absent, values.dtype)
        result[placed] = flat[source]
        return result.reshape(*first.shape, *values.shape[2:])

    return replace(
        swath,
        tb=taken(swath.tb, np.nan),
        latitude=taken(swath.latitude, np.nan),
        longitude=taken(swath.longitude, np.nan),
        incidence=taken(swath.incidence, np.nan),
        quality=taken(swath.quality, NO_PARTNER),
        time=first.time,
    )
