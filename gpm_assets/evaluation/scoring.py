"""Scoring one overpass: every candidate's rain and brightness temperatures against one reference, on the same pixels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    candidates: Iterable[tuple[Mapping[str, Any], Translator]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rain rows and TB rows of every candidate for one swath against references by name of the overpass.

    A candidate is its key columns (method, version, seed) and its translator. Channels that nobody gives or knows make no row.
    """
    rain_rows: list[dict[str, Any]] = []
    tb_rows: list[dict[str, Any]] = []
    references = {name: one.where(complete(swath)) for name, one in references.items()}
    for keys, model in candidates:
        pseudo = translate(model, swath).tb
        for granule, reference in references.items():
            result = retrieved(drain, pseudo, reference.rain)
            rain_rows.append({**keys, "granule": granule, **rain_sums(result.mean, result.crps, result.wet, reference.rain)})
            given = [GMI_CHANNELS.index(name) for name in model.outputs]
            sums = tb_sums(pseudo[..., given], reference.tb[..., given], model.outputs)
            tb_rows += [{**keys, "granule": granule, **row} for row in sums]
    return rain_rows, tb_rows


def complete(swath: Swath) -> NDArray[np.bool_]:
    """Pixels (scan, pixel) with every channel: only there methods that read different channels are compared."""
    found: NDArray[np.bool_] = np.all(np.isfinite(swath.tb), axis=-1)
    return found


def gmi_rows(swath: Swath, references: Mapping[str, Reference]) -> list[dict[str, Any]]:
    """Rain rows of the yardstick: DRAIN on true GMI TB at the same pixels."""
    keys = {"method": GMI, "version": 0, "seed": 0}
    references = {name: one.where(complete(swath)) for name, one in references.items()}
    return [
        {**keys, "granule": name, **rain_sums(one.gmi.mean, one.gmi.crps, one.gmi.wet, one.rain)}
        for name, one in references.items()
    ]
