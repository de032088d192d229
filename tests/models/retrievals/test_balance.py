from dataclasses import replace

import numpy as np
import pytest
import torch

from models.errors import TrainingError
from models.packs import write_pack
from models.retrievals.balance import balancing_factor
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
