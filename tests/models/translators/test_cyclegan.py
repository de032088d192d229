from dataclasses import replace

import numpy as np
import pytest
import torch

from models.accelerator import Accelerator
from models.training import Run
from models.translators import METHODS
from models.translators.base import unpaired_samples
from models.translators.cyclegan import SIZES, _Game, _Pool, fit_cyclegan
from models.translators.linear import LinearRecipe, fit_linear

ONE = Accelerator(threads=1)


def small(steps, **changes):
    demo = SIZES["demo"]
    schedule = replace(demo.schedule, steps=steps, batch=4, report_every=10)
    return replace(demo, schedule=schedule, width=8, blocks=1, judge_width=8, **changes)


def test_starts_as_the_linear_baseline(data):
    recipe = small(1)
    game = _Game(data, recipe, unpaired_samples(data, recipe.outputs, 64, 0))
    linear = fit_linear(data, LinearRecipe(), Run(0, ONE))
    tb = data.source.tb(np.arange(4))
    assert torch.equal(game.forth.translate(tb), linear.translate(tb))


def test_starts_with_a_sane_way_back(data):
    recipe = small(1)
    game = _Game(data, recipe, unpaired_samples(data, recipe.outputs, 200, 0))
    seen = game.back.translate(data.target.tb(data.target.select("train")))
    truth = data.source.tb(data.source.select("train"))
    assert ((seen.mean((0, 2, 3)) - truth.mean((0, 2, 3))).abs() < 2).all()
    assert (seen.std((0, 2, 3)) < 1.3 * truth.std((0, 2, 3))).all()  # a pseudo-inverse gives several times as much


def test_trains_with_finite_losses_and_leaves_the_baseline(data):
    told = []
    for changes in ({}, {"spectral": False}):
        model = fit_cyclegan(data, small(20, **changes), Run(0, ONE, lambda step, metrics: told.append(metrics)))
    assert set(told[0]) == {"generator", "cycle", "identity", "source_judge", "target_judge"}
    assert all(np.isfinite(list(metrics.values())).all() for metrics in told)
    tb = data.source.tb(np.arange(4))
    moved = (model.translate(tb) - model.lift.translate(tb)).abs()
    assert 0.001 < moved.max() < 30


def test_interrupted_it_ends_with_the_same_weights(data, tmp_path):
    """Judges, their spectral norms and the pools of fakes are part of what is taken up again."""
    recipe, drawn = small(12, pool=6), []
    recipe = replace(recipe, schedule=replace(recipe.schedule, report_every=3))

    def report(step, metrics):
        drawn.append(step)
        if len(drawn) in (2, 4):
            raise KeyboardInterrupt

    whole = fit_cyclegan(data, recipe, Run(0, ONE)).state_dict()
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            fit_cyclegan(data, recipe, Run(0, ONE, report, tmp_path))
    resumed = fit_cyclegan(data, recipe, Run(0, ONE, report, tmp_path)).state_dict()
    assert drawn == [3, 6, 6, 9, 9, 12]
    assert all(torch.equal(value, resumed[name]) for name, value in whole.items())


def test_needs_no_pairs(data):
    model = fit_cyclegan(replace(data, pairs=None), small(2), Run(0, ONE))
    assert model.translate(data.source.tb(np.arange(1))).isfinite().all()


def test_seeds_differ(data):
    one, other = (fit_cyclegan(data, small(2), Run(seed, ONE)).state_dict() for seed in (0, 1))
    assert not torch.equal(one["network.layers.0.weight"], other["network.layers.0.weight"])
    assert METHODS["cyclegan"].seeded


def test_missing_patches_train(data, tmp_path):
    from models.packs import write_pack

    source = data.source
    tb = source.tb(np.arange(len(source))).numpy()
    tb[:, 1, 5:9, 7] = np.nan
    holed = write_pack(tmp_path / "holed", replace(source.info, conditions=()), tb, np.array(source.index))
    losses = []
    fit_cyclegan(replace(data, source=holed), small(10), Run(0, ONE, lambda step, metrics: losses.extend(metrics.values())))
    assert np.isfinite(losses).all()


def test_pool_gives_back_what_it_was_given():
    torch.manual_seed(0)
    pool = _Pool(4, (1, 1, 1))
    given = torch.arange(100.0).reshape(25, 4, 1, 1, 1)
    received = torch.cat([pool.exchange(batch) for batch in given]).flatten().tolist()
    assert received[:4] == [0, 1, 2, 3]
    later = [old != new for old, new in zip(received[4:], range(4, 100), strict=True)]
    assert 0.3 < np.mean(later) < 0.7
    assert all(old <= new for old, new in zip(received, range(100), strict=True))


def test_trains_in_bfloat16_around_an_exact_linear_map(data):
    model = fit_cyclegan(data, small(3), Run(0, Accelerator(precision="bfloat16", threads=1)))
    linear = fit_linear(data, LinearRecipe(), Run(0, ONE))
    tb = data.source.tb(np.arange(2))
    assert torch.equal(model.lift.translate(tb), linear.translate(tb))
    assert (model.translate(tb) - linear.translate(tb)).abs().max() < 1
