"""DRAIN: rain rate as 99 quantiles from GMI's images (after Viltard et al. 2020 and arXiv 2303.01220).

Published are the inputs (37 and 89 GHz, V and H), the U-Net, the 99 quantiles and the labels; depth, widths, normalisation, head
and loss details are canonical choices made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from models.networks.unet import UNet
from models.retrievals.base import CHANNELS, RetrievalData
from models.retrievals.fitting import Fitting, fit_quantiles
from models.retrievals.quantile_network import QuantileNetwork
from models.training import Run, Schedule


@dataclass(frozen=True)
class DrainConfig:
    """What a DRAIN is; travels with its weights."""

    channels: tuple[str, ...] = CHANNELS
    widths: tuple[int, ...] = (64, 128, 256, 512, 512)
    """Features per level of the U-Net."""
    wet_probability: float = 0.5
    mean_factor: float = 1.0


class Drain(QuantileNetwork):
    """The U-Net: every pixel's rain from the image about it."""

    kind: ClassVar[str] = "drain"
    config_class: ClassVar[type] = DrainConfig

    def __init__(self, config: DrainConfig) -> None:
        network = UNet(len(config.channels), config.widths)
        super().__init__(config, network, config.widths[0])
        self.receptive_radius, self.multiple = network.receptive_radius, network.multiple


@dataclass(frozen=True)
class DrainRecipe:
    """Size and training of a DRAIN."""

    widths: tuple[int, ...]
    fitting: Fitting
    channels: tuple[str, ...] = CHANNELS


SIZES: dict[str, DrainRecipe] = {
    # about 75 s on two processor cores with patches of 32 x 32
    "demo": DrainRecipe(
        (16, 32, 64),
        Fitting(Schedule(steps=1500, batch=32, learning_rate=2e-3, warm_up=100, weight_decay=1e-4, average=0.99), pixels=4096),
    ),
    # the size the publications suggest, for a GPU
    "published": DrainRecipe(
        (64, 128, 256, 512, 512),
        Fitting(Schedule(steps=100_000, batch=64, learning_rate=5e-4, warm_up=1000, weight_decay=1e-4), pixels=65_536),
    ),
}


def fit_drain(data: RetrievalData, recipe: DrainRecipe, run: Run) -> Drain:
    """DRAIN trained on a labelled pack that has its channels; see `fit_quantiles`."""
    return fit_quantiles(lambda: Drain(DrainConfig(recipe.channels, recipe.widths)), data, recipe.fitting, run)
