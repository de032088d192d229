"""CycleGAN (Zhu et al. 2017) between a partner and GMI, each generator a correction to a linear map.

Output is `P x + s f(x)`, f zero before training: the translator starts as the linear baseline, so it cannot start with warm and
cold exchanged, and unequal channel counts are no special case. Losses are in units of the channels' deviations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from models.losses import least_squares_gan
from models.networks.layers import channels_last
from models.networks.patchgan import PatchGan
from models.networks.resnet import ResNet
from models.normalisation import Normalisation
from models.packs import channel_positions
from models.sampling import StratifiedSampler, mirror
from models.schedule import Schedule
from models.training import Phase, Run, train
from models.translators.base import DOMAIN_STRATA, OUTPUTS, TranslationData, Translator, UnpairedSamples, unpaired_samples
from models.translators.linear import Linear, LinearConfig, LinearRecipe, fit_linear, moments_of


@dataclass(frozen=True)
class CycleGanConfig:
    """Channels in order and the size of the generator: see `ResNet`."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    width: int
    reductions: int
    blocks: int


class CycleGan(Translator):
    """One generator: a linear map and its spatial correction."""

    kind: ClassVar[str] = "cyclegan"
    config_class: ClassVar[type] = CycleGanConfig
    scale: Tensor
    """(output,) K: the size of a correction of one."""

    def __init__(self, config: CycleGanConfig) -> None:
        super().__init__(config.inputs, config.outputs)
        self.config = config
        self.lift = Linear(LinearConfig(config.inputs, config.outputs))
        self.normalisation = Normalisation(len(config.inputs))
        self.network = ResNet(len(config.inputs), len(config.outputs), config.width, config.reductions, config.blocks)
        self.register_buffer("scale", torch.ones(len(config.outputs)))
        self.receptive_radius, self.multiple = self.network.receptive_radius, self.network.multiple
        channels_last(self)

    def forward(self, tb: Tensor) -> Tensor:
        """The linear map in float32, the correction in the precision of the context."""
        normalised = self.normalisation(tb).contiguous(memory_format=torch.channels_last)
        return self.lift(tb) + self.scale[:, None, None] * self.network(normalised).float()


@dataclass(frozen=True)
class CycleGanRecipe:
    """Generator and discriminator sizes, weights of the losses, and the schedule."""

    schedule: Schedule
    width: int
    reductions: int
    blocks: int
    judge_width: int
    judge_reductions: int
    spectral: bool = True
    outputs: tuple[str, ...] = OUTPUTS
    cycle: float = 10.0
    identity: float = 5.0
    pool: int = 50
    noise_k: float = 0.5
    """Noise on every generator's input in K, about a NEDT: drowns codes that a generator hides for its opposite."""

    @property
    def steps(self) -> int:
        """Steps that are reported."""
        return self.schedule.steps


SIZES: dict[str, CycleGanRecipe] = {
    # about 45 s on two processor cores with patches of 32 x 32
    "demo": CycleGanRecipe(
        Schedule(steps=500, batch=8, learning_rate=2e-4, decay="half_linear", betas=(0.5, 0.999), average=0.99),
        width=16, reductions=2, blocks=3, judge_width=24, judge_reductions=2,
    ),
    # sizes, learning rate and weights of the CycleGAN publication; for a GPU
    "published": CycleGanRecipe(
        Schedule(steps=200_000, batch=16, learning_rate=2e-4, decay="half_linear", betas=(0.5, 0.999)),
        width=64, reductions=2, blocks=9, judge_width=64, judge_reductions=3, spectral=False,
    ),
}  # fmt: skip


def fit_cyclegan(data: TranslationData, recipe: CycleGanRecipe, run: Run) -> CycleGan:
    """The generator from partner to GMI, averaged over the steps, on the accelerator's device.

    Raises what `fit_linear` raises, PackError where the domains have no stratum in common, and TrainingError.
    """
    with run.session():
        samples = unpaired_samples(data, recipe.outputs, 1024, run.seed)
        game = _Game(data, recipe, samples).to(run.accelerator.device)
        batches = _Batches(data, recipe, run.seed, run.accelerator.device)
        phases = [
            Phase([*game.forth.parameters(), *game.back.parameters()], game.generator_losses),
            Phase([*game.target_judge.parameters(), *game.source_judge.parameters()], game.judge_losses),
        ]
        return train(game.forth, phases, batches.draw, recipe.schedule, run, whole=game)


class _Batch(NamedTuple):
    """TB (batch, channel, scan, pixel) in K of both domains; they show different places."""

    source: Tensor
    target: Tensor


class _Batches:
    """Patches of both domains with the same strata, each mirrored across the scan at random."""

    def __init__(self, data: TranslationData, recipe: CycleGanRecipe, seed: int, device: str) -> None:
        self.data, self.size, self.device = data, recipe.schedule.batch, device
        self.positions = channel_positions(recipe.outputs, data.target.channels)
        self.sampler = StratifiedSampler([data.source, data.target], "train", DOMAIN_STRATA)
        self.seed = seed

    def draw(self, step: int) -> _Batch:
        generator = np.random.default_rng([self.seed, step])
        source, target = self.sampler.draw(self.size, generator).indices
        tbs = self.data.source.tb(source, self.device), self.data.target.tb(target, self.device)[:, self.positions]
        return _Batch(*(mirror(tb, generator.random(self.size) < 0.5) for tb in tbs))


