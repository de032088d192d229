"""What is set after training on patches that trained nothing: p*, from which probability on a pixel is called wet."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from models.errors import TrainingError
from models.packs import Pack
from models.retrievals.base import WET_MM_H, Retrieval
from models.retrievals.retrieved_patches import retrieved_patches

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
    mass = np.zeros((2, BINS + 1))
    for part in retrieved_patches(model, pack, pack.select(split)):
        wet = (part.rain[part.known] >= wet_mm_h).cpu().numpy()
        probability = part.prediction.exceedance(wet_mm_h)[part.known].cpu().numpy()
        bin_number = np.floor(probability * BINS).astype(int)
        np.add.at(mass, (wet.astype(int), bin_number), part.by_pixel(part.known).cpu().numpy())
    false, hits = mass[:, ::-1].cumsum(axis=1)[:, ::-1]  # at p* = bin / bins and above
    wet = hits[0]
    if wet == 0:
        raise TrainingError(f"{pack.folder}: no labelled {split} pixel reaches {wet_mm_h:g} mm/h, so p* cannot be chosen")
    best = 1 + int(np.argmax((hits / (wet + false))[1:BINS]))
    return best / BINS
