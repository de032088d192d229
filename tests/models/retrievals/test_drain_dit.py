from dataclasses import replace

import numpy as np
import pytest
import torch

from models import checkpoint
from models.networks.dit import WindowTransformer, sine_cosine_positions
from models.retrievals.drain_dit import SIZES, DrainDit, DrainDitConfig, fit_drain_dit, from_rain, to_rain
from models.training import Accelerator, Run

SMALL = DrainDitConfig(depth=1, width=16, heads=2, patch=8)


class Instead(torch.nn.Module):
    """A network that is a function."""

    def __init__(self, function):
        super().__init__()
        self.forward = function


@pytest.fixture
def dit():
    """Weights at random, the last layer's too: rain with structure everywhere."""
    torch.manual_seed(0)
    made = DrainDit(SMALL).eval()
    torch.nn.init.normal_(made.network.leave.weight, std=0.05)
    torch.nn.init.constant_(made.network.leave.bias, 0.3)
    return made


def tb(*shape, seed=0):
    return 220 + 30 * torch.randn(1, 4, *shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", [(1, 1), (3, 221), (32, 32), (37, 29), (70, 45)])
def test_any_size(dit, shape):
    made = dit.predict(tb(*shape))
    assert made.mean.shape == (1, *shape)
    assert torch.isfinite(made.mean).all()


def test_says_one_value_and_is_scored_as_one(dit):
    made, rain = dit.predict(tb(40, 50)), 3 * torch.rand(1, 40, 50)
    assert made.levels.tolist() == pytest.approx([0.01, 0.99])
    assert made.mean.std() > 0.1
    for level in (0.05, 0.5, 0.95):
        assert torch.equal(made.quantile(level), made.mean)
    torch.testing.assert_close(made.crps(rain), (made.mean - rain).abs())
    assert torch.equal(made.exceedance(0.1), (made.mean >= 0.1).float())
    assert dit.wet_probability == 0.5


def test_light_rain_is_none_and_heavy_rain_is_bounded(dit):
    with torch.no_grad():
        dit.network.leave.weight.mul_(20)
    rain = dit.predict(tb(64, 64)).mean
    assert rain[rain > 0].min() >= 0.1
    assert (rain == 0).any()
    assert rain.max() == 150
    assert not DrainDit(SMALL).predict(tb(32, 32)).mean.any()


def test_rain_there_and_back():
    rain = torch.tensor([0.0, 0.1, 1.0, 99.0])
    torch.testing.assert_close(to_rain(from_rain(rain, 10), 10), rain)
    assert from_rain(torch.tensor(99.0), 10).item() == pytest.approx(1)


def test_a_single_window_is_the_network_on_scaled_tb(dit):
    x = tb(32, 32)
    scaled = (x.clamp(80, 350) - 80) / 270 * 2 - 1
    with torch.no_grad():
        torch.testing.assert_close(dit.output(x, 8), dit.network(scaled))
        torch.testing.assert_close(dit.output(x, 0), dit.network(scaled))
        both = torch.cat([x, tb(32, 32, seed=1)], dim=3)
        torch.testing.assert_close(dit.output(both, 0)[..., :32], dit.network(scaled))
        assert torch.equal(dit.output(torch.full((1, 4, 32, 32), 30.0), 8), dit.output(torch.full((1, 4, 32, 32), 80.0), 8))


@pytest.mark.parametrize("overlap", [0, 1, 8, 16])
def test_stitching_keeps_a_constant_and_puts_pixels_in_their_places(overlap):
    dit = DrainDit(replace(SMALL, overlap=overlap))
    dit.network = Instead(lambda windows: windows[:, 0])  # each pixel's own TB, scaled
    x = tb(75, 51)
    expected = (x[:, 0].clamp(80, 350) - 80) / 135 - 1
    torch.testing.assert_close(dit.output(x, overlap), expected)


def test_no_jump_where_windows_end(dit):
    """Windows that disagree by one (their own constants): a seam of one without overlap, small steps with it."""
    for overlap, step in ((0, 1.0), (1, 0.5), (8, 1 / 9)):
        made = DrainDit(replace(SMALL, overlap=overlap))
        made.network = Instead(lambda windows: torch.arange(len(windows)).reshape(-1, 1, 1).expand(-1, 32, 32) % 2.0)
        jumps = made.output(tb(32, 32 + 2 * (32 - overlap)), overlap).diff(dim=-1).abs()
        assert jumps.max().item() == pytest.approx(step, abs=1e-5)


def test_blocks_equal_the_whole(dit, monkeypatch):
    field = tb(200, 40)
    whole = dit.predict(field)
    monkeypatch.setattr("models.tiling.budget", lambda device: 0)
    torch.testing.assert_close(dit.predict(field).mean, whole.mean, atol=1e-4, rtol=1e-4)


def test_nothing_beyond_the_receptive_radius_matters(dit):
    field, reached = tb(1, 200), 0
    for place in range(90, 90 + dit.multiple):
        other = field.clone()
        other[..., place] += 40
        changed = torch.nonzero((dit.predict(field).mean - dit.predict(other).mean)[0, 0]).flatten()
        reached = max(reached, int((changed - place).abs().max()))
    assert 20 <= reached <= dit.receptive_radius


def test_positions_tell_tokens_apart_and_window_sees_itself_whole():
    places = sine_cosine_positions(8, 16)
    assert places.shape == (64, 16)
    assert torch.cdist(places, places).add(torch.eye(64)).min() > 0.1
    network = WindowTransformer(2, 16, 4, 1, 16, 2).double()
    torch.nn.init.normal_(network.leave.weight)
    x = torch.randn(1, 2, 16, 16, dtype=torch.float64, requires_grad=True)
    network(x)[0, 0, 0].backward()
    assert (x.grad != 0).all()


def test_training_learns_rain_and_repeats(gmi_data, gmi_pack, folder):
    fitting = SIZES["demo"].fitting
    schedule = replace(fitting.schedule, steps=150, batch=16, learning_rate=3e-3, warm_up=10, average=0.9, report_every=30)
    recipe = replace(SIZES["demo"], config=replace(SMALL, patch=4, width=32), fitting=replace(fitting, schedule=schedule))
    losses = []
    run = Run(0, Accelerator(threads=1), lambda step, metrics: losses.append(metrics["squared_error"]))
    dit = fit_drain_dit(gmi_data, recipe, run)
    assert losses[-1] < 0.5 * losses[0]
    chosen = gmi_pack.select("validation")
    rain, made = gmi_pack.rain(chosen), dit.predict(gmi_pack.tb(chosen))
    assert made.crps(rain).mean() < 0.7 * rain.mean()  # the error of "never any rain" is the mean rain
    checkpoint.save(dit, folder)
    loaded = checkpoint.load(folder)
    assert loaded.config == dit.config
    assert torch.equal(loaded.predict(gmi_pack.tb(np.arange(2))).mean, dit.predict(gmi_pack.tb(np.arange(2))).mean)
    few = replace(recipe, fitting=replace(fitting, schedule=replace(schedule, steps=2)))
    one, two = (fit_drain_dit(gmi_data, few, Run(3)) for _ in range(2))
    assert torch.equal(one.network.enter.weight, two.network.enter.weight)
