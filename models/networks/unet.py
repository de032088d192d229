"""U-Net (Ronneberger et al. 2015) with residual blocks, local normalisation and upsampling that leaves no checkerboard."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.networks.layers import ChannelNorm, convolution, pad_to_multiple


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.shortcut = nn.Conv2d(inputs, outputs, 1)
        self.body = nn.Sequential(
            convolution(inputs, outputs), ChannelNorm(outputs), nn.SiLU(), convolution(outputs, outputs), ChannelNorm(outputs)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(batch, input, scan, pixel) to (batch, output, scan, pixel)."""
        return functional.silu(self.shortcut(x) + self.body(x))


class UNet(nn.Module):
    """(batch, input, scan, pixel) to (batch, widths[0], scan, pixel) features, for any size.

    `widths` are features per level, each level at half the resolution of the one before. A `bottleneck` is a network of its own
    on the coarsest level, (batch, widths[-1], row, column) to the same.
    """

    def __init__(self, inputs: int, widths: Sequence[int], bottleneck: nn.Module | None = None) -> None:
        super().__init__()
        self.down = nn.ModuleList(Block(a, b) for a, b in zip([inputs, *widths], widths, strict=False))
        deep_to_shallow = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.merge = nn.ModuleList(convolution(deep, shallow) for deep, shallow in deep_to_shallow)
        self.up = nn.ModuleList(Block(2 * shallow, shallow) for _, shallow in deep_to_shallow)
        self.bottleneck = nn.Identity() if bottleneck is None else bottleneck

    @property
    def multiple(self) -> int:
        """Pixels a cell of the coarsest level: where tiles must start."""
        return 2 ** (len(self.down) - 1)

    @property
    def receptive_radius(self) -> int:
        """Pixels beyond which an input has no influence, but through a bottleneck.

        A block reaches two cells on its level; on the way up, upsampling reads the cell a pixel lies in, which may begin a
        cell less one pixel away, and the merging convolution reaches one cell more.
        """
        cells = [2**level for level in range(len(self.down))]
        descent = sum(2 * cell for cell in cells) + self.multiple - 1
        ascent = sum(3 * cell for cell in cells[:-1]) + self.multiple - 1
        return descent + ascent

    def forward(self, x: Tensor) -> Tensor:
        """Features of `x` on its own scans and pixels."""
        scans, pixels = x.shape[-2:]
        x = pad_to_multiple(x, self.multiple)
        skips = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else functional.avg_pool2d(x, 2))
            skips.append(x)
        x = self.bottleneck(skips.pop())
        for merge, block in zip(self.merge, self.up, strict=True):
            x = merge(functional.interpolate(x, scale_factor=2.0, mode="nearest"))
            x = block(torch.cat([skips.pop(), x], dim=1))
        return x[..., :scans, :pixels]
