from dataclasses import replace

import numpy as np
import pytest
import torch

from models.errors import TrainingError
from models.packs import write_pack
from models.retrievals import balance as balance_file
from models.retrievals.balance import balance, balancing_factor, balancing_levels
from models.retrievals.drain import Drain


@pytest.fixture
def uneven(gmi_pack, tmp_path):
    """Patches whose weights follow their rain, a third unlabelled; validation rains three times as much."""
    every = np.arange(len(gmi_pack))
    rain, index = gmi_pack.rain(every).numpy(), np.array(gmi_pack.index)
    index["weight"] = 0.2 + 5 * rain.mean(axis=(1, 2))
    rain[index["split"] == "validation"] *= 3
    rain[..., :10] = np.nan
    return write_pack(tmp_path / "uneven", gmi_pack.info, gmi_pack.tb(every).numpy(), index, rain)


@pytest.fixture
def untrained(drain_config):
    """Maker of a DRAIN that knows nothing, for a pack."""

    def make(pack, **changes):
        torch.manual_seed(0)
        drain = Drain(replace(drain_config, **changes)).eval()
        drain.normalisation.fit(pack.tb(pack.select("train")))
        torch.nn.init.normal_(drain.head.line.weight, std=0.1)
        return drain

    return make


def averages(drain, pack):
    """Weighted averages of the mean and of rain over labelled training pixels, pixel by pixel."""
    chosen = pack.select("train")
    rain, mean = pack.rain(chosen).numpy(), drain.predict(pack.tb(chosen)).mean.numpy()
    known = np.isfinite(rain)
    weight = np.broadcast_to(pack.index["weight"][chosen][:, None, None], rain.shape)[known]
    return np.average(mean[known], weights=weight), np.average(rain[known], weights=weight)


def test_the_mean_retrieves_what_fell_on_training_pixels(uneven, untrained):
    drain, tb = untrained(uneven), uneven.tb(np.arange(8))
    before, fell = averages(drain, uneven)
    assert abs(before / fell - 1) > 0.2
    first = drain.predict(tb)
    drain.config = replace(drain.config, mean_factor=balancing_factor(drain, uneven))
    assert averages(drain, uneven)[0] == pytest.approx(fell, rel=1e-4)
    assert balancing_factor(drain, uneven) == pytest.approx(1, abs=1e-4)
    then = drain.predict(tb)
    assert torch.equal(then.quantiles, first.quantiles)
    torch.testing.assert_close(then.mean, first.mean * drain.config.mean_factor)


def test_the_limit_holds_whatever_the_factor(gmi_pack, untrained):
    drain = untrained(gmi_pack, mean_factor=1e6)
    assert drain.predict(gmi_pack.tb(np.arange(4))).mean.max() == 150


def test_few_patches_are_spread_over_the_training_ones_and_repeat(uneven, untrained):
    drain = untrained(uneven)
    whole = balancing_factor(drain, uneven)
    assert balancing_factor(drain, uneven, patches=48) == balancing_factor(drain, uneven, patches=48)
    assert balancing_factor(drain, uneven, patches=48) == pytest.approx(whole, rel=0.5)


def test_nothing_to_balance(gmi_pack, tmp_path, untrained):
    every = np.arange(8)
    dry = write_pack(
        tmp_path / "dry", gmi_pack.info, gmi_pack.tb(every).numpy(), np.array(gmi_pack.index[every]), np.zeros((8, 32, 32), "f4")
    )
    with pytest.raises(TrainingError, match="nothing to balance"):
        balancing_factor(untrained(gmi_pack), dry)


