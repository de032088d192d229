"""Validation patches as a table of scores: one row an overpass, every pixel by the climatological mass that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gpm_assets.evaluation.held_against import held_against
from gpm_assets.evaluation.scores import RAIN_SUMS, rain_pixels
from gpm_assets.evaluation.table import table
from models.packs import Pack, channel_positions

if TYPE_CHECKING:
    from pandas import DataFrame

    from models.retrievals.base import Retrieval

PATCHES = 64
"""Patches that are retrieved at once."""


def validation_table(model: Retrieval, pack: Pack, keys: Mapping[str, Any]) -> DataFrame:
    """Sums over the labelled pixels of a pack's validation patches, weighted, keyed by `keys` and by overpass and day.

    Sums of all strata then are climatological ones. Raises ChannelError where the pack lacks a channel.
    """
    positions, device = channel_positions(model.channels, pack.channels), model.levels.device
    sums: dict[tuple[str, str], np.ndarray] = {}
    chosen = pack.select("validation")
    for part in np.split(chosen, range(PATCHES, len(chosen), PATCHES)):
        if not len(part):
            continue
        rain = pack.rain(part).numpy()
        with torch.inference_mode():
            prediction = model.predict(pack.tb(part, device)[:, positions])
        pixels = rain_pixels(held_against(prediction, rain, model.wet_probability), rain)
        by_patch = pixels.reshape(len(part), -1, len(RAIN_SUMS)).sum(axis=1) * pack.index["weight"][part][:, None]
        for row, own in zip(pack.index[part], by_patch, strict=True):
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
