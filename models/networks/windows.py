"""A network of fields of one size, applied to fields of any: in windows that overlap, averaged so that nothing jumps."""

from __future__ import annotations

from collections.abc import Callable

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional


class Windowed(nn.Module):
    """A network that sees windows of `size` pixels a side, as it did in training, whatever the swath.

    Neighbouring windows share `overlap` pixels. A field of just that size is one window.
    """

    def __init__(self, network: nn.Module, size: int, overlap: int) -> None:
        super().__init__()
        self.network, self.size, self.overlap = network, size, overlap
        self.receptive_radius, self.multiple = size - 1, size - overlap

    def forward(self, x: Tensor) -> Tensor:
        """(batch, input, scan, pixel) to (batch, output, scan, pixel)."""
        return windowed(self.network, x, self.size, self.overlap)


def windowed(network: Callable[[Tensor], Tensor], x: Tensor, size: int, overlap: int) -> Tensor:
    """`network`, (window, input, size, size) to (window, output, size, size), on `x` (batch, input, scan, pixel) of any extent.

    A window counts less towards its rim, so that nothing jumps where it ends. The last scan and pixel are repeated to fill whole
    windows.
    """
    scans, pixels = x.shape[2:]
    if scans == pixels == size:
        return network(x)
    step = size - overlap
    height, breadth = (size + max(0, -(-(extent - size) // step)) * step for extent in (scans, pixels))
    padded = functional.pad(x, (0, breadth - pixels, 0, height - scans), mode="replicate")
    windows = padded.unfold(2, size, step).unfold(3, size, step)
    values = network(rearrange(windows, "batch c row column s p -> (batch row column) c s p"))
    weights = _taper(size, overlap).to(values.device).expand(len(values) // len(x), 1, -1, -1)
    whole = _stitched(values * weights.repeat(len(x), 1, 1, 1), len(x), (height, breadth), step)
    return (whole / _stitched(weights, 1, (height, breadth), step))[..., :scans, :pixels]


def _taper(size: int, overlap: int) -> Tensor:
    """Weights (size, size) of a window's pixels: even steps up to one over the overlap on every side."""
    place = torch.arange(size)
    inward = torch.minimum(place, place.flip(0)) + 1
    side = (inward / (overlap + 1)).clamp(max=1)
    return side[:, None] * side


def _stitched(windows: Tensor, batch: int, extent: tuple[int, int], step: int) -> Tensor:
    """Sums (batch, output, scan, pixel) of windows (batch * row * column, output, size, size) in their places."""
    columns = rearrange(windows, "(batch place) c s p -> batch (c s p) place", batch=batch)
    return functional.fold(columns, extent, windows.shape[-1], stride=step)
