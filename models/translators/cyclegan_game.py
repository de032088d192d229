"""The game of CycleGAN (Zhu et al. 2017) and of what was made of it: two generators, two judges, and what each loses by.

Losses are in units of the channels' deviations. A weight of 0 leaves a loss out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, l1_loss

from models.losses import finite_difference_penalty, huber, least_squares_gan
from models.networks.layers import Norm
from models.networks.patchgan import PatchGan
from models.normalisation import Normalisation
from models.packs import channel_positions
from models.schedule import Schedule, Scheduled
from models.training import Phase, Run, train
from models.translators.base import OUTPUTS, TranslationData, UnpairedSamples, unpaired_samples
from models.translators.corrected import Corrected, lift_back, lift_forth, moments_apart, no_lift, start
from models.translators.pool import Pool
from models.translators.unpaired_batches import UnpairedBatch, UnpairedBatches

PAIR_THRESHOLD_K = 2.0
"""Difference of weak pairs up to which the loss is quadratic: what 15 minutes and half a footprint make of a scene."""
COARSE = 4
"""Pixels a side of the means that coarse consistency compares."""
PENALTY_STEP = 0.1
"""Step in deviations of the discriminators' finite differences, which bfloat16 still resolves."""


@dataclass(frozen=True, kw_only=True)
class GameRecipe(Scheduled):
    """Sizes of generators and discriminators ("judges"), weights of the losses, and the schedule; defaults are canonical."""

    schedule: Schedule
    width: int
    reductions: int
    blocks: int
    judge_width: int
    judge_reductions: int
    outputs: tuple[str, ...] = OUTPUTS
    lift: bool = False
    """Whether generators correct a linear map from all channels; otherwise they are networks alone, of the nearest channels."""
    stratified: bool = False
    """Whether batches have the same strata in both domains."""
    norm: Norm = "instance"
    spectral: bool = False
    """Whether judges are held to a Lipschitz constant of one instead of normalising features."""
    judge_rate: float = 1.0
    """Learning rate of the judges over the generators'."""
    cycle: float = 10.0
    identity: float = 5.0
    pool: int = 50
    noise_k: float = 0.0
    """Noise on every generator's input in K: drowns codes that a generator hides for its opposite."""
    pair: float = 0.0
    """Weight of the Huber loss on weak pairs, whose slope is one deviation per deviation beyond `PAIR_THRESHOLD_K`."""
    coarse: float = 0.0
    """Weight of the distance between 4 x 4 means of a generator's output and of its linear map."""
    penalty: float = 0.0
    """Weight of the zero-centred penalty on the judges' gradients at real patches."""


Make = Callable[[tuple[str, ...], tuple[str, ...], int], Corrected]
"""A generator of inputs, outputs and the number of pixels along a training patch's longer side."""


def play(data: TranslationData, recipe: GameRecipe, run: Run, make: Make) -> Corrected:
    """The generator from partner to GMI, averaged over the steps, on the accelerator's device.

    A recipe without lift gets one where the partner has no channel of its own near each of the outputs. Raises what `fit_linear`
    raises, PackError where the domains have no stratum in common, and TrainingError.
    """
    inputs = data.source.channels if recipe.lift else _nearest(data, recipe.outputs)
    if inputs is None:
        return play(data, replace(recipe, lift=True), run, make)
    with run.session():
        game = Game(data, recipe, inputs, make, run.seed).to(run.accelerator.device)
        batches = UnpairedBatches(
            data,
            (inputs, recipe.outputs),
            recipe.schedule.batch,
            run.seed,
            run.accelerator.device,
            stratified=recipe.stratified,
            paired=recipe.pair > 0,
        )
        return train(game.forth, game.phases(), batches.draw, recipe.schedule, run, whole=game)


def _nearest(data: TranslationData, outputs: tuple[str, ...]) -> tuple[str, ...] | None:
    """The channels nearest to the outputs, if every output has one that no other has."""
    nearest = [data.nearest[name] for name in outputs if name in data.nearest]
    return tuple(nearest) if len(set(nearest)) == len(outputs) else None


class _Round(NamedTuple):
    """What the generators' losses are made of, TB in K without missing ones."""

    source: Tensor
    target: Tensor
    pseudo_source: Tensor
    pseudo_target: Tensor
    overlap: tuple[Tensor, Tensor] | None


