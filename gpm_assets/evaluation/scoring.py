"""Scoring one overpass: every candidate's rain and brightness temperatures against one reference, on the same pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from gpm_assets.evaluation.leaderboard import GMI
from gpm_assets.evaluation.scores import rain_sums, tb_sums
from gpm_assets.inference.retrieval import WET_MM_H, predict
from gpm_assets.inference.translation import GMI_CHANNELS, tensor, translate
from gpm_assets.swath import Swath

if TYPE_CHECKING:
    from models.drain import Drain
    from models.translators.base import Translator

Image = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Retrieved:
    """Rain of an image against a reference, every array (scan, pixel) in mm/h; `wet` is what DRAIN calls wet."""

    mean: Image
    crps: Image
    wet: NDArray[np.bool_]

    def at(self, index: NDArray[np.integer], into: NDArray[np.integer], shape: tuple[int, int]) -> Retrieved:
        """Values at flat pixels `index`, put at flat pixels `into` of another image; NaN elsewhere."""
        mean, crps, wet = np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32), np.zeros(shape, bool)
        for target, source in ((mean, self.mean), (crps, self.crps), (wet, self.wet)):
            target.reshape(-1)[into] = source.reshape(-1)[index]
        return Retrieved(mean, crps, wet)


@dataclass(frozen=True, eq=False)
class Reference:
    """What an overpass is scored against, on the partner's pixels (scan, pixel), NaN where unknown.

    `rain` in mm/h, `tb` (scan, pixel, 13) GMI channels in K, `gmi` what DRAIN makes of GMI's own TB at these pixels.
    """

    rain: Image
    tb: Image
    gmi: Retrieved

    def where(self, kept: NDArray[np.bool_]) -> Reference:
        """The reference at some pixels (scan, pixel), unknown elsewhere."""
        return Reference(np.where(kept, self.rain, np.nan), np.where(kept[..., None], self.tb, np.nan), self.gmi)

    def known_scans(self) -> NDArray[np.intp]:
        """Scans with anything to be held against."""
        known = np.any(np.isfinite(self.rain), axis=1) | np.any(np.isfinite(self.tb), axis=(1, 2))
        return np.flatnonzero(known)


def retrieved(drain: Drain, tb: Image, rain: Image) -> Retrieved:
    """DRAIN on GMI or pseudo-GMI TB (scan, pixel, 13) in K, with its CRPS against `rain` (scan, pixel) in mm/h."""
    prediction = predict(drain, tb)
    valued = np.isfinite(tensor(tb, GMI_CHANNELS, drain.channels, "DRAIN")[0].numpy()).all(axis=0)
    crps = prediction.crps(torch.from_numpy(np.ascontiguousarray(rain))[None])[0].numpy()
    wet = prediction.exceedance(WET_MM_H)[0].numpy() >= drain.config.wet_probability
    return Retrieved(
        np.where(valued, prediction.mean[0].numpy(), np.nan),
        np.where(valued, crps, np.nan),
        valued & np.nan_to_num(wet).astype(bool),
    )


def score(
    drain: Drain,
    swath: Swath,
    references: Mapping[str, Reference],
    candidates: Sequence[tuple[Mapping[str, Any], Translator]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rain rows and TB rows of every candidate for one swath against `comparable` references by name of the overpass.

    A candidate is its key columns (method, version, seed) and its translator. Channels that nobody gives or knows make no row.
    """
    rain_rows: list[dict[str, Any]] = []
    tb_rows: list[dict[str, Any]] = []
    for granule, known in references.items():
        for keys, model in candidates:
            kept = _scans_needed(known, model, drain)
            pseudo, rain, tb = translate(model, swath.rows(kept)).tb, known.rain[kept], known.tb[kept]
            result = retrieved(drain, pseudo, rain)
            rain_rows.append({**keys, "granule": granule, **rain_sums(result.mean, result.crps, result.wet, rain)})
            given = [GMI_CHANNELS.index(name) for name in model.outputs]
            sums = tb_sums(pseudo[..., given], tb[..., given], model.outputs)
            tb_rows += [{**keys, "granule": granule, **row} for row in sums]
    return rain_rows, tb_rows


def _scans_needed(reference: Reference, model: Translator, drain: Drain) -> slice:
    """Scans that are scored and those that the networks see around them; an overlap is a part of an orbit.

    They start where pooling cells of the whole swath start, so that a part gives what the whole gives.
    """
    known, radius = reference.known_scans(), model.receptive_radius + drain.receptive_radius
    cell = math.lcm(model.multiple, drain.network.multiple)
    return slice(max(0, known[0] - radius) // cell * cell, known[-1] + radius + 1)


def comparable(swath: Swath, references: Mapping[str, Reference]) -> dict[str, Reference]:
    """References at the pixels where the swath has every channel and GMI gave rain, without overpasses that have no such pixel.

    Methods read different channels, whose swaths end at different pixels; only there they and GMI are compared.
    """
    complete = np.all(np.isfinite(swath.tb), axis=-1)
    kept = {name: one.where(complete & np.isfinite(one.gmi.mean)) for name, one in references.items()}
    return {name: one for name, one in kept.items() if len(one.known_scans())}


def gmi_rows(references: Mapping[str, Reference]) -> list[dict[str, Any]]:
    """Rain rows of the yardstick: DRAIN on true GMI TB at the same pixels."""
    keys = {"method": GMI, "version": 0, "seed": 0}
    return [
        {**keys, "granule": name, **rain_sums(one.gmi.mean, one.gmi.crps, one.gmi.wet, one.rain)}
        for name, one in references.items()
    ]
