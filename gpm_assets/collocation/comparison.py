"""Rain proxies of a partner and of GMI at the same places: what calibrates the partner's thresholds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gpm_assets.collocation import climatology, strata
from gpm_assets.collocation.overlaps import Overlap
from gpm_assets.collocation.patches import cut, windows
from gpm_assets.collocation.training_sets import MIN_OVERLAPPED
from gpm_assets.geography import zones
from gpm_assets.geography.land import land_fraction
from gpm_assets.swath import Swath

Values = NDArray[np.float32]


class Comparison:
    """Rain of both sensors at the same places, overpass by overpass, and the latitude band and surface of each place."""

    def __init__(self) -> None:
        self._partner: list[Values] = []
        self._gmi: list[Values] = []
        self._kinds: list[NDArray[np.int8]] = []

    def add(self, swath: Swath, partner: Values, gmi: Values, index: NDArray[np.integer]) -> None:
        """Rain (n,) in mm/h at flat pixels `index` (n,) of a swath."""
        latitude, longitude = (values.reshape(-1)[index] for values in (swath.latitude, swath.longitude))
        self._partner.append(partner)
        self._gmi.append(gmi)
        self._kinds.append(np.stack([zones.latitude_band(latitude), zones.surface(land_fraction(latitude, longitude))]))

    @property
    def rain(self) -> tuple[Values, Values]:
        """All rain (n,) of the partner and of GMI in mm/h."""
        nothing = np.zeros(0, np.float32)
        return np.concatenate([nothing, *self._partner]), np.concatenate([nothing, *self._gmi])

    def thresholds(self, of_gmi: tuple[float, ...]) -> tuple[float, ...]:
        """Thresholds that the partner exceeds as often as GMI does `of_gmi`, where places count as in GMI's own view."""
        partner, gmi = self.rain
        kinds = np.concatenate([np.zeros((2, 0), np.int8), *self._kinds], axis=1)
        return strata.calibrated_thresholds(gmi, partner, of_gmi, climatology.weights(kinds[0], kinds[1]))


def paired_peaks(
    partner: NDArray[np.float32], gmi: NDArray[np.float32], pairs: Overlap, size: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp]]:
    """What both sensors' proxies (scan, pixel) in mm/h reach in windows of the partner that half lie in an overlap.

    Peaks (window,) of the partner and of GMI over the pixels that both know, and the partner's flat pixel in the middle.
    """
    placed = np.full(partner.shape, np.nan, np.float32)
    placed.reshape(-1)[pairs.first] = gmi.reshape(-1)[pairs.second]
    known = np.isfinite(partner) & np.isfinite(placed)
    found = windows(known, size, MIN_OVERLAPPED)
    ours, theirs = (strata.peaks(cut(np.where(known, rain, np.nan), found, size)) for rain in (partner, placed))
    middle = found + size // 2
    return ours, theirs, middle[:, 0] * partner.shape[1] + middle[:, 1]
