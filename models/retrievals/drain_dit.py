"""DRAIN-DiT: the deterministic twin of DRAIN that LATMOS released in 2026, a transformer on windows of 32 x 32 pixels.

Published are the inputs and their scale, plain transformer layers with fixed positions, the windows averaged on stitching, rain
as b^(2 out) - 1 and its threshold. Patch, depth, width and b lie in their checkpoint, and the loss in their training code: those
here are canonical choices. Written from the idea of the vision transformer, not from their code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from models.losses import weighted_mean
from models.networks.dit import WindowTransformer
from models.networks.windows import windowed
from models.retrievals.base import CHANNELS, WET_MM_H, Retrieval, RetrievalData
from models.retrievals.fitting import Fitting, NetworkRecipe, fit_network
from models.retrievals.head import LIMIT_MM_H
from models.retrievals.labels import LabelledBatch
from models.schedule import Schedule
from models.training import Run

WINDOW = 32
COLDEST_K, WARMEST_K = 80.0, 350.0
LEVELS = (0.01, 0.99)
"""All quantiles are the value itself; two tell so."""


@dataclass(frozen=True)
class DrainDitConfig:
    """What a DRAIN-DiT is; travels with its weights."""

    channels: tuple[str, ...] = CHANNELS
    patch: int = 4
    depth: int = 8
    width: int = 384
    heads: int = 8
    base: float = 10.0
    """b: with 10 an output of one is 99 mm/h."""
    overlap: int = 10
    """Pixels that neighbouring windows share. On GMI swaths the step of the output where a window begins or ends is 1.8 times
    the median step with LATMOS' one pixel, 1.0 times with 10. No multiple of `patch`: there squares of both windows would end."""
    wet_probability: float = 0.5


class DrainDit(Retrieval):
    """One rain rate a pixel from the windows it lies in, as a distribution without spread."""

    kind: ClassVar[str] = "drain_dit"
    config_class: ClassVar[type] = DrainDitConfig

    def __init__(self, config: DrainDitConfig) -> None:
        super().__init__()
        self.config = config
        self.network = WindowTransformer(len(config.channels), WINDOW, config.patch, config.depth, config.width, config.heads)
        self.receptive_radius, self.multiple = WINDOW - 1, WINDOW - config.overlap
        of_a_token = 24 * config.width / config.patch**2  # perceptron, attention and what they are added to
        self.floats_per_pixel = math.ceil((WINDOW / self.multiple) ** 2 * (of_a_token + 32))
        self.register_buffer("levels", torch.tensor(LEVELS))

    def forward(self, tb: Tensor) -> Tensor:
        """See `Retrieval.forward`; rain below 0.1 mm/h is none."""
        rain = to_rain(self.output(tb, self.config.overlap), self.config.base)
        return rain.where(rain >= WET_MM_H, 0)[:, None].expand(-1, len(LEVELS) + 1, -1, -1).contiguous()

    def output(self, tb: Tensor, overlap: int) -> Tensor:
        """(batch, channel, scan, pixel) in K to the network's values (batch, scan, pixel), windows averaged where they overlap.

        Averaged is what the loss compares, not mm/h: there the average of two estimates is no worse than they are. A TB that a
        training patch lacks is taken for the middle of the scale.
        """
        scaled = (tb.clamp(COLDEST_K, WARMEST_K) - COLDEST_K) * (2 / (WARMEST_K - COLDEST_K)) - 1
        return windowed(lambda window: self.network(window)[:, None], scaled.nan_to_num(0), WINDOW, overlap)[:, 0]


def to_rain(output: Tensor, base: float) -> Tensor:
    """Rain in mm/h of the network's values, at most 150."""
    return torch.expm1(2 * math.log(base) * output).clamp(0, LIMIT_MM_H)


def from_rain(rain: Tensor, base: float) -> Tensor:
    """What the network should say for rain in mm/h."""
    return torch.log1p(rain) / (2 * math.log(base))


@dataclass(frozen=True)
class DrainDitRecipe(NetworkRecipe):
    """Size and training of a DRAIN-DiT."""

    config: DrainDitConfig
    fitting: Fitting


SIZES: dict[str, DrainDitRecipe] = {
    # about 100 s on two processor cores
    "demo": DrainDitRecipe(
        DrainDitConfig(depth=4, width=96, heads=4),
        Fitting(Schedule(steps=1200, batch=32, learning_rate=1e-3, warm_up=100, weight_decay=1e-4, average=0.99), pixels=32_768),
    ),
    # depth, width and patch of the same group's flow network, for a GPU
    "published": DrainDitRecipe(
        DrainDitConfig(),
        Fitting(Schedule(steps=100_000, batch=64, learning_rate=1e-4, warm_up=1000, average=0.9995), pixels=1_048_576),
    ),
}


def fit_drain_dit(data: RetrievalData, recipe: DrainDitRecipe, run: Run) -> DrainDit:
    """DRAIN-DiT trained on a labelled pack that has its channels, on the accelerator's device.

    The loss is the squared error of the network's value, where there are labels, weighted to climatology: what it learns is the
    mean of log(1 + rain), which is less than the mean rain's. Raises ChannelError, PackError or TrainingError.
    """
    return fit_network(lambda: DrainDit(recipe.config), data, recipe.fitting, run, _losses)


def _losses(model: DrainDit, batch: LabelledBatch) -> dict[str, Tensor]:
    said = model.output(batch.tb, overlap=0).flatten()[batch.places].float()
    return {"squared_error": weighted_mean((said - from_rain(batch.rain, model.config.base)) ** 2, batch.weights)}
