"""The pixel MLP: a network that sees one pixel at a time, so that what DRAIN does better is what the image tells.

Four hidden layers of 256 as in SatRain (arXiv 2509.08816); GPROF-NN 1D (Pfreundschuh et al. 2022) is its kind. Head, loss and
batches are DRAIN's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from models.networks.layers import pixelwise
from models.retrievals.base import CHANNELS, RetrievalData
from models.retrievals.fitting import Fitting, NetworkRecipe, fit_quantiles
from models.retrievals.quantile_network import QuantileNetwork
from models.schedule import Schedule
from models.training import Run


@dataclass(frozen=True)
class PixelMlpConfig:
    """What a pixel MLP is; travels with its weights."""

    channels: tuple[str, ...] = CHANNELS
    widths: tuple[int, ...] = (256, 256, 256, 256)
    """Features per hidden layer."""
    wet_probability: float = 0.5
    mean_factor: float = 1.0
    told_by: tuple[float, ...] = ()


class PixelMlp(QuantileNetwork):
    """1 x 1 convolutions, normalised features, SiLU on whitened TB (merely normalised: CRPS on a demo 0.0233 mm/h, not 0.0193).

    Without the normalisation of features one seed of three stayed behind (CRPS 0.0475 on validation patches, with it 0.0380).
    """

    kind: ClassVar[str] = "pixel_mlp"
    config_class: ClassVar[type] = PixelMlpConfig

    def __init__(self, config: PixelMlpConfig) -> None:
        super().__init__(config, nn.Sequential(*pixelwise(len(config.channels), config.widths)), config.widths[-1])


@dataclass(frozen=True)
class PixelMlpRecipe(NetworkRecipe):
    """Size and training of a pixel MLP."""

    widths: tuple[int, ...]
    fitting: Fitting
    channels: tuple[str, ...] = CHANNELS


SIZES: dict[str, PixelMlpRecipe] = {
    # about 60 s on one processor core; as many pixels a step as the head allows
    "demo": PixelMlpRecipe(
        (64, 64, 64, 64),
        Fitting(Schedule(steps=1500, batch=32, learning_rate=2e-3, warm_up=100, weight_decay=1e-4, average=0.99), pixels=8192),
    ),
    "published": PixelMlpRecipe(
        (256, 256, 256, 256),
        Fitting(Schedule(steps=100_000, batch=64, learning_rate=1e-3, warm_up=1000, weight_decay=1e-4), pixels=262_144),
    ),
}


def fit_pixel_mlp(data: RetrievalData, recipe: PixelMlpRecipe, run: Run) -> PixelMlp:
    """A pixel MLP trained on a labelled pack that has its channels; see `fit_quantiles`."""
    return fit_quantiles(lambda: PixelMlp(PixelMlpConfig(recipe.channels, recipe.widths)), data, recipe.fitting, run)
