"""What a retrieval makes of patches of a pack, some at a time: whatever is set or judged after training reads it here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.packs import Pack, channel_positions
from models.prediction import QuantilePrediction
from models.retrievals.base import Retrieval

PATCHES = 64
"""Patches that are retrieved at once."""


class RetrievedPatches(NamedTuple):
    """Numbers of patches (n,) in their pack, what is retrieved there, and their labels (n, scan, pixel) in mm/h, NaN unknown.

    `weights` (n,) are climatological, in float64. Everything but the numbers is on the model's device.
    """

    chosen: NDArray[np.int64]
    prediction: QuantilePrediction
    rain: Tensor
    weights: Tensor

    @property
    def known(self) -> Tensor:
        """Pixels (n, scan, pixel) with rain and a label."""
        return self.rain.isfinite() & self.prediction.mean.isfinite()

    def by_pixel(self, chosen: Tensor) -> Tensor:
        """Weights of the pixels where `chosen` (n, scan, pixel) is true, in their order."""
        return self.weights[:, None, None].expand(chosen.shape)[chosen]


def retrieved_patches(model: Retrieval, pack: Pack, chosen: NDArray[np.int64]) -> Iterator[RetrievedPatches]:
    """The patches `chosen` (n,) of a pack, in parts; raises ChannelError where the pack lacks a channel."""
    positions, device = channel_positions(model.channels, pack.channels), model.levels.device
    for first in range(0, len(chosen), PATCHES):
        part = chosen[first : first + PATCHES]
        weights = torch.from_numpy(pack.index["weight"][part].astype(np.float64)).to(device)
        prediction = model.predict(pack.tb(part, device)[:, positions])
        yield RetrievedPatches(part, prediction, pack.rain(part, device), weights)
