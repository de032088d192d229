"""Where GMI looks: the share of its pixels by latitude band and surface, and the weights that give it back to overlaps.

Overlaps are not global: a third lies poleward of 60 degrees, tropical ones come in bursts. What is learned or chosen on them is
weighted so that bands and surfaces count as they do in GMI's own view (design decision 7).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import INSTRUMENTS, REFERENCE
from gpm_assets.geography import zones
from gpm_assets.geography.land import land_fraction

PRECESSION_DAYS = 82
"""GMI's orbit turns once about the sun in that time: then every place has been seen at every local time."""
_STEP_S = 401.0
"""Between sampled scans: no simple part of an orbit of 5555 s, so that all places get their turn; 17,700 scans."""
_PIXELS = 12
"""Of a sampled scan: places 100 km apart."""
MAX_WEIGHT = 5.0
"""Most that a pair of a rare kind counts: a few pixels of one storm must not speak for a whole zone."""

BANDS, SURFACES = len(zones.LATITUDE_BANDS), len(zones.SURFACES)


@cache
def gmi_shares() -> NDArray[np.float64]:
    """Share (latitude band, surface) of GMI's pixels over a precession cycle of its nominal orbit; they sum to 1."""
    row = INSTRUMENTS[REFERENCE]
    count = int(PRECESSION_DAYS * 86400 / _STEP_S)
    time = row.orbit.epoch.astype("datetime64[ms]") + np.rint(np.arange(count) * _STEP_S * 1e3).astype("timedelta64[ms]")
    where = scan(row, replace(row.group(row.reference_group), pixels=_PIXELS), time)
    counts = count_kinds(zones.latitude_band(where.latitude), zones.surface(land_fraction(where.latitude, where.longitude)))
    return counts / counts.sum()


def count_kinds(
    band: NDArray[np.int8], surface: NDArray[np.int8], weight: NDArray[np.floating] | None = None
) -> NDArray[np.float64]:
    """Number, or sum of weights, (latitude band, surface) of places of any shape by their codes; unknown places do not count."""
    band, surface = band.reshape(-1), surface.reshape(-1)
    known = (band >= 0) & (surface >= 0)
    kind = band[known].astype(np.intp) * SURFACES + surface[known]
    weights = None if weight is None else weight.reshape(-1)[known]
    return np.bincount(kind, weights, BANDS * SURFACES).astype(np.float64).reshape(BANDS, SURFACES)


def weights(band: NDArray[np.int8], surface: NDArray[np.int8], weight: NDArray[np.floating] | None = None) -> NDArray[np.float64]:
    """Factors (n,) that bring samples (n,), counted by `weight`, to GMI's shares of bands and surfaces.

    Their weighted mean is 1, no factor is above 5; kinds that no sample has stay without a say. 0 for unknown places.
    """
    counts = count_kinds(band, surface, weight)
    if not counts.any():
        return np.zeros(band.shape)
    wanted = np.where(counts > 0, gmi_shares(), 0.0)
    factors = np.divide(wanted / wanted.sum(), counts / counts.sum(), out=np.zeros_like(counts), where=counts > 0)
    for _ in range(10):  # what a capped kind leaves over goes to the others
        factors = np.minimum(factors, MAX_WEIGHT)
        factors *= counts.sum() / (factors * counts).sum()
    known = (band >= 0) & (surface >= 0)
    return np.where(known, np.minimum(factors, MAX_WEIGHT)[np.maximum(band, 0), np.maximum(surface, 0)], 0.0)


def table(counts: NDArray[np.float64]) -> list[dict[str, object]]:
    """Rows for people: samples of every band and surface, their share, GMI's share."""
    total = max(float(counts.sum()), 1.0)
    return [
        {
            "latitude_band": band,
            "surface": surface,
            "samples": int(counts[i, j]),
            "share": round(float(counts[i, j]) / total, 4),
            "gmi_share": round(float(gmi_shares()[i, j]), 4),
        }
        for i, band in enumerate(zones.LATITUDE_BANDS)
        for j, surface in enumerate(zones.SURFACES)
    ]
