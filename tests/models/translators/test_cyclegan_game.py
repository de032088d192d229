"""The losses of CycleGAN and of what was made of it, against numbers worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from models.accelerator import Accelerator
from models.schedule import Schedule
from models.training import Run, train
from models.translators.base import unpaired_samples
from models.translators.corrected_resnet import CorrectedResNet, CorrectedResNetConfig
from models.translators.cyclegan_game import Game, GameRecipe
from models.translators.linear import LinearRecipe, fit_linear
from models.translators.unpaired_batches import UnpairedBatch, UnpairedBatches

ONE = Accelerator(threads=1)
SMALL = GameRecipe(
    schedule=Schedule(steps=60, batch=4, learning_rate=1e-3), width=4, reductions=2, blocks=1, judge_width=4, judge_reductions=2
)
IMPROVED = replace(SMALL, lift=True, stratified=True, norm="channel", spectral=True, noise_k=0.5, pair=10.0)
NEAREST = ("37V", "37H", "91.665V", "91.665H")


def game_of(data, recipe):
    def make(inputs, outputs, window):
        return CorrectedResNet(CorrectedResNetConfig(inputs, outputs, 4, 2, 1, recipe.norm, window))

    return Game(data, recipe, data.source.channels if recipe.lift else NEAREST, make, 0)


class Times(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


@pytest.fixture
def by_hand(data):
    """A partner of 100 +- 10 K and GMI of 200 +- 20 K; in deviations `forth` doubles, `back` quarters, judges say what they see.

    The batch is one deviation above the mean for the partner (110 K), two below for GMI (160 K).
    """

    def made(**changes):
        game = game_of(data, replace(SMALL, **changes))
        for one, other, level, deviation in ((game.forth, game.back, 100.0, 10.0), (game.back, game.forth, 200.0, 20.0)):
            one.normalisation.mean.fill_(level)
            one.normalisation.deviation.fill_(deviation)
            other.lift.output_mean.fill_(level)
            other.scale.fill_(deviation)
        game.forth.network, game.back.network = Times(2.0), Times(0.25)
        game.source_judge = game.target_judge = Times(1.0)
        return game

    return made


def batch_of(source=110.0, target=160.0, overlap=None):
    return UnpairedBatch(torch.full((1, 4, 32, 32), source), torch.full((1, 4, 32, 32), target), overlap)


def test_canonical_losses_are_the_formulas(by_hand):
    game = by_hand()
    losses = {name: loss.item() for name, loss in game.generator_losses(batch_of()).items()}
    # the fakes lie at 2 and -0.5 deviations
    assert losses == pytest.approx(
        {
            "generator": (2 - 1) ** 2 + (-0.5 - 1) ** 2,
            "cycle": 10 * (abs(0.5 - 1) + abs(-1 + 2)),
            # 160 K are 6 of the partner's deviations, 110 K -4.5 of GMI's
            "identity": 5 * (abs(12 + 2) + abs(-1.125 - 1)),
        },
        rel=1e-5,
    )
    losses = {name: loss.item() for name, loss in game.judge_losses(batch_of()).items()}
    assert losses == pytest.approx(
        {"source_judge": ((1 - 1) ** 2 + (-0.5) ** 2) / 2, "target_judge": ((-2 - 1) ** 2 + 2**2) / 2}, rel=1e-5
    )


def test_a_perfect_pair_of_generators_loses_to_the_judges_alone(by_hand):
    game = by_hand()
    game.forth.network, game.back.network = Times(1.0), Times(1.0)
    assert game.generator_losses(batch_of())["cycle"].item() == pytest.approx(0, abs=1e-5)


def test_missing_tb_count_as_the_mean(by_hand):
    holed = batch_of()
    holed.source[:] = torch.nan
    seen, missing = (by_hand().generator_losses(batch) for batch in (batch_of(source=100.0), holed))
    assert {name: loss.item() for name, loss in seen.items()} == pytest.approx(
        {name: loss.item() for name, loss in missing.items()}
    )


def test_weight_zero_leaves_a_loss_out(by_hand):
    none = by_hand(cycle=0.0, identity=0.0).generator_losses(batch_of())
    assert set(none) == {"generator"}
    assert set(by_hand(pair=10.0).generator_losses(batch_of())) == {"generator", "cycle", "identity"}  # no overlaps, no loss


def test_pairs_lose_by_huber_in_deviations(by_hand):
    """1 K beside the truth is half a K^2 over 2 K, 10 K are (10 - 1) K: in deviations of 20 K."""
    truth = torch.full((1, 4, 32, 32), torch.nan)
    truth[0, 0, 3, 5], truth[0, 1, 1, 2], truth[0, 1, 9, 9] = 239.0, 250.0, 250.0  # the generator says 240 K
    overlap = torch.full((1, 4, 32, 32), 110.0), truth
    pair = by_hand(pair=10.0).generator_losses(batch_of(overlap=overlap))["pair"]
    assert pair.item() == pytest.approx(10 * (0.5 / 2 + 9 + 0 + 0) / 20 / 4, rel=1e-4)


def test_coarse_consistency_sees_means_of_squares_only(by_hand):
    game = by_hand(coarse=1.0)
    coarse = game.generator_losses(batch_of())["coarse"]
    # the fakes of 240 and 95 K against the TB they were made of: 130 K in deviations of 20 K, 65 K in 10 K
    assert coarse.item() == pytest.approx(130 / 20 + 65 / 10, rel=1e-5)
    game.forth.network = _Beside(game.forth.network, torch.tensor([1.0, -1.0]).repeat(16))
    assert game.generator_losses(batch_of())["coarse"].item() == pytest.approx(coarse.item(), rel=1e-5)


class _Beside(nn.Module):
    def __init__(self, network, wave):
        super().__init__()
        self.network, self.wave = network, wave

    def forward(self, x):
        return self.network(x) + self.wave


def test_penalty_is_the_judges_squared_slope(by_hand):
    plain, fined = (by_hand(penalty=penalty) for penalty in (0.0, 2.0))
    for game in (plain, fined):
        game.generator_losses(batch_of())
        game.target_judge = Times(3.0)
    torch.manual_seed(0)
    more = fined.judge_losses(batch_of())["target_judge"] - plain.judge_losses(batch_of())["target_judge"]
    assert more.item() == pytest.approx(2 * 3**2, rel=0.1)


def test_starts_as_the_linear_baseline_or_as_the_networks_alone(data):
    linear, tb = fit_linear(data, LinearRecipe(), Run(0, ONE)), data.source.tb(np.arange(4))
    assert torch.equal(game_of(data, IMPROVED).forth.translate(tb), linear.translate(tb))
    plain = game_of(data, SMALL)
    assert not plain.forth.lift.matrix.any()
    weights = torch.cat([each.flatten() for each in plain.forth.network.parameters() if each.ndim == 4])
    assert weights.std().item() == pytest.approx(0.02, rel=0.05)


def test_starts_with_a_sane_way_back(data):
    game = game_of(data, IMPROVED)
    seen = game.back.translate(data.target.tb(data.target.select("train")))
    truth = data.source.tb(data.source.select("train"))
    assert ((seen.mean((0, 2, 3)) - truth.mean((0, 2, 3))).abs() < 2).all()
    assert (seen.std((0, 2, 3)) < 1.3 * truth.std((0, 2, 3))).all()  # a pseudo-inverse gives several times as much


def test_corrections_are_as_large_as_what_the_map_leaves(data):
    game, samples = game_of(data, IMPROVED), unpaired_samples(data, SMALL.outputs, 1024, 0)
    left = samples.target.var((0, 2, 3)) - game.forth.lift(samples.source).var((0, 2, 3))
    assert (game.forth.scale**2 > 0.5 * left.clamp_min(1)).all()
    assert (game.forth.scale < samples.target.std((0, 2, 3))).all()


def test_noise_on_the_way_grows_gracefully(data):
    """What comes back may not hang on digits below the noise of a radiometer: codes that a generator hides for its opposite."""
    with ONE.session(0):
        game = game_of(data, IMPROVED)
        batches = UnpairedBatches(data, (data.source.channels, IMPROVED.outputs), 4, 0, "cpu", paired=True)
        train(game.forth, game.phases(), batches.draw, IMPROVED.schedule, Run(0, ONE), whole=game)
        source = data.source.tb(data.source.select("validation"))
        with torch.no_grad():
            there = game.forth(source)
            noise = torch.randn_like(there)
            error = [(game.back(there + level * noise) - source).square().mean().sqrt().item() for level in (0.0, 0.5, 1.0, 2.0)]
    growth = np.diff(error) / (0.5, 0.5, 1.0)
    assert (growth > -0.01).all()
    assert (growth < 1).all()  # K a K
