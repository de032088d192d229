"""`QuantilePrediction`: rain as quantiles, and what follows from them.

The predictive distribution has a quantile function that is linear between the levels and constant beyond the outermost two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models.distribution import Distribution
from models.errors import ModelsError


def between(levels: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
    """The upper of the two `levels` (k,) that enclose `level` (...), by number, and how far between them it lies."""
    place = torch.searchsorted(levels, level).clamp(1, len(levels) - 1)
    low, high = levels[place - 1], levels[place]
    return place, ((level - low) / (high - low)).clamp(0, 1)


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
        place, share = between(self.levels, torch.tensor(level, dtype=self.levels.dtype, device=self.levels.device))
        return torch.lerp(self.quantiles[:, place - 1], self.quantiles[:, place], share)

    def samples(self, count: int, generator: torch.Generator) -> Tensor:
        """Draws (count, batch, scan, pixel) in mm/h from the distribution of every pixel, NaN where there is none.

        Inverse transform: the quantile function at levels drawn uniformly from 0 to 1. Pixels are drawn independently: a sum
        over an area has the right expectation and far too little spread. Nothing above the highest quantile is ever drawn, so the
        average of many draws is the mean of the quantile function, not `mean`.
        """
        drawn = torch.rand((count, *self.mean.shape), generator=generator, device=generator.device).to(self.levels)
        place, share = (each.movedim(0, 1) for each in between(self.levels, drawn))
        return torch.lerp(self.quantiles.gather(1, place - 1), self.quantiles.gather(1, place), share).movedim(1, 0)

    def exceedance(self, threshold: float) -> Tensor:
        """P(rain >= threshold in mm/h), (batch, scan, pixel): 1 below the lowest quantile, 0 above the highest."""
        each = torch.full((self.mean.numel(), 1), threshold, dtype=self.quantiles.dtype, device=self.quantiles.device)
        return 1 - self.distribution().below(each).reshape(self.mean.shape)

    def crps(self, rain: Tensor) -> Tensor:
        """Continuous ranked probability score (batch, scan, pixel) in mm/h for `rain` (batch, scan, pixel), NaN where unknown.

        It is twice the integral of the pinball loss over all levels (Gneiting and Raftery 2007), exact for the distribution that
        this class stands for, see `Distribution.crps`.
        """
        return self.distribution().crps(rain.reshape(-1)).reshape(rain.shape)

    def distribution(self, chosen: Tensor | None = None) -> Distribution:
        """The distributions of all pixels, or of those where `chosen` (batch, scan, pixel) is true, in their order."""
        by_pixel = self.quantiles.movedim(1, -1)
        return Distribution((by_pixel.flatten(0, -2) if chosen is None else by_pixel[chosen]).contiguous(), self.levels)


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
