from dataclasses import replace

import numpy as np
import torch

from models.accelerator import Accelerator
from models.training import Run
from models.translators.linear import LinearRecipe, fit_linear
from models.translators.uvcgan import SIZES, UvcGan, UvcGanConfig, fit_uvcgan

ONE = Accelerator(threads=1)


def small(steps, **changes):
    demo = SIZES["demo"]
    schedule = replace(demo.schedule, steps=steps, batch=4, report_every=10)
    return replace(demo, schedule=schedule, width=4, blocks=1, judge_width=8, **changes)


def test_recipes_are_uvcgans():
    for recipe in SIZES.values():
        assert (recipe.cycle, recipe.identity, recipe.coarse, recipe.penalty) == (5, 2.5, 1, 1)
        assert recipe.spectral
        assert recipe.lift
    assert SIZES["published"].schedule.average == 0.9999


def test_attention_spans_a_training_patch(data):
    """Squares of 8 x 8 cells of 4 pixels are the patches of 32 x 32."""
    model = fit_uvcgan(data, small(1), Run(0, ONE))
    assert (model.config.side, model.multiple) == (8, 32)


def test_trains_with_finite_losses_and_leaves_the_baseline(data):
    told = []
    model = fit_uvcgan(data, small(20), Run(0, ONE, lambda step, metrics: told.append(metrics)))
    assert set(told[0]) == {"generator", "cycle", "identity", "coarse", "source_judge", "target_judge"}
    assert all(np.isfinite(list(metrics.values())).all() for metrics in told)
    tb = data.source.tb(np.arange(4))
    assert 0.001 < (model.translate(tb) - fit_linear(data, LinearRecipe(), Run(0, ONE)).translate(tb)).abs().max() < 30


def test_published_size(data):
    """U-Net of 48 to 384 features with 12 transformer layers on 16 x 16 cells: of UVCGAN2's 32.2 million weights most."""
    with torch.device("meta"):
        recipe = SIZES["published"]
        model = UvcGan(UvcGanConfig(("89V",), ("89V",), recipe.width, recipe.reductions, recipe.blocks, 16))
    assert 25e6 < sum(weight.numel() for weight in model.parameters()) < 35e6
