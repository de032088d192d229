"""How far a network really looks: the radius about a pixel within which its inputs make nearly all of its output."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

TYPICAL_TB_K, TYPICAL_SPREAD_K = 240.0, 20.0
"""White noise about a usual brightness temperature: no direction and no scale is preferred."""


def influence_radius(respond: Callable[[Tensor], Tensor], channels: int, reach: int, share: float = 0.99) -> int:
    """Smallest radius in pixels whose square window holds `share` of the absolute gradient of the middle pixel's response.

    `respond` maps TB (1, channel, scan, pixel) in K to (1, ..., scan, pixel); `reach` is the radius beyond which it cannot look.
    The effective receptive field is much smaller than the theoretical one (Luo et al. 2016): 15 of 29 pixels for the demo DRAIN.
    """
    if reach == 0:
        return 0
    noise = torch.randn(4, channels, 2 * reach + 1, 2 * reach + 1, generator=torch.Generator().manual_seed(0))
    with torch.enable_grad():
        tb = (TYPICAL_TB_K + TYPICAL_SPREAD_K * noise).requires_grad_()
        (gradient,) = torch.autograd.grad(respond(tb)[..., reach, reach].sum(), tb)
    mass = gradient.abs().sum(dim=(0, 1))
    total = float(mass.sum())
    if total == 0:  # dry whatever the noise
        return reach
    for radius in range(reach):
        inner = slice(reach - radius, reach + radius + 1)
        if float(mass[inner, inner].sum()) >= share * total:
            return radius
    return reach
