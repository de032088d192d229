"""A partner's training set: unpaired patches of both domains with their strata, and weak pairs of pixels from overlaps.

Rain strata are cut by absolute thresholds on a proxy: DRAIN on linearly translated TB for the partner, DRAIN itself for GMI. The
partner's thresholds are set where it exceeds them as often as GMI does on the training overlaps, weighted to GMI's own view.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np

from gpm_assets import provenance
from gpm_assets.assets import drain_training_set, overlaps, pages, retrieval, splits, stage
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.assets.drain_training_set import learning_months
from gpm_assets.collocation import calendar, strata, tally
from gpm_assets.collocation import training_sets as sets
from gpm_assets.collocation.comparison import Comparison, paired_peaks
from gpm_assets.collocation.overlaps import Overlap
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.errors import RequestError
from gpm_assets.inference.proxy import ProxyStore, rain_proxy
from gpm_assets.partitions import sensor_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.registry import Registry
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.registry import RegistryResource
from gpm_assets.settings import Home
from gpm_assets.swath import Swath
from models.conditions import CONDITIONS
from models.packs import Pack, PackInfo, PackWriter
from models.pairs import Pairs, write_pairs
from models.splits import read_splits
from models.translators.base import OUTPUTS
from models.translators.linear import Linear, LinearConfig, pair_moments, ridge

TRANSLATION_SET = "translation_training_set"
SOURCE, TARGET, PAIRS, OVERLAP_PATCHES = "source", "target", "pairs", "overlaps"
PAIRS_PER_OVERPASS, MOST_PAIRS = 20_000, 1_000_000
"""Neighbouring pixels repeat each other: more pairs of one overpass add little to a ridge, and all of them lie in memory once."""
PATCHES_PER_OVERPASS = 40
FEWEST_PAIRS = 10
"""For each channel: with fewer a linear map is noise."""
PROXY_RIDGE_K2 = 0.25
MIN_CHANNEL_SHARE = 0.5
"""Share of all pixels that a channel must have measured to be an input; the narrowest swath group has two thirds of all."""
_MODULES = (
    "gpm_assets.collocation.comparison",
    "gpm_assets.collocation.tally",
    "gpm_assets.inference.proxy",
    "models.packs",
    "models.translators.linear",
)


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
            f"no month of {overlaps.OVERLAPS} of {sensor} trains or validates: materialise some outside its test period"
        )
    inputs = {retrieval.MODEL: retrieval.champion(home, registry).tags["fingerprint"]}
    for month in months:
        inputs[f"{overlaps.OVERLAPS} {month}"] = stage.content(home, overlaps.OVERLAPS, sensor, month)
        swaths = {name: stage.content(home, swath_stage.SWATHS, name, month) for name in (sensor, REFERENCE)}
        stage.agree(home, overlaps.OVERLAPS, (sensor, month), swaths)
        inputs |= {f"{name} {month}": content for name, content in swaths.items()}
    training = home.settings.training
    config = {
        "patch": training.patch,
        "patches_per_granule": training.patches_per_granule,
        "calendar": calendar.table(sensor),
        "limits": [PAIRS_PER_OVERPASS, MOST_PAIRS, PATCHES_PER_OVERPASS, FEWEST_PAIRS, PROXY_RIDGE_K2, MIN_CHANNEL_SHARE],
    }
    return stage.recipe(home, TRANSLATION_SET, sensor, inputs=inputs, config=config, modules=_MODULES)


def make(home: Home, registry: Registry, sensor: str, progress: stage.Progress | None = None) -> Artefact:
    """Cut patches of both domains and collect weak pairs."""
    wanted = recipe(home, registry, sensor)
    return provenance.build(folder(home, sensor), wanted, lambda work: _Writer(home, registry, sensor, work, progress).write())


class _Writer:
    """One pass to collect pairs, one to calibrate strata on them, one to cut patches; a granule in memory at a time."""

    def __init__(self, home: Home, registry: Registry, sensor: str, work: Path, progress: stage.Progress | None) -> None:
        self.home, self.sensor, self.work = home, sensor, work
        self.months = learning_months(home, overlaps.OVERLAPS, sensor)
        self.drain = retrieval.load_champion(home, registry)
        self.proxies = ProxyStore(work / ".proxies")
        self.notes = {"calendar": calendar.table(sensor), "months": self.months}
        self.channels, self.lacking = _usable(home, sensor, self.months)
        self.progress = progress or (lambda done, total: None)

    def write(self) -> dict[str, Any]:
        pairs = self._pairs()
        lift: Linear | None = None
        thresholds: tuple[float, ...] = strata.RAIN_THRESHOLDS_MM_H
        wet = thresholds[0]
        if len(pairs.select("train")) >= FEWEST_PAIRS * len(self.channels):
            lift = _lift(pairs)
            wet, thresholds = self._calibrated(lift)
        source = self._patches(SOURCE, self.sensor, lift, thresholds, wet)
        target = self._patches(TARGET, REFERENCE, None, strata.RAIN_THRESHOLDS_MM_H, strata.RAIN_THRESHOLDS_MM_H[0])
        paired = self._overlap_patches(lift, thresholds)
        self.proxies.clear()
        packs = Pack.open(self.work / SOURCE), Pack.open(self.work / TARGET)
        pages.of_training_set(self.work, self.home, self.sensor, self.months, packs, pairs)
        return {
            "note": self._why_empty(pairs, source),
            "months": self.months,
            "months_without_patches": sorted(set(self.months) - {row.month for row in read_splits(self.work / SOURCE)}),
            "pairs": len(pairs),
            "overlap_patches": paired,
            "channels": list(self.channels),
            "channels_left_out": self.lacking,
            "wet_pixel_mm_h": round(wet, 3),
            "rain_thresholds_mm_h": [round(value, 3) for value in thresholds],
            "rain_frequency_of_source_over_target": tally.mismatch(source, target),
            "source": tally.summary(source),
            "target": tally.summary(target),
            "strata": tally.rows({SOURCE: source, TARGET: target}),
        }

    def _why_empty(self, pairs: Pairs, source: tally.Counts) -> str | None:
        """Words for a set that nothing can be learned from."""
        if not tally.summary(source)["patches"]:
            return f"no patch of {self.sensor} is valid in all channels in {', '.join(self.months)}"
        if (few := len(pairs.select("train"))) < FEWEST_PAIRS * len(self.channels):
            return f"{self.sensor} has {few} training pairs with {REFERENCE}: materialise more months of {overlaps.OVERLAPS}"
        return None

    def _overpasses(self, month: str) -> Iterator[tuple[Swath, Swath, Overlap]]:
        for partner, gmi, pairs in overlaps.swaths_of(
            self.home, self.sensor, month, overlaps.load(self.home, self.sensor, month)
        ):
            yield sets.complete(partner, self.channels), gmi, pairs

    @cached_property
    def _limit(self) -> int:
        """Most pairs of one overpass."""
        passes = sum(len(overlaps.names(self.home, self.sensor, month)) for month in self.months)
        return min(PAIRS_PER_OVERPASS, MOST_PAIRS // max(passes, 1))

    def _pairs(self) -> Pairs:
        parts = [sets.weak_pairs(*each, self._limit) for month in self.months for each in self._overpasses(month)]
        source, target, index, beside = sets.joined_pairs(parts, len(self.channels))
        keep = sets.keep_learnable(index)
        return write_pairs(self.work / PAIRS, self._info(True), source[keep], target[keep], index[keep], beside[keep])

    def _info(self, paired: bool) -> PackInfo:
        """What packs of the partner are, with or without GMI's TB."""
        beside, target = tuple(CONDITIONS), sets.GMI_CHANNELS if paired else ()
        return PackInfo(self.sensor, self.home.settings.world, self.channels, target, beside, self.notes)

    def _overlap_patches(self, lift: Linear | None, thresholds: tuple[float, ...]) -> int:
        """Write patches of the partner with GMI's TB; how many there are."""
        size, count = self.home.settings.training.patch, 0
        with PackWriter.open(self.work / OVERLAP_PATCHES, self._info(True), (size, size)) as writer:
            for partner, gmi, pairs in (each for month in self.months for each in self._overpasses(month)):
                domain = sets.Domain(partner, self._proxy(partner, lift), thresholds, np.zeros(partner.shape, bool))
                patches, target = sets.overlap_patches(domain, gmi, pairs, size, PATCHES_PER_OVERPASS)
                writer.append(patches.tb, patches.index, conditions=patches.conditions, target=target)
                count += len(target)
        return count

    def _calibrated(self, lift: Linear) -> tuple[float, tuple[float, ...]]:
        """Thresholds of the partner's proxy in mm/h: that of a wet pixel, and those of its patches' strata.

        Both from the training overlaps, where bands and surfaces count as in GMI's own view.
        """
        pixels, patches = Comparison(), Comparison()
        for month in self.months:
            if calendar.month_split(month, self.sensor) != "train":
                continue
            for partner, gmi, pairs in self._overpasses(month):
                if calendar.splits(partner.time[pairs.first[:1] // partner.shape[1]], self.sensor)[0] != "train":
                    continue  # a guard day
                ours, theirs = self._proxy(partner, lift), self._proxy(gmi, None)
                some = slice(None, None, -(-len(pairs) // self._limit))
                first, second = pairs.first[some], pairs.second[some]
                pixels.add(partner, ours.reshape(-1)[first], theirs.reshape(-1)[second], first)
                patches.add(partner, *paired_peaks(ours, theirs, pairs, self.home.settings.training.patch))
        pages.of_proxies(self.work, self.sensor, *pixels.rain)
        wet = strata.RAIN_THRESHOLDS_MM_H[:1]
        return pixels.thresholds(wet)[0], patches.thresholds(strata.RAIN_THRESHOLDS_MM_H)

    def _patches(self, name: str, sensor: str, lift: Linear | None, thresholds: tuple[float, ...], wet: float) -> tally.Counts:
        training = self.home.settings.training
        channels = self.channels if sensor == self.sensor else sets.GMI_CHANNELS
        info = replace(self._info(False), sensor=sensor, channels=channels)
        counts = tally.EMPTY
        with PackWriter.open(self.work / name, info, (training.patch, training.patch)) as writer:
            for done, month in enumerate(self.months):
                self.progress(done, len(self.months))
                for granule, load in swath_stage.load_all(self.home, sensor, month).items():
                    swath = sets.complete(load(), channels)
                    seen = self._overlapped(swath, granule, overlaps.of_granule(self.home, self.sensor, month, granule))
                    domain = sets.Domain(swath, self._proxy(swath, lift), thresholds, seen)
                    patches = sets.domain_patches(domain, training.patch, training.patches_per_granule)
                    writer.append(patches.tb, patches.index, conditions=patches.conditions)
                    counts = counts + tally.tally(patches, wet)
            writer.notes["rain"] = tally.rows({name: counts})
        return counts

    @staticmethod
    def _overlapped(swath: Swath, granule: str, overpasses: Iterable[overlaps.Overpass]) -> np.ndarray:
        """Where (scan, pixel) the other sensor saw the same place."""
        seen = np.zeros(swath.shape, bool)
        for _, gmi, pairs in overpasses:
            seen.reshape(-1)[pairs.second if granule == gmi else pairs.first] = True
        return seen

    def _proxy(self, swath: Swath, lift: Linear | None) -> np.ndarray:
        """DRAIN's mean rain (scan, pixel) in mm/h on GMI's or linearly translated TB; NaN for a partner without a lift."""
        if lift is None and swath.sensor != REFERENCE:
            return np.full(swath.shape, np.nan, np.float32)
        return self.proxies.get(swath.granule, lambda: rain_proxy(self.drain, swath, lift))


def _usable(home: Home, sensor: str, months: list[str]) -> tuple[tuple[str, ...], dict[str, float]]:
    """Channels that have data in at least half of the pixels of these months, and the shares of those that have not.

    A channel dies, as 37V did on F17, and the sensor goes on. Raises RequestError where there is nothing left.
    """
    shares = [swath_stage.valid_by_channel(home, sensor, month) for month in months]
    pixels = [number for number, _ in shares]
    if not sum(pixels):
        raise RequestError(f"no granule of {sensor} landed in {', '.join(months)}: there is nothing to learn from")
    mean = {
        name: float(np.average([share.get(name, 0.0) for _, share in shares], weights=pixels))
        for name in instrument(sensor).channel_names
    }
    usable = tuple(name for name, share in mean.items() if share >= MIN_CHANNEL_SHARE)
    if not usable:
        raise RequestError(f"no channel of {sensor} has data in half of its pixels in {', '.join(months)}: {mean}")
    return usable, {name: round(share, 4) for name, share in mean.items() if name not in usable}


def _learnt_by_drain(home: Home, registry: Registry) -> list[Path]:
    """The pack that the champion DRAIN learned from, where it is at hand: another world's, or an older one, is not."""
    there = provenance.read(drain_training_set.folder(home))
    same = there is not None and retrieval.champion(home, registry).tags.get("training_set") == there.content
    return [drain_training_set.folder(home) / drain_training_set.PATCHES] if same else []


def _lift(pairs: Pairs) -> Linear:
    moments = pair_moments(pairs, pairs.info.channels, OUTPUTS)
    lift = Linear(LinearConfig(pairs.info.channels, OUTPUTS))
    return lift.set(ridge(moments, PROXY_RIDGE_K2), moments.source_mean, moments.target_mean)


def read_lift(home: Home, sensor: str) -> Linear:
    """The linear map of a made set: what the partner's proxy was read from."""
    return _lift(Pairs.open(folder(home, sensor) / PAIRS))


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
    check_specs=[splits.spec(TRANSLATION_SET)],
    description=__doc__,
)
def translation_training_set(
    context: dg.AssetExecutionContext, home: HomeResource, registry: RegistryResource
) -> Iterator[dg.MaterializeResult[None]]:
    """Make the training set of a sensor."""
    place, sensor = home.open(), context.partition_key
    with stage.failing_clearly():
        artefact = make(place, registry.open(place), sensor, stage.logged(context, f"patches of {sensor}"))
        packs = [artefact.folder / name for name in (SOURCE, TARGET, PAIRS, OVERLAP_PATCHES)]
        apart = splits.check(TRANSLATION_SET, [*packs, *_learnt_by_drain(place, registry.open(place))], sensor)
    yield stage.result(
        artefact, check_results=[apart], strata=stage.table(artefact.metadata["strata"]), **pages.pictures(artefact.folder)
    )
