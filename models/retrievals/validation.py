"""What a network is validated on while it trains: few labelled pixels that it does not learn from, the same each time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from models.packs import Pack, channel_positions
from models.retrievals.labels import LabelledBatch

PATCHES = 512
"""Most patches of a validation."""
PIXELS = 65_536
"""Most labelled pixels of them: the 99 quantiles of a pixel cost more than the image about it."""
_BATCH = 64


class ValidationBatches:
    """Labelled pixels of the validation split, batch by batch, weighted to climatology with mean 1.

    Of a larger split patches are taken evenly along their cumulated weight, of more labelled pixels some by a fixed seed.
    `pixels` counts them, maybe 0.
    """

    def __init__(self, pack: Pack, channels: tuple[str, ...], device: str) -> None:
        self.pack, self.device, self.positions = pack, device, channel_positions(channels, pack.channels)
        self.patches, mass = _chosen(pack)
        rain = pack.rain(self.patches).numpy()
        self.area = rain[:1].size
        places = np.flatnonzero(np.isfinite(rain))
        if len(places) > PIXELS:
            places = np.sort(np.random.default_rng(0).choice(places, PIXELS, replace=False))
        self.pixels, self.places, self.rain = len(places), places, rain.ravel()[places]
        weights = mass[places // max(1, self.area)]
        self.weights = (weights / weights.mean()).astype(np.float32) if len(places) else weights

    def __iter__(self) -> Iterator[LabelledBatch]:
        for first in range(0, len(self.patches), _BATCH):
            start, stop = np.searchsorted(self.places, [first * self.area, (first + _BATCH) * self.area])
            if start < stop:
                tb = self.pack.tb(self.patches[first : first + _BATCH], self.device)[:, self.positions]
                here = self.places[start:stop] - first * self.area, self.rain[start:stop], self.weights[start:stop]
                yield LabelledBatch(tb, *(torch.from_numpy(each).to(self.device) for each in here))


def _chosen(pack: Pack) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Numbers of patches in order, and the weight of each among them."""
    chosen = pack.select("validation")
    mass = pack.index["weight"][chosen].astype(np.float64)
    if len(chosen) <= PATCHES or not mass.any():
        return chosen[mass > 0], mass[mass > 0]
    cumulated = np.cumsum(mass)
    places = np.searchsorted(cumulated, (np.arange(PATCHES) + 0.5) / PATCHES * cumulated[-1], side="right")
    taken, times = np.unique(places, return_counts=True)
    return chosen[taken], times.astype(np.float64)
