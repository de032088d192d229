"""The surface of a pixel from its land fraction."""

from __future__ import annotations

import torch
from torch import Tensor

from models.conditions import LAND_LIMIT, SEA_LIMIT, SURFACES


def surface_of(land_fraction: Tensor) -> Tensor:
    """Numbers of `SURFACES` of land fractions in [0, 1], any shape; unknown ones count as coast."""
    codes = torch.full_like(land_fraction, SURFACES.index("coast"), dtype=torch.long)
    codes[land_fraction <= SEA_LIMIT] = SURFACES.index("sea")
    codes[land_fraction >= LAND_LIMIT] = SURFACES.index("land")
    return codes
