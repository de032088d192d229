"""`QuantilePrediction`: rain as quantiles, and what follows from them.

The predictive distribution has a quantile function that is linear between the levels and constant beyond the outermost two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models.errors import ModelsError


@dataclass(frozen=True, eq=False)
class QuantilePrediction:
    """`quantiles` (batch, level, scan, pixel) in mm/h at `levels` (level,), NaN where nothing could be predicted.

    `mean` (batch, scan, pixel) in mm/h is an estimate of its own: for rare rain the mean of 99 quantiles loses a tenth to a
    half of the volume.
    """

    quantiles: Tensor
    levels: Tensor
    mean: Tensor

    @property
    def median(self) -> Tensor:
        """(batch, scan, pixel) in mm/h."""
        return self.quantile(0.5)

    def quantile(self, level: float) -> Tensor:
        """Rain (batch, scan, pixel) in mm/h that is not exceeded with probability `level`."""
        place = torch.searchsorted(self.levels, torch.tensor(level, device=self.levels.device)).clamp(1, len(self.levels) - 1)
        low, high = self.levels[place - 1], self.levels[place]
        share = ((level - low) / (high - low)).clamp(0, 1)
        return torch.lerp(self.quantiles[:, place - 1], self.quantiles[:, place], share)

    def exceedance(self, threshold: float | Tensor) -> Tensor:
        """P(rain >= threshold in mm/h), (batch, scan, pixel): 1 below the lowest quantile, 0 above the highest.

        The threshold is one number or one of each pixel (batch, scan, pixel).
        """
        lower, upper = self.quantiles[:, :-1], self.quantiles[:, 1:]
        each = threshold[:, None] if isinstance(threshold, Tensor) else threshold
        share = ((each - lower) / (upper - lower).clamp_min(1e-12)).clamp(0, 1)
        below = self.levels[0] + (share * _column(self.levels.diff())).sum(1)
        below = torch.where(threshold > self.quantiles[:, -1], 1.0, below)
        return 1 - torch.where(threshold <= self.quantiles[:, 0], torch.zeros_like(below), below)

    def crps(self, rain: Tensor, above: float = 0.0) -> Tensor:
        """Continuous ranked probability score (batch, scan, pixel) in mm/h for `rain` (batch, scan, pixel), NaN where unknown.

        The integral of (F(x) - [x >= rain])^2, which is twice the integral of the pinball loss over all levels (Gneiting and
        Raftery 2007), exact for the distribution this class stands for: F is linear between quantiles, so each interval is cut
        at the rain and integrates to width * (a^2 + ab + b^2) / 3. Weighted by threshold, the integral begins at `above` in
        mm/h (Gneiting and Ranjan 2011), which is the score of prediction and rain raised to it.
        """
        quantiles, rain = self.quantiles.clamp_min(above), rain.clamp_min(above)
        lower, upper = quantiles[:, :-1], quantiles[:, 1:]
        start, step = _column(self.levels[:-1]), _column(self.levels.diff())
        cut = torch.minimum(torch.maximum(rain[:, None], lower), upper)
        at_cut = start + step * (cut - lower) / (upper - lower).clamp_min(1e-12)
        left = (cut - lower) * _third(start, at_cut)
        right = (upper - cut) * _third(1 - at_cut, 1 - start - step)
        outside = (quantiles[:, 0] - rain).clamp_min(0) + (rain - quantiles[:, -1]).clamp_min(0)
        return (left + right).sum(1) + outside


def mixture(predictions: Sequence[QuantilePrediction]) -> QuantilePrediction:
    """The prediction whose cumulative distribution is the average of the members'.

    Averaging quantiles instead would turn rain here or there into drizzle everywhere. Members are pooled: with levels evenly
    spaced, their sorted quantiles are the average distribution's, M to a level. Raises ModelsError for unequal or uneven levels.
    """
    levels, count = predictions[0].levels, len(predictions)
    steps = levels.diff()
    if any(not torch.equal(each.levels, levels) for each in predictions) or not torch.allclose(steps, steps[0], atol=1e-5):
        raise ModelsError("members of a mixture need the same, evenly spaced levels")
    pooled = torch.cat([each.quantiles for each in predictions], dim=1).sort(dim=1).values
    first = torch.arange(len(levels), device=pooled.device) * count
    quantiles = (pooled[:, first + (count - 1) // 2] + pooled[:, first + count // 2]) / 2
    return QuantilePrediction(quantiles, levels, torch.stack([each.mean for each in predictions]).mean(0))


def _column(levels: Tensor) -> Tensor:
    return levels[:, None, None]


def _third(a: Tensor, b: Tensor) -> Tensor:
    return (a * a + a * b + b * b) / 3
