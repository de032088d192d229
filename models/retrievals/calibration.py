"""What is set after training on patches that trained nothing: p*, from which probability on a pixel is called wet."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from models.errors import TrainingError
from models.packs import Pack, channel_positions
from models.retrievals.base import WET_MM_H, Retrieval

BINS = 99
R = TypeVar("R", bound=Retrieval)


def calibrate(model: R, pack: Pack) -> R:
    """The model with its p* set on the pack's validation patches where it has some."""
    if len(pack.select("validation")):
        model.config = replace(model.config, wet_probability=calibrate_wet_probability(model, pack))
    return model


def calibrate_wet_probability(model: Retrieval, pack: Pack, split: str = "validation", wet_mm_h: float = WET_MM_H) -> float:
    """The p* that maximises the critical success index of `P(rain >= threshold) >= p*` over the labelled pixels of a split.

    Climatologically weighted. Raises TrainingError when no labelled pixel of the split is wet.
    """
    positions, device = channel_positions(model.channels, pack.channels), model.levels.device
    mass = np.zeros((2, BINS + 1))
    for chosen in np.array_split(pack.select(split), max(1, len(pack.select(split)) // 64)):
        rain = pack.rain(chosen).numpy()
        probability = model.predict(pack.tb(chosen, device)[:, positions]).exceedance(wet_mm_h).cpu().numpy()
        known = np.isfinite(rain) & np.isfinite(probability)
        weights = np.broadcast_to(pack.index["weight"][chosen][:, None, None], rain.shape)
        bin_number = np.floor(probability[known] * BINS).astype(int)
        np.add.at(mass, ((rain[known] >= wet_mm_h).astype(int), bin_number), weights[known])
    false, hits = mass[:, ::-1].cumsum(axis=1)[:, ::-1]  # at p* = bin / bins and above
    wet = hits[0]
    if wet == 0:
        raise TrainingError(f"{pack.folder}: no labelled {split} pixel reaches {wet_mm_h:g} mm/h, so p* cannot be chosen")
    best = 1 + int(np.argmax((hits / (wet + false))[1:BINS]))
    return best / BINS
