"""A CycleGAN in the manner of UVCGAN2 (Torbunov et al. 2023), the one made for scientific data.

Its generators are U-Nets with a transformer at the coarsest level; cycle 5, identity 2.5, consistency of 4 x 4 means with the
linear map, judges with spectral norm and a zero-centred penalty on their gradients, here by finite differences, and a long
average of the weights. Unlike there: generators correct the linear baseline and have no style token, features are normalised
pixel by pixel, attention stays within windows of the size of a training patch, so that any swath can be translated, nothing is
trained beforehand, and judges see a pool of old fakes instead of a queue of features, whose batch norm would let a verdict
depend on other patches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from models.networks.vit_unet import VitUnet
from models.schedule import Schedule
from models.training import Run
from models.translators.base import TranslationData
from models.translators.corrected import Corrected
from models.translators.cyclegan_game import GameRecipe, play


@dataclass(frozen=True)
class UvcGanConfig:
    """Channels in order and the size of the generator: see `VitUnet`."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    width: int
    reductions: int
    blocks: int
    side: int


class UvcGan(Corrected):
    """A linear map and the correction of a U-Net with a transformer."""

    kind: ClassVar[str] = "uvcgan"
    config_class: ClassVar[type] = UvcGanConfig

    def __init__(self, config: UvcGanConfig) -> None:
        sizes = config.width, config.reductions, config.blocks, config.side
        network = VitUnet(len(config.inputs), len(config.outputs), *sizes)
        super().__init__(config.inputs, config.outputs, network, network.receptive_radius, network.multiple)
        self.config = config


def _recipe(schedule: Schedule, width: int, reductions: int, blocks: int, judge_width: int, judge_reductions: int) -> GameRecipe:
    return GameRecipe(
        schedule=schedule,
        width=width, reductions=reductions, blocks=blocks, judge_width=judge_width, judge_reductions=judge_reductions,
        lift=True, stratified=True, norm="channel", spectral=True, cycle=5.0, identity=2.5, coarse=1.0, penalty=1.0,
    )  # fmt: skip


BETAS = (0.5, 0.99)
SIZES: dict[str, GameRecipe] = {
    # about 80 s on two processor cores with patches of 32 x 32
    "demo": _recipe(
        Schedule(steps=500, batch=8, learning_rate=2e-4, decay="half_linear", betas=BETAS, average=0.99), 16, 2, 4, 24, 2
    ),
    # widths, layers, learning rate and average of the publication, a level less; for a GPU
    "published": _recipe(
        Schedule(steps=200_000, batch=16, learning_rate=1e-4, decay="half_linear", betas=BETAS, average=0.9999), 48, 3, 12, 64, 3
    ),
}


def fit_uvcgan(data: TranslationData, recipe: GameRecipe, run: Run) -> Corrected:
    """See `play`."""

    def make(inputs: tuple[str, ...], outputs: tuple[str, ...], window: int) -> UvcGan:
        side = -(-window // 2**recipe.reductions)
        return UvcGan(UvcGanConfig(inputs, outputs, recipe.width, recipe.reductions, recipe.blocks, side))

    return play(data, recipe, run, make)
