"""Canonical CycleGAN (Zhu et al. 2017) between a partner and GMI, from channel to nearest channel.

ResNet generators and PatchGAN judges with instance norm, least-squares GAN loss, cycle 10, identity 5, a pool of 50 fakes, Adam
at 2e-4 with betas of 0.5 and 0.999: the publication's choices, not those of its users in this field, which are not published.
Input and output are normalised TB instead of a range of [-1, 1], so that there is no tanh. Patches are drawn by climatological
weight alone, and no pairs are used. A partner that lacks channels of its own near some outputs gets generators that correct the
linear baseline from all its channels, else they would not exist.
"""

from __future__ import annotations

from models.schedule import Schedule
from models.training import Run
from models.translators.base import TranslationData
from models.translators.corrected import Corrected
from models.translators.corrected_resnet import CorrectedResNet, CorrectedResNetConfig
from models.translators.cyclegan_game import GameRecipe, play

BETAS = (0.5, 0.999)
SIZES: dict[str, GameRecipe] = {
    # about 80 s on two processor cores with patches of 32 x 32; gradients are not clipped, nor were they
    "demo": GameRecipe(
        schedule=Schedule(steps=500, batch=8, learning_rate=2e-4, decay="half_linear", betas=BETAS, average=0.99, clip=1e9),
        width=16, reductions=2, blocks=6, judge_width=24, judge_reductions=2,
    ),
    # the publication's sizes but for the batch, which was one; for a GPU
    "published": GameRecipe(
        schedule=Schedule(steps=200_000, batch=16, learning_rate=2e-4, decay="half_linear", betas=BETAS, clip=1e9),
        width=64, reductions=2, blocks=9, judge_width=64, judge_reductions=3,
    ),
}  # fmt: skip


def fit_cyclegan(data: TranslationData, recipe: GameRecipe, run: Run) -> Corrected:
    """See `play`."""

    def make(inputs: tuple[str, ...], outputs: tuple[str, ...], window: int) -> CorrectedResNet:
        size = recipe.width, recipe.reductions, recipe.blocks
        return CorrectedResNet(CorrectedResNetConfig(inputs, outputs, *size, recipe.norm, window))

    return play(data, recipe, run, make)
