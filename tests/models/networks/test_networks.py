import pytest
import torch
from torch import nn

from models.networks.layers import ChannelNorm, pad_to_multiple, zeroed
from models.networks.patchgan import PatchGan
from models.networks.resnet import ResNet
from models.networks.unet import UNet


def resnet(reductions, blocks):
    network = ResNet(2, 3, 4, reductions, blocks)
    nn.init.normal_(network.layers[-1].weight)
    return network


NETWORKS = {
    "unet of 1": lambda: UNet(2, (4,)),
    "unet of 3": lambda: UNet(2, (4, 6, 8)),
    "resnet": lambda: resnet(2, 2),
    "resnet without reduction": lambda: resnet(0, 1),
}


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_any_size_keeps_its_size(make):
    network = make()
    for shape in ((32, 32), (13, 17), (1, 1), (5, 64)):
        assert network(torch.randn(1, 2, *shape)).shape[2:] == shape


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_nothing_beyond_the_receptive_radius_matters(make):
    torch.manual_seed(0)
    network = make().double()
    x = torch.randn(1, 2, 4, 200, dtype=torch.float64)
    reached = 0
    for place in range(100, 100 + network.multiple):  # reach depends on where in its cell a pixel lies
        other = x.clone()
        other[..., place] += 100
        changed = torch.nonzero((network(x) - network(other)).abs().sum((0, 1, 2)) > 0).flatten()
        reached = max(reached, int((changed - place).abs().max()))
    assert reached <= network.receptive_radius
    assert reached >= network.receptive_radius - 3 * network.multiple  # and it is no idle bound


def test_resnet_starts_as_zero():
    assert not ResNet(2, 3, 4, 2, 1)(torch.randn(1, 2, 8, 8)).any()
    assert not zeroed(nn.Conv2d(1, 1, 3))(torch.randn(1, 1, 4, 4)).any()


def test_channel_norm_is_local_and_keeps_levels_between_pixels():
    norm, x = ChannelNorm(8), torch.randn(1, 8, 6, 6)
    torch.testing.assert_close(norm(x)[..., :3], norm(x[..., :3]))
    assert norm(x).mean(1).abs().max() < 1e-6


def test_padding_repeats_the_last():
    padded = pad_to_multiple(torch.tensor([[[[1.0, 2.0, 3.0]]]]), 2)
    assert padded.tolist() == [[[[1, 2, 3, 3], [1, 2, 3, 3]]]]


@pytest.mark.parametrize("spectral", [True, False])
def test_patchgan_window(spectral):
    judge = PatchGan(2, 4, 2, spectral).eval()
    x = torch.randn(1, 2, 96, 96, requires_grad=True)
    verdicts = judge(x)
    verdicts[0, 0, verdicts.shape[2] // 2, verdicts.shape[3] // 2].backward()
    rows = torch.nonzero(x.grad.abs().sum((0, 1, 3))).flatten()
    assert rows.max() - rows.min() + 1 == 34
