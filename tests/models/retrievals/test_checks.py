"""Every kind of input that is not what a retrieval reads: refused, or no rain where it counts."""

import pytest
import torch

from models.errors import ChannelError
from models.retrievals.checks import checked
from models.retrievals.drain import Drain

V37, H37, V89, H89 = range(4)
SEA_K = torch.tensor([215.0, 160.0, 260.0, 235.0])


@pytest.fixture(scope="module")
def drain(drain_config):
    torch.manual_seed(0)
    made = Drain(drain_config).eval()
    made.normalisation.mean.copy_(SEA_K)
    made.normalisation.deviation.fill_(20)
    return made


def sea(scans=20, pixels=30, seed=0):
    noise = torch.randn(1, 4, scans, pixels, generator=torch.Generator().manual_seed(seed))
    return SEA_K[:, None, None] + 10 * noise


def with_channel(tb, channel, value):
    tb = tb.clone()
    tb[:, channel] = value
    return tb


FIFTH_FILLED = torch.where(torch.arange(30) % 5 == 0, -9999.0, 215.0)
REFUSED = {
    "all in Celsius": (lambda tb: tb - 273.15, r"100 % .* of 36\.64V lie outside .* in degrees Celsius\? add 273\.15"),
    "two pixels in Celsius": (lambda tb: tb[..., :1, :2] - 273.15, "of all channels .* in degrees Celsius"),
    "one channel in Celsius": (lambda tb: with_channel(tb, H89, -20.0), "100 % of the brightness temperatures of 89H .* Celsius"),
    "hundredths of kelvin": (lambda tb: tb * 100, "lie outside 50 to 350 K .* look at the unit"),
    "fill values in a fifth": (lambda tb: with_channel(tb, V37, FIFTH_FILLED), "20 % .* 36.64V lie .* mask fill values"),
    "V and H exchanged": (lambda tb: tb[:, [H37, V37, H89, V89]], r"36\.64V is colder than 36\.64H .* are V and H exchanged\?"),
    "89 GHz exchanged": (lambda tb: tb[:, [V37, H37, H89, V89]], r"89V is colder than 89H in \d+ % of 600 pixels"),
}


@pytest.mark.parametrize(("change", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(drain, change, message):
    with pytest.raises(ChannelError, match=message):
        drain.predict(change(sea()))


def test_a_channel_in_celsius_among_many_is_found(drain):
    tb = 250 + torch.zeros(1, 13, 10, 10)
    names = tuple(f"{number}GHz" for number in range(13))
    with pytest.raises(ChannelError, match="of 7GHz lie outside"):
        checked(with_channel(tb, 7, -10.0), names)


@pytest.mark.parametrize("value", [-9999.0, 0.0, 400.0, torch.inf, torch.nan])
def test_single_values_outside_are_missing(drain, value):
    tb, holed = sea(), sea()
    holed[0, 2, 5, 6] = value
    made = drain.predict(holed)
    assert made.mean.isnan().nonzero().tolist() == [[0, 5, 6]]
    assert made.quantiles.isnan().any(1).nonzero().tolist() == [[0, 5, 6]]
    holed[0, 2, 5, 6] = torch.nan
    assert torch.equal(made.mean.nan_to_num(-1), drain.predict(holed).mean.nan_to_num(-1))
    assert torch.isfinite(drain.predict(tb).mean).all()


@pytest.mark.parametrize("channels", [[V89], [V37, H37, V89, H89]])
def test_a_channel_that_is_missing_leaves_no_rain(drain, channels):
    tb = torch.cat([sea(), with_channel(sea(), channels, torch.nan)])
    made = drain.predict(tb)
    assert torch.isfinite(made.mean[0]).all()
    assert made.mean[1].isnan().all()
    assert made.quantiles[1].isnan().all()
    assert made.exceedance(0.1)[1].isnan().all()


def test_three_scans_are_enough(drain):
    assert torch.isfinite(drain.predict(sea(3, 221)).mean).all()


ACCEPTED = {
    "noise": lambda seed: 220 + 20 * torch.randn(1, 4, 10, 10, generator=torch.Generator().manual_seed(seed)),
    "a pixel": lambda seed: sea(1, 1, seed)[:, [H37, V37, H89, V89]],
    "forest, V 12 K colder": lambda seed: sea(32, 32, seed) * 0 + torch.tensor([273.0, 285.0, 275.0, 285.0])[:, None, None],
    "storm over the whole scene": lambda seed: sea(32, 32, seed) - SEA_K[:, None, None] + 150,
}


@pytest.mark.parametrize("make", ACCEPTED.values(), ids=ACCEPTED)
def test_odd_scenes_pass(drain, make):
    for seed in range(20):
        assert torch.isfinite(drain.predict(make(seed)).mean).all()
