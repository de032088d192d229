"""A U-Net whose coarsest level is a vision transformer (UVCGAN: Torbunov et al. 2023), for swaths of any size."""

from __future__ import annotations

from einops import rearrange
from torch import Tensor, nn

from models.networks.dit import Layer, sine_cosine_positions
from models.networks.layers import pad_to_multiple, zeroed
from models.networks.unet import UNet

HEAD_WIDTH = 64


class VitUnet(nn.Module):
    """(batch, input, scan, pixel) to (batch, output, scan, pixel), for any size; zero everywhere before training.

    `width` features at full resolution, twice as many after each of `reductions` halvings, there `blocks` transformer layers on
    windows of `side` x `side` cells. Attention over a whole swath would cost its square and reach everywhere; within windows that
    stand side by side it reaches a window, and the convolutions on the way up join what lies on both sides of a border.
    """

    def __init__(self, inputs: int, outputs: int, width: int, reductions: int, blocks: int, side: int) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(reductions + 1)]
        self.unet = UNet(inputs, widths, CellTransformer(widths[-1], blocks, side))
        self.head = zeroed(nn.Conv2d(width, outputs, 1))
        self.multiple = side * self.unet.multiple
        self.receptive_radius = self.unet.receptive_radius + (side - 1) * self.unet.multiple

    def forward(self, x: Tensor) -> Tensor:
        """Output on the scans and pixels of `x`."""
        scans, pixels = x.shape[-2:]
        return self.head(self.unet(pad_to_multiple(x, self.multiple)))[..., :scans, :pixels]


class CellTransformer(nn.Module):
    """(batch, feature, row, column) to the same: transformer layers on squares of `side` cells, which make up the field."""

    places: Tensor

    def __init__(self, features: int, blocks: int, side: int) -> None:
        super().__init__()
        self.side = side
        self.register_buffer("places", sine_cosine_positions(side, features), persistent=False)
        heads = max(features // HEAD_WIDTH, 1)
        self.layers = nn.Sequential(*(Layer(features, heads) for _ in range(blocks)), nn.LayerNorm(features))

    def forward(self, x: Tensor) -> Tensor:
        """Features that know of all cells of their square."""
        rows, side = x.shape[2] // self.side, self.side
        tokens = rearrange(x, "b f (r s) (c t) -> (b r c) (s t) f", s=side, t=side)
        seen = self.layers(tokens + self.places)
        return rearrange(seen, "(b r c) (s t) f -> b f (r s) (c t)", b=len(x), r=rows, s=side)
