"""PatchGAN (Isola et al. 2017): judges overlapping windows, one verdict each."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from models.networks.layers import NORMS, Norm


class PatchGan(nn.Module):
    """(batch, channel, scan, pixel) to verdicts (batch, 1, scan', pixel').

    Two `reductions` make windows of 34 x 34 pixels, three 70 x 70. With `spectral` each layer is held to a Lipschitz constant
    of one (Miyato et al. 2018) and features are not normalised besides.
    """

    def __init__(self, channels: int, width: int, reductions: int, spectral: bool, norm: Norm = "channel") -> None:
        super().__init__()
        widths = [width * min(2**level, 8) for level in range(reductions + 1)]
        layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, padding=1), nn.LeakyReLU(0.2)]
        for level, (fine, coarse) in enumerate(pairwise(widths), start=1):
            layers.append(nn.Conv2d(fine, coarse, 4, 2 if level < reductions else 1, padding=1))
            layers += [nn.Identity() if spectral else NORMS[norm](coarse), nn.LeakyReLU(0.2)]
        layers.append(nn.Conv2d(widths[-1], 1, 4, padding=1))
        if spectral:
            layers = [spectral_norm(layer) if isinstance(layer, nn.Conv2d) else layer for layer in layers]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Verdicts, near 1 for windows it takes for real."""
        return self.layers(x)
