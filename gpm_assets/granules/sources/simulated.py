"""The embedded default source: granules of the simulated constellation, made when they are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from gpm_assets.granules.sources import Offer
from gpm_assets.provenance import code_hash
from gpm_assets.simulation.granules import granule_name, simulate_granule
from gpm_assets.simulation.plan import PlanConfig, PlannedGranule, plan


@dataclass(frozen=True)
class SimulatedSource:
    """Granules that a plan asks for; `config` holds the seed that the world follows from."""

    config: PlanConfig
    name: str = "simulated"
    world: str = "simulated"

    def offers(self, product: str, month: str) -> Sequence[Offer]:
        """Offers in order of start; raises RequestError for an unknown sensor or a month outside its life."""
        return [_offer(planned, self.config.seed) for planned in plan(product, month, self.config)]


def _offer(planned: PlannedGranule, seed: int) -> Offer:
    content = f"{code_hash(simulate_granule.__module__)} {seed} {planned.product} {planned.number} {planned.start} {planned.stop}"
    return Offer(
        name=granule_name(planned),
        key=hashlib.sha256(content.encode()).hexdigest(),
        make=partial(simulate_granule, planned, seed),
    )
