import pytest
import torch

from models.channels import ChannelDescription
from models.networks.stem import DescribedStem, coordinates

CHANNELS = (
    ChannelDescription(36.64, 0, 1, 52.8, 15.6, 9.4),
    ChannelDescription(36.64, 0, 0, 52.8, 15.6, 9.4),
    ChannelDescription(89, 0, 1, 52.8, 7.2, 4.4),
    ChannelDescription(89, 0, 0, 52.8, 7.2, 4.4),
    ChannelDescription(183.31, 3, 1, 49.2, 5.8, 3.8),
    ChannelDescription(23.8, 0, 0.5, 0, 75, 75),
)
ALL = coordinates(CHANNELS)


def trained(seed=0):
    torch.manual_seed(seed)
    stem = DescribedStem(8)
    for weight in stem.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return stem


def tb(channels=6):
    return torch.randn(2, channels, 5, 7, generator=torch.Generator().manual_seed(1))


def test_order_of_channels_is_of_no_account():
    stem, x, order = trained(), tb(), torch.tensor([3, 0, 5, 1, 4, 2])
    torch.testing.assert_close(stem(x[:, order], ALL[order]), stem(x, ALL))
    assert not torch.allclose(stem(x[:, order], ALL), stem(x, ALL))


def test_trained_stem_reads_another_set():
    stem = trained()
    weights = {name: value.clone() for name, value in stem.state_dict().items()}
    for number in (1, 2, 6):
        assert stem(tb(number), ALL[:number]).shape == (2, 8, 5, 7)
        other = DescribedStem(8)
        other.load_state_dict(weights)
        assert torch.equal(other(tb(number), ALL[:number]), stem(tb(number), ALL[:number]))


def test_channels_that_are_not_present_are_as_if_never_described():
    stem, x = trained(), tb()
    x[:, 4:] = torch.nan
    present = torch.tensor([True] * 4 + [False] * 2).expand(2, -1)
    torch.testing.assert_close(stem(x, ALL, present), stem(x[:, :4], ALL[:4]))
    torch.testing.assert_close(stem(tb(), ALL, torch.ones(2, 6, dtype=torch.bool)), stem(tb(), ALL))
    assert not stem(x, ALL, torch.zeros(2, 6, dtype=torch.bool)).any()


def test_every_part_of_a_description_matters_and_hardly_anything_is_hardly_anything():
    stem, x = trained(), tb(1)
    (known,) = CHANNELS[:1]
    changes = {
        "frequency_ghz": 89.0,
        "offset_ghz": 7.0,
        "polarisation": 0.0,
        "incidence_deg": 0.0,
        "along_km": 40.0,
        "across_km": 30.0,
    }
    start = stem(x, coordinates([known]))
    for name, value in changes.items():
        other = stem(x, coordinates([known._replace(**{name: value})]))
        assert (other - start).norm() > 0.1 * start.norm(), name
    close = stem(x, coordinates([known._replace(frequency_ghz=36.5)]))
    assert (close - start).norm() < 0.05 * start.norm()


@pytest.mark.parametrize("number", [1, 4, 6])
def test_features_start_with_unit_variance(number):
    x = torch.randn(1, number, 16, 16, generator=torch.Generator().manual_seed(0))
    power = []
    for seed in range(40):
        torch.manual_seed(seed)
        power.append(DescribedStem(16)(x, ALL[:number]).pow(2).mean().item())
    assert sum(power) / len(power) == pytest.approx(1, rel=0.25)
