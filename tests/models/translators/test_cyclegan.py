from dataclasses import replace

import numpy as np
import pytest
import torch

from models.accelerator import Accelerator
from models.training import Run
from models.translators import METHODS
from models.translators.cyclegan import SIZES, fit_cyclegan

ONE = Accelerator(threads=1)


def small(steps, **changes):
    demo = SIZES["demo"]
    schedule = replace(demo.schedule, steps=steps, batch=4, report_every=10)
    return replace(demo, schedule=schedule, width=8, blocks=1, judge_width=8, **changes)


def test_recipes_are_canonical():
    for recipe in SIZES.values():
        assert (recipe.cycle, recipe.identity, recipe.pool, recipe.reductions) == (10, 5, 50, 2)
        assert (recipe.noise_k, recipe.pair, recipe.coarse, recipe.penalty, recipe.judge_rate) == (0, 0, 0, 0, 1)
        assert (recipe.lift, recipe.spectral, recipe.stratified, recipe.norm) == (False, False, False, "instance")
        assert (recipe.schedule.learning_rate, recipe.schedule.betas, recipe.schedule.decay) == (
            2e-4,
            (0.5, 0.999),
            "half_linear",
        )
    published = SIZES["published"]
    assert (published.width, published.blocks, published.judge_width, published.judge_reductions) == (64, 9, 64, 3)


def test_reads_the_nearest_channels_alone_and_no_pairs(data):
    model = fit_cyclegan(replace(data, pairs=None, overlaps=None), small(2), Run(0, ONE))
    assert model.inputs == ("37V", "37H", "91.665V", "91.665H")
    again = fit_cyclegan(data, small(2), Run(0, ONE))
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("lacking", [{"36.64H": None}, {"36.64H": "37V"}], ids=["none", "shared"])
def test_corrects_the_linear_map_where_channels_lack(data, lacking):
    nearest = {name: near for name, near in (dict(data.nearest) | lacking).items() if near}
    model = fit_cyclegan(replace(data, nearest=nearest), small(2), Run(0, ONE))
    assert model.inputs == data.source.channels
    assert model.lift.matrix.any()
    tb = data.source.tb(np.arange(2))
    assert (model.translate(tb) - model.lift.translate(tb)).abs().max() < 5


def test_trains_with_finite_losses_towards_gmi(data):
    told = []
    model = fit_cyclegan(data, small(40), Run(0, ONE, lambda step, metrics: told.append(metrics)))
    assert set(told[0]) == {"generator", "cycle", "identity", "source_judge", "target_judge"}
    assert all(np.isfinite(list(metrics.values())).all() for metrics in told)
    assert told[-1]["cycle"] < told[0]["cycle"]
    given, truth = data.source.tb(data.source.select("validation"))[:, :4], data.target.tb(data.target.select("validation"))
    assert ((model.translate(given).mean((0, 2, 3)) - truth.mean((0, 2, 3))).abs() < 8).all()


def test_missing_patches_train(data, tmp_path):
    from models.packs import write_pack

    source = data.source
    tb = source.tb(np.arange(len(source))).numpy()
    tb[:, 1, 5:9, 7] = np.nan
    holed = write_pack(tmp_path / "holed", replace(source.info, conditions=()), tb, np.array(source.index))
    losses = []
    fit_cyclegan(replace(data, source=holed), small(10), Run(0, ONE, lambda step, metrics: losses.extend(metrics.values())))
    assert np.isfinite(losses).all()


def test_seeds_differ(data):
    one, other = (fit_cyclegan(data, small(2), Run(seed, ONE)).state_dict() for seed in (0, 1))
    assert not torch.equal(one["network.network.layers.0.weight"], other["network.network.layers.0.weight"])
    assert METHODS["cyclegan"].seeded
