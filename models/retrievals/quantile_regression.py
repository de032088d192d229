"""Pixel quantile regression (Koenker and Bassett 1978), linear in TB, their squares and products.

Head, loss and batches are DRAIN's, so its quantiles cannot cross.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from models.retrievals.base import CHANNELS, RetrievalData
from models.retrievals.fitting import Fitting, NetworkRecipe, fit_quantiles
from models.retrievals.quantile_network import QuantileNetwork
from models.schedule import Schedule
from models.training import Run


@dataclass(frozen=True)
class QuantileRegressionConfig:
    """What a quantile regression is; travels with its weights."""

    channels: tuple[str, ...] = CHANNELS
    wet_probability: float = 0.5
    mean_factor: float = 1.0
    told_by: tuple[float, ...] = ()


FAR = 6.0


class SecondOrder(nn.Module):
    """(batch, channel, ...) to the channels, their squares and their products (batch, channel * (channel + 3) / 2, ...).

    Channels stop at `FAR` deviations: the square of what training hardly saw decides the rain by itself (a CRPS of 0.09 mm/h
    instead of 0.03 on a year's test months).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = torch.triu_indices(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Second-order features of normalised TB."""
        x = x.clamp(-FAR, FAR)
        return torch.cat([x, x[:, self.first] * x[:, self.second]], dim=1)


class QuantileRegression(QuantileNetwork):
    """No hidden layer: the head reads second-order features of whitened TB (CRPS on a demo 0.0261 mm/h; normalised 0.0336)."""

    kind: ClassVar[str] = "quantile_regression"
    config_class: ClassVar[type] = QuantileRegressionConfig

    def __init__(self, config: QuantileRegressionConfig) -> None:
        channels = len(config.channels)
        super().__init__(config, SecondOrder(channels), channels * (channels + 3) // 2)


@dataclass(frozen=True)
class QuantileRegressionRecipe(NetworkRecipe):
    """Training of a quantile regression."""

    fitting: Fitting
    channels: tuple[str, ...] = CHANNELS


SIZES: dict[str, QuantileRegressionRecipe] = {
    # about 30 s on one processor core
    "demo": QuantileRegressionRecipe(
        Fitting(Schedule(steps=1500, batch=32, learning_rate=1e-2, warm_up=100, average=0.99), pixels=8192),
    ),
    "published": QuantileRegressionRecipe(
        Fitting(Schedule(steps=20_000, batch=64, learning_rate=1e-2, warm_up=1000), pixels=65_536),
    ),
}


def fit_quantile_regression(data: RetrievalData, recipe: QuantileRegressionRecipe, run: Run) -> QuantileRegression:
    """A quantile regression trained on a labelled pack that has its channels; see `fit_quantiles`."""
    return fit_quantiles(lambda: QuantileRegression(QuantileRegressionConfig(recipe.channels)), data, recipe.fitting, run)
