"""Scoring one overpass: every candidate's rain and brightness temperatures against one reference, on the same pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from gpm_assets.evaluation.retrieved import CRPS_THRESHOLDS_MM_H, RAIN_THRESHOLDS_MM_H, Retrieved
from gpm_assets.evaluation.scores import rain_sums, tb_sums
from gpm_assets.evaluation.yardsticks import GMI
from gpm_assets.inference.retrieval import predict
from gpm_assets.inference.translation import GMI_CHANNELS, tensor, translate
from gpm_assets.swath import Swath

if TYPE_CHECKING:
    from models.drain import Drain
    from models.translators.base import Translator

Image = NDArray[np.float32]

DRY_MM_H = 0.01
"""Less is no rain: a network's lowest quantiles are small, never zero, and would all be wrong where the reference is zero."""


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
    """DRAIN on GMI or pseudo-GMI TB (scan, pixel, 13) in K against `rain` (scan, pixel) in mm/h.

    Rain exceeds a threshold where the probability that it does reaches DRAIN's p* (design decision 15).
    """
    prediction = predict(drain, tb)
    valued = np.isfinite(tensor(tb, GMI_CHANNELS, drain.channels, "DRAIN")[0].numpy()).all(axis=0)
    known = torch.from_numpy(np.ascontiguousarray(rain, np.float32))[None]

    def image(values: torch.Tensor) -> Image:
        return np.where(valued, values[0].numpy(), np.nan).astype(np.float32)

    probability = np.stack([image(prediction.exceedance(threshold)) for threshold in RAIN_THRESHOLDS_MM_H], axis=-1)
    not_more = np.where(np.isfinite(rain), image(1 - prediction.exceedance(known.clamp_min(DRY_MM_H))), np.nan)
    return Retrieved(
        mean=image(prediction.mean),
        crps=image(prediction.crps(known)),
        crps_above=np.stack([image(prediction.crps(known, above)) for above in CRPS_THRESHOLDS_MM_H], axis=-1),
        exceeds=np.nan_to_num(probability) >= drain.config.wet_probability,
        probability=probability,
        below=np.stack([np.where(rain < DRY_MM_H, 0.0, not_more), not_more], axis=-1).astype(np.float32),
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
            rain_rows.append({**keys, "granule": granule, **rain_sums(result, rain)})
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
    return [{**keys, "granule": name, **rain_sums(one.gmi, one.rain)} for name, one in references.items()]
