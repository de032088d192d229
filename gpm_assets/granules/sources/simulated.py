"""The embedded default source: granules of the simulated constellation, made when they are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from gpm_assets.granules.sources import Offer
from gpm_assets.granules.write import Level
from gpm_assets.provenance import code_hash
from gpm_assets.simulation.granules import granule_name, simulate_granule
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.plan import PlanConfig, PlannedGranule, plan


@dataclass(frozen=True)
class SimulatedSource:
    """Granules that a plan asks for, seen in a nature; `world` labels what is made of them, see `Settings.world`."""

    config: PlanConfig
    nature: Nature
    name: str = "simulated"
    world: str = "simulated"

    def offers(self, product: str, month: str) -> Sequence[Offer]:
        """Offers in order of start; raises RequestError for an unknown sensor or a month outside its life."""
        return [offer(planned, self.nature) for planned in plan(product, month, self.config)]


def offer(planned: PlannedGranule, nature: Nature, version: str = "V07A", level: Level = "1C") -> Offer:
    """The offer of one planned granule as a file of a version and, of a radiometer, a level; raises GranuleError for others.

    Its key covers code, plan, nature, version and level: files of one key are equal to the byte.
    """
    plan_of_it = (planned.product, planned.number, planned.start, planned.stop)
    parts = (code_hash(simulate_granule.__module__), *plan_of_it, nature.seed, nature.world, version, level)
    return Offer(
        name=granule_name(planned, version=version, level=level),
        key=hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest(),
        make=partial(simulate_granule, planned, nature, version=version, level=level),
    )
