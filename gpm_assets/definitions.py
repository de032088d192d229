"""The whole platform on one page: everything that the Dagster UI shows."""

from __future__ import annotations

import dagster as dg

from gpm_assets.assets import (
    champion,
    drain_training_set,
    granules,
    leaderboard,
    matches,
    overlaps,
    products,
    realism,
    retrievals,
    scores,
    swaths,
    translation_training_set,
    translators,
    truth,
)
from gpm_assets.automation.jobs import JOBS
from gpm_assets.automation.schedules import monthly_products
from gpm_assets.resources.accelerator import AcceleratorResource
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.registry import RegistryResource

defs = dg.Definitions(
    assets=[
        granules.level1c_granules,
        granules.radar_granules,
        swaths.swaths,
        truth.simulated_truth,
        realism.simulation_realism,
        matches.gmi_radar_matches,
        overlaps.gmi_overlaps,
        overlaps.sensor_overlaps,
        drain_training_set.drain_training_set,
        *retrievals.ASSETS,
        translation_training_set.translation_training_set,
        *translators.TRANSLATORS,
        scores.scores,
        champion.translator_champion,
        products.products,
        leaderboard.leaderboard,
    ],
    asset_checks=[realism.realism_within_limits],
    jobs=JOBS,
    schedules=[monthly_products],
    resources={"home": HomeResource(), "registry": RegistryResource(), "accelerator": AcceleratorResource()},
)
