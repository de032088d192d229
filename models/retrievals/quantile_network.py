"""Retrievals that are a network and the head of quantiles: DRAIN, and the pixel rivals that share everything but the image."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from models.networks.layers import channels_last
from models.normalisation import Whitening
from models.retrievals.base import Retrieval
from models.retrievals.head import LIMIT_MM_H, QuantileHead, levels


class QuantileNetwork(Retrieval):
    """Whitening, a `network` from normalised TB (batch, channel, scan, pixel) to features (batch, width, ...), the head.

    The configuration's `mean_factor` multiplies the mean (`models.retrievals.balance`), which stays within the head's limit.
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
        mean = (mean * self.config.mean_factor).clamp_max(LIMIT_MM_H)
        return torch.cat([quantiles, mean[..., None]], dim=-1).movedim(-1, 1)
