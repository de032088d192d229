"""Rain in classes: a dry one, then classes of equal ratio; what their probabilities say as quantiles and as a mean.

Retrievals that give probabilities of classes to a pixel share what follows from them.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from models.retrievals.base import Retrieval
from models.retrievals.head import LIMIT_MM_H, levels

DRY_MM_H = 0.01
"""Below this rain is dry, and its quantiles are zero: averages over footprints have tails that no radar sees."""
BLOCK = 16_384
"""Pixels at a time: their weights against 4096 clusters are 268 MB."""


def class_bounds(count: int) -> Tensor:
    """Upper bounds (count,) in mm/h of classes: 0.01, then rising by one ratio to 150; each is the next one's lower bound."""
    return torch.logspace(0, 1, count, base=LIMIT_MM_H / DRY_MM_H, dtype=torch.float64).mul(DRY_MM_H).float()


def class_of(rain: Tensor, bounds: Tensor) -> Tensor:
    """Numbers of the classes of `rain` in mm/h, any shape; rain at a bound is in the class above, beyond the last in the last."""
    return torch.bucketize(rain, bounds, right=True).clamp(max=len(bounds) - 1)


def quantiles(probabilities: Tensor, bounds: Tensor, levels: Tensor) -> Tensor:
    """Rain (n, level) in mm/h at `levels` from `probabilities` (n, class) that sum to one.

    Zero up to the probability of the dry class; inside a wet class the logarithm of rain is uniform.
    """
    reached = probabilities.cumsum(dim=1)
    wanted = levels.expand(len(reached), -1).contiguous()
    index = torch.searchsorted(reached, wanted).clamp(max=len(bounds) - 1)
    share = 1 - (reached.gather(1, index) - wanted) / probabilities.gather(1, index).clamp_min(1e-12)
    logarithms = bounds.log()
    rain = torch.lerp(logarithms[(index - 1).clamp_min(0)], logarithms[index], share.clamp(0, 1)).exp()
    return torch.where(index == 0, 0.0, rain)


class ClassRetrieval(Retrieval):
    """A pixel's TB to probabilities of rain classes; the configuration names `channels`, `classes` and `wet_probability`."""

    bounds: Tensor
    means: Tensor
    """(class,) mm/h, of what it learned from."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config
        bounds = class_bounds(config.classes)
        self.register_buffer("bounds", bounds)
        self.register_buffer("means", torch.cat([torch.zeros(1), (bounds[:-1] * bounds[1:]).sqrt()]))
        self.register_buffer("levels", levels())

    @abstractmethod
    def probabilities(self, pixels: Tensor) -> Tensor:
        """(n, class), summing to one, of `pixels` (n, channel) in K."""

    def forward(self, tb: Tensor) -> Tensor:
        """See `Retrieval.forward`."""
        by_pixel = tb.movedim(1, -1)
        rain = torch.cat([self._rain(part) for part in torch.split(by_pixel.flatten(0, -2), BLOCK)])
        return rain.reshape(*by_pixel.shape[:-1], -1).movedim(-1, 1)

    def fit_means(self, rain: Tensor, weights: Tensor) -> None:
        """Set the means of the classes that have `rain` (n,) in mm/h with `weights` (n,); others keep their middle."""
        total = torch.zeros(2, self.config.classes, dtype=torch.float64, device=rain.device)
        total.index_add_(1, class_of(rain, self.bounds), torch.stack([weights, weights * rain]).double())
        self.means.copy_(torch.where(total[0] > 0, total[1] / total[0], self.means))

    def _rain(self, pixels: Tensor) -> Tensor:
        probabilities = self.probabilities(pixels)
        mean = probabilities @ self.means
        return torch.cat([quantiles(probabilities, self.bounds, self.levels), mean[:, None]], dim=1)
