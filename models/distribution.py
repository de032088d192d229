"""`Distribution`: cumulative distributions of rain given by quantiles, and the scores that are integrals over them.

Integrals from below and from above are summed up once for every level; at any rain rate the rest is part of one interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

_LEAST_MM_H = 1e-12
"""Width of an interval that is divided by: quantiles may coincide."""


@dataclass(frozen=True, eq=False)
class Distribution:
    """Pixels with `quantiles` (pixel, level) in mm/h, rising, at `levels` (level,).

    The distribution function is linear between quantiles; what lies beyond the outermost levels is at their quantiles.
    """

    quantiles: Tensor
    levels: Tensor

    def below(self, rain: Tensor) -> Tensor:
        """P(R < rain) (pixel, k) for `rain` (pixel, k) in mm/h."""
        index, low, high = self._interval(rain)
        start, step = self.levels[index], self.levels.diff()[index]
        inside = start + step * ((rain - low) / (high - low).clamp_min(_LEAST_MM_H)).clamp(0, 1)
        inside = torch.where(rain > self.quantiles[:, -1:], torch.ones_like(inside), inside)
        return torch.where(rain <= self.quantiles[:, :1], torch.zeros_like(inside), inside)

    def crps(self, rain: Tensor, above: Sequence[float] = (0.0,)) -> Tensor:
        """Continuous ranked probability scores (pixel, k) in mm/h of `rain` (pixel,), weighted from each rate of `above` on.

        The integral of (F(x) - [x >= rain])^2 from `above` (mm/h) to infinity (Gneiting and Ranjan 2011). An interval between
        quantiles in which F rises from a to b has width * (a^2 + ab + b^2) / 3.
        """
        floor = torch.tensor(above, dtype=self.quantiles.dtype, device=self.quantiles.device)
        floor = floor.expand(len(rain), len(above))
        raised = torch.maximum(rain[:, None], floor)
        return self._to(raised) - self._to(floor) + self._from(raised)

    @cached_property
    def _summed(self) -> tuple[Tensor, Tensor]:
        """Integrals (pixel, level) of F^2 up to every quantile, and of (1 - F)^2 from every quantile on."""
        start, end = self.levels[:-1], self.levels[1:]
        width, nothing = self.quantiles.diff(dim=1), torch.zeros_like(self.quantiles[:, :1])
        to = torch.cat([nothing, (width * _third(start, end)).cumsum(1)], dim=1)
        back = (width * _third(1 - start, 1 - end)).flip(1).cumsum(1).flip(1)
        return to, torch.cat([back, nothing], dim=1)

    def _to(self, rain: Tensor) -> Tensor:
        """The integral (pixel, k) of F^2 up to some rain."""
        index, low, high = self._interval(rain)
        cut, level = self._cut(rain, index, low, high)
        inside = self._summed[0].gather(1, index) + (cut - low) * _third(self.levels[index], level)
        return inside + (rain - self.quantiles[:, -1:]).clamp_min(0)

    def _from(self, rain: Tensor) -> Tensor:
        """The integral (pixel, k) of (1 - F)^2 from some rain on."""
        index, low, high = self._interval(rain)
        cut, level = self._cut(rain, index, low, high)
        inside = self._summed[1].gather(1, index + 1) + (high - cut) * _third(1 - level, 1 - self.levels[index + 1])
        return inside + (self.quantiles[:, :1] - rain).clamp_min(0)

    def _cut(self, rain: Tensor, index: Tensor, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
        """Rain inside its interval, and its level."""
        cut = torch.minimum(torch.maximum(rain, low), high)
        share = (cut - low) / (high - low).clamp_min(_LEAST_MM_H)
        return cut, self.levels[index] + self.levels.diff()[index] * share

    def _interval(self, rain: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Which interval (pixel, k) between quantiles rain lies in, the nearest one for rain beyond, and its two ends."""
        index = torch.searchsorted(self.quantiles, rain.contiguous()).sub(1).clamp(0, self.quantiles.shape[1] - 2)
        return index, self.quantiles.gather(1, index), self.quantiles.gather(1, index + 1)


def _third(a: Tensor, b: Tensor) -> Tensor:
    return (a * a + a * b + b * b) / 3
