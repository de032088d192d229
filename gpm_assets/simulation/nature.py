"""Which simulated nature a granule is seen in: a seed, and the world whose physics and storms it has."""

from __future__ import annotations

from dataclasses import dataclass

from gpm_assets.errors import RequestError
from gpm_assets.simulation.morphology import WORLDS, Morphology
from gpm_assets.simulation.physics import PHYSICS, Physics


@dataclass(frozen=True)
class Nature:
    """World A is where methods are built, world B has other physics and is for tests alone; raises RequestError.

    Everything simulated is a function of this, of place and of time.
    """

    seed: int
    world: str = "A"

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise RequestError(f"the seed is {self.seed}; it must be 0 or more")
        if self.world not in WORLDS:
            raise RequestError(f"there is no simulated world {self.world!r}; there are {', '.join(WORLDS)}")

    @property
    def morphology(self) -> Morphology:
        """The shape of its storms."""
        return WORLDS[self.world]

    @property
    def physics(self) -> Physics:
        """Its radiation and antennas."""
        return PHYSICS[self.world]
