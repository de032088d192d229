"""Residual generator (Johnson et al. 2016, as CycleGAN uses it): reduce, residual blocks, enlarge."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from torch import Tensor, nn

from models.networks.layers import NORMS, Norm, convolution, pad_to_multiple, zeroed

STEM = 3
"""Layers of a stem."""


class ResidualBlock(nn.Module):
    """x + two 3x3 convolutions of it."""

    def __init__(self, features: int, norm: Norm = "channel") -> None:
        super().__init__()
        normed = NORMS[norm]
        self.body = nn.Sequential(
            convolution(features, features), normed(features), nn.ReLU(), convolution(features, features), normed(features)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(batch, feature, scan, pixel) to the same."""
        return x + self.body(x)


def stem(inputs: int, width: int, norm: Norm = "channel") -> nn.Sequential:
    """Layers that take channels in: what differs between two sensors that share the rest."""
    return nn.Sequential(convolution(inputs, width, 7), NORMS[norm](width), nn.ReLU())


class ResNet(nn.Module):
    """(batch, input, scan, pixel) to (batch, output, scan, pixel), for any size; zero everywhere before training.

    `width` features at full resolution, twice as many after each of `reductions` halvings, `blocks` residual blocks there.
    Published are a width of 64, two reductions and nine blocks with instance norm (six for 128 x 128 pixels), reflected rims and
    transposed convolutions on the way up; those here have as many weights.
    """

    def __init__(self, inputs: int, outputs: int, width: int, reductions: int, blocks: int, norm: Norm = "channel") -> None:
        super().__init__()
        self.width, self.reductions, self.blocks = width, reductions, blocks
        normed = NORMS[norm]
        widths = [width * 2**level for level in range(reductions + 1)]
        layers = [*stem(inputs, width, norm)]
        for fine, coarse in pairwise(widths):
            layers += [convolution(fine, coarse, 3, stride=2), normed(coarse), nn.ReLU()]
        layers += [ResidualBlock(widths[-1], norm) for _ in range(blocks)]
        for coarse, fine in pairwise(reversed(widths)):
            # nearest and 3x3 in place of a transposed convolution, which leaves a checkerboard
            layers += [nn.Upsample(scale_factor=2.0), convolution(coarse, fine), normed(fine), nn.ReLU()]
        self.layers = nn.Sequential(*layers, zeroed(convolution(width, outputs, 7)))

    @property
    def multiple(self) -> int:
        """Pixels a cell of the coarsest level: where tiles must start."""
        return 2**self.reductions

    @property
    def receptive_radius(self) -> int:
        """Pixels beyond which an input has no influence, but through instance norm.

        Stem and head 3 each, one cell a convolution between.
        """
        cells = [2**level for level in range(self.reductions + 1)]
        descent = 3 + sum(cells[:-1])
        ascent = 3 + sum(cells[:-1]) + self.multiple - 1
        return descent + 2 * self.blocks * self.multiple + ascent

    @property
    def stem(self) -> nn.Sequential:
        """The network's own, see `stem`."""
        return nn.Sequential(*list(self.layers)[:STEM])

    @property
    def taps(self) -> Mapping[int, int]:
        """Layers whose features `encoded` gives, and how many features: after each reduction, half of the blocks, all blocks."""
        reduced = {STEM + 3 * level: self.width * 2**level for level in range(1, self.reductions + 1)}
        last, deepest = STEM + 3 * self.reductions, self.width * 2**self.reductions
        return reduced | {last + self.blocks // 2: deepest, last + self.blocks: deepest}

    def encoded(self, x: Tensor, stem: nn.Module) -> list[Tensor]:
        """Features (batch, feature, row, column) of the `taps` for `x` through a `stem` of one's own."""
        x, features = stem(x), []
        for number, layer in enumerate(list(self.layers)[STEM : max(self.taps)], start=STEM + 1):
            x = layer(x)
            if number in self.taps:
                features.append(x)
        return features

    def forward(self, x: Tensor) -> Tensor:
        """Output on the scans and pixels of `x`."""
        scans, pixels = x.shape[-2:]
        return self.layers(pad_to_multiple(x, self.multiple))[..., :scans, :pixels]
