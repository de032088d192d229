import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from models.accelerator import Accelerator
from models.training import Run
from models.translators.fastcut import SIZES, Contest, fit_fastcut
from models.translators.linear import LinearRecipe, fit_linear

ONE = Accelerator(threads=1)


def small(steps, **changes):
    demo = SIZES["demo"]
    schedule = replace(demo.schedule, steps=steps, batch=4, report_every=10)
    return replace(demo, schedule=schedule, width=8, blocks=1, judge_width=8, features=16, **changes)


def test_recipes_are_fastcuts():
    for recipe in SIZES.values():
        assert (recipe.contrast, recipe.places, recipe.features, recipe.temperature) == (10, 256, 256, 0.07)


def test_starts_as_the_linear_baseline(data):
    model = Contest(data, small(1), 0).model
    tb = data.source.tb(np.arange(4))
    assert torch.equal(model.translate(tb), fit_linear(data, LinearRecipe(), Run(0, ONE)).translate(tb))


def test_places_that_look_alike_cannot_be_told_apart(data):
    """A contrast of nothing but equal places is the logarithm of their number, mean over layers of 256, 64 and 64 of them."""
    contest = Contest(data, small(1), 0)
    flat = contest.model.normalisation.mean[:, None, None].expand(2, -1, 32, 32)
    loss = contest._contrast(flat, contest.model(flat), mirrored=False)
    assert loss.item() == pytest.approx(np.mean([math.log(256), math.log(64), math.log(64)]), rel=1e-3)
    few = Contest(data, small(1, places=16), 0)
    assert few._contrast(flat, few.model(flat), mirrored=False).item() == pytest.approx(math.log(16), rel=1e-3)


def test_mirrored_answers_are_compared_with_their_own_places(data):
    """With one stem for both sensors an output that is the input finds its places best as they are, or mirrored and told so."""
    contest = Contest(data, small(1), 0)
    source = data.source.tb(np.arange(4))
    contest.target_stem, contest.in_target = contest.trunk.stem, contest.model.normalisation
    shown = {
        (turned, told): contest._contrast(source, source.flip(-1) if turned else source, mirrored=told).item()
        for turned in (False, True)
        for told in (False, True)
    }
    assert shown[False, False] < shown[True, True] < min(shown[True, False], shown[False, True]) - 0.1


def test_trains_with_finite_losses_and_finds_places_better(data):
    told = []
    model = fit_fastcut(data, small(60), Run(0, ONE, lambda step, metrics: told.append(metrics)))
    assert set(told[0]) == {"generator", "contrast", "judge"}
    assert all(np.isfinite(list(metrics.values())).all() for metrics in told)
    assert told[-1]["contrast"] < 0.9 * told[0]["contrast"]
    tb = data.source.tb(np.arange(4))
    assert 0.001 < (model.translate(tb) - model.lift.translate(tb)).abs().max() < 30


def test_stems_and_heads_learn_too(data):
    contest = Contest(data, small(1), 0)
    from models.translators.unpaired_batches import UnpairedBatches

    batch = UnpairedBatches(data, (data.source.channels, small(1).outputs), 4, 0, "cpu").draw(1)
    sum(contest.generator_losses(batch).values()).backward()
    assert all(weight.grad.abs().sum() > 0 for part in (contest.target_stem, contest.heads) for weight in part.parameters())
    assert all(weight.grad is None for weight in contest.judge.parameters())
