"""The physics of radiation and antennas in world A, where methods are trained, and in world B, on which they are only tested.

Both are plausible. What differs in storms, drops and habits of ice is `morphology`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Physics:
    """What radiative transfer and antennas assume beyond the fields of the world; factors about 1, offsets about 0.

    `ice_size`: factor on the diameter of ice of a given mass. `ice_polarisation`: by which share the extinction of H by oriented
    ice exceeds the mean, and of V falls short, at 53 degrees (tuned to the 5 to 10 K of 166 GHz: Gong and Wu 2017).
    `sea_roughness`: factor on what wind adds to the sea's emissivity. `land_emissivity` is added on land, `snow_emissivity` on
    snow and sea ice, there at 89 GHz and in proportion to frequency.
    `antenna_tail`: share of the energy that an antenna receives from a pattern `antenna_tail_width` times as wide as its beam.
    """

    ice_size: float = 1.0
    ice_polarisation: float = 0.14
    sea_roughness: float = 1.0
    land_emissivity: float = 0.0
    snow_emissivity: float = 0.0
    antenna_tail: float = 0.03
    antenna_tail_width: float = 3.0


PHYSICS: Mapping[str, Physics] = MappingProxyType(
    {
        "A": Physics(),
        "B": Physics(
            ice_size=1.2,
            ice_polarisation=0.20,
            sea_roughness=0.85,
            land_emissivity=0.008,
            snow_emissivity=-0.03,
            antenna_tail=0.06,
            antenna_tail_width=4.0,
        ),
    }
)
"""Physics by the name of the world."""
