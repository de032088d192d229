"""Windows of overlap patches and what GMI measured at their middles, summed up by surface: what filters are solved from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.packs import Pack, channel_positions
from models.surfaces import surface_of
from models.translators.linear import Moments

_PATCHES = 16
_OFFSET_K = 200.0
"""TB are counted from here, so that float32 products keep 0.01 K."""


@dataclass(frozen=True, eq=False)
class WindowSums:
    """Weighted sums over `count` windows in float64: their `mass`, of values (feature + target,), of products of values.

    The first `features` values are a window's TB, channel by channel, scan by scan, the others GMI's at its middle.
    """

    features: int
    count: float
    mass: float
    first: Tensor
    second: Tensor

    @staticmethod
    def none(features: int, targets: int) -> WindowSums:
        """Of no window."""
        values = features + targets
        return WindowSums(features, 0, 0.0, torch.zeros(values).double(), torch.zeros(values, values).double())

    @staticmethod
    def of(values: Tensor, mass: Tensor, features: int) -> WindowSums:
        """Of windows with values (n, feature + target) in K above 200 and masses (n,)."""
        weighted = values * mass[:, None]
        second = (values.T @ weighted).double()
        return WindowSums(features, len(values), float(mass.sum()), weighted.double().sum(dim=0), second)

    def __add__(self, other: WindowSums) -> WindowSums:
        sums = (getattr(self, name) + getattr(other, name) for name in ("count", "mass", "first", "second"))
        return WindowSums(self.features, *sums)

    def scaled_to(self, count: float) -> WindowSums:
        """As if there were so many windows."""
        share = count / max(self.count, 1)
        return WindowSums(self.features, count, share * self.mass, share * self.first, share * self.second)

    def moments(self) -> Moments:
        """Means in K, and covariances about them."""
        mean, cut = self.first / self.mass, self.features
        covariance = self.second / self.mass - mean[:, None] * mean
        means = mean[:cut] + _OFFSET_K, mean[cut:] + _OFFSET_K
        return Moments(*means, covariance[:cut, :cut], covariance[cut:, cut:], covariance[cut:, :cut])


def window_sums(pack: Pack, outputs: tuple[str, ...], window: int, split: str, limit: int, surfaces: int) -> list[WindowSums]:
    """Sums over about `limit` complete windows of a split, one for each of `surfaces` or one for all; the same each time.

    Raises ChannelError where the pack's target lacks an output, or its pixels a land fraction that is asked for.
    """
    sums = [WindowSums.none(window**2 * len(pack.channels), len(outputs))] * surfaces
    for values, mass, surface in _windows(pack, outputs, window, split, limit, surfaces > 1):
        for number in range(surfaces):
            here = surface == number
            sums[number] = sums[number] + WindowSums.of(values[here], mass[here], sums[number].features)
    return sums


def _windows(
    pack: Pack, outputs: tuple[str, ...], window: int, split: str, limit: int, by_surface: bool
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Values (n, feature + target), masses (n,) and surfaces (n,) of complete windows, some patches at a time."""
    chosen, positions = pack.select(split), channel_positions(outputs, pack.info.target_channels)
    generator = np.random.default_rng(0)
    for first in range(0, len(chosen), _PATCHES):
        part = chosen[first : first + _PATCHES]
        target = _middles(pack.target(part)[:, positions] - _OFFSET_K, window)
        values = torch.cat([functional.unfold(pack.tb(part) - _OFFSET_K, window).movedim(1, -1), target], dim=-1)
        mass = torch.from_numpy(pack.index["weight"][part].copy())[:, None].expand(values.shape[:2])
        complete = np.flatnonzero((values.isfinite().all(dim=-1) & (mass > 0)).flatten().numpy())
        kept = complete[generator.random(len(complete)) < limit / (len(chosen) * target.shape[1])]
        surface = torch.zeros(mass.numel(), dtype=torch.long)
        if by_surface:
            surface = surface_of(_middles(pack.conditions(("land_fraction",), part), window)).flatten()
        yield values.flatten(0, 1)[kept], mass.flatten()[kept], surface[kept]


def _middles(field: Tensor, window: int) -> Tensor:
    """`field` (n, c, scan, pixel) at the middles of all windows: (n, window, c)."""
    edge = window // 2
    scans, pixels = field.shape[2:]
    return field[:, :, edge : scans - edge, edge : pixels - edge].flatten(2).movedim(1, -1)


def with_everywhere(sums: Sequence[WindowSums], count: float) -> list[WindowSums]:
    """Every surface's own windows and `count` more as they are everywhere: few coasts alone do not make a filter."""
    whole = sums[0]
    for one in sums[1:]:
        whole = whole + one
    return [one + whole.scaled_to(count) for one in sums] if len(sums) > 1 else list(sums)
