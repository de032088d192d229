"""Contrastive translation in the manner of FastCUT (Park et al. 2020): a patch of the output must tell its own input's place.

One trunk has a stem for each sensor, so that pseudo-GMI TB can be encoded again where channels differ. PatchNCE compares
features of the trunk at 256 places, at a temperature of 0.07, through perceptrons of 256; it weighs 10, the least-squares GAN
loss 1, and half of the steps see the swath mirrored (flip equivariance). There is no way back and no pool. Unlike there: the
generator corrects the linear baseline, features are normalised pixel by pixel, and batches have the same strata in both
domains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.losses import least_squares_gan, patch_nce
from models.networks.patchgan import PatchGan
from models.networks.resnet import ResNet, stem
from models.normalisation import Normalisation
from models.schedule import Schedule, Scheduled
from models.training import Phase, Run, train
from models.translators.base import OUTPUTS, TranslationData, unpaired_samples
from models.translators.corrected import lift_forth, moments_apart, start
from models.translators.corrected_resnet import CorrectedResNet, CorrectedResNetConfig
from models.translators.cyclegan import BETAS
from models.translators.unpaired_batches import UnpairedBatch, UnpairedBatches


@dataclass(frozen=True, kw_only=True)
class FastCutRecipe(Scheduled):
    """Sizes of generator and discriminator ("judge"), the weight and the sizes of PatchNCE, and the schedule."""

    schedule: Schedule
    width: int
    reductions: int
    blocks: int
    judge_width: int
    judge_reductions: int
    outputs: tuple[str, ...] = OUTPUTS
    contrast: float = 10.0
    """Weight of PatchNCE."""
    places: int = 256
    features: int = 256
    temperature: float = 0.07


SIZES: dict[str, FastCutRecipe] = {
    # about 40 s on two processor cores with patches of 32 x 32
    "demo": FastCutRecipe(
        schedule=Schedule(steps=500, batch=8, learning_rate=2e-4, decay="half_linear", betas=BETAS, average=0.99),
        width=16, reductions=2, blocks=6, judge_width=24, judge_reductions=2,
    ),
    # sizes, learning rate and weights of the publication; for a GPU
    "published": FastCutRecipe(
        schedule=Schedule(steps=200_000, batch=16, learning_rate=2e-4, decay="half_linear", betas=BETAS),
        width=64, reductions=2, blocks=9, judge_width=64, judge_reductions=3,
    ),
}  # fmt: skip


def fit_fastcut(data: TranslationData, recipe: FastCutRecipe, run: Run) -> CorrectedResNet:
    """The generator from partner to GMI, averaged over the steps, on the accelerator's device.

    Raises what `fit_linear` raises, PackError where the domains have no stratum in common, and TrainingError.
    """
    with run.session():
        contest = Contest(data, recipe, run.seed).to(run.accelerator.device)
        channels = data.source.channels, recipe.outputs
        batches = UnpairedBatches(data, channels, recipe.schedule.batch, run.seed, run.accelerator.device)
        learning = [*contest.model.parameters(), *contest.target_stem.parameters(), *contest.heads.parameters()]
        phases = [Phase(learning, contest.generator_losses), Phase([*contest.judge.parameters()], contest.judge_losses)]
        return train(contest.model, phases, batches.draw, recipe.schedule, run, whole=contest)


class Contest(nn.Module):
    """A generator, what encodes its output again, a judge, and what each loses by."""

    def __init__(self, data: TranslationData, recipe: FastCutRecipe, seed: int) -> None:
        super().__init__()
        self.recipe, inputs, outputs = recipe, data.source.channels, recipe.outputs
        samples = unpaired_samples(data, outputs, 1024, seed)
        sizes = recipe.width, recipe.reductions, recipe.blocks
        self.model = CorrectedResNet(CorrectedResNetConfig(inputs, outputs, *sizes, "channel", max(samples.source.shape[2:])))
        moments = moments_apart(samples)
        start(self.model, lift_forth(data, outputs), samples.source, samples.weights, moments.source, moments.target)
        self.in_target = Normalisation(len(outputs))
        self.in_target.fit(samples.target, samples.weights)
        self.target_stem = stem(len(outputs), recipe.width)
        self.heads = nn.ModuleList(_head(width, recipe.features) for width in self.trunk.taps.values())
        self.judge = PatchGan(len(outputs), recipe.judge_width, recipe.judge_reductions, spectral=False, norm="instance")
        self.fake: Tensor

    @property
    def trunk(self) -> ResNet:
        """The generator's network, of which stems are a part."""
        network = self.model.network
        assert isinstance(network, ResNet)
        return network

    def generator_losses(self, batch: UnpairedBatch) -> Mapping[str, Tensor]:
        """Fooling the judge, and keeping every place recognisable."""
        self.judge.requires_grad_(False)
        source = self.model.normalisation.fill(batch.source)
        mirrored = bool(torch.rand(()) < 0.5)
        pseudo = self.model(source.flip(-1) if mirrored else source)
        self.fake = pseudo.detach()
        return {
            "generator": least_squares_gan(self.judge(self.in_target(pseudo)), real=True),
            "contrast": self.recipe.contrast * self._contrast(source, pseudo, mirrored),
        }

    def judge_losses(self, batch: UnpairedBatch) -> Mapping[str, Tensor]:
        """Telling real patches from translated ones."""
        self.judge.requires_grad_(True)
        real, fake = (self.judge(self.in_target(tb)) for tb in (batch.target, self.fake))
        return {"judge": (least_squares_gan(real, real=True) + least_squares_gan(fake, real=False)) / 2}

    def _contrast(self, source: Tensor, pseudo: Tensor, mirrored: bool) -> Tensor:
        """PatchNCE of the trunk's layers, their mean: the output's places ask, the input's answer."""
        queries = self.trunk.encoded(self.in_target(pseudo), self.target_stem)
        with torch.no_grad():
            keys = self.trunk.encoded(self.model.normalisation(source), self.trunk.stem)
        losses = []
        for head, query, key in zip(self.heads, queries, keys, strict=True):
            asking = query.flip(-1) if mirrored else query
            places = torch.randperm(query.shape[2] * query.shape[3])[: self.recipe.places].to(query.device)
            asked, answered = (head(each.flatten(2)[:, :, places].transpose(1, 2)) for each in (asking, key))
            losses.append(patch_nce(asked, answered, self.recipe.temperature))
        return torch.stack(losses).mean()


def _head(width: int, features: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, features), nn.ReLU(), nn.Linear(features, features))
