"""`gpm-assets benchmark strata`: what strata spare an optimal-transport coupling, on a home's test month.

The simulated world knows where it rains. Patches are weighted so that it rains twice and four times as often in the partner's
domain as in GMI's; strata come from the platform's own proxy, truth only counts what crosses between rainy and dry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gpm_assets import provenance
from gpm_assets.assets import retrieval, scores, stage, translation_training_set, truth
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.collocation import strata
from gpm_assets.collocation.patches import cut, windows
from gpm_assets.collocation.training_sets import MIN_VALID, complete
from gpm_assets.constellation.instruments import REFERENCE
from gpm_assets.errors import RequestError
from gpm_assets.evaluation.crossing import Scenes, crossing_within_strata, crossing_without_strata
from gpm_assets.inference.proxy import lifted, rain_proxy
from gpm_assets.registry import Registry
from gpm_assets.resources.sources import nature
from gpm_assets.settings import Home
from gpm_assets.simulation.truth import truth as true_scene
from gpm_assets.swath import Swath
from models.packs import INDEX
from models.translators.base import OUTPUTS
from models.translators.linear import Linear

RAINY_MM_H = (0.1, 0.2, 0.5, 1.0)
"""What makes a patch rainy: rain that 2 % of its pixels reach. The radar sees none below some 0.4 mm/h, and nor can what learned
from it."""
JUDGED_MM_H = 0.5
MISMATCHES = (2.0, 4.0)
"""How many times as often it rains in the partner's domain as in GMI's."""
GMI_RAIN = 0.1
"""Share of GMI's patches that are rainy, so that two and four in ten of the partner's are."""
MOST_LEFT = 0.5
"""Of the mass that crosses without strata at most half may cross with them."""
BATCH, BATCHES = 128, 60
"""Patches of a domain that are coupled at once, as flows do, and how often."""
_RASTER = 4
"""Patches are compared by their means over a raster of four by four: the low-pass cost of transport."""


@dataclass(frozen=True)
class Crossing:
    """Mass that crosses at one mismatch and for one meaning of rain, without strata and within them, with standard errors."""

    rainy_mm_h: float
    mismatch: float
    without: float
    without_error: float
    within: float
    within_error: float

    @property
    def left(self) -> float:
        """Share of the crossing mass that strata leave."""
        return self.within / self.without

    @property
    def masses(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Mass and standard error, without strata and within them."""
        return (self.without, self.without_error), (self.within, self.within_error)

    @property
    def met(self) -> bool:
        """Whether strata halve it, where that is asked."""
        return self.rainy_mm_h != JUDGED_MM_H or self.left <= MOST_LEFT


def benchmark_strata(home: Home, registry: Registry, sensor: str, progress: stage.Progress | None = None) -> list[Crossing]:
    """Measure on the newest test month that is scored; raises RequestError where the home has none."""
    months = scores.scored_months(home, sensor, "test")
    if not months:
        raise RequestError(f"{home.root} has no scored test month of {sensor}: run gpm-assets demo, or score one")
    source, target = _Cutter(home, registry, sensor, months[-1], progress or (lambda done, total: None)).patches()
    return [_crossing(source, target, rain, mismatch) for rain in RAINY_MM_H for mismatch in MISMATCHES]


def _crossing(source: TruePatches, target: TruePatches, rainy_mm_h: float, mismatch: float) -> Crossing:
    wetter, drier = source.scenes(rainy_mm_h, mismatch * GMI_RAIN), target.scenes(rainy_mm_h, GMI_RAIN)
    each = [measure(wetter, drier, BATCH, BATCHES) for measure in (crossing_without_strata, crossing_within_strata)]
    return Crossing(rainy_mm_h, mismatch, *(value for one in each for value in (one.mean(), one.std(ddof=1) / np.sqrt(BATCHES))))


@dataclass(frozen=True, eq=False)
class TruePatches:
    """Patches of a domain: `features` (patch, feature), the true rain `peak_mm_h` (patch,), `index` (patch,) with the strata."""

    features: NDArray[np.float64]
    peak_mm_h: NDArray[np.float32]
    index: NDArray[np.void]

    def scenes(self, rainy_mm_h: float, share: float) -> Scenes:
        """The patches, of which this share is to be rainy."""
        return Scenes(self.features, self.peak_mm_h >= rainy_mm_h, self.index).raining(share)


class _Cutter:
    """Patches of both domains in a test month, with strata of the proxy and true rain."""

    def __init__(self, home: Home, registry: Registry, sensor: str, month: str, progress: stage.Progress) -> None:
        self.home, self.sensor, self.month, self.progress = home, sensor, month, progress
        self.drain = retrieval.load_champion(home, registry)
        self.lift = translation_training_set.read_lift(home, sensor)
        made = provenance.require(translation_training_set.folder(home, sensor), world=home.settings.world)
        self.thresholds = tuple(made.metadata["rain_thresholds_mm_h"])
        self.size = home.settings.training.patch

    def patches(self) -> tuple[TruePatches, TruePatches]:
        """The partner's, whose truth the home holds, and GMI's, whose truth is computed here."""

        def told(name: str, swath: Swath) -> NDArray[np.float32]:
            return truth.load(self.home, self.sensor, self.month, name).rain_mm_h

        def computed(name: str, swath: Swath) -> NDArray[np.float32]:
            return true_scene(swath, nature(self.home.settings)).rain_mm_h

        partner = self._of(self.sensor, self.lift, self.thresholds, told)
        return partner, self._of(REFERENCE, None, strata.RAIN_THRESHOLDS_MM_H, computed)

    def _of(
        self,
        sensor: str,
        lift: Linear | None,
        thresholds: tuple[float, ...],
        true_rain: Callable[[str, Swath], NDArray[np.float32]],
    ) -> TruePatches:
        parts = []
        granules = swath_stage.load_all(self.home, sensor, self.month)
        for done, (name, load) in enumerate(granules.items()):
            self.progress(done, len(granules))
            swath = complete(load(), lift.inputs if lift else None)
            parts.append(self._patches(swath, lift, thresholds, true_rain(name, swath)))
        return TruePatches(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _patches(
        self, swath: Swath, lift: Linear | None, thresholds: tuple[float, ...], true_rain: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.void]]:
        """Features (patch, raster and channel), true peaks and index of all windows of a granule."""
        found = windows(np.asarray(np.isfinite(swath.tb).all(axis=-1)), self.size, MIN_VALID)
        tb, channels = lifted(swath, lift)
        wanted = tb[..., [channels.index(name) for name in OUTPUTS]]
        cells = cut(wanted, found, self.size).reshape(len(found), _RASTER, self.size // _RASTER, _RASTER, -1, len(OUTPUTS))
        means = np.nanmean(cells, axis=(2, 4), dtype=np.float64).reshape(len(found), _RASTER**2 * len(OUTPUTS))
        index = np.zeros(len(found), INDEX)
        scan, pixel = (found + self.size // 2).T
        places = strata.of_places(swath.latitude[scan, pixel], swath.longitude[scan, pixel], swath.time[scan])
        for field, codes in places.items():
            index[field] = codes
        proxy = rain_proxy(self.drain, swath, lift)
        index["stratum"], index["split"] = strata.rain_strata(proxy, found, self.size, thresholds), "train"
        return means, strata.peaks(cut(true_rain, found, self.size)), index