@pytest.fixture
def told(tmp_path, gmi_pack, untrained):
    """A DRAIN and a pack whose labels are drawn from what it retrieves, but at the square of a uniform level. Weights follow what
    is retrieved."""
    drain = untrained(gmi_pack)
    with torch.no_grad():
        drain.head.line.bias[0] = 2.0  # no quantile at zero
    every = np.arange(len(gmi_pack))
    predicted, generator = drain.predict(gmi_pack.tb(every)), np.random.default_rng(1)
    level = torch.from_numpy(generator.random((len(every), *predicted.mean.shape[1:])).astype("f4"))
    level = (level**2).clamp(0.01, 0.99)
    rain = predicted.distribution().quantiles
    place = (level.flatten()[:, None] * 100 - 1).clamp(0, 97.999)
    low = rain.gather(1, place.long())
    labels = torch.lerp(low, rain.gather(1, place.long() + 1), place.frac()).reshape(level.shape).numpy()
    index = np.array(gmi_pack.index)
    index["weight"] = 0.2 + predicted.mean.mean(dim=(1, 2)).numpy()
    return drain, write_pack(tmp_path / "told", gmi_pack.info, gmi_pack.tb(every).numpy(), index, labels)


def test_labels_fall_below_quantiles_as_often_as_levels_say(told):
    drain, pack = told
    found = np.array(balancing_levels(drain, pack))
    np.testing.assert_allclose(found[[24, 49, 74]], [0.25**2, 0.5**2, 0.75**2], atol=0.02)
    balanced = balance(drain, pack)
    chosen = pack.select("train")
    rain, predicted = pack.rain(chosen), balanced.predict(pack.tb(chosen))
    weights = np.broadcast_to(pack.index["weight"][chosen][:, None, None], rain.shape)
    for level in (0.1, 1 / 3, 0.5, 0.9):
        under = (rain <= predicted.quantile(level)).numpy()
        assert np.average(under, weights=weights) == pytest.approx(level, abs=0.02)
    assert (predicted.quantiles.diff(dim=1) >= 0).all()
    assert not torch.equal(predicted.quantile(0.5), replaced(balanced).predict(pack.tb(chosen)).quantile(0.5))


def test_training_and_validation_patches_tell_levels(told, tmp_path):
    """Without rain in validation patches, a sixth of all, every label there is below."""
    drain, pack = told
    every = np.arange(len(pack))
    rain = pack.rain(every).numpy()
    rain[pack.select("validation")] = 1e-6 + 0.01
    other = write_pack(tmp_path / "other", pack.info, pack.tb(every).numpy(), np.array(pack.index), rain)
    assert balancing_levels(drain, other)[49] < balancing_levels(drain, pack)[49] - 0.05
    assert balancing_factor(drain, other) == pytest.approx(balancing_factor(drain, pack))


def replaced(drain):
    """The same without balanced levels."""
    drain.config = replace(drain.config, told_by=())
    return drain


def test_labels_of_zero_count_evenly_over_their_atom(gmi_pack, tmp_path, untrained):
    """Dry labels alone: half of the levels of an atom of 0.5 lie below each, so that nothing is moved there."""
    drain = untrained(gmi_pack)
    with torch.no_grad():
        drain.head.line.weight.zero_()
        drain.head.line.bias.fill_(-3.0)
        drain.head.line.bias[0], drain.head.line.bias[50] = -30.0, 33.0  # the lower half at zero, then rain
    every = np.arange(len(gmi_pack))
    atom = float((drain.predict(gmi_pack.tb(every[:1])).quantiles[0, :, 0, 0] < 0.01).float().mean())
    assert 0.3 < atom < 0.7
    shape = gmi_pack.tb(every).shape
    dry = write_pack(
        tmp_path / "dry",
        gmi_pack.info,
        gmi_pack.tb(every).numpy(),
        np.array(gmi_pack.index),
        np.zeros((shape[0], *shape[2:]), "f4"),
    )
    found = np.array(balancing_levels(drain, dry))
    np.testing.assert_allclose(found, atom * np.arange(1, 100) / 100, atol=0.012)


def test_few_likely_pixels_leave_levels_as_they_are(gmi_pack, untrained, monkeypatch):
    drain = untrained(gmi_pack)
    assert balancing_levels(drain, gmi_pack)
    monkeypatch.setattr(balance_file, "PIXELS", 10**9)
    assert balancing_levels(drain, gmi_pack) == ()