class _Game(nn.Module):
    """Two generators, two judges, and what each of them loses by."""

    def __init__(self, data: TranslationData, recipe: CycleGanRecipe, samples: UnpairedSamples) -> None:
        super().__init__()
        self.recipe = recipe
        inputs, outputs, size = data.source.channels, recipe.outputs, (recipe.width, recipe.reductions, recipe.blocks)
        self.forth, self.back = CycleGan(CycleGanConfig(inputs, outputs, *size)), CycleGan(CycleGanConfig(outputs, inputs, *size))
        _start(self.forth, self.back, fit_linear(data, LinearRecipe(outputs), Run()), samples)
        judge = recipe.judge_width, recipe.judge_reductions, recipe.spectral
        self.source_judge, self.target_judge = PatchGan(len(inputs), *judge), PatchGan(len(outputs), *judge)
        patch = samples.source.shape[2:]
        self.source_pool, self.target_pool = (_Pool(recipe.pool, (len(names), *patch)) for names in (inputs, outputs))
        self.fakes: _Batch

    def generator_losses(self, batch: _Batch) -> Mapping[str, Tensor]:
        """Fooling the judges, coming back from the other side, leaving one's own side alone."""
        self.source_judge.requires_grad_(False)
        self.target_judge.requires_grad_(False)
        forth, back, in_source, in_target = self.forth, self.back, self.forth.normalisation, self.back.normalisation
        source, target = in_source.fill(batch.source), in_target.fill(batch.target)
        pseudo_target, pseudo_source = forth(self._noisy(source)), back(self._noisy(target))
        self.fakes = _Batch(pseudo_source.detach(), pseudo_target.detach())

        def distance(tb: Tensor, truth: Tensor, normalisation: Normalisation) -> Tensor:
            return l1_loss(normalisation(tb), normalisation(truth))

        cycles = (
            distance(back(self._noisy(pseudo_target)), source, in_source),
            distance(forth(self._noisy(pseudo_source)), target, in_target),
        )
        same = distance(forth(back.lift(target)), target, in_target), distance(back(forth.lift(source)), source, in_source)
        fooled_target = least_squares_gan(self.target_judge(in_target(pseudo_target)), real=True)
        fooled_source = least_squares_gan(self.source_judge(in_source(pseudo_source)), real=True)
        return {
            "generator": fooled_target + fooled_source,
            "cycle": self.recipe.cycle * sum(cycles, torch.zeros_like(fooled_target)),
            "identity": self.recipe.identity * sum(same, torch.zeros_like(fooled_target)),
        }

    def judge_losses(self, batch: _Batch) -> Mapping[str, Tensor]:
        """Telling real patches from translated ones, present and past."""
        sides = (
            (
                "source_judge",
                self.source_judge,
                self.forth.normalisation,
                batch.source,
                self.source_pool.exchange(self.fakes.source),
            ),
            (
                "target_judge",
                self.target_judge,
                self.back.normalisation,
                batch.target,
                self.target_pool.exchange(self.fakes.target),
            ),
        )
        losses = {}
        for name, judge, normalisation, real, fake in sides:
            judge.requires_grad_(True)
            verdicts = judge(normalisation(real)), judge(normalisation(fake))
            losses[name] = (least_squares_gan(verdicts[0], real=True) + least_squares_gan(verdicts[1], real=False)) / 2
        return losses

    def _noisy(self, tb: Tensor) -> Tensor:
        return tb + self.recipe.noise_k * torch.randn_like(tb)


def _start(forth: CycleGan, back: CycleGan, lift: Linear, samples: UnpairedSamples) -> None:
    """Set what is known before training: normalisation, the linear maps of both directions, the size of a correction.

    The way back is the regression of x on y that belongs to the lift, `S P' T^-1` with covariances S of the source and T of the
    target. The pseudo-inverse of P would blow up whatever variance of GMI the lift cannot give, and judges would see only that.
    A correction is as large as the deviation that the linear map leaves.
    """
    forth.normalisation.fit(samples.source, samples.weights)
    back.normalisation.fit(samples.target, samples.weights)
    forth.lift.load_state_dict(lift.state_dict())
    matrix = lift.matrix.double()
    (_, source), (_, target) = moments_of(samples.source, samples.weights), moments_of(samples.target, samples.weights)
    backward = source @ matrix.T @ torch.linalg.pinv(target, rtol=1e-6, hermitian=True)
    back.lift.set(backward, lift.output_mean, lift.input_mean)
    forth.scale.copy_((target - matrix @ source @ matrix.T).diag().clamp_min(1.0).sqrt())
    back.scale.copy_((source - backward @ target @ backward.T).diag().clamp_min(1.0).sqrt())


class _Pool(nn.Module):
    """The last so many fakes: a judge that sees old ones too cannot be led in circles (Shrivastava et al. 2017)."""

    kept: Tensor
    """(size, channel, scan, pixel) in K, of which the first `filled` are there."""

    def __init__(self, size: int, fake: tuple[int, ...]) -> None:
        super().__init__()
        self.filled = 0
        self.register_buffer("kept", torch.zeros(size, *fake))

    def exchange(self, fakes: Tensor) -> Tensor:
        """As many fakes as given; half of them are older ones, for which the new ones stay here."""
        return torch.stack([self._one(fake) for fake in fakes])

    def _one(self, fake: Tensor) -> Tensor:
        size = len(self.kept)
        if self.filled < size:
            self.kept[self.filled] = fake
            self.filled += 1
            return fake
        place = int(torch.randint(2 * size, ()))
        if place >= size:
            return fake
        old = self.kept[place].clone()
        self.kept[place] = fake
        return old

    def get_extra_state(self) -> Tensor:
        """`filled`, in the state; a number on the device would be waited for."""
        return torch.tensor(self.filled)

    def set_extra_state(self, state: Tensor) -> None:
        """See `get_extra_state`."""
        self.filled = int(state)
