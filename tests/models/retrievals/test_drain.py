from dataclasses import replace

import numpy as np
import pytest
import torch

from models.accelerator import Accelerator
from models.errors import ChannelError, PackError, TrainingError
from models.packs import write_pack
from models.prediction import QuantilePrediction
from models.retrievals.base import RetrievalData
from models.retrievals.calibration import calibrate_wet_probability
from models.retrievals.drain import SIZES, Drain, fit_drain
from models.training import Run, silent

ONE = Accelerator(threads=1)


@pytest.fixture
def drain(drain_config):
    """Weights at random, the head's too."""
    torch.manual_seed(0)
    drain = Drain(drain_config).eval()
    drain.normalisation.mean.fill_(220)
    drain.normalisation.deviation.fill_(20)
    torch.nn.init.normal_(drain.head.line.weight, std=1.0)
    return drain


def tb(*shape, seed=0):
    return 220 + 20 * torch.randn(shape[0], 4, *shape[1:], generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0])
def test_quantiles_in_order_and_bounded_whatever_the_weights(drain, scale):
    with torch.no_grad():
        drain.head.line.weight.mul_(scale)
        made = drain(tb(2, 16, 16) * (1 + scale))
    p = QuantilePrediction(made[:, :-1], drain.levels, made[:, -1])
    assert (p.quantiles.diff(dim=1) >= 0).all()
    for values in (p.quantiles, p.mean):
        assert (values >= 0).all()
        assert (values <= 150.001).all()
    assert p.quantiles.shape == (2, 99, 16, 16)
    assert p.mean.shape == (2, 16, 16)


def test_starts_dry(drain_config):
    p = Drain(drain_config).predict(tb(1, 8, 8))
    assert p.quantiles[:, 49].max() < 0.05
    assert p.mean.max() < 0.05


@pytest.mark.parametrize("shape", [(1, 1), (37, 29), (3, 221)])
def test_any_size(drain, shape):
    assert drain.predict(tb(1, *shape)).mean.shape == (1, *shape)


def test_blocks_equal_the_whole_and_tiles_away_from_borders(drain, monkeypatch):
    field = tb(1, 150, 40)
    whole = drain.predict(field)
    monkeypatch.setattr("models.tiling.budget", lambda device: 0)
    blocks = drain.predict(field)
    torch.testing.assert_close(blocks.quantiles, whole.quantiles, atol=1e-4, rtol=1e-4)
    monkeypatch.undo()
    radius = drain.receptive_radius
    tile = drain.predict(field[:, :, 20:120])
    inside = slice(20 + radius, 120 - radius)
    torch.testing.assert_close(tile.mean[:, radius : 100 - radius], whole.mean[:, inside], atol=1e-4, rtol=1e-4)


def test_missing_is_masked_and_reaches_no_further_than_declared(drain):
    field = tb(1, 20, 90)
    holed = field.clone()
    holed[:, 1, :, 30] = torch.nan
    p, q = drain.predict(field), drain.predict(holed)
    there = torch.arange(90) != 30
    assert q.mean[..., there].isfinite().all()
    assert q.mean[..., 30].isnan().all()
    assert q.quantiles[..., 30].isnan().all()
    assert (p.mean != q.mean)[..., there].any()
    far = (torch.arange(90) - 30).abs() > drain.receptive_radius
    torch.testing.assert_close(p.mean[..., far], q.mean[..., far], atol=1e-6, rtol=1e-5)


def test_wrong_channels_are_named(drain, drain_config):
    with pytest.raises(ChannelError, match="drain reads 4 channels"):
        drain.predict(torch.zeros(1, 5, 8, 8))
    with pytest.raises(ChannelError, match=r"4 descriptions for the channels 89V"):
        replace(drain_config, channels=("89V",))


def quick(steps, **changes):
    fitting = SIZES["demo"].fitting
    schedule = replace(fitting.schedule, steps=steps, batch=16, report_every=20, learning_rate=5e-3, warm_up=10, average=0.9)
    return replace(SIZES["demo"], widths=(8, 12), fitting=replace(fitting, schedule=schedule, pixels=2048), **changes)


def train(data, recipe, seed=0, accelerator=ONE, report=silent):
    return fit_drain(data, recipe, Run(seed, accelerator, report))


def test_training_learns_rain_and_repeats(gmi_data, gmi_pack):
    losses = []
    drain = train(gmi_data, quick(300), report=lambda step, metrics: losses.append(metrics["pinball_mm_h"]))
    assert losses[-1] < 0.6 * losses[0]
    chosen = gmi_pack.select("validation")
    p, rain = drain.predict(gmi_pack.tb(chosen)), gmi_pack.rain(chosen)
    assert p.crps(rain).mean() < 0.6 * rain.mean()  # the CRPS of "never any rain" is the mean rain
    assert p.mean.mean().item() == pytest.approx(rain.mean().item(), rel=0.35)
    assert 0 < drain.config.wet_probability < 1
    few = [train(gmi_data, quick(3), seed) for seed in (7, 7, 8)]
    assert torch.equal(few[0].head.line.weight, few[1].head.line.weight)
    assert not torch.equal(few[0].head.line.weight, few[2].head.line.weight)


def test_wet_probability_maximises_csi(gmi_data, gmi_pack):
    drain = train(gmi_data, quick(60))
    best = calibrate_wet_probability(drain, gmi_pack)
    chosen = gmi_pack.select("validation")
    probability = drain.predict(gmi_pack.tb(chosen)).exceedance(0.1).numpy()
    observed = gmi_pack.rain(chosen).numpy() >= 0.1

    def csi(p):
        wet = probability >= p
        return (wet & observed).sum() / (wet | observed).sum()

    assert csi(best) == pytest.approx(max(csi(k / 99) for k in range(1, 99)), abs=2e-3)


def test_training_names_what_is_wrong(data, gmi_data, drain):
    with pytest.raises(ChannelError, match=r"no channel 36\.64V"):
        train(replace(gmi_data, pack=data.source), quick(1))
    with pytest.raises(ChannelError, match=r"no description of 37V"):
        train(gmi_data, quick(1, channels=data.source.channels))
    with pytest.raises(TrainingError, match="no labelled validation pixel"):
        calibrate_wet_probability(drain, gmi_data.pack, wet_mm_h=1e6)
    sounder = dict.fromkeys(data.source.channels, gmi_data.descriptions["89V"])
    with pytest.raises(PackError, match="rain"):
        train(RetrievalData(data.source, sounder), quick(1, channels=data.source.channels))


def test_unlabelled_pixels_take_no_part(gmi_data, gmi_pack, tmp_path):
    everything = np.arange(len(gmi_pack))
    rain = gmi_pack.rain(everything).numpy()
    rain[..., 16:] = np.nan
    half = write_pack(tmp_path / "half", gmi_pack.info, gmi_pack.tb(everything).numpy(), np.array(gmi_pack.index), rain)
    losses = []
    train(replace(gmi_data, pack=half), quick(20), report=lambda step, metrics: losses.append(metrics))
    assert all(np.isfinite(value) for value in losses[-1].values())


def test_bfloat16_learns_as_float32_does(gmi_data):
    def last_loss(precision):
        losses = []
        accelerator = Accelerator(precision=precision, threads=1)
        drain = train(gmi_data, quick(100), 0, accelerator, lambda step, metrics: losses.append(metrics["mean_deviance"]))
        assert drain.head.line.weight.dtype == torch.float32
        assert losses[-1] < losses[0] - 0.2
        return losses[-1]

    assert last_loss("bfloat16") == pytest.approx(last_loss("float32"), abs=0.05)
