"""Verifying a granule before anything is computed from it: readable to the last value, and what the request asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gpm_assets.constellation.radar import RADAR_PRODUCTS
from gpm_assets.constellation.rival import GPROF, gprof_of
from gpm_assets.errors import GranuleError
from gpm_assets.granules.gprof import read_gprof
from gpm_assets.granules.identity import Granule, identify
from gpm_assets.granules.radar import read_radar
from gpm_assets.granules.read import read_1c

_PRODUCTS = {name: product for product, name in RADAR_PRODUCTS.items()}
"""Products of the radar by the name in headers; others are a sensor of the instrument table with level 1C, or its GPROF."""


@dataclass(frozen=True)
class Verified:
    """A granule that could be read in full: share of valid values, and pixels masked by reason."""

    granule: Granule
    valid_fraction: float
    counts: dict[str, int]


def product_of(granule: Granule) -> str | None:
    """The product that a granule belongs to; None for files that no product uses (1C-R, 2A-Ku, 2A-CLIM ...)."""
    if granule.product.startswith(GPROF):
        return gprof_of(granule.sensor_name) if granule.known and granule.level == "2A" else None
    return granule.sensor_name if granule.level == "1C" else _PRODUCTS.get(granule.product)


def verify(path: Path, product: str | None = None) -> Verified:
    """Read a granule in full and check that it is one of `product` where given; raises GranuleError with the reason."""
    granule = identify(path)
    if product is not None and product_of(granule) != product:
        raise GranuleError(f"{path}: is a {granule.product} file of {granule.sensor_name}, expected {product}")
    return _radiometer(path, granule) if granule.level.startswith("1C") else _rain(path, granule)


def _radiometer(path: Path, granule: Granule) -> Verified:
    swaths = read_1c(path)
    counts: Counter[str] = Counter()
    for swath in swaths:
        counts.update(swath.counts)
    values = sum(swath.tb.size for swath in swaths)
    valid = sum(int(np.isfinite(swath.tb).sum()) for swath in swaths)
    return Verified(granule, valid / values if values else 0.0, dict(counts))


def _rain(path: Path, granule: Granule) -> Verified:
    swath = read_gprof(path) if granule.product.startswith(GPROF) else read_radar(path)
    valid = np.isfinite(swath.rain_mm_h)
    return Verified(granule, float(valid.mean()) if valid.size else 0.0, dict(swath.counts))
