"""DRAIN: rain rate as 99 quantiles from GMI's images (after Viltard et al. 2020 and arXiv 2303.01220).

Published are the inputs (37 and 89 GHz, V and H), the U-Net, the 99 quantiles and the labels; depth, widths, normalisation, stem,
head and loss details are canonical choices made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from torch import Tensor, nn

from models.channels import ChannelDescription
from models.errors import ChannelError
from models.networks.stem import DescribedStem, coordinates
from models.networks.unet import UNet
from models.retrievals.base import CHANNELS, GMI_CHANNELS, RetrievalData
from models.retrievals.fitting import Fitting, NetworkRecipe, fit_quantiles
from models.retrievals.quantile_network import QuantileNetwork
from models.schedule import Schedule
from models.training import Run


@dataclass(frozen=True)
class DrainConfig:
    """What a DRAIN is; travels with its weights. Raises ChannelError unless every channel has a description."""

    channels: tuple[str, ...]
    descriptions: tuple[ChannelDescription, ...]
    """Of the channels, in their order."""
    widths: tuple[int, ...] = (64, 128, 256, 512, 512)
    """Features per level of the U-Net."""
    wet_probability: float = 0.5
    mean_factor: float = 1.0
    told_by: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.descriptions) != len(self.channels):
            raise ChannelError(f"{len(self.descriptions)} descriptions for the channels {', '.join(self.channels)}")
        named = tuple(ChannelDescription(*each) for each in self.descriptions)  # JSON has kept their values alone
        object.__setattr__(self, "descriptions", named)


class DescribedUNet(nn.Module):
    """The U-Net on the features of described channels: what it knows of a channel is its description."""

    described: Tensor

    def __init__(self, descriptions: Sequence[ChannelDescription], widths: Sequence[int]) -> None:
        super().__init__()
        self.register_buffer("described", coordinates(descriptions), persistent=False)
        self.stem, self.unet = DescribedStem(widths[0]), UNet(widths[0], widths)

    def forward(self, x: Tensor) -> Tensor:
        """Normalised TB (batch, channel, scan, pixel) to features (batch, widths[0], scan, pixel)."""
        return self.unet(self.stem(x, self.described))


class Drain(QuantileNetwork):
    """The U-Net: every pixel's rain from the image about it."""

    kind: ClassVar[str] = "drain"
    config_class: ClassVar[type] = DrainConfig

    def __init__(self, config: DrainConfig) -> None:
        network = DescribedUNet(config.descriptions, config.widths)
        super().__init__(config, network, config.widths[0])
        self.receptive_radius, self.multiple = network.unet.receptive_radius, network.unet.multiple


@dataclass(frozen=True)
class DrainRecipe(NetworkRecipe):
    """Size and training of a DRAIN."""

    widths: tuple[int, ...]
    fitting: Fitting
    channels: tuple[str, ...] = CHANNELS
    share: float = 1.0
    """Of the training overpasses that are used."""


SIZES: dict[str, DrainRecipe] = {
    # two to three minutes on two processor cores with patches of 32 x 32
    "demo": DrainRecipe(
        (16, 32, 64),
        Fitting(
            Schedule(steps=1500, batch=32, learning_rate=2e-3, warm_up=100, weight_decay=1e-4, average=0.99),
            pixels=4096,
            turned=0.5,
        ),
    ),
    # the size the publications suggest, for a GPU
    "published": DrainRecipe(
        (64, 128, 256, 512, 512),
        Fitting(
            Schedule(
                steps=100_000, batch=64, learning_rate=5e-4, warm_up=1000, weight_decay=1e-4,
                report_every=500, validate_every=2000, patience=10,
            ),
            pixels=65_536,
            turned=0.5,
        ),
    ),
}  # fmt: skip


def some_of(share: float) -> dict[str, DrainRecipe]:
    """The recipes of a DRAIN that learns from a share of the training overpasses, in as many steps."""
    return {size: replace(recipe, share=share) for size, recipe in SIZES.items()}


SIZES_13 = {size: replace(recipe, channels=GMI_CHANNELS) for size, recipe in SIZES.items()}
"""The same with all of GMI's channels: how much the other nine know."""


def fit_drain(data: RetrievalData, recipe: DrainRecipe, run: Run) -> Drain:
    """DRAIN trained on a labelled pack that has its channels; see `fit_quantiles`."""
    config = DrainConfig(recipe.channels, data.described(recipe.channels), recipe.widths)
    return fit_quantiles(lambda: Drain(config), data.part(recipe.share), recipe.fitting, run)
