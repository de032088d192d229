"""Gradient boosting of pixels (Ke et al. 2017, LightGBM): for every output trees that say what the line leaves of a weak pair.

Trees learn by squared error, so that they say a mean. Rain has moved between the two overpasses, and of pixels that look alike
fewer than half may be rain when GMI comes: the absolute error would have the median of them, without rain, and what the partner
saw of scattering would be taken away. The mean keeps it, spread out. Of simulated F16_SSMIS pixels of two validation overpasses
that scatter (PCT at 91.7 GHz below 255 K) GMI has 255.4 K on average, trees of squared error 257.2 K, of absolute error 258.1
K; the latter's RMSE is up to 5 % smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.boosters import Booster, Boosting, Objective, Samples, boost
from models.training import Run
from models.translators.base import OUTPUTS, TranslationData, Translator
from models.translators.linear import Linear, LinearConfig, LinearRecipe, fit_linear
from models.translators.paired_pixels import PIXEL_CONDITIONS, PairedPixels, learning_pixels


@dataclass(frozen=True)
class GradientBoostingConfig:
    """Names in order."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    conditions: tuple[str, ...] = PIXEL_CONDITIONS


class GradientBoostingTranslator(Translator):
    """The line, and for each output trees on a pixel's TB and conditions, kept in `booster-0.txt` and so on.

    Beyond what they have seen trees go on as at the end of it: extremes are the line's.
    """

    kind: ClassVar[str] = "gradient_boosting_translator"
    config_class: ClassVar[type] = GradientBoostingConfig

    def __init__(self, config: GradientBoostingConfig) -> None:
        super().__init__(config.inputs, config.outputs, config.conditions)
        self.config = config
        self.lift = Linear(LinearConfig(config.inputs, config.outputs))
        boosters = nn.ModuleList(Booster(f"booster-{number}.txt") for number in range(len(config.outputs)))
        self.boosters = cast(Sequence[Booster], boosters)

    def forward(self, given: Tensor) -> Tensor:
        """The line and what the trees add; raises ModelsError before there are any."""
        pixels = features(given.movedim(1, -1).flatten(0, 2))
        added = torch.from_numpy(np.stack([booster(pixels) for booster in self.boosters], axis=-1)).to(given)
        line: Tensor = self.lift(given[:, : len(self.inputs)])
        return line + added.reshape(*line.movedim(1, -1).shape).movedim(-1, 1)

    def write_files(self, folder: Path) -> None:
        """See `Booster.write`."""
        for booster in self.boosters:
            booster.write(folder)

    def read_files(self, folder: Path) -> None:
        """See `Booster.read`."""
        for booster in self.boosters:
            booster.read(folder)


@dataclass(frozen=True, kw_only=True)
class GradientBoostingRecipe(Boosting):
    """And the most pixels of either split."""

    pixels: int
    outputs: tuple[str, ...] = OUTPUTS
    conditions: tuple[str, ...] = PIXEL_CONDITIONS

    @property
    def steps(self) -> int:
        """Steps that are reported: the rounds of all outputs."""
        return self.rounds * len(self.outputs)


SIZES: dict[str, GradientBoostingRecipe] = {
    # about 30 s on one processor core
    "demo": GradientBoostingRecipe(pixels=200_000, rounds=400, learning_rate=0.05, leaves=63, least_pixels=100),
    "published": GradientBoostingRecipe(
        pixels=5_000_000, rounds=800, learning_rate=0.05, leaves=63, least_pixels=500, patience=50
    ),
}


def fit_gradient_boosting(data: TranslationData, recipe: GradientBoostingRecipe, run: Run) -> GradientBoostingTranslator:
    """Boosted on pixels of weak pairs by their weights, and ended by the validation pairs, which are of other overpasses.

    The same for a seed, whatever the threads. Raises TrainingError without pairs, ChannelError for what they do not have.
    """
    learned, held_out = learning_pixels(data, recipe.outputs, recipe.conditions, recipe.pixels, run.seed)
    model = GradientBoostingTranslator(GradientBoostingConfig(data.source.channels, recipe.outputs, recipe.conditions))
    model.lift.load_state_dict(fit_linear(data, LinearRecipe(recipe.outputs), run).state_dict())
    for number, (output, booster) in enumerate(zip(recipe.outputs, model.boosters, strict=True)):
        unseen = _samples(model, held_out, number) if len(held_out.weights) else None
        objective = Objective(f"{output}_squared_error", {"objective": "regression"})
        booster.take(boost(recipe, objective, _samples(model, learned, number), unseen, run, first=number * recipe.rounds))
    return model.to(run.accelerator.device).eval()


def features(given: Tensor) -> NDArray[np.float64]:
    """What trees read of pixels (n, read)."""
    return given.double().cpu().numpy()


def _samples(model: GradientBoostingTranslator, pixels: PairedPixels, output: int) -> Samples:
    """Pixels and what the line leaves of an output."""
    left = pixels.target - model.lift(pixels.source[..., None, None])[..., 0, 0]
    return Samples(features(pixels.given), left[:, output].contiguous().numpy(), pixels.weights.numpy())
