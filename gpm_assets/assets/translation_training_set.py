"""A partner's training set: unpaired patches of both domains with their strata, and weak pairs of pixels from overlaps.

Rain strata are cut by absolute thresholds on a proxy: DRAIN on linearly translated TB for the partner, DRAIN itself for GMI. The
partner's thresholds are set where it exceeds them as often as GMI does on the training overlaps.
"""

from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import torch

from gpm_assets import provenance
from gpm_assets.assets import overlaps, retrieval, stage
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.assets.drain_training_set import learning_months
from gpm_assets.collocation import calendar, strata
from gpm_assets.collocation import training_sets as sets
from gpm_assets.collocation.overlaps import Overlap
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.errors import RequestError
from gpm_assets.inference.retrieval import retrieve
from gpm_assets.partitions import sensor_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.registry import Registry
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.registry import RegistryResource
from gpm_assets.settings import Home
from gpm_assets.swath import Swath
from models.packs import PackInfo, PackWriter, Pairs, write_pairs
from models.translators.base import OUTPUTS
from models.translators.linear import Linear, LinearConfig, pair_moments, ridge

TRANSLATION_SET = "translation_training_set"
SOURCE, TARGET, PAIRS = "source", "target", "pairs"
PAIRS_PER_OVERPASS = 20_000
"""Neighbouring pixels repeat each other: more pairs of one overpass add little to a ridge."""
PROXY_RIDGE_K2 = 0.25
_MODULES = ("gpm_assets.collocation.training_sets", "gpm_assets.inference.retrieval", "models.packs", "models.translators.linear")


def folder(home: Home, sensor: str) -> Path:
    """Where the set of a sensor lies."""
    return home.folder(TRANSLATION_SET, sensor)


def recipe(home: Home, registry: Registry, sensor: str) -> Recipe:
    """The set follows from both sensors' swaths, their overlaps, and DRAIN, whose rain is the proxy."""
    if sensor == REFERENCE:
        raise RequestError(f"{REFERENCE} needs no training set: its registered translator is the identity")
    home.settings.require_learnable()
    months = learning_months(home, overlaps.OVERLAPS, sensor)
    if not months:
        raise RequestError(
            f"no month of {overlaps.OVERLAPS} of {sensor} trains or validates: materialise some outside its test year"
        )
    inputs = {retrieval.MODEL: retrieval.champion(home, registry).tags["fingerprint"]}
    for month in months:
        inputs[f"{overlaps.OVERLAPS} {month}"] = stage.content(home, overlaps.OVERLAPS, sensor, month)
        for name in (sensor, REFERENCE):
            inputs[f"{name} {month}"] = stage.content(home, swath_stage.SWATHS, name, month)
    training = home.settings.training
    config = {"patch": training.patch, "patches_per_granule": training.patches_per_granule, "calendar": calendar.table(sensor)}
    return stage.recipe(home, TRANSLATION_SET, sensor, inputs=inputs, config=config, modules=_MODULES)


def make(home: Home, registry: Registry, sensor: str) -> Artefact:
    """Cut patches of both domains and collect weak pairs."""
    wanted = recipe(home, registry, sensor)
    return provenance.build(folder(home, sensor), wanted, lambda work: _Writer(home, registry, sensor, work).write())


