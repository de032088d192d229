"""Features to rain: 99 quantiles that cannot cross, and a mean that is an output of its own.

The rain of a place u in the unit interval is `limit * expm1(k u) / expm1(k)`: bounded by construction, logarithmic in between.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

LEVELS = 99
LOWEST, STEP, MEAN = -3.0, -2.76, -3.0
"""At first: logit of the lowest quantile's place less that of the mean's, steps before softplus, logit of the mean's place."""
LIMIT_MM_H = 150.0
CURVATURE = 10.0
"""k: with 10 half of the unit interval lies below 1 mm/h."""


class QuantileHead(nn.Module):
    """Features (batch, feature, scan, pixel) or (..., feature) to rain in mm/h, the last being the mean.

    The lowest quantile has a free distance from the mean's place on the line of logits, every next one a positive step from it:
    so all move together where rain is certain. They follow the mean because it learns from the first step, its deviance having a
    slope of rain over mean; a quantile near zero has next to none, and with a place of its own it could stay there for good. The
    mean itself takes no gradient from them. (Shares of the unit interval that sum to one, as they were, let the network shift
    where quantiles jump from dry to wet only by moving a peak along the levels: it stayed at 0.55 however hard it rained.)

    A label of exactly zero is below every quantile, as is any rain below 0.0002 mm/h: where the share of zeros exceeds a level,
    its quantile tends to zero, which is right, for zero is the quantile there. Zeros are not replaced by random drizzle: places
    are logarithmic down to 0.007 mm/h and linear below, so the loss of a zero is finite.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.line = nn.Linear(features, LEVELS + 1)
        nn.init.zeros_(self.line.weight)
        with torch.no_grad():  # start dry, spread about the mean: 0.0002, 0.004 (the median) and 1 mm/h
            self.line.bias.fill_(STEP)
            self.line.bias[0], self.line.bias[-1] = LOWEST, MEAN

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Quantiles (..., level) and mean (...) in mm/h of features (..., feature), in float32 whatever the context."""
        with torch.autocast(features.device.type, enabled=False):
            raw = self.line(features.float())
            steps = torch.cat([raw[..., :1] + raw[..., -1:].detach(), nn.functional.softplus(raw[..., 1:-1])], dim=-1)
            return to_rain(torch.sigmoid(steps.cumsum(dim=-1))), to_rain(torch.sigmoid(raw[..., -1]))


def to_rain(places: Tensor) -> Tensor:
    """Rain in mm/h of places in the unit interval."""
    return torch.expm1(CURVATURE * places) * (LIMIT_MM_H / math.expm1(CURVATURE))


def to_place(rain: Tensor) -> Tensor:
    """Places in the unit interval of rain in mm/h: the inverse of `to_rain`."""
    return torch.log1p(rain * (math.expm1(CURVATURE) / LIMIT_MM_H)) / CURVATURE


def levels() -> Tensor:
    """0.01 to 0.99."""
    return torch.arange(1, LEVELS + 1) / (LEVELS + 1)
