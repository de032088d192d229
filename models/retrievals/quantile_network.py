"""Retrievals that are a network and the head of quantiles: DRAIN, and the pixel rivals that share everything but the image."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from models.networks.layers import channels_last
from models.normalisation import Whitening
from models.prediction import between
from models.retrievals.base import Retrieval
from models.retrievals.head import LIMIT_MM_H, QuantileHead, levels


class QuantileNetwork(Retrieval):
    """Whitening, a `network` from normalised TB (batch, channel, scan, pixel) to features (batch, width, ...), the head.

    What `models.retrievals.balance` found is part of the configuration: `mean_factor` multiplies the mean, which stays within the
    head's limit; `told_by` names for every level that of the head which tells its quantile, none where that is the level itself.
    """

    def __init__(self, config: Any, network: nn.Module, width: int) -> None:
        super().__init__()
        self.config = config
        self.normalisation = Whitening(len(config.channels))
        self.network = network
        self.head = QuantileHead(width)
        self.register_buffer("levels", levels())
        self.floats_per_pixel = max(8 * len(self.levels), 12 * width)  # the head's steps to rain; a network's widest layers
        channels_last(self)

    def features(self, tb: Tensor) -> Tensor:
        """What the head reads: (batch, scan, pixel, feature)."""
        normalised = self.normalisation(tb).contiguous(memory_format=torch.channels_last)
        return self.network(normalised).movedim(1, -1)

    def forward(self, tb: Tensor) -> Tensor:
        """See `Retrieval.forward`."""
        quantiles, mean = self.head(self.features(tb))
        if self.config.told_by:
            quantiles = _at(self.levels.new_tensor(self.config.told_by), quantiles, self.levels)
        mean = (mean * self.config.mean_factor).clamp_max(LIMIT_MM_H)
        return torch.cat([quantiles, mean[..., None]], dim=-1).movedim(-1, 1)


def _at(told_by: Tensor, quantiles: Tensor, levels: Tensor) -> Tensor:
    """Quantiles (..., level) at `told_by` (level,), between those at `levels`."""
    place, share = between(levels, told_by)
    return torch.lerp(quantiles[..., place - 1], quantiles[..., place], share)