class _Writer:
    """One pass to collect pairs, one to cut patches by strata that the pairs calibrate."""

    def __init__(self, home: Home, registry: Registry, sensor: str, work: Path) -> None:
        self.home, self.sensor, self.work = home, sensor, work
        self.months = learning_months(home, overlaps.OVERLAPS, sensor)
        self.drain = retrieval.load_champion(home, registry)
        self.proxies: dict[str, np.ndarray] = {}
        self.notes = {"calendar": calendar.table(sensor), "months": self.months}

    def write(self) -> dict[str, Any]:
        pairs = self._pairs()
        lift: Linear | None = None
        thresholds: tuple[float, ...] = strata.RAIN_THRESHOLDS_MM_H
        if len(pairs.select("train")):
            lift = _lift(pairs)
            thresholds = self._calibrated(lift)
        source = self._patches(SOURCE, self.sensor, lift, thresholds)
        target = self._patches(TARGET, REFERENCE, None, strata.RAIN_THRESHOLDS_MM_H)
        return {
            "months": self.months,
            "pairs": len(pairs),
            "rain_thresholds_mm_h": [round(value, 3) for value in thresholds],
            "source": sets.census(source),
            "target": sets.census(target),
        }

    def _pairs(self) -> Pairs:
        parts = []
        for month in self.months:
            partner = swath_stage.load_all(self.home, self.sensor, month)
            gmi = swath_stage.load_all(self.home, REFERENCE, month)
            for name, gmi_name, overlap in overlaps.load(self.home, self.sensor, month):
                parts.append(sets.weak_pairs(partner[name](), gmi[gmi_name](), overlap, PAIRS_PER_OVERPASS))
        channels = instrument(self.sensor).channel_names
        info = PackInfo(self.sensor, self.home.settings.world, channels, sets.GMI_CHANNELS, notes=self.notes)
        source, target, index = sets.joined_pairs(parts, len(channels))
        keep = sets.keep_learnable(index)
        return write_pairs(self.work / PAIRS, info, source[keep], target[keep], index[keep])

    def _calibrated(self, lift: Linear) -> tuple[float, ...]:
        """Rain thresholds of the partner, from proxies at the pixels of the training overlaps."""
        partner_rain, gmi_rain = [], []
        for month in self.months:
            if calendar.month_split(month, self.sensor) != "train":
                continue
            partner = swath_stage.load_all(self.home, self.sensor, month)
            gmi = swath_stage.load_all(self.home, REFERENCE, month)
            for name, gmi_name, overlap in overlaps.load(self.home, self.sensor, month):
                partner_rain.append(self._proxy(partner[name](), lift).reshape(-1)[overlap.first])
                gmi_rain.append(self._proxy(gmi[gmi_name](), None).reshape(-1)[overlap.second])
        if not partner_rain:
            return strata.RAIN_THRESHOLDS_MM_H
        return strata.calibrated_thresholds(np.concatenate(gmi_rain), np.concatenate(partner_rain))

    def _patches(self, name: str, sensor: str, lift: Linear | None, thresholds: tuple[float, ...]) -> list[np.ndarray]:
        training = self.home.settings.training
        info = PackInfo(sensor, self.home.settings.world, instrument(sensor).channel_names, notes=self.notes)
        indices = []
        with PackWriter.open(self.work / name, info, (training.patch, training.patch)) as writer:
            for month in self.months:
                overpasses = list(overlaps.load(self.home, self.sensor, month))
                for granule, load in swath_stage.load_all(self.home, sensor, month).items():
                    swath = load()
                    domain = sets.Domain(
                        swath, self._proxy(swath, lift), thresholds, self._overlapped(swath, granule, overpasses)
                    )
                    patches = sets.domain_patches(domain, training.patch, training.patches_per_granule)
                    writer.append(patches.tb, patches.index)
                    indices.append(patches.index)
        return indices

    @staticmethod
    def _overlapped(swath: Swath, granule: str, overpasses: list[tuple[str, str, Overlap]]) -> np.ndarray:
        """Where (scan, pixel) the other sensor saw the same place."""
        seen = np.zeros(swath.shape, bool)
        for partner, gmi, pairs in overpasses:
            if granule in (partner, gmi):
                seen.reshape(-1)[pairs.second if granule == gmi else pairs.first] = True
        return seen

    def _proxy(self, swath: Swath, lift: Linear | None) -> np.ndarray:
        """DRAIN's mean rain (scan, pixel) in mm/h on GMI's or linearly translated TB; NaN for a partner without a lift."""
        if swath.granule not in self.proxies:  # overlaps and patches ask for the same granules
            self.proxies[swath.granule] = self._rain(swath, lift)
        return self.proxies[swath.granule]

    def _rain(self, swath: Swath, lift: Linear | None) -> np.ndarray:
        if lift is None and swath.sensor != REFERENCE:
            return np.full(swath.shape, np.nan, np.float32)
        if lift is None:
            return retrieve(self.drain, swath.tb, swath.channels).mean_mm_h
        tb = torch.from_numpy(np.ascontiguousarray(np.moveaxis(swath.tb, -1, 0)))[None]
        translated = np.moveaxis(lift.translate(tb)[0].numpy(), 0, -1)
        return retrieve(self.drain, translated, lift.outputs).mean_mm_h


def _lift(pairs: Pairs) -> Linear:
    moments = pair_moments(pairs, pairs.info.channels, OUTPUTS)
    lift = Linear(LinearConfig(pairs.info.channels, OUTPUTS))
    return lift.set(ridge(moments, PROXY_RIDGE_K2), moments.source_mean, moments.target_mean)


@dg.asset(
    name=TRANSLATION_SET,
    group_name="training_sets",
    kinds={"numpy"},
    partitions_def=sensor_partitions,
    deps=[
        stage.by_sensor_dep(swath_stage.SWATHS),
        stage.by_sensor_dep(overlaps.OVERLAPS),
        retrieval.RETRIEVAL,
    ],
    description=__doc__,
)
def translation_training_set(
    context: dg.AssetExecutionContext, home: HomeResource, registry: RegistryResource
) -> dg.MaterializeResult[None]:
    """Make the training set of a sensor."""
    place = home.open()
    with stage.failing_clearly():
        return stage.result(make(place, registry.open(place), context.partition_key))
