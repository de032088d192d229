"""A first layer for any set of channels: its weights follow from what the channels are, not from their place in a list."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.channels import ChannelDescription

WAVES, HIDDEN = 32, 64
SILU_POWER = 0.355
"""Mean square of silu(z) for a standard normal z."""


def coordinates(descriptions: Sequence[ChannelDescription]) -> Tensor:
    """(channel, 6) of numbers in which channels one apart are different channels, and those 0.1 apart nearly the same.

    V and H lie 2 apart, 36.64 and 89 GHz 1.8, 18.7 and 23.8 GHz 0.5, sidebands at 3 and 7 GHz 0.7, nadir and 53 degrees 1.8,
    footprints of 18 and 32 km 0.4, and 36.5 and 36.64 GHz 0.01.
    """
    rows = [
        (
            2 * math.log(each.frequency_ghz),
            math.log1p(each.offset_ghz),
            2 * each.polarisation,
            each.incidence_deg / 30,
            0.75 * math.log(each.along_km),
            0.75 * math.log(each.across_km),
        )
        for each in descriptions
    ]
    return torch.tensor(rows)


class DescribedStem(nn.Module):
    """Normalised TB (batch, channel, scan, pixel) of described channels to features (batch, width, scan, pixel), pixel by pixel.

    features = sum over channels of (x_c u(d_c) + v(d_c)) / sqrt(channels), where a small network makes the vectors u and v from
    the description d_c (weights generated from wavelengths: DOFA, Xiong et al. 2024), which it sees as random Fourier features
    (Rahimi and Recht 2007). No weight depends on the number of channels or on their order, so a trained stem reads any other
    set. At the start u is of unit variance and v zero, hence features of normalised TB have about unit variance, as the input
    of a plain convolution has.
    """

    directions: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.register_buffer("directions", torch.randn(len(ChannelDescription._fields), WAVES))
        self.hidden, self.vectors = nn.Linear(2 * WAVES, HIDDEN), nn.Linear(HIDDEN, 2 * width)
        nn.init.normal_(self.hidden.weight, std=WAVES**-0.5)  # sine and cosine of a wave have power 1 together
        nn.init.normal_(self.vectors.weight[:width], std=(SILU_POWER * HIDDEN) ** -0.5)
        nn.init.zeros_(self.vectors.weight[width:])
        for layer in (self.hidden, self.vectors):
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, described: Tensor, present: Tensor | None = None) -> Tensor:
        """Features of `x` with `described`, the `coordinates` of its channels.

        Channels that are not `present` (batch, channel) are left out of the sum and of the count.
        """
        weight, offset = self._vectors(described)
        if present is None:
            scale = len(described) ** -0.5
            return functional.conv2d(x, scale * weight.T[:, :, None, None], scale * offset.sum(0))
        share = present / present.sum(1, keepdim=True).clamp_min(1).sqrt()
        there = torch.where(present[:, :, None, None], x, 0) * share[:, :, None, None]
        return functional.conv2d(there, weight.T[:, :, None, None]) + (share @ offset)[:, :, None, None]

    def _vectors(self, described: Tensor) -> tuple[Tensor, Tensor]:
        """u and v (channel, width) of the channels."""
        angles = described @ self.directions
        waves = torch.cat([angles.sin(), angles.cos()], dim=1)
        u, v = self.vectors(functional.silu(self.hidden(waves))).split(self.width, dim=1)
        return u, v
