"""What a retrieval says of the rain at the pixels of a reference: everything that scores are made of."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.errors import GpmAssetsError

RAIN_THRESHOLDS_MM_H = (0.1, 0.2, 0.5, 1.0, 2.5, 10.0)
"""Rain rates that are detected or missed. The radar sees rain from 0.2 to 0.5 mm/h on, so the lowest are no matter for it."""
CRPS_THRESHOLDS_MM_H = (0.1, 2.5, 10.0)
"""Rain rates from which the threshold-weighted CRPS counts (Gneiting and Ranjan 2011)."""

DRY_MM_H = 0.01
"""Less is no rain to the integral transform: a network's lowest quantiles are small, never zero, and would all be wrong."""

Values = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Retrieved:
    """Rain of pixels (...) against a reference, in mm/h; NaN (False in `exceeds`) where nothing was retrieved.

    All but the mean may be NaN where the reference is unknown: `mean`; its `crps`, and `crps_above` (..., 3) weighted above
    `CRPS_THRESHOLDS_MM_H`;
    `exceeds` (..., 6) bool, what the retrieval calls at least `RAIN_THRESHOLDS_MM_H`, and `probability` (..., 6) that it is;
    `below` (..., 2) the probabilities that rain is less than the reference and that it is not more: the ends of the non-random
    probability integral transform (Czado, Gneiting and Held 2009). Raises GpmAssetsError when shapes disagree.
    """

    mean: Values
    crps: Values
    crps_above: Values
    exceeds: NDArray[np.bool_]
    probability: Values
    below: Values

    def __post_init__(self) -> None:
        for name, length in _LAST.items():
            if (shape := getattr(self, name).shape) != (*self.mean.shape, *length):
                raise GpmAssetsError(f"retrieved rain: {name} has shape {shape}, expected {(*self.mean.shape, *length)}")

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the pixels."""
        return self.mean.shape

    @classmethod
    def certain(cls, rain: ArrayLike, reference: ArrayLike) -> Retrieved:
        """A retrieval of rain (...) in mm/h without probabilities: its CRPS is the absolute error."""
        rain, reference = np.asarray(rain, np.float32), np.asarray(reference, np.float32)
        if rain.shape != reference.shape:
            raise GpmAssetsError(f"retrieved rain has shape {rain.shape}, its reference {reference.shape}")
        known = np.isfinite(rain)
        at_least = rain[..., None] >= np.array(RAIN_THRESHOLDS_MM_H, np.float32)
        floor = np.array(CRPS_THRESHOLDS_MM_H, np.float32)
        both = known & np.isfinite(reference)
        dry = reference < DRY_MM_H
        below = np.stack([~dry & (rain < reference), np.where(dry, rain < DRY_MM_H, rain <= reference)], axis=-1)
        return cls(
            mean=rain,
            crps=np.abs(rain - reference),
            crps_above=np.abs(np.maximum(rain[..., None], floor) - np.maximum(reference[..., None], floor)),
            exceeds=known[..., None] & at_least,
            probability=np.where(known[..., None], at_least, np.nan).astype(np.float32),
            below=np.where(both[..., None], below, np.nan).astype(np.float32),
        )

    @classmethod
    def nothing(cls, shape: tuple[int, ...]) -> Retrieved:
        """What a retrieval that failed says of pixels of a shape."""
        nan = {name: np.full((*shape, *length), np.nan, np.float32) for name, length in _LAST.items() if name != "exceeds"}
        return cls(mean=np.full(shape, np.nan, np.float32), exceeds=np.zeros((*shape, *_LAST["exceeds"]), bool), **nan)

    def at(self, index: NDArray[np.integer], into: NDArray[np.integer], shape: tuple[int, int]) -> Retrieved:
        """Values at flat pixels `index`, put at flat pixels `into` of another image; nothing elsewhere."""
        placed = Retrieved.nothing(shape)
        for one in fields(self):
            target, source = getattr(placed, one.name), getattr(self, one.name)
            trailing = source.shape[len(self.shape) :]
            target.reshape(-1, *trailing)[into] = source.reshape(-1, *trailing)[index]
        return placed


_LAST = {
    "crps": (),
    "crps_above": (len(CRPS_THRESHOLDS_MM_H),),
    "exceeds": (len(RAIN_THRESHOLDS_MM_H),),
    "probability": (len(RAIN_THRESHOLDS_MM_H),),
    "below": (2,),
}
"""Lengths of the last axis of every field but the mean."""
