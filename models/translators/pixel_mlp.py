"""The pixel MLP: a network that sees one pixel at a time, on the line; what spatial methods do better is what the image tells.

Output is `P x + s f(x, conditions)` with f zero before training. Learnt on weak pairs by Huber's loss, quadratic up to 2 K:
rain that moved between the two overpasses is a large difference that no pixel explains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.losses import huber
from models.networks.layers import channels_last, pixelwise, zeroed
from models.normalisation import Ranges, Whitening
from models.schedule import Schedule, Scheduled
from models.training import Phase, Run, train
from models.translators.base import OUTPUTS, TranslationData, Translator
from models.translators.linear import Linear, LinearConfig, LinearRecipe, fit_linear
from models.translators.paired_pixels import PIXEL_CONDITIONS, PairedPixels, learning_pixels

HUBER_K = 2.0
"""About what noise and a few minutes make of a pair without rain."""
VALIDATED = 65_536
"""Pixels of validation pairs that are drawn by weight, once."""


@dataclass(frozen=True)
class PixelMlpConfig:
    """Names in order, and features per hidden layer."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    conditions: tuple[str, ...] = PIXEL_CONDITIONS
    widths: tuple[int, ...] = (256, 256, 256, 256)


class PixelMlpTranslator(Translator):
    """1 x 1 convolutions and SiLU on whitened TB and conditions, added to the line."""

    kind: ClassVar[str] = "pixel_mlp_translator"
    config_class: ClassVar[type] = PixelMlpConfig
    scale: Tensor
    """(output,) K: the size of a correction of one."""

    def __init__(self, config: PixelMlpConfig) -> None:
        super().__init__(config.inputs, config.outputs, config.conditions)
        self.config = config
        self.lift = Linear(LinearConfig(config.inputs, config.outputs))
        self.whitening, self.ranges = Whitening(len(config.inputs)), Ranges(len(config.conditions))
        head = zeroed(nn.Conv2d(config.widths[-1], len(config.outputs), 1))
        self.network = nn.Sequential(*pixelwise(len(self.reads), config.widths), head)
        self.register_buffer("scale", torch.ones(len(config.outputs)))
        channels_last(self)

    def forward(self, given: Tensor) -> Tensor:
        """The line in float32, the correction in the precision of the context."""
        tb, beside = given.tensor_split([len(self.inputs)], dim=1)
        seen = torch.cat([self.whitening(tb), self.ranges(beside)], dim=1).contiguous(memory_format=torch.channels_last)
        return self.lift(tb) + self.scale[:, None, None] * self.network(seen).float()


@dataclass(frozen=True)
class PixelMlpRecipe(Scheduled):
    """Schedule, whose batch counts pixels, the network, and the most pixels of either split."""

    schedule: Schedule
    pixels: int
    widths: tuple[int, ...] = (256, 256, 256, 256)
    outputs: tuple[str, ...] = OUTPUTS
    conditions: tuple[str, ...] = PIXEL_CONDITIONS


SIZES: dict[str, PixelMlpRecipe] = {
    # about 40 s on one processor core
    "demo": PixelMlpRecipe(
        Schedule(
            steps=600, batch=2048, learning_rate=1e-3, warm_up=20, weight_decay=1e-4, clip=10, average=0.99, validate_every=50
        ),
        pixels=400_000,
    ),
    "published": PixelMlpRecipe(
        Schedule(steps=50_000, batch=65_536, learning_rate=1e-3, warm_up=500, weight_decay=1e-4, clip=10),
        pixels=10_000_000,
    ),
}


def fit_pixel_mlp(data: TranslationData, recipe: PixelMlpRecipe, run: Run) -> PixelMlpTranslator:
    """Trained on pixels of weak pairs drawn by weight; the average that errs least on validation pairs is kept.

    Raises TrainingError without pairs, ChannelError for what they do not have.
    """
    learned, held_out = learning_pixels(data, recipe.outputs, recipe.conditions, recipe.pixels, run.seed)
    device = run.accelerator.device
    with run.session():
        model = PixelMlpTranslator(PixelMlpConfig(data.source.channels, recipe.outputs, recipe.conditions, recipe.widths))
        _start(model, fit_linear(data, LinearRecipe(recipe.outputs), run), learned)
        model.to(device)
        batches = _Batches(learned, recipe.schedule.batch, run.seed, device)
        phase: Phase[_Batch] = Phase(list(model.parameters()), lambda batch: {"huber_k2": _loss(model, batch)})
        some = min(VALIDATED, len(held_out.weights))
        unseen = _Batches(held_out, some, run.seed, device).draw(0) if some else None
        validate = (lambda average: float(_loss(average, unseen))) if unseen else None
        return train(model, [phase], batches.draw, recipe.schedule, run, validate=validate)


def _loss(model: PixelMlpTranslator, batch: _Batch) -> Tensor:
    return huber(model(batch.given), batch.target, HUBER_K)


class _Batch(NamedTuple):
    """Pixels as a patch of one column: (1, read, n, 1) as a translator reads it and (1, output, n, 1) in K."""

    given: Tensor
    target: Tensor


class _Batches:
    """Draws of `count` pixels by weight, with replacement, which follow from seed and step."""

    def __init__(self, pixels: PairedPixels, count: int, seed: int, device: str) -> None:
        self.count, self.seed = count, seed
        self.given, self.target = pixels.given.to(device), pixels.target.to(device)
        self.reached: NDArray[np.float64] = np.cumsum(pixels.weights.numpy(), dtype=np.float64)

    def draw(self, step: int) -> _Batch:
        chances = np.random.default_rng([self.seed, step]).random(self.count) * self.reached[-1]
        places = np.searchsorted(self.reached, chances, side="right").clip(max=len(self.reached) - 1)
        chosen = torch.from_numpy(places).to(self.given.device)
        return _Batch(*(each[chosen].T[None, :, :, None] for each in (self.given, self.target)))


def _start(model: PixelMlpTranslator, lift: Linear, learned: PairedPixels) -> None:
    """Set what is known before training; a correction is as large as the deviation that the line leaves."""
    model.lift.load_state_dict(lift.state_dict())
    model.whitening.fit(learned.source[..., None, None], learned.weights)
    model.ranges.fit(learned.conditions)
    left = learned.target - lift(learned.source[..., None, None])[..., 0, 0]
    model.scale.copy_(left.std(dim=0).clamp_min(1.0))
