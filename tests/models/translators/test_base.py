"""What every method keeps, whatever it learnt."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from models.accelerator import Accelerator
from models.errors import ChannelError
from models.packs import channel_positions
from models.training import Run
from models.translators import METHODS
from models.translators.base import OUTPUTS, unpaired_samples

ONE = Accelerator(threads=1)
SMALL = {"width": 4, "blocks": 1, "judge_width": 4, "widths": (4, 6), "rounds": 12}
"""What makes networks of recipes small, where they have such a field."""


def quick(name):
    recipe = METHODS[name].recipes["demo"]
    small = {field.name: SMALL[field.name] for field in fields(recipe) if field.name in SMALL}
    if hasattr(recipe, "schedule"):
        small["schedule"] = replace(recipe.schedule, steps=3, batch=4)
    return replace(recipe, **small)


def given(model, data, numbers):
    """Patches of the partner as a model reads them."""
    tb = data.source.tb(numbers)[:, channel_positions(model.inputs, data.source.channels)]
    return torch.cat([tb, data.source.conditions(model.conditions, numbers)], dim=1)


@pytest.fixture(scope="module", params=METHODS)
def fitted(request, data):
    return request.param, METHODS[request.param].fit(data, quick(request.param), Run(0, ONE))


def test_gives_what_it_says(fitted, data):
    name, model = fitted
    tb = given(model, data, np.arange(3))
    out = model.translate(tb)
    assert set(model.inputs) <= set(data.source.channels)
    assert out.shape == (3, len(model.outputs), 32, 32)
    assert out.isfinite().all()
    assert model.outputs == (data.source.channels if name == "identity" else OUTPUTS)
    assert ((out > 50) & (out < 330)).all()


def test_is_deterministic_and_knows_no_batch(fitted, data):
    _, model = fitted
    tb = given(model, data, np.arange(4))
    assert torch.equal(model.translate(tb), model.translate(tb))
    torch.testing.assert_close(model.translate(tb)[1:2], model.translate(tb[1:2]), atol=1e-3, rtol=0)


def test_same_seed_same_translator(fitted, data):
    name, model = fitted
    again = METHODS[name].fit(data, quick(name), Run(0, ONE))
    assert all(torch.equal(value, again.state_dict()[key]) for key, value in model.state_dict().items())


def test_missing_input_is_missing_output_there_and_only_there(fitted, data):
    _, model = fitted
    tb = given(model, data, np.arange(1))
    holed = tb.clone()
    holed[0, 0, 10, 12] = torch.nan
    whole, out = model.translate(tb), model.translate(holed)
    lost = out.isnan()
    needing = model.needs[:, 0]
    assert needing.any()
    assert torch.equal(lost[0, :, 10, 12], needing)
    assert lost.sum() == needing.sum()
    away = torch.ones(32, 32, dtype=torch.bool)
    away[max(0, 10 - model.receptive_radius) : 11 + model.receptive_radius, :] = False
    torch.testing.assert_close(out[..., away], whole[..., away], atol=1e-3, rtol=0)


def test_long_swath_in_blocks_is_the_whole(fitted, data, monkeypatch):
    _, model = fitted
    tb = given(model, data, np.arange(5)).movedim(0, 1).reshape(1, len(model.reads), 160, 32)
    whole = model.translate(tb)
    monkeypatch.setattr("models.tiling.budget", lambda device: 0)
    torch.testing.assert_close(model.translate(tb), whole, atol=1e-3, rtol=0)


def test_wrong_channels_are_named(fitted):
    _, model = fitted
    with pytest.raises(ChannelError, match=rf"this translator reads {len(model.reads)} channels \(37V"):
        model.translate(torch.zeros(1, 3, 4, 4))


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.seeded])
def test_seeded_methods_say_how_many_steps_they_take(name):
    assert all(recipe.steps > 1 for recipe in METHODS[name].recipes.values())


def test_nearest_channels_must_be_named(data):
    with pytest.raises(ChannelError, match="no nearest channel is named for 166V"):
        data.nearest_positions(("89V", "166V"))


def test_unpaired_samples_share_their_strata(data):
    samples = unpaired_samples(data, ("89H", "36.64V"), 64, 0)
    assert samples.source.shape == (64, 5, 32, 32)
    assert samples.target.shape == (64, 2, 32, 32)
    assert samples.target[:, 0].mean() > samples.target[:, 1].mean()  # 240 K and 220 K, in the order asked for