class Game(nn.Module):
    """Two generators, `forth` to GMI and `back` to the partner, two judges with pools of fakes, and what each loses by."""

    def __init__(self, data: TranslationData, recipe: GameRecipe, inputs: tuple[str, ...], make: Make, seed: int) -> None:
        super().__init__()
        self.recipe, outputs = recipe, recipe.outputs
        samples = _of(unpaired_samples(data, outputs, 1024, seed), channel_positions(inputs, data.source.channels))
        patch = samples.source.shape[2:]
        self.forth, self.back = make(inputs, outputs, max(patch)), make(outputs, inputs, max(patch))
        judge = recipe.judge_width, recipe.judge_reductions, recipe.spectral, recipe.norm
        self.source_judge, self.target_judge = PatchGan(len(inputs), *judge), PatchGan(len(outputs), *judge)
        self.source_pool, self.target_pool = (Pool(recipe.pool, (len(names), *patch)) for names in (inputs, outputs))
        self.fakes: tuple[Tensor, Tensor]
        moments = moments_apart(samples)
        if recipe.lift:
            forth = lift_forth(data, outputs)
            back = lift_back(forth, moments)
        else:
            forth, back = no_lift(inputs, outputs, moments.target_mean), no_lift(outputs, inputs, moments.source_mean)
            self.apply(_as_published)
        start(self.forth, forth, samples.source, samples.weights, moments.source, moments.target)
        start(self.back, back, samples.target, samples.weights, moments.target, moments.source)

    def phases(self) -> list[Phase[UnpairedBatch]]:
        """Generators first, whose fakes the judges then see."""
        playing = [*self.forth.parameters(), *self.back.parameters()]
        judging = [*self.target_judge.parameters(), *self.source_judge.parameters()]
        return [Phase(playing, self.generator_losses), Phase(judging, self.judge_losses, rate=self.recipe.judge_rate)]

    def as_target(self, source: Tensor) -> Tensor:
        """TB of the partner in the place of GMI's: through the linear map, or the nearest channels' own."""
        return self.forth.lift(source) if self.recipe.lift else source

    def as_source(self, target: Tensor) -> Tensor:
        """TB of GMI in the place of the partner's."""
        return self.back.lift(target) if self.recipe.lift else target

    def generator_losses(self, batch: UnpairedBatch) -> Mapping[str, Tensor]:
        """Fooling the judges, and every loss that has a weight."""
        self.source_judge.requires_grad_(False)
        self.target_judge.requires_grad_(False)
        in_source, in_target = self.forth.normalisation, self.back.normalisation
        source, target = in_source.fill(batch.source), in_target.fill(batch.target)
        pseudo_source, pseudo_target = self.back(self._noisy(target)), self.forth(self._noisy(source))
        self.fakes = pseudo_source.detach(), pseudo_target.detach()
        judged = self.source_judge(in_source(pseudo_source)), self.target_judge(in_target(pseudo_target))
        fooled = least_squares_gan(judged[0], real=True) + least_squares_gan(judged[1], real=True)
        played = _Round(source, target, pseudo_source, pseudo_target, batch.overlap)
        terms = {
            "cycle": (self.recipe.cycle, self._cycle),
            "identity": (self.recipe.identity, self._identity),
            "coarse": (self.recipe.coarse, self._coarse),
            "pair": (self.recipe.pair if batch.overlap else 0.0, self._pair),
        }
        return {"generator": fooled} | {name: weight * loss(played) for name, (weight, loss) in terms.items() if weight}

    def judge_losses(self, batch: UnpairedBatch) -> Mapping[str, Tensor]:
        """Telling real patches from translated ones, present and past."""
        source, target = self.source_pool.exchange(self.fakes[0]), self.target_pool.exchange(self.fakes[1])
        return {
            "source_judge": self._judge_loss(self.source_judge, self.forth.normalisation, batch.source, source),
            "target_judge": self._judge_loss(self.target_judge, self.back.normalisation, batch.target, target),
        }

    def _judge_loss(self, judge: PatchGan, normalisation: Normalisation, real: Tensor, fake: Tensor) -> Tensor:
        judge.requires_grad_(True)
        normalised = normalisation(real)
        here = judge(normalised)
        loss = (least_squares_gan(here, real=True) + least_squares_gan(judge(normalisation(fake)), real=False)) / 2
        if not self.recipe.penalty:
            return loss
        there = judge(normalised + PENALTY_STEP * torch.randn_like(normalised))
        return loss + self.recipe.penalty * finite_difference_penalty(here, there, PENALTY_STEP)

    def _cycle(self, played: _Round) -> Tensor:
        """Coming back from the other side."""
        source, target = self.back(self._noisy(played.pseudo_target)), self.forth(self._noisy(played.pseudo_source))
        return self._distance(source, played.source, target, played.target)

    def _identity(self, played: _Round) -> Tensor:
        """Leaving alone what is on the right side already."""
        source, target = self.back(self.as_target(played.source)), self.forth(self.as_source(played.target))
        return self._distance(source, played.source, target, played.target)

    def _coarse(self, played: _Round) -> Tensor:
        """Keeping the means of squares of 4 x 4 pixels."""
        fields = played.pseudo_source, self.as_source(played.target), played.pseudo_target, self.as_target(played.source)
        return self._distance(*(avg_pool2d(field, COARSE) for field in fields))

    def _pair(self, played: _Round) -> Tensor:
        """Giving what GMI saw, where it is known: Huber over its threshold in deviations, mean of the channels."""
        assert played.overlap is not None
        source, truth = played.overlap
        pseudo = self.forth(self._noisy(self.forth.normalisation.fill(source)))
        by_channel = torch.stack([huber(*pair, PAIR_THRESHOLD_K) for pair in zip(pseudo.unbind(1), truth.unbind(1), strict=True)])
        return (by_channel / (PAIR_THRESHOLD_K * self.back.normalisation.deviation)).mean()

    def _distance(self, source: Tensor, true_source: Tensor, target: Tensor, true_target: Tensor) -> Tensor:
        """Mean absolute differences of both sides in deviations, added."""
        in_source, in_target = self.forth.normalisation, self.back.normalisation
        return l1_loss(in_source(source), in_source(true_source)) + l1_loss(in_target(target), in_target(true_target))

    def _noisy(self, tb: Tensor) -> Tensor:
        return tb + self.recipe.noise_k * torch.randn_like(tb) if self.recipe.noise_k else tb


def _of(samples: UnpairedSamples, positions: list[int]) -> UnpairedSamples:
    """Samples of some channels of the source."""
    return replace(samples, source=samples.source[:, positions])


def _as_published(layer: nn.Module) -> None:
    """First weights of a convolution, normal with a deviation of 0.02, and its bias."""
    if isinstance(layer, nn.Conv2d):
        nn.init.normal_(layer.weight, std=0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
