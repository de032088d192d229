"""Jobs: assets of one job share one partitions definition."""

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
    retrieval,
    retrievals,
    scores,
    swaths,
    translation_training_set,
    translators,
    truth,
)
from models.retrievals import RETRIEVALS
from models.translators import METHODS

land_sensor_month = dg.define_asset_job(
    "land_sensor_month",
    dg.AssetSelection.assets(granules.GRANULES, swaths.SWATHS),
    description="Land a radiometer's month and put it on the GMI-like sampling.",
)
collocate_month = dg.define_asset_job(
    "collocate_month",
    dg.AssetSelection.assets(granules.RADAR_GRANULES, matches.MATCHES),
    description="Land the radar's month and match it with GMI's swaths.",
)
overlap_sensor_month = dg.define_asset_job(
    "overlap_sensor_month",
    dg.AssetSelection.assets(overlaps.OVERLAPS),
    description="Find where a partner and GMI see the same place.",
)
overlap_month = dg.define_asset_job(
    "overlap_month",
    dg.AssetSelection.assets(overlaps.SENSOR_OVERLAPS),
    description="Find where any two partners see the same place.",
)
truth_sensor_month = dg.define_asset_job(
    "truth_sensor_month",
    dg.AssetSelection.assets(truth.TRUTH),
    description="Compute the simulated truth of a sensor's month.",
)
examine_world = dg.define_asset_job(
    "examine_world",
    dg.AssetSelection.assets(realism.REALISM),
    description="Hold the simulated world against real statistics.",
)
train_drain = dg.define_asset_job(
    "train_drain",
    dg.AssetSelection.assets(drain_training_set.DRAIN_SET, retrieval.RETRIEVAL),
    description="Cut DRAIN's training set and train it.",
)
train_rivals = dg.define_asset_job(
    "train_rivals",
    dg.AssetSelection.assets(*(retrievals.asset_name(method) for method in RETRIEVALS if method != retrieval.METHOD)),
    description="Train what DRAIN is held against: other DRAINs and pixel rivals.",
)
train_translators = dg.define_asset_job(
    "train_translators",
    dg.AssetSelection.assets(
        translation_training_set.TRANSLATION_SET,
        *(translators.asset_name(method) for method in METHODS if method != translators.IDENTITY),
    ),
    description="Cut a partner's training set and fit every method.",
)
train_quick_translators = dg.define_asset_job(
    "train_quick_translators",
    dg.AssetSelection.assets(
        translation_training_set.TRANSLATION_SET,
        *map(translators.asset_name, translators.quick_methods()),
    ),
    description="Cut a partner's training set and fit the methods that take seconds, and an improved CycleGAN.",
)
register_identity = dg.define_asset_job(
    "register_identity",
    dg.AssetSelection.assets(translators.asset_name(translators.IDENTITY)),
    description="Register GMI's own translator, the identity.",
)
score_sensor_month = dg.define_asset_job(
    "score_sensor_month",
    dg.AssetSelection.assets(scores.RAIN_SCORES, scores.TB_SCORES),
    description="Score every registered candidate on a sensor's month.",
)
choose_champion = dg.define_asset_job(
    "choose_champion",
    dg.AssetSelection.assets(champion.CHAMPION),
    description="Let the gate move the alias champion.",
)
make_products = dg.define_asset_job(
    "make_products",
    dg.AssetSelection.assets(products.PSEUDO_TB, products.PRECIPITATION),
    description="Translate and retrieve a sensor's month with the champion.",
)
monthly = dg.define_asset_job(
    "monthly",
    dg.AssetSelection.assets(granules.GRANULES, swaths.SWATHS, products.PSEUDO_TB, products.PRECIPITATION),
    description="A closed month of a sensor from granules to rain.",
)
compare = dg.define_asset_job(
    "compare", dg.AssetSelection.assets(leaderboard.LEADERBOARD), description="Compare all methods on the test months."
)

JOBS = (
    land_sensor_month,
    collocate_month,
    overlap_sensor_month,
    overlap_month,
    truth_sensor_month,
    examine_world,
    train_drain,
    train_rivals,
    train_translators,
    train_quick_translators,
    register_identity,
    score_sensor_month,
    choose_champion,
    make_products,
    monthly,
    compare,
)
