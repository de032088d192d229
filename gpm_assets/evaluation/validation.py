"""Validation patches as a table of scores: one row an overpass, every pixel by the climatological mass that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gpm_assets.evaluation.held_against import held_against
from gpm_assets.evaluation.scores import RAIN_SUMS, rain_pixels
from gpm_assets.evaluation.table import table
from models.packs import Pack
from models.retrievals.retrieved_patches import retrieved_patches

if TYPE_CHECKING:
    from pandas import DataFrame

    from models.retrievals.base import Retrieval


def validation_table(model: Retrieval, pack: Pack, keys: Mapping[str, Any]) -> DataFrame:
    """Sums over the labelled pixels of a pack's validation patches, weighted, keyed by `keys` and by overpass and day.

    Sums of all strata then are climatological ones. Raises ChannelError where the pack lacks a channel.
    """
    sums: dict[tuple[str, str], np.ndarray] = {}
    for part in retrieved_patches(model, pack, pack.select("validation")):
        rain = part.rain.cpu().numpy()
        pixels = rain_pixels(held_against(part.prediction, rain, model.wet_probability), rain)
        by_patch = pixels.reshape(len(rain), -1, len(RAIN_SUMS)).sum(axis=1) * pack.index["weight"][part.chosen][:, None]
        for row, own in zip(pack.index[part.chosen], by_patch, strict=True):
            place = str(row["granule"]), str(row["time"].astype("datetime64[D]"))
            sums[place] = sums.get(place, 0.0) + own
    return table(
        {
            **keys,
            "month": day[:7],
            "split": "validation",
            "granule": granule,
            "block": day,
            **dict(zip(RAIN_SUMS, own, strict=True)),
        }
        for (granule, day), own in sorted(sums.items())
    )
